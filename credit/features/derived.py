"""Features that are made from other features: what a client sent by name leaves out, and its other features imply.

A client sent as tables gets every feature from the formulas of `credit.features`. One that is sent by name may name
AMT_CREDIT and AMT_INCOME_TOTAL and leave out INCOME_TO_CREDIT, which no client lacks in the tables: a model that has
never seen such a client would take it for something that it is not. So the same formulas fill it in.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.features.build import FEATURES
from credit.features.feature import CLIENT, Feature
from credit.features.raw import APPLICATION
from credit.features.request import Listener, client_plan
from credit.tables import TABLES

Floats = NDArray[np.float64]

_TABLE = TABLES["application_test"]


class Derived:
    """The derived features among a model's ``columns``.

    ``parts``: derived feature -> the columns that its formula reads, in no order; of the application, and of finished
    features for ratios between the application and the past.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._index = {name: place for place, name in enumerate(columns)}
        self._expressions: dict[str, pl.Expr] = {}
        self.parts: dict[str, tuple[str, ...]] = {}
        for feature, expression in _formulas(FEATURES):
            if feature.name in self._index:
                self._expressions[feature.name] = expression
                self.parts[feature.name] = feature.needs or tuple(sorted(set(expression.meta.root_names())))

    def made_from(self, column: str) -> tuple[str, ...]:
        """The model's features that are made from ``column``."""
        return tuple(name for name, parts in self.parts.items() if column in parts)

    def lost(self, column: str) -> tuple[str, ...]:
        """Of `made_from`, those that cannot be made anew, for the model does not read all that they are made from."""
        return tuple(name for name in self.made_from(column) if not set(self.parts[name]) <= self._index.keys())

    def values(self, X: Floats, names: Sequence[str]) -> Floats:
        """Derived features made anew from ``X`` (n, columns): array (n, len(names)), NaN where they cannot be made.

        A part that the model does not read counts as missing.
        """
        parts = list(dict.fromkeys(part for name in names for part in self.parts[name]))
        read = [part for part in parts if part in self._index]
        frame = pl.DataFrame(X[:, [self._index[part] for part in read]], schema=read, orient="row").fill_nan(None)
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias(part) for part in parts if part not in self._index)
        made = frame.select(self._expressions[name].alias(name) for name in names)
        return made.cast(pl.Float64).fill_null(float("nan")).to_numpy()

    def fill(self, X: Floats, absent: NDArray[np.bool_]) -> None:
        """Make, in place, the features of the application that are ``absent`` from ``X``, both (n, columns).

        As tables would have made them of what is not absent: by their formulas, parts that are absent being missing;
        and 0 where a text that is missing gives 0. What comes out as missing stays absent, and so does all history.
        """
        places, values = self._without_anything
        X[:, places] = np.where(absent[:, places], values, X[:, places])
        names, members, derived = self._wanted
        # (n, derived): absent itself, and a part of it is not. No derived feature is a part of another.
        wanted = absent[:, derived] & ((~absent).astype(np.float32) @ members > 0)
        some = np.flatnonzero(wanted.any(axis=0))
        if len(some):
            made = self.values(X, [names[number] for number in some])
            rows, columns = np.nonzero(wanted[:, some] & ~np.isnan(made))
            X[rows, derived[some][columns]] = made[rows, columns]

    def follow(self, X: Floats, changed: Iterable[str], start: Floats) -> None:
        """Make anew, in place, what is made from the ``changed`` columns of ``X`` (n, columns), where they changed.

        ``start``: (columns,), the client before. A derived feature that was not known although all of its parts were
        was left out of the request, and stays out.
        """
        names = list(dict.fromkeys(name for column in changed for name in self.made_from(column)))
        names = [
            name for name in names if set(self.parts[name]) <= self._index.keys() and not self._left_out(name, start)
        ]
        if not names:
            return
        values = self.values(X, names)
        for place, name in enumerate(names):
            mine = [self._index[part] for part in self.parts[name]]
            moved = ~np.isclose(X[:, mine], start[mine], rtol=0, atol=0, equal_nan=True).all(axis=1)
            X[moved, self._index[name]] = values[moved, place]

    def _left_out(self, name: str, start: Floats) -> bool:
        known = not np.isnan(start[[self._index[part] for part in self.parts[name]]]).any()
        return bool(known and np.isnan(start[self._index[name]]))

    @cached_property
    def _without_anything(self) -> tuple[NDArray[np.intp], Floats]:
        """Places and values of the features that a client has of whom nothing is known: mostly texts that are 0."""
        _, (row,) = client_plan(tuple(self._index)).values({APPLICATION: [{CLIENT: 0}]})
        places = np.flatnonzero(~np.isnan(row))
        return places, row[places]

    @cached_property
    def _wanted(self) -> tuple[list[str], NDArray[np.float32], NDArray[np.intp]]:
        """Names of the derived features; which columns are parts of which, (columns, derived); their places."""
        names = list(self.parts)
        members = np.zeros((len(self._index), len(names)), dtype=np.float32)
        for number, name in enumerate(names):
            members[[self._index[part] for part in self.parts[name] if part in self._index], number] = 1
        return names, members, np.array([self._index[name] for name in names], dtype=np.intp)


def _formulas(features: Iterable[Feature]) -> Iterator[tuple[Feature, pl.Expr]]:
    """The features whose formulas are over other features alone, and their formulas in Polars."""
    texts = set(_TABLE.vocabularies)
    own = {column.name for column in _TABLE.columns}
    found = [one for one in features if one.needs or (one.table == "application" and one.name not in own)]
    names = {name for one in found for name in one.needs}
    schema: dict[str, Any] = {name: pl.String() if name in texts else pl.Float64() for name in own}
    listener = Listener(schema={**schema, **dict.fromkeys(names - own, pl.Float64())})
    nw.from_native(listener).select(*(one.column for one in found))
    for one, expression in zip(found, listener.heard, strict=True):
        # 0/1 columns of a text, and counts of texts that are missing, are no formulas over numbers.
        if one.needs or not set(expression.meta.root_names()) & texts:
            yield one, expression
