"""PostgreSQL by pg8000: connections, settings, errors, and a decision in two waits for the server.

pg8000 is the driver that SQLAlchemy knows whose licence (BSD) is permissive. It speaks the protocol in Python and lacks
some things that are made up for here: what hosts write behind the "?" of an address (``postgresql_options``), a proof
that channel binding was used, small packets that leave at once, and several statements that wait for the server once.

Between the log and its server may stand a pooler in transaction mode (PgBouncer, Supavisor, Neon's): another program's
transactions come before and after on the same connection of the server, and what either sets for a session stays there
for the other. So nothing is set for a session, and every transaction begins with the settings that it needs, as
SET LOCAL, in the very message that begins it.
"""

import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pg8000
from pg8000.converters import make_params
from pg8000.core import Context
from scramp import ScramClient, ScramException
from sqlalchemy import URL, BigInteger, Double, LargeBinary, String, Table, update
from sqlalchemy.dialects.postgresql.base import PGDialect as dialect

from credit.decision_log.postgresql_options import PATIENCE, Options

#: A server that does not answer a statement is given up after so many times as long: longer than it waits for a lock.
_ANSWER = 2

#: What a transaction needs, whatever the database, the role or another program behind the same pooler has set. Texts,
#: numbers and bytes must come back as they were written: into the chain of hashes go the very values. A commit is as
#: durable, names mean the tables, and rights are those that the role has by itself (DEFAULT).
_SETTINGS = (
    "client_encoding = 'UTF8'",
    "extra_float_digits = 3",
    "bytea_output = 'hex'",
    "standard_conforming_strings = on",
    "role = DEFAULT",
    "statement_timeout = DEFAULT",
    "synchronous_commit = DEFAULT",
)

#: The beginning and end of COPY's binary format: signature, no flags, no extension; no more rows.
#: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
_COPY_BEGIN, _COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), struct.pack("!h", -1)

_NULL = struct.pack("!i", -1)

#: Messages of the protocol. https://www.postgresql.org/docs/current/protocol-message-formats.html
_OK, _SASL, _SASL_FINAL = 0, 10, 12
_BOUND = "SCRAM-SHA-256-PLUS"


def connector(url: URL) -> Callable[[], Any]:
    """What opens a connection to the database of an address; nothing is opened yet.

    Raises `LogError` for what is not understood in the address.
    """
    options = Options.read(url)
    return partial(
        _connect,
        options,
        user=url.username,
        # pg8000 fails in an odd way where a server wants a password and there is none.
        password=url.password or "",
        host=options.host,
        database=url.database or url.username,
        application_name=options.application_name,
        ssl_context=options.ssl,
        startup_params=options.startup,
    )


def _connect(options: Options, **arguments: Any) -> Any:
    """A new connection. Raises pg8000.InterfaceError, or what the server answers."""
    place, patience = options.place, options.patience
    where = place if isinstance(place, str) else f"{place[0]}:{place[1]}"
    try:
        plug = _plug(options)
    except (OSError, UnicodeError) as error:  # the latter for what is no name of a host
        raise pg8000.InterfaceError(
            f"the database server at {where} cannot be reached: {getattr(error, 'strerror', None) or error}"
        ) from error
    try:
        connection = _Connection(options, sock=plug, **arguments)
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
    except pg8000.DatabaseError as error:
        if "options" in options.startup and "unsupported startup parameter: options" in _message(error):
            raise pg8000.InterfaceError(
                "the pooler in front of the database takes no options: take them out of DATABASE_URL and set them for "
                "the user (ALTER ROLE ... SET ...); for a search_path write schema=NAME"
            ) from None
        raise
    return connection


