"""Refused applications that are accepted at random, so that the bank learns what becomes of them.

No model can learn from the accepted alone what the refused would have done (``credit.training.reject_inference``). So a
bank may accept a small share s of those whom the model refuses. Who that is, the hash of the decision in the chain
says: its first 53 bits as a number u in [0, 1), and u < s is drawn. No one knows the hash before the decision is made,
no one can choose it, and everybody with the log can check the draw, for any share, years later.

Drawn are automatic refusals of the model. What a rule of the bank refuses stays refused, whatever it was drawn for, as
does what a person has looked at. Of a client's refusals the first alone takes part: applying again is no second chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from credit.decision.cost import Costs
from credit.decision.policy import LOAN, REFUSE
from credit.decision.review import ACCEPT
from credit.decision.review_reasons import DRAWN
from credit.decision_log.audit import rule_decision_of
from credit.decision_log.log import Log
from credit.decision_log.model_rule import known_amount, model_rule
from credit.decision_log.review_rulings import Ruling
from credit.decision_log.reviews import Review, decide
from credit.decision_log.schema import COUNTED, decisions, reviews
from credit.decision_log.single_features import feature, number

#: Bits of a hash that make the number: as many as a double holds exactly.
_BITS = 53


@dataclass(frozen=True)
class Refusal:
    """A refused application that may be drawn. ``decision``: its number. ``number``: of the draw, in [0, 1).
    ``amount``: AMT_CREDIT, NaN where it is not known. ``price``: what accepting it costs more than refusing it, by the
    probability and the costs of the decision, in the currency of the amount; NaN where they are not known.
    """

    decision: int
    client: int
    number: float
    amount: float
    price: float


def draw_number(decision_hash: str) -> float:
    """The number in [0, 1) of a decision's hash, 64 hexadecimal digits.

    >>> draw_number("8" + 63 * "0")
    0.5
    """
    return (int(decision_hash[:16], 16) >> (64 - _BITS)) / 2**_BITS


def check_share(share: float) -> float:
    """The share. Raises ``ValueError`` where it is not above 0 and at most 1."""
    if not 0 < share <= 1:
        raise ValueError(
            f"the share of the refused to accept must be above 0 and at most 1, not {share:g}; 0.05 is 5 %"
        )
    return share


def refusals(log: Log, since: str = "") -> list[Refusal]:
    """The refusals since that moment (ISO 8601, UTC) which may be drawn, in the order of the log.

    Raises `LogError`.
    """
    with log.reading() as connection:
        return _refusals(connection, since)


def _refusals(connection: Connection, since: str) -> list[Refusal]:
    refused = select(func.min(decisions.c.id)).where(decisions.c.decision == REFUSE, COUNTED)
    asked = select(
        *(decisions.c.id, decisions.c.client, decisions.c.hash, decisions.c.probability, decisions.c.threshold),
        *(decisions.c.rule, feature(connection, LOAN).label("amount")),
    ).where(
        decisions.c.id.in_(refused.group_by(decisions.c.client)),
        decisions.c.time >= since,
        decisions.c.inputs.is_not(None),
        ~select(reviews.c.id).where(reviews.c.decision == decisions.c.id).exists(),
    )
    rows: Sequence[Any] = connection.execute(asked.order_by(decisions.c.id)).all()
    found = []
    for row in rows:
        if rule_decision_of(row) is not None:
            continue
        amount, rule = known_amount(number(row.amount)), model_rule(row.threshold, row.rule)
        costs = Costs() if rule is None else rule.costs
        price = amount * (costs.loss_given_default * row.probability - costs.margin * (1 - row.probability))
        found.append(Refusal(row.id, row.client, draw_number(row.hash), amount, float(price)))
    return found


def drawn(found: list[Refusal], share: float) -> list[Refusal]:
    """Those that a ``share`` in (0, 1] draws. Raises ``ValueError`` for another share."""
    check_share(share)
    return [one for one in found if one.number < share]


def accept(log: Log, chosen: list[Refusal], reviewer: str, request: str) -> list[Review]:
    """Accept each as an override of its own with the reason `DRAWN`, on disk when this returns.

    ``log``: in which the decisions are. ``chosen``: the refusals that were drawn. ``reviewer``: in whose name, the
    caller. ``request``: the id of the request.

    Raises as `credit.decision_log.reviews.decide`; what was written before stays.
    """
    return [decide(log, one.decision, Ruling(ACCEPT, DRAWN), reviewer, request) for one in chosen]


def total_price(chosen: list[Refusal]) -> float:
    """What accepting all of them costs more than refusing them, those of unknown amounts left out."""
    return float(np.nansum([one.price for one in chosen]))
