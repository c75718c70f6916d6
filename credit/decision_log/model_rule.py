"""The model's part of the rule by which a logged decision was made, and the amount that it was about.

What is at stake and what a review is worth are worked out from these alone: in lists of cases, in one case, and in the
figures of a window.
"""

from functools import lru_cache

import msgspec
import numpy as np

from credit.decision.policy import Rule


@lru_cache(maxsize=64)
def model_rule(threshold: float, written: str | None) -> Rule | None:
    """The rule of a decision's columns ``threshold`` and ``rule``; None for a decision from before the log kept it.

    Raises ``ValueError`` for a rule that cannot be read.
    """
    return None if written is None else Rule.of_model(threshold, msgspec.json.decode(written))


def known_amount(amount: float) -> float:
    """AMT_CREDIT as the log has it; NaN where it is not known or no amount of a loan."""
    return amount if amount > 0 and np.isfinite(amount) else float("nan")
