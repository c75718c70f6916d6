"""What an erasure would take, counted before it is done."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from credit.decision_log.kept_sums import taken
from credit.decision_log.latest_outcomes import latest
from credit.decision_log.log import Log
from credit.decision_log.schema import decisions, open_cases, reviews
from credit.decision_log.timestamps import as_text

#: What a review without words and terms holds.
_EMPTY = b"{}"


@dataclass(frozen=True)
class Erasable:
    """``decisions``: how many would lose their inputs, of ``all`` that have some. ``first``, ``last``: when the oldest
    and the newest of them were made, None without any. ``reviews``: how many would lose words and terms. ``open``: how
    many cases would leave the queue, of those that it has taken up. ``verdicts``: on how many of the decisions a person
    has decided, ``without_outcome``: of how many of these none is known. What those earn is then never known.
    """

    decisions: int
    all: int
    first: str | None
    last: str | None
    reviews: int
    open: int
    verdicts: int = 0
    without_outcome: int = 0


def erasable(log: Log, before: datetime) -> Erasable:
    """What ``Log.erase(before=before)`` would take at this moment. ``before``: with a time zone. Raises `LogError`."""
    older, there = decisions.c.time < as_text(before), decisions.c.inputs.is_not(None)
    counted = select(func.count(), func.min(decisions.c.time), func.max(decisions.c.time)).where(there)
    with log.reading() as connection:
        everything = connection.execute(counted).one()
        number, first, last = connection.execute(counted.where(older)).one()
        words = select(func.count()).select_from(reviews).join(decisions, decisions.c.id == reviews.c.decision)
        cases = select(func.count()).select_from(open_cases).join(decisions, decisions.c.id == open_cases.c.decision)
        decided = set(connection.execute(select(decisions.c.id).where(*taken((older,)))).scalars())
        return Erasable(
            decisions=number,
            all=everything[0],
            first=first,
            last=last,
            reviews=connection.execute(
                words.where(older, reviews.c.content.is_not(None), reviews.c.content != _EMPTY)
            ).scalar_one(),
            open=connection.execute(cases.where(older)).scalar_one(),
            verdicts=len(decided),
            without_outcome=len(decided - latest(connection).keys()) if decided else 0,
        )
