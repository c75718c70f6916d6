"""The decision log: written before the answer leaves, found again, erased without breaking the chain.

SQLite by default, with its write-ahead log, so that readers and several worker processes do not block each other;
PostgreSQL where an address is given. When `Log.record` returns, a decision is committed and on the disk.

Requests that come at once are written together: anyone who gets the turn writes for all who wait, in one transaction,
so that eight of them wait for the disk once. Each request's decisions are written all or none.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, delete, false, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from credit.decision_log import idempotency, migration
from credit.decision_log.database import FILE, backend, connected
from credit.decision_log.database_url import address
from credit.decision_log.database_url import named as named_address
from credit.decision_log.decision_filters import ALL, Filters
from credit.decision_log.encoding import named
from credit.decision_log.errors import LogError, unusable
from credit.decision_log.hash_chain import inputs_hash, link
from credit.decision_log.schema import (
    REVISION,
    Decision,
    bank_rules,
    case_queue,
    chain,
    columns,
    decisions,
    open_cases,
    reviews,
)
from credit.decision_log.sqlite import file_of
from credit.decision_log.timestamps import as_text

#: Decisions of a page; with inputs each has some 40 kB.
PAGE, LARGEST = 20, 200

_SALT = 16  # bytes

#: So often each process takes out kept answers that are too old, while requests bring keys. Seconds.
_SWEEP_EVERY = 60

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
_JSON = ("refer", "rule", "reasons")


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


class _Waiting:
    """The decisions of one request until they are written: then their ids, or what went wrong."""

    def __init__(self, rows: Sequence[Decision], once: idempotency.Once | None = None) -> None:
        self.rows = rows
        self.once = once
        self.ids: list[int] | None = None
        self.error: Exception | None = None

    def result(self) -> list[int]:
        if self.ids is None:
            raise self.error or LogError("the decisions were not written")
        return self.ids


class Log:
    """The decision log in one database; safe for threads, and for several processes at once.

    ``database``: a path to a SQLite file, or an address such as postgresql://user:password@host/name (postgres:// as
    some hosts write it is understood). The tables are made at the first use, or brought up to date. A database that is
    away at the start or later gives `LogError` until it is back, and then works again. To be made after a fork.
    """

    def __init__(self, database: str | Path = FILE) -> None:
        url = address(database)
        self.name = named_address(url)
        self._file = file_of(url)
        self._engine = connected(url)
        self._backend = backend(url)
        self._finish = self._backend.finisher(decisions, chain)
        self._ready = False
        self._identity: tuple[int, int] | None = None
        self._turn, self._door = Lock(), Lock()
        self._queue: list[_Waiting] = []
        self._known: set[str] = set()
        self._errors: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        self._head = _Statement(
            select(chain.c.decisions, chain.c.last, chain.c.head).with_for_update(), self._engine
        ).text
        new = sqlite_insert(columns) if self._engine.dialect.name == "sqlite" else postgresql_insert(columns)
        self._next_sweep = 0.0
        self._held = _Statement(idempotency.HELD, self._engine, ("key",))
        self._keep = _Statement(idempotency.KEEP, self._engine, ("key", *idempotency.KEEP_COLUMNS))
        self._list = _Statement(new.on_conflict_do_nothing(), self._engine)
        kept = sqlite_insert(bank_rules) if self._engine.dialect.name == "sqlite" else postgresql_insert(bank_rules)
        self._keep_rules = _Statement(kept.on_conflict_do_nothing(), self._engine)

    def prepare(self) -> None:
        """Make the tables, or bring them up to date, where that was not done yet. Raises `LogError`."""
        if self._ready and self._file is None:
            return
        identity = self._on_disk()
        if self._ready and identity == self._identity:
            return
        if identity is None and self._identity is not None:
            raise LogError(
                f"the file {self._file} was taken away while it was in use: put it back, or restart the server, "
                "which begins a new log"
            )
        self._ready = False
        self._engine.dispose()  # the file is another one now
        self._known.clear()
        try:
            with self._engine.connect().execution_options(reads=True) as connection:
                behind = migration.revision(connection) != REVISION
            if behind:
                migration.upgrade(self._engine)
        except (SQLAlchemyError, self._errors) as error:
            raise unusable(error) from None
        self._identity = self._on_disk()
        self._ready = True

    def record(self, rows: Sequence[Decision], once: idempotency.Once | None = None) -> list[int]:
        """Write the decisions of a request, all or none, on disk when this returns; their ids, in order.

        ``once``: the answer to keep with them, of a request with a key. Raises `LogError`, and `retries.ClaimLost`
        where the request no longer holds its key.
        """
        mine = _Waiting(rows, once)
        with self._door:
            self._queue.append(mine)
        with self._turn:
            if mine.ids is None and mine.error is None:  # nobody has written them meanwhile
                with self._door:
                    waiting, self._queue = self._queue, []
                self._write(waiting)
        return mine.result()

    def check(self) -> None:
        """Raises `LogError` where nothing could be written at this moment; writes nothing itself."""
        with self._transaction() as connection:
            connection.execute(update(chain).where(chain.c.number < 0).values(number=chain.c.number))
            connection.execute(insert(decisions).from_select(list(decisions.c), select(decisions).where(false())))

    def page(
        self,
        caller: str,
        number: int = 1,
        size: int = PAGE,
        filters: Filters = ALL,
        after: int | None = None,
        inputs: bool = True,
    ) -> Page:
        """The caller's own decisions, newest first; none beyond the last page. Raises `LogError`.

        ``filters``: those wanted, which ``total`` counts then. ``after``: the cursor of a page; ``number`` counts the
        rows behind it. ``inputs``: of each row, too, some 40 kB as JSON.
        """
        own = (decisions.c.caller == caller, *filters.conditions())
        with self._transaction(reads=True) as connection:
            total = connection.execute(select(func.count()).select_from(decisions).where(*own)).scalar_one()
            rows = _newest(connection, own, size + 1, (number - 1) * size, after, inputs)
        following = rows[size - 1]["id"] if len(rows) > size else None
        return Page(rows[:size], number, max(1, -(-total // size)), total, following)

    def all_of(self, caller: str, filters: Filters = ALL, step: int = 1000) -> Iterator[list[dict[str, Any]]]:
        """All of the caller's decisions that are wanted, newest first, without inputs, so many at a time.

        Raises `LogError`.
        """
        own, after = (decisions.c.caller == caller, *filters.conditions()), None
        while True:
            with self._transaction(reads=True) as connection:
                rows = _newest(connection, own, step, 0, after, inputs=False)
            if not rows:
                return
            yield rows
            after = rows[-1]["id"]

    def find(self, number: int) -> dict[str, Any] | None:
        """The decision of that id, as `page` tells it, None where there is none. Raises `LogError`."""
        with self._transaction(reads=True) as connection:
            found = connection.execute(
                select(decisions, columns.c.names).join(columns).where(decisions.c.id == number)
            ).one_or_none()
        return None if found is None else _row(found._mapping)

    def raw(self, number: int) -> Raw | None:
        """The decision of that id as it was written, None where there is none. Raises `LogError`."""
        with self._transaction(reads=True) as connection:
            found = connection.execute(
                select(decisions, columns.c.names).join(columns).where(decisions.c.id == number)
            ).one_or_none()
        if found is None:
            return None
        return Raw(
            _names(found.names, found.columns),
            found.inputs,
            found.probability,
            found.model_hash,
            found.threshold,
            found.decision,
            found.rule,
        )

    def bank_rules(self, written: str) -> str | None:
        """The bank's rules of that hash as JSON, None where there are none. Raises `LogError`."""
        with self._transaction(reads=True) as connection:
            found = connection.execute(
                select(bank_rules.c.rules).where(bank_rules.c.hash == written)
            ).scalar_one_or_none()
        if found is not None and hashlib.sha256(found.encode()).hexdigest() != written:
            raise LogError("the bank's rules in it were changed; python -m credit log verify says more")
        return found

    def erase(self, *, client: int | None = None, caller: str | None = None, before: datetime | None = None) -> int:
        """Erase the inputs of decisions and the answers kept for them: the number of decisions that lost their inputs.

        What people wrote in reviews of these decisions goes with them, and open cases leave the queue. ``client``,
        ``caller``: about whom and by whom, everybody where None. ``before``: only older ones; with a time zone. On disk
        when this returns. Raises `LogError`.
        """
        about = []
        if client is not None:
            about.append(decisions.c.client == client)
        if caller is not None:
            about.append(decisions.c.caller == caller)
        if before is not None:
            about.append(decisions.c.time < as_text(before))
        gone = update(decisions).where(decisions.c.inputs.is_not(None), *about).values(inputs=None, salt=None)
        with self._turn, self._transaction(patient=True) as connection:
            connection.execute(select(case_queue.c.upto).with_for_update())  # no review is written meanwhile
            erased = connection.execute(gone).rowcount
            connection.execute(
                update(reviews)
                .where(reviews.c.content.is_not(None), reviews.c.decision.in_(select(decisions.c.id).where(*about)))
                .values(content=None, salt=None)
            )
            connection.execute(
                delete(open_cases).where(
                    open_cases.c.decision.in_(select(decisions.c.id).where(decisions.c.inputs.is_(None), *about))
                )
            )
            idempotency.erase(connection, about)
            idempotency.sweep(connection)
        if self._file is not None:
            self._empty_the_log_of_writes()
        return erased

    def _empty_the_log_of_writes(self) -> None:
        """What was erased from a SQLite file also stands in its write-ahead log. Raises `LogError` where it still does.

        Readers that had begun before keep it there: so this waits for them, for a while.
        """
        try:
            connection = self._engine.raw_connection()
            try:
                busy, *_ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        except (SQLAlchemyError, self._errors) as error:
            raise unusable(error) from None
        if busy:
            raise LogError("inputs were erased, but a long read keeps them in the write-ahead log: erase once more")

    def about(self, client: int, caller: str) -> int:
        """How many decisions of the caller there are about a client. Raises `LogError`."""
        of_both = (decisions.c.client == client, decisions.c.caller == caller)
        with self._transaction(reads=True) as connection:
            return connection.execute(select(func.count()).select_from(decisions).where(*of_both)).scalar_one()

    def claim(
        self, name: str, request: Sequence[bytes]
    ) -> idempotency.Claim | idempotency.StoredAnswer | idempotency.Refused:
        """Claim a key for a request, or what is known of it already; see `retries.claim`. Raises `LogError`."""
        with self.writing() as connection:
            if time.monotonic() >= self._next_sweep:
                idempotency.sweep(connection)
                self._next_sweep = time.monotonic() + _SWEEP_EVERY
            return idempotency.claim(connection, name, request)

    def release(self, claim: idempotency.Claim) -> None:
        """Give back a key whose request was not answered. Raises `LogError`."""
        with self.writing() as connection:
            idempotency.release(connection, claim)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the log as it is at one moment. Raises `LogError`."""
        with self._transaction(reads=True, patient=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction for tables beside the decisions, on disk when it ends. Raises `LogError`."""
        with self._turn, self._transaction() as connection:
            yield connection

    @contextmanager
    def _transaction(self, reads: bool = False, patient: bool = False) -> Iterator[Connection]:
        """``patient``: for statements that may take minutes; a server that hangs hangs anyone who asks for it."""
        self.prepare()
        try:
            with self._begun(reads) as connection:
                self._backend.patient(connection.connection.dbapi_connection, patient)
                yield connection
                if not reads:
                    connection.commit()
        except (SQLAlchemyError, self._errors) as error:
            self._known.clear()
            raise unusable(error) from None

    def _begun(self, reads: bool, again: bool = True) -> Connection:
        """A connection whose transaction has begun. One that the server has closed since it was last used, which shows
        here and is no reason to give up, gives way to a new one.
        """
        connection = self._engine.connect().execution_options(reads=reads)
        try:
            connection.begin()
        except BaseException as error:
            connection.close()
            if not (again and isinstance(error, DBAPIError) and error.connection_invalidated):
                raise
        else:
            return connection
        return self._begun(reads, again=False)

    def _on_disk(self) -> tuple[int, int] | None:
        """Which file it is; None where there is none, or no file at all."""
        if self._file is None:
            return None
        try:
            found = os.stat(self._file)  # noqa: PTH116 - asked at every request: a path takes three times as long
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _write(self, waiting: Sequence[_Waiting]) -> None:
        """Write what waits, in one transaction; where the database refuses a value, request by request."""
        try:
            for one, found in zip(waiting, self._append(waiting), strict=True):
                if isinstance(found, Exception):
                    one.error = found
                else:
                    one.ids = found
        except (SQLAlchemyError, self._errors) as error:
            if len(waiting) > 1 and self._backend.refused(error):
                for one in waiting:
                    self._write([one])
                return
            for one in waiting:
                one.error = unusable(error)
        except LogError as error:
            for one in waiting:
                one.error = error

    def _append(self, waiting: Sequence[_Waiting]) -> list[list[int] | Exception]:
        """Write what waits: of each the ids, or why it alone was not written."""
        self.prepare()
        now = as_text(datetime.now(UTC))
        try:
            with self._writing() as (driver, (count, last, head)):
                rows: list[dict[str, Any]] = []
                found: list[list[int] | Exception] = []
                for one in waiting:
                    ids = list(range(last + 1, last + 1 + len(one.rows)))
                    if one.once is not None and (error := self._kept(driver.cursor(), one.once, ids)) is not None:
                        found.append(error)
                        continue
                    found.append(ids)
                    for decision in one.rows:
                        last += 1
                        rows.append(_values(decision, last, now, head))
                        head = rows[-1]["hash"]
                self._know(driver.cursor(), waiting)
                self._finish(driver, rows, {"decisions": count + len(rows), "last": last, "head": head})
        except (SQLAlchemyError, self._errors):
            self._known.clear()
            raise
        return found

    def _kept(self, cursor: Any, once: idempotency.Once, ids: list[int]) -> Exception | None:
        """Keep the answer with the ids; or why that cannot be, and then nothing of the request must be written."""
        cursor.execute(*self._held.one({"key": once.claim.id}))
        held = cursor.fetchone()
        if held is None or held[0] != once.claim.salt or held[1] is not None:
            return idempotency.ClaimLost()
        try:
            once.content = once.answer(ids)
        except Exception as error:  # a fault of this answer must not harm the requests that wait beside it
            return error
        headers = msgspec.json.encode(once.headers).decode()
        first, last = (ids[0], ids[-1]) if ids else (None, None)
        row = {"key": once.claim.id, "content": once.content, "headers": headers, "first": first, "last": last}
        cursor.execute(*self._keep.one(row))
        return None

    @contextmanager
    def _writing(self) -> Iterator[tuple[Any, tuple[int, int, str]]]:
        """The driver's own connection in a transaction, and the end of the chain, which it holds; to be committed by
        `_finish`. SQLAlchemy takes 300 microseconds more for the same statements.
        """
        connection, end = self._opened()
        try:
            yield connection.driver_connection, end
        except self._errors:
            try:
                connection.rollback()
            except self._errors:
                connection.invalidate()  # closed: nobody gets a connection in a state that is not known
            raise
        except BaseException:
            connection.invalidate()  # broken off between a statement and its answer, may be
            raise
        finally:
            connection.close()

    def _opened(self, again: bool = True) -> tuple[Any, tuple[int, int, str]]:
        """A connection that holds the end of the chain, and that. As in `_begun` a lost one gives way to a new one."""
        connection = self._engine.raw_connection()
        try:
            return connection, self._backend.begin(connection.driver_connection, self._head)
        except BaseException as error:
            connection.invalidate()
            if not (again and isinstance(error, self._errors) and self._backend.lost(error)):
                raise
        self._engine.dispose()  # what has lain idle beside it is no better
        return self._opened(again=False)

    def _know(self, cursor: Any, waiting: Sequence[_Waiting]) -> None:
        """See to it that the columns of the decisions, and the bank's rules, are in the database."""
        for rules in {row.bank_rules for one in waiting for row in one.rows if row.bank_rules is not None}:
            if rules.hash not in self._known:
                cursor.execute(*self._keep_rules.one({"hash": rules.hash, "rules": rules.text}))
                self._known.add(rules.hash)
        listed = {row.columns.hash: row.columns for one in waiting for row in one.rows}
        for name in listed.keys() - self._known:
            cursor.execute(*self._list.one({"hash": name, "names": listed[name].text}))
            self._known.add(name)


