"""Who has defaulted: told by callers or by a file, kept beside the decision log, read again with what was decided."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, func, insert, or_, select

from credit.decision.policy import LOAN, REFER
from credit.decision_log import Log
from credit.decision_log.audit import rule_decision_of
from credit.decision_log.decision_arrays import Decided, mondays
from credit.decision_log.final_actions import final_share, refuses, verdicts
from credit.decision_log.latest_outcomes import latest, parts
from credit.decision_log.schema import COUNTED, decisions, outcomes
from credit.decision_log.single_features import feature, number

#: At most so many clients are named in an error.
_NAMED = 20

_CLIENTS, _DECISIONS, _OUTCOMES = ("client", "SK_ID_CURR"), ("decision", "decision_id"), ("defaulted", "TARGET")
_YES, _NO = ("1", "true", "yes"), ("0", "false", "no")


class UnknownClients(LookupError):
    """Outcomes of clients about whom nothing was decided; the text names them."""


@dataclass(frozen=True)
class Outcome:
    """Whether a loan has defaulted: that of a ``decision`` (its id), or of the newest one about a ``client``."""

    defaulted: bool
    client: int | None = None
    decision: int | None = None


def record_outcomes(
    log: Log,
    told: Sequence[Outcome],
    caller: str,
    everybodys: bool = False,
    beside: Callable[[Connection, int], None] = lambda _, new: None,
) -> int:
    """Keep outcomes, all or none; how many say something new.

    ``log``: of the decisions. ``told``: outcomes of decisions, or of clients, and then of the newest decision about
    each. ``caller``: who tells them. Known are the clients that the caller has asked about, ``everybodys``: that
    anybody has. What is told again of a decision, here or earlier, takes the place of what was told before. ``beside``:
    writes, in the same transaction, knowing how many say something new. Raises `UnknownClients`, `LogError`.
    """
    with log.writing() as connection:
        own = [COUNTED] if everybodys else [COUNTED, decisions.c.caller == caller]
        by_decision: dict[int, int] = {}
        for some in parts([one.decision for one in told if one.decision is not None]):
            asked = select(decisions.c.id, decisions.c.client).where(decisions.c.id.in_(some), *own)
            by_decision |= {row.id: row.client for row in connection.execute(asked)}
        newest: dict[int, int] = {}
        for some in parts([one.client for one in told if one.client is not None]):
            found = select(decisions.c.client, func.max(decisions.c.id).label("id"))
            found = found.where(decisions.c.client.in_(some), *own).group_by(decisions.c.client)
            newest |= {row.client: row.id for row in connection.execute(found)}
        unknown = [
            f"client n° {one.client}" if one.decision is None else f"decision {one.decision}"
            for one in told
            if (one.client not in newest if one.decision is None else one.decision not in by_decision)
        ]
        if unknown:
            more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
            raise UnknownClients(
                f"Nothing was decided about {', '.join(unknown[:_NAMED])}{more}, so no outcome can be told; nothing of "
                "this was kept. See GET /data for what was decided."
            )
        said: dict[int, tuple[int, bool]] = {}  # decision -> client and what is told
        for one in told:
            if one.decision is not None:
                said[one.decision] = by_decision[one.decision], one.defaulted
            elif one.client is not None:
                said[newest[one.client]] = one.client, one.defaulted
        before = latest(connection, [client for client, _ in said.values()])
        time = datetime.now(UTC).isoformat(timespec="microseconds")
        new = [
            {"client": client, "decision": decision, "defaulted": defaulted, "time": time, "caller": caller}
            for decision, (client, defaulted) in said.items()
            if before.get(decision) is not defaulted
        ]
        if new:
            connection.execute(insert(outcomes), new)
        beside(connection, len(new))
    return len(new)


def erase_outcomes(log: Log, client: int, caller: str) -> int:
    """Take out what was told of the caller's decisions about a client, by the caller or anybody; how many rows that
    were. Raises `LogError`.
    """
    own = select(decisions.c.id).where(decisions.c.client == client, decisions.c.caller == caller)
    with log.writing() as connection:
        gone = delete(outcomes).where(
            outcomes.c.client == client, or_(outcomes.c.caller == caller, outcomes.c.decision.in_(own))
        )
        return connection.execute(gone).rowcount


def read_file(path: str | Path) -> list[Outcome]:
    """The outcomes in a CSV file: a column client (or SK_ID_CURR) or decision (or decision_id), and defaulted (or
    TARGET) with 1 or 0. Raises ValueError with the line, and OSError.
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        lines = csv.DictReader(_readable(file, path))
        names = lines.fieldnames or []
        client, decision, defaulted = (_named(names, some) for some in (_CLIENTS, _DECISIONS, _OUTCOMES))
        if defaulted is None or (client is None) == (decision is None):
            raise ValueError(
                f"{path} must have a column {' or '.join(_OUTCOMES)} and one of {', '.join((*_CLIENTS, *_DECISIONS))}; "
                f"it has {', '.join(names) or 'none'}"
            )
        return [
            Outcome(
                _truth(line[defaulted], path, lines.line_num),
                **{
                    "client" if decision is None else "decision": _number(
                        line[client or decision or ""], path, lines.line_num
                    )
                },
            )
            for line in lines
        ]


