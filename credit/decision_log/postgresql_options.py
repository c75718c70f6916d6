"""What an address of PostgreSQL asks for behind its "?", as libpq reads it, and what of other programs' is harmless.

libpq's own: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS. Nothing that is not
understood is passed over: it may be a wish for safety.
"""

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import URL

from credit.decision_log.errors import LogError

#: A server that does not answer at the beginning is given up after so long, where the address does not say. Seconds.
PATIENCE = 5

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_ENCRYPTED = _SSL_MODES[3:]

_HONOURED = (
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "currentSchema",
    "gssencmode",
    "host",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "options",
    "port",
    "schema",
    "ssl",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
)

#: Wishes of other programs to their own pools, caches and pages, which change nothing about a connection.
_HARMLESS = frozenset(
    {
        "connection_limit",
        "fallback_application_name",
        "pgbouncer",
        "pool_timeout",
        "preferQueryMode",
        "prepareThreshold",
        "prepared_statement_cache_size",
        "statement_cache_size",
        "supa",
        "workaround",
    }
)

#: A name that may be shown: a part of a password that got behind the "?" looks otherwise, or is short of a "=".
_NAME = re.compile(r"[A-Za-z][A-Za-z_.]{0,39}")


@dataclass(frozen=True)
class Options:
    """``place``: (host, port), or the path of a socket in a folder. ``ssl``: as pg8000 takes it. ``channel_binding``:
    "prefer", "require" or "disable". ``startup``: what the server is sent at the beginning. ``search_path``: as a
    statement has it, or None for the role's own. ``socket``: options of a TCP socket, (level, name, value).
    """

    host: str
    place: tuple[str, int] | str
    patience: int
    ssl: ssl.SSLContext | bool | None
    channel_binding: str
    application_name: str | None
    startup: dict[str, str]
    search_path: str | None
    socket: list[tuple[int, int, int]] = field(default_factory=list)

    @classmethod
    def read(cls, url: URL) -> "Options":
        """Those of an address. Raises `LogError` for what is not understood or cannot be done."""
        query = _query(url)
        if not url.username:
            raise LogError("DATABASE_URL names no user: write postgresql://user:password@host/name.")
        host = query.get("host") or url.host or "localhost"
        if "@" in host or "," in host:
            raise LogError(
                "DATABASE_URL names one host, without '@' and ',': in a password write %40 for '@' and %2C for ','."
            )
        port = _whole("port", query["port"]) if "port" in query else url.port or 5432
        local = host.startswith("/")
        mode = _mode(query)
        encryption = _ssl(mode, query.get("sslrootcert"))
        _refuse_what_is_not_done(query, mode)
        schema = query.get("schema") or query.get("currentSchema")
        return cls(
            host=host,
            place=f"{host}/.s.PGSQL.{port}" if local else (host, port),
            patience=_whole("connect_timeout", query["connect_timeout"]) if "connect_timeout" in query else PATIENCE,
            ssl=False if local else encryption,  # a socket in a folder leaves the machine as little as in libpq
            channel_binding=_binding(query, mode, local),
            application_name=query.get("application_name"),
            # Poolers keep this one apart for each of their clients, and it outranks the role's own.
            startup={"client_encoding": "UTF8"} | ({"options": query["options"]} if "options" in query else {}),
            search_path=None if not schema else ", ".join(_quoted(name) for name in schema.split(",")),
            socket=_socket(query),
        )


def _query(url: URL) -> dict[str, str]:
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    if twice := sorted(url.query.keys() - query.keys()):
        raise LogError(f"DATABASE_URL has {_shown(twice)} more than once behind its '?': write it once.")
    if unknown := sorted(query.keys() - set(_HONOURED) - _HARMLESS):
        raise LogError(
            f"DATABASE_URL has {_shown(unknown)} behind its '?', and the decision log understands "
            f"{', '.join(_HONOURED)}: take it out. For a server whose certificate must be proven, use "
            "sslmode=verify-full."
        )
    return {name: value for name, value in query.items() if name in _HONOURED}


def _shown(names: list[str]) -> str:
    return ", ".join(name if _NAME.fullmatch(name) else "something" for name in names)


def _whole(name: str, text: str, most: int = 65535) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:12]) <= most:
        raise LogError(f"DATABASE_URL: {name} is a whole number from 1 to {most}, not {text[:40]!r}.")
    return int(text)


