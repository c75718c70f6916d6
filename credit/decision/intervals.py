"""How sure a saving is, a ranking and a share, from the clients on whom it was measured.

With the costs a_i of one rule, b_i of another and e_i of accepting everybody, client by client, the gain is the ratio

    R = sum of (b_i - a_i) / sum of e_i,        u_i = (b_i - a_i - R * e_i) / sum of e_i

Both sums are over the same clients, so that what the rules share cancels. Its standard error s is the root of the sum
of u_i^2 (ratio estimator, linearised; W. Cochran, Sampling Techniques, 1977, chapter 6). Few clients carry the sums,
those who default, and their loans differ in size by powers of ten. So there are as many degrees of freedom as
defaulters, less one, for Student's t. And u is skew, by g = mean(u^3) / mean(u^2)^1.5: P. Hall, On the Removal of
Skewness by Transformation, Journal of the Royal Statistical Society B 54, 1992, gives the quantile

    T(t) = 3 / k * ((1 + k * (t - k / 6))^(1/3) - 1),        k = g / root of n

From few clients g itself is uncertain, so the correction may widen an end, and never narrows one:

    low = R - s * max(t, T(t))        high = R + s * max(t, -T(-t))

``benchmarks/decisions.py coverage`` measures how often such intervals hold the truth, beside those of the percentile
bootstrap, which they replace; docs/figures.md has the table.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, stdtrit

Floats = NDArray[np.float64]

#: With fewer defaulters than this nothing is said of a cost or a gain. Their loans are all that it is measured with;
#: with ten of them the interval of a saving is some 60 points wide.
FEWEST_DEFAULTS = 10
#: And with fewer defaulters than this among the clients on whom two rules differ nothing is said of their difference.
#: At the break-even probability of the usual costs, 0.16, sixteen in a hundred such clients default: of ten, one sees
#: none in 17 % of samples, and the rule that accepts them all would be better "beyond chance".
FEWEST_DIFFERENT = 5
#: What callers say in place of an interval that there is not.
TOO_FEW = "too few defaults to tell"

#: Below this skewness the correction is smaller than the rounding of its formula.
_SYMMETRIC = 1e-8


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval.

    - ``estimate``: of what was measured, in its unit
    - ``low``: the interval's lower end, in the same unit, <= ``estimate``
    - ``high``: the interval's upper end, in the same unit, >= ``estimate``
    """

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:,.4g} ({self.low:,.4g} to {self.high:,.4g})"


def saving(costs: ArrayLike, baseline: ArrayLike, everybody: ArrayLike, level: float = 0.95) -> Interval | None:
    """What one rule saves more than another, as a share of what accepting everybody costs.

    ``costs``, ``baseline``, ``everybody``: (n_clients,) each client's cost under the rule, under the other rule and
    when everybody is accepted, see ``credit.decision.cost.client_costs``. With ``baseline`` equal to ``everybody`` it
    is the saving itself, which is never above 1. Positive: the rule is cheaper. ``level``: of the interval, in (0, 1).
    A client defaulted where ``everybody`` is above 0.

    None where fewer than ``FEWEST_DEFAULTS`` clients defaulted, or fewer than ``FEWEST_DIFFERENT`` of those on whom the
    rules differ: then nothing can be told.
    """
    mine, other, all_in = (np.asarray(values, dtype=np.float64) for values in (costs, baseline, everybody))
    gain, defaulted, n = other - mine, all_in > 0, len(mine)
    defaults = int(defaulted.sum())
    if defaults < FEWEST_DEFAULTS or np.count_nonzero(gain[defaulted]) < FEWEST_DIFFERENT:
        return None
    total = all_in.sum()
    estimate = gain.sum() / total
    u = (gain - estimate * all_in) / total
    square = float((u**2).mean())
    if square == 0:  # every client gains the same share: no other clients could say otherwise
        return Interval(float(estimate), float(estimate), float(estimate))
    error = np.sqrt(square * n * n / (n - 1))
    skewness = float((u**3).mean()) / square**1.5 / np.sqrt(n)
    t = float(stdtrit(defaults - 1, (1 + level) / 2))
    low = estimate - error * max(t, _unskewed(t, skewness))
    high = estimate + error * max(t, -_unskewed(-t, skewness))
    if np.array_equal(other, all_in):
        high = min(high, 1.0)  # no rule saves more than all that is lost
    return Interval(float(estimate), float(low), float(high))


