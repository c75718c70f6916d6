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

from credit.features import FEATURES
from credit.features.derived import Derived
from credit.features.information_sources import BUREAU, OWN, SCORES, ApplicationColumns
from credit.features.needed_tables import tables_of
from credit.tables import HISTORIES

Floats = NDArray[np.float64]

#: What is known of a client beside the application -> the histories of which nothing is known then.
STATES: dict[str, tuple[str, ...]] = {
    "application": (*BUREAU.tables, *OWN.tables),
    "application and own loans": BUREAU.tables,
    "application and bureau": OWN.tables,
    "everything": (),
}

#: How many copies are in each state; of the rest, each history is hidden or not by a toss of its own.
_SHARES = {
    "application": 0.35,
    "application and own loans": 0.2,
    "application and bureau": 0.2,
    "everything": 0.15,
}

#: What an application that is written by hand names first.
SHORT = (
    "NAME_CONTRACT_TYPE",
    "CODE_GENDER",
    "FLAG_OWN_CAR",
    "FLAG_OWN_REALTY",
    "CNT_CHILDREN",
    "AMT_INCOME_TOTAL",
    "NAME_INCOME_TYPE",
    "NAME_EDUCATION_TYPE",
    "NAME_FAMILY_STATUS",
    "DAYS_BIRTH",
    "DAYS_EMPLOYED",
    "OCCUPATION_TYPE",
    *SCORES.columns,
)

#: How much of the application is there: all of it, all but a few columns, all but many, or a short form of it. In some
#: of each the scores of other providers are missing.
_FORMS = {"all": 0.3, "few": 0.25, "gaps": 0.2, "short": 0.25}
_WITHOUT_SCORES = 0.35

#: At most so many columns are a few. A score is missing where most others are known more often than another column is,
#: and what is asked first more often than the rest: of each draw these shares are scores, and columns of `SHORT`. Where
#: clients lack a score by nature and default more than others, only these copies say what it means that nobody asked.
_FEW, _FEW_SCORES, _FEW_SHORT = 3, 0.45, 0.4

#: In some more each score is hidden or not by a toss of its own: no other column moves a probability as much.
_SINGLE_SCORES = 0.5

#: Each column of a short form is there with the first probability; half of the forms hold no other, and of the rest
#: each other column is there with at most the second.
_NAMED, _OTHERS = 0.8, 0.15

#: Of what is tossed for, half is hidden.
_TOSS = 0.5

#: Copies of each client: so many, where clients and copies then are no more rows than this.
COPIES, MOST_ROWS = 4, 1_250_000

#: Rows that are worked on at a time: formulas need several times their memory.
_AT_A_TIME = 10_000

#: All that decides what is drawn: with other values of these a search is another search.
DRAWN = (
    *(STATES, _SHARES, SHORT, _FORMS, _WITHOUT_SCORES, _SINGLE_SCORES, _NAMED, _OTHERS, _TOSS, _AT_A_TIME),
    *(_FEW, _FEW_SCORES, _FEW_SHORT),
)


