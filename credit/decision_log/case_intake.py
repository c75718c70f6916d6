"""How referred decisions get into the queue of cases: in steps, after they are written or when the queue is next read.

The program that writes decisions takes them up, many at once, so that a reader finds little to do. What it leaves, and
what a program wrote that knows no queue, is taken up by the reader.
"""

from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, insert, select, update

from credit.decision.policy import LOAN, REFER
from credit.decision_log.model_rule import known_amount, model_rule
from credit.decision_log.schema import COUNTED, case_queue, chain, decisions, open_cases, reviews
from credit.decision_log.single_features import feature, number

#: Why a case waits: the rule has referred it, or somebody wants it looked at again.
REFERRED, REOPENED = KINDS = ("referred", "reopened")

#: The rank of a case of which nobody knows what is at stake: behind all others, whose ranks are 0 or below.
_LAST = 1.0

#: So many cases are taken up in one transaction, for which scoring waits: some 100 ms.
STEP = 1000

#: Who writes takes up once so many referred clients wait for it: one transaction more for some thousand decisions, and
#: some 10 ms for a reader who comes just before.
WAITING = 200


def is_behind(connection: Connection) -> bool:
    """Whether decisions were written since the log was last read for referred clients."""
    asked = select(chain.c.last > select(case_queue.c.upto).scalar_subquery())
    return bool(connection.execute(asked).scalar_one())


def take_up(connection: Connection) -> bool:
    """Take up the first `STEP` referred decisions that were written since the queue was last read, in a transaction
    that writes; whether there may be more.
    """
    # One at a time, and no review meanwhile: else a case that is being reviewed would come back.
    upto = connection.execute(select(case_queue.c.upto).with_for_update()).scalar_one()
    last = connection.execute(select(chain.c.last)).scalar_one()
    asked = (
        select(decisions.c.id, decisions.c.time, decisions.c.probability, decisions.c.threshold, decisions.c.rule)
        .add_columns(feature(connection, LOAN).label("amount"))
        .where(decisions.c.id > upto, decisions.c.id <= last, decisions.c.decision == REFER)
        .where(decisions.c.inputs.is_not(None), COUNTED, ~_reviewed())
        .order_by(decisions.c.id)
        .limit(STEP)
    )
    rows = connection.execute(asked).all()
    new = [{"decision": row.id, "opened": row.time, "kind": REFERRED, "rank": rank(row)} for row in rows]
    if new:
        connection.execute(insert(open_cases), new)
    more = len(rows) == STEP
    connection.execute(update(case_queue).values(upto=rows[-1].id if more else last))
    return more


def rank(row: Any) -> float:
    """Where a decision comes among the dearest. ``row``: with probability, threshold, rule and amount."""
    stake, _ = money(row)
    return _LAST if stake is None else -stake


def money(row: Any) -> tuple[float | None, float | None]:
    """What is at stake with a decision, and what a review of it is worth, by the rule of its time; None where the rule
    was not kept or the amount is not known.
    """
    rule = model_rule(row.threshold, row.rule)
    if rule is None:
        return None, None
    p, loan = np.array([row.probability]), np.array([known_amount(number(row.amount))])
    return rule.stakes(p, loan)[0], rule.worths(p, loan)[0]


def _reviewed() -> ColumnElement[bool]:
    return select(reviews.c.id).where(reviews.c.decision == decisions.c.id).exists()
