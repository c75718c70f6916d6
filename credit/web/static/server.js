// Requests to this server: the key, asked for once and kept in this tab only, and errors, shown where they are seen.

import { el, facts, say } from "./words.js";

/** Under this name the tab keeps its key. */
export const KEPT = "credit-key";

/** And under this one the roles of the key, as the server told them. */
const ROLES = "credit-roles";

/** Keep what an answer tells of the key's roles. */
export function noteRoles(response) {
  const roles = response.headers.get("Credit-Roles");
  if (roles === null || roles === sessionStorage.getItem(ROLES)) return;
  sessionStorage.setItem(ROLES, roles);
  showMenu();
}

/** Forget the key and its roles: whoever comes next may have others. */
export function forgetKey() {
  sessionStorage.removeItem(KEPT);
  sessionStorage.removeItem(ROLES);
  showMenu();
}

/** The menu without what the key may not use; whole where no key is known. */
function showMenu() {
  const roles = sessionStorage.getItem(ROLES)?.split("+") ?? null;
  for (const entry of document.querySelectorAll("nav [data-roles]")) {
    entry.hidden = roles !== null && !entry.dataset.roles.split(" ").some((role) => roles.includes(role));
  }
}

showMenu();

// A client's number may be larger than JavaScript's numbers are exact: such a one is kept as a text.
const LARGE_CLIENT = /("client":)(\d{16,})(?=[,}])/g;

/** What the server refused, with its details field by field. */
export class Refused extends Error {
  constructor(status, answer) {
    super(answer.error);
    this.status = status;
    this.details = answer.details ?? [];
  }
}

/** Ask `path`; a body is posted as JSON. Answers the decoded JSON, or the text where `accept` asks for another form. */
export async function ask(path, { body, accept = "application/json", keyless = false } = {}) {
  const wanted = facts.keyed && !keyless;
  let wrong = "";
  for (;;) {
    const headers = { Accept: accept, "Accept-Language": facts.language };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (wanted) headers.Authorization = `Bearer ${sessionStorage.getItem(KEPT) ?? (await askForKey(wrong))}`;
    let response;
    try {
      response = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body, cache: "default" });
    } catch (error) {
      throw new Error(say("unreachable", { why: error.message }));
    }
    if (wanted) noteRoles(response);
    if (response.status === 401 && wanted) {
      forgetKey();
      document.getElementById("forget").hidden = true;
      wrong = say("key_wrong");
      continue;
    }
    const text = await response.text();
    if (response.ok) return accept === "application/json" ? JSON.parse(text.replace(LARGE_CLIENT, '$1"$2"')) : text;
    let answer = null;
    try {
      answer = JSON.parse(text);
    } catch {
      answer = null; // a proxy's page, for instance: said below
    }
    if (typeof answer?.error !== "string") throw new Error(say("not_json", { status: response.status }));
    throw new Refused(response.status, answer);
  }
}

/** Whether a header can carry a key: ASCII that can be seen, and blanks. */
export const sendable = (key) => /^[\x20-\x7e]+$/.test(key);

let asking = null;

/** One dialog for all requests that wait for a key. */
function askForKey(wrong) {
  asking ??= new Promise((resolve, reject) => {
    const dialog = document.getElementById("key");
    const form = document.getElementById("key-form");
    const field = document.getElementById("key-text");
    document.getElementById("key-wrong").textContent = wrong;
    const end = () => {
      form.onsubmit = dialog.onclose = null;
      asking = null;
      field.value = "";
      if (dialog.open) dialog.close();
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      const key = field.value.trim();
      if (!sendable(key)) {
        document.getElementById("key-wrong").textContent = say("key_letters");
        return;
      }
      sessionStorage.setItem(KEPT, key);
      document.getElementById("forget").hidden = false;
      end();
      resolve(key);
    };
    dialog.onclose = () => {
      end();
      reject(new Error(say("key_wanted")));
    };
    document.getElementById("key-cancel").onclick = () => dialog.close();
    dialog.showModal();
  });
  return asking;
}

/** A button that forgets the key. */
export function forgettable(button) {
  button.hidden = sessionStorage.getItem(KEPT) === null;
  button.addEventListener("click", () => {
    forgetKey();
    button.hidden = true;
  });
}

/** Show what went wrong; nothing is swallowed. `field`: what it is about, beside which it is said; or `place`: where. */
export function showError(error, field = null, place = field?.dataset.errors ?? "errors") {
  const region = document.getElementById(place);
  const details = (error.details ?? []).filter((one) => !error.message.startsWith(one.message));
  const parts = [el("p", {}, error.message)];
  if (details.length) parts.push(el("ul", { tabindex: 0 }, ...details.map((one) => el("li", {}, one.message))));
  if (error instanceof Refused && facts.language !== "en") {
    for (const part of parts) part.lang = "en"; // the server's sentences are English
    parts.unshift(el("p", {}, say("refused_here")));
  }
  const close = el("button", { type: "button" }, say("dismiss"));
  close.addEventListener("click", () => clearErrors());
  region.replaceChildren(...parts, close);
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.focus({ preventScroll: true });
  }
  region.scrollIntoView({ block: "nearest" });
}

/** Everywhere, or in one place. */
export function clearErrors(place = null) {
  if (typeof place === "string") return document.getElementById(place).replaceChildren();
  for (const region of document.querySelectorAll(".errors")) region.replaceChildren();
  for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** Errors of the scripts themselves are shown like all others. */
export function watchErrors() {
  const shown = (why) => showError(new Error(say("script_error", { why })));
  window.addEventListener("error", (event) => shown(event.message));
  window.addEventListener("unhandledrejection", (event) => shown(event.reason?.message ?? String(event.reason)));
}
