// A page that wants a key: asked for here, kept in this tab, and the page itself put in this one's place.

import { facts, put, say } from "./words.js";
import { forgetKey, KEPT, noteRoles, sendable, showError, watchErrors } from "./server.js";

const form = document.getElementById("key-form");
const field = document.getElementById("key-text");
const wrong = document.getElementById("key-wrong");

async function open(key) {
  const headers = { Accept: "text/html", "Accept-Language": facts.language, Authorization: `Bearer ${key}` };
  let response;
  try {
    response = await fetch(location.href, { headers });
  } catch (error) {
    throw new Error(say("unreachable", { why: error.message }));
  }
  if (response.status === 401) {
    forgetKey();
    wrong.textContent = say("key_wrong");
    return ready();
  }
  sessionStorage.setItem(KEPT, key);
  noteRoles(response);
  // Pages behind a key hold no scripts: their elements are all that there is to them. This page's icon stays.
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const icon = document.querySelector("link[rel=icon]");
  for (const one of [...document.head.children]) if (one !== icon) one.remove();
  document.head.append(...[...page.head.children].filter((one) => one.rel !== "icon"));
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(page.body);
  for (const link of document.querySelectorAll("a[download]")) link.addEventListener("click", (event) => fetchFile(event, link, key));
  const again = Number(response.headers.get("Refresh")); // of a page that waits for its answer; 0 for all others
  if (again) setTimeout(() => location.reload(), 1000 * again);
  put(document.documentElement, { ready: "yes" });
}

/** A file behind a key: a link alone would not send it. */
async function fetchFile(event, link, key) {
  event.preventDefault();
  const response = await fetch(link.href, { headers: { Accept: "text/csv", Authorization: `Bearer ${key}` } });
  if (!response.ok) return location.assign(link.href); // the page of the error says why
  const file = URL.createObjectURL(await response.blob());
  const save = document.createElement("a");
  Object.assign(save, { href: file, download: link.download });
  save.click();
  setTimeout(() => URL.revokeObjectURL(file), 60_000); // not before the browser has read it
}

function ready() {
  form.hidden = false;
  field.value = "";
  field.focus();
  put(document.documentElement, { ready: "yes" });
}

watchErrors();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const key = field.value.trim();
  wrong.textContent = sendable(key) ? "" : say("key_letters");
  if (sendable(key)) open(key).catch(showError);
});
const kept = sessionStorage.getItem(KEPT);
if (kept === null) ready();
else open(kept).catch((error) => { ready(); showError(error); });
