"""What an address of PostgreSQL asks for behind its "?": libpq reads its own options, here are the words of others.

Nothing that is not understood is passed over: it may be a wish for safety.
"""

import os
import re
import ssl
from collections.abc import Mapping

from psycopg import conninfo, pq, sql
from sqlalchemy import URL

from credit.decision_log.errors import LogError

#: So many seconds a server has to answer at the beginning, where the address does not say.
PATIENCE = 5

#: From the weakest to the strictest.
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

#: What libpq does not know and the log understands.
_OWN = frozenset({"currentSchema", "schema", "ssl"})

#: Wishes of other programs to their own pools, caches and pages, which change nothing about a connection.
_HARMLESS = re.compile(
    "connection_limit|pgbouncer|pool_timeout|preferQueryMode|prepareThreshold|(prepared_)?statement_cache_size|supa|"
    "workaround"
)

#: A name that may be shown: a part of a password that got behind the "?" looks otherwise, or is short of a "=".
_NAME = re.compile(r"[A-Za-z][A-Za-z_.]{0,39}")


def parameters(url: URL) -> tuple[dict[str, str], str | None]:
    """What libpq is given for an address, and the schemas that it names as a statement has them, None: the role's own.

    Raises `LogError` for what is not understood or cannot be done.
    """
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    if twice := sorted(url.query.keys() - query.keys()):
        raise LogError(f"DATABASE_URL has {_shown(twice)} more than once behind its '?': write it once.")
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    if unknown := sorted(name for name in query.keys() - known - _OWN if not _HARMLESS.fullmatch(name)):
        raise LogError(
            f"DATABASE_URL has {_shown(unknown)} behind its '?', and the decision log understands libpq's options, "
            "schema and ssl: take it out. For a server whose certificate must be proven, use sslmode=verify-full."
        )
    if not url.username:
        raise LogError("DATABASE_URL names no user: write postgresql://user:password@host/name.")
    coding = query.get("client_encoding", "utf8")
    if coding.lower().replace("-", "") not in ("utf8", "unicode", "auto"):
        raise LogError(
            f"DATABASE_URL: the decision log always speaks UTF-8, whatever the database stores: take "
            f"client_encoding={coding[:40]} out."
        )
    given = {
        "host": url.host or os.environ.get("PGHOST", "localhost"),
        "port": str(url.port or ""),
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
        "connect_timeout": str(PATIENCE),
        **{name: value for name, value in query.items() if name in known},
        **_encryption(query),
        "client_encoding": "utf8",
    }
    # Of keepalives_... 0 means the system's own value, which libpq says and does not do.
    found = {name: value for name, value in given.items() if value and (name[:11], value) != ("keepalives_", "0")}
    _check(found)
    schemas = filter(None, (query.get("schema") or query.get("currentSchema") or "").split(","))
    path = [sql.Identifier(name.strip()).as_string() for name in schemas]
    return found, ", ".join(path) or None


def _shown(names: list[str]) -> str:
    return ", ".join(name if _NAME.fullmatch(name) else "something" for name in names)


def _encryption(query: Mapping[str, str]) -> dict[str, str]:
    """sslmode and sslrootcert. ``ssl=true`` is libpq's other word for sslmode=require, asyncpg has the modes under that
    name; of two the stricter counts, and one that libpq does not know as the strictest: libpq refuses it.
    """
    word = query.get("ssl", "false").lower()
    asked = {"true": "require", "1": "require", "false": "", "0": ""}.get(word, word)
    modes = [mode for mode in (query.get("sslmode", ""), asked) if mode]
    mode = max(modes, key=lambda mode: (*_SSL_MODES, mode).index(mode), default="")
    authorities = query.get("sslrootcert", "")
    if authorities and authorities != "system" and mode not in _SSL_MODES[3:]:
        raise LogError(f"DATABASE_URL: sslrootcert has no meaning with sslmode={mode or 'prefer'}: write verify-full.")
    if mode == "verify-full" and not authorities:
        authorities = os.environ.get("PGSSLROOTCERT", "system")
    if authorities == "system":
        # The wheels of psycopg bring an OpenSSL that looks where no system has its authorities.
        system = ssl.get_default_verify_paths()
        os.environ.setdefault("SSL_CERT_FILE", system.cafile or system.openssl_cafile)
        os.environ.setdefault("SSL_CERT_DIR", system.capath or system.openssl_capath)
    return {"sslmode": mode, "sslrootcert": authorities}


def _check(given: Mapping[str, str]) -> None:
    """Have libpq look at the options, as it does before it opens anything. Raises `LogError`."""
    gss = given.get("gssencmode")
    # Sent where no server is, on this machine: there libpq refuses gssencmode=require.
    here = {**given, "host": "/", "hostaddr": None, "gssencmode": None if gss == "require" else gss}
    begun = pq.PGconn.connect_start(conninfo.make_conninfo("", **here).encode())
    said = begun.get_error_message()
    begun.finish()
    if not said.startswith("connection to server"):
        page = "https://www.postgresql.org/docs/current/libpq-connect.html"
        raise LogError(f"DATABASE_URL: {said.splitlines()[0]}: correct it, {page} has what may stand there.")
