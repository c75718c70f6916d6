"""From bytes to JSON's values, or one sentence that names the cause: where the JSON breaks, and what it is instead.

Nothing of the body is repeated: it holds a client's values.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

import msgspec
import numpy as np

from credit.body.errors import BodyError, Offence, refused, shortened

#: The right call, for whatever else was sent.
SHOWN = 'send one client as {"SK_ID_CURR": 100001, "AMT_CREDIT": 450000.0, ...}, several as a list of such objects'

_COLON = ord(":")

_NESTED = frozenset((dict, list))

_TOO_DEEP = "The body is nested too deeply to be a client; see GET / for an example."

#: How Python, NumPy and pandas write what JSON has not, or writes in another way.
_PYTHON = ("'", "None", "True", "False", "nan", "inf", "np.", "array(", "Decimal(", "Timestamp(", "<NA>")

#: What spreadsheets and CSV files put between two fields.
_SEPARATORS = ("\t", ";", ",")

_FORM = re.compile(r"[A-Za-z_]\w*=[^{}\"]*\Z")


def decoded(body: bytes) -> Any:
    """The body as plain objects, NaN and Infinity included, so that they can be named. Raises `BodyError` (400)."""
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise BodyError(400, _TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error)
    try:
        value = json.loads(body.decode())  # reads NaN and Infinity, which JSON does not have
        msgspec.json.encode(value)  # but half a character (\ud800) can be in no answer
    except (ValueError, RecursionError):
        raise BodyError(400, f"The body is not JSON: {_cause(body, reason)}") from None
    return value


def refuse_repeated(body: bytes, value: Any) -> None:
    """Raise `BodyError` where a key comes twice in an object of the ``body`` that was decoded as ``value``.

    JSON leaves open which of the two values counts. Each key that was decoded has a colon in the body; where there are
    no more colons than keys, no key comes twice, and the body need not be read again.
    """
    if colons(body) > keys(value):
        refuse_repeated_keys(body)


def colons(body: bytes) -> int:
    """How many colons a body has: by NumPy, since bytes.count takes ten times as long where there are many."""
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == _COLON))


def keys(value: Any) -> int:
    """How many keys all the objects within ``value`` have."""
    number, rest = 0, [value]
    while rest:
        one = rest.pop()
        values: Collection[Any] = ()
        if isinstance(one, dict):
            number += len(one)
            values = one.values()
        elif isinstance(one, list):
            values = one
        # Most objects are rows of plain values: a look at their types is faster than one at each value.
        if not _NESTED.isdisjoint(map(type, values)):
            rest += [inner for inner in values if isinstance(inner, dict | list)]
    return number


class _Twice(dict[str, Any]):
    """An object in which ``twice`` comes more than once."""

    twice: str = ""


def refuse_repeated_keys(body: bytes) -> None:
    """Read a body again, with an eye on its keys. Raises `BodyError` with every key that comes twice, and where."""

    def one(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = _Twice(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            found.twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            return found
        return dict(found)

    try:
        value = json.loads(body.decode(), object_pairs_hook=one, parse_int=len, parse_float=len)  # keys alone count
        found = list(_repeated(value, ""))
    except RecursionError:
        raise BodyError(400, _TOO_DEEP) from None
    if found:
        raise refused(found)


def _repeated(value: Any, path: str) -> Iterator[Offence]:
    if isinstance(value, _Twice):
        field = f"{path}.{shortened(value.twice)}".lstrip(".")
        what = "comes more than once in one object; send it once"
        yield Offence(field, f"{field} {what}", ("twice", value.twice), f"A key {what}; this is so in {{n}} objects")
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _repeated(inner, f"{path}.{shortened(name)}".lstrip("."))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _repeated(inner, f"{path}[{position}]")


def _cause(body: bytes, reason: str) -> str:
    """What a body that is not JSON is, and what to do; where nothing is recognised, the place at which it breaks."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in body[:4]:
        return "it is encoded as UTF-16 or UTF-32; JSON is UTF-8: in Python json.dumps(client).encode()."
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place(body, error.start)
        return f"it is not UTF-8 ({place}); JSON is, and Latin-1 is not: in Python json.dumps(client).encode()."
    # A few lines say what a text is; megabytes say no more.
    start = text[:100_000].lstrip()
    return _of_csv(start) or _of_form(start) or _of_json(text) or _of_place(body, reason)


def _of_csv(start: str) -> str | None:
    first = start.split("\n", 1)[0]
    if first[:1] in ("{", "["):
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
        rest = text[error.pos : error.pos + 20]
        if error.msg == "Extra data":
            lines = [line for line in text.splitlines() if line.strip()]
            if len(lines) > 1 and all(_is_object(line) for line in lines[:2]):
                return (
                    f"it is {len(lines):,} lines with a JSON object each (JSON Lines): send a list, "
                    "[{...}, {...}], with a comma after each but the last."
                )
        if rest.startswith(_PYTHON) and text.lstrip()[:1] in ("{", "["):
            return (
                f"it is written as Python prints it ({_in_words(error.lineno, error.colno)}): send json.dumps(client), "
                "or post it with requests.post(url, json=client)."
            )
    except (ValueError, RecursionError):
        return None
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


def _in_words(line: int, column: int) -> str:
    return f"line {line:,}, column {column:,}"
