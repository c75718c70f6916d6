"""The cases that wait for a person: referred clients, and decisions that somebody wants looked at again.

The queue is drawn from the log (`credit.decision_log.case_intake`). What was not taken up after it was written is when
the queue is next read, whichever program wrote it, so that a rolled-back one that knows no queue loses none. A review
takes its case out in its own transaction. A case whose inputs are erased leaves the queue, since nothing is left to
look at.
"""

import base64
import binascii
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, tuple_

from credit.decision.policy import LOAN
from credit.decision_log.case_intake import REOPENED, is_behind, rank, take_up
from credit.decision_log.final_actions import verdicts_of
from credit.decision_log.listed_cases import PAGE, CasePage, CursorError, columns, listed
from credit.decision_log.log import Log
from credit.decision_log.schema import case_queue, decisions, open_cases
from credit.decision_log.single_features import feature

Order = Literal["oldest", "dearest"]
ORDERS: tuple[Order, ...] = ("oldest", "dearest")


def page(log: Log, order: Order = "oldest", size: int = PAGE, after: str | None = None) -> CasePage:
    """A page of the open cases: the oldest first, or those with most at stake.

    ``log``: whose new cases are taken up first. ``order``: one of `ORDERS`, "dearest" for most at stake. ``size``: how
    many cases at most. ``after``: the cursor that the page before gave. Raises `CursorError` and `LogError`.
    """
    key = open_cases.c.opened if order == "oldest" else open_cases.c.rank
    bound = None if after is None else _read_cursor(after, order)
    with log.reading() as connection:
        behind = is_behind(connection)
    while behind:  # scoring gets its turn between two steps
        with log.writing() as connection:
            behind = take_up(connection)
    with log.reading() as connection:
        asked = select(*(open_cases.c.opened, open_cases.c.kind, key.label("key")), *columns(connection)).join(
            decisions, decisions.c.id == open_cases.c.decision
        )
        if bound is not None:
            asked = asked.where(tuple_(key, open_cases.c.decision) > tuple_(*bound))
        rows = connection.execute(asked.order_by(key, open_cases.c.decision).limit(size + 1)).all()
        total = connection.execute(select(func.count()).select_from(open_cases)).scalar_one()
        shown = rows[:size]
        seen = verdicts_of(connection, [row.id for row in shown if row.kind == REOPENED])
    following = _cursor(order, shown[-1].key, shown[-1].id) if len(rows) > size else None
    return CasePage([listed(row, seen.get(row.id), row.kind, row.opened) for row in shown], following, total)


def hold(connection: Connection) -> None:
    """Hold the queue until the transaction ends; before the end of the chain is held, for which scoring waits."""
    connection.execute(select(case_queue.c.upto).with_for_update())


def close(connection: Connection, decision: int) -> None:
    """Take the case of a decision out of the queue, which `hold` holds."""
    connection.execute(delete(open_cases).where(open_cases.c.decision == decision))


def reopen(connection: Connection, decision: int, opened: str) -> None:
    """Put the case of a decision into the queue, which `hold` holds; not one whose inputs are erased."""
    asked = select(
        *(decisions.c.probability, decisions.c.threshold, decisions.c.rule),
        feature(connection, LOAN).label("amount"),
    ).where(decisions.c.id == decision, decisions.c.inputs.is_not(None))
    row = connection.execute(asked).one_or_none()
    if row is not None:
        case = {"decision": decision, "opened": opened, "kind": REOPENED, "rank": rank(row)}
        connection.execute(insert(open_cases), case)


def _cursor(order: Order, key: str | float, decision: int) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([order, key, decision])).decode().rstrip("=")


def _read_cursor(text: str, order: Order) -> tuple[str | float, int]:
    kind: Any = tuple[str, str, int] if order == "oldest" else tuple[str, float, int]
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, ValueError):
        found = None
    if found is None or found[0] != order or not abs(found[2]) < 2**63 or not str(found[1]).isprintable():
        raise CursorError(f"a cursor must be what a page of the {order} cases gave as its next one, not {text[:40]!r}")
    return found[1], found[2]
