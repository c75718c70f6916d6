"""How many requests a caller may send: counted by Flask-Limiter, in this process or in a storage that several share.

A caller is the name of its key; who shows none that the server knows is counted by address. The windows are fixed, as
"600 per minute" reads: the count begins again with each minute, and Retry-After says when. Where the storage is away
each process counts for itself until it is back, found by asking again after 1, 2, 4 ... seconds: a counter that is out
of reach stops no decision, and lifts no limit either. The log of the server says both.
"""

import logging
import math
import time
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter, RequestLimit
from werkzeug.exceptions import TooManyRequests

from credit.web import request_log, requests, responses
from credit.web.rate_limit import Rate, unlimited
from credit.web.service import service

#: A storage that does not answer for so long is away. Seconds.
PATIENCE = 1


def register(app: Flask, rate: Rate) -> None:
    """Refuse requests of ``app`` beyond ``rate`` with 429, before anything of them is read."""
    options: dict[str, Any] = {}
    if rate.storage.startswith(("redis", "valkey")):
        options = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    limiter = Limiter(
        _caller,
        application_limits=[rate.limits],
        storage_uri=rate.storage,
        storage_options=options,
        strategy="fixed-window",
        in_memory_fallback_enabled=True,
        # Two threads may find at once that the storage is away: one begins to count here, the other's request passes.
        swallow_errors=True,
        # What no route takes counts, too: Flask-Limiter lets what has no endpoint pass.
        request_identifier=lambda: request.endpoint or "nowhere",
    )
    limiter.request_filter(_unlimited)
    limiter.init_app(app)
    _tell(limiter.logger)

    @app.errorhandler(TooManyRequests)
    def too_many(_found: TooManyRequests) -> Response:
        limit = limiter.current_limit
        seconds = 1 if limit is None else _seconds_left(limit)  # None: another than the limiter has refused
        sentence = f"This server takes {rate.limits} from one caller: send the request again in {seconds} s."
        return responses.error(
            TooManyRequests.code, "too-many-requests", sentence, headers={"Retry-After": str(seconds)}
        )


def _seconds_left(limit: RequestLimit) -> int:
    """After how many seconds the limit that was reached lets its caller in again; 1 or more."""
    try:
        return max(1, math.ceil(limit.reset_at - time.time()))
    except Exception:  # the storage went away since, and raises what its package raises: the whole window is no less
        return int(limit.limit.get_expiry())


def _caller() -> str:
    caller = requests.caller() if service().callers.known else None
    return f"key {caller}" if caller else f"address {request.remote_addr}"


def _unlimited() -> bool:
    return request.method == "OPTIONS" or unlimited(request.path)


class _Told(logging.Handler):
    """Flask-Limiter's own words as lines of the server's log, but for whom it refused."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write that the storage is away, or back."""
        if not str(record.msg).startswith("ratelimit "):
            request_log.write(record.levelname.lower(), message=f"RATE_LIMIT_STORAGE: {record.getMessage()}")


def _tell(logger: logging.Logger) -> None:
    if not any(isinstance(handler, _Told) for handler in logger.handlers):
        logger.addHandler(_Told())
        logger.setLevel(logging.INFO)
        logger.propagate = False
