"""How sure a probability of default is: two intervals, of two things, and whether they leave the decision open.

- **The rate**: how many of the clients who get such an answer, with as much known of them, default
  (`credit.decision.rate_intervals`). It says whether the answer can be taken at its word. Outcomes measure it in any
  bank.
- **The client's own probability**: where it lies among such clients, who differ in what is not known of them, and in
  what the model does not see. The first is measured in any bank, by the answers of the same model once all is known
  (`credit.decision.value_of_information`). The second takes true probabilities, which a simulated bank alone has: no
  outcome shows how far clients differ of whom the same is known, since each has one. Without it the interval is that of
  the answer that the model would give if all were known, and says so.

Variances of log odds add up. The own probability is taken as normal on that scale, around a centre such that its mean
is the answer. Both intervals hold nine of ten.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision.rate_intervals import LEVEL, RateTable
from credit.decision.value_of_information import Unknown, spread_out
from credit.model.log_odds import log_odds
from credit.model.manifest import BundleError

Floats = NDArray[np.float64]

#: What the interval of a client's own probability is of.
TRUTH, FULLER = SUBJECTS = ("truth", "fuller_answer")

#: So many standard deviations from the middle nine of ten of a normal distribution end.
_NORMAL = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True)
class Certainty:
    """How sure the probability of one client is; shares in [0, 1].

    - ``low``, ``high``: between which the client's own probability lies, nine times of ten
    - ``of``: what that is, one of `SUBJECTS`: the true probability, or the answer if all were known
    - ``rate_low``, ``rate_high``: of the default rate among such clients; None where too few of them defaulted
    - ``rate_clients``: on how many it was measured, 0 where it was not
    - ``crosses_break_even``: whether the break-even probability lies between the ends of either, so that knowing
      more may change what is right to do
    """

    low: float
    high: float
    of: str
    rate_low: float | None
    rate_high: float | None
    rate_clients: int
    crosses_break_even: bool

    def to_dict(self) -> dict[str, Any]:
        """As the decision log keeps it."""
        return {
            "low": self.low,
            "high": self.high,
            "of": self.of,
            "rate_low": self.rate_low,
            "rate_high": self.rate_high,
            "crosses_break_even": self.crosses_break_even,
        }


class Certainties:
    """What the loaded model's manifest says of intervals.

    ``written``: the manifest's "intervals", see `credit.training.interval_tables`. ``unknown``: of the same manifest.
    ``break_even``: the probability at which accepting and refusing cost the same. Raises `BundleError` for what cannot
    be used.
    """

    def __init__(self, written: Any, unknown: Unknown, break_even: float) -> None:
        self._unknown, self._break_even = unknown, break_even
        try:
            if written["level"] != LEVEL:
                raise ValueError(f"level {written['level']!r}, where this version reads {LEVEL}")
            self._rates = {frozenset(row["known"]): RateTable.read(row) for row in written["rates"]}
            self._left = None if written["left"] is None else _left(written["left"])
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(
                f"The manifest's intervals cannot be used ({error!r}); measure them again or export the model again."
            ) from None

    @property
    def subject(self) -> str:
        """What the interval of a client's own probability is of, one of `SUBJECTS`."""
        return FULLER if self._left is None else TRUTH

    def of(self, X: Floats, probability: Floats, break_even: Floats | None = None) -> list[Certainty]:
        """For each client of ``X`` (n_clients, n_columns) how sure its ``probability`` (n_clients,) is.

        ``break_even``: (n_clients,) of each client, where segments of the bank have costs of their own.
        """
        equal = np.full(len(X), self._break_even) if break_even is None else break_even
        shares = self._unknown.shares(X)
        states = self._unknown.states(shares)
        rate_low, rate_high = np.full((2, len(X)), np.nan)
        clients = np.zeros(len(X), dtype=np.int64)
        for state in set(states):
            table = self._rates.get(state)
            if table is not None:
                rows = np.flatnonzero([one == state for one in states])
                rate_low[rows], rate_high[rows] = table.ends(probability[rows])
                clients[rows] = table.clients
        low, high = self._own(shares, probability, rate_low, rate_high)
        inside = (low < equal) & (equal <= high)
        inside |= (rate_low < equal) & (equal <= rate_high)  # never of NaN
        return [
            Certainty(*ends, self.subject, None if of == 0 else below, None if of == 0 else above, of, crosses)
            for ends, below, above, of, crosses in zip(
                zip(low.tolist(), high.tolist(), strict=True),
                rate_low.tolist(),
                rate_high.tolist(),
                clients.tolist(),
                inside.tolist(),
                strict=True,
            )
        ]

    def _own(
        self, shares: Mapping[str, Floats], p: Floats, rate_low: Floats, rate_high: Floats
    ) -> tuple[Floats, Floats]:
        """Between which the client's own probability lies; how far the rate itself is known is a part of it."""
        variance = self._unknown.variance(shares, p)
        if self._left is not None:
            variance = variance + np.interp(log_odds(p), *self._left) ** 2
        half = (log_odds(rate_high) - log_odds(rate_low)) / 2 / _NORMAL
        variance = variance + np.nan_to_num(half) ** 2
        spread = np.sqrt(variance)
        values = spread_out(p, spread)
        half_way = values.shape[1] // 2
        middle = log_odds(values[:, half_way - 1 : half_way + 1]).mean(axis=1)
        low, high = (1 / (1 + np.exp(-(middle + sign * _NORMAL * spread))) for sign in (-1, 1))
        # Without a spread both ends are the answer, to its last bit.
        return np.where(spread > 0, np.minimum(low, p), p), np.where(spread > 0, np.maximum(high, p), p)


def _left(written: Any) -> tuple[Floats, Floats]:
    """Scores and standard deviations there, in log odds. Raises ``KeyError``, ``TypeError`` or ``ValueError``."""
    if not isinstance(written, Mapping):
        raise TypeError(f"left {written!r}")
    scores, spread = (np.array(written[name], dtype=np.float64) for name in ("scores", "spread"))
    if scores.shape != spread.shape or scores.ndim != 1 or not len(scores):
        raise ValueError("left has as many scores as spreads")
    if not np.isfinite([*scores, *spread]).all() or (np.diff(scores) <= 0).any() or (spread < 0).any():
        raise ValueError("left has rising scores, and spreads of 0 or more")
    return scores, spread
