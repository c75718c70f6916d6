"""Every request, from its arrival to its answer: its id, its security headers, its count and its line in the log.

The server's own log is JSON, a line a request and a line an error, on stderr. It says which route was asked for by
whom, how long that took and how it ended; never a path, a query, a body or any other value of a client's. What was
decided about whom is in the decision log, and there alone.
"""

import contextlib
import os
import random
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Flask, Request, Response, g, request

from credit.web import content_coding, requests, server_timing
from credit.web.cors import Origins
from credit.web.missing_counts import Change
from credit.web.prometheus import NOWHERE
from credit.web.service import service

REQUEST_ID = "X-Request-ID"

#: An id of a caller's own that is taken over; it ends up in logs, so it may hold nothing that means something there.
REQUEST_IDS = r"[A-Za-z0-9._-]{1,64}"

#: Pages run and fetch what is on this server, and nothing else: no script or style in the page itself, no other host.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

#: The page that asks for the key of a letter puts the letter in its own place, with its styles and pictures.
LETTER_KEY_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self'", "img-src 'self' data:"
)

#: Pictures bring their own styles along, and nothing runs or is fetched.
ALONE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

#: A year, renewed with every answer. Seconds. Only said behind TLS, where it means something.
STRICT_TRANSPORT = "max-age=31536000"

_POLICY = "default-src 'none'; frame-ancestors 'none'"

#: On answers that do not say otherwise: what one model decides or has decided at this moment is not to be kept.
_NOT_KEPT = "no-store"

#: On every answer.
_SECURITY = (
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_POLICIES = {"text/html": PAGE_POLICY, "image/svg+xml": ALONE_POLICY}
_STDERR = 2

_taken = re.compile(REQUEST_IDS).fullmatch
_random = random.SystemRandom().getrandbits
_encode = msgspec.json.Encoder().encode


def register(app: Flask, origins: Iterable[str] = (), log_requests: bool = True, time_requests: bool = False) -> None:
    """Begin and end every request of ``app``. ``origins``: whose pages may read answers. ``log_requests``: a line each.
    ``time_requests``: the answer says where the time went.

    To be registered before whatever else looks at requests first.
    """
    named = Origins(origins) if origins else None

    @app.before_request
    def begin() -> None:
        kept, sent = g._get_current_object(), request.environ.get("HTTP_X_REQUEST_ID")
        kept.began = time.perf_counter()
        kept.steps = [] if time_requests else None
        kept.request_id = sent if sent and _taken(sent) else f"{_random(128):032x}"

    @app.after_request
    def end(response: Response) -> Response:
        # Each look through Flask's proxies takes a microsecond: once here, not ten times.
        asked_for, kept = request._get_current_object(), g._get_current_object()  # type: ignore[attr-defined]
        content_coding.shrink(asked_for, response)
        protect(response, kept.request_id, secure=asked_for.is_secure)
        if named is not None:
            named.allow(asked_for, response)
        seconds, status = time.perf_counter() - kept.began, response.status_code
        rule = route(asked_for)
        if kept.steps is not None:
            response.headers[server_timing.HEADER] = server_timing.header(kept.began, kept.steps)
        service().metrics.request(rule, status, seconds)
        if log_requests:
            write(
                "error" if status >= 500 else "info",
                request_id=kept.request_id,
                method=asked_for.method if asked_for.method in _METHODS else "other",
                route=rule,
                status=status,
                milliseconds=round(1000 * seconds, 3),
                caller=requests.caller(),
                bytes=response.calculate_content_length(),
            )
        return response


def protect(response: Response, request_id: str, *, secure: bool) -> None:
    """Add the request's id, and what a browser is to be told: keep, guess, frame, fetch and reveal nothing."""
    headers = response.headers
    headers.extend(_SECURITY)
    headers.add(REQUEST_ID, request_id)
    if "Content-Security-Policy" not in headers:
        headers.add("Content-Security-Policy", _POLICIES.get(response.mimetype or "", _POLICY))
    if "Cache-Control" not in headers:
        headers.add("Cache-Control", _NOT_KEPT)
    if secure:
        headers.add("Strict-Transport-Security", STRICT_TRANSPORT)


def route(asked_for: Request) -> str:
    """The rule of the route that a request asks for, not its path: that may name a client."""
    return NOWHERE if asked_for.url_rule is None else asked_for.url_rule.rule


def log_error(**told: Any) -> None:
    """Write what went wrong with the request at hand."""
    method = request.method if request.method in _METHODS else "other"
    write("error", request_id=g.request_id, method=method, route=route(request), **told)


def absences(change: Change | None) -> None:
    """Write what is suddenly missing, and what no longer is: names and counts."""
    for line in change.lines() if change is not None else ():
        write(**line)


def write(level: str, **told: Any) -> None:
    """Write a line, at once and whole: what several processes write into one pipe stays apart up to 4,096 bytes.

    A log that takes no more (its reader has gone, its disk is full) keeps no answer back.
    """
    line = _encode({"time": datetime.now(UTC), "level": level, **told}) + b"\n"
    with contextlib.suppress(OSError):
        os.write(_STDERR, line)
