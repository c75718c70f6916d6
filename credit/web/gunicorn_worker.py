"""The workers of gunicorn: what is checked before any starts, and what all of them share."""

import contextlib
import ctypes
import gc
import importlib
import mmap
import os
import socket
import struct
import sys
import tempfile
from types import TracebackType
from typing import Any

from gunicorn.errors import AppImportError
from gunicorn.http.body import Body, LengthReader
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import TConn, ThreadWorker

from credit.web.settings import MOST_WORKERS, SettingError
from credit.web.unread_requests import response, unread
from credit.web.whole_body import WholeBody

# Of several workers that cannot load the model one says why: anyone who takes the byte out of this pipe.
_word, _first_word = os.pipe()
os.write(_first_word, b"1")
os.set_blocking(_word, False)
# Where all workers count for /metrics, each in a stretch of its own (credit/web/prometheus.py); made before they are.
_STRETCHES, _BYTES = MOST_WORKERS, 16_384
_counts = mmap.mmap(-1, _STRETCHES * _BYTES)
# The same for what is suddenly missing (credit/web/missing_counts.py); anyone who has the file locked may say what is
# new.
_OF_ABSENCES = 24_576
_absences = mmap.mmap(-1, _STRETCHES * _OF_ABSENCES)
_turns = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the server runs


# Parameters of glibc's mallopt(3): M_ARENA_MAX, and M_MMAP_THRESHOLD in bytes.
_ARENAS, _OWN_PAGES_FROM = -8, -3


class Worker(ThreadWorker):
    """Serves arrays and JSON; ends with one clear sentence where the model or the log's address cannot be used."""

    def load_wsgi(self) -> None:
        """Load the app, in the worker: LightGBM's threads, which the first prediction starts, do not survive a fork."""
        _give_memory_back()
        from credit.decision.bank_rules import BankRulesError
        from credit.decision_log import LogError
        from credit.model.manifest import BundleError

        try:
            super().load_wsgi()
        except (BankRulesError, BundleError, LogError) as error:
            try:
                os.read(_word, 1)
            except BlockingIOError:
                sys.exit()
            raise AppImportError(f"The server cannot start. {error}") from None
        service = getattr(self.wsgi, "extensions", {}).get("service")
        if service is not None:
            service.metrics.share(_counts, _STRETCHES, self.age)
            service.absences.share(_absences, _STRETCHES, self.age, _turns)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request whose body, where it says how long it is, is read in one piece."""
        if type(req.body) is Body and type(req.body.reader) is LengthReader:
            req.body = WholeBody(req.body.reader)
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what cannot be read in JSON, and write its kind into the log: its words may name a client.

        ``req``: None where nothing was read. ``client``: the socket. ``addr``: whence. ``exc``: why.
        """
        answer = unread(exc)
        if answer.code == "internal":
            self.log.error("error outside the app: %s", type(exc).__name__, exc_info=_without_words(exc))
        else:
            self.log.warning("a request that cannot be read: %s", type(exc).__name__)
        with contextlib.suppress(OSError):  # who sent it may be gone
            write_nonblock(client, response(answer))

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a connection to a thread, but not for ever: a sender that stalls is given up after the timeout."""
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", self.cfg.timeout, 0))
        super().enqueue_req(conn)

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Put a connection that is kept among the idle ones, unless its next request was read with the last one.

        Such a request would wait until the connection is closed: nothing more arrives that would wake it.
        """
        super().finish_request(conn, fs)
        kept = bool(self.keepalived_conns) and self.keepalived_conns[-1] is conn
        if kept and conn.parser.unreader.buf.getbuffer().nbytes:
            self.on_client_socket_readable(conn, conn.sock)


def _without_words(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Where an error arose, as logging takes it, without what it says: that may repeat the request."""
    return RuntimeError, RuntimeError(type(error).__name__), error.__traceback__


def _give_memory_back() -> None:
    """Have the C library return what large bodies took.

    Measured after eight bodies of 43 MB at once: a worker keeps 220 MB, without this 340 MB.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_ARENAS, 1)
        mallopt(_OWN_PAGES_FROM, 262_144)


def on_starting(server: Any) -> None:
    """Before any worker starts, say what can be said without loading the model: wrong settings, a changed file."""
    from credit.decision_log import LogError, address
    from credit.decision_log.database import connected
    from credit.model.manifest import BundleError, verify
    from credit.web.auth import KeysError
    from credit.web.port import PortError, check
    from credit.web.settings import Settings

    try:
        settings = Settings.from_environment()
        log = address(settings.database)
        connected(log)  # nothing is opened yet
        verify(settings.bundle)
        if not os.environ.get("GUNICORN_FD"):  # else this server takes over the sockets of the one that started it
            for listener in server.cfg.address:
                if isinstance(listener, tuple):
                    check(*listener)
    except (BundleError, KeysError, LogError, PortError, SettingError) as error:
        sys.exit(f"The server cannot start. {error}")
    if not settings.callers.known:
        server.log.warning(
            "API_KEYS is not set: everybody who reaches this server may score, and /data answers only to programs on "
            "this machine."
        )
    if log.get_backend_name() == "sqlite" and os.environ.get("DYNO"):
        server.log.warning(
            "DATABASE_URL is not set: the decision log is a file, and Heroku takes every file away within a day. "
            "Add its PostgreSQL."
        )
    if settings.rate is None:
        server.log.warning("RATE_LIMIT is not set: a caller who may score may do so without limit.")
    elif not settings.rate.shared and server.cfg.workers > 1:
        server.log.warning(
            "RATE_LIMIT is counted by each of the %d workers for itself: name a RATE_LIMIT_STORAGE to count together.",
            server.cfg.workers,
        )


#: Loaded once, before the workers are forked.
_LIBRARIES = ("lightgbm", "sklearn.ensemble", "sklearn.linear_model", "polars", "narwhals", "sqlalchemy")
# A driver that each of two workers loads for itself takes 10 MB more. Alembic only where nobody has brought the tables
# up to date before: a SQLite file has no release phase.
_OF_LOG = {"sqlite": ("alembic",), "postgresql": ("sqlalchemy.dialects.postgresql.psycopg", "psycopg")}


def when_ready(server: Any) -> None:
    """Load the libraries once, for all workers, when the port is bound: 32 MB less, and ready a second earlier.

    None of them has a thread before it is used. The model and the app itself are loaded by each worker.
    """
    from credit.decision_log import address
    from credit.web.settings import Settings

    # LightGBM imports these where a developer has them: a second and 60 MB for tables that nobody hands it. They are
    # hidden from it alone: scikit-learn looks whether they were imported, and believes what it sees.
    hidden = [name for name in ("pandas", "pyarrow") if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None: an import of it fails
    for name in (*_LIBRARIES, *_OF_LOG[address(Settings.from_environment().database).get_backend_name()]):
        importlib.import_module(name)
    for name in hidden:
        del sys.modules[name]
    gc.freeze()  # what is here stays; a collection in a worker would copy every page of it
