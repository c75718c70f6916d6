"""What is wrong with a body: the error that carries it, and the search for every field that is wrong.

The compiled decoder stops at the first error and words it for programmers. So a body that it refuses is read once more,
slowly and leniently, to name everything that is wrong with it in words that say what to do. A cause is said once, with
the fields that it concerns: 106 texts where numbers are wanted are one error. No value of a client is repeated.
"""

import dataclasses
import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from credit.web.payload.value_rules import LARGEST_CLIENT, Rule, kind_of
from credit.web.payload.violation_codes import Code

__all__ = [
    "CORRECTED",
    "LARGEST_CLIENT",
    "LISTED",
    "LONGEST_NAME",
    "BodyError",
    "Meant",
    "Violation",
    "find_violations",
    "nearest",
    "of_decoder",
    "refused",
    "shortened",
]

#: At most so many errors are listed: enough to see a pattern, too few to fill a log.
LISTED = 100

#: Looking for the nearest known name takes a millisecond or two: not for more names than a person would correct.
CORRECTED = 20
LONGEST_NAME = 100

#: Of the fields of one cause so many are named.
NAMED = 150


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong: the field as a path into the body ("" for the whole), and a message that helps.

    ``cause``: those with the same one are said together, as the format ``together`` words their number n. ``code``: the
    kind of violation, by a name that stays.
    """

    field: str
    message: str
    cause: tuple[str, ...] | None = dataclasses.field(default=None, compare=False)
    together: str = dataclasses.field(default="", compare=False)
    code: Code = dataclasses.field(kw_only=True, compare=False)


class BodyError(Exception):
    """A body that cannot be scored: HTTP status, one sentence, and every error by field."""

    def __init__(self, status: int, sentence: str, details: Iterable[Violation] = ()) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.details = tuple(details)


def refused(violations: Iterable[Violation], status: int = 422, clients: int = 1) -> BodyError:
    """The error for a list of violations: its sentence is the first cause, and how many more there are.

    ``clients``: how many the body lists; where there are others, those at fault are named by their positions.
    """
    all_of_them = list(violations)
    found = _by_cause(all_of_them)
    more = len(found) - 1
    sentence = found[0][0]
    if more:
        sentence += f" (and {more} more violation{'s' if more > 1 else ''} in this body)"
    positions = {int(place[1]) for one in all_of_them if (place := _POSITION.match(one.field))}
    if 0 < len(positions) < clients:
        sentence = (
            f"{sentence.rstrip('.')}. The whole body is refused for {len(positions):,} of its {clients:,} clients, "
            f"{', '.join(f'[{place}]' for place in sorted(positions))}: correct them, or send the others without them."
        )
    return BodyError(status, sentence, [detail for _, detail in found[:LISTED]])


_POSITION = re.compile(r"\[(\d+)\]")


def _by_cause(violations: Sequence[Violation]) -> list[tuple[str, Violation]]:
    """Each cause once, at the place of its first violation: a sentence, and the detail with all fields."""
    groups: dict[Any, list[Violation]] = {}
    for number, one in enumerate(violations):
        groups.setdefault(one.cause or number, []).append(one)
    found = []
    for group in groups.values():
        first = group[0]
        if len(group) == 1:
            found.append((first.message, first))
            continue
        said = first.together.format(n=f"{len(group):,}")
        places = _places([one.field for one in group])
        found.append(
            (f"{said}, for example {first.field}.", Violation(first.field, f"{said}: {places}.", code=first.code))
        )
    return found


def _places(fields: Sequence[str]) -> str:
    """Fields in words: "AMT_CREDIT, AMT_ANNUITY"; of a list "AMT_CREDIT at [0] to [999]"."""
    names = list(dict.fromkeys(name.rpartition("]")[2].lstrip(".") for name in fields))
    named = ", ".join(filter(None, names[:NAMED])) + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")
    tables = list(dict.fromkeys(name.partition("[")[0] for name in fields if "[" in name))
    if not tables:
        return named
    at = []
    for table in tables:
        positions = {int(place[1]) for name in fields if (place := _POSITION.match(name.removeprefix(table)))}
        at.append(f"{table}{_ranges(positions)}")
    return f"{named} at {', '.join(at)}" if named else ", ".join(at)


def _ranges(positions: Iterable[int]) -> str:
    """Positions in a list: "[0], [4] to [7]"."""
    found: list[list[int]] = []
    for position in sorted(positions):
        if found and position == found[-1][-1] + 1:
            found[-1] = [found[-1][0], position]
        else:
            found.append([position])
    joined = {1: "[{0}]", 2: "[{0}] to [{1}]"}
    return ", ".join(joined[len(one)].format(*one) for one in found)


class Meant:
    """The known names that unknown ones were probably meant to be: each is looked up once, `CORRECTED` in a body."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str | None] = {}

    def nearest(self, name: str, known: Iterable[str], where: str) -> str | None:
        """As the function `nearest`; None, too, where enough names of the body were looked up. ``where``: the table."""
        key = where, shortened(name)
        if key not in self._found:
            if len(self._found) >= CORRECTED:
                return None
            self._found[key] = nearest(name, known)
        return self._found[key]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that ``name`` was probably meant to be, or None."""
    if len(name) > LONGEST_NAME:
        return None
    by_capitals = {one.upper(): one for one in known}
    if name.upper() in by_capitals:
        return by_capitals[name.upper()]
    found = difflib.get_close_matches(name.upper(), by_capitals, n=1, cutoff=0.75)
    return by_capitals[found[0]] if found else None


def find_violations(
    row: Any, rules: Mapping[str, Rule], required: Iterable[str], path: str, noun: str, see: str, meant_by: Meant
) -> Iterator[Violation]:
    """Everything that is wrong with one row (a client or a table's row): unknown names, wrong types, missing keys.

    ``row``: as it was decoded. ``required``: the names that have to be there. ``rules``: known name -> what its value
    must be. ``path``: where the row is in the body ("" or "[3]"). ``noun`` and ``see`` word the refusal of an unknown
    name: "'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'? See GET /features". ``meant_by``: one for all rows
    of a body.
    """
    inside = path.partition("[")[0]
    if not isinstance(row, dict):
        what = f"must be an object of names and values, not {kind_of(row)}"
        yield Violation(
            path, f"{path or 'The body'} {what}", (inside, what), f"{{n}} rows: each {_escaped(what)}", code="not-a-row"
        )
        return
    prefix = f"{path}." if path else ""
    capitals: dict[str, str] = {}
    for name, value in row.items():
        rule = rules.get(name)
        if rule is None:
            capitals = capitals or {one.upper(): one for one in rules}
            meant = capitals.get(name[:LONGEST_NAME].upper()) or meant_by.nearest(name, rules, inside)
            yield _unknown(prefix + shortened(name), name, meant, inside, noun, see)
        elif not rule.fits(value):
            yield _wrong(prefix + shortened(name), name, rule, value, inside)
    for name in required:
        if name not in row:
            what = "is missing; every row names whose it is"
            together = f"{name} {what}; this is so in {{n}} rows"
            yield Violation(
                f"{prefix}{name}", f"{prefix}{name} {what}", (inside, name, what), together, code="missing-key"
            )


def _unknown(where: str, name: str, meant: str | None, inside: str, noun: str, see: str) -> Violation:
    if meant is not None and meant.upper() == name.upper():
        message = f"{shortened(name)!r} is not {noun}; did you mean {meant!r}? Names are written as published. {see}"
        together = f"{{n}} names are not written as published: send {meant}, not {_escaped(name)}, and so on"
        return Violation(where, message, (inside, "letters"), together, code="name-in-other-letters")
    guess = f"; did you mean {meant!r}?" if meant else "."
    message = f"{shortened(name)!r} is not {noun}{guess} {see}"
    return Violation(
        where, message, (inside, name), f"{_escaped(message)}; this is so in {{n}} rows", code="unknown-name"
    )


def _wrong(where: str, name: str, rule: Rule, value: Any, inside: str) -> Violation:
    if rule.numbers and isinstance(value, str):
        together = (
            "{n} values are texts where numbers are wanted, as csv.DictReader gives them: convert them (float(...)), "
            "and send null for a gap"
        )
        return Violation(where, rule.broken(where, value), (inside, "texts"), together, code="text-for-number")
    if isinstance(value, float) and not math.isfinite(value):
        what = "NaN" if value != value else "infinite"
        together = f"{{n}} values are {what}: send null where a value is unknown"
        return Violation(
            where, f"{where} is {what}; send null where a value is unknown", (inside, what), together, code="not-finite"
        )
    message, own = rule.broken(where, value), rule.broken(name, value)
    return Violation(
        where, message, (inside, name, own), f"{_escaped(own)}; this is so in {{n}} rows", code="wrong-value"
    )


def _escaped(text: str) -> str:
    """A text as part of a format."""
    return shortened(text, 400).replace("{", "{{").replace("}", "}}")


def shortened(text: str, length: int = LONGEST_NAME) -> str:
    """A name or sentence with no more than ``length`` characters."""
    return text if len(text) <= length else f"{text[:length]}..."


def of_decoder(error: msgspec.ValidationError) -> Violation:
    """What msgspec finds wrong with a small body, whose words say what to do: the field, and its rule."""
    # "Expected `bool`, got `int` - at `$[0].defaulted`": the place is the field.
    text, _, place = str(error).partition(" - at `")
    return Violation(
        place.rstrip("`").removeprefix("$").removeprefix("."), text.replace("`", "'") + ".", code="wrong-value"
    )
