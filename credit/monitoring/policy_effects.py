"""What one policy in place of another does: the rows of a comparison (`credit.monitoring.policy_comparison`).

Money is in the currency of AMT_CREDIT; a cost is negative where the change saves.
"""

import math
from dataclasses import dataclass

import polars as pl

from credit.decision.intervals import Interval
from credit.decision.review import REFER
from credit.model.quantities import Count, NotNegative, Share


@dataclass(frozen=True)
class Move:
    """Clients who change from one decision to another.

    - ``old``: the decision of the old policy
    - ``new``: the decision of the new one
    - ``clients``: how many
    - ``amount``: sum of their AMT_CREDIT
    - ``cost``: what the change costs in expectation
    """

    old: str
    new: str
    clients: Count
    amount: NotNegative
    cost: float


@dataclass(frozen=True)
class LargestChange:
    """One client who changes sides, among those with the largest loans.

    - ``client``: SK_ID_CURR
    - ``amount``: AMT_CREDIT
    - ``probability``: of default
    - ``old``: the decision of the old policy
    - ``new``: the decision of the new one
    - ``cost``: what the change costs in expectation
    """

    client: int
    amount: NotNegative
    probability: Share
    old: str
    new: str
    cost: float


@dataclass(frozen=True)
class RuleEffect:
    """What one rule does.

    - ``rule``: its name
    - ``policy``: old or new
    - ``decided``: on how many clients it decides
    - ``unknown``: on how many of them because a value is missing
    - ``changed``: of how many the model alone, by the costs and thresholds of that policy, would decide otherwise
    - ``cost``: what it costs in expectation, against the model alone
    """

    rule: str
    policy: str
    decided: Count
    unknown: Count
    changed: Count
    cost: float


@dataclass(frozen=True)
class GroupEffect:
    """How the change falls on one group.

    - ``attribute``: gender, age or segment, of the new policy
    - ``group``: which of these
    - ``clients``: how many
    - ``accepted_old``: the share that the old policy accepts without a person
    - ``low_old``: lower end of its 95 % interval (Wilson)
    - ``high_old``: upper end of it
    - ``accepted_new``: the share that the new policy accepts without a person
    - ``low``: lower end of its 95 % interval
    - ``high``: upper end of it
    - ``difference``: ``accepted_new`` - ``accepted_old`` of the same clients, with its 95 % interval
    - ``changed``: how many decisions change
    - ``cost``: what that costs in expectation
    """

    attribute: str
    group: str
    clients: Count
    accepted_old: Share
    low_old: Share
    high_old: Share
    accepted_new: Share
    low: Share
    high: Share
    difference: Interval
    changed: Count
    cost: float


@dataclass(frozen=True)
class Realised:
    """What the decisions would have cost, of the clients whose outcome is known.

    - ``clients``: how many these are
    - ``defaults``: how many of them defaulted
    - ``unripe``: known outcomes that do not count, for their week's are not nearly complete
    - ``changed``: on how many of these clients the policies differ
    - ``cost_old``: of the old policy
    - ``cost_new``: of the new one
    - ``everybody``: of accepting all of these clients
    - ``expected_cost_old``: what the model expected of the same clients under the old policy
    - ``expected_cost_new``: and under the new one
    - ``saving``: of the new policy against the old as a share of ``everybody``, with its 95 % interval; None where too
      few of them defaulted
    """

    clients: Count
    defaults: Count
    unripe: Count
    changed: Count
    cost_old: NotNegative
    cost_new: NotNegative
    everybody: NotNegative
    expected_cost_old: NotNegative
    expected_cost_new: NotNegative
    saving: Interval | None


@dataclass(frozen=True)
class Reviews:
    """The work that both policies make.

    - ``old``: on how many clients a person decides by the old policy
    - ``new``: and by the new one
    - ``by_rule_old``: how many of the old ones a rule of the bank refers
    - ``by_rule_new``: and how many of the new ones
    - ``capacity``: the share of the clients for whom there is time; None where that is not known
    - ``most``: how many of these clients that is; None with it
    """

    old: Count
    new: Count
    by_rule_old: Count
    by_rule_new: Count
    capacity: Share | None
    most: Count | None

    @classmethod
    def of(cls, frame: pl.DataFrame, capacity: float | None) -> "Reviews":
        """Those of the clients of a comparison."""
        (old, by_rule_old), (new, by_rule_new) = (
            (some.height, some[f"{name}_RULE"].is_not_null().sum())
            for name in ("OLD", "NEW")
            for some in [frame.filter(pl.col(f"{name}_DECISION") == REFER)]
        )
        most = None if capacity is None else math.ceil(capacity * frame.height)
        return cls(old, new, int(by_rule_old), int(by_rule_new), capacity, most)
