"""What clients are wrapped in: the envelopes of pandas, MLflow and other programs, opened where they are unambiguous.

- ``{"dataframe_records": [...]}``, and with ``instances``, ``inputs``, ``data``, ``records``, ``clients``, ``client``,
  ``rows``, ``features``, ``input_data`` or ``Inputs``: a client or a list of clients, with what programs write beside
  it (``params``, ``signature_name``, ...) as long as that asks for nothing that the model does not have;
- ``{"instances": [{"features": {...}}]}``, each client in an envelope of its own;
- ``{"dataframe_split": {...}}`` or bare: ``columns`` and ``data``, with or without ``index``, as pandas'
  ``to_json(orient="split")`` and ``to_dict("tight")``;
- ``{"schema": ..., "data": [...]}``, as ``to_json(orient="table")``;
- ``{"AMT_CREDIT": {"0": ...}, ...}``, column by column, as ``to_json()``;
- ``{"AMT_CREDIT": [...], ...}``, as ``to_dict("list")`` and, with ``inputs`` around it, as MLflow;
- ``{"inputs": [{"name": "AMT_CREDIT", "shape": ..., "data": [...]}, ...]}``, as KServe's protocol v2;
- ``{"0": {...}, "1": {...}}``, row by row, as ``to_json(orient="index")``;
- a text that holds JSON, a list of such texts, and lists in a list.

Values without names are refused: only names say which value is which. (`credit.web.payload.columnar` makes rows of
columns.)
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from credit.web.payload.columnar import (
    CLIENT,
    are_tensors,
    client_column,
    is_series,
    is_split,
    of_columns,
    of_series,
    of_split,
    of_tensors,
    one_sentence,
    without_client,
    without_names,
)
from credit.web.payload.json_diagnosis import SHOWN
from credit.web.payload.json_syntax import decoded, refuse_repeated
from credit.web.payload.violations import CORRECTED, BodyError, Meant, Violation, nearest, shortened

__all__ = ["CLIENT", "Opened", "opened", "values_as_names"]

#: Names of envelopes; "input1" and "WebServiceInput0" are Azure ML's, within "Inputs".
_WRAPPER = re.compile(
    r"(dataframe_records|dataframe_split|instances|inputs|data|records|clients|client|rows|features|input_data|Inputs"
    r"|input\d+|WebServiceInput\d+)\Z"
)

#: Names of an envelope around one client of a list.
_OF_ROW = ("features", "data", "client", "instance", "record", "row")

#: An envelope in an envelope in an envelope is no slip of a library any more.
_DEEPEST = 3

#: Keys of pandas' to_json(orient="index") for a numeric index.
_NUMERIC = re.compile(r"-?\d+(\.\d+)?\Z")

#: So many names that are unknown beside an envelope are named.
_FEW = 3


@dataclass(frozen=True)
class _Option:
    """What may stand beside an envelope: ``harmless`` where it asks for nothing, else it is refused, and ``why``."""

    harmless: Callable[[Any], bool]
    why: str


def _empty(value: Any) -> bool:
    return value is None or value in ({}, [], "")


_NO_PARAMETERS = "the model has no parameters"

_OPTIONS: dict[str, _Option] = {
    "params": _Option(_empty, _NO_PARAMETERS),  # MLflow
    # Vertex AI; in KServe v2 content_type says how MLServer would decode what is plain JSON here.
    "parameters": _Option(
        lambda one: _empty(one) or (isinstance(one, dict) and set(one) == {"content_type"}), _NO_PARAMETERS
    ),
    # Azure ML: a number, or the default method, asks for nothing.
    "GlobalParameters": _Option(
        lambda one: _empty(one) or isinstance(one, int | float) or one == {"method": "predict"}, _NO_PARAMETERS
    ),
    "configuration": _Option(_empty, _NO_PARAMETERS),  # SageMaker
    "signature_name": _Option(  # TensorFlow Serving
        lambda one: _empty(one) or one == "serving_default", "the model has one signature, serving_default"
    ),
    "id": _Option(
        lambda one: not isinstance(one, dict | list), "the id of a request is a text or a number"
    ),  # KServe v2
    "outputs": _Option(lambda one: one is None or isinstance(one, list), "outputs are a list of names"),  # KServe v2
}


@dataclass(frozen=True)
class Opened:
    """What a body holds: ``rows``, one for each client, or ``tables``. ``as_list``: rows are counted in errors."""

    rows: list[Any]
    as_list: bool = False
    tables: dict[str, Any] | None = None


def opened(value: Any, tables: Collection[str], known: Collection[str]) -> Opened:
    """The clients in a decoded body.

    ``tables``: the names under which a body may hold raw tables. ``known``: the names that a row may use. Raises
    `BodyError` (422) with one sentence where the clients' values have no names, or rows say nowhere whose they are.
    """
    found = _inside(value, tables, known, 0)
    meant_by = Meant()
    for position, row in enumerate(found.rows):
        where = f"row [{position}]" if found.as_list and len(found.rows) > 1 else "the row"
        if (sentence := values_as_names(row, known, where, meant_by)) is not None:
            raise one_sentence(sentence)
    return found


def values_as_names(row: Any, known: Collection[str], where: str, meant_by: Meant) -> str | None:
    """One sentence for a row of which no name is known, since its names may be a client's values; None for another.

    Names that are written in other capitals or misspelled are for the row's own errors. ``row``: as it was decoded.
    ``known``: the names that there are. ``where``: which row it is, as "the row", "row [3]" or "bureau[3]".
    ``meant_by``: one for all rows of a body.
    """
    if not isinstance(row, dict) or not row or any(name in known for name in row):
        return None
    # Most known names are in capitals; only where none fits are all of them looked at.
    if any(name.upper() in known for name in row) or not {name.upper() for name in known}.isdisjoint(
        map(str.upper, row)
    ):
        return None
    some, table = list(row)[:CORRECTED], where.partition("[")[0]
    if 2 * sum(meant_by.nearest(name, known, table) is not None for name in some) >= len(some):
        return None
    which = f"The one name of {where} is not" if len(row) == 1 else f"None of the {len(row):,} names of {where} is"
    return (
        f"{which} a column; was a CSV row read without its header? In Python name the columns: "
        'pandas.read_csv("rows.csv", header=None, names=[...]).to_json(orient="records").'
    )


def _inside(value: Any, tables: Collection[str], known: Collection[str], depth: int) -> Opened:
    if depth > _DEEPEST:
        raise one_sentence(f"The clients are in too many envelopes: {SHOWN}.")
    if isinstance(value, str) and _may_be_json(value):
        return _inside(_of_text(value), tables, known, depth + 1)
    if isinstance(value, list):
        return _list(value, tables, known, depth)
    if not isinstance(value, dict):
        return Opened([value])
    if CLIENT not in value and not value.keys().isdisjoint(tables):
        return Opened([], tables=value)
    if is_split(value) or is_series(value):
        rows = of_split(value) if is_split(value) else [of_series(value)]
        return _with_client(rows, known)
    if value.keys() == {"schema", "data"} and isinstance(value["schema"], dict):
        return _inside(value["data"], tables, known, depth + 1)
    if CLIENT not in value and (wrapper := _wrapper(value)) is not None:
        return _inside(value[wrapper], tables, known, depth + 1)
    nested = bool(value) and all(isinstance(one, dict | list) for one in value.values())
    if isinstance(value.get(CLIENT), dict | list) and len(value) > 1:
        return Opened(of_columns(value), as_list=True)
    if nested and value.keys() != {CLIENT} and any(name in known for name in value):
        return Opened(of_columns(value), as_list=True)
    if nested and _are_rows(value, tables, known):
        return _with_client(list(value.values()), known)
    if CLIENT not in value and any(isinstance(rows, dict | list) for rows in value.values()):
        if not _near_a_table(value, tables):
            raise one_sentence(
                f"The body is neither a client nor tables, since no name in it is one of theirs: {SHOWN}."
            )
        return Opened([], tables=value)
    return Opened([_row(value)])


def _list(value: list[Any], tables: Collection[str], known: Collection[str], depth: int) -> Opened:
    if value and all(isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows) for rows in value):
        value = list(chain.from_iterable(value))
    if value and all(isinstance(row, str) and _may_be_json(row) for row in value):
        value = [_of_text(row, f"Text [{place}] of the list", f"[{place}].") for place, row in enumerate(value)]
        if len(value) == 1 and isinstance(value[0], list):
            return _inside(value[0], tables, known, depth + 1)
    if any(isinstance(row, dict) and CLIENT not in row and not row.keys().isdisjoint(tables) for row in value):
        raise one_sentence(
            'A list holds clients by name, and here it holds tables: send {"application": [...], "bureau": [...], ...} '
            "with the rows of all clients."
        )
    if are_tensors(value):
        return Opened(of_tensors(value, known), as_list=True)
    if value and all(_is_bare(row) for row in value) and not all(isinstance(row, dict) and not row for row in value):
        raise without_names()
    return Opened([_row(row) for row in value], as_list=True)


def _may_be_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _of_text(text: str, what: str = "The text in the body", path: str = "") -> Any:
    """The JSON in a text of JSON. For errors ``what`` says which text it is, and ``path`` where, "" or "[3]."."""
    body = text.encode()
    value = decoded(body, what)
    try:
        refuse_repeated(body, value)
    except BodyError as error:
        inside = [Violation(path + one.field, path + one.message, code=one.code) for one in error.details]
        raise BodyError(error.status, path + error.sentence, inside) from None
    return value


def _with_client(rows: list[Any], known: Collection[str]) -> Opened:
    """Rows of a data frame, of which one at least says whose it is, or none has a name that is known."""
    named = [name for row in rows for name in row]
    if client_column(named) is None and any(name in known for name in named):
        raise without_client()
    return Opened(rows, as_list=True)


def _wrapper(value: Mapping[str, Any]) -> str | None:
    """The name of the envelope that an object is. Raises `BodyError` for two, and for what asks for more beside it."""
    found = [name for name, inner in value.items() if _WRAPPER.match(name) and _holds(inner)]
    if not found:
        return None
    wrapper = found[0]
    if len(found) > 1:
        raise one_sentence(f'The body holds clients under "{found[0]}" and "{found[1]}": send them all under one name.')
    alone = f'send {{"{wrapper}": ...}}'
    unknown = [f'"{shortened(name)}"' for name in value if name != wrapper and name not in _OPTIONS]
    if unknown:
        more = f" and {len(unknown) - _FEW} more names" if len(unknown) > _FEW else ""
        raise one_sentence(
            f'Beside the clients under "{wrapper}" the body holds {", ".join(unknown[:_FEW])}{more}: {alone} alone.'
        )
    for name in value.keys() - {wrapper}:
        if not _OPTIONS[name].harmless(value[name]):
            raise one_sentence(f'"{name}" is refused, since {_OPTIONS[name].why}: {alone} without it.')
    return wrapper


def _holds(inner: Any) -> bool:
    """Whether a value may hold clients."""
    return isinstance(inner, dict | list) or (isinstance(inner, str) and _may_be_json(inner))


def _are_rows(value: Mapping[str, Any], tables: Collection[str], known: Collection[str]) -> bool:
    """Whether an object holds rows under the labels of an index, as to_json(orient="index"), and no misnamed tables."""
    if not all(isinstance(row, dict) for row in value.values()):
        return False
    if all(_NUMERIC.match(label) for label in value):
        return True
    rows = list(value.values())
    named = [name for row in rows for name in row]
    if client_column(named) is None:
        some_known = any(name in known for name in named)
    else:
        some_known = all(CLIENT in row for row in rows) and all(name in known for name in named)
    return some_known and not _near_a_table(value, tables)


def _near_a_table(names: Iterable[str], tables: Collection[str]) -> bool:
    """Whether one of the names, or of the first of them, is probably meant to be a table."""
    return any(nearest(name, tables) is not None for name in islice(names, CORRECTED))


def _row(row: Any) -> Any:
    """A client without the envelope of its own, {"features": {...}}, and without lists of one value, {"AMT": [1.0]}."""
    if not isinstance(row, dict):
        return row
    found = [name for name in _OF_ROW if isinstance(row.get(name), dict)]
    if len(found) == 1:
        inner, rest = row[found[0]], row.keys() - {found[0]}
        twice = CLIENT in rest and CLIENT in inner
        if not twice and all(
            name == CLIENT or (name in _OPTIONS and _OPTIONS[name].harmless(row[name])) for name in rest
        ):
            row = {CLIENT: row[CLIENT], **inner} if CLIENT in rest else inner
    if len(row) > 1 and all(isinstance(one, list) and len(one) == 1 for one in row.values()):
        return {name: one[0] for name, one in row.items()}
    return row


def _is_bare(row: Any) -> bool:
    """Whether an element of a list holds values without names: a number, a list, {"features": [...]}."""
    if isinstance(row, dict):
        return bool(row) and all(name in _OF_ROW and isinstance(one, list) for name, one in row.items())
    return isinstance(row, list) or (isinstance(row, int | float) and not isinstance(row, bool))