class _Connection(pg8000.Connection):
    """pg8000's, but whatever becomes of the socket is an error of the driver's, and closing never fails.

    Its own first read of an answer lets bare OSErrors out, and closing one that the server has closed is an error. A
    statement is one wait for the server where pg8000's own is three, and several can share it.
    """

    def __init__(self, options: Options, **arguments: Any) -> None:
        self._binding, self._bound = options.channel_binding, False
        self.to_read, self.to_write = beginnings(options.search_path)
        super().__init__(**arguments)
        # Transactions begin with `to_read` or `to_write`: the driver's own habit begins them without.
        self.autocommit = True

    def handle_messages(self, context: Any) -> None:
        try:
            super().handle_messages(context)
        except OSError as error:
            if isinstance(error, TimeoutError):
                # SQLAlchemy gives a connection up whose error has these two words.
                raise pg8000.InterfaceError("network error: the database server did not answer in time") from error
            raise pg8000.InterfaceError(f"network error: {error.strerror or error}") from error

    def handle_AUTHENTICATION_REQUEST(self, data: bytes, context: Any) -> None:
        """Log in, with channel binding as the address wants it: pg8000 binds where the server offers it, and says
        nothing where it does not. RFC 5802, RFC 5929 (tls-server-end-point).
        """
        (kind,) = struct.unpack_from("!i", data)
        if self._binding == "require":
            encrypted = isinstance(self._usock, ssl.SSLSocket)
            offered = kind == _SASL and _BOUND in data[4:].decode("ascii", "replace").split("\0")
            if (kind == _SASL and not (encrypted and offered)) or (kind < _SASL and not self._bound):
                lacks = "offers no channel binding" if encrypted else "speaks without encryption"
                raise pg8000.InterfaceError(
                    f"DATABASE_URL asks for channel_binding=require, and the server {lacks}: somebody between could "
                    "pass the login on. Write sslmode=verify-full in its place, which proves the server's certificate"
                )
        if self._binding == "disable" and kind == _SASL:
            self._log_in_unbound(data)
            return
        super().handle_AUTHENTICATION_REQUEST(data, context)
        if kind == _SASL_FINAL:  # the server has proved that it knows the password, over this very encryption
            self._bound = self.auth.mechanism_name == _BOUND

    def _log_in_unbound(self, data: bytes) -> None:
        mechanisms = [name.decode("ascii") for name in data[4:].split(b"\0") if name]
        self.auth = ScramClient(mechanisms, self.user.decode(), self.password.decode())
        first = self.auth.get_client_first().encode()
        name = self.auth.mechanism_name.encode() + b"\0"
        self._send_message(b"p", name + struct.pack("!i", len(first)) + first)
        self._sock.flush()

    def execute_unnamed(self, statement: str, vals: Any = (), oids: Any = (), stream: Any = None) -> Any:
        """Run a statement with values. Everything is in bytes before the first is sent: a value that cannot be must
        not break off a statement.
        """
        if stream is not None:  # COPY, whose rows go beside the statement
            return super().execute_unnamed(statement, vals, oids, stream)
        values = make_params(self.py_types, vals)
        for value in (statement, *values):
            if value is not None:
                value.encode(self._client_encoding)
        context = Context(statement)
        with _network():
            self.send_PARSE(b"\0", statement, oids)
            self.send_BIND(b"\0", values)
            self._send_message(b"D", b"P\0")
            self.send_EXECUTE()
            self._sock.write(b"S" + struct.pack("!i", 4))
            self._sock.flush()
        self.handle_messages(context)
        return context

    def run_together(self, *statements: tuple[str, bytes | None]) -> None:
        """Run statements without values, each with what a COPY of its is to take, and wait for the server once.

        Inside a transaction: where one fails, the server refuses those after it. Raises the first error.
        """
        contexts = [Context(text) for text, _ in statements]
        with _network():
            for text, copied in statements:
                self.send_QUERY(text)
                if copied is not None:
                    self._send_message(b"d", copied)
                    self._send_message(b"c", b"")
            self._sock.flush()
        errors = []
        for context in contexts:
            try:
                self.handle_messages(context)
            except pg8000.InterfaceError:
                raise
            except pg8000.DatabaseError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def handle_COPY_IN_RESPONSE(self, data: bytes, context: Any) -> None:
        """What is to be copied was sent with the statement: a server that refuses it leaves it unread."""

    def commit(self) -> None:
        self.execute_simple("commit")

    def rollback(self) -> None:
        if self._in_transaction:
            self.execute_simple("rollback")

    def close(self) -> None:
        with suppress(pg8000.Error, OSError):
            super().close()


