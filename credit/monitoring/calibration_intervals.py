"""How well probabilities of default hold, with how sure that is: slope and intercept of the calibration line.

With x the log odds predicted and y the outcome, the line is  log odds of y = a + b * x  by maximum likelihood. The
slope is b; 1 is perfect, below 1 the model is too sure of itself. The intercept is that of the line whose slope is held
at 1 (calibration in the large): 0 is perfect, above 0 more default than predicted.

The intervals are those of Wald: the standard error is the root of the inverse of the information at the maximum,

    information = sum of q * (1 - q) * [1, x; x, x^2],    q = 1 / (1 + exp(-(a + b * x)))

Sources: D. Cox, Biometrika 45, 1958; B. Van Calster and others, BMC Medicine 17, 2019.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit

from credit.decision.intervals import FEWEST_DEFAULTS, Interval
from credit.model.log_odds import log_odds

Floats = NDArray[np.float64]

#: Newton's steps at most, and the length of a step at which they end; from the null model some six are needed.
_STEPS, _ENDS = 50, 1e-10

#: Log odds that differ by less than this are one number: no line can be laid through them.
_SAME = 1e-9

#: No intercept of a bank's clients lies further out, in log odds.
_FURTHEST = 50.0


def slope(defaulted: ArrayLike, probability: ArrayLike, level: float = 0.95) -> Interval | None:
    """The slope of the calibration line with its interval, without unit; arrays (n_clients,).

    None where fewer than ``FEWEST_DEFAULTS`` clients defaulted, or repaid; where all predictions are one; and where a
    score parts those who defaulted from the others, so that no finite line fits.
    """
    y, x = np.asarray(defaulted, dtype=np.float64), log_odds(probability)
    if not _enough(y) or np.ptp(x) < _SAME:
        return None
    bad, good = x[y == 1], x[y == 0]
    if bad.min() >= good.max() or good.min() >= bad.max():
        return None
    centre, spread = float(x.mean()), float(x.std())
    scaled = np.column_stack([np.ones(len(x)), (x - centre) / spread])
    line = _fitted(y, scaled)
    q = expit(scaled @ line)
    variance = np.linalg.inv((scaled * (q * (1 - q))[:, None]).T @ scaled)[1, 1]
    return _interval(float(line[1]) / spread, float(np.sqrt(variance)) / spread, level)


def intercept(defaulted: ArrayLike, probability: ArrayLike, level: float = 0.95) -> Interval | None:
    """The intercept at slope 1 with its interval, in log odds; arrays (n_clients,).

    None where fewer than ``FEWEST_DEFAULTS`` clients defaulted, or repaid.

    Of 100 clients predicted at 10 % of whom 20 defaulted it is ln(0.25) - ln(1/9) = ln(2.25):

    >>> found = intercept(np.arange(100) < 20, np.full(100, 0.1))
    >>> round(found.estimate, 4), round(found.low, 2), round(found.high, 2)
    (0.8109, 0.32, 1.3)
    """
    y, x = np.asarray(defaulted, dtype=np.float64), log_odds(probability)
    if not _enough(y):
        return None
    estimate = float(brentq(lambda a: float((expit(a + x) - y).sum()), -_FURTHEST, _FURTHEST, xtol=1e-12))
    q = expit(estimate + x)
    return _interval(estimate, 1 / float(np.sqrt((q * (1 - q)).sum())), level)


def _enough(y: Floats) -> bool:
    defaults = int(y.sum())
    return min(defaults, len(y) - defaults) >= FEWEST_DEFAULTS


def _fitted(y: Floats, X: Floats) -> Floats:
    """(2,) the line of the largest likelihood, by Newton's steps, each halved until the likelihood grows."""
    line = np.zeros(2)
    best = _likelihood(y, X @ line)
    for _ in range(_STEPS):
        q = expit(X @ line)
        step = np.linalg.solve((X * (q * (1 - q))[:, None]).T @ X, X.T @ (y - q))
        while (now := _likelihood(y, X @ (line + step))) < best and np.abs(step).max() > _ENDS:
            step /= 2
        line, best = line + step, now
        if np.abs(step).max() < _ENDS:
            break
    return line


def _likelihood(y: Floats, z: Floats) -> float:
    return float((y * z - np.logaddexp(0, z)).sum())


def _interval(estimate: float, error: float, level: float) -> Interval:
    off = NormalDist().inv_cdf((1 + level) / 2) * error
    return Interval(estimate, estimate - off, estimate + off)
