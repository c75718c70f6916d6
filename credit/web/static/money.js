// What wrong decisions cost: the cost curve for any margin and loss, exact, from sums of amounts by probability.

import { facts, number, percent, say, svg, el } from "./words.js";

const HEIGHT = 300, LEFT = 58, RIGHT = 16, TOP = 46, BOTTOM = 40;

/** The cost at the thresholds 0.01 to 0.99, as credit.decision.exposure has it. */
export function curve({ defaulted, repaid }, margin, loss) {
  const all = repaid.reduce((sum, one) => sum + one, 0);
  let lost = 0, good = 0;
  return defaulted.slice(0, -1).map((amount, k) => {
    lost += amount;
    good += repaid[k];
    return loss * lost + margin * (all - good);
  });
}

/** The place of the least cost, the middle one of its first run. */
export function cheapest(costs) {
  const least = Math.min(...costs);
  const first = costs.indexOf(least);
  let run = 1;
  while (costs[first + run] === least) run += 1;
  return first + Math.floor(run / 2);
}

/** The cost of refusing from a threshold on: exact at whole hundredths, between two of them on the line. */
export function costAt({ defaulted, repaid }, margin, loss, threshold) {
  const sum = (amounts) => amounts.reduce((total, one) => total + one, 0);
  const ends = [margin * sum(repaid), ...curve({ defaulted, repaid }, margin, loss), loss * sum(defaulted)];
  const below = Math.min(Math.floor(100 * threshold), ends.length - 2);
  return ends[below] + (100 * threshold - below) * (ends[below + 1] - ends[below]);
}

export function begin() {
  const margin = document.getElementById("margin");
  if (!margin) return; // a model without these sums: the page says so
  const loss = document.getElementById("loss");
  margin.value = 100 * (facts.costs.margin);
  loss.value = 100 * (facts.costs.loss_given_default);
  const show = () => told(Number(margin.value) / 100, Number(loss.value) / 100);
  margin.addEventListener("input", show);
  loss.addEventListener("input", show);
  new ResizeObserver(show).observe(document.getElementById("curve"));
  show();
}

function told(margin, loss) {
  document.getElementById("margin-is").textContent = percent(margin);
  document.getElementById("loss-is").textContent = percent(loss);
  const costs = curve(facts.exposure, margin, loss);
  const best = cheapest(costs), everybody = loss * facts.exposure.defaulted.reduce((sum, one) => sum + one, 0);
  const breakEven = margin / (margin + loss), served = facts.threshold;
  const saving = 1 - costs[best] / everybody, bestThreshold = (best + 1) / 100;
  const lines = [
    say("money_break_even", { margin: percent(margin), loss: percent(loss), p: percent(breakEven) }),
    saving > 0
      ? say("money_best", { t: percent(bestThreshold), cost: number(costs[best]), saving: percent(saving) })
      : say("money_best_worse", { t: percent(bestThreshold), cost: number(costs[best]) }),
    say("money_served", { t: percent(served), cost: number(costAt(facts.exposure, margin, loss, served)) }),
  ];
  document.getElementById("money-told").replaceChildren(...lines.map((line) => el("p", {}, line)));
  const box = document.getElementById("curve");
  box.replaceChildren(drawn(costs, box.clientWidth, [
    ["served", served, say("mark_served", { t: percent(served) })],
    ["best", bestThreshold, say("mark_best", { t: percent(bestThreshold) })],
    ["break-even", breakEven, say("mark_break_even", { t: percent(breakEven) })],
  ]));
}

/** Drawn as wide as there is room, so that letters stay as large on a phone; as far as all marks reach. */
function drawn(costs, room, marks) {
  const width = Math.max(260, Math.min(room, 760));
  const furthest = Math.max(...marks.map(([, t]) => t)), shown = furthest > 0.59 ? 99 : 60;
  const part = costs.slice(0, shown);
  const high = Math.max(...part), x = (t) => LEFT + (t / (shown / 100)) * (width - LEFT - RIGHT);
  const y = (cost) => HEIGHT - BOTTOM - (cost / high) * (HEIGHT - TOP - BOTTOM);
  const path = part.map((cost, k) => `${k ? "L" : "M"}${x((k + 1) / 100).toFixed(1)} ${y(cost).toFixed(1)}`).join("");
  const picture = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": say("money_chart") });
  picture.append(
    svg("path", { class: "axis", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${width - RIGHT}` }),
    svg("path", { class: "curve", d: path }),
    svg("text", { x: width - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, say("axis_threshold")),
    svg("text", { transform: `translate(12 ${TOP}) rotate(-90)`, "text-anchor": "end" }, say("axis_cost")),
  );
  for (const tick of [0, 0.2, 0.4, 0.6, 0.8].filter((one) => 100 * one <= shown)) picture.append(svg("text", { x: x(tick), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, percent(tick, 0)));
  for (const share of [0, 0.5, 1]) picture.append(svg("text", { x: LEFT - 6, y: y(high * share) + 4, "text-anchor": "end" }, number((high * share) / 1e6, high < 1e7 ? 1 : 0)));
  const leftmost = marks.reduce((least, mark, row) => (mark[1] < marks[least][1] ? row : least), 0);
  marks.forEach(([name, t, words], row) => {
    const at = x(t), right = at > width - 130 || (row === leftmost && at > LEFT + 110);
    picture.append(
      svg("path", { class: `mark ${name}`, d: `M${at.toFixed(1)} ${12 + 15 * row}V${HEIGHT - BOTTOM}` }),
      svg("text", { x: right ? at - 5 : at + 5, y: 12 + 15 * row, "text-anchor": right ? "end" : "start" }, words),
    );
  });
  return picture;
}
