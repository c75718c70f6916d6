"""What was really done: the newest verdict of a person about each decision, and beside it the machine's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from credit.decision.policy import REFER, REFUSE
from credit.decision.review_reasons import COUNTEROFFER, REOPEN
from credit.decision_log.schema import reviews


@dataclass(frozen=True)
class Verdict:
    """What counts of a decision that people looked at. ``verdict``: None where it was reopened and never decided.
    ``amount``: of a counteroffer, None where it is that which was applied for, or erased. ``erased``: whether its terms
    are. ``open``: whether it waits for a person (again). ``deciders``: who has given a verdict, whichever counts.
    """

    verdict: str | None
    reason: str
    reviewer: str
    amount: float | None
    erased: bool
    open: bool
    deciders: frozenset[str] = frozenset()


def verdicts(connection: Connection, first: int = 0) -> dict[int, Verdict]:
    """Decision -> what counts, of the decisions from number ``first`` on that people have looked at."""
    return _newest(
        connection.execute(select(reviews).where(reviews.c.decision >= first).order_by(reviews.c.id)).mappings()
    )


def verdicts_of(connection: Connection, numbers: Sequence[int]) -> dict[int, Verdict]:
    """The same of some decisions alone, by their numbers."""
    asked = select(reviews).where(reviews.c.decision.in_(numbers)).order_by(reviews.c.id)
    return _newest(connection.execute(asked).mappings())


def _newest(rows: Iterable[Any]) -> dict[int, Verdict]:
    found: dict[int, Verdict] = {}
    for row in rows:
        before = found.get(row["decision"])
        if row["kind"] == REOPEN:
            unknown = Verdict(None, row["reason"], row["reviewer"], None, erased=False, open=True)
            found[row["decision"]] = unknown if before is None else replace(before, open=True)
        else:
            content = {} if row["content"] is None else msgspec.json.decode(row["content"])
            found[row["decision"]] = Verdict(
                verdict=row["verdict"],
                reason=row["reason"],
                reviewer=row["reviewer"],
                amount=content.get("terms", {}).get("amount"),
                erased=row["content"] is None,
                open=False,
                deciders=(frozenset() if before is None else before.deciders) | {row["reviewer"]},
            )
    return found


def lent_share(final: str, amount: float, verdict: Verdict | None) -> float:
    """The share of the ``amount`` applied for that is lent: 0 where refused, 1 where accepted as applied for, and NaN
    for a counteroffer of which one of both amounts is not known any more. No more than 1: a larger amount that an
    earlier version took is a slip.
    """
    if final == REFUSE:
        return 0.0
    if final != COUNTEROFFER or verdict is None or (verdict.amount is None and not verdict.erased):
        return 1.0
    return float("nan") if verdict.amount is None or not amount > 0 else min(verdict.amount / amount, 1.0)


def refuses(row: Any) -> bool:
    """What the machine would have done alone: its decision, and of a referred client that of the threshold."""
    return row.decision == REFUSE or (row.decision == REFER and row.probability >= row.threshold)


def final_share(made: str, amount: float, seen: Verdict | None) -> float:
    """The share that is lent in the end; NaN where a person has to decide and has not."""
    if seen is not None and seen.verdict is not None:
        return lent_share(seen.verdict, amount, seen)
    return float("nan") if made == REFER else lent_share(made, amount, None)
