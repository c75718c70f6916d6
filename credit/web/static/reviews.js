// The reviewers' page: the cases that wait, one of them with all that is known of it, the verdict, then the next case.

import { apply, whenTried } from "./whatif.js";
import { counted, el, facts, moment, net, number, percent, put, say } from "./words.js";
import { ask, clearErrors, forgettable, showError, watchErrors } from "./server.js";
import { beginRuling, fillTerms, showRuling } from "./ruling.js";
import { clientNumber } from "./client_number.js";
import { labelled, ruled, showClient } from "./client_cases.js";

const byId = (id) => document.getElementById(id);

// Cases that were put off in this tab: the next case is another one.
const skipped = new Set();

let turn = 0, cursor = null, shown = null;

const order = () => byId("order").value;

const page = (after) => ask(`/reviews?lang=${facts.language}&order=${order()}${after === null ? "" : `&after=${encodeURIComponent(after)}`}`);

/** Note that the page works on something, and what went wrong; whether it is still wanted then. */
async function working(work) {
  const mine = ++turn;
  clearErrors();
  byId("progress").textContent = say("working");
  put(document.documentElement, { busy: "yes" });
  try {
    await work(() => mine === turn);
  } catch (error) {
    if (mine === turn) showError(error);
  } finally {
    if (mine === turn) {
      byId("progress").textContent = "";
      put(document.documentElement, { busy: "no" });
    }
  }
}

const showQueue = () => working(async (wanted) => {
  const found = await page(null);
  if (!wanted()) return;
  shown = null;
  document.title = byId("queue-title").textContent;
  only("queue");
  byId("cases").tBodies[0].replaceChildren();
  addRows(found);
  byId("total").textContent = found.total ? counted("cases_total", found.total) : say("cases_none");
  byId("cases").hidden = byId("first").hidden = !found.total;
});

const showMore = () => working(async (wanted) => {
  const found = await page(cursor);
  if (wanted()) addRows(found);
});

function addRows(found) {
  const money = (value) => (value === null ? "–" : number(value));
  byId("cases").tBodies[0].append(...found.cases.map((one) => {
    const cells = [
      [String(one.client)], [moment(one.opened)], [why(one)],
      [percent(one.probability), "number"], [money(one.amount), "number"], [money(one.at_stake), "number"],
      [net(one.review_worth, one.review_cost), "number"], [one.may_decide ? one.caller : say("case_own", { caller: one.caller })],
    ];
    const row = el("tr", {}, el("th", { scope: "row" }, link(one.decision_id)));
    row.append(...cells.map(([text, kind]) => el("td", kind ? { class: kind } : {}, text)));
    return labelled(row, byId("cases"));
  }));
  cursor = found.next;
  byId("more").hidden = cursor === null;
}

const showDecisionsOf = (client) => working(async (wanted) => {
  if (!(await showClient(client, link, wanted))) return;
  shown = null;
  only("client");
  byId("find-number").value = client;
  document.title = byId("client-title").textContent;
  byId("client-title").focus({ preventScroll: true });
});

/** Of queue, decisions of a client, and case the one that is shown. */
function only(part) {
  for (const one of ["queue", "client", "case"]) byId(one).hidden = one !== part;
}

function link(id) {
  const found = el("a", { href: address(id) }, String(id));
  found.addEventListener("click", (event) => go(event, id));
  return found;
}

/** Why it waits: reopened, or referred, by the model or by a rule of the bank. */
function why(one) {
  const cause = one.kind !== "referred" ? say("case_reopened") : one.rule === null ? say("case_referred") : ruled(one);
  return one.crosses_break_even ? el("span", {}, cause, say("case_crosses")) : cause;
}

const address = (id) => `/reviews/${id}?lang=${facts.language}`;

/** A link that opens its case in this page; with a key for another tab held down it does what links do. */
function go(event, id) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  visit(id);
}

const visit = (id) => open(id === null ? `/reviews?lang=${facts.language}` : address(id));

function open(path) {
  history.pushState(null, "", path);
  byId("told").hidden = true;
  return follow();
}

/** Show what the address names: a case, the decisions about a client, or the queue. */
function follow() {
  const found = /^\/reviews\/(\d+)$/.exec(location.pathname), client = new URLSearchParams(location.search).get("client");
  if (found) return showCase(found[1]);
  return client ? showDecisionsOf(clientNumber(client)) : showQueue();
}

const showCase = (id) => working(async (wanted) => {
  const found = await ask(`/reviews/${id}`); // first: what is wrong is told as JSON
  const text = await ask(`/decisions/${id}?lang=${facts.language}`, { accept: "text/html" });
  if (!wanted()) return;
  shown = found;
  const article = new DOMParser().parseFromString(text, "text/html").getElementById("decision");
  const history = article.ownerDocument.getElementById("history");
  byId("decision-place").replaceChildren(document.adoptNode(article), document.adoptNode(history));
  only("case");
  byId("page-of").href = `/decisions/${id}?lang=${facts.language}`;
  document.title = byId("decision-title").textContent;
  showRuling(found);
  byId("decision-title").focus({ preventScroll: true });
  window.scrollTo(0, 0);
  put(byId("case"), { decision: id, status: found.status });
  await whatIf(found, wanted);
});

/** What could be changed, where the model that is served has made the decision and its inputs are there. */
async function whatIf(found, wanted) {
  const { client, inputs, model_hash: made } = found.decision;
  const can = facts.explained && inputs !== null && made === facts.model_hash;
  byId("what-if").hidden = !can;
  if (!can) return;
  const { SK_ID_CURR: _, ...features } = inputs;
  const text = `{"SK_ID_CURR":${client},${JSON.stringify(features).slice(1)}`;
  const moved = await ask("/what-if", { body: text });
  if (wanted()) apply(text, moved);
}

/** The case that comes next in the order of the queue: not this one, none that was put off, none of one's own. */
async function next() {
  let after = null;
  do {
    const found = await page(after);
    const one = found.cases.find((each) => each.may_decide && !skipped.has(each.decision_id));
    if (one) return one.decision_id;
    after = found.next;
  } while (after !== null);
  return null;
}

/** Open the next case, and say beside it what was done. */
async function openNext(told) {
  await working(async (wanted) => {
    const id = await next();
    if (!wanted()) return;
    await visit(id);
    const text = id === null ? `${told} ${say("next_none")}`.trim() : told;
    byId("told").textContent = text;
    byId("told").hidden = !text;
  });
}

watchErrors();
forgettable(byId("forget"));
beginRuling(() => shown, openNext, follow);
whenTried(fillTerms);
byId("order").addEventListener("change", showQueue);
byId("more").addEventListener("click", showMore);
byId("first").addEventListener("click", () => openNext(""));
for (const one of ["back", "back-to-queue"]) byId(one).addEventListener("click", (event) => go(event, null));
byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  clearErrors();
  try {
    open(`/reviews?client=${clientNumber(byId("find-number").value)}&lang=${facts.language}`);
  } catch (error) {
    showError(error, byId("find-number"));
  }
});
byId("skip-case").addEventListener("click", () => {
  skipped.add(shown.decision.id);
  openNext("");
});
window.addEventListener("popstate", follow);
follow().then(() => put(document.documentElement, { ready: "yes" }));
