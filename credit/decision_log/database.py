"""The database of the log: its connections, and how its transactions begin."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event

from credit.decision_log import sqlite
from credit.decision_log.errors import LogError
from credit.files import git_lfs

#: The default: a file in the working folder.
FILE = "decisions.db"


class Backend(Protocol):
    """What the modules ``sqlite`` and ``postgresql`` do each in its own way."""

    def prepare(self, connection: Any) -> None: ...

    def begin(self, connection: Any, first: str) -> Any: ...

    def lost(self, error: Exception) -> bool: ...

    def patient(self, connection: Any, patient: bool) -> None: ...

    def refused(self, error: Exception) -> bool: ...

    def finisher(
        self, table: Table, end: Table
    ) -> Callable[[Any, Sequence[Mapping[str, Any]], Mapping[str, Any]], None]: ...


def backend(url: URL) -> Backend:
    """How the log writes into the database of an address."""
    return sqlite if url.get_backend_name() == "sqlite" else _postgresql()


def _postgresql() -> Any:
    """The module of that name; its driver is loaded only where it is used. Raises `LogError` where it is not there."""
    try:
        from credit.decision_log import postgresql
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise LogError(
            "The decision log is in PostgreSQL, whose driver is not installed: pip install 'credit[postgresql]'"
        ) from None
    return postgresql


def connected(url: URL) -> Engine:
    """The connections to a database; none is opened yet. Raises `LogError` for an address with what is not understood,
    and for a file that is a Git LFS pointer.

    ``url``: as `credit.decision_log.database_url.address` gives it.
    """
    way = backend(url)
    # hide_parameters: an error's text, and so the server's own log, must not hold a client's values.
    if way is sqlite:
        if (file := sqlite.file_of(url)) is not None and _is_pointer(file):
            raise LogError(f"{file} {git_lfs.ADVICE}.")
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": sqlite.PATIENCE})
    else:
        # No ping before a connection is used: the beginning of its transaction is one, see `Log`.
        engine = create_engine(url, hide_parameters=True, creator=_postgresql().connector(url), use_native_hstore=False)
        # None where it was given up.
        event.listen(engine, "checkin", lambda one, _: None if one is None else way.patient(one, False))
    event.listen(engine, "connect", lambda connection, _: way.prepare(connection))
    event.listen(engine, "begin", _begin)
    return engine


def _is_pointer(file: Path) -> bool:
    try:
        return git_lfs.is_pointer(file)
    except OSError:  # what keeps it from being read is said when the log is used, and may pass
        return False


def _begin(connection: Connection) -> None:
    """Anyone who reads sees one moment; anyone who writes to SQLite takes the turn at once."""
    reads = connection.get_execution_options().get("reads", False)
    if connection.dialect.name == "sqlite":
        if reads:
            connection.exec_driver_sql("BEGIN")
        else:
            sqlite.take_turn(connection.connection.dbapi_connection)
    else:
        driver: Any = connection.connection.dbapi_connection
        connection.exec_driver_sql(driver.to_read if reads else driver.to_write)