def _one_of(query: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    """The value of an option, the first of ``values`` where it is not there."""
    found = query.get(name, values[0])
    if found not in values:
        raise LogError(f"DATABASE_URL: {name} is one of {', '.join(values)}, not {found[:40]!r}.")
    return found


def _mode(query: Mapping[str, str]) -> str:
    """sslmode. ``ssl=true`` is libpq's other word for sslmode=require, asyncpg has the modes under that name; of two
    the stricter counts.
    """
    modes = []
    for name in ("sslmode", "ssl"):
        word = query.get(name)
        if word is None or (name == "ssl" and word.lower() in ("false", "0")):
            continue
        mode = "require" if name == "ssl" and word.lower() in ("true", "1") else word
        if mode not in _SSL_MODES:
            raise LogError(f"DATABASE_URL: {name} is one of {', '.join(_SSL_MODES)}, not {mode[:40]!r}.")
        modes.append(mode)
    return max(modes, key=_SSL_MODES.index, default="prefer")


def _ssl(mode: str, authorities: str | None) -> ssl.SSLContext | bool | None:
    """What pg8000 takes for libpq's sslmode. https://www.postgresql.org/docs/current/libpq-ssl.html"""
    if mode not in _ENCRYPTED:
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


def _binding(query: Mapping[str, str], mode: str, local: bool) -> str:
    wanted = _one_of(query, "channel_binding", ("prefer", "require", "disable"))
    if wanted == "require" and (local or mode == "disable"):
        raise LogError(
            "DATABASE_URL: channel_binding=require binds the password to an encrypted connection, and this one is not "
            "encrypted: write sslmode=require as well, or take it out."
        )
    return wanted


def _refuse_what_is_not_done(query: Mapping[str, str], mode: str) -> None:
    """Raises `LogError` for a value that asks for what the log or its driver cannot do."""
    # The negotiated way to TLS is as safe as the direct one, and one wait for the server longer.
    if _one_of(query, "sslnegotiation", ("postgres", "direct")) == "direct" and mode not in _ENCRYPTED:
        raise LogError("DATABASE_URL: sslnegotiation=direct wants an encrypted connection: write sslmode=require.")
    if _one_of(query, "gssencmode", ("prefer", "disable", "require")) == "require":
        raise LogError(
            "DATABASE_URL: gssencmode=require wants encryption by Kerberos, which the log's driver does not speak: "
            "write sslmode=verify-full, which encrypts and proves the server."
        )
    if (coding := query.get("client_encoding", "utf8")).lower().replace("-", "") not in ("utf8", "unicode", "auto"):
        raise LogError(
            f"DATABASE_URL: the decision log always speaks UTF-8, whatever the database stores: take "
            f"client_encoding={coding[:40]} out."
        )
    # The log writes, so a standby refuses it whichever of these is named.
    wanted = ("any", "read-write", "primary", "prefer-standby", "read-only", "standby")
    if (kind := _one_of(query, "target_session_attrs", wanted)) in wanted[4:]:
        raise LogError(
            f"DATABASE_URL: target_session_attrs={kind} asks for a server that takes no writes, and the decision log "
            "writes: write target_session_attrs=read-write."
        )


def _socket(query: Mapping[str, str]) -> list[tuple[int, int, int]]:
    """How TCP finds out that the server has gone, as options of the socket; what a system does not know is left out."""
    if _one_of(query, "keepalives", ("1", "0")) == "0":
        return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)]
    found = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, option, most in (
        ("keepalives_idle", "TCP_KEEPIDLE", 32_767),
        ("keepalives_interval", "TCP_KEEPINTVL", 32_767),
        ("keepalives_count", "TCP_KEEPCNT", 127),
        ("tcp_user_timeout", "TCP_USER_TIMEOUT", 2_147_483_647),
    ):
        # 0 is the system's own value, in libpq, too.
        if query.get(name, "0") != "0":
            value = _whole(name, query[name], most)
            if hasattr(socket, option):
                found.append((socket.IPPROTO_TCP, getattr(socket, option), value))
    return found


def _quoted(name: str) -> str:
    """A name as SQL has it: whatever it holds, it is one name."""
    return '"' + name.strip().replace('"', '""') + '"'
