// Decisions that are in the log: found by the client's number.

import { decision, el, facts, moment, percent, say } from "./words.js";
import { clientNumber } from "./client_number.js";
import { ask, clearErrors, showError } from "./server.js";

export function begin(open) {
  const form = document.getElementById("search");
  const field = document.getElementById("number");
  const found = document.getElementById("found");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors();
    try {
      const n = clientNumber(field.value);
      found.replaceChildren(...rows(await ask(`/data?client=${n}`), n, open));
    } catch (error) {
      found.replaceChildren();
      showError(error, field);
    }
  });
}

function rows(page, n, open) {
  if (!page.total) return [el("p", {}, say("log_none", { n }))];
  const parts = [el("p", {}, page.total === 1 ? say("log_one", { n }) : say("log_found", { n, total: page.total }))];
  if (page.total > page.data.length) parts.push(el("p", { class: "hint" }, say("log_more", { shown: page.data.length })));
  const list = page.data.map((row) => {
    const link = el("a", { href: `/decisions/${row.id}?lang=${facts.language}` }, say("log_page", { id: row.id }));
    const told = el("p", {}, link, ` – ${moment(row.time)} – `, decision(row.decision), ` – ${percent(row.probability)}`);
    if (row.erased) return el("li", {}, told, el("p", { class: "hint" }, say("log_erased")));
    const button = el("button", { type: "button" }, say("log_open"));
    button.addEventListener("click", async () => {
      try {
        const { decision: logged } = await ask(`/reviews/${row.id}`);
        open(row.client, logged.inputs);
      } catch (error) {
        showError(error, document.getElementById("number"));
      }
    });
    return el("li", {}, told, button);
  });
  return [...parts, el("ol", {}, ...list)];
}
