"""Features of the clients of one request: raw tables as JSON-like rows in, the same expressions, a plan built once.

Building the plan of all features takes longer than running it on one client. So it is built once, on sources that hand
over the tables of the request when the plan runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from credit.features.build import COLUMNS, build
from credit.features.feature import CLIENT
from credit.features.raw import APPLICATION, SCHEMAS, frames


class ClientPlan:
    """The plan of the features, built once and run for one request after another.

    ``columns``: the features to make, all where not given. One plan runs one request at a time: threads wait.
    """

    def __init__(self, columns: Sequence[str] = COLUMNS) -> None:
        self._lock = Lock()
        self._tables: dict[str, pl.DataFrame] = {}
        sources = {name: self._source(name) for name in SCHEMAS}
        self._plan: pl.LazyFrame = build(sources, APPLICATION, columns)

    def _source(self, table: str) -> pl.LazyFrame:
        def read(
            columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch: int | None
        ) -> Iterator[pl.DataFrame]:
            frame = self._tables[table]
            if columns is not None:
                frame = frame.select(columns)
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame if rows is None else frame.head(rows)

        return register_io_source(read, schema=SCHEMAS[table])

    def of_clients(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> pl.DataFrame:
        """The features of every client of ``tables``: see the function of the same name."""
        given = frames(tables)
        with self._lock:
            self._tables = given
            # The plan is small and its frames are tiny: optimising it takes longer than what it saves.
            features = self._plan.collect(engine="in-memory", optimizations=pl.QueryOptFlags.none())
            self._tables = {}
        if features.height == 1:
            return features
        return given[APPLICATION].select(CLIENT).join(features, on=CLIENT, how="left", maintain_order="left")


_PLAN: list[ClientPlan] = []
_FIRST = Lock()


def of_clients(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> pl.DataFrame:
    """The features of the clients of a request.

    ``tables``: rows as JSON gives them (dictionaries) under ``application`` and the published names of the six history
    tables. A history that is absent or empty means that the client has none; a column that is absent or None is
    missing; the keys SK_ID_CURR (and SK_ID_BUREAU in bureau and bureau_balance) have to be there. History rows of other
    clients are left out.

    Returns one row per application, in their order: SK_ID_CURR and ``COLUMNS``, Float64, null = missing. Raises
    ``InvalidTables`` (a ValueError) that names every unknown table and column, with the nearest known name, every
    value of a wrong type, and every client that comes twice.
    """
    with _FIRST:
        if not _PLAN:
            _PLAN.append(ClientPlan())
    return _PLAN[0].of_clients(tables)
