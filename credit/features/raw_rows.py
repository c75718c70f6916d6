"""The raw tables of a request: rows as JSON gives them become frames with the types of the schema, or a full error."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.tables import HISTORIES, TABLES, Column
from credit.tables.value_forms import NotTaken, of_json

#: What a request calls the applications: it does not matter which of the two application tables they would be in.
APPLICATION = "application"

#: No value of these tables comes near: sums and squares of anything below stay finite, products of keys exact.
LARGEST = {"integer": 1e9, "number": 1e12}

#: Table of a request -> the published table that has its columns.
PUBLISHED: dict[str, str] = {APPLICATION: "application_test", **{name: name for name in HISTORIES}}

_COLUMNS: dict[str, dict[str, Column]] = {
    name: {column.name: column for column in TABLES[published].columns} for name, published in PUBLISHED.items()
}
_KEYS = {
    name: tuple(key for key in ("SK_ID_CURR", "SK_ID_BUREAU") if key in columns) for name, columns in _COLUMNS.items()
}
#: Tables with a row for each value of a key, as in the files that ``credit.tables.read`` takes: loans, applications.
ONCE = {"bureau": "SK_ID_BUREAU", "previous_application": "SK_ID_PREV"}

_TYPES: dict[str, type[pl.DataType]] = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}

#: Table of a request -> its columns with their Polars types.
SCHEMAS: dict[str, pl.Schema] = {
    name: pl.Schema({column.name: _TYPES[column.kind]() for column in columns.values()})
    for name, columns in _COLUMNS.items()
}
_EMPTY = {name: schema.to_frame() for name, schema in SCHEMAS.items()}


#: Of so many rows a column is looked at as an array; of fewer, value by value is faster.
MANY = 64


class Rows(list[Mapping[str, Any]]):
    """The rows of one table, which keep what was asked of them by column: several checks ask for the same ones.

    Rows must not change once a column was asked for.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        super().__init__(rows)
        self._columns: dict[str, list[Any]] = {}
        self._numbers: dict[str, NDArray[np.float64]] = {}

    def column(self, name: str) -> list[Any]:
        """The values of a column, None where a row has none."""
        if name not in self._columns:
            self._columns[name] = [row.get(name) for row in self]
        return self._columns[name]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """The same of a column of numbers: array (n,), NaN for None. Raises OverflowError for what no double holds."""
        if name not in self._numbers:
            self._numbers[name] = np.array(self.column(name), dtype=np.float64)
        return self._numbers[name]


