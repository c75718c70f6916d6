"""Copies of clients of whom less is known: tables that were not asked for, columns that were left out.

A model that has only met clients with all their past takes what is missing for something that it is not: LightGBM
sends a missing value to the side on which it lost least in training, and where none was missing that is chance. So it
also learns from copies of the same clients with tables and columns hidden at random. What is made from a hidden column
by a formula is made again of what is left, exactly as the service and ``score`` make it (`credit.features.derived`).
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from credit.features import FEATURES, words
from credit.features.application import CODES
from credit.features.derived import Derived
from credit.features.needed import tables_of
from credit.tables import TABLES

Floats = NDArray[np.float64]

#: What a bank knows of a client beside the application -> the histories of which nothing is known then, and how often.
STATES: dict[str, tuple[tuple[str, ...], float]] = {
    "application": (
        ("bureau", "previous_application", "POS_CASH_balance", "installments_payments", "credit_card_balance"),
        0.35,
    ),
    "own loans": (("bureau",), 0.2),
    "bureau": (
        ("previous_application", "POS_CASH_balance", "installments_payments", "credit_card_balance"),
        0.2,
    ),
    "everything": ((), 0.25),
}

#: Columns without which there is no loan to decide on: never hidden.
LOAN = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE")

#: Columns that one provider delivers: they are there or missing together.
TOGETHER = (("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"),)

#: Of how many copies columns are hidden too, and of how many of those the scores of a provider.
_COLUMNS_HIDDEN, _PROVIDER_HIDDEN = 0.6, 0.2


class Hiding:
    """What to hide of arrays with ``columns``, which are features of this version. Raises KeyError for others."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._derived = Derived(columns)
        self._place = {name: place for place, name in enumerate(columns)}
        by_name = {feature.name: feature for feature in FEATURES}
        tables = {name: tables_of(by_name[name]) for name in columns}
        self.of_table: dict[str, NDArray[np.intp]] = {
            table: np.array([self._place[name] for name, own in tables.items() if table in own], dtype=np.intp)
            for states, _ in STATES.values()
            for table in states
        }
        self._made = [*self._derived.parts, *self._derived.counts]

    @cached_property
    def of_column(self) -> dict[str, NDArray[np.intp]]:
        """Column of the application, but the loan's -> places of the features that are that column itself."""
        found = {}
        for column in TABLES["application_test"].columns[1:]:
            if column.name in LOAN:
                continue
            names = [column.name]
            if column.kind == "text" and column.name not in CODES:
                names = [f"{column.name}_{words.identifier(value)}" for value in column.values]
            if places := [self._place[name] for name in names if name in self._place]:
                found[column.name] = np.array(places, dtype=np.intp)
        return found

    def hidden(self, x: Floats, histories: Sequence[NDArray[np.bool_]], columns: NDArray[np.bool_]) -> Floats:
        """``x`` (n, k) with what is hidden missing, and what is made of it made again.

        ``histories``: for each table of `of_table` (n,), true where it is hidden. ``columns``: (n, number of
        `of_column`), true where the column is.
        """
        found = x.copy()
        for places, rows in zip(self.of_table.values(), histories, strict=True):
            found[np.ix_(rows, places)] = np.nan
        for places, rows in zip(self.of_column.values(), columns.T, strict=True):
            found[np.ix_(rows, places)] = np.nan
        found[:, [self._place[name] for name in self._made]] = self._derived.values(found, self._made)
        empty, values = self._derived.without_anything
        found[:, empty] = np.where(np.isnan(found[:, empty]), values, found[:, empty])
        return found

    def copy(self, x: Floats, generator: np.random.Generator) -> Floats:
        """One copy of the clients ``x`` (n, k), each in a state of its own, with columns of its own hidden."""
        n = len(x)
        shares = [share for _, share in STATES.values()]
        state = generator.choice(len(STATES), size=n, p=shares)
        away = [tables for tables, _ in STATES.values()]
        histories = [np.isin(state, [at for at, names in enumerate(away) if table in names]) for table in self.of_table]
        names = list(self.of_column)
        share = np.where(generator.random(n) < _COLUMNS_HIDDEN, generator.random(n), 0.0)
        columns = generator.random((n, len(names))) < share[:, None]
        for together in TOGETHER:
            columns[:, [names.index(name) for name in together if name in names]] |= (
                generator.random(n) < _COLUMNS_HIDDEN * _PROVIDER_HIDDEN
            )[:, None]
        return self.hidden(x, histories, columns)
