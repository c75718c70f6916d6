// A client copied out of a spreadsheet or a CSV file, header and row, as the JSON that the server takes.

import { say } from "./words.js";

const CLIENT = "SK_ID_CURR";

const SEPARATORS = ["\t", ";", "|", ","];

// What programs write for a gap, in small letters: credit/tables/value_forms.py.
const GAPS = new Set(["", "na", "n/a", "<na>", "null", "(null)", "#null!", "nan", "-nan", "nat", "none", "\\n", "#n/a", "#n/a n/a", "#na",
  "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", ".", "-", "--", "?"]);

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

// Numbers as people and spreadsheets write them. Where the form alone says which mark is which, the number is taken:
// 0,57 and 1234,5 and 4,5E+05 and 1.234,5 and 1,234.5 and 1.234.567 and 1 234,5. A comma before three last digits may be
// either mark, so 1,234 is refused at the box, whatever parts the fields. 1.234 is a decimal number, as in JSON and in
// the published files; where another field of the table has a decimal comma it is refused, too, and so it is between
// semicolons or tabs, as spreadsheets in Europe write, where no other field shows that the point is a decimal mark.
const DECIMAL_COMMA = /^-?(0|[1-9]\d*),\d+([eE][-+]?\d+)?$/;
const POINTS_THEN_COMMA = /^-?[1-9]\d{0,2}(\.\d{3})+,\d+$/;
const COMMAS_THEN_POINT = /^-?[1-9]\d{0,2}(,\d{3})+\.\d+$/;
const SEVERAL_MARKS = /^-?[1-9]\d{0,2}([.,])\d{3}(\1\d{3})+$/;
const PARTED_BY_BLANKS = /^-?[1-9]\d{0,2}([ \u00a0\u202f'\u2019])\d{3}(\1\d{3})*([.,]\d+)?$/;
const EITHER_COMMA = /^-?[1-9]\d{0,2},\d{3}$/;
const EITHER_POINT = /^-?[1-9]\d{0,2}\.\d{3}$/;
const POINT_DECIMALS = /^-?\d+\.\d+([eE][-+]?\d+)?$/;
// A number of a client as a spreadsheet shortens it, 1.01E+05: its digits are lost.
const SHORTENED = /^\d[.,]?\d*E\+?\d+$/;
// A comma before the last digits, whatever parts the thousands.
const COMMA_DECIMALS = /^-?\d[\d. \u00a0\u202f'\u2019]*,\d+([eE][-+]?\d+)?$/;

/** Form -> how it becomes a number of JSON. */
const FORMS = [
  [DECIMAL_COMMA, (text) => text.replace(",", ".")],
  [POINTS_THEN_COMMA, (text) => text.replaceAll(".", "").replace(",", ".")],
  [COMMAS_THEN_POINT, (text) => text.replaceAll(",", "")],
  [SEVERAL_MARKS, (text) => text.replace(/[.,]/g, "")],
  [PARTED_BY_BLANKS, (text) => text.replace(/[ \u00a0\u202f'\u2019]/g, "").replace(",", ".")],
];

// What spreadsheets write for true and false, in English and French.
const LOGICAL = new Map([["true", "true"], ["vrai", "true"], ["false", "false"], ["faux", "false"]]);

/**
 * The text as JSON: an object for one row, a list for more. As it is where it is no table with names in its first row.
 * `published`: called where a name is not in capitals; promises the names that a body may use. Throws an error in words.
 */
export async function fromTable(text, published) {
  const plain = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n").replace(/^\s*\n/, "");
  if (/^\s*[[{]/.test(plain)) return text.trim();
  const found = table(plain);
  if (!found) return text.trim(); // the server says what is wrong
  const [header, ...rows] = found;
  if (!header.some(isClient)) throw new Error(say("table_no_client"));
  if (!rows.length) throw new Error(say("table_empty"));
  const names = await spelt(withoutEmptyEnd(header, 0), published);
  const clients = rows.map((row, place) => asWide(row, names.length, place + 1));
  const all = clients.flat();
  const points = all.some((field) => !EITHER_POINT.test(field) && POINT_DECIMALS.test(field));
  const commas = all.some((field) => !EITHER_COMMA.test(field) && COMMA_DECIMALS.test(field)) || (!points && found.european);
  const objects = clients.map((row, place) => {
    const pairs = row.map((field, column) => {
      if (isClient(names[column]) && SHORTENED.test(field)) {
        throw new Error(say("table_shortened", { row: place + 1, value: field }));
      }
      if (EITHER_COMMA.test(field) || (commas && EITHER_POINT.test(field))) {
        throw new Error(say("table_ambiguous", { name: names[column], row: place + 1, value: field }));
      }
      return `${JSON.stringify(names[column])}:${literal(field)}`;
    });
    return `{${pairs.join(",")}}`;
  });
  return objects.length === 1 ? objects[0] : `[${objects.join(",")}]`;
}

/** The text of a file: UTF-8, or UTF-16 with its mark, as Excel's "Unicode text". Throws where it is packed. */
export async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const begins = (...start) => start.every((byte, place) => bytes[place] === byte);
  if (begins(0x50, 0x4b, 0x03, 0x04) || begins(0xd0, 0xcf, 0x11, 0xe0) || begins(0x1f, 0x8b)) throw new Error(say("workbook"));
  const encoding = begins(0xff, 0xfe) ? "utf-16le" : begins(0xfe, 0xff) ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

/** Rows of fields, the names first; null where the first row holds no names. */
function table(text) {
  const told = /^"?sep=(.)"?[^\n]*\n/i.exec(text); // Excel's own line
  const rest = told ? text.slice(told[0].length) : text;
  const [first] = rest.split("\n", 1);
  const separators = told ? [told[1], ...SEPARATORS] : SEPARATORS;
  const header = (separator) => (rowsOf(first, separator)[0] ?? []).map(bare);
  const separator = separators.find((one) => header(one).some(isClient)) ?? separators.find((one) => areNames(header(one)));
  if (separator === undefined) return null;
  const [, ...rows] = rowsOf(rest, separator);
  return Object.assign([header(separator), ...rows], { european: separator === ";" || separator === "\t" });
}

/** The fields of each row, also of one that spreadsheets put in quotes as a whole. */
const rowsOf = (text, separator) => fields(text, separator).map((row) => (row.length === 1 && row[0].includes(separator) ? fields(row[0], separator)[0] : row));

const bare = (name) => name.trim().replace(/^(["'`])(.*)\1$/, "$2").trim();

const isClient = (name) => name.toUpperCase() === CLIENT;

/** Whether these are names such as the published ones, and no values. */
function areNames(row) {
  const names = row.filter(Boolean);
  return names.length > 1 && names.every((name) => /^[A-Za-z]\w*$/.test(name)) && names.some((name) => name.includes("_"));
}

/** The names as a body may use them: databases and people write them in small letters, too. */
async function spelt(names, published) {
  if (names.every((name) => name === name.toUpperCase())) return names;
  const known = new Map((await published()).map((name) => [name.toLowerCase(), name]));
  return names.map((name) => known.get(name.toLowerCase()) ?? name);
}

/** Without the empty fields that separators at the end of a line leave, down to so many fields. */
function withoutEmptyEnd(row, least) {
  let length = row.length;
  while (length > least && row[length - 1] === "") length -= 1;
  return row.slice(0, length);
}

/** A row with as many fields as there are names. */
function asWide(row, names, number) {
  const found = withoutEmptyEnd(row, names);
  if (found.length !== names) throw new Error(say("table_width", { row: number, fields: found.length, names }));
  return found;
}

/** A field as JSON. */
const literal = (field) => LOGICAL.get(field.toLowerCase()) ?? value(decimal(field));

/** A number in one of the FORMS as JSON writes it, and all else as it is. */
function decimal(field) {
  const [, change] = FORMS.find(([form]) => form.test(field)) ?? [];
  return change ? change(field) : field;
}

/** A number as it is written, since JavaScript's would lose digits of large ones. */
function value(field) {
  if (GAPS.has(field.toLowerCase())) return "null";
  return NUMBER.test(field) ? field : JSON.stringify(field);
}

/** Rows of fields; one in quotes may hold separators, line breaks and doubled quotes. */
function fields(text, separator) {
  const rows = [[]];
  let field = "", quoted = false;
  const end = () => { rows.at(-1).push(field.trim()); field = ""; };
  for (let place = 0; place < text.length; place += 1) {
    const letter = text[place];
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text[place + 1] === '"') { field += '"'; place += 1; }
      else quoted = false;
    } else if (letter === '"' && !field) quoted = true;
    else if (letter === separator) end();
    else if (letter === "\n") { end(); rows.push([]); }
    else if (letter !== "\r") field += letter;
  }
  end();
  return rows.filter((row) => row.some(Boolean));
}
