"""The rule of `credit.decision.policy` in SQL: from probability and amount to points, decision and what is at stake.

It is the model's part of the rule. Rules of the bank are another file, which the service and ``score`` read.
"""

import math

from credit.decision.policy import ACCEPT, REFER, REFUSE, Rule
from credit.scorecard.dialects import Dialect


def columns_of(rule: Rule, dialect: Dialect) -> str:
    """PROBABILITY_OF_DEFAULT, POINTS, EXPECTED_LOSS, DECISION and REVIEW_WORTH as `credit.decision.portfolio` has them,
    of ``probability``, ``log_odds``, ``loan`` (a double, NULL where it is not known) and ``decidable`` (1 or 0).

    Money is not rounded here. POINTS are NULL without a scale, REVIEW_WORTH without a review.
    """
    number = dialect.number
    columns = {
        "PROBABILITY_OF_DEFAULT": "probability",
        "POINTS": _points(rule, dialect),
        "EXPECTED_LOSS": f"probability * loan * {number(rule.costs.loss_given_default)}",
        "DECISION": _decision(rule, dialect),
        "REVIEW_WORTH": _worth(rule, dialect),
    }
    return ",\n    ".join(
        f"CASE WHEN decidable = 1 THEN {value} END AS {dialect.identifier(name)}" for name, value in columns.items()
    )


def _worth(rule: Rule, dialect: Dialect) -> str:
    if rule.review is None:
        return f"CAST(NULL AS {dialect.double})"
    number = dialect.number
    accepted = f"probability * {number(rule.costs.loss_given_default)}"
    refused = f"({number(1)} - probability) * {number(rule.costs.margin)}"
    return f"{number(rule.review.skill)} * (loan * LEAST({accepted}, {refused}))"


def _decision(rule: Rule, dialect: Dialect) -> str:
    number, cases = dialect.number, []
    if rule.review is not None and rule.review_cost is not None:
        cases.append(f"WHEN {_worth(rule, dialect)} > {number(rule.review.cost)} THEN '{REFER}'")
    cases.append(f"WHEN probability >= {number(rule.threshold)} THEN '{REFUSE}'")
    return f"CASE {' '.join(cases)} ELSE '{ACCEPT}' END"


def _points(rule: Rule, dialect: Dialect) -> str:
    """As `credit.decision.points.Scale.shown` rounds them: to a tenth, on the decision's side of the cut-off."""
    if rule.scale is None:
        return f"CAST(NULL AS {dialect.double})"
    number, scale = dialect.number, rule.scale
    per_log_odds = scale.double / math.log(2)
    exact = f"{number(scale.points)} + {number(per_log_odds)} * (-log_odds - {number(math.log(scale.odds))})"
    tenths = f"{dialect.half_even(f'({exact}) * {number(10)}')} / {number(10)}"
    least = scale.cut_off(rule.threshold)
    most = (round(least * 10) - 1) / 10
    return (
        f"CASE WHEN probability >= {number(rule.threshold)} THEN LEAST({tenths}, {number(most)}) "
        f"ELSE GREATEST({tenths}, {number(least)}) END"
    )
