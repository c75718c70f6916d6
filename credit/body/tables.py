"""A client's raw tables as a body: the features are made from them by the code that made those of the training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from credit.body.clients import CLIENT, Clients, repeated, wrong_number
from credit.body.errors import BodyError, Kind, Offence, is_whole, nearest, offences, refused
from credit.features import of_clients
from credit.tables import HISTORIES, TABLES

APPLICATION = "application"
LOAN = "SK_ID_BUREAU"

#: Name of a table in a body -> its columns and their kinds.
KINDS: dict[str, dict[str, Kind]] = {
    name: {column.name: column.kind for column in TABLES["application_test" if name == APPLICATION else name].columns}
    for name in (APPLICATION, *HISTORIES)
}

_KEYS = {name: tuple(key for key in (CLIENT, LOAN) if key in kinds) for name, kinds in KINDS.items()}

_VOCABULARIES = {
    name: {column: frozenset(values) for column, values in TABLES[table].vocabularies.items()}
    for name, table in ((APPLICATION, "application_test"), *((name, name) for name in HISTORIES))
}


def features(body: dict[str, Any], columns: Sequence[str], max_clients: int) -> Clients:
    """The clients of a body of tables, their features in the model's ``columns``.

    Raises `BodyError`: 422 with every offence, 413 for too many clients, 501 where the model was trained on columns
    that the recipe of this version does not make.
    """
    tables = {name: _rows(rows) for name, rows in body.items()}
    clients = tables.get(APPLICATION)
    if isinstance(clients, list) and len(clients) > max_clients:
        raise wrong_number(len(clients), max_clients)
    try:
        frame = of_clients(tables)
    except ValueError as error:  # the recipe's own check decides, the one here names the fields
        problems = getattr(error, "problems", (str(error),))
        raise refused(list(_offences(tables)) or [Offence("", problem) for problem in problems]) from None
    found = list(_strangers(tables))
    if found:
        raise refused(found)
    unmade = [name for name in columns if name not in frame.columns]
    if unmade:
        raise BodyError(
            501,
            f"This model wants {unmade[0]!r}, which is not made from tables (as are {len(unmade)} of its columns): "
            "send its features by name, see GET /features.",
        )
    X = frame.select(columns).to_numpy().astype(np.float64)
    numbers = tuple(frame[CLIENT].to_list())
    return Clients(
        numbers=numbers,
        X=X,
        absent=tuple(len(KINDS[APPLICATION].keys() - row.keys()) for row in tables[APPLICATION]),
        unknown_values=_unknown_values(tables),
        inputs=lambda: [_inputs(number, columns, row) for number, row in zip(numbers, X.tolist(), strict=True)],
        absent_tables=tuple(name for name in HISTORIES if name not in tables),
    )


def _rows(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


def _offences(tables: Mapping[str, Any]) -> Iterator[Offence]:
    for name, rows in tables.items():
        if name not in KINDS:
            meant = nearest(name, KINDS)
            guess = f"did you mean {meant!r}?" if meant else f"the tables are {', '.join(KINDS)}"
            yield Offence(name[:100], f"{name[:100]!r} is not a table; {guess}")
        elif not isinstance(rows, list):
            yield Offence(name, f"{name} must be a list of rows, or one row as an object")
        else:
            for position, row in enumerate(rows):
                path = f"{name}[{position}]"
                yield from offences(
                    row,
                    KINDS[name],
                    _KEYS[name],
                    path,
                    f"a column of {name}",
                    "Its columns are those of the published table.",
                )
    clients = tables.get(APPLICATION)
    if not clients:
        yield Offence(APPLICATION, f"{APPLICATION} is missing or empty: it names the clients, one row each")
    elif isinstance(clients, list) and all(isinstance(row, dict) and is_whole(row.get(CLIENT)) for row in clients):
        yield from repeated([row[CLIENT] for row in clients], lambda position: f"{APPLICATION}[{position}].{CLIENT}")


def _strangers(tables: Mapping[str, Any]) -> Iterator[Offence]:
    """Rows of nobody: a history of a client, or the months of a bureau loan, that the body does not hold."""
    clients = {row[CLIENT] for row in tables[APPLICATION]}
    loans = {row[LOAN] for row in tables.get("bureau", ())}
    for name in HISTORIES:
        key, known, whose = (CLIENT, clients, APPLICATION) if CLIENT in KINDS[name] else (LOAN, loans, "bureau")
        for position, row in enumerate(tables.get(name, ())):
            if row[key] not in known:
                field = f"{name}[{position}].{key}"
                yield Offence(
                    field, f"{field} is {row[key]}, which no row of {whose} has; send the rows that belong together"
                )


def _unknown_values(tables: Mapping[str, Any]) -> dict[int, list[str]]:
    """Texts outside the published vocabulary: they are scored as no known category, and told, client by client."""
    owner = {row[LOAN]: row[CLIENT] for row in tables.get("bureau", ())}
    found: dict[int, dict[str, None]] = {}
    for name, rows in tables.items():
        for row in rows:
            for column, values in _VOCABULARIES[name].items():
                value = row.get(column)
                if value is not None and value not in values:
                    client = int(row[CLIENT] if CLIENT in row else owner[row[LOAN]])
                    found.setdefault(client, {})[f"{name}.{column}: {value[:100]}"] = None
    return {client: list(values) for client, values in found.items()}


def _inputs(number: int, columns: Sequence[str], row: list[float]) -> str:
    known = zip(columns, row, strict=True)
    return msgspec.json.encode({CLIENT: number, **dict(known)}).decode()  # NaN is written as null
