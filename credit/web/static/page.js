// The page: from a client, picked, pasted or found in the log, to its result. Nothing leaves this server.

import { apply } from "./whatif.js";
import { begin as beginMoney } from "./money.js";
import { facts, put, say } from "./words.js";
import { ask, showError, clearErrors, watchErrors, forgettable } from "./server.js";
import { showResult } from "./result.js";
import { begin as beginSearch } from "./log.js";
import { fromTable, textOf } from "./csv.js";

const MOST_BYTES = 64_000_000;

const byId = (id) => document.getElementById(id);

let turn = 0;

/** Score the client in `text`, a JSON body, and show all that there is to tell about it. `field`: where it stands.
    `trial`: it is marked in the log, and counts nowhere. */
export async function score(text, { field = null, trial = false } = {}) {
  const mine = ++turn;
  clearErrors();
  byId("result").hidden = true;  // what is shown belongs to another client until this one is answered
  byId("progress").textContent = say("working");
  try {
    const scored = await ask(trial ? "/score?trial=1" : "/score", { body: text });
    if (scored.scores.length !== 1) throw new Error(say("one_client", { n: scored.scores.length }));
    let explained = null, picture = null, moved = null;
    if (facts.explained) {
      [explained, picture, moved] = await Promise.all([
        ask("/explain", { body: text }),
        ask(`/explain?narrow=${narrow() ? 1 : 0}`, { body: text, accept: "image/svg+xml" }),
        ask("/what-if", { body: text }),
      ]);
    }
    if (mine !== turn) return;
    showResult(scored, explained, picture, trial);
    apply(text, moved);
    byId("result-title").focus({ preventScroll: true });
    byId("result").scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (mine === turn) showError(error, field);
  } finally {
    if (mine === turn) byId("progress").textContent = "";
  }
}

/** Whether the waterfall has a phone's room. */
const narrow = () => window.innerWidth < 700;

/** How many clients a text holds; 1 where the server is to say what is wrong with it. */
function clients(text) {
  try {
    const value = JSON.parse(text);
    const rows = Array.isArray(value) ? value : value?.application;
    return Array.isArray(rows) ? Math.max(rows.length, 1) : 1;
  } catch {
    return 1; // the server's message about broken JSON says where it breaks
  }
}

/** Which example is shown, if any. */
function press(button) {
  for (const other of byId("examples").querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
}

function beginExamples() {
  const buttons = [...byId("examples").querySelectorAll("button")];
  let bodies = null;
  for (const button of buttons) {
    button.addEventListener("click", async () => {
      press(button);
      try {
        let text = button.dataset.body;
        if (!text) {
          bodies ??= await ask(byId("examples").dataset.file, { keyless: true });
          text = JSON.stringify(bodies[button.dataset.example], null, 1);
        }
        byId("body").value = text;
        byId("trial").checked = true; // it is still an example when it is sent again
        await score(text, { trial: true });
      } catch (error) {
        showError(error);
      }
    });
  }
}

/** The names that a body may use: features of the model, and columns of the published table. */
async function published() {
  const { columns, published: named } = await ask("/features?details=1", { keyless: true });
  return ["SK_ID_CURR", "TARGET", ...columns, ...named.map((one) => one.name)];
}

function beginPaste() {
  const field = byId("body");
  byId("paste").addEventListener("submit", async (event) => {
    event.preventDefault();
    const mine = ++turn;
    byId("progress").textContent = ""; // of a client who is not answered yet, and will not be shown
    press(null);
    clearErrors();
    let text;
    try {
      text = await fromTable(field.value, published);
    } catch (error) {
      if (mine === turn) showError(error, field);
      return;
    }
    if (mine !== turn) return;
    const n = text ? clients(text) : 0;
    if (n !== 1) showError(new Error(n ? say("one_client", { n }) : say("nothing")), field);
    else score(text, { field, trial: byId("trial").checked });
  });
  const take = async (file) => {
    if (!file) return;
    if (file.size > MOST_BYTES) return showError(new Error(say("file_too_large", { mb: MOST_BYTES / 1e6 })), field);
    field.value = await textOf(file);
    byId("paste").requestSubmit();
  };
  const failed = (error) => showError(error, field);
  byId("file").addEventListener("change", (event) => take(event.target.files[0]).catch(failed));
  field.addEventListener("dragover", (event) => {
    event.preventDefault();
    field.classList.add("dropping");
  });
  field.addEventListener("dragleave", () => field.classList.remove("dropping"));
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    field.classList.remove("dropping");
    const file = event.dataTransfer.files[0];
    if (file) take(file).catch(failed);
    else {
      field.value = event.dataTransfer.getData("text");
      byId("paste").requestSubmit();
    }
  });
}

watchErrors();
forgettable(byId("forget"));
beginExamples();
beginPaste();
beginSearch((client, { SK_ID_CURR: _, ...features }) => {
  const text = `{"SK_ID_CURR":${client},${JSON.stringify(features).slice(1)}`;
  byId("body").value = text;
  byId("trial").checked = true;
  press(null);
  return score(text, { trial: true });
});
beginMoney();
put(document.documentElement, { ready: "yes" });