def roc_auc(defaulted: ArrayLike, probability: ArrayLike, level: float = 0.95) -> Interval | None:
    """The area under the ROC curve with its interval; arrays (n_clients,).

    The standard error is that of E. DeLong, D. DeLong and D. Clarke-Pearson, Biometrics 44, 1988: of the share of good
    clients below each bad one, and of bad clients above each good one. Its interval is laid on the scale of log odds,
    which ends at 0 and 1, with as many degrees of freedom as the rarer kind has clients, less one. An area of exactly 1
    has no error that could be measured: then m pairs without a common client, all ranked rightly, give level's exact
    lower end, ((1 - level) / 2)^(1 / m); an area of 0 likewise.

    None where fewer than ``FEWEST_DEFAULTS`` clients defaulted, or repaid: then nothing can be told.
    """
    y, p = np.asarray(defaulted), np.asarray(probability, dtype=np.float64)
    bad, good = np.sort(p[y == 1]), np.sort(p[y == 0])
    fewer = min(len(bad), len(good))
    if fewer < FEWEST_DEFAULTS:
        return None
    # For each client the share of the other kind that is ranked rightly beside it, ties counted half.
    of_bad = (np.searchsorted(good, bad, "left") + np.searchsorted(good, bad, "right")) / 2 / len(good)
    of_good = 1 - (np.searchsorted(bad, good, "left") + np.searchsorted(bad, good, "right")) / 2 / len(bad)
    area = float(of_bad.mean())
    least = ((1 - level) / 2) ** (1 / fewer)
    if area in (0.0, 1.0):
        return Interval(area, least if area else 0.0, 1.0 if area else 1 - least)
    variance = of_bad.var(ddof=1) / len(bad) + of_good.var(ddof=1) / len(good)
    error = float(np.sqrt(variance)) / (area * (1 - area))  # of the log odds
    ends = logit(area) + np.array([-1, 1]) * stdtrit(fewer - 1, (1 + level) / 2) * error
    low, high = expit(ends).tolist()
    return Interval(area, low, high)


def wilson(found: ArrayLike, of: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's interval of a share: low and high, in [0, 1] (Journal of the American Statistical Association 22, 1927).

    ``found``: how many, ``of``: among how many; arrays of one shape, which is that of both answers.
    Unlike the normal interval it has a width where none or all were found. NaN among nobody.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    k, n = np.asarray(found, dtype=np.float64), np.asarray(of, dtype=np.float64)
    known = n > 0
    share = np.divide(k, n, out=np.full(np.broadcast_shapes(k.shape, n.shape), np.nan), where=known)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(np.where(known, n * share * (1 - share), np.nan) + z**2 / 4)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def matched_difference(gained: int, lost: int, of: int, level: float = 0.95) -> Interval:
    """How much larger a share is the second time, of the same clients: (gained - lost) / of, with its interval.

    ``gained``: clients who are in the share the second time alone, ``lost``: the first time alone, ``of``: all, > 0.
    ``level``: of the interval, in (0, 1). The interval is Wald's with half a client added to each of the four cells, in
    the share twice, once, once and never (A. Agresti and Y. Min, Simple Improved Confidence Intervals for Comparing
    Matched Proportions, Statistics in Medicine 24, 2005): it has a width where no client changes, and ends at -1 and 1.
    Of 100 clients 10 are accepted the second time alone, and 2 the first time alone:

    >>> print(matched_difference(10, 2, 100))
    0.08 (0.01084 to 0.146)
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    n, centre = of + 2, (gained - lost) / (of + 2)
    error = z / n * np.sqrt(gained + lost + 1 - (gained - lost) ** 2 / n)
    estimate = (gained - lost) / of
    low, high = min(centre - error, estimate), max(centre + error, estimate)
    return Interval(estimate, float(max(low, -1.0)), float(min(high, 1.0)))


def _unskewed(t: float, k: float) -> float:
    """Hall's T(t) for a skewness g over the root of the number of clients, ``k``."""
    return t if abs(k) < _SYMMETRIC else float(3 / k * (np.cbrt(1 + k * (t - k / 6)) - 1))
