"""All decisions about one client, page by page: what waits for a person, what a person has decided, what the machine
has. It is how a reviewer comes from a client's number to a decision.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from credit.decision.policy import LOAN, REFER
from credit.decision.review_reasons import REOPEN
from credit.decision_log.audit import ruling_of
from credit.decision_log.case_queue import PAGE, REFERRED, REOPENED, CursorError, known_amount, money, review_cost
from credit.decision_log.final_actions import Verdict, verdicts_of
from credit.decision_log.log import Log
from credit.decision_log.schema import decisions, reviews
from credit.decision_log.single_features import feature

#: The largest number of a decision that a database holds.
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class ClientCase:
    """A decision about a client.

    ``decision``: its number. ``kind``, ``opened``: why it waits for a person and since when, None where it does not.
    ``made``: what the machine decided, ``final``: what counts, None where a person has to decide and never has.
    ``rule``, ``caller``, ``probability``, ``amount``, ``at_stake``, ``review_worth``, ``review_cost``: as in
    `credit.decision_log.case_queue.OpenCase`. ``trial``: whether it was made to try the service out. ``erased``:
    whether its inputs are.
    """

    decision: int
    client: int
    kind: str | None
    opened: str | None
    decided: str
    made: str
    final: str | None
    rule: str | None
    caller: str
    probability: float
    amount: float | None
    at_stake: float | None
    review_worth: float | None
    review_cost: float | None
    trial: bool
    erased: bool

    @property
    def open(self) -> bool:
        """Whether a person has to decide."""
        return self.kind is not None


@dataclass(frozen=True)
class ClientCases:
    """``cases``: the newest decision first. ``after``: the cursor of the next page, None on the last. ``total``: how
    many decisions about the client there are.
    """

    cases: list[ClientCase]
    after: str | None
    total: int


def page(log: Log, client: int, size: int = PAGE, after: str | None = None) -> ClientCases:
    """A page of the decisions about a client, whoever has sent them, the newest first.

    ``client``: SK_ID_CURR. ``after``: the cursor that the page before gave. Raises `CursorError` and `LogError`.
    """
    about = decisions.c.client == client
    with log.reading() as connection:
        asked = select(
            *(decisions.c.id, decisions.c.client, decisions.c.time, decisions.c.decision, decisions.c.caller),
            *(decisions.c.probability, decisions.c.threshold, decisions.c.rule, decisions.c.trial),
            decisions.c.inputs.is_(None).label("erased"),
            feature(connection, LOAN).label("amount"),
        ).where(about)
        if after is not None:
            asked = asked.where(decisions.c.id < _read_cursor(after))
        rows = connection.execute(asked.order_by(decisions.c.id.desc()).limit(size + 1)).all()
        total = connection.execute(select(func.count()).select_from(decisions).where(about)).scalar_one()
        shown = rows[:size]
        numbers = [row.id for row in shown]
        seen, reopened = verdicts_of(connection, numbers), _reopened(connection, numbers)
    following = str(shown[-1].id) if len(rows) > size else None
    return ClientCases([_case(row, seen.get(row.id), reopened.get(row.id)) for row in shown], following, total)


def _reopened(connection: Connection, numbers: list[int]) -> dict[int, str]:
    """Decision -> when somebody last wanted it looked at again."""
    asked = select(reviews.c.decision, func.max(reviews.c.time)).where(
        reviews.c.decision.in_(numbers), reviews.c.kind == REOPEN
    )
    return {row[0]: row[1] for row in connection.execute(asked.group_by(reviews.c.decision))}


def _case(row: Any, seen: Verdict | None, reopened: str | None) -> ClientCase:
    stake, worth = money(row)
    amount, ruling = known_amount(row), ruling_of(row)
    referred = row.decision == REFER
    waits = referred and not row.trial if seen is None else seen.open
    kind = None if not waits else REFERRED if seen is None else REOPENED
    verdict = None if seen is None else seen.verdict
    return ClientCase(
        decision=row.id,
        client=row.client,
        kind=kind,
        opened={None: None, REFERRED: row.time, REOPENED: reopened}[kind],
        decided=row.time,
        made=row.decision,
        final=verdict or (None if referred else row.decision),
        rule=None if ruling is None else ruling.rule,
        caller=row.caller,
        probability=row.probability,
        amount=amount if amount > 0 else None,
        at_stake=stake,
        review_worth=worth,
        review_cost=review_cost(row),
        trial=bool(row.trial),
        erased=bool(row.erased),
    )


def _read_cursor(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= _LARGEST):
        raise CursorError(
            f"a cursor must be what a page of this client's decisions gave as its next one, not {text[:40]!r}"
        )
    return int(text)
