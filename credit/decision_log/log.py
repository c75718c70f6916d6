"""The decision log: written before the answer leaves, found again, erased without breaking the chain.

SQLite by default, with its write-ahead log, so that readers and several worker processes do not block each other;
PostgreSQL where an address is given. When `Log.record` returns, a decision is committed and on the disk.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, false, func, insert, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from credit.decision.policy import REFER
from credit.decision_log import case_intake, idempotency, kept_sums, logged_decisions, migration
from credit.decision_log.database import FILE, backend, connected
from credit.decision_log.database_url import address
from credit.decision_log.database_url import named as named_address
from credit.decision_log.decision_filters import ALL, Filters
from credit.decision_log.errors import LogError, unusable
from credit.decision_log.group_commit import GroupCommit
from credit.decision_log.logged_decisions import PAGE, Page, Raw, newest
from credit.decision_log.schema import (
    REVISION,
    Decision,
    bank_rules,
    case_queue,
    chain,
    decisions,
    open_cases,
    reviews,
)
from credit.decision_log.sqlite import file_of
from credit.decision_log.timestamps import as_text
from credit.program import PROGRAM

#: So often each process takes out kept answers that are too old, while requests bring keys. Seconds.
_SWEEP_EVERY = 60


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
        self._ready = False
        self._identity: tuple[int, int] | None = None
        self._next_sweep = 0.0
        self._referred = 0  # written here since this program last took up
        self._errors: type[Exception] = self._engine.dialect.loaded_dbapi.Error
        self._commits = GroupCommit(self._engine, self._backend, self.prepare)

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
        self._commits.known.clear()
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

        ``once``: the answer to keep with them, of a request with a key. Raises `LogError`, and `idempotency.ClaimLost`
        where the request no longer holds its key.
        """
        ids = self._commits.record(rows, once)
        self._referred += sum(row.decision == REFER and row.trial is None for row in rows)
        if self._referred >= case_intake.WAITING:
            waiting, self._referred = self._referred, 0
            self._take_up(waiting)
        return ids

    def _take_up(self, waiting: int) -> None:
        """Put so many referred clients into the queue, so that its next reader does not wait for that. What a log from
        before has besides, no request waits for.
        """
        try:
            for _ in range(0, waiting, case_intake.STEP):  # other requests get their turn between two steps
                with self.writing() as connection:
                    case_intake.take_up(connection)
        except LogError:
            # The decisions are on disk, and the request that sent them has its answer: the reader takes these up.
            return

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

        ``caller``: by name. ``size``: how many rows at most. ``filters``: those wanted, which ``total`` counts then.
        ``after``: the cursor of a page; ``number`` counts the rows behind it. ``inputs``: of each row, too, some 40 kB
        as JSON.
        """
        own = (decisions.c.caller == caller, *filters.conditions())
        with self._transaction(reads=True) as connection:
            total = connection.execute(select(func.count()).select_from(decisions).where(*own)).scalar_one()
            rows = newest(connection, own, size + 1, (number - 1) * size, after, inputs)
        following = rows[size - 1]["id"] if len(rows) > size else None
        return Page(rows[:size], number, max(1, -(-total // size)), total, following)

    def all_of(self, caller: str, filters: Filters = ALL, step: int = 1000) -> Iterator[list[dict[str, Any]]]:
        """All of the caller's decisions that are wanted, newest first, without inputs, so many at a time.

        Raises `LogError`.
        """
        own, after = (decisions.c.caller == caller, *filters.conditions()), None
        while True:
            with self._transaction(reads=True) as connection:
                rows = newest(connection, own, step, 0, after, inputs=False)
            if not rows:
                return
            yield rows
            after = rows[-1]["id"]

    def find(self, number: int) -> dict[str, Any] | None:
        """The decision of that id, as `page` tells it, None where there is none. Raises `LogError`."""
        with self._transaction(reads=True) as connection:
            found = logged_decisions.decision(connection, number)
        return None if found is None else logged_decisions.as_answered(found._mapping)

    def raw(self, number: int) -> Raw | None:
        """The decision of that id as it was written, None where there is none. Raises `LogError`."""
        with self._transaction(reads=True) as connection:
            found = logged_decisions.decision(connection, number)
        return None if found is None else logged_decisions.raw(found)

    def bank_rules(self, written: str) -> str | None:
        """The bank's rules of that hash as JSON, None where there are none. Raises `LogError`."""
        with self._transaction(reads=True) as connection:
            found = connection.execute(
                select(bank_rules.c.rules).where(bank_rules.c.hash == written)
            ).scalar_one_or_none()
        if found is not None and hashlib.sha256(found.encode()).hexdigest() != written:
            raise LogError(f"the bank's rules in it were changed; {PROGRAM} log verify says more")
        return found

    def erase(self, *, client: int | None = None, caller: str | None = None, before: datetime | None = None) -> int:
        """Erase the inputs of decisions and the answers kept for them: the number of decisions that lost their inputs.

        What people wrote in reviews of these decisions goes with them, and open cases leave the queue. What the reviews
        earned stays in sums (`credit.decision_log.kept_sums`). ``client``,
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
        with self.reading() as connection:
            ripe = kept_sums.ripe_weeks(connection, about)
        with self._commits.turn, self._transaction(patient=True) as connection:
            connection.execute(select(case_queue.c.upto).with_for_update())  # no review is written meanwhile
            kept_sums.keep(connection, about, ripe)
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
        """Claim a key for a request, or what is known of it already; see `idempotency.claim`. Raises `LogError`."""
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
        with self._commits.turn, self._transaction() as connection:
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
            self._commits.known.clear()
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
