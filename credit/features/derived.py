"""Features that are made from other features: what a client sent by name leaves out, and its other features imply.

A client sent as tables gets every feature from the formulas of `credit.features`. One that is sent by name may name
AMT_CREDIT and AMT_INCOME_TOTAL and not INCOME_TO_CREDIT, which no client lacks in the tables: a model that has never
seen such a client would take it for something that it is not. So the same formulas fill it in, and it does not matter
whether it was left out or null, which is how programs write what they do not set.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.features import descriptions as words
from credit.features.batch import COLUMNS, FEATURES
from credit.features.feature import CLIENT, NOT_GIVEN, Feature
from credit.features.implied_history_flags import ImpliedHistories
from credit.features.online import Listener, client_plan
from credit.features.raw_rows import APPLICATION
from credit.tables import TABLES

Floats = NDArray[np.float64]

_TABLE = TABLES["application_test"]
_TEXTS = frozenset(_TABLE.vocabularies)
_MADE = frozenset(COLUMNS)


#: Random clients on whom is tried what a formula needs.
_TRIED = 6

#: Values of a part at which a formula may give nothing.
_SINGULAR = (0.0, 1.0)


class Derived:
    """The derived features among a model's ``columns``.

    ``parts``: derived feature -> the columns that its formula reads, in no order; of the application, and of finished
    features for ratios between the application and the past. A count of missing facts, texts among them, is filled in
    as well, and has no parts: it is no formula over numbers.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._index = {name: place for place, name in enumerate(columns)}
        self._expressions: dict[str, pl.Expr] = {}
        self.parts: dict[str, tuple[str, ...]] = {}
        self.counts: dict[str, tuple[str, ...]] = {}
        for feature, expression in _formulas():
            if feature.name in self._index:
                roots = tuple(sorted(set(expression.meta.root_names())))
                self._expressions[feature.name] = expression
                if _TEXTS.isdisjoint(roots):
                    self.parts[feature.name] = feature.needs or roots
                else:
                    self.counts[feature.name] = roots

    def made_from(self, column: str) -> tuple[str, ...]:
        """The model's features that are made from ``column``."""
        return tuple(name for name, parts in self.parts.items() if column in parts)

    def lost(self, column: str) -> tuple[str, ...]:
        """Of `made_from`, those that cannot be computed again: the model does not read all their inputs."""
        return tuple(name for name in self.made_from(column) if not set(self.parts[name]) <= self._index.keys())

    def values(self, X: Floats, names: Sequence[str]) -> Floats:
        """Derived features computed from ``X`` (n, columns): array (n, len(names)), NaN where they cannot be made.

        A part that the model does not read counts as missing.
        """
        parts = list(dict.fromkeys(part for name in names for part in self._parts_of(name)))
        read = [part for part in parts if part in self._index and part not in _TEXTS]
        frame = pl.DataFrame(X[:, [self._index[part] for part in read]], schema=read, orient="row")
        # One plan: a step that is computed on its own takes as long as all together for a few clients.
        plan = frame.lazy().fill_nan(None)
        plan = plan.with_columns(
            self._text(X, part) if part in _TEXTS else pl.lit(None, pl.Float64).alias(part)
            for part in parts
            if part not in read
        )
        made = plan.select(
            self._expressions[name].cast(pl.Float64).fill_null(float("nan")).alias(name) for name in names
        )
        # The other engines start a thread of their own.
        return made.collect(engine="in-memory").to_numpy()

    def fill(self, X: Floats, unknown: NDArray[np.bool_]) -> None:
        """Make, in place, the features of the application that are ``unknown`` from ``X``, both (n, columns).

        As tables would have made them of what is known: by their formulas, parts that are unknown being missing; and 0
        where a text that is missing gives 0. Whether a client has a history follows from what is known of it. What
        comes out as missing stays as it is, and so does all other history.
        """
        self._histories.fill(X, unknown)
        places, values = self.without_anything
        here = unknown.take(places, axis=1)
        if here.any():
            X[:, places] = np.where(here, values, X[:, places])
        wanted = self._needs.makeable(X, unknown)
        some = np.flatnonzero(wanted.any(axis=0))
        if len(some):
            names, derived = self._needs.names, self._needs.derived
            made = self.values(X, [names[number] for number in some])
            rows, columns = np.nonzero(wanted[:, some] & ~np.isnan(made))
            X[rows, derived[some][columns]] = made[rows, columns]

    def prepare(self) -> None:
        """Work out what `fill` needs, which else the first client waits for."""
        _ = self.without_anything, self._needs, self._histories

    def contradicted(self, X: Floats, unknown: NDArray[np.bool_]) -> list[tuple[int, str, str]]:
        """As `ImpliedHistories.contradicted`."""
        return self._histories.contradicted(X, unknown)

    def follow(self, X: Floats, changed: Iterable[str], start: Floats) -> None:
        """Compute again, in place, what is made from the ``changed`` columns of ``X`` (n, columns), where they changed.

        ``start``: (columns,), the client before.
        """
        names = self._made_again(changed)
        if not names:
            return
        values = self.values(X, names)
        for place, name in enumerate(names):
            mine = [self._index[part] for part in self.parts[name]]
            moved = ~np.isclose(X[:, mine], start[mine], rtol=0, atol=0, equal_nan=True).all(axis=1)
            X[moved, self._index[name]] = values[moved, place]

    def recompute(self, X: Floats, changed: Sequence[str]) -> None:
        """Compute again, in place, what is made from the column that each client's row has changed: ``X`` (n, columns),
        ``changed`` (n,) the names.
        """
        rows = np.array(changed)
        own = {column: self._made_again([column]) for column in dict.fromkeys(changed)}
        names = list(dict.fromkeys(name for made in own.values() for name in made))
        if not names:
            return
        values = self.values(X, names)
        for column, made in own.items():
            mine = np.flatnonzero(rows == column)
            places = np.array([self._index[name] for name in made], dtype=np.intp)
            found = np.array([names.index(name) for name in made], dtype=np.intp)
            X[np.ix_(mine, places)] = values[np.ix_(mine, found)]

    def _made_again(self, changed: Iterable[str]) -> list[str]:
        """What is made from the columns, of inputs that the model reads."""
        names = dict.fromkeys(name for column in changed for name in self.made_from(column))
        return [name for name in names if set(self.parts[name]) <= self._index.keys()]

    def _parts_of(self, name: str) -> tuple[str, ...]:
        return self.parts.get(name) or self.counts[name]

    def _text(self, X: Floats, name: str) -> pl.Series:
        """A text of the application: that whose 0/1 column is 1, an empty one where there is none."""
        found = np.full(len(X), NOT_GIVEN, dtype=object)
        for column, text in _columns_of(name):
            if column in self._index:
                found[X[:, self._index[column]] == 1] = text
        return pl.Series(name, found.tolist(), dtype=pl.String)

    @cached_property
    def without_anything(self) -> tuple[NDArray[np.intp], Floats]:
        """Places and values of the features that a client has of whom nothing is known: mostly texts that are 0."""
        made = [name for name in self._index if name in _MADE]
        if not made:
            return np.empty(0, dtype=np.intp), np.empty(0)
        _, (row,) = client_plan(tuple(made)).values({APPLICATION: [{CLIENT: 0}]})
        known = np.flatnonzero(~np.isnan(row))
        return np.array([self._index[made[place]] for place in known], dtype=np.intp), row[known]

    @cached_property
    def _needs(self) -> "_Needs":
        return _Needs(self, self._index, {**self.parts, **self.counts})

    @cached_property
    def _histories(self) -> ImpliedHistories:
        return ImpliedHistories(self._index)


