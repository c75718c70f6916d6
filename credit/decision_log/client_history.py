"""The decisions about one client, newest first, with what came of them: what a person looks at beside a case."""

from dataclasses import dataclass

from sqlalchemy import select

from credit.decision_log.final_actions import verdicts_of
from credit.decision_log.log import Log
from credit.decision_log.schema import decisions


@dataclass(frozen=True)
class PastDecision:
    """``id``, ``time``, ``caller``: of the decision. ``made``: what the machine decided. ``verdict``: of a person, None
    where none has decided. ``trial``: whether it was made to try the service out.
    """

    id: int
    time: str
    caller: str
    made: str
    verdict: str | None
    probability: float
    trial: bool


def client_history(log: Log, client: int, caller: str | None, most: int) -> list[PastDecision]:
    """The newest ``most`` decisions about a client; ``caller``: those of one caller, None for everybody's.

    Raises `LogError`.
    """
    asked = select(
        *(decisions.c.id, decisions.c.time, decisions.c.caller, decisions.c.decision, decisions.c.probability),
        decisions.c.trial,
    ).where(decisions.c.client == client)
    if caller is not None:
        asked = asked.where(decisions.c.caller == caller)
    with log.reading() as connection:
        rows = connection.execute(asked.order_by(decisions.c.id.desc()).limit(most)).all()
        seen = verdicts_of(connection, [row.id for row in rows])
    return [
        PastDecision(
            id=row.id,
            time=row.time,
            caller=row.caller,
            made=row.decision,
            verdict=seen[row.id].verdict if row.id in seen else None,
            probability=row.probability,
            trial=bool(row.trial),
        )
        for row in rows
    ]
