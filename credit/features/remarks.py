"""What is odd about the raw tables of a request: taken into account nowhere, and therefore told.

Unknown texts, days in the future and rows that belong to nobody do not stop the features from being made; each has
its rule there (none of the known values; missing; left out). They are counted here, so that the answer can say so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from credit.features.feature import CLIENT, PAST
from credit.features.raw import APPLICATION, PUBLISHED
from credit.tables import NO_DATE, TABLES

Kind = Literal["unknown value", "future", "orphan"]
Rows = Sequence[Mapping[str, Any]]

_LOAN, _PREVIOUS = "SK_ID_BUREAU", "SK_ID_PREV"


@dataclass(frozen=True)
class Remark:
    """One oddity of a column: ``number`` rows of ``table`` have it, ``example`` is the value of the first."""

    kind: Kind
    table: str
    column: str
    number: int
    example: str | int | float

    def __str__(self) -> str:
        rows = "1 row" if self.number == 1 else f"{self.number} rows"
        return f"{rows} of {self.table}: {self.column} {self.example!r} {_SAID[self.kind]}"


_SAID: dict[Kind, str] = {
    "unknown value": "is none of the published values; it counts as none of them.",
    "future": "lies after the application; it is left out.",
    "orphan": "is not in the table that it points at.",
}


def remarks(tables: Mapping[str, Rows]) -> tuple[Remark, ...]:
    """The oddities of the tables of a request that ``of_clients`` takes, in the order of the published tables."""
    found: list[Remark] = []
    for table in PUBLISHED:
        rows = tables.get(table) or ()
        found += (*_unknown(table, rows), *_future(table, rows))
        for column, known in _parents(table, tables):
            orphans = [row[column] for row in rows if row.get(column) is not None and row[column] not in known]
            if orphans:
                found.append(Remark("orphan", table, column, len(orphans), orphans[0]))
    return tuple(found)


def _unknown(table: str, rows: Rows) -> Iterator[Remark]:
    for column, values in TABLES[PUBLISHED[table]].vocabularies.items():
        texts = Counter(row.get(column) for row in rows)
        for text, number in texts.items():
            if text is not None and text not in values:
                yield Remark("unknown value", table, column, number, text)


def _future(table: str, rows: Rows) -> Iterator[Remark]:
    for column in PAST[table]:
        late = [row[column] for row in rows if (row.get(column) or 0) > 0 and row[column] != NO_DATE]
        if late:
            yield Remark("future", table, column, len(late), late[0])


def _parents(table: str, tables: Mapping[str, Rows]) -> Iterator[tuple[str, set[Any]]]:
    """The keys of a table that point at another one, with the keys that are there."""

    def keys(parent: str, column: str) -> set[Any]:
        return {row.get(column) for row in tables.get(parent) or ()}

    if table == "bureau_balance":
        yield _LOAN, keys("bureau", _LOAN)
    elif table != APPLICATION:
        yield CLIENT, keys(APPLICATION, CLIENT)
        if table not in ("bureau", "previous_application"):
            yield _PREVIOUS, keys("previous_application", _PREVIOUS)
