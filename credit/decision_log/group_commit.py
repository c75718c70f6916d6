"""How decisions get into the log: requests that come at once are written together.

Anyone who gets the turn writes for all who wait, in one transaction, so that eight of them wait for the disk once. Each
request's decisions are written all or none.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import msgspec
from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError

from credit.decision_log import idempotency
from credit.decision_log.database import Backend
from credit.decision_log.driver_statement import DriverStatement
from credit.decision_log.errors import LogError, unusable
from credit.decision_log.hash_chain import inputs_hash, link, new_salt
from credit.decision_log.schema import Decision, bank_rules, chain, columns, decisions
from credit.decision_log.timestamps import as_text


class Waiting:
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


class GroupCommit:
    """Writes decisions to one database, by one transaction at a time in this process.

    ``prepare``: brings the tables up to date, before every transaction. ``turn``: held while something is written; who
    writes beside it takes it, too. ``known``: hashes of columns and of the bank's rules that the database has.
    """

    def __init__(self, engine: Engine, database: Backend, prepare: Callable[[], None]) -> None:
        self._engine, self._backend, self._prepare = engine, database, prepare
        self.turn = Lock()
        self.known: set[str] = set()
        self._door = Lock()
        self._queue: list[Waiting] = []
        self._errors: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._finish = database.finisher(decisions, chain)
        new = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert
        end = select(chain.c.decisions, chain.c.last, chain.c.head).with_for_update()
        self._head = DriverStatement(end, engine).text
        self._held = DriverStatement(idempotency.HELD, engine, ("key",))
        self._keep = DriverStatement(idempotency.KEEP, engine, ("key", *idempotency.KEEP_COLUMNS))
        self._list = DriverStatement(new(columns).on_conflict_do_nothing(), engine)
        self._keep_rules = DriverStatement(new(bank_rules).on_conflict_do_nothing(), engine)

    def record(self, rows: Sequence[Decision], once: idempotency.Once | None = None) -> list[int]:
        """As `Log.record`."""
        mine = Waiting(rows, once)
        with self._door:
            self._queue.append(mine)
        with self.turn:
            if mine.ids is None and mine.error is None:  # nobody has written them meanwhile
                with self._door:
                    waiting, self._queue = self._queue, []
                self._write_all(waiting)
        return mine.result()

    def _write_all(self, waiting: Sequence[Waiting]) -> None:
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
                    self._write_all([one])
                return
            for one in waiting:
                one.error = unusable(error)
        except LogError as error:
            for one in waiting:
                one.error = error

    def _append(self, waiting: Sequence[Waiting]) -> list[list[int] | Exception]:
        """Write what waits: of each the ids, or why it alone was not written."""
        self._prepare()
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
                        rows.append(written_row(decision, last, now, head))
                        head = rows[-1]["hash"]
                self._know(driver.cursor(), waiting)
                self._finish(driver, rows, {"decisions": count + len(rows), "last": last, "head": head})
        except (SQLAlchemyError, self._errors):
            self.known.clear()
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

    def _know(self, cursor: Any, waiting: Sequence[Waiting]) -> None:
        """See to it that the columns of the decisions, and the bank's rules, are in the database."""
        for rules in {row.bank_rules for one in waiting for row in one.rows if row.bank_rules is not None}:
            if rules.hash not in self.known:
                cursor.execute(*self._keep_rules.one({"hash": rules.hash, "rules": rules.text}))
                self.known.add(rules.hash)
        listed = {row.columns.hash: row.columns for one in waiting for row in one.rows}
        for name in listed.keys() - self.known:
            cursor.execute(*self._list.one({"hash": name, "names": listed[name].text}))
            self.known.add(name)


def written_row(decision: Decision, number: int, time: str, previous: str) -> dict[str, Any]:
    """The row of a decision that follows ``previous`` in the chain.

    ``decision``: what is logged. ``number``: its id. ``time``: when it is written, ISO 8601 in UTC. ``previous``: the
    hash of the row before it.
    """
    salt = new_salt()
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
