"""A quick model of an alternative: on part of the training clients, with the folds and the bins of the search.

It learns as a trial of the search does (`credit.training.lightgbm_search`), of clients as they are and of a copy of
each, and stops early on the fold that judges. It is calibrated out of fold. One more model of all these clients, of
as many trees as the folds had on average, answers for the test clients. No teachers, no pupils: the point that is taken
is trained in full afterwards.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from credit.model.calibration import Calibration, calibrate
from credit.training import lightgbm_search, pupil
from credit.training.dataset import Dataset, Split
from credit.training.folds import FIXED, Folds

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: A look learns from so many training clients at most: the first ones from which trials learn.
LOOKED = 20_000
#: Of so many of them the contributions of the columns are worked out, for what carries a difference in approvals.
EXPLAINED = 5_000
#: The number of threads is LightGBM's for the whole process: who predicts while another learns has to take the same.
THREADS: int = FIXED["num_threads"]


@dataclass(frozen=True)
class Look:
    """``out_of_fold``: (m,) probabilities of the clients that were drawn; ``test``: (t,) of the test clients.

    ``trees``: of the model of all; ``seconds``: that it took. ``explained``: positions among the drawn clients, whose
    ``contribution`` (e, k) and ``score`` (e,) are the log odds of models that had not seen them, before calibration;
    empty where this was not asked. ``calibration``: of the scores.
    """

    out_of_fold: Floats
    test: Floats
    trees: int
    seconds: float
    calibration: Calibration
    explained: Integers
    contribution: NDArray[np.float32]
    score: Floats


def drawn(prepared: Folds, seed: int) -> Integers:
    """(m,) increasing positions, among the training clients, of those from whom a look learns."""
    return np.flatnonzero(lightgbm_search.drawn_clients(prepared.clients, seed, LOOKED))


def look(
    data: Dataset, parts: Split, prepared: Folds, parameters: Mapping[str, Any], seed: int, explain: bool = False
) -> Look:
    """A model with these ``parameters`` on ``prepared``, with its changes. ``data``, ``parts``: the clients and their
    folds. ``seed``: of the sample and the models. ``explain``: also give contributions.
    """
    began = time.perf_counter()
    learners = drawn(prepared, seed)
    settings = {**FIXED, **parameters, **prepared.signs, "random_state": seed, "objective": "binary"}
    settings["metric"] = "binary_logloss"
    among = np.zeros(prepared.clients, dtype=bool)
    among[learners] = True
    raw = np.full(prepared.clients, np.nan)
    share = max(1, EXPLAINED // len(prepared.folds))

    def judged(fold: int) -> tuple[int, Integers, Floats]:
        learn, judge = (some[among[some]] for some in (prepared.without(fold), prepared.inside(fold)))
        booster = lgb.train(
            settings,
            prepared.part(learn, 1),
            pupil.MOST_TREES,
            valid_sets=[prepared.part(judge, 1)],
            callbacks=[lgb.early_stopping(lightgbm_search.PATIENCE, verbose=False)],
        )
        x = data.x[np.ix_(parts.train[judge], prepared.positions)]
        raw[judge] = booster.predict(x, num_iteration=booster.best_iteration, num_threads=THREADS)
        if not explain:
            return booster.best_iteration, judge[:0], np.empty((0, len(prepared.columns) + 1))
        phi = booster.predict(x[:share], num_iteration=booster.best_iteration, pred_contrib=True, num_threads=THREADS)
        return booster.best_iteration, judge[:share], np.asarray(phi)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(judged, range(len(prepared.folds))))
    trees = max(1, round(float(np.mean([count for count, *_ in found]))))
    calibration, out_of_fold = calibrate(prepared.y[learners], raw[learners], parts.fold[learners])
    booster = lgb.train(settings, prepared.part(learners, 1), trees)
    test = booster.predict(data.x[np.ix_(parts.test, prepared.positions)], num_threads=THREADS)
    explained = np.searchsorted(learners, np.concatenate([clients for _, clients, _ in found]))
    contribution = np.concatenate([of for *_, of in found])
    return Look(
        out_of_fold=out_of_fold,
        test=calibration(test),
        trees=trees,
        seconds=time.perf_counter() - began,
        calibration=calibration,
        explained=explained,
        contribution=contribution[:, :-1].astype(np.float32),
        score=contribution.sum(axis=1),
    )
