"""PostgreSQL by pg8000: addresses as libpq reads them, connections, errors, and rows written in one go.

pg8000 is the driver that SQLAlchemy knows whose licence (BSD) is permissive. It speaks the protocol in Python and lacks
three things that are made up for here: what hosts write behind the "?" of an address, small packets that leave at once,
and many rows in one statement.
"""

import socket
import ssl
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pg8000
from scramp import ScramException
from sqlalchemy import URL, BigInteger, Double, LargeBinary, String, Table

from credit.decisions.error import LogError

#: A server that does not answer at the beginning is given up after so long, and so is the wait for another writer.
#: Seconds.
PATIENCE = 5

#: A server that does not answer a statement is given up after so many times as long: longer than it waits for a lock.
_ANSWER = 2

_OPTIONS = ("application_name", "connect_timeout", "host", "options", "port", "sslmode", "sslrootcert")

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

#: The beginning and end of COPY's binary format: signature, no flags, no extension; no more rows.
#: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
_COPY_BEGIN, _COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), struct.pack("!h", -1)

_NULL = struct.pack("!i", -1)


def connector(url: URL) -> Callable[[], Any]:
    """What opens a connection to the database of an address; nothing is opened yet.

    Behind its "?" an address may have what libpq reads there: sslmode (prefer where none is named), sslrootcert,
    connect_timeout (seconds), application_name, options, host and port. Raises `LogError` for what is not understood,
    which would otherwise be left out in silence: a wish for safety among it.
    """
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    if twice := sorted(url.query.keys() - query.keys()):
        raise LogError(f"DATABASE_URL has {', '.join(twice)} more than once behind its '?': write it once.")
    if unknown := sorted(query.keys() - set(_OPTIONS)):
        raise LogError(
            f"DATABASE_URL has {', '.join(unknown)} behind its '?', and the decision log understands "
            f"{', '.join(_OPTIONS)}: take it out. For a server whose certificate must be proven, use "
            "sslmode=verify-full."
        )
    if not url.username:
        raise LogError("DATABASE_URL names no user: write postgresql://user:password@host/name.")
    host = query.get("host") or url.host or "localhost"
    if "@" in host or "," in host:
        raise LogError(
            "DATABASE_URL names one host, without '@' and ',': in a password write %40 for '@' and %2C for ','."
        )
    port = _whole("port", query["port"]) if "port" in query else url.port or 5432
    local = host.startswith("/")
    encryption = _ssl(query.get("sslmode", "prefer"), query.get("sslrootcert"))
    return partial(
        _connect,
        f"{host}/.s.PGSQL.{port}" if local else (host, port),
        _whole("connect_timeout", query["connect_timeout"]) if "connect_timeout" in query else PATIENCE,
        user=url.username,
        # pg8000 fails in an odd way where a server wants a password and there is none.
        password=url.password or "",
        host=host,
        database=url.database or url.username,
        application_name=query.get("application_name"),
        ssl_context=False if local else encryption,  # a socket in a folder leaves the machine as little as in libpq
        startup_params={"options": query["options"]} if "options" in query else None,
    )


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise LogError(f"DATABASE_URL: {name} is a whole number from 1 to 65535, not {text[:40]!r}.")
    return int(text)


def _ssl(mode: str, authorities: str | None) -> ssl.SSLContext | bool | None:
    """What pg8000 takes for libpq's sslmode. https://www.postgresql.org/docs/current/libpq-ssl.html"""
    if mode not in _SSL_MODES:
        raise LogError(f"DATABASE_URL: sslmode is one of {', '.join(_SSL_MODES)}, not {mode[:40]!r}.")
    if mode in ("disable", "allow", "prefer"):
        if authorities is not None:
            raise LogError(f"DATABASE_URL: sslrootcert has no meaning with sslmode={mode}: write verify-full.")
        return False if mode == "disable" else None  # None: encrypted where the server can, by any certificate
    if mode == "require" and authorities is None:
        return True  # encrypted, by any certificate
    if mode == "verify-ca" and authorities is None:
        raise LogError("DATABASE_URL: sslmode=verify-ca wants sslrootcert, the file of the authority to trust.")
    try:
        context = ssl.create_default_context(cafile=None if authorities == "system" else authorities)
    except OSError as error:  # an ssl.SSLError is one
        raise LogError(
            f"DATABASE_URL: the certificates of sslrootcert={authorities} cannot be read: {error.strerror or error}."
        ) from None
    context.check_hostname = mode == "verify-full"
    return context


