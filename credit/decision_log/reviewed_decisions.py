"""The decisions of a window with what people made of them, and the sums that are kept of those erased."""

from dataclasses import dataclass, field

from sqlalchemy import func, select

from credit.decision_log.final_actions import verdicts
from credit.decision_log.kept_sums import kept_since
from credit.decision_log.log import Log
from credit.decision_log.outcomes import known, since
from credit.decision_log.review_sums import ReviewSums
from credit.decision_log.reviewed_arrays import ReviewedArrays, arrays, asked_columns
from credit.decision_log.schema import COUNTED, decisions, reviews


@dataclass(frozen=True)
class ReviewedDecisions(ReviewedArrays):
    """The decisions of a window. ``kept``: sums over verdicts of the window whose inputs are erased
    (`credit.decision_log.kept_sums`).
    """

    kept: ReviewSums = field(default_factory=ReviewSums)


def reviewed_decisions(log: Log, last: int | None = None, days: float | None = None) -> ReviewedDecisions:
    """The last so many decisions, or those of so many days, with what people made of them. Raises `LogError`."""
    with log.reading() as connection:
        asked = select(*asked_columns(connection)).where(COUNTED).order_by(decisions.c.id.desc())
        if days is not None:
            asked = asked.where(decisions.c.time >= since(days))
        rows = connection.execute(asked if last is None else asked.limit(last)).all()
        looked_at = verdicts(connection, rows[-1].id) if rows else {}
        kept = kept_since(connection, rows[-1].id) if rows else ReviewSums()
    found = arrays(rows, looked_at, known(log))
    return ReviewedDecisions(**vars(found), kept=kept)


def newest_review(log: Log) -> int:
    """The row of the newest review or reopening, 0 without any. Raises `LogError`."""
    with log.reading() as connection:
        return int(connection.execute(select(func.coalesce(func.max(reviews.c.id), 0))).scalar_one())
