// All decisions about one client, whoever has sent them: what waits, what a person has decided, what the machine has.

import { decision, el, moment, number, percent, put, say } from "./words.js";
import { ask } from "./server.js";

const byId = (id) => document.getElementById(id);

let cursor = null, waiting = 0;

/** Show the first page of them. `link`: makes the link to a case. `wanted`: whether it is still to be shown. */
export async function showClient(client, link, wanted) {
  const found = await ask(`/reviews?client=${client}`);
  if (!wanted()) return false;
  byId("client-cases").tBodies[0].replaceChildren();
  waiting = 0;
  add(client, found, link);
  byId("client-cases").hidden = !found.total;
  byId("client-title").textContent = say("client", { n: client });
  byId("client-more").onclick = async () => add(client, await ask(`/reviews?client=${client}&after=${encodeURIComponent(cursor)}`), link);
  return true;
}

function add(client, found, link) {
  byId("client-cases").tBodies[0].append(...found.cases.map((one) => row(one, link)));
  waiting += found.cases.filter((one) => one.status === "open").length;
  byId("client-total").textContent = say(found.total ? "client_cases" : "client_cases_none", { n: client, total: number(found.total), open: number(waiting) });
  cursor = found.next;
  byId("client-more").hidden = cursor === null;
}

function row(one, link) {
  const money = (value) => (value === null ? "–" : number(value));
  const cells = [
    [state(one)], [moment(one.time)], [decision(one.decision)], [one.final === null ? "–" : decision(one.final)],
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

/** Whether it waits, and what else is to be known before it is opened. */
function state(one) {
  const parts = [one.trial ? say("state_trial") : say(`state_${one.kind ?? "closed"}`)];
  if (one.erased) parts.push(say("state_erased"));
  return parts.join(say("between"));
}
