// A client copied out of a spreadsheet or a CSV file, header and row, as the JSON that the server takes.

const SEPARATORS = ["\t", ";", ","];

// What programs write for a gap, in small letters: credit/tables/forms.py.
const GAPS = new Set(["", "na", "n/a", "<na>", "null", "(null)", "#null!", "nan", "-nan", "nat", "none", "\\n", "#n/a", "#n/a n/a", "#na",
  "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", ".", "-", "--", "?"]);

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** The text as JSON: an object for one row, a list for more. As it is where it is no table with SK_ID_CURR above. */
export function fromTable(text) {
  const [first] = text.split("\n", 1);
  const separator = SEPARATORS.find((one) => first.includes(one) && first.split(one).some((name) => bare(name) === "SK_ID_CURR"));
  if (/^[[{]/.test(text) || !separator) return text;
  const [names, ...rows] = fields(text, separator);
  if (!rows.length || rows.some((row) => row.length !== names.length)) return text; // the server says what is wrong
  const clients = rows.map((row) => `{${row.map((field, place) => `${JSON.stringify(names[place])}:${value(field)}`).join(",")}}`);
  return clients.length === 1 ? clients[0] : `[${clients.join(",")}]`;
}

const bare = (name) => name.trim().replace(/^"(.*)"$/, "$1");

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
  return rows.filter((row) => row.length > 1 || row[0]);
}
