"""The answer of GET /policy: two policies on the same clients."""

from typing import Annotated

from credit.decision.approval_frontier import Frontier
from credit.model.quantities import Count, Date, NotNegative, Sha256, one_of
from credit.monitoring.policy_comparison import VALUED_BY
from credit.monitoring.policy_effects import GroupEffect, LargestChange, Move, Realised, Reviews, RuleEffect
from credit.web.answers.answer import Answer, ModelVersion

#: So many decisions of the log are compared where the request does not say, and at most so many.
COMPARED, MOST_COMPARED = 2_000, 10_000


class DecisionCounts(Answer, frozen=True):
    """How many clients there are of each decision.

    - ``accept``: accepted
    - ``refer``: referred to a person
    - ``refuse``: refused
    """

    accept: Count
    refer: Count
    refuse: Count


class PolicyDifference(Answer, frozen=True):
    """What becomes of the clients with the new policy in place of the old one.

    - ``model``: whose probabilities both use
    - ``about``: which policies and clients are compared, a sentence
    - ``on``: the day of which the rules are in force
    - ``old``: the identity of the old policy
    - ``new``: the identity of the new one
    - ``valued_by``: whose margins and losses value both
    - ``clients``: decided on
    - ``without_amount``: left out, for their loan has no amount
    - ``decisions_old``: what the old policy decides
    - ``decisions_new``: what the new one does
    - ``cost_old``: the expected cost of the old policy
    - ``cost_new``: that of the new one
    - ``everybody``: that of accepting every client
    - ``reviewed``: whether the model says what a review costs; else a referred client costs as the threshold decides
    - ``realised``: the same by known outcomes; null where none is known
    - ``reviews``: how many reviews each policy asks for, and for how many there is time
    - ``moves``: who changes sides, by old and new decision
    - ``rules``: what each rule of the bank does
    - ``groups``: how it falls on women and men, on ages and on segments
    - ``largest``: the largest loans that change sides; null for a key that does not see the cases of all
    - ``frontier``: approvals against expected loss
    """

    model: ModelVersion
    about: str
    on: Date
    old: Sha256
    new: Sha256
    valued_by: Annotated[str, one_of(VALUED_BY)]
    clients: Count
    without_amount: Count
    decisions_old: DecisionCounts
    decisions_new: DecisionCounts
    cost_old: NotNegative
    cost_new: NotNegative
    everybody: NotNegative
    reviewed: bool
    realised: Realised | None
    reviews: Reviews
    moves: tuple[Move, ...]
    rules: tuple[RuleEffect, ...]
    groups: tuple[GroupEffect, ...]
    largest: tuple[LargestChange, ...] | None
    frontier: Frontier
