"""SQLite for the log: durable commits, turns to write without long sleeps."""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Table, insert
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
    connection.execute("PRAGMA journal_mode=WAL")
    # A commit waits for the disk: it survives a power cut, too.
    connection.execute("PRAGMA synchronous=FULL")
    # What is erased is overwritten with zeros.
    connection.execute("PRAGMA secure_delete=ON")
    # The write-ahead log is taken into the file after so many pages of 4 kB: seldom, for everybody waits meanwhile.
    connection.execute("PRAGMA wal_autocheckpoint=8000")


def begin(cursor: Any) -> None:
    """Take the turn to write, as soon as it is free. Raises sqlite3.OperationalError in the end.

    At the start: whoever reads first and writes then may be told to start again. SQLite's own way to wait for another
    process sleeps for up to 100 ms at a time, in which hundreds of turns pass by.
    """
    until = time.monotonic() + PATIENCE
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
            else:
                return
    finally:
        cursor.execute(f"PRAGMA busy_timeout={round(1000 * PATIENCE)}")


def commit(cursor: Any) -> None:
    """Commit, on the disk when this returns."""
    cursor.execute("COMMIT")


def patient(connection: Any, patient: bool) -> None:
    """A file answers or fails; there is nothing to wait for without end."""


def refused(error: Exception) -> bool:
    """Whether it is the values that the database did not take."""
    return isinstance(error, sqlite3.IntegrityError | sqlite3.DataError)


def writer(table: Table) -> Callable[[Any, Sequence[Mapping[str, Any]]], None]:
    """What writes rows of a table by a driver's cursor. The rows have every column of the table, by name."""
    into = insert(table).compile(dialect=dialect())
    names, text = into.positiontup or [], str(into)

    def write(cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        cursor.executemany(text, [tuple(row[name] for name in names) for row in rows])

    return write
