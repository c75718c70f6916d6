"""The stable codes of error answers; docs/codes.md has cause and cure of each, and a test holds it.

Most statuses have one cause. Where two causes share a status and want different cures, the exception that is raised
says which it is: `coded`.
"""

from http import HTTPStatus
from typing import Literal, TypeVar, get_args

from werkzeug.exceptions import HTTPException

Code = Literal[
    "body-cut-short",
    "body-damaged",
    "body-not-json",
    "body-refused",
    "case-conflict",
    "internal",
    "key-form",
    "key-in-use",
    "key-taken",
    "log-unavailable",
    "media-type",
    "method",
    "no-letter",
    "no-log",
    "no-role",
    "no-second-policy",
    "no-such-form",
    "not-found",
    "not-possible",
    "other",
    "own-decision",
    "own-machine",
    "query",
    "request-headers",
    "request-line",
    "route",
    "too-large",
    "too-many-requests",
    "unauthorized",
]
CODES: tuple[Code, ...] = get_args(Code)

#: Status -> the code of its usual cause.
BY_STATUS: dict[int, Code] = {
    HTTPStatus.BAD_REQUEST: "query",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "no-role",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method",
    HTTPStatus.NOT_ACCEPTABLE: "no-such-form",
    HTTPStatus.REQUEST_TIMEOUT: "body-cut-short",
    HTTPStatus.CONFLICT: "case-conflict",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "media-type",
    HTTPStatus.UNPROCESSABLE_ENTITY: "body-refused",
    HTTPStatus.TOO_MANY_REQUESTS: "too-many-requests",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal",
    HTTPStatus.NOT_IMPLEMENTED: "not-possible",
    HTTPStatus.SERVICE_UNAVAILABLE: "log-unavailable",
}

_Error = TypeVar("_Error", bound=HTTPException)
_ATTRIBUTE, _LANGUAGE = "credit_code", "credit_language"


def coded(error: _Error, code: Code) -> _Error:
    """``error`` with a code of its own, in place of its status's."""
    setattr(error, _ATTRIBUTE, code)
    return error


def spoken(error: _Error, language: str) -> _Error:
    """``error`` with a sentence that is in ``language`` (en or fr), and not in English as those for programs are."""
    setattr(error, _LANGUAGE, language)
    return error


def language_of(error: HTTPException) -> str:
    """The language of an error's sentence."""
    return str(getattr(error, _LANGUAGE, "en"))


def of(error: HTTPException) -> Code:
    """The code of an HTTP error: its own, else its status's, else "other", for a rule of HTTP that no route names."""
    found: Code | None = getattr(error, _ATTRIBUTE, None)
    return found or BY_STATUS.get(error.code or HTTPStatus.INTERNAL_SERVER_ERROR, "other")