@contextmanager
def _network() -> Iterator[None]:
    """What the socket does not take is an error of the driver's, and such that SQLAlchemy gives the connection up."""
    try:
        yield
    except (OSError, AttributeError) as error:  # the latter once it is closed
        raise pg8000.InterfaceError(f"network error: {getattr(error, 'strerror', None) or error}") from error


def beginnings(search_path: str | None) -> tuple[str, str]:
    """What begins a transaction that reads, at one moment, and one that writes: statements in one message, and so one
    wait for the server. A writer that hangs must not make all others hang with it.
    """
    settings = (
        *_SETTINGS,
        f"search_path = {search_path or 'DEFAULT'}",
        f"lock_timeout = '{PATIENCE}s'",
        f"idle_in_transaction_session_timeout = '{4 * PATIENCE}s'",
    )
    local = "; ".join(f"SET LOCAL {setting}" for setting in settings)
    return (
        f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {local}",
        f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {local}",
    )


def patient(connection: Any, patient: bool) -> None:
    """Whether a connection waits for an answer without end, as a migration must; else it gives up (`PATIENCE`)."""
    connection._usock.settimeout(None if patient else _ANSWER * PATIENCE)


def _plug(options: Options) -> socket.socket:
    if isinstance(options.place, str):
        plug = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        plug.settimeout(options.patience)
        try:
            plug.connect(options.place)
        except OSError:
            plug.close()
            raise
        return plug
    plug = socket.create_connection(options.place, options.patience)
    # pg8000 sends a statement in pieces: the last would wait 40 ms for word that the first was received.
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for level, name, value in options.socket:
        plug.setsockopt(level, name, value)
    return plug


def _late(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, TimeoutError):
        error = error.__cause__ or error.__context__
    return error is not None


def prepare(connection: Any) -> None:
    """Set a new connection up: for the driver alone, nothing of it reaches the server."""
    patient(connection, False)


def begin(connection: Any, first: str) -> Any:
    """Begin to write; the row that the statement ``first`` gives, in the same wait for the server."""
    cursor = connection.cursor()
    cursor.execute(f"{connection.to_write}; {first}")
    return cursor.fetchone()


def lost(error: Exception) -> bool:
    """Whether an error at the beginning says that the server has closed the connection since it was last used."""
    return isinstance(error, pg8000.InterfaceError) and "network error" in str(error)


def refused(error: Exception) -> bool:
    """Whether it is the values that the server did not take: classes 22 and 23 of its error codes.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    told = error.args[0] if error.args else None
    return isinstance(told, Mapping) and str(told.get("C", "")).startswith(("22", "23"))


def _message(error: Exception) -> str:
    said = error.args[0] if error.args else None
    return str(said.get("M", "")) if isinstance(said, Mapping) else str(error)


def finisher(table: Table, end: Table) -> Callable[[Any, Sequence[Mapping[str, Any]], Mapping[str, Any]], None]:
    """What ends a transaction of a connection in one wait for the server: writes rows of ``table``, all by one
    COPY, puts values into the one row of ``end``, and commits.

    The rows have every column of the table, by name; the values are whole numbers and hashes in hexadecimal.
    """
    into = f"COPY {table.name} ({', '.join(column.name for column in table.columns)}) FROM STDIN (FORMAT binary)"
    fields = [(column.name, _bytes_of(column.type)) for column in table.columns]
    beginning = struct.pack("!h", len(fields))
    ends = [column.name for column in end.columns if not column.primary_key]
    move = str(update(end).compile(dialect=dialect(), column_keys=ends))  # a template: ... SET last=%(last)s, ...

    def finish(connection: Any, rows: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> None:
        blocks = [_COPY_BEGIN]
        for row in rows:
            of_one = [row[name] for name, _ in fields]
            blocks.append(
                beginning
                + b"".join(
                    _NULL if value is None else encoded(value)
                    for value, (_, encoded) in zip(of_one, fields, strict=True)
                )
            )
        moved = move % {name: _literal(value) for name, value in values.items()}
        connection.run_together((into, b"".join([*blocks, _COPY_END])), (f"{moved}; COMMIT", None))

    return finish


def _literal(value: int | str) -> str:
    """A whole number, or a hash in hexadecimal."""
    return str(int(value)) if isinstance(value, int) else f"'{bytes.fromhex(value).hex()}'"


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
