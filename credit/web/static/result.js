// The result of one client: decision, scale, numbers, reasons, what was missing or is not known, the waterfall.

import { counted, decision, el, facts, moment, net, number, percent, put, say, signed, svg } from "./words.js";
import { showUnknown } from "./unknown.js";

// So many unknown features are named, of those that matter for the client.
const WEIGHTY = 5;

const byId = (id) => document.getElementById(id);

export function showResult(scored, explained, picture, trial) {
  const one = scored.scores[0];
  const result = byId("result");
  result.hidden = false;
  put(result, { decision: one.decision, client: one.client });
  byId("verdict").replaceChildren(decision(one.decision), ` – ${say("client", { n: one.client })}`);
  byId("made").replaceChildren(...made(one, trial));
  byId("application").replaceChildren(...(explained?.facts ?? []).map((fact) => pair(fact.label, fact.text)));
  byId("application-title").hidden = !explained?.facts.length;
  byId("scale").replaceChildren(scale(one.probability, (one.segment ?? scored).threshold, one.refer, Math.min(600, byId("scale").clientWidth)));
  byId("numbers").replaceChildren(...numbers(one, scored));
  reasons(one, scored);
  byId("missing").replaceChildren(...missing(one, scored, explained));
  byId("interval").textContent = one.interval === null ? say("interval_none") : one.interval.text;
  showUnknown(one, scored);
  byId("explained").hidden = explained === null;
  if (explained) {
    byId("waterfall").replaceChildren(document.importNode(parsed(picture), true));
    byId("contributions").replaceChildren(table(explained));
  }
}

/** A probability on a line with the zones of the decision, as wide as there is room: letters stay as large. `refer`:
    between which probabilities a person decides on a loan of this amount, or null. */
function scale(p, threshold, refer, width) {
  const most = Math.min(1, Math.max(0.5, Math.ceil(p * 10 + 1) / 10));
  const left = 8, x = (share) => left + (share / most) * (width - 2 * left);
  const alone = percent(threshold);
  const zones = refer ? say("zones_band", { low: percent(refer.low), high: percent(refer.high), alone }) : say("zones", { threshold: percent(threshold) });
  const told = say("scale", { p: percent(p), most: percent(most), zones });
  const zone = (from, to, name) => svg("rect", { class: `zone ${name}`, x: x(from), y: 26, width: x(to) - x(from), height: 22 });
  const decided = (share) => (refer && share > refer.low && share < refer.high ? "refer" : share >= threshold ? "refuse" : "accept");
  // The threshold may lie outside the band: then a loan is accepted or refused on both sides of it.
  const inside = [threshold, ...(refer ? [refer.low, refer.high] : [])].filter((share) => share > 0 && share < most);
  const cuts = [0, ...inside.sort((a, b) => a - b), most];
  const drawn = svg("svg", { viewBox: `0 0 ${width} ${refer ? 94 : 76}`, class: "chart", role: "img", "aria-label": told, width });
  for (let i = 1; i < cuts.length; i++) drawn.append(zone(cuts[i - 1], cuts[i], decided((cuts[i - 1] + cuts[i]) / 2)));
  drawn.append(
    svg("path", { class: "mark", d: `M${x(threshold)} 22V${refer ? 76 : 52}` }),
    svg("path", { class: "here", d: `M${x(p)} 48l-8 -26h16z` }),
    svg("text", { x: Math.min(Math.max(x(p), 30), width - 30), y: 16, "text-anchor": "middle", "font-size": 16, "font-weight": 700 }, percent(p)),
  );
  if (refer) drawn.append(svg("text", { x: x(threshold), y: 88, "text-anchor": "middle" }, say("scale_threshold", { alone })));
  const [low, high] = refer ? [refer.low, refer.high] : [threshold, threshold];
  for (const tick of new Set([0, low, high, most].filter((share) => share <= most))) {
    // The ends of a narrow band would be written over each other.
    const narrow = refer && x(high) - x(low) < 60, atLow = narrow && tick === low, atHigh = narrow && tick === high;
    const anchor = tick === 0 || atHigh ? "start" : tick === most || atLow ? "end" : "middle";
    drawn.append(svg("text", { x: x(tick), y: 68, "text-anchor": anchor, "font-size": 13 }, percent(tick)));
  }
  return drawn;
}

