"""A client's raw tables as a body: the features are made from them by the code that made those of the training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from credit.body.clients import CLIENT, Clients, repeated, wrong_number
from credit.body.errors import BodyError, Kind, Offence, is_whole, nearest, offences, refused
from credit.body.limits import OF_TABLE
from credit.features import COLUMNS, client_plan, remarks
from credit.features.raw import ONCE
from credit.tables import HISTORIES, TABLES

APPLICATION = "application"
LOAN = "SK_ID_BUREAU"

#: Name of a table in a body -> its columns and their kinds.
KINDS: dict[str, dict[str, Kind]] = {
    name: {column.name: column.kind for column in TABLES["application_test" if name == APPLICATION else name].columns}
    for name in (APPLICATION, *HISTORIES)
}

#: The columns that say whose a row is; never missing.
KEYS = {name: tuple(key for key in (CLIENT, LOAN) if key in kinds) for name, kinds in KINDS.items()}
for _name, _keys in KEYS.items():
    KINDS[_name].update(dict.fromkeys(_keys, "key"))
KINDS[APPLICATION].update({name: limit.kind for name, limit in OF_TABLE.items()})


class Tables:
    """Decodes bodies of tables for a model with ``columns``. The plan that makes them is built here, once."""

    def __init__(self, columns: tuple[str, ...], max_clients: int) -> None:
        self._columns = columns
        self._max_clients = max_clients
        self._unmade = sorted(set(columns) - set(COLUMNS), key=columns.index)
        self._plan = None if self._unmade else client_plan(columns)

    def read(self, body: dict[str, Any]) -> Clients:
        """The clients of a body of tables, with the model's features and what is odd about the tables.

        Raises `BodyError`: 422 with every offence, 413 for too many clients, 501 where the model was trained on columns
        that this version does not make.
        """
        tables = {name: _rows(rows) for name, rows in body.items()}
        clients = tables.get(APPLICATION)
        if isinstance(clients, list) and len(clients) > self._max_clients:
            raise wrong_number(len(clients), self._max_clients)
        if self._plan is None:
            found = list(_offences(tables))
            raise refused(found) if found else self._unmakeable()
        try:
            numbers, X = self._plan.values(tables)
        except ValueError as error:  # the features' own check decides, the one here names the fields
            problems = getattr(error, "problems", (str(error),))
            raise refused(list(_offences(tables)) or [Offence("", problem) for problem in problems]) from None
        # The features take any key that fits a whole number; nobody's number is below 0. They take any amount, too.
        if any(row[key] < 0 for name, rows in tables.items() for row in rows for key in KEYS[name]) or any(
            not limit.allows(row[name])
            for row in tables[APPLICATION]
            for name, limit in OF_TABLE.items()
            if row.get(name) is not None
        ):
            raise refused(_offences(tables))
        return Clients(
            numbers=tuple(numbers),
            X=X,
            absent=tuple(len(KINDS[APPLICATION].keys() - row.keys()) for row in tables[APPLICATION]),
            remarks=remarks(tables),
            absent_tables=tuple(name for name in HISTORIES if name not in tables),
        )

    def _unmakeable(self) -> BodyError:
        return BodyError(
            501,
            f"This model wants {self._unmade[0]!r}, which is not made from tables (as are {len(self._unmade)} of its "
            "columns): send its features by name, see GET /features.",
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
                    KEYS[name],
                    path,
                    f"a column of {name}",
                    "Its columns are those of the published table.",
                )
            yield from _repeated(name, rows)
    clients = tables.get(APPLICATION)
    if not clients:
        yield Offence(APPLICATION, f"{APPLICATION} is missing or empty: it names the clients, one row each")
    elif isinstance(clients, list) and all(isinstance(row, dict) and is_whole(row.get(CLIENT)) for row in clients):
        yield from repeated([row[CLIENT] for row in clients], lambda position: f"{APPLICATION}[{position}].{CLIENT}")


def _repeated(name: str, rows: Sequence[Any]) -> Iterator[Offence]:
    """Rows of a loan or a previous application that is there already: a row of it is all that the tables know."""
    key = ONCE.get(name)
    if key is None:
        return
    seen: set[Any] = set()
    for position, row in enumerate(rows):
        number = row.get(key) if isinstance(row, dict) else None
        if not is_whole(number):
            continue
        if number in seen:
            message = f"{key} {number:.0f} is in an earlier row of {name}; send one row for each"
            yield Offence(f"{name}[{position}].{key}", message)
        seen.add(number)
