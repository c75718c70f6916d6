"""What verdicts earned and cost, in sums that do not say what any one of them is about.

The cost of a decision (`credit.decision.cost.lending_costs`) is linear in the two shares of the costs. A verdict that
lends the share s of the amount A, where the machine alone would have lent m (0 or 1), earns against the machine

    C(m) - C(s) = loss * (m - s) * A * y  -  margin * (m - s) * A * (1 - y)

with y the probability of default, or 1 and 0 once the outcome is known. So the sums of (m - s) * A * y and of
(m - s) * A * (1 - y) are enough for every margin and every loss given default, and the amounts are not needed any more.
"""

from dataclasses import dataclass, fields

import numpy as np

from credit.decision.policy import REFER
from credit.decision_log.decision_arrays import Flags, Floats
from credit.decision_log.reviewed_arrays import ReviewedArrays


@dataclass(frozen=True)
class ReviewSums:
    """Sums over verdicts whose amount is known; money in the currency of AMT_CREDIT.

    ``reviews``: how many verdicts. ``costed``: of how many it is known what a review costs, ``cost``: what these cost.
    ``expected``: what the referred among them were to save. ``referred``, ``referred_cost``: how many of the costed
    were referred, and what these cost. ``bad``, ``good``: sums of (m - s) * A * p and of (m - s) * A * (1 - p).
    ``known``: of how many the outcome counts, ``known_bad``, ``known_good``: the same sums of these, by outcome,
    ``known_cost``: what their reviews cost. ``never_known``: loans that a person alone has refused.
    """

    reviews: int = 0
    costed: int = 0
    cost: float = 0.0
    expected: float = 0.0
    referred: int = 0
    referred_cost: float = 0.0
    bad: float = 0.0
    good: float = 0.0
    known: int = 0
    known_bad: float = 0.0
    known_good: float = 0.0
    known_cost: float = 0.0
    never_known: int = 0

    def __add__(self, other: "ReviewSums") -> "ReviewSums":
        return ReviewSums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def by_probability(self, margin: float, loss: float) -> float:
        """What the verdicts change, if the probabilities are all that there is to know."""
        return loss * self.bad - margin * self.good

    def realised(self, margin: float, loss: float) -> float:
        """What the verdicts whose outcome counts have earned against the machine alone."""
        return loss * self.known_bad - margin * self.known_good


def review_sums(decided: ReviewedArrays, mature: Flags, those: Flags | None = None) -> ReviewSums:
    """Those of n decisions on which a person has decided, and whose amount is known.

    ``mature``: (n,) bool, whether an outcome of the decision's week counts already (`credit.decision_log.maturity`).
    ``those``: (n,) bool, of some of them alone.
    """
    counted = decided.spoken & (decided.amount > 0) & np.isfinite(decided.amount) & np.isfinite(decided.lent)
    if those is not None:
        counted &= those
    told = ~np.isnan(decided.defaulted)
    known, costed, referred = counted & told & mature, counted & ~np.isnan(decided.review_cost), decided.made == REFER

    def cost_of(some: Flags) -> float:
        return float(decided.review_cost[some].sum())

    def moved(defaulted: Floats, some: Flags) -> tuple[float, float]:
        against = (np.where(decided.refuses, 0.0, 1.0) - decided.lent)[some] * decided.amount[some]
        return float((against * defaulted[some]).sum()), float((against * (1 - defaulted[some])).sum())

    bad, good = moved(decided.probability, counted)
    known_bad, known_good = moved(decided.defaulted, known)
    return ReviewSums(
        reviews=int(counted.sum()),
        costed=int(costed.sum()),
        cost=cost_of(costed),
        expected=float(np.nansum(decided.review_worth[counted & referred])),
        referred=int((costed & referred).sum()),
        referred_cost=cost_of(costed & referred),
        bad=bad,
        good=good,
        known=int(known.sum()),
        known_bad=known_bad,
        known_good=known_good,
        known_cost=cost_of(known & costed),
        never_known=int((counted & ~told & ~decided.refuses & (decided.lent == 0)).sum()),
    )
