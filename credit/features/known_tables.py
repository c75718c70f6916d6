"""Which tables are known of a client, read off what the model reads: the one rule for the log and for files.

A history is known where somebody has looked, be it that there are rows or that there are none; it is unknown where it
was not in the body, or its file not in the folder. A model that reads BUREAU_HISTORY and its like
(`credit.features.history_flags`) has that in its very inputs. A model from before them cannot tell none from unknown:
there a history counts as known where any feature that is made from it alone has a value.

The monthly balances of bureau loans count with bureau: of their own they say of no client whether somebody has looked.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from credit.features import history_flags
from credit.features.batch import FEATURES
from credit.features.needed_tables import tables_of
from credit.tables import HISTORIES

APPLICATION = "application"

_BALANCES = "bureau_balance"

#: History table -> the feature that says whether a client has rows in it.
_SAYS = {feature.table: feature.name for feature in history_flags.FEATURES}


class KnownTables:
    """The known tables of clients, for a model with ``columns``; columns that are no features are of no table."""

    def __init__(self, columns: Sequence[str]) -> None:
        place = {name: number for number, name in enumerate(columns)}
        made = [feature for feature in FEATURES if feature.name in place]
        always = (APPLICATION,) if any(feature.table == APPLICATION for feature in made) else ()
        places: dict[str, list[int]] = {}
        for table in HISTORIES:
            if _SAYS.get(table) in place:
                places[table] = [place[_SAYS[table]]]
            elif own := [place[one.name] for one in made if tables_of(one) - {_BALANCES} == {table}]:
                places[table] = own
        self._places = np.array([number for own in places.values() for number in own], dtype=np.intp)
        self._starts = np.cumsum([0, *(len(own) for own in places.values())])[:-1]
        # A client's known histories are the bits of a byte, and all that can be are listed once: so one client is
        # looked up in some microseconds. There are five histories beside the balances.
        self._sets = [(*always, *_chosen(tuple(places), number)) for number in range(1 << len(places))]
        self._texts = [joined(tables) for tables in self._sets]

    def of(self, X: NDArray[np.float64]) -> list[tuple[str, ...]]:
        """For each client of ``X`` (n_clients, n_columns) the known tables, "application" first, in published order."""
        return [self._sets[number] for number in self._numbers(X)]

    def sent(self, X: NDArray[np.float64]) -> list[str]:
        """The same as texts, as the log and the output of ``score`` have them: "application,bureau"."""
        return [self._texts[number] for number in self._numbers(X)]

    def _numbers(self, X: NDArray[np.float64]) -> list[int]:
        if not len(self._places):
            return [0] * len(X)
        known = ~np.isnan(X.take(self._places, axis=1))
        if len(self._places) > len(self._starts):  # several features speak of one table
            known = np.logical_or.reduceat(known, self._starts, axis=1)
        numbers: list[int] = np.packbits(known, axis=1, bitorder="little").ravel().tolist()
        return numbers


def joined(tables: Sequence[str]) -> str:
    """Names of tables as one text."""
    return ",".join(tables)


def _chosen(tables: Sequence[str], number: int) -> Iterator[str]:
    return (table for bit, table in enumerate(tables) if number >> bit & 1)
