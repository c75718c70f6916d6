"""What was told last of each decision's loan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from credit.decision_log.schema import decisions, outcomes

#: So many values stand in one query at most.
AT_ONCE = 500

#: Who tells where a file does: of everybody's clients.
FILE = "file"


#: The decision of an outcome. Where it was told before outcomes kept theirs, the newest then about the client.
_about: ColumnElement[Any] = func.coalesce(
    outcomes.c.decision,
    select(func.max(decisions.c.id))
    .where(
        decisions.c.client == outcomes.c.client,
        decisions.c.time <= outcomes.c.time,
        or_(decisions.c.caller == outcomes.c.caller, outcomes.c.caller == FILE),
    )
    .scalar_subquery(),
)


@dataclass(frozen=True)
class LoggedOutcome:
    """What came of a loan: whether it has ``defaulted``, and the ``time`` when that was told last."""

    defaulted: bool
    time: str


def outcome_of(connection: Connection, client: int, decision: int) -> LoggedOutcome | None:
    """What was told last of one decision about a client; None where nothing was."""
    asked = select(outcomes.c.defaulted, outcomes.c.time).where(outcomes.c.client == client, _about == decision)
    found = connection.execute(asked.order_by(outcomes.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else LoggedOutcome(bool(found.defaulted), found.time)


def latest(connection: Connection, clients: Sequence[int] | None = None) -> dict[int, bool]:
    """Decision -> whether its loan has defaulted, as it was told last; of some clients, or of all (None)."""
    asked = select(_about.label("decision"), outcomes.c.defaulted).order_by(outcomes.c.id)
    found: dict[int, bool] = {}
    for some in [None] if clients is None else parts(clients):
        wanted = asked if some is None else asked.where(outcomes.c.client.in_(some))
        found |= {row.decision: bool(row.defaulted) for row in connection.execute(wanted) if row.decision is not None}
    return found


def parts(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The values, `AT_ONCE` at a time."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
