"""The way straight to the booster of a calibrated LightGBM model.

For one client, the checks and copies of scikit-learn's `predict_proba` cost more than the trees. The same number
follows from the booster and the calibration alone. The shortcut is taken only where it is proved on loading: on a few
hundred random clients, gaps included, it must equal `predict_proba` within 1e-12.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import Booster, LGBMClassifier
from numpy.typing import NDArray
from scipy.special import expit

from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated, Calibration
from credit.model.column_subset import ChosenColumns
from credit.model.lightgbm_single_row import single_row
from credit.model.log_odds import NEAREST, log_odds
from credit.model.scorer import Floats

Probability = Callable[[Floats], Floats]

#: How far the shortcut may be from predict_proba: the rounding of a few operations on numbers in [0, 1], no more.
TOLERANCE = 1e-12

#: Log odds further from 0 than this are taken as this far, as in `credit.model.calibration`.
FURTHEST = float(log_odds(1 - NEAREST))


def default_probability(model: Any, columns: int) -> Probability:
    """From X (n, columns) to the probability of default (n,): the shortcut if proved, else the model's own way."""

    def own(X: Floats) -> Floats:
        return np.asarray(model.predict_proba(X)[:, 1], dtype=np.float64)

    shortcut = through_booster(model)
    if shortcut is None:
        return own
    clients = probe(columns)
    return shortcut if np.allclose(shortcut(clients), own(clients), rtol=0, atol=TOLERANCE) else own


@dataclass(frozen=True)
class Trees:
    """What a LightGBM classifier is made of.

    - ``booster``: its trees, whose raw score is the log odds of default
    - ``positions``: of the columns that the booster reads, array (k,), in [0, n_columns); None where it reads all
    - ``calibration``: from the booster's probability to the answer
    """

    booster: Booster
    positions: NDArray[np.int64] | None
    calibration: Calibration

    def read(self, X: Floats) -> Floats:
        """The columns that the booster reads, of ``X`` (n, columns)."""
        return X if self.positions is None else X[:, self.positions]


def trees(model: Any) -> Trees | None:
    """The parts of a LightGBM classifier, of chosen columns or not, calibrated or not; None for another make."""
    calibration, positions = Calibration(), None
    if isinstance(model, Calibrated):
        model, calibration = model.estimator, model.calibration
    if isinstance(model, ChosenColumns):
        model, positions = model.estimator, np.asarray(model.positions, dtype=np.int64)
    return Trees(model.booster_, positions, calibration) if isinstance(model, (LGBMClassifier, Boosted)) else None


def through_booster(model: Any) -> Probability | None:
    """The shortcut for a LightGBM classifier, see ``trees``; None for a model of another make."""
    parts = trees(model)
    if parts is None:
        return None
    raw_score = _raw_score(parts)
    if parts.calibration == Calibration():
        return lambda X: expit(raw_score(X))
    slope, intercept = parts.calibration.slope, parts.calibration.intercept
    # The booster's raw score is the log odds that the calibration would else work out from the probability.
    return lambda X: expit(intercept + slope * np.clip(raw_score(X), -FURTHEST, FURTHEST))


def _raw_score(parts: Trees) -> Probability:
    """From X (n, columns) to log odds (n,): one client by the way for single rows, where that gives the same."""
    booster, read = parts.booster, parts.read
    single = single_row(booster)

    def many(X: Floats) -> Floats:
        return np.asarray(booster.predict(read(X), raw_score=True, num_threads=1), dtype=np.float64)

    if single is None:
        return many
    positions = np.arange(booster.num_feature()) if parts.positions is None else parts.positions
    width = len(positions) if parts.positions is None else int(positions.max(initial=0)) + 1
    clients = probe(width)
    if [single(x.take(positions)) for x in clients] != many(clients).tolist():
        return many
    return lambda X: np.array([single(X[0].take(positions))]) if len(X) == 1 else many(X)


def one_thread(model: Any) -> None:
    """Let what ``model`` is made of predict on one thread: a serving process is one core's work."""
    steps = getattr(model, "steps", ())
    for part in (model, getattr(model, "estimator", None), *(step for _, step in steps)):
        if hasattr(part, "n_jobs"):
            part.n_jobs = 1
        if part is not None and part is not model:
            one_thread(part)


def probe(columns: int, clients: int = 256) -> Floats:
    """Random clients (clients, columns) of every magnitude from a share to an amount, a third of the values unknown."""
    generator = np.random.default_rng(columns)
    shape = (clients, columns)
    X = generator.normal(size=shape) * 10.0 ** generator.uniform(-2, 6, size=shape)
    X[generator.random(shape) < 1 / 3] = np.nan
    return X
