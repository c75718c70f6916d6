"""Where the decision log is: a path or an address as people have it at hand, read into one form.

A hosted database shows its address in several dresses: in quotes, as an argument of psql, with the driver of another
program, as JDBC writes it. What such a text asks for is the same, so it is taken. What cannot be taken is refused with
the next step, and no error shows a part of an address that may be of a password.
"""

import re
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from credit.decision_log.errors import LogError

POSTGRESQL = "postgresql+psycopg"

_EXAMPLE = "postgresql://user:password@host/name"

#: Drivers of other programs that an address may name; the log has its own.
_DRIVERS = frozenset(
    f"{kind}{driver}"
    for kind in ("postgres", "postgresql")
    for driver in ("", "+pg8000", "+psycopg", "+psycopg2", "+psycopg2cffi", "+psycopg_async", "+asyncpg")
)

#: What a page shows in a password's place: [YOUR-PASSWORD], <password>, ********.
_PLACEHOLDER = re.compile(r"\[[A-Za-z -]+\]|<[A-Za-z -]+>|\*{3,}|•+")

_PAIRS = re.compile(r"\b(host|hostaddr|dbname|user|password)\s*=")


def address(database: str | Path) -> URL:
    """The SQLAlchemy address of a path or an address. Raises `LogError` for one that nothing here speaks."""
    if isinstance(database, Path):
        return URL.create("sqlite", database=str(database))
    text = _bare(database)
    if not text:
        raise LogError(f"DATABASE_URL is empty: write {_EXAMPLE}, or unset it for the file decisions.db.")
    if "://" not in text:
        return _file(text)
    scheme, separator, rest = text.partition("://")
    text = scheme.lower() + separator + rest
    if scheme.lower().startswith("postgres"):
        _look_at_authority(rest)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LogError(
            f"DATABASE_URL is not an address such as {_EXAMPLE}: correct it, or unset it for the file decisions.db."
        ) from None
    if url.get_backend_name() == "sqlite":
        return url
    if url.get_backend_name() not in ("postgres", "postgresql"):
        raise LogError(
            f"The decision log is kept in PostgreSQL or SQLite, not in {url.get_backend_name()!r}: correct "
            "DATABASE_URL, or unset it for the file decisions.db."
        )
    if url.drivername not in _DRIVERS:
        raise LogError(
            f"The decision log has its own driver for PostgreSQL: write postgresql:// in DATABASE_URL, not "
            f"{url.drivername}://."
        )
    url = _with_user(url.set(drivername=POSTGRESQL))
    if url.password and _PLACEHOLDER.fullmatch(url.password):
        raise LogError(
            "DATABASE_URL has a placeholder where the password belongs: write the password itself there, as the page "
            "of your database shows it."
        )
    return url


def named(url: URL) -> str:
    """An address as it may be shown: without password, and without what stands behind a '?'."""
    shown = url.set(query={}) if url.get_backend_name() != "sqlite" else url
    if url.host and "@" in url.host:  # the rest of a password that holds one
        shown = shown.set(host=url.host.rpartition("@")[2])
    return shown.render_as_string(hide_password=True)


def _bare(text: str) -> str:
    """An address out of the line or the command in which it stood."""
    text = text.strip()
    text = re.sub(r"^(?:export\s+)?DATABASE_URL\s*=\s*", "", text)
    text = re.sub(r"^psql\s+(?=['\"]?\w+:)", "", text)
    text = re.sub(r"^jdbc:(?=\w+:)", "", text)
    for quote in "'\"`":
        if len(text) > 1 and text[0] == text[-1] == quote:
            return re.sub(r"^jdbc:(?=\w+:)", "", text[1:-1].strip())
    return text


def _file(text: str) -> URL:
    """The SQLite file of that name, unless it is an address that lacks its beginning."""
    if _PAIRS.search(text):
        raise LogError(f"DATABASE_URL is written as an address, {_EXAMPLE}, not as name=value.")
    if re.match(r"psql\s", text):
        raise LogError(f"DATABASE_URL is an address, {_EXAMPLE}, and not the options of psql: write them as one.")
    if re.search(r":.*@", text):  # it holds a password, which no error about a file may show
        raise LogError(f"DATABASE_URL does not begin with postgresql://: write {_EXAMPLE}.")
    return URL.create("sqlite", database=text)


def _look_at_authority(rest: str) -> None:
    """What SQLAlchemy would read in another sense than it was written, of an address without its scheme. Raises
    `LogError`.
    """
    if rest.count("@") > 1:
        raise LogError(
            "DATABASE_URL has more than one '@': in the user's name and the password write %40 for it, and %3A for "
            "':', %2F for '/', %3F for '?'."
        )
    hosts = re.split(r"[/?]", rest.rpartition("@")[2], maxsplit=1)[0]
    if "," in hosts or re.search(r"[?&]host(addr)?=[^&]*,", rest):
        raise LogError(
            "DATABASE_URL names more than one host, and the decision log connects to one: write the host of the "
            "primary server, or one name that always leads to it."
        )


def _with_user(url: URL) -> URL:
    """User, password and name of the database may stand behind the '?', as in JDBC and libpq."""
    sent = {name: value for name, value in url.query.items() if isinstance(value, str)}
    user, password, name = (sent.get(key) for key in ("user", "password", "dbname"))
    return url.set(
        username=user or url.username, password=password or url.password, database=name or url.database
    ).difference_update_query(["user", "password", "dbname"])