class Hiding:
    """What to hide of arrays with ``columns``; those that are no features of this version are never hidden.

    ``of_table``: table -> the places of all features in which it has a part. ``of_column``: column of the application,
    but the loan's -> the places of the features that are that column itself.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = tuple(columns)
        self._derived = Derived(columns)
        self._place = {name: place for place, name in enumerate(columns)}
        by_name = {feature.name: feature for feature in FEATURES}
        tables = {name: tables_of(by_name[name]) for name in columns if name in by_name}
        self.of_table: dict[str, NDArray[np.intp]] = {
            table: np.array([self._place[name] for name, own in tables.items() if table in own], dtype=np.intp)
            for table in HISTORIES
        }
        self.of_column = ApplicationColumns(columns).places

    @cached_property
    def _made_from(self) -> dict[str, list[int]]:
        """Feature that is made by a formula -> the numbers of the columns of `of_column` that the formula reads."""
        number = {name: at for at, name in enumerate(self.of_column)}
        read = {**self._derived.parts, **self._derived.counts}
        return {name: at for name, parts in read.items() if (at := [number[part] for part in parts if part in number])}

    def hidden(self, x: Floats, histories: Sequence[NDArray[np.bool_]], columns: NDArray[np.bool_]) -> Floats:
        """``x`` (n, k) with what is hidden missing, and what is made of it made again.

        ``histories``: for each table of `of_table` (n,), true where it is hidden. ``columns``: (n, number of
        `of_column`), true where the column is.

        Equal to the features that `credit.features` makes of the same tables without what is hidden. What a formula
        reads and ``x`` does not hold counts as missing there, as it does for a client who is sent by name. Only what
        reads a hidden value is made again: all else keeps what the tables said.
        """
        found = x.copy()
        known = np.empty(columns.shape, dtype=bool)
        for at, places in enumerate(self.of_column.values()):
            rows = columns[:, at]
            known[:, at] = rows & ~np.isnan(x[:, places]).all(axis=1)
            found[np.ix_(rows, places)] = np.nan
        made = {name: np.asarray(known[:, at].any(axis=1)) for name, at in self._made_from.items()}
        made = {name: rows for name, rows in made.items() if rows.any()}
        values = np.array(self._derived.values(found, [*made]))  # a single column comes as a view that is not written
        # A count of missing facts is counted on: the array does not tell a text that no table publishes from a gap.
        counts = [number for number, name in enumerate(made) if name in self._derived.counts]
        if counts:
            names = [name for name in made if name in self._derived.counts]
            before = self._derived.values(x, names)
            values[:, counts] += x[:, [self._place[name] for name in names]] - before
        for number, (name, rows) in enumerate(made.items()):
            found[rows, self._place[name]] = values[rows, number]
        # Last, for a ratio of the application to a history is made of a column that is hidden, too.
        for places, rows in zip(self.of_table.values(), histories, strict=True):
            found[np.ix_(rows, places)] = np.nan
        empty, of_nothing = self._derived.without_anything
        found[:, empty] = np.where(np.isnan(found[:, empty]), of_nothing, found[:, empty])
        return found

    def copy(self, x: Floats, generator: np.random.Generator) -> Floats:
        """One copy of the clients ``x`` (n, k), each in a state of its own, with columns of its own hidden."""
        return self.hidden(x, self._histories(len(x), generator), self._columns_away(len(x), generator))

    def _histories(self, n: int, generator: np.random.Generator) -> list[NDArray[np.bool_]]:
        """For each table of `of_table` (n,): whether it is hidden."""
        drawn = generator.random(n)
        ends = np.cumsum([*_SHARES.values()])
        state = np.searchsorted(ends, drawn, side="right")
        away = {
            table: np.isin(state, [number for number, name in enumerate(_SHARES) if table in STATES[name]])
            for table in self.of_table
        }
        alone = state == len(_SHARES)
        for table in self.of_table:
            away[table] |= alone & (generator.random(n) < _TOSS)
        away["bureau_balance"] |= away["bureau"]
        return [*away.values()]

    def _columns_away(self, n: int, generator: np.random.Generator) -> NDArray[np.bool_]:
        """(n, number of `of_column`): whether the column is hidden."""
        names = list(self.of_column)
        form = generator.choice([*_FORMS], size=n, p=[*_FORMS.values()])[:, None]
        drawn = generator.random((n, len(names)))
        gaps = drawn < generator.random((n, 1)) ** 2  # few columns of most, many of some
        others = _OTHERS * (2 * generator.random((n, 1)) - 1).clip(0)
        there = np.where([name in SHORT for name in names], _NAMED, others)
        away = ((form == "gaps") & gaps) | ((form == "short") & (drawn >= there))
        away |= (form == "few") & self._few(n, names, generator)
        scores = [number for number, name in enumerate(names) if name in SCORES.columns]
        away[:, scores] |= (generator.random(n) < _WITHOUT_SCORES)[:, None]
        some = generator.random((n, 1)) < _SINGLE_SCORES
        away[:, scores] |= some & (generator.random((n, len(scores))) < _TOSS)
        return away

    @staticmethod
    def _few(n: int, names: list[str], generator: np.random.Generator) -> NDArray[np.bool_]:
        """(n, len(names)): one to `_FEW` columns of each."""
        sets = [[number for number, name in enumerate(names) if name in own] for own in (SCORES.columns, SHORT, names)]
        shares = (_FEW_SCORES, _FEW_SHORT, 1 - _FEW_SCORES - _FEW_SHORT)
        weights = np.zeros(len(names))
        for own, share in zip(sets, shares, strict=True):
            weights[own] += share / max(len(own), 1)
        drawn = generator.choice(len(names), size=(n, _FEW), p=weights / weights.sum())
        wanted = np.arange(_FEW) < generator.integers(1, _FEW + 1, (n, 1))
        found = np.zeros((n, len(names)), dtype=bool)
        found[np.repeat(np.arange(n), wanted.sum(axis=1)), drawn[wanted]] = True
        return found


def copies_for(clients: int) -> int:
    """How many copies of each of so many clients are made: as many as one machine's memory takes, and at least one."""
    return min(COPIES, max(1, MOST_ROWS // max(clients, 1) - 1))


def with_copies(
    x: NDArray[np.floating], hiding: Hiding, copies: int, seed: int, positions: NDArray[np.intp] | None = None
) -> NDArray[np.float32]:
    """Clients ``x`` (n, k) as they are and so many ``copies`` of each: array ((copies + 1) * n, k) of single precision.

    First all clients as they are, then the first copy of each, and so on. The same ``seed`` gives the same copies.
    ``hiding``: what can be hidden of the k columns. ``positions``: of the columns that are kept, all without.
    """
    generator = np.random.default_rng([seed, 1])
    kept = np.arange(x.shape[1]) if positions is None else positions
    found = np.empty(((copies + 1) * len(x), len(kept)), dtype=np.float32)
    found[: len(x)] = x[:, kept]
    for number in range(1, copies + 1):
        for first in range(0, len(x), _AT_A_TIME):
            some = x[first : first + _AT_A_TIME].astype(np.float64)
            at = number * len(x) + first
            found[at : at + len(some)] = hiding.copy(some, generator)[:, kept]
    return found
