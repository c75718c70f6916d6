"""How sure a difference in cost is: the paired bootstrap over clients.

The same clients are drawn for both decision rules, so that what they share cancels and only where they differ counts.
Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit import cost as money
from credit.cost import Costs
from credit.exposure import ends

#: Clients drawn at a time are held in memory as (draws, n_clients) numbers; this keeps them under some 100 MB.
_NUMBERS_AT_ONCE = 10_000_000


@dataclass(frozen=True)
class Interval:
    """An estimate and its interval, all in the unit of what was estimated."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:,.4g} ({self.low:,.4g} to {self.high:,.4g})"


def saving(
    costs: ArrayLike, baseline: ArrayLike, everybody: ArrayLike, repeats: int = 2000, level: float = 0.95, seed: int = 0
) -> Interval:
    """What one rule saves more than another, as a share of what accepting everybody costs.

    ``costs``, ``baseline``, ``everybody``: (n_clients,) each client's cost under the rule, under the other rule and
    when everybody is accepted, see ``credit.cost.client_costs``. With ``baseline`` equal to ``everybody`` it is the
    saving itself. Positive: the rule is cheaper.
    """
    mine, other, all_in = (np.asarray(values, dtype=np.float64) for values in (costs, baseline, everybody))
    n = len(mine)
    if all_in.sum() <= 0:
        raise ValueError("nobody defaulted, so accepting everybody costs nothing and no saving can be told")
    rng = np.random.default_rng(seed)
    draws: list[np.ndarray] = []
    at_once = max(1, _NUMBERS_AT_ONCE // n)
    for begin in range(0, repeats, at_once):
        chosen = rng.integers(0, n, size=(min(at_once, repeats - begin), n))
        total = all_in[chosen].sum(axis=1)
        gain = (other - mine)[chosen].sum(axis=1)
        draws.append(gain[total > 0] / total[total > 0])
    low, high = np.quantile(np.concatenate(draws), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float((other - mine).sum() / all_in.sum()), float(low), float(high))


def roc_auc(
    defaulted: ArrayLike, probability: ArrayLike, repeats: int = 500, level: float = 0.95, seed: int = 0
) -> Interval:
    """The area under the ROC curve with its interval; arrays (n_clients,).

    Good and bad clients are drawn apart, so that every draw has both. Raises ``ValueError`` where one kind is lacking.
    """
    y, p = np.asarray(defaulted), np.asarray(probability, dtype=np.float64)
    bad, good = np.sort(p[y == 1]), np.sort(p[y == 0])
    if not (len(bad) and len(good)):
        raise ValueError("the area under the ROC curve needs clients who defaulted and clients who repaid")
    # For each bad client the share of good ones below, ties counted half; a draw weighs good clients by ranks.
    below, upto = np.searchsorted(good, bad, "left"), np.searchsorted(good, bad, "right")
    rng = np.random.default_rng(seed)
    found = np.empty(repeats)
    for number in range(repeats):
        times = np.bincount(rng.integers(0, len(good), len(good)), minlength=len(good))
        sums = np.concatenate([[0], np.cumsum(times)])
        drawn = rng.integers(0, len(bad), len(bad))
        found[number] = (sums[below[drawn]] + sums[upto[drawn]]).mean() / 2 / len(good)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float((below + upto).mean() / 2 / len(good)), float(low), float(high))


@dataclass(frozen=True)
class Redrawn:
    """Cost curves of clients drawn anew: how sure a threshold is, and a curve.

    ``curve``: (99,) the cost at each of ``credit.cost.THRESHOLDS`` on the clients themselves. ``curves``: (repeats, 99)
    on each draw. All in the currency of AMT_CREDIT.
    """

    curve: NDArray[np.float64]
    curves: NDArray[np.float64]

    def threshold(self, level: float = 0.95) -> Interval:
        """The best threshold, searched anew on each draw.

        Where the probabilities are calibrated the interval holds the break-even probability. Searching anew is what
        makes it honest: a threshold judged on the very clients that chose it always looks better than any other.
        """
        found = [money.best_threshold(curve)[0] for curve in self.curves]
        low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
        return Interval(money.best_threshold(self.curve)[0], float(low), float(high))

    def band(self, level: float = 0.95) -> NDArray[np.float64]:
        """(2, 99): the lower and the upper end of the interval of the cost at each threshold."""
        return np.quantile(self.curves, [(1 - level) / 2, (1 + level) / 2], axis=0)

    def alike(self, threshold: float, level: float = 0.95) -> tuple[float, float]:
        """The lowest and the highest threshold that cannot be told apart from this one by what they cost.

        The same draws are used for both thresholds, so that only the clients between them count. At either end the
        interval of the difference in cost still holds 0, beyond it no longer. This is a statement about the threshold,
        not about clients: whom a person should look at depends on what is at stake, see `credit.review`. Between two
        hundredths a curve is taken to be straight.
        """
        here = np.array([np.interp(threshold, money.THRESHOLDS, curve) for curve in self.curves])
        more = self.curves - here[:, None]
        low, high = np.quantile(more, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return ends((low <= 0) & (high >= 0), threshold)


def redraw(
    defaulted: ArrayLike,
    probability: ArrayLike,
    amount: ArrayLike,
    costs: Costs,
    repeats: int = 500,
    seed: int = 0,
) -> Redrawn:
    """Draw the clients anew ``repeats`` times and count the cost at every threshold; arrays (n_clients,)."""
    y, p, loan = (np.asarray(values, dtype=np.float64) for values in (defaulted, probability, amount))
    n, grid = len(y), money.THRESHOLDS
    # A client is accepted at every threshold above its probability: what changes from one threshold to the next is
    # summed once a client, and a draw only weights it.
    first = np.searchsorted(grid, p, side="right")
    lost, kept = costs.loss_given_default * loan * y, costs.margin * loan * (1 - y)
    rng = np.random.default_rng(seed)
    curves = np.empty((repeats, len(grid)))
    for number in range(repeats):
        weight = np.bincount(rng.integers(0, n, n), minlength=n)
        change = np.bincount(first, weight * (lost - kept), minlength=len(grid) + 1)[: len(grid)]
        curves[number] = np.cumsum(change) + float(weight @ kept)
    return Redrawn(money.cost_curve(y, p, loan, **costs.to_dict()), curves)
