"""The decision log: what was asked, what was answered, by which model; written before the answer leaves.

SQLite by default, with its write-ahead log, so that readers and several worker processes do not block each other;
PostgreSQL where an address is given. When `Log.record` returns, a decision is committed: it
survives the end of every process (with SQLite not a power cut, see `synchronous` below).
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    false,
    func,
    insert,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

#: The default: a file in the working folder.
FILE = "decisions.db"

#: A writer waits this long for another worker's write, and for a database that does not answer. Seconds.
PATIENCE = 5

PAGE = 20

metadata = MetaData()

# Time and inputs are texts on purpose: both databases then give back the very characters that were written.
decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("time", String(32), nullable=False),
    Column("caller", String(200), nullable=False),
    Column("client", BigInteger, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("probability", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("decision", String(20), nullable=False),
    Column("model_hash", String(64), nullable=False),
    Index("decisions_of_caller", "caller", "id"),
)

_WRITTEN = [column.name for column in decisions.columns if column.name != "id"]


class LogError(Exception):
    """The log cannot be written or read; the text is for the operator and holds no client's values."""


@dataclass(frozen=True)
class Decision:
    """One answered client.

    ``client``: SK_ID_CURR. ``inputs``: the features as JSON. ``probability``: of default. ``decision``: "accept",
    "refer" or "refuse". ``model_hash``: SHA-256 of the model.pkl that answered.
    """

    caller: str
    client: int
    inputs: str
    probability: float
    threshold: float
    decision: str
    model_hash: str


@dataclass(frozen=True)
class Page:
    """Rows of the log, newest first; ``number`` from 1 to ``pages``; ``total`` counts the caller's decisions."""

    rows: list[dict[str, Any]]
    number: int
    pages: int
    total: int


class Log:
    """The decision log in one database; safe for threads, and for several processes at once.

    ``database``: a path to a SQLite file, or an address such as postgresql://user:password@host/name (postgres:// as
    some hosts write it is understood). The table is made at the first use; a database that is away at the start or
    later gives `LogError` until it is back, and then works again. To be made after a fork.
    """

    def __init__(self, database: str | Path = FILE) -> None:
        url = address(database)
        self.name = url.render_as_string(hide_password=True)
        self._sqlite = url.get_backend_name() == "sqlite"
        self._engine = _engine(url)
        if self._sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        # SQLite has one writer at a time, and who finds it busy sleeps for milliseconds: threads wait here instead.
        self._turn = Lock() if self._sqlite else nullcontext()
        self._ready = False

    def prepare(self) -> None:
        """Make the table where it is not there yet. Raises `LogError`."""
        if self._ready:
            return
        try:
            metadata.create_all(self._engine)
        except SQLAlchemyError:
            # Two workers may make it at the same moment: the second finds it when it looks again.
            try:
                metadata.create_all(self._engine)
            except SQLAlchemyError as error:
                raise _unusable(error) from None
        self._ready = True

    def record(self, rows: Sequence[Decision]) -> list[int]:
        """Write decisions, all or none, committed when this returns; their ids, in order. Raises `LogError`."""
        self.prepare()
        time = datetime.now(UTC).isoformat(timespec="microseconds")
        values = [{"time": time, **vars(row)} for row in rows]
        try:
            with self._turn, self._engine.begin() as connection:
                if len(values) == 1:  # the usual case, without the machinery for many
                    inserted = connection.execute(insert(decisions), values[0]).inserted_primary_key
                    return [int(inserted[0])] if inserted else []
                returned = connection.execute(
                    insert(decisions).returning(decisions.c.id, sort_by_parameter_order=True), values
                )
                return [int(key) for key in returned.scalars()]
        except SQLAlchemyError as error:
            raise _unusable(error) from None

    def check(self) -> None:
        """Raises `LogError` where nothing could be written at this moment; writes nothing itself."""
        self.prepare()
        nothing = select(*(decisions.c[name] for name in _WRITTEN)).where(false())
        try:
            with self._turn, self._engine.begin() as connection:
                connection.execute(insert(decisions).from_select(_WRITTEN, nothing))
        except SQLAlchemyError as error:
            raise _unusable(error) from None

    def page(self, caller: str, number: int = 1, size: int = PAGE) -> Page:
        """The caller's own decisions, newest first; none beyond the last page. Raises `LogError`."""
        self.prepare()
        own = decisions.c.caller == caller
        try:
            with self._engine.connect().execution_options(reads=True) as connection:
                total = connection.execute(select(func.count()).where(own)).scalar_one()
                found = connection.execute(
                    select(decisions).where(own).order_by(decisions.c.id.desc()).limit(size).offset((number - 1) * size)
                )
                rows = [dict(row) for row in found.mappings()]
        except SQLAlchemyError as error:
            raise _unusable(error) from None
        return Page(rows, number, max(1, -(-total // size)), total)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def decided(
    caller: str,
    clients: Iterable[int],
    inputs: Iterable[str],
    probabilities: Iterable[float],
    decisions: Iterable[str],
    threshold: float,
    model_hash: str,
) -> list[Decision]:
    """The rows of one request: one `Decision` per client."""
    return [
        Decision(caller, client, text, probability, threshold, decision, model_hash)
        for client, text, probability, decision in zip(clients, inputs, probabilities, decisions, strict=True)
    ]


def address(database: str | Path) -> URL:
    """The SQLAlchemy address of a path or an address. Raises `LogError` for one that nothing here speaks."""
    text = str(database)
    if isinstance(database, Path) or "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise LogError("DATABASE_URL is not an address such as postgresql://user:password@host/name.") from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise LogError(f"The decision log is kept in PostgreSQL or SQLite, not in {url.get_backend_name()!r}.")
    return url


def _engine(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    try:
        # hide_parameters: an error's text, and so the server's own log, must not hold a client's values.
        return create_engine(
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


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun by hand below: the driver's own habit begins none before a read.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    # A commit is in the write-ahead log, which survives the end of any process; see docs of SQLite, PRAGMA synchronous.
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its turn at the start: whoever reads first and writes then may be told to start again.
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _unusable(error: SQLAlchemyError) -> LogError:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()
    return LogError(reason[0] if reason else type(error).__name__)
