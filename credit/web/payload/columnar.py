"""Clients written column by column, or as names and lists of values: pandas, and the tensors of KServe's protocol v2.

Where the column SK_ID_CURR is the index of a data frame, most of what pandas writes does not say so: it is refused with
the call that mends it. ``to_dict("tight")`` names the index, and is read.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import prod
from typing import Any

from credit.web.payload.json_diagnosis import SHOWN
from credit.web.payload.value_rules import kind_of
from credit.web.payload.violations import BodyError, Violation, refused, shortened

CLIENT = "SK_ID_CURR"

#: As pandas writes by orient="split", and by orient="tight" with the last two.
_SPLIT = frozenset(("columns", "data", "index", "index_names", "column_names"))

#: One row of a data frame, as Series.to_json(orient="split") writes it.
_SERIES = frozenset(("name", "index", "data"))

_RECORDS = 'in pandas frame.to_json(orient="records")'


def one_sentence(sentence: str) -> BodyError:
    """The error for a body of which only the whole can be said to be wrong."""
    return BodyError(422, sentence, [Violation("", sentence, code="body-form")])


def without_client() -> BodyError:
    """The error for rows or columns that are known, and say nowhere whose they are."""
    return one_sentence(
        f"The clients have no {CLIENT}: if it is the index of a data frame, send "
        'frame.reset_index().to_json(orient="records").'
    )


def without_names() -> BodyError:
    """The error for lists of numbers."""
    return one_sentence(f"The body holds values without names, and only names say which value is which: {SHOWN}.")


def client_column(names: Collection[str]) -> str | None:
    """The name that is SK_ID_CURR, or would be in capitals: the errors of a row say how it is written."""
    return CLIENT if CLIENT in names else next((name for name in names if name.upper() == CLIENT), None)


def is_split(value: Mapping[str, Any]) -> bool:
    """Whether an object holds ``columns`` and ``data``, as pandas' orient="split" and orient="tight"."""
    return {"columns", "data"} <= value.keys() <= _SPLIT


def is_series(value: Mapping[str, Any]) -> bool:
    """Whether an object is one row of a data frame, as pandas' Series.to_json(orient="split")."""
    return value.keys() == _SERIES and isinstance(value["index"], list) and isinstance(value["data"], list)


def of_series(value: Mapping[str, Any]) -> dict[str, Any]:
    """The row of `is_series`."""
    return of_split({"columns": value["index"], "data": [value["data"]]})[0]