def _connect(place: tuple[str, int] | str, patience: int, **arguments: Any) -> Any:
    """A new connection. Raises pg8000.InterfaceError, or what the server answers."""
    where = place if isinstance(place, str) else f"{place[0]}:{place[1]}"
    try:
        plug = _plug(place, patience)
    except (OSError, UnicodeError) as error:  # the latter for what is no name of a host
        raise pg8000.InterfaceError(
            f"the database server at {where} cannot be reached: {getattr(error, 'strerror', None) or error}"
        ) from error
    try:
        connection = _Connection(sock=plug, **arguments)
    except ScramException as error:
        plug.close()
        raise pg8000.InterfaceError(
            f"the server's or the user's side of the password is not as SCRAM wants it ({error}): give the user a "
            "password of plain characters"
        ) from None
    except (KeyError, ValueError, struct.error) as error:
        plug.close()
        if isinstance(error, OSError):  # of the handshake for TLS, some are both
            raise pg8000.InterfaceError(f"no encrypted connection to the database server: {error}") from error
        raise pg8000.InterfaceError(f"what answers at {where} is no PostgreSQL server") from error
    except (OSError, pg8000.InterfaceError) as error:
        plug.close()
        if _late(error):
            raise pg8000.InterfaceError(f"the database server did not answer within {patience} s") from error
        if isinstance(error, ssl.SSLError):  # which pg8000 lets through
            raise pg8000.InterfaceError(f"no encrypted connection to the database server: {error}") from error
        if isinstance(error, OSError):
            raise pg8000.InterfaceError(f"the connection to the database server broke: {error}") from error
        raise
    return connection


class _Connection(pg8000.Connection):
    """pg8000's, but whatever becomes of the socket is an error of the driver's, and closing never fails.

    Its own first read of an answer lets bare OSErrors out, and closing one that the server has closed is an error.
    """

    def handle_messages(self, context: Any) -> None:
        try:
            super().handle_messages(context)
        except OSError as error:
            if isinstance(error, TimeoutError):
                # SQLAlchemy gives a connection up whose error has these two words.
                raise pg8000.InterfaceError("network error: the database server did not answer in time") from error
            raise pg8000.InterfaceError(f"network error: {error.strerror or error}") from error

    def close(self) -> None:
        with suppress(pg8000.Error, OSError):
            super().close()


def patient(connection: Any, patient: bool) -> None:
    """Whether a connection waits for an answer without end, as a migration must; else it gives up (`PATIENCE`)."""
    connection._usock.settimeout(None if patient else _ANSWER * PATIENCE)


def _plug(place: tuple[str, int] | str, patience: int) -> socket.socket:
    if isinstance(place, str):
        plug = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        plug.settimeout(patience)
        try:
            plug.connect(place)
        except OSError:
            plug.close()
            raise
        return plug
    plug = socket.create_connection(place, patience)
    # pg8000 sends a statement in pieces: the last would wait 40 ms for word that the first was received.
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return plug


def _late(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, TimeoutError):
        error = error.__cause__ or error.__context__
    return error is not None


def prepare(connection: Any) -> None:
    """Set a new connection up, whatever the database's or the role's own settings are.

    A writer that hangs must not make all others hang with it. Texts, numbers and bytes must come back as they were
    written: into the chain of hashes go the very values.
    """
    patient(connection, False)
    cursor = connection.cursor()
    for setting in (
        "client_encoding = 'UTF8'",
        "extra_float_digits = 1",
        "bytea_output = 'hex'",
        "default_transaction_isolation = 'read committed'",
        "default_transaction_read_only = off",
    ):
        cursor.execute(f"SET {setting}")
    cursor.execute(f"SET lock_timeout = '{PATIENCE}s'")
    cursor.execute(f"SET idle_in_transaction_session_timeout = '{4 * PATIENCE}s'")
    connection.commit()


def begin(cursor: Any) -> None:
    """Begin to write: the driver does so by itself, at the first statement."""


def commit(cursor: Any) -> None:
    """Commit; as a simple query, which is one wait for the server, where the driver's own commit is three."""
    cursor.execute("COMMIT")


def refused(error: Exception) -> bool:
    """Whether it is the values that the server did not take: classes 22 and 23 of its error codes.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    told = error.args[0] if error.args else None
    return isinstance(told, Mapping) and str(told.get("C", "")).startswith(("22", "23"))


def writer(table: Table) -> Callable[[Any, Sequence[Mapping[str, Any]]], None]:
    """What writes rows of a table by a driver's cursor, all by one COPY: an INSERT is three waits for the server a row.

    The rows have every column of the table, by name.
    """
    into = f"COPY {table.name} ({', '.join(column.name for column in table.columns)}) FROM STDIN (FORMAT binary)"
    fields = [(column.name, _bytes_of(column.type)) for column in table.columns]
    beginning = struct.pack("!h", len(fields))

    def write(cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        # All are in bytes before the first is sent: a value that cannot be must not break off a statement.
        blocks = [_COPY_BEGIN]
        for row in rows:
            values = [row[name] for name, _ in fields]
            blocks.append(
                beginning
                + b"".join(
                    _NULL if value is None else encoded(value)
                    for value, (_, encoded) in zip(values, fields, strict=True)
                )
            )
        cursor.execute(into, stream=[*blocks, _COPY_END])

    return write


def _bytes_of(kind: Any) -> Callable[[Any], bytes]:
    """How a value of a column's type stands in binary COPY: its length in bytes, then itself."""
    if isinstance(kind, BigInteger):
        return lambda value: struct.pack("!iq", 8, value)
    if isinstance(kind, Double):
        return lambda value: struct.pack("!id", 8, value)
    if isinstance(kind, LargeBinary):
        return _counted
    if isinstance(kind, String):
        return lambda value: _counted(value.encode())
    raise TypeError(f"no binary form is known for columns of type {kind!r}")


def _counted(value: bytes) -> bytes:
    return struct.pack("!i", len(value)) + value
