"""Decisions with what people made of them, in arrays: what the figures about reviews are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection

from credit.decision.policy import ACCEPT, LOAN, REFER, REFUSE
from credit.decision_log.decision_arrays import Flags, Floats
from credit.decision_log.final_actions import Verdict, final_share, refuses
from credit.decision_log.model_rule import known_amount, model_rule
from credit.decision_log.schema import decisions
from credit.decision_log.single_features import feature, number


@dataclass(frozen=True)
class ReviewedArrays:
    """n decisions in arrays (n,), each on its own: no client is taken once only.

    ``id``, ``time``: of the decision. ``made``: what the machine decided; ``refuses``: bool, what it would have done
    alone, of referred clients by the threshold. ``probability``, ``amount``, ``defaulted``: as in
    `credit.decision_log.decision_arrays.Decided`. ``verdict``, ``reason``, ``reviewer``: of the review that counts,
    None without. ``lent``: the share that is lent in the end, NaN where nobody has decided or it is not known.
    ``open``: bool, whether the case waits. ``erased``: bool, whether its inputs are; without it none are. ``gender``,
    ``birth``: CODE_GENDER and DAYS_BIRTH, NaN where they are not known. ``review_cost``: of one review by the rule of
    then, ``review_worth``: what it was to save; NaN where that is not known.
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
    erased: Flags = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.erased is None:
            object.__setattr__(self, "erased", np.zeros(len(self), dtype=bool))

    def __len__(self) -> int:
        return len(self.probability)

    @property
    def spoken(self) -> Flags:
        """(n,) whether a person has decided."""
        return np.asarray(self.verdict != None, dtype=bool)  # noqa: E711 - an array of objects

    @property
    def lends(self) -> Flags:
        """(n,) whether a loan is given in the end, which is known also where its share is not any more."""
        return np.where(self.spoken, self.verdict != REFUSE, self.made == ACCEPT)


def asked_columns(connection: Connection) -> tuple[Any, ...]:
    """The columns of a query on ``decisions`` of whose rows `arrays` are made."""
    return (
        *(decisions.c.id, decisions.c.time, decisions.c.decision, decisions.c.probability, decisions.c.threshold),
        *(decisions.c.rule, decisions.c.inputs.is_(None).label("erased")),
        feature(connection, LOAN).label("amount"),
        feature(connection, "CODE_GENDER").label("gender"),
        feature(connection, "DAYS_BIRTH").label("birth"),
    )


def arrays(rows: Sequence[Any], looked_at: Mapping[int, Verdict], told: Mapping[int, bool]) -> ReviewedArrays:
    """Of rows of `asked_columns`, of the verdicts about them and of their outcomes, both by decision."""
    seen = [looked_at.get(row.id) for row in rows]
    amounts = [number(row.amount) for row in rows]
    money = [_review_money(row, amount) for row, amount in zip(rows, amounts, strict=True)]

    def texts(name: str) -> Any:
        decided = (one is not None and one.verdict is not None for one in seen)
        return np.array([getattr(one, name) if yes else None for one, yes in zip(seen, decided, strict=True)], object)

    return ReviewedArrays(
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
        erased=np.array([bool(row.erased) for row in rows], dtype=bool),
        gender=np.array([number(row.gender) for row in rows], dtype=np.float64),
        birth=np.array([number(row.birth) for row in rows], dtype=np.float64),
        review_cost=np.array([cost for cost, _ in money], dtype=np.float64),
        review_worth=np.array([worth for _, worth in money], dtype=np.float64),
    )


def _review_money(row: Any, amount: float) -> tuple[float, float]:
    """What a review of a decision cost by its rule, and what it was to save; NaN where that is not known."""
    rule = model_rule(row.threshold, row.rule)
    if rule is None or rule.review is None:
        return float("nan"), float("nan")
    worth = float(rule.review.worth(row.probability, known_amount(amount), rule.costs))
    return rule.review.cost if np.isfinite(rule.review.cost) else float("nan"), worth
