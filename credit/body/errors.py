"""What is wrong with a body: the error that carries it, and the search for every offending field.

The compiled decoder stops at the first offence and words it for programmers. So a body that it refuses is read once
more, slowly and leniently, to name everything that is wrong with it in words that say what to do.
"""

import difflib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from credit.body.limits import AMOUNT, SCORE
from credit.features.raw import LARGEST

#: The kinds of a value: a client's number, a feature (number or boolean, may be unknown), a feature that counts days, a
#: table's key, which is never unknown, and the other columns of a table.
Kind = Literal["client", "feature", "days", "amount", "score", "key", "integer", "number", "text"]

_WANTED: dict[Kind, str] = {
    "client": "a whole number from 0 to 9223372036854775807",
    "feature": "a number, true, false or null",
    "days": "a number of days, 0 or less, or null",
    "amount": "an amount above 0, or null",
    "score": "a number from 0 to 1, or null",
    "key": "a whole number from 0 to 1000000000",
    "integer": "a whole number between -1000000000 and 1000000000, or null",
    "number": "a number between -1e12 and 1e12, or null",
    "text": "a text or null",
}

#: At most so many offences are listed: enough to see a pattern, too few to fill a log.
LISTED = 100

#: Looking for the nearest known name takes a millisecond or two: not for more names than a person would correct.
CORRECTED = 20
LONGEST_NAME = 100

LARGEST_CLIENT = 2**63 - 1


@dataclass(frozen=True)
class Offence:
    """One thing that is wrong: the field as a path into the body ("" for the whole), and a message that helps."""

    field: str
    message: str


class BodyError(Exception):
    """A body that cannot be scored: HTTP status, one sentence, and every offence by field."""

    def __init__(self, status: int, sentence: str, details: Iterable[Offence] = ()) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.details = tuple(details)


def refused(offences: Iterable[Offence], status: int = 422) -> BodyError:
    """The error for a list of offences: its sentence is the first, and how many more there are."""
    found = list(offences)
    more = len(found) - 1
    sentence = found[0].message
    if more:
        sentence += f" (and {more} more offence{'s' if more > 1 else ''} in this body)"
    return BodyError(status, sentence, found[:LISTED])


def lenient(body: bytes) -> Any:
    """The body as plain objects, NaN and Infinity included, so that they can be named. Raises `BodyError` (400)."""
    try:
        return msgspec.json.decode(body)
    except RecursionError:
        raise BodyError(400, "The body is nested too deeply to be a client; see GET / for an example.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error)
    try:
        value = json.loads(body.decode())  # reads NaN and Infinity, which JSON does not have
        msgspec.json.encode(value)  # but half a character (\ud800) can be in no answer
    except (ValueError, RecursionError):
        raise BodyError(400, f"The body is not JSON: {reason}. See GET / for an example.") from None
    return value


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be, or None."""
    if len(name) > LONGEST_NAME:
        return None
    by_capitals = {one.upper(): one for one in known}
    found = difflib.get_close_matches(name.upper(), by_capitals, n=1, cutoff=0.75)
    return by_capitals[found[0]] if found else None


def offences(
    row: Any, kinds: Mapping[str, Kind], required: Iterable[str], path: str, noun: str, see: str
) -> Iterator[Offence]:
    """Everything that is wrong with one row (a client or a table's row): unknown names, wrong types, missing keys.

    ``kinds``: known name -> kind. ``path``: where the row is in the body ("" or "[3]"). ``noun`` and ``see`` word the
    refusal of an unknown name: "'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'? See GET /features".
    """
    if not isinstance(row, dict):
        yield Offence(path, f"{path or 'The body'} must be an object of names and values, not {_said(row)}")
        return
    prefix = f"{path}." if path else ""
    unknown = 0
    for name, value in row.items():
        field = f"{prefix}{_short(name)}"
        if name not in kinds:
            unknown += 1
            meant = nearest(name, kinds) if unknown <= CORRECTED else None
            guess = f"; did you mean {meant!r}?" if meant else "."
            yield Offence(field, f"{_short(name)!r} is not {noun}{guess} {see}")
        elif not _fits(value, kinds[name]):
            yield Offence(field, f"{field} must be {_WANTED[kinds[name]]}, not {_said(value)}")
    for name in required:
        if name not in row:
            yield Offence(f"{prefix}{name}", f"{prefix}{name} is missing; every row names whose it is")


def _fits(value: Any, kind: Kind) -> bool:
    if kind == "client":
        return is_whole(value) and 0 <= value <= LARGEST_CLIENT
    if kind == "key":
        return is_whole(value) and 0 <= value <= LARGEST["integer"]
    if value is None:
        return True
    if kind == "text":
        return isinstance(value, str)
    if isinstance(value, bool):
        return kind == "feature"
    if kind == "integer":
        return is_whole(value) and abs(value) <= LARGEST["integer"]
    if not (isinstance(value, int | float) and math.isfinite(_as_float(value))):
        return False
    for limit in (AMOUNT, SCORE):
        if kind == limit.kind:
            return limit.allows(value)
    # The compiled decoder holds the others that come by name to their limits.
    return kind in ("feature", "days") or abs(value) <= LARGEST["number"]


def is_whole(value: Any) -> bool:
    """Whether ``value`` is a whole number, written 7 or 7.0."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _as_float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _said(value: Any) -> str:
    """A value as the sender wrote it, shortened: "the text 'abc'", NaN with what to send instead."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN; send null where a value is unknown"
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isinf(_as_float(value)):
        return "an infinite number; send null where a value is unknown"
    if isinstance(value, str):
        return f"the text {_short(value)!r}"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return _short(msgspec.json.encode(value).decode())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."