class _Needs:
    """Which derived features can be made of what is known of a client: ``names``, at the places ``derived``.

    Making one costs more than all else that is done to a body, and most clients lack features for want of a part. So it
    is tried on random clients, once, without which parts a formula gives nothing, and at which of `_SINGULAR`: it
    cannot divide by 0, nor by one loan less one.
    """

    def __init__(self, features: Derived, index: Mapping[str, int], parts: Mapping[str, Sequence[str]]) -> None:
        mine = {name: _read(read, index) for name, read in parts.items()}
        self.names = [name for name, read in mine.items() if read]
        self._parts = np.array(sorted(set().union(*mine.values())), dtype=np.intp)
        shape = len(self._parts), len(self.names)
        reads = np.array([[at in mine[name] for name in self.names] for at in self._parts], dtype=bool).reshape(shape)
        generator = np.random.default_rng(0)
        clients = np.full((_TRIED, len(index)), np.nan)
        clients[:, self._parts] = 10 * generator.normal(size=(_TRIED, len(self._parts)))
        # In turn without a part and with one of these for it; the last time with all of them.
        values = (np.nan, *_SINGULAR)
        tried = np.repeat(clients[None], len(values) * len(self._parts) + 1, axis=0)
        for which, value in enumerate(values):
            for number, place in enumerate(self._parts):
                tried[which * len(self._parts) + number, :, place] = value
        made = features.values(tried.reshape(-1, len(index)), self.names).reshape(len(tried), _TRIED, len(self.names))
        nothing = np.asarray(np.isnan(made).all(axis=1))
        possible = ~nothing[-1]  # else the model does not read all that it takes
        self.names = [name for name, can in zip(self.names, possible, strict=True) if can]
        self.derived = np.array([index[name] for name in self.names], dtype=np.intp)
        # Sets of features as the bits of numbers, 64 in each: of each part and state of it what it hinders, of each
        # part what reads it, of each feature itself. Which are left is worked out in some ten microseconds.
        hinders = (nothing[:-1] & np.tile(reads, (len(values), 1)))[:, possible]
        own = np.eye(len(self.names), dtype=bool)
        self._bits = [*zip(*(_bits(matrix) for matrix in (hinders, reads[:, possible], own)), strict=True)]

    def makeable(self, X: Floats, unknown: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Array (n, len(names)): unknown itself, of which a part is known, and that may come out as a number."""
        found = np.zeros((len(X), len(self.names)), dtype=bool)
        for x, gaps, row in zip(X, unknown, found, strict=True):
            wanted = gaps.take(self.derived).nonzero()[0]
            if not len(wanted):
                continue
            values, missing = x.take(self._parts), gaps.take(self._parts)
            states = np.concatenate((missing, *(values == one for one in _SINGULAR))).nonzero()[0]
            for word, (hinders, reads, own) in enumerate(self._bits):
                left = _union(own.take(wanted)) & ~_union(hinders.take(states))
                if left:
                    left &= _union(reads.take((~missing).nonzero()[0]))
                    row[[64 * word + bit for bit in range(64) if left >> bit & 1]] = True
        return found


def _bits(matrix: NDArray[np.bool_]) -> list[NDArray[np.uint64]]:
    """Each row of a matrix as numbers of 64 bits: an array (rows,) for each 64 of its columns."""
    words = []
    for first in range(0, matrix.shape[1], 64):
        weights = np.left_shift(np.uint64(1), np.arange(min(64, matrix.shape[1] - first), dtype=np.uint64))
        words.append(np.where(matrix[:, first : first + 64], weights, np.uint64(0)).sum(axis=1, dtype=np.uint64))
    return words


def _union(sets: NDArray[np.uint64]) -> int:
    return int(np.bitwise_or.reduce(sets))


def _read(parts: Iterable[str], index: Mapping[str, int]) -> set[int]:
    """The places of the parts that a model reads, of a text those of its 0/1 columns."""
    names = (column for part in parts for column in ([c for c, _ in _columns_of(part)] if part in _TEXTS else [part]))
    return {index[name] for name in names if name in index}


def _columns_of(text: str) -> Iterator[tuple[str, str]]:
    """The 0/1 columns of a text of the application, and the values for which they are 1."""
    for value in _TABLE.vocabularies[text]:
        yield f"{text}_{words.identifier(value)}", value


@cache
def _formulas() -> tuple[tuple[Feature, pl.Expr], ...]:
    """The features whose formulas are over other features alone, and their formulas in Polars.

    And those over numbers and texts, as counts of what is missing are. The 0/1 columns of a text are none. Kept: they
    depend on no model, and a server asks for them more than once.
    """
    own = {column.name for column in _TABLE.columns}
    found = [one for one in FEATURES if one.needs or (one.table == "application" and one.name not in own)]
    names = {name for one in found for name in one.needs}
    schema: dict[str, Any] = {name: pl.String() if name in _TEXTS else pl.Float64() for name in own}
    listener = Listener(schema={**schema, **dict.fromkeys(names - own, pl.Float64())})
    nw.from_native(listener).select(*(one.column for one in found))
    return tuple(
        (one, expression)
        for one, expression in zip(found, listener.heard, strict=True)
        if one.needs or not set(expression.meta.root_names()) <= _TEXTS
    )
