"""The database of the log: its address and its connections."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import ArgumentError

from credit import lfs
from credit.decisions import sqlite
from credit.decisions.error import LogError

#: The default: a file in the working folder.
FILE = "decisions.db"

_POSTGRESQL = "postgresql+pg8000"


class Backend(Protocol):
    """What the modules ``sqlite`` and ``postgresql`` do each in its own way."""

    def prepare(self, connection: Any) -> None: ...

    def begin(self, cursor: Any) -> None: ...

    def commit(self, cursor: Any) -> None: ...

    def patient(self, connection: Any, patient: bool) -> None: ...

    def refused(self, error: Exception) -> bool: ...

    def writer(self, table: Table) -> Callable[[Any, Sequence[Mapping[str, Any]]], None]: ...


def backend(url: URL) -> Backend:
    """How the log writes into the database of an address."""
    if url.get_backend_name() == "sqlite":
        return sqlite
    from credit.decisions import postgresql  # its driver is loaded only where it is used

    return postgresql


def address(database: str | Path) -> URL:
    """The SQLAlchemy address of a path or an address. Raises `LogError` for one that nothing here speaks."""
    text = str(database)
    if isinstance(database, str) and "://" not in text and re.search(r"\b(host|dbname|user|password)\s*=", text):
        raise LogError(
            "DATABASE_URL is written as an address, postgresql://user:password@host/name, not as name=value."
        )
    if isinstance(database, Path) or "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LogError(
            "DATABASE_URL is not an address such as postgresql://user:password@host/name: correct it, or unset it for "
            "the file decisions.db."
        ) from None
    if url.get_backend_name() not in ("postgres", "postgresql", "sqlite"):
        raise LogError(
            f"The decision log is kept in PostgreSQL or SQLite, not in {url.get_backend_name()!r}: correct "
            "DATABASE_URL, or unset it for the file decisions.db."
        )
    if url.get_backend_name() == "sqlite":
        return url
    if url.drivername not in ("postgres", "postgresql", _POSTGRESQL):
        raise LogError(
            f"The decision log has its own driver for PostgreSQL: write postgresql:// in DATABASE_URL, not "
            f"{url.drivername}://."
        )
    return url.set(drivername=_POSTGRESQL)


def named(url: URL) -> str:
    """An address as it may be shown: without password, and without what stands behind a '?'."""
    shown = url.set(query={}) if url.get_backend_name() != "sqlite" else url
    if url.host and "@" in url.host:  # the rest of a password that holds one
        shown = shown.set(host=url.host.rpartition("@")[2])
    return shown.render_as_string(hide_password=True)


def connected(url: URL) -> Engine:
    """The connections to a database; none is opened yet. Raises `LogError` for an address with what is not understood,
    and for a file that is a Git LFS pointer.

    ``url``: as `address` gives it.
    """
    way = backend(url)
    # hide_parameters: an error's text, and so the server's own log, must not hold a client's values.
    if way is sqlite:
        if (file := sqlite.file_of(url)) is not None and _is_pointer(file):
            raise LogError(f"{file} {lfs.ADVICE}.")
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": sqlite.PATIENCE})
    else:
        from credit.decisions import postgresql

        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, creator=postgresql.connector(url))
        event.listen(engine, "handle_error", _give_up_what_was_broken_off)
        # None where it was given up.
        event.listen(engine, "checkin", lambda one, _: None if one is None else way.patient(one, False))
    event.listen(engine, "connect", lambda connection, _: way.prepare(connection))
    event.listen(engine, "begin", _begin)
    return engine


def _is_pointer(file: Path) -> bool:
    try:
        return lfs.is_pointer(file)
    except OSError:  # what keeps it from being read is said when the log is used, and may pass
        return False


def _give_up_what_was_broken_off(context: ExceptionContext) -> None:
    """An error that is not the driver's own may have come between a statement and its answer.

    The next statement on that connection would take that answer for its own.
    """
    if context.sqlalchemy_exception is None:
        context.is_disconnect = True


def _begin(connection: Connection) -> None:
    """Whoever reads sees one moment; whoever writes to SQLite takes the turn at once."""
    reads = connection.get_execution_options().get("reads", False)
    if connection.dialect.name == "sqlite":
        if reads:
            connection.exec_driver_sql("BEGIN")
        else:
            sqlite.begin(connection.connection.cursor())
    elif reads:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
