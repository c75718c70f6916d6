"""Whether clients sent by name have histories, as their other features say (`credit.features.history_flags`).

Every other feature that reads a table is missing where the client has no row in it: one that has a value says that
there are rows. Only a number of rows may be sent as 0, by those who write it so where there are none.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from credit.features.batch import FEATURES
from credit.features.feature import Feature
from credit.features.history_flags import FEATURES as HISTORIES
from credit.features.needed_tables import tables_of

Floats = NDArray[np.float64]


class ImpliedHistories:
    """The histories among the features of a model. ``index``: its columns and their places."""

    def __init__(self, index: Mapping[str, int]) -> None:
        members = {one: self._members_of(one, index) for one in HISTORIES if one.name in index}
        found = {one: names for one, names in members.items() if names}
        self._names = [one.name for one in found]
        self._places = np.array([index[name] for name in self._names], dtype=np.intp)
        self._all = [name for names in found.values() for name in names]
        self._members = np.array([index[name] for name in self._all], dtype=np.intp)
        self._starts = np.cumsum([0, *map(len, found.values())])[:-1].astype(np.intp)
        # Which of them have a number of rows, where it stands in ``X``, and where among the members.
        rows = {number: _rows_of(one) for number, one in enumerate(found) if _rows_of(one) in index}
        self._counted = np.array([*rows], dtype=np.intp)
        self._rows = np.array([index[name] for name in rows.values()], dtype=np.intp)
        self._rows_in_members = np.array([self._all.index(name) for name in rows.values()], dtype=np.intp)

    @staticmethod
    def _members_of(history: Feature, index: Mapping[str, int]) -> list[str]:
        return [
            one.name
            for one in FEATURES
            if one.name in index and one.name != history.name and history.table in tables_of(one)
        ]

    def fill(self, X: Floats, unknown: NDArray[np.bool_]) -> None:
        """Set, in place, those that are ``unknown`` of ``X`` and follow from the rest; both (n, columns).

        A number of rows that is 0 is then missing, as it is where tables have none: one client, one array.
        """
        here = unknown.take(self._places, axis=1)
        zero = X.take(self._rows, axis=1) == 0
        if not (here.any() or zero.any()):
            return
        gaps = self._gaps(X, unknown)
        known = ~np.logical_and.reduceat(gaps, self._starts, axis=1)
        if known.any():
            X[:, self._places] = np.where(here & known, 1.0, X[:, self._places])
        if zero.any():
            counted = self._places[self._counted]
            X[:, counted] = np.where(zero & here[:, self._counted], 0.0, X[:, counted])
            X[:, self._rows] = np.where(zero, np.nan, X[:, self._rows])

    def contradicted(self, X: Floats, unknown: NDArray[np.bool_]) -> list[tuple[int, str, str]]:
        """Row of ``X``, a history that the client is said not to have, and a feature that is made from its rows all the
        same: the first of each such history of each client. Both arrays (n, columns).
        """
        denied = X.take(self._places, axis=1) == 0
        if not denied.any():
            return []
        gaps = self._gaps(X, unknown)
        ends = [*self._starts[1:], len(self._all)]
        found = []
        for row, number in np.argwhere(denied).tolist():
            first = self._starts[number]
            if len(known := np.flatnonzero(~gaps[row, first : ends[number]])):
                found.append((row, self._names[number], self._all[first + known[0]]))
        return found

    def _gaps(self, X: Floats, unknown: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Array (n, members): where nothing says that there are rows, be it unknown or a number of rows that is 0."""
        gaps = unknown.take(self._members, axis=1)
        gaps[:, self._rows_in_members] |= X.take(self._rows, axis=1) == 0
        return gaps


def _rows_of(history: Feature) -> str:
    """The feature that counts the rows of a history: POS_ROWS of POS_HISTORY."""
    return f"{history.name.removesuffix('HISTORY')}ROWS"
