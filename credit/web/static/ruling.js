// What a person decides of a case: verdict, reason, words, other terms; or that a decision is to be looked at again.

import { el, facts, moment, number, put, say } from "./words.js";
import { ask, clearErrors, Refused, showError } from "./server.js";

const byId = (id) => document.getElementById(id);
const REOPEN = "reopen", COUNTEROFFER = "counteroffer";

// Which column each of the terms is.
const COLUMNS = { amount: "AMT_CREDIT", annuity: "AMT_ANNUITY" };

const radios = () => [...document.querySelectorAll("#verdicts input")];
const chosen = () => radios().find((one) => one.checked)?.value ?? null;

/** `shown`: the case that is shown. `next`: opens the next one, told what was done. `again`: shows this one anew. */
export function beginRuling(shown, next, again) {
  for (const one of radios()) one.addEventListener("change", () => choose(one.value, shown()));
  byId("reason").addEventListener("change", () => {
    byId("words").required = byId("reason").value === "other";
    noteLetter(shown());
  });
  byId("ruling").addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors("ruling-errors");
    const button = byId("ruling").querySelector("button[type=submit]");
    button.disabled = true; // a second click would send it twice
    const id = shown().decision.id, verdict = chosen();
    try {
      const body = sent(verdict, shown());
      const made = await ask(`/reviews/${id}${verdict === REOPEN ? "/reopen" : ""}`, { body: JSON.stringify(body) });
      const byHand = made.letter === "by_hand" ? ` ${say("ruled_by_hand")}` : "";
      await next(say("ruled", { id, verdict: said(verdict) }) + byHand);
    } catch (error) {
      const conflict = error instanceof Refused && error.status === 409;
      if (conflict) await again(); // somebody else was first: see what they did
      showError(conflict ? inWords(error, id, verdict) : spoken(error), null, byId("ruling").hidden ? "errors" : "ruling-errors");
    } finally {
      button.disabled = false;
    }
  });
}

/** Fill in the terms of a proposal, for a counteroffer that the reviewer may then choose; no verdict is chosen here. */
export function fillTerms(changes) {
  const given = Object.entries(COLUMNS).filter(([, column]) => changes[column] !== undefined);
  const counteroffer = radios().find((one) => one.value === COUNTEROFFER);
  if (!given.length || counteroffer.disabled) return;
  for (const name of ["amount", "annuity", "months"]) byId(`terms-${name}`).value = "";
  for (const [name, column] of given) byId(`terms-${name}`).value = String(changes[column]);
  byId("ruling-note").textContent = say("terms_filled", { verdict: said(COUNTEROFFER) });
}

/** Why the case is not as this page took it to be, in the reader's words: who has decided what, why and when. */
function inWords(error, id, verdict) {
  const told = Object.fromEntries(error.details.map((one) => [one.field, one.message]));
  if (told.verdict) {
    const reason = facts.reasons.find((one) => one.code === told.reason)?.text ?? told.reason;
    return new Error(say("decided_already", { id, reviewer: told.reviewer, time: moment(told.time), verdict: say(told.verdict), reason }));
  }
  return new Error(say(verdict === REOPEN ? "open_already" : "decided_same", { id }));
}

/** What the server says of a verdict that it does not take is in the reader's language; its head is for programs. */
function spoken(error) {
  if (!(error instanceof Refused)) return error;
  if (error.status === 403) return new Error(say("no_ruling_own"));
  if (error.status !== 422) return error;
  return Object.assign(new Error(say("verdict_refused")), { details: error.details });
}

/** Whether no letter can be written of the verdict and reason that are chosen. */
function noteLetter(found) {
  const without = found?.no_letter?.[chosen()] ?? [];
  const none = without.includes(byId("reason").value);
  byId("letter-note").hidden = !none;
  byId("letter-note").textContent = none ? say("no_letter_for") : "";
}

/** The form for a case: the verdicts that it can have, or why it can have none. */
export function showRuling(found) {
  const made = found.decision.decision, open = found.status === "open", person = found.reviews.some((one) => one.verdict !== null);
  const trial = found.decision.trial;
  // An automatic decision may be overridden, by another one; what a person has decided is reopened first.
  const verdicts = trial ? [] : open ? ["accept", COUNTEROFFER, "refuse"] : person ? [] : ["accept", COUNTEROFFER, "refuse"].filter((one) => one !== made);
  const can = found.may_decide ? verdicts : [];
  if (!open && !trial) can.push(REOPEN);
  for (const one of radios()) {
    one.checked = false;
    one.disabled = one.parentElement.hidden = !can.includes(one.value);
  }
  byId("words").value = "";
  for (const name of ["amount", "annuity", "months"]) byId(`terms-${name}`).value = "";
  choose(null, found);
  byId("ruling").hidden = !can.length;
  byId("ruling-note").textContent = open ? "" : say(person ? "ruling_decided" : "ruling_override");
  byId("no-ruling").hidden = can.length > 0;
  byId("no-ruling").textContent = can.length ? "" : say(trial ? "no_ruling_trial" : "no_ruling_own");
  put(byId("ruling"), { verdicts: can.join(" ") });
}

/** The reasons of a verdict, and the terms of a counteroffer. */
function choose(verdict, found) {
  const reasons = facts.reasons.filter((one) => verdict !== null && one.of.includes(verdict));
  const options = reasons.map((one) => el("option", { value: one.code }, one.text));
  byId("reason").replaceChildren(el("option", { value: "" }, say("choose_reason")), ...options);
  byId("words").required = false;
  byId("terms").hidden = byId("terms").disabled = verdict !== COUNTEROFFER;
  noteLetter(found);
}

const said = (verdict) => radios().find((one) => one.value === verdict).parentElement.textContent.trim();

/** The body of the request; what is no counteroffer to this case is said before anything is sent. */
function sent(verdict, found) {
  const body = { reason: byId("reason").value };
  if (verdict !== REOPEN) body.verdict = verdict;
  if (byId("words").value.trim()) body.words = byId("words").value.trim();
  if (verdict === COUNTEROFFER) {
    const terms = ["amount", "annuity", "months"].map((name) => [name, byId(`terms-${name}`).value.trim()]);
    const given = terms.filter(([, text]) => text).map(([name, text]) => [name, amount(text)]);
    if (!given.length) throw new Error(say("terms_none"));
    body.terms = Object.fromEntries(given);
    const { amount: loan, months } = body.terms;
    for (const [, value] of given) if (!(value > 0)) throw new Error(say("terms_zero", { value: number(value, 2) }));
    if (loan !== undefined && found.amount !== null && loan > found.amount) {
      throw new Error(say("terms_larger", { value: number(loan, 2), loan: number(found.amount, 2) }));
    }
    if (months !== undefined && !Number.isInteger(months)) throw new Error(say("months_whole", { value: number(months, 2) }));
  }
  return body;
}

/** A number as people write it: blanks part thousands, a comma is a decimal mark where it is one. */
function amount(text) {
  const plain = text.replace(/[\s'\u2019]/g, "").replace(/^(\d+),(\d{1,2})$/, "$1.$2");
  if (!/^\d+(\.\d+)?$/.test(plain)) throw new Error(say("no_amount", { value: text }));
  return Number(plain);
}
