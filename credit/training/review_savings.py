"""What reviews save: the cost of accept, refer and refuse together, and the money saved against how many are reviewed.

A referral is counted by the reviewer's skill s: of a client whose decision by the threshold is wrong, the share 1 - s
of its cost is left, and each review costs what it costs. The money saved by a capacity is gross, before that cost: what
remains to be compared with the wages of the reviewers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.decision.cost import Costs
from credit.decision.review import Review, at_stake, costs_with_reviews

Floats = NDArray[np.float64]


def threshold_costs(chance: ArrayLike, refused: ArrayLike, amount: ArrayLike, costs: Costs) -> Floats:
    """What each decision costs, array (n_clients,): l * p * A where accepted, m * (1 - p) * A where refused.

    ``chance``: (n_clients,) of default: the outcome (0 or 1), or the true probability of a simulated bank. ``refused``:
    (n_clients,) 0/1. ``amount``: (n_clients,), AMT_CREDIT. ``costs``: of errors.
    """
    p, loan = np.asarray(chance, dtype=np.float64), np.asarray(amount, dtype=np.float64)
    no = np.asarray(refused, dtype=bool)
    return loan * np.where(no, costs.margin * (1 - p), costs.loss_given_default * p)


def served_costs(
    chance: ArrayLike,
    probability: ArrayLike,
    amount: ArrayLike,
    threshold: float,
    costs: Costs,
    review: Review | None,
) -> Floats:
    """What each client costs under the rule that is served, array (n_clients,); ``chance`` as `threshold_costs`.

    ``probability``: (n_clients,), as the model says. ``amount``: (n_clients,), AMT_CREDIT. ``threshold``: of those who
    are not referred. ``costs``: of errors. ``review``: None refers no client.
    """
    p = np.asarray(probability, dtype=np.float64)
    by_threshold = threshold_costs(chance, p >= threshold, amount, costs)
    referred = np.zeros(len(p), bool) if review is None else review.pays(p, amount, costs)
    return costs_with_reviews(by_threshold, referred, review)


@dataclass(frozen=True)
class Saved:
    """Money saved by reviewing a growing share of the clients, as shares of what accepting everybody costs.

    ``share``: (n + 1,) of the clients, from 0 to 1. ``by_stake``: (n + 1,) saved where those with most at stake are
    reviewed first; ``at_random``: (n + 1,) where they are drawn at random. Both before the cost of the reviews, by
    reviewers of this ``skill``.
    """

    skill: float
    share: Floats
    by_stake: Floats
    at_random: Floats

    def at(self, share: float) -> tuple[float, float]:
        """By stake and at random, where this share of the clients is reviewed."""
        return float(np.interp(share, self.share, self.by_stake)), float(np.interp(share, self.share, self.at_random))


def saved_by_capacity(
    chance: ArrayLike, probability: ArrayLike, amount: ArrayLike, threshold: float, costs: Costs, skill: float
) -> Saved:
    """What reviewers save on clients whom the model had not seen; arrays (n_clients,), ``chance`` as `threshold_costs`.

    ``amount``: AMT_CREDIT. ``threshold``: refused at or above. ``costs``: of errors. ``skill``: share of the wrong
    decisions that the reviewers put right. The order is by what the model's ``probability`` says is at stake; what is
    saved is counted by ``chance``. Raises ``ValueError`` where nobody defaulted, since savings are shares of what
    accepting everybody costs.
    """
    p = np.asarray(probability, dtype=np.float64)
    everybody = float(threshold_costs(chance, np.zeros(len(p)), amount, costs).sum())
    if everybody <= 0:
        raise ValueError("no client defaulted, so accepting everybody costs nothing and no saving can be given")
    order = np.argsort(-at_stake(p, amount, costs), kind="stable")
    avoided = skill * threshold_costs(chance, p >= threshold, amount, costs)[order] / everybody
    by_stake = np.concatenate([[0.0], np.cumsum(avoided)])
    share = np.arange(len(p) + 1) / len(p)
    return Saved(skill, share, by_stake, share * by_stake[-1])
