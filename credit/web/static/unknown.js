// What is not known of a client: how far knowing it may move the probability, and what that is worth.

import { el, facts, number, percent, put, say, svg } from "./words.js";

const HEIGHT = 64, BAR = 22, THICK = 14, SIDE = 56, AXIS = BAR + THICK + 6;
// Labels are held so far from the edges that half of one fits. Pixels.
const HALF = 56;

const byId = (id) => document.getElementById(id);

/** The unknown parts of the client `one`, in the order of the answer `scored`; nothing where the model cannot say. */
export function showUnknown(one, scored) {
  const parts = one.unknown, box = byId("unknown");
  box.hidden = parts === null;
  put(box, { parts: parts === null ? "" : parts.map((part) => part.part).join(" ") });
  if (parts === null) return;
  const p = one.probability, threshold = (one.segment ?? scored).threshold;
  const width = Math.min(600, byId("unknown-parts").clientWidth || 600);
  // One scale for all, so that bars can be compared.
  const most = Math.min(1, Math.ceil(22 * Math.max(p, threshold, ...parts.map((part) => part.high))) / 20);
  byId("unknown-parts").replaceChildren(...parts.map((part) =>
    el("li", {}, el("p", {}, part.text), drawn(part, p, threshold, most, width), el("dl", { class: "numbers" }, ...numbers(part)))));
  byId("unknown-read").textContent = read(parts, threshold);
}

/** What the charts come to, in one sentence. */
function read(parts, threshold) {
  if (!parts.length) return say("unknown_none");
  const t = percent(threshold), moving = parts.filter((part) => part.chance > 0);
  if (!moving.length) return say("unknown_read_same", { t });
  // The order as sent is by worth; where no worth is known, the likeliest change comes first.
  const first = moving[0].worth === null ? moving.reduce((best, part) => (part.chance > best.chance ? part : best)) : moving[0];
  return say(first.worth === null ? "unknown_read_chance" : "unknown_read_worth", {
    t, part: facts.parts[first.part], chance: percent(first.chance), worth: number(first.worth ?? 0),
  });
}

function numbers(part) {
  const rows = [
    [say("unknown_worth"), part.worth === null ? say("loss_unknown") : number(part.worth)],
    [say("unknown_chance"), percent(part.chance)],
  ];
  return rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}

/** A bar from low to high, a mark at today's probability, a line at the threshold; the bar's ends are labelled below. */
function drawn(part, p, threshold, most, width) {
  const x = (share) => SIDE + (share / most) * (width - 2 * SIDE);
  const [low, high, now, t] = [part.low, part.high, p, threshold].map((share) => percent(share));
  const told = say("unknown_chart", { part: facts.parts[part.part], low, high, p: now, t });
  const picture = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": told });
  const at = Math.min(Math.max(x(threshold), HALF), width - HALF);
  picture.append(
    svg("path", { class: "axis", d: `M${x(0)} ${AXIS}H${x(most)}` }),
    svg("rect", { class: "reach", x: x(part.low), y: BAR, width: Math.max(2, x(part.high) - x(part.low)), height: THICK }),
    svg("path", { class: "mark", d: `M${x(threshold)} 17V${AXIS}` }),
    svg("path", { class: "here", d: `M${x(p)} ${BAR + THICK}l-6 -${THICK}h12z` }),
    svg("text", { x: at, y: 13, "text-anchor": "middle" }, say("scale_threshold", { alone: t })),
    svg("text", { x: x(part.low) - 2, y: AXIS + 16, "text-anchor": "end" }, low),
    svg("text", { x: Math.max(x(part.high), x(part.low) + 2) + 2, y: AXIS + 16, "text-anchor": "start" }, high),
  );
  return picture;
}
