"""All decisions about one client, page by page: what waits for a person, what a person has decided, what the machine
has. It is how a reviewer comes from a client's number to a decision.
"""

from typing import Any

from sqlalchemy import Connection, func, select

from credit.decision.policy import REFER
from credit.decision.review_reasons import REOPEN
from credit.decision_log.case_intake import REFERRED, REOPENED
from credit.decision_log.final_actions import Verdict, verdicts_of
from credit.decision_log.listed_cases import (
    PAGE,
    CasePage,
    CursorError,
    ListedCase,
    columns,
    listed,
)
from credit.decision_log.log import Log
from credit.decision_log.schema import decisions, reviews

#: The largest number of a decision that a database holds, and its digits.
_LARGEST, _DIGITS = 2**63 - 1, 19


def page(log: Log, client: int, size: int = PAGE, after: str | None = None, caller: str | None = None) -> CasePage:
    """A page of the decisions about a client, the newest first.

    ``client``: SK_ID_CURR, of the decisions in ``log``. ``size``: how many of them at most. ``caller``: whose,
    everybody's where None. ``after``: the cursor that the page before gave. Raises `CursorError` and `LogError`.
    """
    about = (decisions.c.client == client, *(() if caller is None else (decisions.c.caller == caller,)))
    with log.reading() as connection:
        asked = select(*columns(connection)).where(*about)
        if after is not None:
            asked = asked.where(decisions.c.id < _read_cursor(after))
        rows = connection.execute(asked.order_by(decisions.c.id.desc()).limit(size + 1)).all()
        total = connection.execute(select(func.count()).select_from(decisions).where(*about)).scalar_one()
        shown = rows[:size]
        numbers = [row.id for row in shown]
        seen, reopened = verdicts_of(connection, numbers), _reopened(connection, numbers)
    following = str(shown[-1].id) if len(rows) > size else None
    return CasePage([_case(row, seen.get(row.id), reopened.get(row.id)) for row in shown], following, total)


def _reopened(connection: Connection, numbers: list[int]) -> dict[int, str]:
    """Decision -> when somebody last wanted it looked at again."""
    asked = select(reviews.c.decision, func.max(reviews.c.time)).where(
        reviews.c.decision.in_(numbers), reviews.c.kind == REOPEN
    )
    return {row[0]: row[1] for row in connection.execute(asked.group_by(reviews.c.decision))}


def _case(row: Any, seen: Verdict | None, reopened: str | None) -> ListedCase:
    if row.trial or row.erased:  # neither is in the queue
        return listed(row, seen, None, None)
    if seen is not None:
        return listed(row, seen, *((REOPENED, reopened) if seen.open else (None, None)))
    return listed(row, None, *((REFERRED, row.time) if row.decision == REFER else (None, None)))


def _read_cursor(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and 0 < int(text) <= _LARGEST):
        raise CursorError(
            f"a cursor must be what a page of this client's decisions gave as its next one, not {text[:40]!r}"
        )
    return int(text)
