"""The training clients in their folds, their copies, and the ranking of the columns: what the champion learns from.

Most of a thousand columns tell nothing that others do not tell better, and the noise of all of them together costs a
model of few defaults more than they bring. So columns are ranked by what they gain in a first model, and the search
says how many of the best are read. What says whether a history is known is read in any case: without it "none" and
"unknown" are one thing to the model. The ranking of a fold is made without that fold's clients: predictions out of fold
stay predictions for clients that no step has seen.

What a change for the worse may move either way is not read at all, and what sense gives a sign is held to it
(`credit.features.monotone_directions`), in the ranking as in all that follows.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from credit.features import history_flags
from credit.features.monotone_directions import mixed
from credit.training import monotone_check
from credit.training.hiding import Hiding, copies_for, with_copies

Floats = NDArray[np.float64]

#: What is not searched. Folds learn side by side on one thread each; the same on any machine.
FIXED: dict[str, Any] = {
    "learning_rate": 0.06,
    "subsample_freq": 1,
    "max_bin": 127,
    "deterministic": True,
    "force_col_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}
#: The first models, by whose gains columns are ranked: each meets all of them, and learns fast. One alone ranks by
#: chance as much as by merit.
RANKING: dict[str, Any] = {
    "learning_rate": 0.15,
    "num_leaves": 4,
    "colsample_bytree": 0.06,
    "subsample": 0.8,
    "reg_lambda": 50.0,
    "min_child_samples": 40,
}
RANKING_TREES, RANKINGS = 200, 3
#: Copies of each client that the first models learn from.
RANKED_COPIES = 1

#: Columns that are read whatever they gain.
ALWAYS = (
    *(feature.name for feature in history_flags.FEATURES),
    "EXT_SOURCE_MISSING",
    # Arrears of each kind: few clients are in them, so that a ranking by gain may leave them out, and then no reader of
    # decisions would understand why they change nothing.
    *("BUREAU_CREDIT_DAY_OVERDUE_MAX", "BUREAU_ACTIVE_AMT_CREDIT_SUM_OVERDUE_SUM"),
    *("CARD_SK_DPD_MAX", "CARD_LAST_6_MONTHS_SK_DPD_MAX", "POS_SK_DPD_MAX", "POS_LAST_6_MONTHS_SK_DPD_MAX"),
    *("INSTALMENTS_DAYS_OVERDUE_MAX", "INSTALMENTS_LAST_180_DAYS_DAYS_OVERDUE_MAX"),
)


class Folds:
    """The training clients and their copies, their folds, and the ranking of the columns.

    ``x``: (n_train, k), of ``columns``. ``rows``: ((copies + 1) * n_train, k) in single precision: all clients as they
    are, then the first copy of each, and so on. ``rankings``: one array of positions a fold, made without it, the best
    column first, without those that are never read; the last of all folds.
    """

    def __init__(
        self,
        x: Floats,
        y: NDArray[np.int64],
        folds: Sequence[tuple[Any, Any]],
        seed: int,
        columns: Sequence[str],
    ) -> None:
        self.y, self.folds, self.clients = y, list(folds), len(y)
        self.copies = copies_for(len(y))
        self.rows = with_copies(x, Hiding(columns), self.copies, seed)
        self.columns = tuple(columns)
        self._never = np.array([mixed(name) for name in columns], dtype=bool)
        self._always = np.array([place for place, name in enumerate(columns) if name in ALWAYS], dtype=np.int64)
        with ThreadPoolExecutor(2) as pool:
            self.rankings = list(pool.map(lambda fold: self._ranking(self.without(fold), seed), self.numbers))

    @property
    def numbers(self) -> range:
        """The numbers of the folds, and one more that stands for none."""
        return range(len(self.folds) + 1)

    def without(self, fold: int) -> NDArray[np.int64]:
        """The clients outside a fold; all for the number that is no fold's."""
        return np.arange(self.clients) if fold == len(self.folds) else np.asarray(self.folds[fold][0])

    def inside(self, fold: int) -> NDArray[np.int64]:
        """The clients of a fold."""
        return np.asarray(self.folds[fold][1])

    def _ranking(self, clients: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        candidates = np.flatnonzero(~self._never)
        merit = np.zeros(len(candidates))
        data = held(self.of(clients, candidates, RANKED_COPIES), np.tile(self.y[clients], RANKED_COPIES + 1))
        for number in range(RANKINGS):
            settings = scaled({**FIXED, **RANKING, "random_state": seed + number}, RANKED_COPIES + 1)
            settings = {**settings, **self.constraints(candidates), "objective": "binary"}
            gain = lgb.train(settings, data, RANKING_TREES).feature_importance("gain")
            merit += np.sqrt(gain / max(gain.sum(), 1.0))  # the root: a few columns gain most of all
        return candidates[np.argsort(-merit, kind="stable")]

    def chosen(self, fold: int, columns: int) -> NDArray[np.int64]:
        """Positions of the best columns without a fold, and of those that are always read, increasing."""
        return np.union1d(self.rankings[fold][:columns], self._always)

    def constraints(self, positions: NDArray[np.int64]) -> dict[str, Any]:
        """LightGBM's parameters that hold a model of these columns to their signs."""
        return monotone_check.constraints([self.columns[place] for place in positions.tolist()])

    def of(self, clients: NDArray[np.int64], positions: NDArray[np.int64], copies: int = 0) -> NDArray[np.float32]:
        """((copies + 1) * len(clients), len(positions)): clients as they are, the first copy of each, and so on."""
        wanted = np.concatenate([clients + number * self.clients for number in range(copies + 1)])
        return self.rows[np.ix_(wanted, positions)]


def held(x: NDArray[np.float32], y: Floats | NDArray[np.int64], weight: Floats | None = None) -> lgb.Dataset:
    """A LightGBM dataset with the bins that all models of the champion have."""
    return lgb.Dataset(x, y, weight=weight, params={"max_bin": FIXED["max_bin"], "verbose": -1, "num_threads": 1})


def scaled(parameters: dict[str, Any], times: int) -> dict[str, Any]:
    """Parameters for data in which each client has ``times`` rows: a leaf then holds as many clients as before."""
    return {
        **parameters,
        "min_child_samples": parameters["min_child_samples"] * times,
        "reg_lambda": parameters["reg_lambda"] * times,
    }
