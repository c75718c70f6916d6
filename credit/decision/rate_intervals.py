"""How many of the clients who get an answer default: an interval of that rate, and not of one client's probability.

Clients who were held out are cut into bins of rising scores. Of a bin with the mean score m, of whose n clients k
defaulted, Wilson's interval of k / n says where the rate of such clients lies. Ends are laid on the scale of log odds
at that of m, and on straight lines between; below the first bin and above the last one the lines go on in parallel to
the answer itself. So within a bin the rate rises with the score, as it does among clients. Both ends are made to rise:
the lower one by lowering, the upper one by raising what does not.

Each state of what is known has bins of its own: an interval that holds over all states may be wrong in one of them
(Mondrian: V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005, section 4.5).

Inductive Venn-Abers was measured, too (``benchmarks/decisions.py intervals``): its two probabilities lie between
what isotonic regression says with the client as a good one and as a bad one. They allow for one more client, not for
the luck of those in the table, so of large samples they are a point, which is not where the rate is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.decision.intervals import FEWEST_DEFAULTS, wilson
from credit.model.log_odds import log_odds

Floats = NDArray[np.float64]

#: The share of rates that the interval is to hold.
LEVEL = 0.9
#: A bin has so many expected defaults at least, and there are so many bins at most: more of them follow the scores
#: closer, and each is wider.
DEFAULTS_A_BIN, MOST_BINS = 40, 15
#: Digits of the ends, in log odds: a thousandth of the rate.
_DIGITS = 3


@dataclass(frozen=True)
class RateTable:
    """The rates of one state of what is known.

    ``clients``, ``defaults``: how many were looked at. ``scores``: (bins,) rising, log odds of the mean score of each
    bin. ``low``, ``high``: (bins,) not falling, the ends of the interval there, in log odds.
    """

    clients: int
    defaults: int
    scores: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, defaulted: ArrayLike, probability: ArrayLike, level: float = LEVEL) -> "RateTable | None":
        """From clients who were held out; both arrays (n,). None where fewer than ten defaulted, or repaid.

        >>> table = RateTable.of([0] * 80 + [1] * 20, [0.2] * 100)
        >>> low, high = table.ends([0.2])
        >>> low.round(2).tolist(), high.round(2).tolist()
        ([0.14], [0.27])
        """
        y, p = np.asarray(defaulted, dtype=np.float64), np.asarray(probability, dtype=np.float64)
        if min(y.sum(), len(y) - y.sum()) < FEWEST_DEFAULTS:
            return None
        order = np.argsort(p, kind="stable")
        y, p = y[order], p[order]
        bins = int(np.clip(y.sum() // DEFAULTS_A_BIN, 1, MOST_BINS))
        expected = np.cumsum(p)
        ends = np.searchsorted(expected, expected[-1] * np.arange(1, bins) / bins)
        ends = np.searchsorted(p, p[ends], side="left")  # equal scores stay in one bin
        starts = np.unique([0, *ends.tolist()])
        means = _rounded(log_odds(np.add.reduceat(p, starts) / np.diff([*starts.tolist(), len(p)])))
        starts = starts[np.diff(means, prepend=-np.inf) > 0]  # bins of one score, to its last digit, are one bin
        number = np.diff([*starts.tolist(), len(p)])
        low, high = wilson(np.add.reduceat(y, starts), number, level)
        return cls(
            clients=len(y),
            defaults=int(y.sum()),
            scores=_rounded(log_odds(np.add.reduceat(p, starts) / number)),
            low=np.minimum.accumulate(_rounded(log_odds(low))[::-1])[::-1],
            high=np.maximum.accumulate(_rounded(log_odds(high))),
        )

    def ends(self, probability: ArrayLike) -> tuple[Floats, Floats]:
        """Low and high of the rate among clients with such a ``probability`` (n,): arrays (n,), in [0, 1]."""
        score = log_odds(probability)
        inside = np.clip(score, self.scores[0], self.scores[-1])
        return tuple(  # type: ignore[return-value]
            1 / (1 + np.exp(-(np.interp(inside, self.scores, ends) + score - inside))) for ends in (self.low, self.high)
        )

    def to_dict(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        return {
            "clients": self.clients,
            "defaults": self.defaults,
            **{name: getattr(self, name).tolist() for name in ("scores", "low", "high")},
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "RateTable":
        """What `to_dict` has written. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
        scores, low, high = (np.array(written[name], dtype=np.float64) for name in ("scores", "low", "high"))
        rows = np.stack([scores, low, high])  # raises ValueError where the three differ in length
        if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all() or (low > high).any():
            raise ValueError("a table of rates has as many scores as ends, and each low end at most its high one")
        if (np.diff(scores) <= 0).any() or (np.diff(rows[1:], axis=1) < 0).any():
            raise ValueError("the scores of a table of rates rise, and its ends do not fall")
        return cls(int(written["clients"]), int(written["defaults"]), scores, low, high)


def _rounded(values: Floats) -> Floats:
    return np.round(values, _DIGITS)
