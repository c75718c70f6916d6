"""SQLite for the log: durable commits, turns to write without long sleeps."""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Table, insert, update
from sqlalchemy.dialects.sqlite import dialect

#: A writer waits this long for another worker's write. Seconds.
PATIENCE = 5

#: Between two attempts to get the turn to write. Seconds; a commit takes about as long.
_PAUSE = 0.001


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; None for another database, for one in memory and for a URI of SQLite's own."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return None
    return Path(url.database)


def prepare(connection: Any) -> None:
    """Set a new connection up."""
    # Transactions are begun by hand: the driver's own habit begins none before a read.
    connection.isolation_level = None
    # Into that mode SQLite changes a new file alone, and does not wait for others that open it, whatever its timeout.
    _once_free(connection, "PRAGMA journal_mode=WAL")
    # A commit waits for the disk: it survives a power cut, too.
    connection.execute("PRAGMA synchronous=FULL")
    # What is erased is overwritten with zeros.
    connection.execute("PRAGMA secure_delete=ON")
    # The write-ahead log is taken into the file after so many pages of 4 kB: seldom, for everybody waits meanwhile.
    connection.execute("PRAGMA wal_autocheckpoint=8000")


def begin(connection: Any, first: str) -> Any:
    """Take the turn to write; the row that the statement ``first`` gives."""
    take_turn(connection)
    return connection.execute(first).fetchone()


def lost(error: Exception) -> bool:
    """Whether an error at the beginning says that the connection is gone: a file's never is."""
    return False


def take_turn(connection: Any) -> None:
    """Begin to write, as soon as no other process does. Raises sqlite3.OperationalError in the end.

    At the start: anyone who reads first and writes then may be told to start again. SQLite's own way to wait for
    another process sleeps for up to 100 ms at a time, in which hundreds of turns pass by.
    """
    connection.execute("PRAGMA busy_timeout=0")
    try:
        _once_free(connection, "BEGIN IMMEDIATE")
    finally:
        connection.execute(f"PRAGMA busy_timeout={round(1000 * PATIENCE)}")


def _once_free(connection: Any, statement: str) -> None:
    """Run a statement as soon as no other connection is in its way. Raises sqlite3.OperationalError in the end."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def patient(connection: Any, patient: bool) -> None:
    """A file answers or fails; there is nothing to wait for without end."""


def refused(error: Exception) -> bool:
    """Whether it is the values that the database did not take."""
    return isinstance(error, sqlite3.IntegrityError | sqlite3.DataError)


def finisher(table: Table, end: Table) -> Callable[[Any, Sequence[Mapping[str, Any]], Mapping[str, Any]], None]:
    """What ends a transaction of a connection: writes rows of ``table``, puts values into the one row of ``end``,
    and commits, on the disk when it returns. The rows have every column of the table, by name.
    """
    into = insert(table).compile(dialect=dialect())
    moved = update(end).compile(
        dialect=dialect(), column_keys=[column.name for column in end.columns if not column.primary_key]
    )
    names, ends = into.positiontup or [], moved.positiontup or []
    to_insert, to_move = str(into), str(moved)

    def finish(connection: Any, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
        connection.executemany(to_insert, [tuple(row[name] for name in names) for row in rows])
        connection.execute(to_move, [values[name] for name in ends])
        connection.execute("COMMIT")

    return finish
