"""What clients are wrapped in: the envelopes of pandas, MLflow and other programs, opened where they are unambiguous.

- ``{"dataframe_records": [...]}``, and with ``instances``, ``inputs``, ``data``, ``records``, ``clients``, ``client``
  or ``rows``: a client or a list of clients;
- ``{"dataframe_split": {...}}`` or bare: ``columns`` and ``data``, with or without ``index``, as pandas'
  ``to_json(orient="split")``;
- ``{"schema": ..., "data": [...]}``, as ``to_json(orient="table")``;
- ``{"AMT_CREDIT": {"0": ...}, ...}``, column by column, as ``to_json()``;
- ``{"AMT_CREDIT": [...], ...}``, as ``to_dict("list")`` and, with ``inputs`` around it, as MLflow;
- ``{"0": {...}, "1": {...}}``, row by row, as ``to_json(orient="index")``;
- a text that holds JSON, and a list in a list.

Values without names are refused: only names say which value is which.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from credit.body.errors import BodyError, Offence, refused
from credit.body.rules import kind_of
from credit.body.syntax import SHOWN, decoded, refuse_repeated

CLIENT = "SK_ID_CURR"

_WRAPPERS = (
    "dataframe_records",
    "dataframe_split",
    "instances",
    "inputs",
    "data",
    "records",
    "clients",
    "client",
    "rows",
)

#: An envelope in an envelope in an envelope is no slip of a library any more.
_DEEPEST = 3


@dataclass(frozen=True)
class Opened:
    """What a body holds: ``rows``, one for each client, or ``tables``. ``as_list``: rows are counted in errors."""

    rows: list[Any]
    as_list: bool = False
    tables: dict[str, Any] | None = None


def opened(value: Any, tables: Iterable[str], depth: int = 0) -> Opened:
    """The clients in a decoded body. ``tables``: the names under which a body may hold raw tables.

    Raises `BodyError` (422) with one sentence where the clients' values have no names.
    """
    if depth > _DEEPEST:
        raise _refused(f"The clients are in too many envelopes: {SHOWN}.")
    if isinstance(value, str):
        text = value.encode()
        if text.lstrip()[:1] in (b"{", b"["):
            inside = decoded(text)
            refuse_repeated(text, inside)
            return opened(inside, tables, depth + 1)
    if isinstance(value, list):
        return _list(value)
    if not isinstance(value, dict):
        return Opened([value])
    if CLIENT not in value and not value.keys().isdisjoint(tables):
        return Opened([], tables=value)
    if {"columns", "data"} <= value.keys() <= {"columns", "data", "index"}:
        return Opened(_split(value["columns"], value["data"]), as_list=True)
    if value.keys() == {"schema", "data"} and isinstance(value["schema"], dict):
        return opened(value["data"], tables, depth + 1)
    if len(value) == 1 and (name := next(iter(value))) in _WRAPPERS and isinstance(value[name], dict | list | str):
        return opened(value[name], tables, depth + 1)
    if isinstance(value.get(CLIENT), dict | list) and len(value) > 1:
        return Opened(_columns(value), as_list=True)
    if value and all(name.isdecimal() and isinstance(row, dict) for name, row in value.items()):
        return Opened(list(value.values()), as_list=True)
    if CLIENT not in value and any(isinstance(rows, dict | list) for rows in value.values()):
        return Opened([], tables=value)
    return Opened([value])


def _list(value: list[Any]) -> Opened:
    if len(value) == 1 and isinstance(value[0], list) and value[0] and all(isinstance(row, dict) for row in value[0]):
        return Opened(value[0], as_list=True)
    if value and not any(isinstance(row, dict) for row in value) and all(_is_bare(row) for row in value):
        raise _refused(f"The body holds values without names, and only names say which value is which: {SHOWN}.")
    return Opened(value, as_list=True)


def _is_bare(row: Any) -> bool:
    return isinstance(row, list) or (isinstance(row, int | float) and not isinstance(row, bool))


def _split(columns: Any, data: Any) -> list[dict[str, Any]]:
    """Rows from names and lists of values."""
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise _refused(f'"columns" must be a list of names, not {kind_of(columns)}: {SHOWN}.')
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise refused([Offence(twice[:100], f"{twice[:100]} comes more than once in columns; send it once")])
    if not isinstance(data, list) or not all(isinstance(row, list) for row in data):
        raise _refused(f'"data" must be a list of rows, each a list with a value for every column: {SHOWN}.')
    wrong = next((position for position, row in enumerate(data) if len(row) != len(columns)), None)
    if wrong is not None:
        raise _refused(f"data[{wrong}] has {len(data[wrong])} values, and there are {len(columns)} columns: {SHOWN}.")
    return [dict(zip(columns, row, strict=True)) for row in data]


def _columns(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows from columns, each an object by the same keys or a list of the same length."""
    first = value[CLIENT]
    for name, column in value.items():
        same = isinstance(column, type(first)) and (
            column.keys() == first.keys() if isinstance(first, dict) else len(column) == len(first)
        )
        if not same:
            raise _refused(
                f"The body is written column by column, and {name[:100]} has not the rows of {CLIENT}: send each "
                'client as an object, in pandas frame.to_json(orient="records").'
            )
    positions: Iterable[Any] = first if isinstance(first, dict) else range(len(first))
    return [{name: column[position] for name, column in value.items()} for position in positions]


def _refused(sentence: str) -> BodyError:
    return BodyError(422, sentence, [Offence("", sentence)])
