// What if: what matters most for the client, moved where it can be moved; the answer moves at once.

import { decision, el, number, percent, put, say, signed } from "./words.js";
import { ask, clearErrors, showError } from "./server.js";

// The loan's own amounts, on whose direction the model is not held to a sign.
const LOAN = new Set(["AMT_CREDIT", "AMT_ANNUITY"]);

const byId = (id) => document.getElementById(id);

// At most so often the server is asked while a slider moves. Milliseconds.
const PAUSE = 120;

let now = null; // {text, moved, changes, controls}
let timer = null, busy = false, again = false;

/** Called with the changes of a proposal that somebody tries. */
let tried = () => {};

/** `then`: is told the changes, column -> value, of each proposal that is tried. */
export function whenTried(then) {
  tried = then;
}

/** Begin with the client in `text`, a JSON body; `moved`: what the server says of it, null where it cannot. */
export function apply(text, moved) {
  clearTimeout(timer);
  byId("what-if-empty").hidden = moved !== null;
  byId("what-if-there").hidden = moved === null;
  if (moved === null) return;
  now = { text, moved, changes: {}, controls: new Map() };
  const rows = moved.features.map((one, place) => [one.locked === null, row(one, place)]);
  const some = (open) => rows.filter(([movable]) => movable === open).map(([, node]) => node);
  byId("levers").replaceChildren(...some(true));
  byId("locked").replaceChildren(...some(false));
  byId("what-if-note").textContent = moved.note;
  asItIs();
  smallest(moved.smallest, moved.before.rule);
  byId("reset").onclick = () => set({});
}

function row(one, place) {
  const id = `lever-${place}`;
  const by = say(one.contribution > 0 ? "towards" : "away", { by: signed(one.contribution) });
  const push = el("span", { class: "hint" }, Math.abs(one.contribution) < 0.005 ? say("no_effect") : by);
  if (one.locked !== null) {
    const why = say(`locked_${one.locked}`, { parts: (one.follows ?? []).map((part) => part.description).join(say("between")) });
    const held = el("span", { class: "held" }, `${one.text} – ${why}`);
    return marked(el("div", { class: "lever" }, el("span", { class: "name" }, one.description), held, push), one);
  }
  const control = one.options ? list(one, id) : one.slider.high === 1 && one.slider.step === 1 ? toggle(one, id) : slider(one, id);
  const label = el("label", { for: id }, one.description);
  if (!LOAN.has(one.feature)) return marked(el("div", { class: "lever" }, label, control, push), one);
  const note = el("span", { class: "hint loan", id: `${id}-note` }, say("lever_loan"));
  control.querySelector("input")?.setAttribute("aria-describedby", note.id);
  return marked(el("div", { class: "lever" }, label, control, push, note), one);
}

function marked(node, one) {
  put(node, { feature: one.feature, locked: one.locked ?? "no" });
  return node;
}

function slider(one, id) {
  const { low, high, step } = one.slider;
  const input = el("input", { id, type: "range", min: low, max: high, step });
  const output = el("output", { for: id });
  const show = (value) => {
    input.value = value ?? (low + high) / 2;
    output.textContent = value === null ? one.text : number(value, 1);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  show(one.value);
  input.addEventListener("input", () => {
    show(Number(input.value));
    change(one.feature, Number(input.value) === one.value ? undefined : Number(input.value));
  });
  now.controls.set(one.feature, (value) => show(value === undefined ? one.value : value));
  return el("span", { class: "slider" }, input, output);
}

function choice(one, id, options, read) {
  const select = el("select", { id }, ...options.map(([value, label]) => el("option", { value }, label)));
  const start = one.value === null ? "" : String(one.value);
  if (one.value === null) select.prepend(el("option", { value: "" }, say("unknown")));
  select.value = start;
  select.addEventListener("change", () => change(one.feature, select.value === start ? undefined : read(select.value)));
  now.controls.set(one.feature, (value) => { select.value = value === undefined ? start : String(value); });
  return select;
}

const list = (one, id) => choice(one, id, one.options.map(({ value, label }) => [value, label]), (text) => text || undefined);
const toggle = (one, id) => choice(one, id, [["0", say("no")], ["1", say("yes")]], (text) => (text === "" ? undefined : Number(text)));

function change(feature, value) {
  if (value === undefined) delete now.changes[feature];
  else now.changes[feature] = value;
  soon();
}

/** Move all controls to these changes. */
function set(changes) {
  now.changes = { ...changes };
  for (const [feature, show] of now.controls) show(changes[feature]);
  soon();
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE);
}

async function update() {
  if (busy) {
    again = true;
    return;
  }
  const mine = now, changes = { ...now.changes };
  if (!Object.keys(changes).length) return asItIs();
  busy = true;
  try {
    const answer = await ask("/what-if", { body: `{"client":${mine.text},"changes":${JSON.stringify(changes)}}` });
    if (mine === now) {
      clearErrors("what-if-errors");
      const before = percent(answer.before.probability);
      tell("changed", { p: percent(answer.after.probability), before }, answer.after);
      warn([...answer.implausible, ...(answer.against_sense === null ? [] : [{ message: answer.against_sense }])]);
    }
  } catch (error) {
    if (mine === now) {
      byId("answer").textContent = say("unanswered");
      put(byId("answer"), { decision: "", probability: "" });
      warn([]);
    }
    showError(error, null, "what-if-errors");
  } finally {
    busy = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

function asItIs() {
  clearErrors("what-if-errors");
  tell("as_it_is", { p: percent(now.moved.before.probability) }, now.moved.before);
  warn([]);
}

/** Terms that no lender gives together, and a probability that moves against sense. */
function warn(implausible) {
  byId("implausible").replaceChildren(...implausible.map((one) => el("li", {}, one.message)));
}

/** The answer, its decision as words with their sign. */
function tell(key, values, verdict) {
  const [start, end] = say(key, { ...values, decision: "\u0000" }).split("\u0000");
  byId("answer").replaceChildren(start, decision(verdict.decision), end);
  put(byId("answer"), { decision: verdict.decision, probability: verdict.probability });
}

/** The smallest change that leads to acceptance; where none does, also the rule of the bank that decides, if one does. */
function smallest(found, rule) {
  const box = byId("smallest");
  put(box, { status: found.status });
  if (found.status === "accepted") return box.replaceChildren(el("p", {}, say("smallest_accepted")));
  if (found.status === "none") {
    const ruled = rule === null ? [] : [el("p", {}, say("smallest_ruled", { reason: rule.reason, rule: rule.name }))];
    const none = say("smallest_none", { tried: number(found.tried), lowest: percent(found.lowest) });
    return box.replaceChildren(el("p", {}, none), ...ruled);
  }
  const lines = found.changes.map((one) => el("li", {}, say("from_to", { what: one.description, from: one.from_text, to: one.to_text })));
  const button = el("button", { type: "button" }, say("apply"));
  button.addEventListener("click", () => {
    const changes = Object.fromEntries(found.changes.map((one) => [one.feature, one.to]));
    set(changes);
    tried(changes);
  });
  box.replaceChildren(
    el("p", {}, say("smallest_found", { tried: number(found.tried), p: percent(found.after.probability) })),
    el("ul", {}, ...lines),
    button,
  );
}
