"""The raw tables of a request: rows as JSON gives them become frames with the types of the schema, or a full error."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import polars as pl

from credit.tables import HISTORIES, TABLES, Column

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


class InvalidTables(ValueError):
    """The raw tables of a request break the schema; ``problems``: one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


def frames(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, pl.DataFrame]:
    """The tables of a request as frames of the schema; absent and empty histories are empty frames.

    Raises ``InvalidTables`` with every problem of every table.
    """
    problems = [f"{name!r} is not a table.{_near(name, _COLUMNS)}" for name in tables if name not in _COLUMNS]
    given: dict[str, pl.DataFrame] = {}
    for name in _COLUMNS:
        rows = tables.get(name, ())
        found = list(_problems(name, rows))
        problems += found
        if rows and not found:
            # Every value was checked: only whole floats for integers are left to convert.
            given[name] = pl.from_dicts(rows, schema=SCHEMAS[name], strict=False)
    if not tables.get(APPLICATION):
        problems.append(f"The table {APPLICATION!r} is missing or empty: it names the clients, one row each.")
    elif APPLICATION in given:
        times = Counter(given[APPLICATION]["SK_ID_CURR"].to_list())
        twice = sorted(client for client, number in times.items() if number > 1)
        problems += [f"Client {client} comes more than once in {APPLICATION!r}." for client in twice]
    for name, key in ONCE.items():
        if name in given:
            numbers = [row[key] for row in tables[name] if row.get(key) is not None]
            if len(set(numbers)) < len(numbers):
                again = sorted(number for number, count in Counter(numbers).items() if count > 1)
                problems += [f"{key} {int(number)} comes more than once in {name!r}." for number in again]
    if problems:
        raise InvalidTables(problems)
    return {**_EMPTY, **given}


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
        values = [row.get(name) for row in rows]
        types = set(map(type, values))
        if name not in _KEYS[table]:
            types.discard(_NONE)
        if not types <= _FITTING[column.kind]:
            return False
        if column.kind == "text" or not types:
            continue
        largest = LARGEST[column.kind]
        if not all(value is None or -largest <= value <= largest for value in values):
            return False
    return True


def _problems(table: str, rows: Any) -> Iterator[str]:
    if _flawless(table, rows):
        return
    columns = _COLUMNS[table]
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        yield f"The table {table!r} has to be a list of rows, not {_kind(rows)}."
        return
    unknown: dict[str, int] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            yield f"Row {number} of {table!r} has to be an object, not {_kind(row)}."
            continue
        for name, value in row.items():
            column = columns.get(name)
            if column is None:
                unknown.setdefault(name, number)
            elif value is not None and not _fits(column, value):
                yield f"{name!r} in row {number} of {table!r} has to be {_WANTED[column.kind]}, not {value!r}."
        for key in _KEYS[table]:
            if row.get(key) is None:
                yield f"Row {number} of {table!r} lacks its key {key!r}."
    for name, number in unknown.items():
        yield f"{name!r} in row {number} of {table!r} is not a column.{_near(name, columns)}"


_WANTED = {
    "integer": "a whole number between -1e9 and 1e9",
    "number": "a number between -1e12 and 1e12",
    "text": "a text",
}


def _fits(column: Column, value: object) -> bool:
    if column.kind == "text":
        return isinstance(value, str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    largest = LARGEST[column.kind]
    # NaN and infinity fail this comparison too.
    return -largest <= value <= largest and (column.kind == "number" or value == int(value))


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(type(value), repr(value))


def _near(name: object, known: Mapping[str, object]) -> str:
    near = get_close_matches(str(name), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(known)}."
