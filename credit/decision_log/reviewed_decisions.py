"""The decisions of a window with what people made of them, in arrays: what the figures about reviews are made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select

from credit.decision.policy import LOAN, REFER
from credit.decision_log.decision_arrays import Flags, Floats
from credit.decision_log.final_actions import final_share, refuses, verdicts
from credit.decision_log.log import Log
from credit.decision_log.model_rule import known_amount, model_rule
from credit.decision_log.outcomes import known, since
from credit.decision_log.schema import COUNTED, decisions, reviews
from credit.decision_log.single_features import feature, number


@dataclass(frozen=True)
class ReviewedDecisions:
    """The n decisions of a window in arrays (n,), each on its own: no client is taken once only.

    ``id``, ``time``: of the decision. ``made``: what the machine decided; ``refuses``: bool, what it would have done
    alone, of referred clients by the threshold. ``probability``, ``amount``, ``defaulted``: as in
    `credit.decision_log.decision_arrays.Decided`. ``verdict``, ``reason``, ``reviewer``: of the review that counts,
    None without. ``lent``: the share that is lent in the end, NaN where nobody has decided or it is not known.
    ``open``: bool, whether the case waits. ``gender``, ``birth``: CODE_GENDER and DAYS_BIRTH, NaN where they are not
    known. ``review_cost``: of one review by the rule of then, ``review_worth``: what it was to save; NaN where that is
    not known.
    """

    id: Any
    time: Any
    made: Any
    refuses: Flags
    probability: Floats
    amount: Floats
    defaulted: Floats
    verdict: Any
    reason: Any
    reviewer: Any
    lent: Floats
    open: Flags
    gender: Floats
    birth: Floats
    review_cost: Floats
    review_worth: Floats

    def __len__(self) -> int:
        return len(self.probability)


def reviewed_decisions(log: Log, last: int | None = None, days: float | None = None) -> ReviewedDecisions:
    """The last so many decisions, or those of so many days, with what people made of them. Raises `LogError`."""
    with log.reading() as connection:
        asked = select(
            *(decisions.c.id, decisions.c.time, decisions.c.decision, decisions.c.probability, decisions.c.threshold),
            *(decisions.c.rule, decisions.c.inputs.is_(None).label("erased")),
            feature(connection, LOAN).label("amount"),
            feature(connection, "CODE_GENDER").label("gender"),
            feature(connection, "DAYS_BIRTH").label("birth"),
        )
        asked = asked.where(COUNTED).order_by(decisions.c.id.desc())
        if days is not None:
            asked = asked.where(decisions.c.time >= since(days))
        rows = connection.execute(asked if last is None else asked.limit(last)).all()
        looked_at = verdicts(connection, rows[-1].id) if rows else {}
    told = known(log)
    seen = [looked_at.get(row.id) for row in rows]
    amounts = [number(row.amount) for row in rows]
    money = [_review_money(row, amount) for row, amount in zip(rows, amounts, strict=True)]

    def texts(name: str) -> Any:
        decided = (one is not None and one.verdict is not None for one in seen)
        return np.array([getattr(one, name) if yes else None for one, yes in zip(seen, decided, strict=True)], object)

    return ReviewedDecisions(
        id=np.array([row.id for row in rows], dtype=np.int64),
        time=np.array([row.time for row in rows], dtype=object),
        made=np.array([row.decision for row in rows], dtype=object),
        refuses=np.array([refuses(row) for row in rows], dtype=bool),
        probability=np.array([row.probability for row in rows], dtype=np.float64),
        amount=np.array(amounts, dtype=np.float64),
        defaulted=np.array([float(told.get(row.id, np.nan)) for row in rows], dtype=np.float64),
        verdict=texts("verdict"),
        reason=texts("reason"),
        reviewer=texts("reviewer"),
        lent=np.array(
            [final_share(row.decision, amount, one) for row, amount, one in zip(rows, amounts, seen, strict=True)],
            dtype=np.float64,
        ),
        open=np.array(
            [
                not row.erased and (row.decision == REFER if one is None else one.open)
                for row, one in zip(rows, seen, strict=True)
            ],
            dtype=bool,
        ),
        gender=np.array([number(row.gender) for row in rows], dtype=np.float64),
        birth=np.array([number(row.birth) for row in rows], dtype=np.float64),
        review_cost=np.array([cost for cost, _ in money], dtype=np.float64),
        review_worth=np.array([worth for _, worth in money], dtype=np.float64),
    )


def newest_review(log: Log) -> int:
    """The row of the newest review or reopening, 0 without any. Raises `LogError`."""
    with log.reading() as connection:
        return int(connection.execute(select(func.coalesce(func.max(reviews.c.id), 0))).scalar_one())


def _review_money(row: Any, amount: float) -> tuple[float, float]:
    """What a review of a decision cost by its rule, and what it was to save; NaN where that is not known."""
    rule = model_rule(row.threshold, row.rule)
    if rule is None or rule.review is None:
        return float("nan"), float("nan")
    worth = float(rule.review.worth(row.probability, known_amount(amount), rule.costs))
    return rule.review.cost if np.isfinite(rule.review.cost) else float("nan"), worth
