"""Features of the clients of one request: raw tables as JSON-like rows in, the same expressions, a plan built once.

Building the plan of all features takes longer than running it on one client. So it is built once, a part for each
table, on sources that hand over the tables of the request when a part runs. A history without rows is not run at all:
its features are missing. The few applications of a usual request, and what is made of finished features, do not ask
Polars at all (``credit.features.row_formulas``). Measured by benchmarks/client.py.

A request equals a batch bit for bit where Polars collects the batch in memory, as it does the request. Where it streams
(``python -m credit features`` and ``score`` do), sums are added up in another order and the last bits may differ: by
1e-12 of a number at most, or of the numbers that a difference or a slope is made from.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.io.plugins import register_io_source

from credit.features import application, bureau, credit_card, instalments, pos_cash, previous_application
from credit.features.batch import COLUMNS, FEATURES
from credit.features.common_subexpressions import form_is_known, of_groups, of_rows, trees
from credit.features.feature import CLIENT, Feature, Frame
from credit.features.raw_rows import APPLICATION, SCHEMAS, checked, frames
from credit.features.row_formulas import NotCompiled, compiled

#: Table -> its rows as the features want them: one row a client of the application, any number of the histories.
_ROWS: dict[str, Callable[[Mapping[str, Frame]], Frame | None]] = {
    APPLICATION: lambda tables: application.rows(tables, APPLICATION),
    "bureau": bureau.rows,
    "previous_application": previous_application.rows,
    "POS_CASH_balance": pos_cash.rows,
    "installments_payments": instalments.rows,
    "credit_card_balance": credit_card.rows,
}
#: Stands for the table that others are made from: features that are finished.
_FINISHED = "finished"

#: Of so many applications each is worked out by itself; of more, Polars is faster.
FEW = 16

#: The row of a client whom the request does not ask for.
_NOBODY = -1

# The plan is small and its frames are tiny: optimising it takes longer than what it saves.
_AS_IT_IS = pl.QueryOptFlags.none()


class ClientPlan:
    """The plan of the features, built once and run for one request after another.

    ``columns``: the features to make, all where not given. One plan runs one request at a time: threads wait. Raises
    KeyError for an unknown feature.
    """

    def __init__(self, columns: Sequence[str] = COLUMNS) -> None:
        by_name = {feature.name: feature for feature in FEATURES}
        unknown = [name for name in columns if name not in by_name]
        if unknown:
            raise KeyError(f"{unknown[0]!r} is not a feature, nor are {len(unknown) - 1} more of the columns.")
        self.columns = tuple(columns)
        wanted = [by_name[name] for name in columns]
        # Some features are made from finished ones: they come last, and may need some that are not wanted themselves.
        last = [one for one in wanted if one.needs]
        needed = tuple(dict.fromkeys(name for one in last for name in one.needs))
        first = [one for one in dict.fromkeys((*wanted, *(by_name[name] for name in needed))) if not one.needs]
        place = {one.name: number for number, one in enumerate((*first, *last))}
        self._order = [place[name] for name in columns]
        self._width = len(place)

        self._lock = Lock()
        self._tables: dict[str, pl.DataFrame] = {}
        sources = {name: nw.from_native(self._source(name, schema)) for name, schema in SCHEMAS.items()}
        self._parts: list[_Part] = []
        for table in SCHEMAS:
            features = [one for one in first if one.table == table]
            rows = _ROWS[table](sources) if features else None
            if rows is not None:
                self._parts.append(_Part(table, rows, features, place))
        heard = nw.from_native(Listener(schema=SCHEMAS[APPLICATION]))
        own = [one for one in first if one.table == APPLICATION]
        self._alone = _Alone.of(application.rows({APPLICATION: heard}, APPLICATION), own, place) if own else None
        self._none = {
            table: [(place[one.name], one.none) for one in first if one.table == table and one.none is not None]
            for table in SCHEMAS
        }
        self._needed = {name: place[name] for name in needed}
        self._last: _Part | None = None
        if last:
            source = self._source(_FINISHED, pl.Schema(dict.fromkeys(needed, pl.Float64())))
            self._last = _Part(_FINISHED, nw.from_native(source), last, place)
        finished = Listener(schema=dict.fromkeys(needed, pl.Float64()))
        self._last_alone = _Alone.of(nw.from_native(finished), last, place) if last else None

    def _source(self, table: str, schema: pl.Schema) -> pl.LazyFrame:
        def read(
            columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch: int | None
        ) -> Iterator[pl.DataFrame]:
            """The table of the request in one part, with ``columns`` alone and the first ``rows`` for which
            ``predicate`` holds; None for all. ``batch``: how many rows Polars would like in a part, which it does not
            insist on.
            """
            frame = self._tables[table]
            if columns is not None:
                frame = frame.select(columns)
            if predicate is not None:
                frame = frame.filter(predicate)
            yield frame if rows is None else frame.head(rows)

        return register_io_source(read, schema=schema)

    def values(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[list[int], NDArray[np.float64]]:
        """The clients of ``tables`` and their features: SK_ID_CURR of n clients, array (n, k), NaN = missing.

        ``tables`` and errors as in ``of_clients``.
        """
        return self.values_of(checked(tables))

    def values_of(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[list[int], NDArray[np.float64]]:
        """The same of tables that are ``checked`` already."""
        applications = tables[APPLICATION]
        few = len(applications) <= FEW
        alone = self._alone if few else None
        given = frames({name: rows for name, rows in tables.items() if alone is None or name != APPLICATION})
        clients = [int(row[CLIENT]) for row in applications]
        row_of = {client: row for row, client in enumerate(clients)}
        X = np.full((len(clients), self._width), np.nan)
        with self._lock:
            try:
                self._tables = given
                if alone is not None:
                    alone.fill(X, applications)
                for part in self._parts:
                    if given[part.table].height:
                        part.fill(X, row_of)
                for table in tables:
                    for place, none in self._none[table]:
                        X[np.isnan(X[:, place]), place] = none
                if few and self._last_alone is not None:
                    self._last_alone.fill(X, self._finished_rows(X))
                elif self._last is not None:
                    self._tables = {_FINISHED: self._finished(X)}
                    self._last.fill(X, row_of)
            finally:
                self._tables = {}
        return clients, X[:, self._order]

    def _finished(self, X: NDArray[np.float64]) -> pl.DataFrame:
        """The features that others are made from, as a frame."""
        return pl.DataFrame(X[:, [*self._needed.values()]], schema=[*self._needed], orient="row").fill_nan(None)

    def _finished_rows(self, X: NDArray[np.float64]) -> list[dict[str, float | None]]:
        """The same as rows. NaN stands for missing in the array, None in rows and null in frames."""
        values = X[:, [*self._needed.values()]].tolist()
        return [
            {name: None if value != value else value for name, value in zip(self._needed, row, strict=True)}
            for row in values
        ]

    def of_clients(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> pl.DataFrame:
        """The features of every client of ``tables``: see the function of the same name."""
        clients, X = self.values(tables)
        features = pl.DataFrame(X, schema=self.columns, orient="row").fill_nan(None)
        return features.insert_column(0, pl.Series(CLIENT, clients, dtype=pl.Int64))


class _Part:
    """The features made from the rows of one table, and their places in the array of all features."""

    def __init__(self, table: str, rows: Frame, features: Sequence[Feature], place: Mapping[str, int]) -> None:
        self.table = table
        native: pl.LazyFrame = rows.to_native()
        listener = Listener(schema=native.collect_schema())
        nw.from_native(listener).select(*(feature.column for feature in features))
        # A history has a row for each client who has one; the application, and what is finished, one for each client.
        self._of_histories = table not in (APPLICATION, _FINISHED)
        expressions = listener.heard
        self._plan = of_groups(native, CLIENT, expressions) if self._of_histories else of_rows(native, expressions)
        made = [name for name in self._plan.collect_schema() if name != CLIENT]
        self._from = [made.index(feature.name) for feature in features]
        self._to = [place[feature.name] for feature in features]

    def fill(self, X: NDArray[np.float64], row_of: Mapping[int, int]) -> None:
        """Run the plan and write the features into ``X``, whose row for each client ``row_of`` says."""
        made = self._plan.collect(engine="in-memory", optimizations=_AS_IT_IS)
        rows = [*row_of.values()]
        if self._of_histories:
            rows = [row_of.get(client, _NOBODY) for client in made.drop_in_place(CLIENT).to_list()]
        # A frame of one row and hundreds of columns is faster read as a row.
        one = made.height == 1
        values = np.array([made.row(0)], dtype=np.float64) if one else made.cast(pl.Float64).to_numpy()
        known = [number for number, row in enumerate(rows) if row != _NOBODY]
        X[np.ix_([rows[number] for number in known], self._to)] = values[np.ix_(known, self._from)]


class _Alone:
    """Features that are made of one row at a time, worked out without Polars, and their places in all features."""

    def __init__(self, layers: Sequence[Sequence[pl.Expr]], schema: pl.Schema, to: Sequence[int]) -> None:
        self._values = compiled([trees(layer) for layer in layers])
        self._numbers = frozenset(name for name, kind in schema.items() if kind == pl.Float64())
        self._to = list(to)

    @classmethod
    def of(cls, rows: Frame, features: Sequence[Feature], place: Mapping[str, int]) -> "_Alone | None":
        """Of what a `Listener` has become under ``rows``; None where a formula needs Polars."""
        selected = rows.select(*(one.column for one in features)).to_native()
        assert isinstance(selected, Listener)
        if not form_is_known():
            return None
        try:
            schema = selected.collect_schema()
            return cls([*selected.layers, selected.heard], schema, [place[one.name] for one in features])
        except NotCompiled:
            return None

    def fill(self, X: NDArray[np.float64], rows: Sequence[Mapping[str, Any]]) -> None:
        """Write the features of each row into its row of ``X``."""
        numbers = self._numbers
        for number, row in enumerate(rows):
            # What JSON writes as 5 is 5.0 in a column of doubles: a product of whole numbers would be exact.
            doubles = {
                name: float(value) if name in numbers and value is not None else value for name, value in row.items()
            }
            X[number, self._to] = np.array(self._values(doubles), dtype=np.float64)


class Listener(pl.LazyFrame):
    """A frame that keeps what is selected from it: so Narwhals says which Polars expressions it makes.

    ``layers``: the columns that were added to it before.
    """

    heard: tuple[Any, ...] = ()
    layers: tuple[tuple[Any, ...], ...] = ()

    def with_columns(self, *exprs: Any, **named_exprs: Any) -> "Listener":
        found = Listener(schema=self.collect_schema())
        found.layers = (*self.layers, exprs)
        return found

    def select(self, *exprs: Any, **named_exprs: Any) -> "Listener":
        self.heard = exprs
        return self


@lru_cache(maxsize=8)
def client_plan(columns: tuple[str, ...] = COLUMNS) -> ClientPlan:
    """The plan for these columns, built on first use and then kept."""
    return ClientPlan(columns)


def of_clients(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> pl.DataFrame:
    """The features of the clients of a request.

    ``tables``: rows as JSON gives them (dictionaries) under ``application`` and the published names of the six history
    tables. A history that is empty means that the client has none, and one that is absent that nobody knows; a column
    that is absent or None is missing; the keys SK_ID_CURR (and SK_ID_BUREAU in bureau and bureau_balance) have to be
    there. History rows of other clients are left out. A loan comes once in bureau, a previous application once in its
    table, as in a batch.

    Returns one row per application, in their order: SK_ID_CURR and ``COLUMNS``, Float64, null = missing. Raises
    ``InvalidTables`` (a ValueError) that names every unknown table and column, with the nearest known name, every
    value of a wrong type, and every client, loan and previous application that comes twice.
    """
    return client_plan().of_clients(tables)
