"""What is answered where a request cannot be read, so that the app never sees it: the form of all other errors.

gunicorn answers such a request with a page of HTML, and writes what could not be read into its log: that may be the
query, and name a client. Here the caller gets JSON with a stable code, and the log the kind of error alone. The status
is 400 for all of them, which the OpenAPI document says of every route: the code tells them apart.
"""

import json
import random
from http import HTTPStatus
from typing import NamedTuple

from gunicorn.http import errors

from credit.web.error_codes import Code

#: Bytes of a request's first line, method and path with its query; Heroku's router takes 8,192.
LONGEST_LINE = 8_190


class Unread(NamedTuple):
    """``status``: of the answer. ``code``: the stable one. ``sentence``: what is wrong, and the next step."""

    status: HTTPStatus
    code: Code
    sentence: str


_LONG_LINE = Unread(
    HTTPStatus.BAD_REQUEST,
    "request-line",
    f"The first line of a request, with its path and query, is at most {LONGEST_LINE:,} bytes: send fewer parameters, "
    "or a body.",
)
_LINE = Unread(
    HTTPStatus.BAD_REQUEST,
    "request-line",
    "The first line is none of a request of HTTP: write METHOD PATH HTTP/1.1, the path with %-encoded characters.",
)
_LONG_HEADERS = Unread(
    HTTPStatus.BAD_REQUEST,
    "request-headers",
    "There are more headers, or longer ones, than the server reads: send fewer, 100 at most of 8,190 bytes each.",
)
_HEADERS = Unread(
    HTTPStatus.BAD_REQUEST,
    "request-headers",
    "A header is none of HTTP, or says what the server does not take: write NAME: VALUE on one line each, and one "
    "Content-Length or Transfer-Encoding: chunked.",
)
_FAILED = Unread(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "The server has failed. Send the request again.")


def unread(error: BaseException) -> Unread:
    """What is answered to a request that ended in an ``error`` of gunicorn's parser, or another outside the app."""
    if isinstance(error, errors.LimitRequestLine):
        return _LONG_LINE
    if isinstance(error, errors.LimitRequestHeaders):
        return _LONG_HEADERS
    if isinstance(error, errors.InvalidRequestLine | errors.InvalidRequestMethod | errors.InvalidHTTPVersion):
        return _LINE
    if isinstance(error, errors.ParseException):
        return _HEADERS
    return _FAILED


def response(answer: Unread) -> bytes:
    """The whole response: a status line, headers as all answers have them, and JSON. The connection is closed."""
    body = json.dumps({"error": answer.sentence, "code": answer.code}, separators=(",", ":")).encode()
    head = [
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-ID: {random.SystemRandom().getrandbits(128):032x}",
    ]
    return "\r\n".join([*head, "", ""]).encode("ascii") + body
