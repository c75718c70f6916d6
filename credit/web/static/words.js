// Words, numbers and elements: what every script of the page speaks with.

export const facts = JSON.parse(document.getElementById("facts").textContent);

const locale = facts.language === "fr" ? "fr-FR" : "en-GB";

/** The words under `key`, with {names} filled in. Throws where there are none: nothing is left out silently. */
export const say = (key, values = {}) => filled(key, facts.words[key], values);

/** The words under `key` for a whole number of things, {n}, in the singular or the plural, as credit/i18n/plural.py. */
export function counted(key, count, values = {}) {
  const one = count === 1 || (facts.language === "fr" && count === 0);
  return filled(key, facts.words[key]?.[one ? "one" : "other"], { n: number(count), ...values });
}

function filled(key, text, values) {
  if (text === undefined) throw new Error(`no words for ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// Rounded as the server rounds: by all digits of the number, halves to the even one. Given a number, Intl rounds the
// shortest decimal that stands for it: 12.35, in truth 12.3499999999999996, would be 12.4 here and 12.3 in the server's
// sentences. Given a text of its digits, it rounds what it is given. A minus stands where browsers write a hyphen.
const written = (value, options) =>
  new Intl.NumberFormat(locale, { roundingMode: "halfEven", signDisplay: "negative", ...options })
    .format(Number(value).toFixed(100))
    .replace("-", "\u2212");

/** A number with so many decimals at most. */
export const number = (value, decimals = 0) => written(value, { maximumFractionDigits: decimals });

/** A number with its sign, two decimals. */
export const signed = (value) =>
  written(value, { maximumFractionDigits: 2, minimumFractionDigits: 2, signDisplay: "exceptZero" });

/** A share in [0, 1] as a percentage with one decimal, written as the server writes it. */
export const percent = (share, decimals = 1) =>
  `${written(100 * share, { maximumFractionDigits: decimals, minimumFractionDigits: decimals })}\u00a0%`;

/** What a review saves on average once its cost is taken off, with both; "–" where one is not known. */
export const net = (worth, cost) =>
  worth === null || cost === null ? "–" : say("review_net", { net: number(worth - cost), worth: number(worth), cost: number(cost) });

/** A moment as all pages write it: in UTC, as the log has it. */
export const moment = (text) => `${new Date(text).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** An element with attributes and children; texts are texts, never markup. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** The same in an SVG. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Note on an element, for tests and styles. */
export const put = (node, data) => Object.assign(node.dataset, data);

/** A decision in words, with a sign that needs no colour. */
export function decision(name) {
  const sign = { accept: "✓", counteroffer: "✓", refer: "?", refuse: "✕" }[name];
  return el("span", { class: name }, `${sign} ${say(name)}`);
}