def decided(
    log: Log, last: int | None = None, days: float | None = None, rule: tuple[str, float] | None = None
) -> Decided:
    """The newest decision of each week about each client, of the last so many decisions or days, and what was told.

    What a person has decided counts, and not what the machine did before. Where a week's newest decision has no outcome
    and an older one has, the newest that has one counts, and else the newest that a person has decided: who is asked
    about again takes nothing from what is known. A client who comes back in another week has another loan. Without
    inputs, of which the amount of the loan alone is read. ``log``: which is read. ``last``: the newest so many
    decisions, ``days``: those of so many days; None for all. ``rule``: hash and threshold of the model that is served;
    None takes every decision for one of its. Raises `LogError`.
    """
    with log.reading() as connection:
        asked = select(
            decisions.c.id,
            decisions.c.client,
            decisions.c.time,
            decisions.c.probability,
            decisions.c.threshold,
            decisions.c.decision,
            decisions.c.model_hash,
            decisions.c.rule,
            decisions.c.inputs.is_(None).label("erased"),
            feature(connection, LOAN).label("amount"),
        )
        asked = asked.where(COUNTED).order_by(decisions.c.id.desc())
        if days is not None:
            asked = asked.where(decisions.c.time >= since(days))
        told = latest(connection)
        found = connection.execute(asked if last is None else asked.limit(last)).all()
        seen = verdicts(connection, found[-1].id) if found else {}
    by_person = {number for number, one in seen.items() if one.verdict is not None}
    newest: dict[tuple[int, int], Any] = {}
    for row, week in zip(found, mondays([row.time for row in found]).astype(int).tolist(), strict=True):
        before = newest.get((row.client, week))
        weight = (row.id in told, row.id in by_person)
        if before is None or weight > (before.id in told, before.id in by_person):
            newest[row.client, week] = row
    rows = list(newest.values())
    amounts = [number(row.amount) for row in rows]
    lent = np.array(
        [final_share(row.decision, amount, seen.get(row.id)) for row, amount in zip(rows, amounts, strict=True)],
        dtype=np.float64,
    )
    decided_by_person = np.array([row.id in by_person for row in rows], dtype=bool)
    waits = np.array([row.decision == REFER for row in rows], dtype=bool) & ~decided_by_person
    machine = np.array([refuses(row) for row in rows], dtype=bool)
    by_bank = np.array([rule_decision_of(row) is not None for row in rows], dtype=bool)
    of_model = np.array([rule is None or row.model_hash == rule[0] for row in rows], dtype=bool)
    return Decided(
        week=mondays([row.time for row in rows]),
        probability=np.array([row.probability for row in rows], dtype=np.float64),
        refused=np.where(waits, machine, lent == 0),
        amount=np.array(amounts, dtype=np.float64),
        defaulted=np.array([float(told.get(row.id, np.nan)) for row in rows], dtype=np.float64),
        of_model=of_model,
        of_rule=of_model & ~by_bank & np.array([rule is None or row.threshold == rule[1] for row in rows], dtype=bool),
        lent=np.where(waits, np.where(machine, 0.0, 1.0), lent),
        open=waits,
        by_person=decided_by_person,
        erased=np.array([bool(row.erased) for row in rows], dtype=bool),
    )


def known(log: Log) -> dict[int, bool]:
    """Decision -> whether its loan has defaulted, as it was told last. Raises `LogError`."""
    with log.reading() as connection:
        return latest(connection)


def since(days: float) -> str:
    """The time so many days ago, as the log writes times."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="microseconds")


def _readable(file: Iterable[str], path: str | Path) -> Iterable[str]:
    """The lines. Raises ValueError where they are not UTF-8."""
    try:
        yield from file
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 ({error.reason}): save it as CSV in UTF-8") from None


def _named(names: Sequence[str], some: Sequence[str]) -> str | None:
    return next((name for name in some if name in names), None)


def _number(text: str | None, path: str | Path, line: int) -> int:
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueError(f"{path}, line {line}: a client's or a decision's number is a whole number, not {text[:40]!r}")
    return int(text)


def _truth(text: str | None, path: str | Path, line: int) -> bool:
    found = (text or "").strip().lower()
    if found not in (*_YES, *_NO):
        raise ValueError(f"{path}, line {line}: defaulted is 1 or 0, not {found[:40]!r}")
    return found in _YES
