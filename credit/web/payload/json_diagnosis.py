"""What a body is that is not JSON, and what to send instead: one sentence, with line and column.

Nothing of the body is repeated: it holds a client's values.
"""

import json
import re
from collections.abc import Callable

#: The right call, for whatever else was sent.
SHOWN = 'send one client as {"SK_ID_CURR": 100001, "AMT_CREDIT": 450000.0, ...}, several as a list of such objects'

_AS_JSON = "in Python json.dumps(client).encode()"

_FROM_FILE = 'pandas.{}.to_json(orient="records")'

#: First bytes -> what such a body is, and what to do with it.
_BINARY: dict[bytes, str] = {
    b"\x1f\x8b": "it is compressed with gzip: say so by the header 'Content-Encoding: gzip', or send the JSON itself.",
    b"\x28\xb5\x2f\xfd": "it is compressed with zstd, and the service reads gzip alone: send that, or the JSON itself.",
    b"BZh": "it is compressed with bzip2, and the service reads gzip alone: send that, or the JSON itself.",
    b"\xfd7zXZ": "it is compressed with xz, and the service reads gzip alone: send that, or the JSON itself.",
    b"PK\x03\x04": "it is a zip archive or an Excel workbook: send what is in it as JSON, in Python "
    + _FROM_FILE.format('read_excel("rows.xlsx")')
    + ".",
    b"PAR1": "it is a Parquet file: convert it, in Python " + _FROM_FILE.format('read_parquet("rows.parquet")') + ".",
    b"ARROW1": "it is an Arrow file: convert it, in Python " + _FROM_FILE.format('read_feather("rows.arrow")') + ".",
    b"\x93NUMPY": f"it is a NumPy array, which has no names: {SHOWN}.",
    b"\x89PNG": f"it is a PNG picture: {SHOWN}.",
    b"\xff\xd8\xff": f"it is a JPEG picture: {SHOWN}.",
    b"%PDF": f"it is a PDF document: {SHOWN}.",
}

#: A pickle of protocol 2 or later.
_PICKLE = re.compile(rb"\x80[\x02-\x05]")

#: How Python, NumPy and pandas write what JSON has not, or writes in another way.
_PYTHON = ("'", "None", "True", "False", "nan", "inf", "np.", "array(", "Decimal(", "Timestamp(", "<NA>")

#: What spreadsheets and CSV files put between two fields.
_SEPARATORS = ("\t", ";", ",")

_FORM = re.compile(r"[A-Za-z_]\w*=[^{}\"]*\Z")

_YAML = re.compile(r"(---\s+)?(-\s+)?[A-Za-z_]\w*:(\s|\Z)")

#: "SK_ID_CURR: 7, AMT_CREDIT: 1": in YAML that is one name.
_SEVERAL_NAMES = re.compile(r",\s*[A-Za-z_]\w*:")

_NAME_IN_QUOTES = re.compile(r'"\w+"\s*:')

_BARE_NAME = re.compile(r"[A-Za-z_$][\w$]*\s*:")

_TYPOGRAPHIC = ("\u201c", "\u201d", "\u201e", "\u2018", "\u2019", "\u00ab", "\u00bb")

_COMMENTS = ("//", "/*", "#")

