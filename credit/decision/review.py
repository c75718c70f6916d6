"""Who is worth a person's look: where a wrong decision is likely, and costs much.

By the probability alone, the decision on a client is wrong with probability p if it accepts and 1 - p if it refuses.
With the amount A, the margin m and the loss given default l it costs p * l * A to accept and (1 - p) * m * A to refuse
in expectation; the decision takes the smaller of both, and that much is at stake. A reviewer who finds a share s of the
wrong decisions saves s * A * min(p * l, (1 - p) * m); the client is referred where that is more than the review costs.
The stake is greatest at p = m / (m + l), so who is referred is near the break-even probability, and nearer for a small
loan than for a large one. The probability alone does not say who: nobody reviews a loan for less than the review costs.
Source: C. Chow, On Optimum Recognition Error and Reject Tradeoff, IEEE Trans. Inf. Theory, 1970, with costs by client.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.decision.cost import Costs

Floats = NDArray[np.float64]

#: What is decided of a client, in the order of rising risk.
ACCEPT, REFER, REFUSE = DECISIONS = ("accept", "refer", "refuse")

#: The share of applications that a bank reviews whose own settings are not given.
CAPACITY = 0.10
#: The share of wrong decisions that a reviewer finds whose own is not given.
SKILL = 0.5


class Shares(Protocol):
    """What errors cost, as shares of the loan: one number for all clients, or (n_clients,) where they differ."""

    @property
    def margin(self) -> float | Floats:
        """Forgone with a refused client who would have repaid."""

    @property
    def loss_given_default(self) -> float | Floats:
        """Lost with an accepted client who defaults."""


def at_stake(probability: ArrayLike, amount: ArrayLike, costs: Shares) -> Floats:
    """What the cheaper of both decisions costs each client in expectation: A * min(p * l, (1 - p) * m).

    ``probability``, ``amount``: arrays (n_clients,), of default and AMT_CREDIT. In the currency of the amount; NaN
    where either is not known. Of five loans of 1,000 most is at stake in the one near the break-even probability:

    >>> at_stake([0.01, 0.10, 0.16, 0.30, 0.90], [1000] * 5, Costs()).round(1).tolist()
    [10.0, 100.0, 159.6, 133.0, 19.0]
    """
    p, loan = np.asarray(probability, dtype=np.float64), np.asarray(amount, dtype=np.float64)
    return loan * np.minimum(p * costs.loss_given_default, (1 - p) * costs.margin)


@dataclass(frozen=True)
class Review:
    """What a review costs and finds.

    - ``cost``: of one review, in the currency of AMT_CREDIT, >= 0; infinite where nobody reviews
    - ``skill``: share of the wrong decisions that a reviewer puts right, in (0, 1]
    - ``capacity``: share of applications from which ``cost`` was worked out, in [0, 1]; None where the cost was given

    Raises ``ValueError`` for a value outside its range.
    """

    cost: float
    skill: float = SKILL
    capacity: float | None = None

    def __post_init__(self) -> None:
        if not self.cost >= 0:
            raise ValueError(f"a review costs 0 or more, in the currency of the loans, but the cost is {self.cost}")
        if not 0 < self.skill <= 1:
            raise ValueError(
                f"a reviewer's skill is the share of wrong decisions that a review puts right, above 0 and at most 1, "
                f"but it is {self.skill}"
            )
        if self.capacity is not None and not 0 <= self.capacity <= 1:
            raise ValueError(
                f"the capacity is the share of applications that are reviewed, from 0 to 1, but it is {self.capacity}"
            )

    @classmethod
    def at_capacity(
        cls,
        probability: ArrayLike,
        amount: ArrayLike,
        costs: Costs,
        capacity: float = CAPACITY,
        skill: float = SKILL,
    ) -> "Review":
        """The review that pays for so large a share of these clients, those with most at stake, and for no more.

        ``probability``, ``amount``: arrays (n_clients,) of clients whom the model had not seen. ``capacity``: 0 refers
        no client, 1 all of whom something is at stake. ``costs``: of wrong decisions, from which the stakes follow.
        ``skill``: share of the wrong decisions that a reviewer puts right, in (0, 1]. Raises ``ValueError`` as the
        class does, and without clients.
        """
        checked = cls(0.0, skill, capacity)
        stake = np.sort(at_stake(probability, amount, costs))[::-1]
        if not len(stake):
            raise ValueError("a capacity needs clients whose stakes are known; use more clients")
        reviewed = math.floor(capacity * len(stake))
        if reviewed == 0:
            return cls(math.inf, skill, checked.capacity)
        return cls(0.0 if reviewed == len(stake) else float(skill * stake[reviewed]), skill, capacity)

    def worth(self, probability: ArrayLike, amount: ArrayLike, costs: Shares) -> Floats:
        """What reviewing each client saves in expectation, before the cost of the review: array (n_clients,)."""
        return self.skill * at_stake(probability, amount, costs)

    def pays(self, probability: ArrayLike, amount: ArrayLike, costs: Shares) -> NDArray[np.bool_]:
        """Whom to refer, array (n_clients,): where a review saves more than it costs. False where that is not known."""
        return np.asarray(self.worth(probability, amount, costs) > self.cost)

    def band(self, amount: float, costs: Costs) -> tuple[float, float] | None:
        """Between which probabilities a loan of this amount is referred, both excluded; None where it never is."""
        saved = self.skill * amount  # 0 also of the smallest amounts that a double holds
        if not saved > 0 or math.isinf(self.cost):
            return None
        share = self.cost / saved
        low, high = share / costs.loss_given_default, 1 - share / costs.margin
        return (low, high) if low < high else None

    def to_dict(self) -> dict[str, float | None]:
        """As the manifest has it: an infinite cost is null there."""
        return {**asdict(self), "cost": None if math.isinf(self.cost) else self.cost}

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> "Review | None":
        """What a model's manifest has under ``review``; None where there is no such part.

        Raises ``ValueError`` for a part that lacks a value or holds one that is none of the above.
        """
        written = manifest.get("review")
        if written is None:
            return None
        try:
            cost, capacity = written["cost"], written["capacity"]
            return cls(
                math.inf if cost is None else float(cost),
                float(written["skill"]),
                None if capacity is None else float(capacity),
            )
        except (KeyError, TypeError):
            raise ValueError(f"review must give cost, skill and capacity, not {written!r}") from None


def decided(
    probability: ArrayLike, amount: ArrayLike, threshold: float | Floats, costs: Shares, review: Review | None
) -> NDArray[np.str_]:
    """The one rule, array (n_clients,) of `DECISIONS`: refer where a review pays; else refuse from the threshold on.

    ``probability``, ``amount``: arrays (n_clients,), of default and AMT_CREDIT. ``threshold``, ``costs``: of all, or
    client by client. ``review``: None refers no client. A client whose amount is not known (NaN) is decided by the
    threshold alone.
    """
    p = np.asarray(probability, dtype=np.float64)
    found = np.where(p >= threshold, REFUSE, ACCEPT)
    return found if review is None else np.where(review.pays(p, amount, costs), REFER, found)


def priced(review: Review | None) -> Review | None:
    """A review whose cost is known, None where nobody reviews: what it costs and saves to look at a client whom a rule
    of the bank refers all the same is not known.
    """
    return None if review is None or math.isinf(review.cost) else review


def costs_with_reviews(by_threshold: Floats, referred: NDArray[np.bool_], review: Review | None) -> Floats:
    """What each client costs where reviewers look at those referred, array (n_clients,), in the currency of the loans.

    ``by_threshold``: (n_clients,) what the threshold's decision costs, drawn or in expectation. Of a client who is
    ``referred`` the reviewer puts a wrong decision right with the chance ``skill``: the share 1 - skill of its cost is
    left, and the cost of the review is added, whether or not the decision was wrong.
    """
    if review is None:
        return by_threshold
    return np.where(referred, (1 - review.skill) * by_threshold + review.cost, by_threshold)


@dataclass(frozen=True)
class Plan:
    """What a bank says of its reviews: what one costs, or the share of applications that its people can review.

    - ``skill``: share of the wrong decisions that a reviewer puts right, in (0, 1]
    - ``capacity``: share of applications that can be reviewed, in [0, 1]; None where ``cost`` is given
    - ``cost``: of one review, in the currency of AMT_CREDIT, >= 0; None where ``capacity`` is given

    Raises ``ValueError`` where both or neither of ``capacity`` and ``cost`` are given, and as `Review` does.
    """

    skill: float = SKILL
    capacity: float | None = CAPACITY
    cost: float | None = None

    def __post_init__(self) -> None:
        if (self.capacity is None) == (self.cost is None):
            raise ValueError(
                "reviews need either their cost or a capacity, not both and not neither; the cost follows from the "
                "capacity"
            )
        Review(0.0 if self.cost is None else self.cost, self.skill, self.capacity)

    @classmethod
    def of(cls, review: Review) -> "Plan":
        """The plan from which a review was worked out."""
        return cls(review.skill, review.capacity, review.cost if review.capacity is None else None)

    def review(self, probability: ArrayLike, amount: ArrayLike, costs: Costs) -> Review:
        """The review of this plan; arguments and errors are those of `Review.at_capacity`."""
        if self.capacity is None:
            assert self.cost is not None  # one of both is given
            return Review(self.cost, self.skill)
        return Review.at_capacity(probability, amount, costs, self.capacity, self.skill)

    def __str__(self) -> str:
        amount = f"{self.capacity:.4g} of the clients" if self.cost is None else f"a review costs {self.cost:,.4g}"
        return f"{amount}, a reviewer finds {self.skill:.4g} of the wrong decisions"
