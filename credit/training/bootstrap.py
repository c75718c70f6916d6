"""How sure a difference in cost is: the paired bootstrap over clients.

The same clients are drawn for both decision rules, so that what they share cancels and only where they differ counts.
Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

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
