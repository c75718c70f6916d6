"""What a named value of a body must be, one rule for each name: the checks, the words of errors and the schemas follow.

By name a feature is a number; in a table a value has the form of its column (`credit.tables.value_forms`); a text
column that the model reads as 0 and 1 may be sent by name either way.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

from credit.features.raw_rows import LARGEST, taken
from credit.tables import Column
from credit.tables.value_forms import NotTaken
from credit.web.payload.value_limits import Limit, beyond

LARGEST_CLIENT = 2**63 - 1
LARGEST_KEY = int(LARGEST["integer"])


class Rule(Protocol):
    """``wanted``: what follows "must be". ``numbers``: whether only numbers are wanted, so that a text is a slip."""

    @property
    def wanted(self) -> str: ...

    @property
    def numbers(self) -> bool: ...

    def fits(self, value: Any) -> bool:
        """Whether a value of JSON may stand there."""

    def broken(self, field: str, value: Any) -> str:
        """What to say of a value that does not fit, without repeating it."""


@dataclass(frozen=True)
class Number:
    """The number of a client or the key of a row: a whole number from 0 to ``largest``, never missing."""

    largest: int
    numbers: bool = True

    @property
    def wanted(self) -> str:
        return f"a whole number from 0 to {self.largest}"

    def fits(self, value: Any) -> bool:
        return is_whole(value) and 0 <= value <= self.largest

    def broken(self, field: str, value: Any) -> str:
        return _must_be(field, self.wanted, value)


CLIENT_NUMBER = Number(LARGEST_CLIENT)
ROW_KEY = Number(LARGEST_KEY)


@dataclass(frozen=True)
class ByName:
    """A feature by name: a number within ``limit``, true and false where nothing is known about it, or null."""

    limit: Limit
    numbers: bool = True

    @property
    def wanted(self) -> str:
        return self.limit.wanted

    def fits(self, value: Any) -> bool:
        if isinstance(value, bool):
            return self.limit.kind in ("feature", "flag")
        return value is None or (is_finite(value) and self.limit.allows(value))

    def broken(self, field: str, value: Any) -> str:
        if is_number(value):
            found = f"{field} {beyond(self.limit, as_float(value))}"
            return found if math.isfinite(as_float(value)) else f"{found}; send null where a value is unknown"
        return _must_be(field, self.wanted, value)


@dataclass(frozen=True)
class OfColumn:
    """A value of a table's ``column`` in one of its forms, within ``limit`` where there is one, or null."""

    column: Column
    limit: Limit | None = None

    @property
    def numbers(self) -> bool:
        return self.column.kind != "text"

    @property
    def wanted(self) -> str:
        if self.column.is_yes_or_no:
            return f"one of the texts {' and '.join(map(repr, self.column.values))}, 0, 1, true, false or null"
        if self.column.kind == "text":
            return "a text or null"
        whole = self.column.kind == "integer"
        if self.limit is not None:
            return self.limit.wanted.replace("a number", "a whole number") if whole else self.limit.wanted
        flag = ", true, false" if self.column.is_flag else ","
        return f"{_WANTED[self.column.kind]}{flag} or null"

    def fits(self, value: Any) -> bool:
        try:
            found = taken(self.column, value)
        except NotTaken:
            return False
        return self.limit is None or not isinstance(found, int | float) or self.limit.allows(found)

    def broken(self, field: str, value: Any) -> str:
        return _must_be(field, self.wanted, value)


_WANTED = {"integer": "a whole number between -1000000000 and 1000000000", "number": "a number between -1e12 and 1e12"}


@dataclass(frozen=True)
class Code:
    """A text column that the model reads as one feature, 0 for its first text and 1 for its second: either form."""

    column: Column
    limit: Limit
    numbers: bool = False

    @property
    def wanted(self) -> str:
        return f"one of the texts {', '.join(map(repr, self.column.values))}, {self.limit.wanted}"

    def fits(self, value: Any) -> bool:
        return isinstance(value, str) or ByName(self.limit).fits(value)

    def broken(self, field: str, value: Any) -> str:
        return ByName(self.limit).broken(field, value) if is_number(value) else _must_be(field, self.wanted, value)


@dataclass(frozen=True)
class Ignored:
    """A name that is no input, whatever its value: ``why`` it is ignored."""

    why: str
    wanted: str = "anything"
    numbers: bool = False

    def fits(self, value: Any) -> bool:
        return True

    def broken(self, field: str, value: Any) -> str:
        return _must_be(field, self.wanted, value)


def _must_be(field: str, wanted: str, value: Any) -> str:
    """ "AMT_CREDIT must be an amount above 0, or null, not a text": of a number there is no more to say."""
    if isinstance(value, bool):
        return f"{field} must be {wanted}, not true or false"
    if isinstance(value, int | float):
        return f"{field} must be {wanted}"
    return f"{field} must be {wanted}, not {kind_of(value)}"


def kind_of(value: Any) -> str:
    """What a value of JSON is: "a text"."""
    if value is None:
        return "null"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return kinds.get(type(value), "an object")


def is_whole(value: Any) -> bool:
    """Whether a value of JSON is a whole number: 7 or 7.0, not true."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number, of whatever size."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Whether a value of JSON is a number that a float can hold."""
    return is_number(value) and math.isfinite(as_float(value))


def as_float(value: int | float) -> float:
    """A number as a float, infinite where none is as large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
