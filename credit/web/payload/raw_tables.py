"""A client's raw tables as a body: the features are made from them by the code that made those of the training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from credit.features import (
    COLUMNS,
    DataWarning,
    InvalidTables,
    client_plan,
    find_data_warnings,
    split_muted_warnings,
)
from credit.features.needed_tables import histories_of
from credit.features.raw_rows import MANY, ONCE, PUBLISHED, Rows, checked, within
from credit.tables import HISTORIES, TABLES
from credit.tables.amount_ranges import AmountRanges
from credit.tables.schema import TARGET
from credit.web.payload.decoded import Clients, repeated, wrong_number
from credit.web.payload.envelopes import CLIENT, values_as_names
from credit.web.payload.ignored_names import ignored
from credit.web.payload.loan_amounts import Loan
from credit.web.payload.value_limits import OF_TABLE
from credit.web.payload.value_rules import LARGEST_KEY, ROW_KEY, Ignored, OfColumn, Rule, is_whole
from credit.web.payload.violations import BodyError, Meant, Violation, find_violations, nearest, refused

APPLICATION = "application"
LOAN = "SK_ID_BUREAU"

#: What a body may call the applications: under the published names they are the same.
_ALSO = ("application_train", "application_test")

#: Every name under which a body may hold a table.
NAMES = frozenset((APPLICATION, *_ALSO, *HISTORIES))

#: The columns that say whose a row is; never missing.
KEYS = {
    name: tuple(key for key in (CLIENT, LOAN) if key in TABLES[published].names)
    for name, published in PUBLISHED.items()
}

#: Name of a table in a body -> its columns and what their values must be.
RULES: dict[str, dict[str, Rule]] = {
    name: {
        column.name: ROW_KEY if column.name in KEYS[name] else OfColumn(column, OF_TABLE[name].get(column.name))
        for column in TABLES[published].columns
    }
    for name, published in PUBLISHED.items()
}


class Tables:
    """Decodes bodies of tables for a model with ``columns``. The plan that makes them is built here, once.

    ``own``, ``muted``: as for `credit.web.payload.Bodies`.
    """

    def __init__(
        self, columns: tuple[str, ...], max_clients: int, own: AmountRanges, muted: frozenset[str] = frozenset()
    ) -> None:
        self._own, self._muted = own, muted
        self._columns = columns
        self._max_clients = max_clients
        self._unmade = sorted(set(columns) - set(COLUMNS), key=columns.index)
        self._plan = None if self._unmade else client_plan(columns)
        self._histories = () if self._unmade else histories_of(columns)
        self._loan = Loan(() if self._unmade else columns)

    def read(self, body: dict[str, Any]) -> Clients:
        """The clients of a body of tables, with the model's features and what is odd about the tables.

        Raises `BodyError`: 422 with every error, 413 for too many clients, 501 where the model was trained on columns
        that this version does not make.
        """
        sent = _tables(body)
        clients = sent.get(APPLICATION)
        if isinstance(clients, list) and len(clients) > self._max_clients:
            raise wrong_number(len(clients), self._max_clients)
        tables, of_ignored = _inputs(sent)
        try:
            sound = checked(tables)
        except InvalidTables:  # the features' own check decides, the one here names the fields
            found = list(_violations(sent))
            if not found:
                raise
            raise refused([*found, *self._lacking(sent)]) from None
        # The features take any key that fits a whole number, and any amount: what no value can be is known here.
        if not _possible(sound):
            raise refused([*_violations(sent), *self._lacking(sent)])
        if lacking := self._lacking(sound):
            raise refused(lacking)
        if self._plan is None:
            raise self._unmakeable()
        numbers, X = self._plan.values_of(sound)
        warnings, muted = split_muted_warnings((*of_ignored, *find_data_warnings(sound, self._own)), self._muted)
        return Clients(
            numbers=tuple(numbers),
            X=X,
            absent=tuple(len(RULES[APPLICATION].keys() - row.keys()) for row in tables[APPLICATION]),
            remarks=warnings,
            absent_tables=tuple(name for name in self._histories if _absent(name, tables)),
            muted=muted,
        )

    def _lacking(self, tables: Mapping[str, Any]) -> list[Violation]:
        """The amounts that rows of application lack."""
        rows, meant_by = tables.get(APPLICATION), Meant()
        return [
            one
            for position, row in enumerate(rows if isinstance(rows, list) else ())
            if isinstance(row, dict)
            for one in self._loan.of_row(row, f"{APPLICATION}[{position}]", RULES[APPLICATION], meant_by)
        ]

    def _unmakeable(self) -> BodyError:
        return BodyError(
            501,
            f"This model wants {self._unmade[0]!r}, which is not made from tables (as are {len(self._unmade)} of its "
            "columns): send its features by name, see GET /features.",
        )


def _tables(body: Mapping[str, Any]) -> dict[str, Any]:
    """The tables by their names in a request, each a list of rows; null is as not sent, as everywhere.

    Raises `BodyError` where one comes twice.
    """
    found: dict[str, Any] = {}
    for name, rows in body.items():
        table = APPLICATION if name in _ALSO else name
        if rows is None and table in RULES:
            continue
        if table in found:
            raise refused(
                [
                    Violation(
                        name,
                        f"{name} is another name of {APPLICATION}, which is sent, too; send one",
                        code="table-twice",
                    )
                ]
            )
        found[table] = _as_rows(rows)
    return found


def _as_rows(rows: Any) -> Any:
    """What a body has under the name of a table, as a list; of many rows as one that keeps its columns."""
    if isinstance(rows, dict):
        return [rows]
    many = isinstance(rows, list) and len(rows) >= MANY and set(map(type, rows)) == {dict}
    return Rows(rows) if many else rows


def _inputs(tables: Mapping[str, Any]) -> tuple[dict[str, Any], list[DataWarning]]:
    """The tables without the columns that are no input, and a warning for each of those, client by client."""
    inputs: dict[str, Any] = dict(tables)
    found: dict[tuple[str, str, Any], int] = {}
    for table, rows in tables.items():
        if table not in RULES or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            continue
        odd = {name for name in set().union(*rows) - RULES[table].keys() if _ignored(table, name)}
        if not odd:
            continue
        inputs[table] = [{name: value for name, value in row.items() if name not in odd} for row in rows]
        for row in rows:
            for name in filter(odd.__contains__, row):
                group = table, name, row.get(CLIENT) if is_whole(row.get(CLIENT)) else None
                found[group] = found.get(group, 0) + 1
    return inputs, [
        DataWarning("ignored", table, name, number, None, None if client is None else int(client), ignored(name) or "")
        for (table, name, client), number in found.items()
    ]


def _ignored(table: str, name: str) -> str | None:
    """Why a column of a table is ignored: the outcome stands in the applications alone."""
    return ignored(name) if table == APPLICATION or name.upper() != TARGET else None


def _possible(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
    """Whether keys are 0 or more, and all values what their columns can hold at all."""
    for name, rows in tables.items():
        if isinstance(rows, Rows):
            keys = (within(rows, key, 0, LARGEST_KEY) for key in KEYS[name])
            if not all(keys) or not all(limit.allow(rows.numbers(column)) for column, limit in OF_TABLE[name].items()):
                return False
            continue
        for row in rows:
            if any(row[key] < 0 for key in KEYS[name]):
                return False
            for column, limit in OF_TABLE[name].items():
                if (value := row.get(column)) is not None and not limit.allows(value):
                    return False
    return True


def _violations(tables: Mapping[str, Any]) -> Iterator[Violation]:
    misnamed, meant_by = set(), Meant()
    for name, rows in tables.items():
        if name not in RULES:
            meant = nearest(name, RULES)
            misnamed.add(meant)
            guess = f"did you mean {meant!r}?" if meant else f"the tables are {', '.join(RULES)}"
            yield Violation(name[:100], f"{name[:100]!r} is not a table; {guess}", code="unknown-table")
        elif not isinstance(rows, list):
            yield Violation(name, f"{name} must be a list of rows, or one row as an object", code="table-not-rows")
        else:
            see = "Its columns are those of the published table."
            for position, row in enumerate(rows):
                noun = f"a column of {name}"
                if (sentence := values_as_names(row, RULES[name], f"{name}[{position}]", meant_by)) is not None:
                    yield Violation(
                        f"{name}[{position}]",
                        sentence,
                        (name, "values as names"),
                        f"In {{n}} rows: {sentence}",
                        code="values-as-names",
                    )
                    continue
                yield from find_violations(
                    row, _rules_of(name, row), KEYS[name], f"{name}[{position}]", noun, see, meant_by
                )
            yield from _repeated(name, rows)
    clients = tables.get(APPLICATION)
    if not clients and APPLICATION in misnamed:
        return
    if not clients:
        yield Violation(
            APPLICATION, f"{APPLICATION} is missing or empty: it names the clients, one row each", code="no-clients"
        )
    elif isinstance(clients, list) and all(isinstance(row, dict) and is_whole(row.get(CLIENT)) for row in clients):
        yield from repeated([row[CLIENT] for row in clients], lambda position: f"{APPLICATION}[{position}].{CLIENT}")


def _rules_of(table: str, row: Any) -> Mapping[str, Rule]:
    """What the values of a row must be, those of columns that are ignored among them."""
    odd = [name for name in row if name not in RULES[table]] if isinstance(row, dict) else []
    more = {name: Ignored(why) for name in odd if (why := _ignored(table, name)) is not None}
    return {**RULES[table], **more} if more else RULES[table]


def _repeated(name: str, rows: Sequence[Any]) -> Iterator[Violation]:
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
            yield Violation(f"{name}[{position}].{key}", message, code="row-twice")
        seen.add(number)


def _absent(name: str, tables: Mapping[str, Any]) -> bool:
    """Whether it is not known which rows of a table clients have. Balances belong to loans of the bureau: without that
    table they say nothing, and where it is there and empty no client has any.
    """
    if name == "bureau_balance" and "bureau" not in tables:
        return True
    return name not in tables and not (name == "bureau_balance" and not tables["bureau"])
