"""Which of the bank's rules decides on a client: before the model, and after it.

1. Before the model: of the rules that hold, the strictest decides, refuse before refer before accept; of several of
   one outcome the first of the file. Then nothing else is asked.
2. Else the model decides (`credit.decision.policy`).
3. After the model: as before it, and in the model's place.

The order of the file so changes no decision, and the name of the deciding rule only among rules of one outcome. A rule
whose condition is unknown for a client does what its ``if_unknown`` says: skip, as if it did not hold, or refer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision.bank_rules import ON_TO_A_PERSON, BankRule, BankRules
from credit.decision.review import DECISIONS, REFER
from credit.decision.rule_columns import RuleValues


@dataclass(frozen=True)
class RuleDecision:
    """What a rule has decided about a client.

    - ``rule``: its name
    - ``stage``: before or after the model
    - ``outcome``: accept, refer or refuse
    - ``unknown``: whether it decides because a missing value leaves its condition unknown
    - ``held``: the names of all rules of this stage that lead to this outcome, ``rule`` first
    """

    rule: str
    stage: str
    outcome: str
    unknown: bool
    held: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As the decision log keeps it."""
        return {
            "rule": self.rule,
            "stage": self.stage,
            "outcome": self.outcome,
            "unknown": self.unknown,
            "held": list(self.held),
        }

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> "RuleDecision":
        """What `to_dict` has written."""
        return cls(**{**written, "held": tuple(written["held"])})


def rule_decisions(rules: BankRules, stage: str, on: date, values: RuleValues) -> list[RuleDecision | None]:
    """Of each client what the rules of a ``stage`` decide on a day, None where none does.

    ``rules``: of the bank. ``stage``: `BEFORE` or `AFTER`, the model. ``on``: the day; rules that are not in force then
    decide nothing. ``values``: what the conditions read of n clients. Returns a list of n, in their order.
    """
    found: list[RuleDecision | None] = [None] * len(values.X)
    valid = rules.valid(stage, on)
    if not valid:
        return found
    truths = np.stack([rule.condition.truth(values) for rule in valid])
    acts = np.stack([_acts(rule, truth) for rule, truth in zip(valid, truths, strict=True)])
    for client in np.flatnonzero(acts.any(axis=0)).tolist():
        found[client] = _of_one(valid, truths[:, client], acts[:, client], stage)
    return found


def _acts(rule: BankRule, truth: NDArray[np.int8]) -> NDArray[np.bool_]:
    return np.asarray((truth > 0) | ((truth == 0) & (rule.if_unknown == ON_TO_A_PERSON)))


def _of_one(valid: Sequence[BankRule], truth: NDArray[np.int8], acts: NDArray[np.bool_], stage: str) -> RuleDecision:
    acting = [
        (rule.name, rule.outcome if holds > 0 else REFER, bool(holds == 0))
        for rule, holds, does in zip(valid, truth.tolist(), acts.tolist(), strict=True)
        if does
    ]
    outcome = max((one for _, one, _ in acting), key=DECISIONS.index)  # in the order of rising risk
    # A rule that holds is named before one of which it is not known.
    same = sorted(((unknown, name) for name, one, unknown in acting if one == outcome), key=lambda pair: pair[0])
    return RuleDecision(same[0][1], stage, outcome, same[0][0], tuple(name for _, name in same))
