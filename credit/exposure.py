"""How much is lent at which probability of default: all that a change of costs needs, and no client in it.

The amounts of the training clients, summed between one threshold and the next, apart for those who repaid and those
who defaulted. From them follow, exactly, the cost at every threshold for any margin and any loss given default: a new
threshold needs neither a training nor a client. The sums of squared amounts say how sure a difference in cost is.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit import cost as money

Floats = NDArray[np.float64]

#: Two-sided normal quantile of a 95 % interval.
_Z95 = 1.959964


@dataclass(frozen=True)
class Exposure:
    """Arrays (100,): element k is about the clients whose probability lies in [k / 100, (k + 1) / 100).

    ``defaulted``, ``repaid``: sums of AMT_CREDIT, in its currency. ``defaulted_squares``, ``repaid_squares``: sums of
    its squares.
    """

    defaulted: Floats
    repaid: Floats
    defaulted_squares: Floats
    repaid_squares: Floats

    @classmethod
    def of(cls, defaulted: ArrayLike, probability: ArrayLike, amount: ArrayLike) -> "Exposure":
        """Of clients whose probabilities come from models that had not seen them; arrays (n_clients,)."""
        y, p, loan = (np.asarray(values, dtype=np.float64) for values in (defaulted, probability, amount))
        if not y.shape == p.shape == loan.shape or y.ndim != 1:
            raise ValueError(
                f"one outcome, probability and amount a client, but have {y.shape}, {p.shape}, {loan.shape}"
            )
        bins, size = np.searchsorted(money.THRESHOLDS, p, side="right"), len(money.THRESHOLDS) + 1

        def summed(values: Floats) -> Floats:
            return np.bincount(bins, values, minlength=size).astype(np.float64)

        return cls(summed(loan * y), summed(loan * (1 - y)), summed(loan**2 * y), summed(loan**2 * (1 - y)))

    def curve(self, margin: float = money.MARGIN, loss_given_default: float = money.LOSS_GIVEN_DEFAULT) -> Floats:
        """The cost at each of ``credit.cost.THRESHOLDS``, (99,): what ``credit.cost.cost_curve`` gives."""
        money.break_even_probability(margin, loss_given_default)  # refuses shares that are none
        lost, forgone = np.cumsum(self.defaulted)[:-1], self.repaid.sum() - np.cumsum(self.repaid)[:-1]
        return loss_given_default * lost + margin * forgone

    def cost(
        self,
        threshold: float,
        margin: float = money.MARGIN,
        loss_given_default: float = money.LOSS_GIVEN_DEFAULT,
    ) -> float:
        """The cost of refusing from a threshold on, at the nearest of ``credit.cost.THRESHOLDS``."""
        return float(self.curve(margin, loss_given_default)[_position(threshold)])

    def accept_everybody(self, loss_given_default: float = money.LOSS_GIVEN_DEFAULT) -> float:
        """The cost of refusing nobody."""
        return float(loss_given_default * self.defaulted.sum())

    def refer(
        self, threshold: float, margin: float = money.MARGIN, loss_given_default: float = money.LOSS_GIVEN_DEFAULT
    ) -> tuple[float, float]:
        """The refer band around a threshold of ``THRESHOLDS``: lowest and highest whose cost is not surely another.

        A threshold is told apart where the difference in cost is more than 1.96 standard errors from 0; the variance
        of a sum over clients drawn anew is the sum of the squares. The bootstrap of ``credit.training`` gives the same
        band from the clients themselves.
        """
        curve = self.curve(margin, loss_given_default)
        variance = loss_given_default**2 * self.defaulted_squares + margin**2 * self.repaid_squares
        between = np.concatenate([[0.0], np.cumsum(variance[1:-1])])
        here = _position(threshold)
        error = np.sqrt(np.abs(between - between[here]))
        same = np.abs(curve - curve[here]) <= _Z95 * error
        return ends(same)

    def written(self) -> dict[str, list[float]]:
        """As the manifest keeps it."""
        return {
            name: np.round(getattr(self, name), 2).tolist()
            for name in ("defaulted", "repaid", "defaulted_squares", "repaid_squares")
        }

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Exposure":
        """From a manifest. Raises ``KeyError`` or ``ValueError`` where it is not what ``written`` gives."""
        parts = [np.asarray(written[name], dtype=np.float64) for name in cls.__dataclass_fields__]
        if any(part.shape != (len(money.THRESHOLDS) + 1,) for part in parts):
            raise ValueError("an exposure has a sum for each hundredth of probability")
        return cls(*parts)


def _position(threshold: float) -> int:
    return int(np.argmin(np.abs(money.THRESHOLDS - threshold)))


def ends(same: NDArray[np.bool_]) -> tuple[float, float]:
    """The lowest and the highest threshold of those marked in ``same`` (99,), at least one of which is."""
    marked = money.THRESHOLDS[same]
    return float(marked[0]), float(marked[-1])