function numbers(one, scored) {
  const rows = [
    [say("probability"), percent(one.probability)],
    ...interval(one.interval),
    [say("points"), one.points === null ? say("points_unknown") : number(one.points)],
    [say("expected_loss"), one.expected_loss === null ? say("loss_unknown") : number(one.expected_loss)],
    [say(one.refer ? "threshold_alone" : "threshold"), percent((one.segment ?? scored).threshold)],
  ];
  // A cost of null: no client is reviewed.
  if (one.review_worth !== null && scored.review.cost !== null) {
    const cost = number(scored.review.cost);
    const band = one.refer ? say("band_value", { low: percent(one.refer.low), high: percent(one.refer.high) }) : say("band_none", { cost });
    rows.push([say("band"), band], [say("review_worth"), net(one.review_worth, scored.review.cost)]);
  }
  return rows.map(([name, value]) => pair(name, value));
}

/** Where the client's own probability lies, and the default rate of clients with this answer; nothing where not measured. */
function interval(found) {
  if (found === null) return [];
  const between = (low, high) => say("interval_value", { low: percent(low), high: percent(high) });
  const rows = [[say("interval"), between(found.low, found.high)]];
  if (found.rate_low !== null) rows.push([say("rate"), between(found.rate_low, found.rate_high)]);
  return rows;
}

const pair = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

/** When this was decided, where it stands in the log, and whether it counts. */
function made(one, trial) {
  const parts = [say("made_at", { time: moment(new Date().toISOString()) })];
  if (one.decision_id !== null) {
    const id = String(one.decision_id);
    parts.push(" ", el("a", { href: `/decisions/${id}?lang=${facts.language}` }, say("decision_id", { id })), ".");
  }
  if (trial) parts.push(" ", say("trial_told"));
  return parts;
}

function reasons(one, scored) {
  // What the model says is no reason of a decision that a rule of the bank has made.
  const ruled = one.rule !== null && !one.rule.unknown;
  const told = ruled ? [{ text: one.rule.reason }] : (one.reasons ?? []);
  // A client who is accepted is not told why not.
  byId("reasons-title").textContent = say(one.decision === "accept" ? "against" : "told_reasons");
  byId("reasons").replaceChildren(...told.map((reason) => el("li", {}, reason.text)));
  const ofModel = one.reasons === null ? say("unexplained") : told.length ? scored.note : say("no_reasons");
  const note = ruled ? null : ofModel;
  byId("reasons-note").textContent = note ?? "";
}

function missing(one, scored, explained) {
  const known = Math.round(one.present * facts.columns);
  const texts = [say("known", { known: number(known), all: number(facts.columns), share: percent(one.present) })];
  const weighty = (explained?.contributions ?? []).filter((part) => part.value === null && part.contribution !== 0);
  if (weighty.length) texts.push(say("missing_weighty", { names: weighty.slice(0, WEIGHTY).map((part) => part.label).join(say("between")) }));
  if (scored.missing_tables?.length) texts.push(say("missing_tables", { tables: scored.missing_tables.map((name) => facts.tables[name] ?? name).join(say("between")) }));
  const muted = Object.entries(scored.muted_warnings ?? {}).map(([code, count]) => `${code} (${number(count)})`);
  if (muted.length) texts.push(say("muted_warnings", { codes: muted.join(say("between")) }));
  // The server's remarks on tables are English.
  return [...texts.map((text) => el("li", {}, text)), ...(scored.details ?? []).map((remark) => el("li", {}, remark.message))];
}

function table(explained) {
  const { contributions, protected_together: together } = explained;
  // The sign of one protected feature says its value: where these are not shown, all of them have one row.
  const open = contributions.filter((one) => together === null || !one.protected);
  const moving = open.filter((one) => one.contribution !== 0);
  const still = open.length - moving.length;
  if (together !== null) moving.push(together);
  moving.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const head = ["feature", "value", "contribution"].map((key) => el("th", { scope: "col" }, say(key)));
  const rows = moving.map((one) =>
    el("tr", {},
      el("th", { scope: "row" }, one.label),
      el("td", { class: "number" }, one.text),
      el("td", { class: "number" }, signed(one.contribution)),
    ));
  const drawn = el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
  return el("div", {}, drawn, el("p", { class: "hint" }, counted("others_zero", still)));
}

/** The picture that the server drew. */
function parsed(text) {
  const found = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (found.nodeName !== "svg") throw new Error(say("not_json", { status: 200 }));
  return found;
}