class _Statement:
    """A statement of SQLAlchemy's as the driver takes it, its values by position or by name."""

    def __init__(self, statement: Any, engine: Engine, names: Sequence[str] | None = None) -> None:
        compiled = statement.compile(dialect=engine.dialect, column_keys=names)
        self.text, self._order = str(compiled), getattr(compiled, "positiontup", None)

    def one(self, row: dict[str, Any]) -> tuple[str, Any]:
        """The text and the values of a row."""
        return self.text, row if self._order is None else tuple([row[name] for name in self._order])


def _values(decision: Decision, number: int, time: str, previous: str) -> dict[str, Any]:
    """The row of a decision that follows ``previous`` in the chain."""
    salt = os.urandom(_SALT)
    row = {
        "id": number,
        "time": time,
        **vars(decision),
        "columns": decision.columns.hash,
        "salt": salt,
        "inputs_hash": inputs_hash(salt, decision.inputs),
    }
    del row["bank_rules"]  # in a table of their own
    row["hash"] = link(previous, row)
    return row


def _newest(
    connection: Connection,
    wanted: Sequence[Any],
    size: int,
    offset: int,
    after: int | None,
    inputs: bool,
) -> list[dict[str, Any]]:
    """Decisions as they are told, newest first. ``after``: older ones than this."""
    # What is not asked for is not read: inputs fill pages of the database of their own.
    told = [column for column in decisions.c if inputs or column.name not in ("inputs", "salt")]
    asked = select(*told, decisions.c.inputs.is_(None).label("erased"), columns.c.names).join(columns).where(*wanted)
    if after is not None:
        asked = asked.where(decisions.c.id < after)
    rows = connection.execute(asked.order_by(decisions.c.id.desc()).limit(size).offset(offset)).mappings()
    return [_row(row) for row in rows]


def _row(found: Any) -> dict[str, Any]:
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
    return {_CLIENT: found["client"], **named(_names(found["names"], found["columns"]), found["inputs"])}


@lru_cache(maxsize=16)
def _names(text: str, written: str) -> tuple[str, ...]:
    """The names of a list of columns. Raises `LogError` where they are not those of its hash."""
    if hashlib.sha256(text.encode()).hexdigest() != written:
        raise LogError("the names of its columns were changed; python -m credit log verify says more")
    return tuple(msgspec.json.decode(text))
