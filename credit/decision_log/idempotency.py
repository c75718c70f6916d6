"""One decision for one key: answers that are kept for a day, for requests that are sent again.

A request that brings a key first claims it, in a transaction of its own, so that every worker sees that it is under
way. Its answer is written in the transaction of its decisions: there is never one without the other. A request that is
sent again gets that answer. Only the holder of a claim may write; a claim whose holder has died is taken over
after `LEASE`, and if the holder lives on after all, it finds its claim gone and writes nothing.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from credit.decision_log.hash_chain import new_salt
from credit.decision_log.schema import decisions, kept_answers
from credit.decision_log.timestamps import as_text

#: For so long an answer is kept.
KEPT = timedelta(days=1)

#: After so long a request that was begun and not answered counts as broken off. Longer than any request takes.
LEASE = timedelta(seconds=60)

#: So many answers that are too old go at once at most.
_SWEPT = 10_000


class Refused(Enum):
    """Why a request with a key is neither new nor answered already."""

    OTHER = "another request came with this key"
    UNDER_WAY = "the first request with this key is under way"
    ERASED = "the answer to this key was erased"


class ClaimLost(Exception):
    """Another request holds the key by now, or has answered it: nothing was written."""


@dataclass(frozen=True)
class Claim:
    """The right to answer under a key. ``id``: of the key. ``salt``: says whose claim it is."""

    id: str
    salt: bytes


@dataclass(frozen=True)
class StoredAnswer:
    """The first answer: its body, and the headers that go with its content."""

    content: bytes
    headers: dict[str, str]


@dataclass
class Once:
    """What is to be kept with the decisions of a request.

    ``answer``: from their ids to the body of the answer; runs in any thread, inside the transaction. ``content``: that
    body, once it is written.
    """

    claim: Claim
    answer: Callable[[list[int]], bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


#: For the driver's own cursor: the claim as it stands, held until the transaction ends.
HELD = (
    select(kept_answers.c.salt, kept_answers.c.content).where(kept_answers.c.id == bindparam("key")).with_for_update()
)

#: For the same: the answer, and the decisions that are in it.
KEEP = update(kept_answers).where(kept_answers.c.id == bindparam("key"))
KEEP_COLUMNS = ("content", "headers", "first", "last")


def key_of(caller: str, route: str, key: str) -> str:
    """What a caller's key for a route is called in the log: a hash, for a key may say anything."""
    return hashlib.sha256(msgspec.json.encode([caller, route, key])).hexdigest()


def claim(connection: Connection, name: str, request: Sequence[bytes]) -> Claim | StoredAnswer | Refused:
    """Claim a key (`key_of`), in a transaction that writes; or what is known of it already.

    ``request``: the parts of the request that must be the same when it is sent again.
    """
    now, salt = datetime.now(UTC), new_salt()
    mine = {"id": name, "time": as_text(now), "salt": salt, "request": _hash(salt, request)}
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    put = insert(kept_answers).values(mine).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    if connection.execute(put).rowcount == 1:
        return Claim(name, salt)
    found = connection.execute(select(kept_answers).where(kept_answers.c.id == name).with_for_update()).one_or_none()
    if found is None:  # given back at this very moment
        return Refused.UNDER_WAY
    too_old = found.time < as_text(now - KEPT)
    broken_off = found.salt is not None and found.content is None and found.time < as_text(now - LEASE)
    if too_old or broken_off:
        new = {**mine, "content": None, "headers": None, "first": None, "last": None}
        connection.execute(update(kept_answers).where(kept_answers.c.id == name).values(new))
        return Claim(name, salt)
    if found.salt is None:
        return Refused.ERASED
    if _hash(found.salt, request) != found.request:
        return Refused.OTHER
    if found.content is None:
        return Refused.UNDER_WAY
    return StoredAnswer(found.content, msgspec.json.decode(found.headers, type=dict[str, str]))


def release(connection: Connection, mine: Claim) -> None:
    """Give a claim back that was not answered: the key is free."""
    connection.execute(delete(kept_answers).where(*_held(mine)))


def store_answer(
    connection: Connection, mine: Claim, content: bytes, headers: Mapping[str, str], decision: int | None = None
) -> None:
    """Keep the answer to a request that made no decisions. Raises `ClaimLost`, and the transaction must not commit.

    ``connection``: of the transaction. ``mine``: the claim under which the request came. ``content``, ``headers``: of
    the answer. ``decision``: that the answer is about, and is erased with; None where it holds no client's values.
    """
    values = {"content": content, "headers": msgspec.json.encode(headers).decode(), "first": decision, "last": decision}
    if connection.execute(update(kept_answers).where(*_held(mine)).values(values)).rowcount != 1:
        raise ClaimLost


def sweep(connection: Connection) -> None:
    """Take out what is older than `KEPT`."""
    old = select(kept_answers.c.id).where(kept_answers.c.time < as_text(datetime.now(UTC) - KEPT)).limit(_SWEPT)
    # Another worker sweeps, too: neither waits for the other.
    connection.execute(delete(kept_answers).where(kept_answers.c.id.in_(old.with_for_update(skip_locked=True))))


def erase(connection: Connection, about: Sequence[ColumnElement[bool]]) -> None:
    """Erase the answers with a decision of which ``about`` is true. Their keys stay taken until they are swept:
    a request that is sent again must not bring back what was erased.
    """
    concerned = exists().where(decisions.c.id.between(kept_answers.c.first, kept_answers.c.last), *about)
    nothing = {"salt": None, "request": None, "content": None, "headers": None}
    connection.execute(update(kept_answers).where(kept_answers.c.content.is_not(None), concerned).values(nothing))


def _held(mine: Claim) -> tuple[ColumnElement[bool], ...]:
    return kept_answers.c.id == mine.id, kept_answers.c.salt == mine.salt, kept_answers.c.content.is_(None)


def _hash(salt: bytes, parts: Sequence[bytes]) -> str:
    """Salted, so that nothing can be tried out once the salt is erased; each part with its length before it."""
    found = hashlib.sha256(salt)
    for part in parts:
        found.update(len(part).to_bytes(8))
        found.update(part)
    return found.hexdigest()
