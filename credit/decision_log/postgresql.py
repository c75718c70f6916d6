"""PostgreSQL by psycopg and libpq: connections, their errors, and a decision in two waits for the server.

Between the log and its server may stand a pooler in transaction mode (PgBouncer, Supavisor, Neon's): another program's
transactions come before and after on the same connection of the server, and what either sets for a session stays there
for the other. So nothing is set or prepared for a session, and every transaction begins with the settings that it
needs, as SET LOCAL, in the very message that begins it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import URL, String, Table
from sqlalchemy.dialects.postgresql.base import PGDialect as dialect

from credit.decision_log.postgresql_options import PATIENCE, parameters

#: A server that does not answer a statement is given up after so many times as long: longer than it waits for a lock.
_ANSWER = 2

#: What a transaction needs, whatever the database, the role or another program behind the same pooler has set. Texts
#: and numbers must come back as they were written: into the chain of hashes go the very values. A commit is as
#: durable, names mean the tables, and rights are those that the role has by itself (DEFAULT).
_SETTINGS = (
    "SET LOCAL client_encoding = 'UTF8'; SET LOCAL extra_float_digits = 3; SET LOCAL standard_conforming_strings = on; "
    "SET LOCAL role = DEFAULT; SET LOCAL statement_timeout = DEFAULT; SET LOCAL synchronous_commit = DEFAULT"
)

_BIND = (
    "somebody between could pass the login on; write sslmode=verify-full in place of channel_binding=require, which "
    "proves the server's certificate"
)

#: What libpq or the server says where no connection comes about -> what to do about it.
_NEXT_STEPS = {
    "unsupported startup parameter": "the pooler in front of the database takes no options: take them out of "
    "DATABASE_URL and set them for the user (ALTER ROLE ... SET ...); for a search_path write schema=NAME",
    "channel binding required": _BIND,
    "channel binding is required": _BIND,  # as libpq says it of PgBouncer, which binds no login
    "root certificate file": "name a file of authorities in sslrootcert, or write sslmode=verify-full without it",
    "no password supplied": "write user:password@ in DATABASE_URL",
    "timeout expired": "the database server did not answer in time",
    "expected authentication request": "what answers there is no PostgreSQL server",
    "invalid response to SSL negotiation": "what answers there is no PostgreSQL server",
}


class _Connection(psycopg.Connection[Any]):
    """psycopg's, but a server that does not answer a statement is given up after ``patience`` seconds, None: never."""

    patience: float | None = None
    to_read = to_write = ""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            self.close()  # its answer may come yet, and the next statement would take it for its own
            raise psycopg.OperationalError("the database server did not answer in time") from None


def connector(url: URL) -> Callable[[], Any]:
    """What opens a connection to the database of an address, later. Raises `LogError` for what is not understood."""
    return partial(_connect, *parameters(url))


def _connect(given: Mapping[str, str], path: str | None) -> _Connection:
    """A new connection, whose transactions begin by hand. Raises psycopg.Error with one line."""
    try:
        found = _Connection.connect("", autocommit=True, prepare_threshold=None, **given)  # type: ignore[arg-type]
    except UnicodeError as error:
        raise psycopg.OperationalError(f"failed to resolve host {given['host']!r}: {error}") from None
    except psycopg.Error as error:
        said = str(error).partition("\n")[0]
        advice = [advice for words, advice in _NEXT_STEPS.items() if words in said]
        raise psycopg.OperationalError(": ".join([said, *advice])) from None
    found.to_read, found.to_write = beginnings(path)
    return found


def beginnings(search_path: str | None) -> tuple[str, str]:
    """What begins a transaction that reads, at one moment, and one that writes: in one message, and so one wait."""
    local = (  # a writer that hangs must not make all others hang with it
        f"{_SETTINGS}; SET LOCAL search_path = {search_path or 'DEFAULT'}; SET LOCAL lock_timeout = '{PATIENCE}s'; "
        f"SET LOCAL idle_in_transaction_session_timeout = '{4 * PATIENCE}s'"
    )
    return (
        f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {local}",
        f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {local}",
    )


def patient(connection: Any, patient: bool) -> None:
    """Whether a connection waits for an answer without end, as a migration must; else it gives up (`PATIENCE`)."""
    connection.patience = None if patient else _ANSWER * PATIENCE


def prepare(connection: Any) -> None:
    """Set a new connection up: for the driver alone, nothing of it reaches the server."""
    patient(connection, False)


def begin(connection: Any, first: str) -> Any:
    """Begin to write; the row that the statement ``first`` gives, in the same wait for the server."""
    cursor = connection.execute(f"{connection.to_write}; {first}")
    cursor.set_result(-1)
    return cursor.fetchone()


def lost(error: Exception) -> bool:
    """Whether an error at the beginning says that the server has closed the connection since it was last used."""
    return isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08").startswith(("08", "57P"))


def refused(error: Exception) -> bool:
    """Whether it is the values that were not taken, by the server or by the driver."""
    return isinstance(error, psycopg.DataError | psycopg.IntegrityError)


def finisher(table: Table, end: Table) -> Callable[[Any, Sequence[Mapping[str, Any]], Mapping[str, Any]], None]:
    """What ends a transaction of a connection in one wait for the server: writes rows of ``table``, puts values into
    the one row of ``end``, and commits. The rows have every column of the table, by name.
    """
    names = [column.name for column in table.columns]
    moves = ", ".join(f"{column.name} = %({column.name})s" for column in end.columns if not column.primary_key)
    into = f"WITH moved AS (UPDATE {end.name} SET {moves}) INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608
    # Of texts without their length: a cast would cut off what is too long.
    kinds = ["text" if isinstance(column.type, String) else column.type.compile(dialect()) for column in table.columns]
    casts = ", ".join(f"%({name})s::{kind}" for name, kind in zip(names, kinds, strict=True))
    one = f"{into} VALUES ({casts}); COMMIT"
    arrays = ", ".join(f"%({name})b::{kind}[]" for name, kind in zip(names, kinds, strict=True))
    many = f"{into} SELECT * FROM unnest({arrays})"  # noqa: S608 - names and types are those of schema.py

    def finish(connection: Any, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
        if len(rows) == 1:  # in quotes: -9223372036854775808 bare is cast without its sign
            row = {name: str(value) if isinstance(value, int | float) else value for name, value in rows[0].items()}
            psycopg.ClientCursor(connection).execute(one, {**values, **row})
            return
        with connection.pipeline(), connection.cursor() as cursor:  # a third of the time of a statement a row
            cursor.execute(many, {**values, **{name: [row[name] for row in rows] for name in names}})
            cursor.execute("COMMIT")

    return finish
