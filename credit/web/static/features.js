// The table of the features: what does not hold all words of the query is hidden.

import { facts, number, say } from "./words.js";
import { watchErrors } from "./server.js";

watchErrors();
const rows = [...document.querySelectorAll("#features tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
const query = document.getElementById("query");
const count = document.getElementById("count");

function search() {
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [row, text] of rows) {
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) shown += 1;
  }
  count.textContent = say("features_shown", { n: number(shown), all: number(rows.length) });
}

query.addEventListener("input", search);
search();
document.documentElement.dataset.ready = facts.language;
