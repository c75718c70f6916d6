"""What stays of the money of reviews when the inputs are erased: sums over many verdicts, and no client's amount.

A person's data go when they have to (GDPR, article 17), and an account that was read must not change afterwards. So an
erasure adds what the verdicts that it takes earned and cost to a row of sums, by the month of the decisions. No row
begins with fewer than `FEWEST` verdicts: a sum over one is that one's amount. Fewer go into the row of the nearest
month, and if there is no row yet, they are in no sum; the figures say how many these are.

A sum is final: an outcome that comes after the erasure changes nothing in it, and none counts that had not yet counted
then (`credit.decision_log.maturity`). The rows are no part of the hash chain.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from credit.decision.policy import ACCEPT
from credit.decision.review_reasons import COUNTEROFFER
from credit.decision_log.decision_arrays import mondays
from credit.decision_log.final_actions import verdicts, verdicts_of
from credit.decision_log.latest_outcomes import latest, parts
from credit.decision_log.maturity import mature
from credit.decision_log.review_sums import ReviewSums, review_sums
from credit.decision_log.reviewed_arrays import ReviewedArrays, arrays, asked_columns
from credit.decision_log.schema import COUNTED, decisions, kept_sums, reviews

#: So many verdicts begin a row at least, and so many are in each: the usual least cell of statistics on people.
FEWEST = 10

About = Sequence[ColumnElement[bool]]


def ripe_weeks(connection: Connection, about: About) -> set[tuple[Any, bool]]:
    """Of the decisions that an erasure of ``about`` takes: the weeks, each with whether the loan was given, of which
    nearly all outcomes are known. To be asked before `keep`, since it reads every decision of those weeks.
    """
    times = connection.execute(select(decisions.c.time).where(*taken(about))).scalars().all()
    if not times:
        return set()
    weeks = set(mondays(times).tolist())
    first, end = min(weeks).isoformat(), (max(weeks) + timedelta(days=7)).isoformat()
    asked = select(decisions.c.id, decisions.c.time, decisions.c.decision)
    asked = asked.where(COUNTED, decisions.c.time >= first, decisions.c.time < end)
    seen, told = verdicts(connection), latest(connection)
    rows = connection.execute(asked).all()
    week = mondays([row.time for row in rows])
    final = [row.decision if (one := seen.get(row.id)) is None else one.verdict or row.decision for row in rows]
    lent = np.array([verdict in (ACCEPT, COUNTEROFFER) for verdict in final], dtype=bool)
    ripe = mature(week, lent, np.array([row.id in told for row in rows], dtype=bool))
    return {(monday, lends) for monday, lends, yes in zip(week.tolist(), lent.tolist(), ripe, strict=True) if yes}


def keep(connection: Connection, about: About, ripe: set[tuple[Any, bool]]) -> None:
    """Add the verdicts that an erasure of ``about`` takes to the rows of sums, in the transaction that erases."""
    gone = connection.execute(select(decisions.c.id).where(*taken(about))).scalars().all()
    if not gone:
        return
    told, months = latest(connection), dict[str, tuple[ReviewSums, int]]()
    for numbers in parts(gone):
        rows = connection.execute(select(*asked_columns(connection)).where(decisions.c.id.in_(numbers))).all()
        found = arrays(rows, verdicts_of(connection, numbers), told)
        for month, (sums, first) in _by_month(found, ripe).items():
            before, earliest = months.get(month, (ReviewSums(), first))
            months[month] = before + sums, min(first, earliest)
    # The largest first: it may begin the row that the small ones go into.
    for month, (sums, first) in sorted(months.items(), key=lambda one: -one[1][0].reviews):
        _add(connection, month, sums, first)


def kept_since(connection: Connection, first: int) -> ReviewSums:
    """All sums none of whose decisions has a number below ``first``."""
    names = [one.name for one in fields(ReviewSums)]
    asked = select(*(func.sum(kept_sums.c[name]) for name in names)).where(kept_sums.c.first >= first)
    found = connection.execute(asked).one()
    # A database gives sums of whole numbers as decimals, and NULL of no rows.
    zero = ReviewSums()
    return ReviewSums(**{name: type(getattr(zero, name))(value or 0) for name, value in zip(names, found, strict=True)})


def taken(about: About) -> tuple[ColumnElement[bool], ...]:
    """Conditions on ``decisions``: of ``about``, those with inputs on which a person has decided."""
    decided = select(reviews.c.decision).where(reviews.c.verdict.is_not(None))
    return (*about, COUNTED, decisions.c.inputs.is_not(None), decisions.c.id.in_(decided))


def _by_month(found: ReviewedArrays, ripe: set[tuple[Any, bool]]) -> dict[str, tuple[ReviewSums, int]]:
    """Month, as 2026-05 -> the sums of its verdicts, and the first of their decisions."""
    weeks = zip(mondays(found.time.tolist()).tolist(), found.lends.tolist(), strict=True)
    counts = np.array([one in ripe for one in weeks], dtype=bool)
    months = np.array([time[:7] for time in found.time.tolist()])
    return {
        str(month): (review_sums(found, counts, months == month), int(found.id[months == month].min()))
        for month in np.unique(months)
    }


def _add(connection: Connection, month: str, sums: ReviewSums, first: int) -> None:
    if not sums.reviews:
        return
    rows = connection.execute(select(kept_sums)).all()
    if all(row.month != month for row in rows) and sums.reviews >= FEWEST:
        connection.execute(insert(kept_sums).values(month=month, first=first, **asdict(sums)))
    elif rows:
        row = min(rows, key=lambda one: (abs(_number(one.month) - _number(month)), one.month))
        values = {name: getattr(row, name) + value for name, value in asdict(sums).items()}
        values["first"] = min(row.first, first)
        connection.execute(update(kept_sums).where(kept_sums.c.month == row.month).values(values))


def _number(month: str) -> int:
    return 12 * int(month[:4]) + int(month[5:7])
