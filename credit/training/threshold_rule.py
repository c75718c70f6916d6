"""Which threshold is exported: the break-even probability, unless a search is shown to win by more than its noise.

Of true probabilities no threshold costs less in expectation than b = m / (m + l) (`credit.decision.cost`). The
threshold t that costs least on the training clients, out of fold, is another one by chance; deciding at it costs money,
the more the fewer clients there are. It is better only where the probabilities are off around b. So the search is a
test of the calibration first: its interval comes from searching on clients drawn anew, and where b lies outside, that
is said.

Whether the search would also save money is judged by cross-fitting. For each fold k, t_k is searched on the clients of
the other folds, and only those of fold k judge it:

    gain = sum over k of (cost on fold k of refusing from b on - cost on fold k of refusing from t_k on)

The luck of the clients that chose t_k is not in it. Its variance, for clients drawn anew, is the sum of the squared
differences of their costs. The search is taken where gain - 1.96 standard errors is above 0, else b. All of it needs
sums only (`credit.decision.exposure`), so that `python -m credit threshold` decides by the same rule at other costs.
Sources: C. Elkan, IJCAI 2001 (b); M. Stone, Journal of the Royal Statistical Society B 36, 1974 (cross-validation).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.intervals import Interval
from credit.training.bootstrap import Redrawn

Floats = NDArray[np.float64]

#: Two-sided normal quantile of a 95 % interval.
_Z95 = 1.959964
#: Of the grid that is searched.
HALF_A_STEP = 0.005


@dataclass(frozen=True)
class Threshold:
    """The threshold that is exported, and the search beside it.

    ``value``: refuse at or above. ``cost``: at it on the training clients, out of fold, in the currency of AMT_CREDIT.
    ``break_even``: where theory puts it. ``curve``: (99,) the cost at each of ``credit.decision.cost.THRESHOLDS``.
    ``searched``: the one of least cost, with the 95 % interval of a search on clients drawn anew. ``gain``: what the
    search gains over break-even on clients that did not choose, with its 95 % interval, as a share of what accepting
    everybody costs. ``alike``: the lowest and the highest threshold whose cost cannot be told from that of ``value``.
    """

    value: float
    cost: float
    break_even: float
    curve: Floats
    searched: Interval
    gain: Interval
    alike: tuple[float, float]

    @property
    def taken(self) -> bool:
        """Whether the search is shown to win, so that ``value`` is the searched threshold."""
        return self.gain.low > 0

    @property
    def agrees(self) -> bool:
        """Whether the interval of the search holds the break-even probability, as it does of right probabilities.

        A search over hundredths finds a threshold to half a hundredth and no nearer.
        """
        return self.searched.low - HALF_A_STEP <= self.break_even <= self.searched.high + HALF_A_STEP

    @property
    def warning(self) -> str | None:
        """What is wrong where theory and search do not agree, and what to do; None where they do."""
        if self.agrees:
            return None
        side = "low" if self.searched.high < self.break_even else "high"
        return (
            f"the best threshold on clients drawn anew lies between {self.searched.low:.2f} and "
            f"{self.searched.high:.2f}, and break-even, {self.break_even:.4f}, does not: around it the probabilities "
            f"of default are too {side}; look at the calibration in notebook 2"
        )

    def sentences(self) -> list[str]:
        """Which threshold was taken and why, for the terminal, the notebook and the model card."""
        found = (
            f"The search over 0.01 to 0.99 finds {self.searched.estimate:.2f} (95 % interval {self.searched.low:.2f} "
            f"to {self.searched.high:.2f})"
        )
        gain = (
            f"{100 * self.gain.estimate:+.2f} points (95 % interval {100 * self.gain.low:+.2f} to "
            f"{100 * self.gain.high:+.2f}) on clients that did not choose"
        )
        if self.taken:
            said = [
                f"Threshold {self.value:.4f}, by the search, not break-even, {self.break_even:.4f}.",
                f"{found} and gains {gain}: more than its noise, so it is taken.",
            ]
        else:
            said = [
                f"Threshold {self.value:.4f}: break-even, the best there is for right probabilities.",
                f"{found} and gains {gain}: not surely more than nothing, so theory decides."
                if math.isfinite(self.gain.estimate)
                else f"{found}; this model keeps no amounts by fold that could judge it, so theory decides.",
            ]
        low, high = self.alike
        said.append(f"Thresholds from {low:.4g} to {high:.4g} cannot be told apart from it by what they cost.")
        return [*said, *([f"Warning: {self.warning}."] if self.warning else [])]

    def to_dict(self) -> dict[str, Any]:
        """As the manifest has it, under ``threshold``."""
        return {
            "best": self.value,
            "break_even": self.break_even,
            "out_of_fold_cost": self.cost,
            "rule": "search" if self.taken else "break-even",
            "searched": {"best": self.searched.estimate, "low": self.searched.low, "high": self.searched.high},
            "gain": {
                name: value if math.isfinite(value) else None
                for name, value in (("points", self.gain.estimate), ("low", self.gain.low), ("high", self.gain.high))
            },
            "alike": {"low": self.alike[0], "high": self.alike[1]},
            "warning": self.warning,
        }


def choose_threshold(
    defaulted: ArrayLike,
    out_of_fold: ArrayLike,
    amount: ArrayLike,
    exposure: Exposure,
    redrawn: Redrawn,
    costs: Costs,
) -> Threshold:
    """The threshold of clients whom the model had not seen; arrays (n_clients,).

    ``exposure``, with folds, and ``redrawn``: of the same clients. ``defaulted``: 0/1. ``out_of_fold``: probabilities
    by models that had not seen the client. ``amount``: AMT_CREDIT. ``costs``: of errors.
    """
    gain, value = _judged(exposure, redrawn.curve, costs)
    at = money.cost_curve(defaulted, out_of_fold, amount, [value], **costs.to_dict())
    return _threshold(value, float(at[0]), redrawn, gain, redrawn.alike(value), costs)


def threshold_of(exposure: Exposure, costs: Costs) -> Threshold:
    """The same rule where only the sums of the clients are left: the threshold that ``choose_threshold`` gives.

    Cost and gain at break-even are interpolated within its hundredth. Where the exposure has no folds, as those that
    earlier versions wrote, the search cannot be judged and break-even is kept.
    """
    redrawn = Redrawn(exposure.curve(costs), exposure.redrawn(costs))
    gain, value = _judged(exposure, redrawn.curve, costs)
    return _threshold(value, exposure.cost(value, costs), redrawn, gain, exposure.alike(value, costs), costs)


def gain_of_search(exposure: Exposure, costs: Costs) -> Interval:
    """What the search gains over break-even, cross-fitted, as a share of what accepting everybody costs.

    NaN where the exposure has no folds. Raises ``ValueError`` where nobody defaulted.
    """
    if len(exposure.folds) < 2:
        return Interval(math.nan, math.nan, math.nan)
    everybody = exposure.accept_everybody(costs)
    if everybody <= 0:
        raise ValueError("no client defaulted, so accepting everybody costs nothing and no threshold can be judged")
    whole, b = exposure.curve(costs), costs.break_even
    gain, variance = 0.0, 0.0
    for fold in exposure.folds:
        found, _ = money.best_threshold(whole - fold.curve(costs))
        gain += fold.cost(b, costs) - fold.cost(found, costs)
        variance += fold.variance(found, b, costs)
    half = _Z95 * math.sqrt(variance)
    return Interval(gain / everybody, (gain - half) / everybody, (gain + half) / everybody)


def _judged(exposure: Exposure, curve: Floats, costs: Costs) -> tuple[Interval, float]:
    gain = gain_of_search(exposure, costs)
    return gain, money.best_threshold(curve)[0] if gain.low > 0 else costs.break_even


def _threshold(
    value: float, cost: float, redrawn: Redrawn, gain: Interval, alike: tuple[float, float], costs: Costs
) -> Threshold:
    return Threshold(value, cost, costs.break_even, redrawn.curve, redrawn.threshold(), gain, alike)
