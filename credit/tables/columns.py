"""What a column and a table are: name, kind, vocabulary, and how the published CSV file writes a value."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["integer", "number", "text"]

#: How the names of columns begin that hold 0 and 1 alone.
_FLAGS = ("TARGET", "FLAG_", "NFLAG_", "REG_REGION_NOT_", "REG_CITY_NOT_", "LIVE_REGION_NOT_", "LIVE_CITY_NOT_")

#: The vocabularies of text columns that hold a flag: no, yes.
_YES_OR_NO = (("N", "Y"), ("No", "Yes"))


@dataclass(frozen=True)
class Column:
    """One column of a table.

    ``kind``: ``integer`` (a whole number of 64 bits, never missing), ``number`` (64-bit float, may be missing) or
    ``text``. ``values``: the vocabulary of a text column, empty for the others. ``decimal``: the published CSV file
    writes it with a decimal point, also where every value is whole (``-3648.0``), as pandas writes a float64.
    """

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    decimal: bool = False

    @property
    def is_flag(self) -> bool:
        """Whether the column holds 0 and 1 alone (``number``: or nothing), by the meaning of its published name."""
        return self.kind != "text" and self.name.startswith(_FLAGS)

    @cached_property
    def values_or_gap(self) -> frozenset[str | None]:
        """What a text column holds: its vocabulary, and None."""
        return frozenset((*self.values, None))

    @property
    def is_yes_or_no(self) -> bool:
        """Whether the column holds a text for no and a text for yes, in this order in ``values``."""
        return self.values in _YES_OR_NO


@dataclass(frozen=True)
class Table:
    """One table: its published file name without ending, its columns in order, its key and what the key points at."""

    name: str
    columns: tuple[Column, ...]
    key: str

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in published order."""
        return tuple(column.name for column in self.columns)

    @property
    def vocabularies(self) -> dict[str, tuple[str, ...]]:
        """Text column -> its known values."""
        return {column.name: column.values for column in self.columns if column.kind == "text"}

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")


def integer(name: str) -> Column:
    """A whole number that is never missing, published without a decimal point."""
    return Column(name, "integer")


def decimal(name: str) -> Column:
    """A whole number that is never missing, published with a decimal point."""
    return Column(name, "integer", decimal=True)


def number(name: str) -> Column:
    """A 64-bit float that may be missing, published with a decimal point."""
    return Column(name, "number", decimal=True)


def text(name: str, *values: str) -> Column:
    """A text column with its vocabulary."""
    return Column(name, "text", values)
