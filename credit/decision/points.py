"""The score as credit people know it: points, of which more are better, on a scale of two agreed numbers.

    points = points_at_odds + double / ln 2 * (ln(odds) - ln(odds_at_points)),   odds = (1 - p) / p of repaying

With the usual 600 points at odds of 50 to 1 and 20 points that double the odds, a probability of default of 1/51 is 600
points, of 1/101 620 and of 1/2 487. The map is strictly decreasing in the probability: it changes no ranking and no
decision. Points are shown to a tenth. There a client on one side of the threshold and one on the other may have the
same points, so both are rounded away from each other: with fewer points than the cut-off a client is refused by the
threshold, with as many or more accepted. Source: N. Siddiqi, Credit Risk Scorecards, 2006, chapter 6 (scaling).

>>> scale = Scale(points=600, odds=50, double=20)
>>> for p in (1 / 101, 1 / 51, 1 / 26, 0.1597, 0.5):
...     print(f"{p:.4f}  odds {(1 - p) / p:5.1f}  points {float(scale.of(p)):.1f}")
0.0099  odds 100.0  points 620.0
0.0196  odds  50.0  points 600.0
0.0385  odds  25.0  points 580.0
0.1597  odds   5.3  points 535.0
0.5000  odds   1.0  points 487.1
>>> scale.cut_off(0.1597)
535.1
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: Points are shown to a tenth.
_PARTS = 10


@dataclass(frozen=True)
class Scale:
    """A scale of points, fixed by one place on it and its slope.

    - ``points``: what a client has at odds of ``odds`` to 1 of repaying, points, finite
    - ``odds``: of repaying at which ``points`` are had, to 1, finite, > 0
    - ``double``: how many more points double the odds, points, finite, > 0

    Raises ``ValueError`` for a number outside its range.
    """

    points: float = 600.0
    odds: float = 50.0
    double: float = 20.0

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (self.points, self.odds, self.double)):
            raise ValueError(f"the points scale needs finite numbers, but is {self}")
        if self.odds <= 0 or self.double <= 0:
            raise ValueError(
                f"odds and the points that double them must be above 0, but are {self.odds:g} and {self.double:g}; "
                "600 points at odds of 50 to 1 and 20 points that double the odds are usual"
            )

    def of(self, probability: ArrayLike) -> Floats:
        """Points, same shape, of probabilities of default in [0, 1]; not rounded. 0 gives inf, 1 gives -inf.

        Raises ``ValueError`` for a probability outside [0, 1].
        """
        p = np.asarray(probability, dtype=np.float64)
        if not ((p >= 0) & (p <= 1)).all():
            raise ValueError("a probability of default must be between 0 and 1")
        with np.errstate(divide="ignore"):
            log_odds = np.log1p(-p) - np.log(p)
        return self.points + self.double / math.log(2) * (log_odds - math.log(self.odds))

    def probability(self, points: ArrayLike) -> Floats:
        """The probabilities of default that have these points, same shape: the inverse of ``of``."""
        log_odds = (
            math.log(self.odds) + (np.asarray(points, dtype=np.float64) - self.points) * math.log(2) / self.double
        )
        # 1 / (1 + e^x) without overflow on either side.
        return np.exp(-np.logaddexp(0.0, log_odds))

    def cut_off(self, threshold: float) -> float:
        """The fewest points, to a tenth, with which a client is accepted who is refused from ``threshold`` on.

        The next tenth above the threshold's points: with exactly these a client is refused. inf for a threshold of 0,
        which refuses everybody; -inf for one of 1, which accepts all but the certain defaulters.
        """
        points = float(self.of(threshold))
        return (math.floor(points * _PARTS) + 1) / _PARTS if math.isfinite(points) else points

    def shown(self, probability: ArrayLike, threshold: float) -> Floats:
        """Points to a tenth, same shape as ``probability``, by which the threshold decides as by the probability.

        At most a tenth away from those of ``of``. Below ``cut_off`` of the same threshold are those with
        p >= threshold, and no others. Raises ``ValueError`` as ``of`` does.
        """
        p = np.asarray(probability, dtype=np.float64)
        points = np.round(self.of(p) * _PARTS) / _PARTS
        least = self.cut_off(threshold)
        if not math.isfinite(least):
            return points
        most = (round(least * _PARTS) - 1) / _PARTS
        return np.where(p >= threshold, np.minimum(points, most), np.maximum(points, least))

    def written(self) -> dict[str, float]:
        """As the manifest keeps it."""
        return {"points": self.points, "odds": self.odds, "double": self.double}

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Scale":
        """From a manifest. Raises ``ValueError`` as the class does, ``KeyError`` for a number that is not there."""
        return cls(float(written["points"]), float(written["odds"]), float(written["double"]))