#: Half of a character that is written as two: \ud83d without \ude00 after it, or the other way round.
_HALF = re.compile(
    r"(?<!\\)(?:\\\\)*(\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)

#: Python reads no whole number with more digits (sys.int_info.default_max_str_digits), and msgspec neither.
_MOST_DIGITS = 4300

_LONG = re.compile(rf"(?<![\d.])\d{{{_MOST_DIGITS + 1},}}")


def cause(body: bytes, reason: str) -> str:
    """What a body that is not JSON is, and what to do; where nothing is recognised, the place at which it breaks.

    ``reason``: why msgspec refused it.
    """
    if binary := _of_bytes(body):
        return binary
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in body[:4]:
        return f"it is encoded as UTF-16 or UTF-32; JSON is UTF-8: {_AS_JSON}."
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(body, error.start)
        return f"it is not UTF-8 ({place}); JSON is, and Latin-1 is not: {_AS_JSON}."
    # A few lines say what a text is; megabytes say no more.
    start = text[:100_000].lstrip()
    found = _of_start(start) or _of_csv(start) or _of_form(start) or _of_json(text)
    return found or _of_place(body, reason)


def _of_bytes(body: bytes) -> str | None:
    for first, what in _BINARY.items():
        if body.startswith(first):
            return what
    if _PICKLE.match(body):
        return "it is a Python object (pickle), which is never read: send json.dumps(client)."
    return None


def _of_start(start: str) -> str | None:
    """The cause in the first characters of a text."""
    if start.startswith("<"):
        what = "HTML" if re.match(r"<(!doctype )?html", start, re.IGNORECASE) else "XML or HTML"
        return f"it is {what}: {SHOWN}."
    if start.startswith("[object "):
        return "it is what JavaScript prints for an object: send JSON.stringify(client)."
    if _YAML.match(start):
        if _SEVERAL_NAMES.search(start.split("\n", 1)[0]):
            return "the braces around it and the quotes of its names are missing: " + SHOWN + "."
        return "it is YAML: convert it, in Python json.dumps(yaml.safe_load(text))."
    if _NAME_IN_QUOTES.match(start):
        return "the braces around it are missing: " + SHOWN + "."
    return None


def _of_csv(start: str) -> str | None:
    first = start.split("\n", 1)[0]
    if first[:1] in ("{", "[") or first.startswith(_COMMENTS):
        return None
    separator = max(_SEPARATORS, key=first.count)
    if not first.count(separator):
        return None
    what = "a table copied from a spreadsheet" if separator == "\t" else "CSV"
    header = "" if "SK_ID_CURR" in first else " without a header"
    return (
        f'it is {what}{header}: convert it with its header, in Python polars.read_csv("rows.csv").write_json() or '
        'pandas.read_csv("rows.csv").to_json(orient="records").'
    )


def _of_form(start: str) -> str | None:
    if not _FORM.match(start):
        return None
    return "it is a form (name=value): " + SHOWN + "; with curl -H 'Content-Type: application/json' -d '{...}'."


def _of_json(text: str) -> str | None:
    """The cause in a text that begins as JSON does."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        place = _in_words(error.lineno, error.colno)
        return _of_error(text, error, place)
    except RecursionError:
        return None
    except ValueError:  # Python says no more than that a number has too many digits
        if (long := _LONG.search(text)) is None:
            return None
        where = _place_in(text, long.start())
        return f"it has a whole number of more than {_MOST_DIGITS:,} digits ({where}): send numbers below 1e12."
    # Python reads half a character, which no answer can hold.
    if (half := _HALF.search(text)) is None:
        return None
    where = _place_in(text, half.start(1))
    return f"it has half a character, \\ud800 to \\udfff without its other half ({where}): cut no text within one."


def _of_error(text: str, error: json.JSONDecodeError, place: str) -> str | None:
    """The cause at the place where Python's decoder stopped."""
    rest, before = text[error.pos : error.pos + 200], text[max(error.pos - 200, 0) : error.pos].rstrip()
    if error.msg == "Extra data":
        return _of_several(text, rest)
    if text.lstrip()[:1] not in ("{", "[") and not rest.startswith(_COMMENTS):
        return None
    for starts, what in _AT_ERROR:
        if starts(rest):
            return what.format(place=place)
    # {"AMT_CREDIT": 450000,5}
    if "property name" in error.msg and rest[:1].isdigit() and re.search(r"\d,\Z", before):
        return f"a number has a comma in it ({place}): write decimals with a point, 450000.5, and no thousands."
    return None


_AT_ERROR: tuple[tuple[Callable[[str], object], str], ...] = (
    (
        lambda rest: rest.startswith(_PYTHON),
        "it is written as Python prints it ({place}): send json.dumps(client), or post it with requests.post(url, "
        "json=client).",
    ),
    (
        lambda rest: rest.startswith(_TYPOGRAPHIC),
        'its quotes are those of a word processor ({place}): write straight ones (").',
    ),
    (
        lambda rest: rest.startswith(_COMMENTS),
        "it has a comment, which JSON does not have ({place}): leave it out.",
    ),
    (
        _BARE_NAME.match,
        "a name in it is not in quotes ({place}): send JSON.stringify(client) in JavaScript, json.dumps(client) in "
        "Python.",
    ),
    (
        lambda rest: rest.startswith("undefined"),
        "it has undefined, which JSON does not have ({place}): send null where a value is not known.",
    ),
)


def _of_several(text: str, rest: str) -> str | None:
    """The cause where JSON is followed by more."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(_is_object(line) for line in lines[:2]):
        return (
            f"it is {len(lines):,} lines with a JSON object each (JSON Lines): send a list, "
            "[{...}, {...}], with a comma after each but the last."
        )
    if text.lstrip()[:1] == "{" and rest.lstrip(", \t\r\n")[:1] == "{":
        return "it is several objects without a list around them: send [{...}, {...}], with a comma between two."
    if rest.startswith(_COMMENTS):
        return "a comment follows the JSON, which has none: leave it out."
    return None


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _of_place(body: bytes, reason: str) -> str:
    """The decoder's own words, with line and column for its byte: "invalid character in line 1, column 47"."""
    what = reason.removeprefix("JSON is malformed: ").removeprefix("Input data was ")
    place = re.search(r" \(byte (\d+)\)", what)
    where = _place(body, int(place[1]) if place else len(body))
    return f"{what[: place.start()] if place else what} in {where}. See GET / for an example."


def _place(body: bytes, byte: int) -> str:
    before = body[:byte]
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", errors="replace")) + 1
    return _in_words(before.count(b"\n") + 1, column)


def _place_in(text: str, position: int) -> str:
    return _in_words(text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def _in_words(line: int, column: int) -> str:
    return f"line {line:,}, column {column:,}"
