"""How sure a threshold and a cost curve are: the bootstrap over clients.

Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval). Its
interval of a saving, or of an area under the ROC curve, holds the truth too seldom: see ``credit.decision.intervals``
for those.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import ends
from credit.decision.intervals import Interval


@dataclass(frozen=True)
class Redrawn:
    """Cost curves of bootstrap samples: how sure a threshold is, and a curve.

    ``curve``: (99,) the cost at each of ``credit.decision.cost.THRESHOLDS`` on the clients themselves. ``curves``:
    (repeats, 99) on each draw. All in the currency of AMT_CREDIT.
    """

    curve: NDArray[np.float64]
    curves: NDArray[np.float64]

    def threshold(self, level: float = 0.95) -> Interval:
        """The best threshold, searched on each sample.

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
        not about clients: whom a person should look at depends on what is at stake, see `credit.decision.review`.
        Between two hundredths a curve is taken to be straight.
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
    """Draw ``repeats`` bootstrap samples and count the cost at every threshold; arrays (n_clients,).

    ``defaulted``: 0/1. ``probability``: of default. ``amount``: AMT_CREDIT, in its currency. ``costs``: of errors.
    ``seed``: of the draws; the same gives the same samples.
    """
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
