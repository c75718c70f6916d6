"""Decisions as they are read from the log: told by name and page by page, or raw as they were written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from credit.decision_log.encoding import named
from credit.decision_log.errors import LogError
from credit.decision_log.schema import columns, decisions
from credit.program import PROGRAM

#: Decisions of a page; with inputs each has some 40 kB.
PAGE, LARGEST = 20, 200

_CLIENT = "SK_ID_CURR"

_TOLD = (
    "id",
    "time",
    "request",
    "caller",
    "client",
    "route",
    "sent",
    "probability",
    "threshold",
    "decision",
    "model_hash",
)

#: Kept as JSON, None where there was nothing.
_JSON = ("refer", "rule", "reasons", "interval")


@dataclass(frozen=True)
class Page:
    """Rows of the log, newest first; ``number`` from 1 to ``pages``; ``total`` counts the caller's decisions.
    ``after``: the cursor of the rows that follow, None where there are none.
    """

    rows: list[dict[str, Any]]
    number: int
    pages: int
    total: int
    after: int | None = None


@dataclass(frozen=True)
class Raw:
    """What a decision was made of: names and numbers of the features (None once erased), what came of them, by which
    model and rule (costs and review as JSON, None where it was decided before they were kept).
    """

    columns: tuple[str, ...]
    inputs: bytes | None
    probability: float
    model_hash: str
    threshold: float
    decision: str
    rule: str | None


def newest(
    connection: Connection,
    wanted: Sequence[Any],
    size: int,
    offset: int,
    after: int | None,
    inputs: bool,
) -> list[dict[str, Any]]:
    """Decisions as they are told, newest first. ``connection``: of the transaction. ``wanted``: conditions in SQL, all
    of which have to hold. ``size``: how many at most, ``offset``: after how many. ``after``: the id than which they are
    older; None for all. ``inputs``: whether these are read, too.
    """
    # What is not asked for is not read: inputs fill pages of the database of their own.
    chosen = [column for column in decisions.c if inputs or column.name not in ("inputs", "salt")]
    asked = select(*chosen, decisions.c.inputs.is_(None).label("erased"), columns.c.names).join(columns).where(*wanted)
    if after is not None:
        asked = asked.where(decisions.c.id < after)
    rows = connection.execute(asked.order_by(decisions.c.id.desc()).limit(size).offset(offset)).mappings()
    return [as_answered(row) for row in rows]


def decision(connection: Connection, number: int) -> Any | None:
    """The row of that id with the names of its columns, None where there is none."""
    asked = select(decisions, columns.c.names).join(columns).where(decisions.c.id == number)
    return connection.execute(asked).one_or_none()


def raw(found: Any) -> Raw:
    """A row of `decision` as it was written. Raises `LogError` where its columns' names were changed."""
    return Raw(
        column_names(found.names, found.columns),
        found.inputs,
        found.probability,
        found.model_hash,
        found.threshold,
        found.decision,
        found.rule,
    )


def as_answered(found: Any) -> dict[str, Any]:
    """A decision as it is told: inputs by name (None once erased, left out where not read), reasons as they were."""
    known = {} if "inputs" not in found else {"inputs": _named_inputs(found)}
    return {
        **{name: found[name] for name in _TOLD},
        **{name: None if found[name] is None else msgspec.json.decode(found[name]) for name in _JSON},
        "trial": bool(found["trial"]),
        "erased": bool(found["erased"]) if "erased" in found else found["inputs"] is None,
        **known,
    }


def _named_inputs(found: Any) -> dict[str, Any] | None:
    if found["inputs"] is None:
        return None
    return {_CLIENT: found["client"], **named(column_names(found["names"], found["columns"]), found["inputs"])}


@lru_cache(maxsize=16)
def column_names(text: str, written: str) -> tuple[str, ...]:
    """The names of a list of columns. Raises `LogError` where they are not those of its hash."""
    if hashlib.sha256(text.encode()).hexdigest() != written:
        raise LogError(f"the names of its columns were changed; {PROGRAM} log verify says more")
    return tuple(msgspec.json.decode(text))
