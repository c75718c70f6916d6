// All decisions about one client, whoever has sent them: what waits, what a person has decided, what the machine has.

import { counted, decision, el, facts, moment, number, percent, put, say } from "./words.js";
import { ask } from "./server.js";

const byId = (id) => document.getElementById(id);

const address = (client) => `/reviews?client=${client}&lang=${facts.language}`;

let cursor = null, waiting = 0;

/** Show the first page of them. `link`: makes the link to a case. `wanted`: whether it is still to be shown. */
export async function showClient(client, link, wanted) {
  const found = await ask(address(client));
  if (!wanted()) return false;
  byId("client-cases").tBodies[0].replaceChildren();
  waiting = 0;
  add(client, found, link);
  byId("client-cases").hidden = !found.total;
  byId("client-title").textContent = say("client", { n: client });
  byId("client-more").onclick = async () => add(client, await ask(`${address(client)}&after=${encodeURIComponent(cursor)}`), link);
  return true;
}

function add(client, found, link) {
  byId("client-cases").tBodies[0].append(...found.cases.map((one) => row(one, link)));
  waiting += found.cases.filter((one) => one.status === "open").length;
  byId("client-total").textContent = found.total
    ? counted("client_cases", waiting, { client, total: number(found.total) })
    : say("client_cases_none", { n: client });
  cursor = found.next;
  byId("client-more").hidden = cursor === null;
}

function row(one, link) {
  const money = (value) => (value === null ? "–" : number(value));
  const cells = [
    [state(one)], [moment(one.time)], [made(one)], [one.final === null ? "–" : decision(one.final)],
    [percent(one.probability), "number"], [money(one.amount), "number"], [money(one.at_stake), "number"], [one.caller],
  ];
  const drawn = el("tr", {}, el("th", { scope: "row" }, link(one.decision_id)));
  drawn.append(...cells.map(([text, kind]) => el("td", kind ? { class: kind } : {}, text)));
  put(drawn, { status: one.status });
  return labelled(drawn, byId("client-cases"));
}

/** The cells of a row under the names of their columns: a phone shows each row as a card, and no head. */
export function labelled(drawn, table) {
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  [...drawn.cells].forEach((cell, place) => put(cell, { label: names[place] }));
  return drawn;
}

/** What the machine decided, and the rule of the bank by which it did. */
const made = (one) => (one.rule === null ? decision(one.decision) : el("span", {}, decision(one.decision), el("br"), ruled(one)));

/** The rule of the bank that decided: its reason in words, under it its name; the name alone where the words are lost. */
export function ruled(one) {
  const told = one.rule_reason === null ? say("case_ruled") : one.rule_reason;
  const words = one.rule_unknown ? say("case_ruled_unknown", { reason: told }) : told;
  return el("span", {}, words, el("br"), el("small", {}, say("case_rule_name", { rule: one.rule })));
}

/** Whether it waits, and what else is to be known before it is opened. */
function state(one) {
  const parts = [one.trial ? say("state_trial") : say(`state_${one.kind ?? "closed"}`)];
  if (one.erased) parts.push(say("state_erased"));
  return parts.join(say("between"));
}
