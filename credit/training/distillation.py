"""What a model that knows all of a client expects of it: labels with less noise for a model that must do with less.

Whether one client defaulted says little of how likely that was. For a client of whom nearly all is known a model knows
better than the one outcome; and the best forecast from less is the mean of the forecasts from more, over all clients
of whom the same is known. So those who learn from copies with gaps learn from a mixture of outcome and teacher's
probability, whose noise is a small part of the outcome's. The outcome keeps its share: a teacher who has the external
scores makes little of what could stand in for them, and what it makes little of it cannot teach.

No teacher has learnt from the clients that it teaches. And a model that a fold judges has not learnt from that fold by
a detour: the labels of its clients come from teachers that knew nothing of that fold either.
Sources: D. Lopez-Paz et al., Unifying Distillation and Privileged Information, ICLR 2016 (generalised distillation);
A. Menon et al., A Statistical Perspective on Distillation, ICML 2021 (why it lowers the variance).
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from credit.model.calibration import calibrate
from credit.training.folds import Folds, held

Floats = NDArray[np.float64]

#: The teacher's share of a label; the rest is the outcome's.
SHARE = 0.7


def learn(
    folds: Folds,
    clients: NDArray[np.int64],
    positions: NDArray[np.int64],
    settings: dict[str, Any],
    trees: int,
) -> lgb.Booster:
    """A model of clients of whom all is known that can be; ``settings``: of LightGBM, without the columns."""
    data = held(folds.of(clients, positions), folds.y[clients])
    return lgb.train({**settings, **folds.constraints(positions), "objective": "binary"}, data, trees)


def labels(folds: Folds, settings: dict[str, Any], columns: int, trees: int) -> list[Floats]:
    """For each number of ``folds`` the labels (n_train,) of those who learn without that fold, in [0, 1].

    ``settings``: of LightGBM; ``columns``: so many of the best, by the ranking without the fold; ``trees``: of each
    teacher. Within the fold itself the labels are NaN: no model learns from them.
    """
    pairs = [(without, inside) for without in folds.numbers for inside in range(len(folds.folds)) if inside != without]

    def taught(pair: tuple[int, int]) -> Floats:
        without, inside = pair
        positions = folds.chosen(without, columns)
        learners = np.setdiff1d(folds.without(without), folds.inside(inside))
        booster = learn(folds, learners, positions, settings, trees)
        found = booster.predict(folds.of(folds.inside(inside), positions), num_threads=1)
        return np.asarray(found, dtype=np.float64)

    expected = [np.full(folds.clients, np.nan) for _ in folds.numbers]
    with ThreadPoolExecutor(2) as pool:
        for (without, inside), found in zip(pairs, pool.map(taught, pairs), strict=True):
            expected[without][folds.inside(inside)] = found
    number = np.empty(folds.clients, dtype=np.int64)
    for fold in range(len(folds.folds)):
        number[folds.inside(fold)] = fold
    for without, p in enumerate(expected):
        known = folds.without(without)
        calibration, _ = calibrate(folds.y[known], p[known], number[known])
        p[known] = SHARE * calibration(p[known]) + (1 - SHARE) * folds.y[known]
    return expected