def column_of(rows: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """The values of a column of a table's rows, None where a row has none."""
    return rows.column(name) if isinstance(rows, Rows) else [row.get(name) for row in rows]


def within(rows: Sequence[Mapping[str, Any]], name: str, low: float, high: float) -> bool:
    """Whether all numbers of a column lie within two bounds, both allowed; None is no number, and NaN lies nowhere.

    ``rows``: of a table of the request. ``name``: the column. ``low``, ``high``: the bounds, in its unit.
    """
    if isinstance(rows, Rows) and len(rows) >= MANY:
        try:
            values = rows.numbers(name)
        except OverflowError:
            return False
        gaps = np.isnan(values)
        outside = (values < low) | (values > high)
        return not outside.any() and int(np.count_nonzero(gaps)) == rows.column(name).count(None)
    some = [value for value in column_of(rows, name) if value is not None]
    # A NaN may hide from min and max, and from no sum.
    return not some or (min(some) >= low and max(some) <= high and (total := sum(some)) == total)


class InvalidTables(ValueError):
    """The raw tables of a request break the schema; ``problems``: one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


def taken(column: Column, value: Any) -> int | float | str | None:
    """The value of ``column`` that a value of JSON stands for, in the forms of `credit.tables.value_forms`.

    Raises ``NotTaken`` where it is none of them, and for a number that no column comes near.
    """
    found = of_json(column, value)
    # NaN fails this comparison, too.
    if isinstance(found, int | float) and not -LARGEST[column.kind] <= found <= LARGEST[column.kind]:
        raise NotTaken(column.name)
    return found


def checked(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """The tables of a request with their values in the form of the schema (true as 1, N for 0 in FLAG_OWN_CAR).

    Raises ``InvalidTables`` with every problem of every table.
    """
    problems = [f"{name!r} is not a table.{_near(name, _COLUMNS)}" for name in tables if name not in _COLUMNS]
    given: dict[str, Sequence[Mapping[str, Any]]] = {}
    for name in _COLUMNS:
        if name not in tables:
            continue
        rows = tables[name]
        if not _flawless(name, rows):
            found = _Rows(name, rows)
            problems += found.problems
            rows = found.rows
        given[name] = rows
    if not tables.get(APPLICATION):
        problems.append(f"The table {APPLICATION!r} is missing or empty: it names the clients, one row each.")
    else:
        clients = Counter(row.get("SK_ID_CURR") for row in given[APPLICATION])
        twice = sorted(client for client, number in clients.items() if number > 1 and client is not None)
        problems += [f"Client {client} comes more than once in {APPLICATION!r}." for client in twice]
    for name, key in ONCE.items():
        numbers = Counter(row[key] for row in given.get(name, ()) if row.get(key) is not None)
        again = sorted(number for number, count in numbers.items() if count > 1)
        problems += [f"{key} {int(number)} comes more than once in {name!r}." for number in again]
    if problems:
        raise InvalidTables(problems)
    return given


def frames(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, pl.DataFrame]:
    """Tables that are ``checked`` as frames of the schema; absent and empty histories are empty frames."""
    return {**_EMPTY, **{name: _frame(rows, SCHEMAS[name]) for name, rows in tables.items() if rows}}


def _frame(rows: Sequence[Mapping[str, Any]], schema: pl.Schema) -> pl.DataFrame:
    # Only whole floats for integers are left to convert.
    if isinstance(rows, Rows):
        return pl.DataFrame({name: rows.column(name) for name in schema}, schema=schema, strict=False)
    return pl.from_dicts(rows, schema=schema, strict=False)


_NONE = type(None)
#: Types that need no second look; a float may be a whole number too.
_FITTING: dict[str, set[type]] = {"integer": {int}, "number": {int, float}, "text": {str}}


def _flawless(table: str, rows: Any) -> bool:
    """Whether a table has no problem, in a fraction of the time that finding one by one takes."""
    columns = _COLUMNS[table]
    if not isinstance(rows, list) or any(type(row) is not dict for row in rows):
        return False
    if not columns.keys() >= set().union(*rows):
        return False
    for name, column in columns.items():
        values = column_of(rows, name)
        types = set(map(type, values))
        if name not in _KEYS[table]:
            types.discard(_NONE)
        if not types <= _FITTING[column.kind]:
            return False
        if column.kind == "text" and not column.values_or_gap.issuperset(values):
            return False  # in other letters it is a published text, too
        if column.kind == "text" or not types:
            continue
        largest = LARGEST[column.kind]
        if not within(rows, name, -largest, largest):
            return False
    return True


class _Rows:
    """The rows of a table that was not found flawless at once: ``rows`` in the form of the schema, and ``problems``."""

    def __init__(self, table: str, rows: Any) -> None:
        self.rows: list[Mapping[str, Any]] = []
        self.problems: list[str] = []
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            self.problems.append(f"The table {table!r} has to be a list of rows, not {_kind(rows)}.")
            return
        self._unknown: dict[str, int] = {}
        columns = _COLUMNS[table]
        for number, row in enumerate(rows):
            if isinstance(row, Mapping):
                self.rows.append(self._row(table, number, row))
            else:
                self.problems.append(f"Row {number} of {table!r} has to be an object, not {_kind(row)}.")
        for name, number in self._unknown.items():
            self.problems.append(f"{name!r} in row {number} of {table!r} is not a column.{_near(name, columns)}")

    def _row(self, table: str, number: int, row: Mapping[str, Any]) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for name, value in row.items():
            column = _COLUMNS[table].get(name)
            if column is None:
                self._unknown.setdefault(name, number)
                continue
            try:
                found[name] = taken(column, value)
            except NotTaken:
                wanted = _WANTED[column.kind]
                self.problems.append(f"{name!r} in row {number} of {table!r} has to be {wanted}, not {value!r}.")
        for key in _KEYS[table]:
            if row.get(key) is None:
                self.problems.append(f"Row {number} of {table!r} lacks its key {key!r}.")
        return found


_WANTED = {
    "integer": "a whole number between -1e9 and 1e9",
    "number": "a number between -1e12 and 1e12",
    "text": "a text",
}


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(type(value), repr(value))


def _near(name: object, known: Mapping[str, object]) -> str:
    near = get_close_matches(str(name), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(known)}."
