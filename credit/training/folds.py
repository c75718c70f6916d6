"""The training clients in their folds, with their copies: what the champion learns from, cut into bins once.

LightGBM sorts every column into bins before it learns. All models of a training share the bins of one array, which
holds the clients as they are and their copies; a fold, a teacher or a trial takes rows of it. The bins are quantiles of
the features alone: outcomes have no part in them, so predictions out of fold stay predictions for clients of whom no
step has seen the outcome.

What a change for the worse may move either way is not read at all, and what sense gives a sign is held to it
(`credit.features.monotone_directions`). All other columns are read. With few columns a tree and a strong L2 they do no
harm, and to choose some of them costs a large bank more than it brings: see docs/training.md.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from credit.features.monotone_directions import mixed
from credit.training import monotone_check
from credit.training.hiding import Hiding, copies_for, with_copies
from credit.training.training_changes import NONE, Changes

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]

#: How columns are cut into bins. Which splits are possible depends on no parameter of a single model. One thread:
#: LightGBM holds the number of threads for the whole process, and what is made beside a model that learns sets it.
BINS: dict[str, Any] = {
    "max_bin": 127,
    "feature_pre_filter": False,
    "force_col_wise": True,
    # Every column by itself: LightGBM 4.7.0 was seen to end the process otherwise, and nothing is slower for it.
    "enable_bundle": False,
    "is_enable_sparse": False,
    "num_threads": 1,
    "verbose": -1,
}
#: What is not searched. Folds learn side by side on one thread each; the same on any machine.
FIXED: dict[str, Any] = {**BINS, "subsample_freq": 1, "deterministic": True}


class Folds:
    """The training clients, their copies, and their folds.

    ``x``: (n_train, k), of ``columns``. ``folds``: (learn, judge) positions of each. ``positions``: of the columns that
    are read, increasing; ``columns``: their names, of ``all_columns`` (k). ``copies``: of each client. ``signs``:
    LightGBM's parameters that hold a model to the signs of its columns. ``changes``: of the usual training, see
    `changed`.
    """

    def __init__(
        self, x: Floats, y: Integers, folds: Sequence[tuple[Any, Any]], seed: int, columns: Sequence[str]
    ) -> None:
        self.y, self.folds, self.clients = y, list(folds), len(y)
        self.copies = copies_for(len(y))
        self.positions = np.flatnonzero([not mixed(name) for name in columns])
        self.all_columns = len(columns)
        self.columns = tuple(columns[place] for place in self.positions.tolist())
        self.signs = monotone_check.constraints(self.columns)
        self.changes = NONE
        rows = with_copies(x, Hiding(columns), self.copies, seed, self.positions)
        settings = {**BINS, "data_random_seed": seed}
        self._all = lgb.Dataset(rows, np.tile(y, self.copies + 1), params=settings, free_raw_data=True).construct()

    def changed(self, changes: Changes) -> "Folds":
        """The same clients, folds and bins, to learn from with ``changes``: the arrays are shared."""
        found = copy.copy(self)
        found.changes = changes
        found.signs = monotone_check.constraints(self.columns, changes.signs, changes.unread)
        return found

    @property
    def more_signs(self) -> Mapping[str, int]:
        """The signs to which these models are held beside the usual ones."""
        return self.changes.signs

    @property
    def numbers(self) -> range:
        """The numbers of the folds, and one more that stands for none."""
        return range(len(self.folds) + 1)

    def without(self, fold: int) -> Integers:
        """The clients outside a fold, increasing; all for the number that is no fold's."""
        return np.arange(self.clients) if fold == len(self.folds) else np.asarray(self.folds[fold][0])

    def inside(self, fold: int) -> Integers:
        """The clients of a fold, increasing."""
        return np.asarray(self.folds[fold][1])

    def part(self, clients: Integers, copies: int = 0, label: Floats | None = None) -> lgb.Dataset:
        """LightGBM's dataset of ``clients`` (n,), increasing, as they are, then of the first copy of each, and so on.

        ``label``: (n,), the outcomes without it.
        """
        rows = np.concatenate([clients + number * self.clients for number in range(copies + 1)])
        found = self._all.subset(rows.tolist()).construct()
        found.set_label(np.tile(self.y[clients] if label is None else label, copies + 1))
        if self.changes.weight is not None:
            found.set_weight(np.tile(self.changes.weight[clients], copies + 1))
        return found
