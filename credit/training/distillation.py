"""What models that know all of a client expect of it: labels with less noise for a model that must do with less.

Whether one client defaulted says little of how likely that was. For a client of whom nearly all is known a model knows
better than the one outcome; and the best forecast from less is the mean of the forecasts from more, over all clients
of whom the same is known. So those who learn from copies with gaps learn from a mixture of outcome and teachers'
probability, whose noise is less than the outcome's. The outcome keeps the larger share: a teacher who has the external
scores makes little of what could stand in for them, and what it makes little of it cannot teach.

The more clients there are, the less their outcomes leave open, and the more it costs that a teacher has learnt from two
fifths of them: above `TAUGHT` there are no teachers. docs/training.md has the measured figures.

No teacher has learnt from the clients that it teaches. And a model that a fold judges has not learnt from that fold by
a detour: the labels of its clients come from teachers that knew nothing of that fold either. So each teacher learns
from two folds, one for every pair, and a label is the mean of all teachers that may give it: three of ten where one
fold judges, six where none does. That takes a quarter of the work that one teacher for each pair of a fold that judges
and a fold that is taught would take.
Sources: D. Lopez-Paz et al., Unifying Distillation and Privileged Information, ICLR 2016 (generalised distillation);
A. Menon et al., A Statistical Perspective on Distillation, ICML 2021 (why it lowers the variance).
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from credit.model.calibration import calibrate
from credit.training.folds import Folds

Floats = NDArray[np.float64]

#: The teachers' share of a label; the rest is the outcome's.
SHARE = 0.35
#: More training clients than these learn from outcomes alone.
TAUGHT = 100_000
#: A teacher learns from two folds, another holds those it teaches, and a fourth those who judge the pupil.
FEWEST_FOLDS = 4


def share(clients: int) -> float:
    """The teachers' share of the labels of so many training clients: 0 where there are no teachers."""
    return SHARE if clients <= TAUGHT else 0.0


def labels(folds: Folds, settings: dict[str, Any], trees: int) -> list[Floats]:
    """For each number of ``folds`` the labels (n_train,) of those who learn without that fold, in [0, 1].

    ``settings``: of LightGBM; ``trees``: of each teacher. Within the fold itself the labels are NaN: no model learns
    from them. Raises ``ValueError`` for fewer than four folds.
    """
    count = len(folds.folds)
    if count < FEWEST_FOLDS:
        raise ValueError(f"teachers and pupils need at least {FEWEST_FOLDS} folds, not {count}")
    if not share(folds.clients):
        return [np.where(_outside(folds, without), folds.y, np.nan) for without in folds.numbers]
    pairs = list(combinations(range(count), 2))
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda pair: _expected(folds, pair, settings, trees), pairs)
        expected = dict(zip(pairs, found, strict=True))
    number = np.empty(folds.clients, dtype=np.int64)
    for fold in range(count):
        number[folds.inside(fold)] = fold
    mixed = []
    for without in folds.numbers:
        p = np.full(folds.clients, np.nan)
        for taught in set(range(count)) - {without}:
            clients = folds.inside(taught)
            p[clients] = np.mean(
                [said[clients] for pair, said in expected.items() if not {taught, without} & set(pair)], axis=0
            )
        known = folds.without(without)
        calibration, _ = calibrate(folds.y[known], p[known], number[known])
        p[known] = SHARE * calibration(p[known]) + (1 - SHARE) * folds.y[known]
        mixed.append(p)
    return mixed


def _outside(folds: Folds, fold: int) -> NDArray[np.bool_]:
    """(n_train,) whether a client learns where this fold judges."""
    found = np.zeros(folds.clients, dtype=bool)
    found[folds.without(fold)] = True
    return found


def _expected(folds: Folds, pair: tuple[int, int], settings: dict[str, Any], trees: int) -> Floats:
    """(n_train,) probabilities of all who are outside two folds by a model of these; NaN inside."""
    learn = np.union1d(folds.inside(pair[0]), folds.inside(pair[1]))
    others = np.setdiff1d(np.arange(folds.clients), learn)
    last = Last()
    lgb.train(
        {**settings, **folds.signs, "objective": "binary", "metric": "None"},
        folds.part(learn),
        trees,
        valid_sets=[folds.part(others)],
        feval=last,
    )
    found = np.full(folds.clients, np.nan)
    found[others] = last.probability
    return found


class Last:
    """LightGBM's custom metric that keeps what it is handed: probabilities (n,) after the last tree.

    A booster predicts from an array of features. These clients stand in a dataset whose features are bins by now, and
    their scores are up to date anyway.
    """

    def __init__(self) -> None:
        self.probability: Floats = np.empty(0)

    def __call__(self, p: Floats, data: lgb.Dataset) -> tuple[str, float, bool]:
        self.probability = p.copy()
        return "none", 0.0, True
