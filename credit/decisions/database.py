"""The database of the log: its address, its connections, and what is wrong with it in one sentence."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

#: The default: a file in the working folder.
FILE = "decisions.db"

#: A writer waits this long for another worker's write, and for a database that does not answer. Seconds.
PATIENCE = 5

#: Between two attempts to get the turn to write into a SQLite file. Seconds; a commit takes about as long.
_PAUSE = 0.001


class LogError(Exception):
    """The log cannot be written or read; the text is for the operator and holds no client's values."""


def address(database: str | Path) -> URL:
    """The SQLAlchemy address of a path or an address. Raises `LogError` for one that nothing here speaks."""
    text = str(database)
    if isinstance(database, Path) or "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LogError(
            "DATABASE_URL is not an address such as postgresql://user:password@host/name: correct it, or unset it for "
            "the file decisions.db."
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise LogError(
            f"The decision log is kept in PostgreSQL or SQLite, not in {url.get_backend_name()!r}: correct "
            "DATABASE_URL, or unset it for the file decisions.db."
        )
    return url


def connected(url: URL) -> Engine:
    """The connections to a database; none is opened yet. Raises `LogError` for a driver that is not installed."""
    sqlite = url.get_backend_name() == "sqlite"
    try:
        # hide_parameters: an error's text, and so the server's own log, must not hold a client's values.
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=not sqlite,
            connect_args={"timeout": PATIENCE} if sqlite else {"connect_timeout": PATIENCE},
        )
    except ImportError as error:
        raise LogError(
            f"The decision log's driver {url.drivername} wants the package {error.name}, which is not installed: "
            "install it, or leave the driver out of DATABASE_URL."
        ) from None
    event.listen(engine, "connect", _prepare_sqlite if sqlite else _prepare_postgresql)
    if sqlite:
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; None for another database, for one in memory and for a URI of SQLite's own."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return None
    return Path(url.database)


def unusable(error: Exception) -> LogError:
    """The reason in the database's own words, its first line."""
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()
    return LogError(reason[0] if reason else type(error).__name__)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun by hand below: the driver's own habit begins none before a read.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    # A commit waits for the disk: it survives a power cut, too.
    connection.execute("PRAGMA synchronous=FULL")
    # What is erased is overwritten with zeros.
    connection.execute("PRAGMA secure_delete=ON")
    # The write-ahead log is taken into the file after so many pages of 4 kB: seldom, for everybody waits meanwhile.
    connection.execute("PRAGMA wal_autocheckpoint=8000")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    # A writer that hangs must not make all others hang with it.
    connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
    connection.execute(f"SET idle_in_transaction_session_timeout = '{4 * PATIENCE}s'")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("reads", False):
        connection.exec_driver_sql("BEGIN")
    else:
        begin_immediately(connection.connection.cursor())


def begin_immediately(cursor: Any) -> None:
    """Take the turn to write into a SQLite file, as soon as it is free. Raises sqlite3.OperationalError in the end.

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
