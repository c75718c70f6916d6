"""How sure a difference in cost is: the paired bootstrap over clients.

The same clients are drawn for both decision rules, so that what they share cancels and only where they differ counts.
Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from credit import cost as money

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


def threshold(
    defaulted: ArrayLike,
    probability: ArrayLike,
    amount: ArrayLike,
    repeats: int = 500,
    level: float = 0.95,
    seed: int = 0,
    margin: float = money.MARGIN,
    loss_given_default: float = money.LOSS_GIVEN_DEFAULT,
) -> Interval:
    """The best of ``credit.cost.THRESHOLDS``, searched anew on each draw of the clients; arrays (n_clients,).

    Where the probabilities are calibrated the interval holds the break-even probability. Searching anew is what makes
    it honest: a threshold judged on the very clients that chose it always looks better than any other.
    """
    y, p, loan = (np.asarray(values, dtype=np.float64) for values in (defaulted, probability, amount))
    n, grid = len(y), money.THRESHOLDS
    # A client is accepted at every threshold above its probability: what changes from one threshold to the next is
    # summed once a client, and a draw only weights it.
    first = np.searchsorted(grid, p, side="right")
    lost, kept = loss_given_default * loan * y, margin * loan * (1 - y)
    rng = np.random.default_rng(seed)
    found = np.empty(repeats)
    for number in range(repeats):
        weight = np.bincount(rng.integers(0, n, n), minlength=n)
        change = np.bincount(first, weight * (lost - kept), minlength=len(grid) + 1)[: len(grid)]
        found[number], _ = money.best_threshold(np.cumsum(change) + float(weight @ kept))
    best, _ = money.best_threshold(money.cost_curve(y, p, loan, margin=margin, loss_given_default=loss_given_default))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(best, float(low), float(high))