def of_split(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows from names and lists of values. Raises `BodyError` where they do not add up or SK_ID_CURR is missing."""
    columns, data = value["columns"], value["data"]
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise one_sentence(f'"columns" must be a list of names, not {kind_of(columns)}: {SHOWN}.')
    if not isinstance(data, list) or not all(isinstance(row, list) for row in data):
        raise one_sentence(f'"data" must be a list of rows, each a list with a value for every column: {SHOWN}.')
    _refuse_twice(columns, "columns")
    wrong = next((position for position, row in enumerate(data) if len(row) != len(columns)), None)
    if wrong is not None:
        raise one_sentence(
            f"data[{wrong}] has {len(data[wrong])} values, and there are {len(columns)} columns: {SHOWN}."
        )
    rows = [dict(zip(columns, row, strict=True)) for row in data]
    if client_column(columns) is None and (index := _of_index(value, len(rows))):
        return [{**named, **row} for named, row in zip(index, rows, strict=True)]
    return rows


def _of_index(value: Mapping[str, Any], rows: int) -> list[dict[str, Any]] | None:
    """The named levels of an index, row by row, where SK_ID_CURR is one of them; None where the body does not say."""
    names, index = value.get("index_names"), value.get("index")
    if not isinstance(names, list) or CLIENT not in names or not isinstance(index, list) or len(index) != rows:
        return None
    levels = [[one] for one in index] if len(names) == 1 else index
    if any(not isinstance(one, list) or len(one) != len(names) for one in levels):
        return None
    return [{name: level for name, level in zip(names, one, strict=True) if isinstance(name, str)} for one in levels]


def of_columns(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows from columns, each an object by the same keys or a list of the same length."""
    client = client_column(value)
    if client is None:
        raise without_client()
    columns = {name: _flat(column) for name, column in value.items()}
    first = columns[client]
    for name, column in columns.items():
        same = isinstance(column, type(first)) and (
            column.keys() == first.keys() if isinstance(first, dict) else len(column) == len(first)
        )
        if not same:
            raise one_sentence(
                f"The body is written column by column, and {shortened(name)} has not the rows of {client}: send each "
                f"client as an object, {_RECORDS}."
            )
    positions: Iterable[Any] = first if isinstance(first, dict) else range(len(first))
    return [{name: column[position] for name, column in columns.items()} for position in positions]


def _flat(column: Any) -> Any:
    """A column of shape (n, 1) as one of shape (n,)."""
    if isinstance(column, list) and column and all(isinstance(one, list) and len(one) == 1 for one in column):
        return [one[0] for one in column]
    return column


def are_tensors(rows: Sequence[Any]) -> bool:
    """Whether a list holds tensors of the Open Inference Protocol (KServe v2, Triton, MLServer)."""
    return bool(rows) and all(isinstance(row, dict) and {"shape", "datatype"} & row.keys() for row in rows)


def of_tensors(tensors: Sequence[Mapping[str, Any]], known: Collection[str]) -> list[dict[str, Any]]:
    """Rows from tensors, each a column: ``name``, ``shape`` [n] or [n, 1], ``data``. Raises `BodyError`."""
    columns: dict[str, list[Any]] = {}
    names = [tensor.get("name") for tensor in tensors]
    if not all(isinstance(name, str) for name in names) or (len(names) == 1 and names[0] not in known):
        raise without_names()
    _refuse_twice([str(name) for name in names], "inputs")
    for name, tensor in zip(map(str, names), tensors, strict=True):
        data = _flat(tensor.get("data"))
        if not isinstance(data, list):
            raise one_sentence(
                f"The input {shortened(name)} has no list under data, and binary data are not read: send them as JSON, "
                f'{{"name": "{CLIENT}", "shape": [1], "datatype": "INT64", "data": [100001]}}.'
            )
        if not _is_column(tensor.get("shape", [len(data)]), len(data)):
            raise one_sentence(
                f"The input {shortened(name)} does not hold one value for each client: its shape must be [n] or "
                f"[n, 1], with n values under data, {_EXAMPLE}."
            )
        if _content_type(tensor) == "base64":
            raise one_sentence(f"The input {shortened(name)} is encoded as base64: send its texts as they are.")
        columns[name] = data
    if client_column(columns) is None:
        if not any(name in known for name in columns):
            raise without_names()
        raise one_sentence(f"The inputs have no {CLIENT}: send it beside the others, {_EXAMPLE}.")
    lengths = {len(data) for data in columns.values()}
    if len(lengths) > 1:
        raise one_sentence(
            f"The inputs have from {min(lengths):,} to {max(lengths):,} values: send as many for each name as there "
            "are clients, with null where a value is not known."
        )
    return of_columns(columns)


_EXAMPLE = f'as {{"name": "{CLIENT}", "shape": [2], "datatype": "INT64", "data": [100001, 100002]}}'


def _is_column(shape: Any, values: int) -> bool:
    if not isinstance(shape, list) or not all(type(one) is int for one in shape):
        return False
    return bool(shape) and shape[0] == values and prod(shape[1:]) == 1


def _content_type(tensor: Mapping[str, Any]) -> Any:
    parameters = tensor.get("parameters")
    return parameters.get("content_type") if isinstance(parameters, dict) else None


def _refuse_twice(names: Sequence[str], where: str) -> None:
    times = Counter(names)
    if len(times) < len(names):
        twice = shortened(next(name for name, number in times.items() if number > 1))
        raise refused([Violation(twice, f"{twice} comes more than once in {where}; send it once", code="column-twice")])
