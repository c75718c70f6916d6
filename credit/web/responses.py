"""Answers in JSON, and the one shape of every error: {"error": one sentence, "code": its cause, "details":
[{"field", "message", "code"}]}.

A browser that asks for a page, and for no data, gets the sentence as a page.
"""

import traceback
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from flask import Flask, Response, request
from msgspec import UNSET
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestTimeout, Unauthorized

from credit.decision.policy import REFER, Verdicts
from credit.decision_log import LogError
from credit.features import DataWarning as WarningOfValues
from credit.program import PROGRAM
from credit.web import error_codes, request_log, requests
from credit.web.answers.answer import Answer, DataWarning, Error, ErrorDetail
from credit.web.answers.decisions import Probabilities, YesOrNo
from credit.web.error_codes import Code
from credit.web.payload import MAX_REMARKS, BodyError, Clients, Violation
from credit.web.service import service
from credit.web.templating import for_script, html

#: After an error answer so many bytes of an unread body are still taken and thrown away: who sends without listening
#: would otherwise see a broken connection in place of the answer.
DRAINED = 128_000_000

#: What an error of each status says, for the documentation.
DOCUMENTED = {
    400: "The query or the body cannot be read, or the query has a parameter that the route does not",
    401: "A key that the server knows is missing",
    403: "The key has no role for this; where the server knows no callers, open to programs on its own machine only",
    404: "There is no such thing on this server",
    406: "The header Accept takes none of the forms that there are",
    408: "The body did not arrive as announced",
    409: "Another request came with this Idempotency-Key, or the first is under way, and then with Retry-After; or the "
    "case is not as the request takes it to be; or there is no letter of this decision",
    413: "The body is too large, as it is sent or once it is decompressed, or holds too many clients",
    415: "The body is of another type than JSON, or of another Content-Encoding than gzip",
    422: "The body breaks its schema, or a client comes twice",
    429: "More requests than this server takes from one caller",
    501: "The model that is served cannot do this, no log is kept that could hold an Idempotency-Key, or the bank has "
    "not said what a letter needs",
    503: "The decision log cannot be used at the moment",
}

#: Of an unexpected error so many places and kinds are told: a line of the log stays in one piece.
_FRAMES, _CHAIN = 16, 4

_CHUNK = 65_536

#: The route whose answer stands alone, with its own styles.
_LETTER = "routes.letter"

#: The headers that an error of Flask's brings along and that its answer needs.
_KEPT = ("Accept-Encoding", "Allow", "Location", "Retry-After", "WWW-Authenticate")


_Prediction = TypeVar("_Prediction", YesOrNo, Probabilities)


def answer(content: Answer, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, in UTF-8 as it is read ("client n° 155312"), on a line of its own."""
    return json_response(encoded(content), status, headers)


def encoded(content: Answer) -> bytes:
    """The body of a JSON answer."""
    return msgspec.json.encode(content) + b"\n"


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of which the body is there already, as `encoded` makes it."""
    return Response(body, status, headers, mimetype="application/json")


def error(
    status: int,
    code: Code,
    sentence: str,
    details: Iterable[Violation] = (),
    headers: Mapping[str, str] | None = None,
    language: str = "en",
) -> Response:
    """An error answer; a page for a browser that was to show one. ``status``: of HTTP. ``code``: of its cause.
    ``sentence``: what is wrong, and what to do, in ``language``. ``details``: by field. ``headers``: besides the usual
    ones.
    """
    if status != RequestTimeout.code:
        _drain()
    if request.method == "GET" and requests.takes_html("application/json"):
        return _page(status, sentence, headers or {}, language)
    found = [ErrorDetail(one.field, one.message, one.code) for one in details]
    return answer(Error(sentence, code, found), status, headers)


def _page(status: int, sentence: str, headers: Mapping[str, str], spoken: str) -> Response:
    """The page of an error: of one that wants a key, with a field for it."""
    language = requests.language_of(request.args.get("lang", "")) or requests.reader_language()
    keyed = service().callers.known
    shown = {"sentence": sentence, "spoken": spoken, "keyed": keyed, "script": for_script(language)}
    found = html("error.html", language, status, **shown)
    found.headers.extend(headers)
    if status == Unauthorized.code and request.endpoint == _LETTER:
        found.headers["Content-Security-Policy"] = request_log.LETTER_KEY_POLICY
    return found


def prediction(form: type[_Prediction], clients: Clients, values: list[Any], verdicts: Verdicts) -> _Prediction:
    """An answer of this ``form``: by client its value, and beside, where there is something to tell, who is referred
    and what was not known.

    A body that names every feature, null where it is unknown, is answered with "prediction" alone where no client is
    referred. "refer" lists the clients that a person decides on: the log has them as referred, whatever the threshold
    says of them. "rules" names the rule of the bank that decides on a client. "missing" counts the features (of a raw
    body: columns of application) that it did not name; for the rest see `notices`.

    ``clients``: of the body. ``values``: one for each client. ``verdicts``: what was decided on them.
    """
    refer = [f"client n° {n}" for n, d in zip(clients.numbers, verdicts.decisions, strict=True) if d == REFER]
    rules = {f"client n° {n}": one.rule for n, one in zip(clients.numbers, verdicts.rule_decisions, strict=True) if one}
    missing = {f"client n° {n}": count for n, count in zip(clients.numbers, clients.absent, strict=True) if count}
    return form(
        prediction={f"client n° {n}": v for n, v in zip(clients.numbers, values, strict=True)},
        refer=refer or UNSET,
        rules=rules or UNSET,
        missing=missing or UNSET,
        **notices(clients),
    )


def notices(clients: Clients, language: str = "en") -> dict[str, Any]:
    """The fields of `WithNotices` for which there is something to tell; sentences in ``language``.

    "missing_tables" lists the histories that the model reads and a raw body did not name, or as null: what its clients
    have there is not known (an empty list says that they have no rows there). "details" counts what is odd about the
    values, client by client: texts that no vocabulary holds, numbers outside the published range, days in the future,
    columns that are no input, and rows that belong to no client. "muted_warnings" counts those that are muted.
    """
    content: dict[str, Any] = {}
    if clients.absent_tables:
        content["missing_tables"] = clients.absent_tables
    if clients.remarks:
        content["details"] = [_warning(one, language) for one in clients.remarks[:MAX_REMARKS]]
        if more := max(0, len(clients.remarks) - MAX_REMARKS) + clients.further_remarks:
            content["details_left_out"] = more
    if clients.muted:
        content["muted_warnings"] = clients.muted
    return content


def _warning(one: WarningOfValues, language: str) -> DataWarning:
    client = None if one.client is None else f"client n° {one.client}"
    said = one.sentence(language)
    return DataWarning(client, one.kind, one.table, one.column, one.number, one.example, said, one.code)


def paths(app: Flask) -> list[str]:
    """The paths of the app's own routes, as they were added."""
    return list(dict.fromkeys(rule.rule for rule in app.url_map.iter_rules()))


def register(app: Flask, routes: str) -> None:
    """Give every error of ``app`` the one shape. ``routes``: named to anyone who asks for one that is not there."""

    @app.errorhandler(BodyError)
    def body_error(found: BodyError) -> Response:
        code = error_codes.BY_STATUS[found.status] if found.status != HTTPStatus.BAD_REQUEST else "body-not-json"
        return error(found.status, code, found.sentence, found.details)

    @app.errorhandler(LogError)
    def log_error(found: LogError) -> Response:
        request_log.log_error(message=f"The decision log cannot be used: {found}")
        return error(
            503,
            "log-unavailable",
            "The decision log cannot be used at the moment, and nothing is answered that is not logged: try again, "
            "or ask the operator of this server to look at its log.",
            headers={"Retry-After": "5"},
        )

    @app.errorhandler(ClientDisconnected)
    def stalled(found: ClientDisconnected) -> Response:
        sentence = "The body did not arrive as announced: send the request again, with its whole body."
        return error(RequestTimeout.code, "body-cut-short", sentence, headers={"Connection": "close"})

    @app.errorhandler(HTTPException)
    def http_error(found: HTTPException) -> Response:
        status = found.code or 500
        kept = {name: value for name, value in found.get_headers() if name in _KEPT}
        sentences = {
            404: f"There is no route {request.path}; there are {routes}.",
            405: f"{request.path} does not take {request.method}; it takes {kept.get('Allow', 'another method')}.",
            413: f"The body is larger than {app.config['MAX_CONTENT_LENGTH'] // 1_000_000} MB: send it in parts, or "
            f"score a file with {PROGRAM} score.",
        }
        # A sentence that a route wrote itself says more than the general one.
        own = found.description if found.description != type(found).description else None
        # Werkzeug raises it for an address that is none of the routes'; what is sought under one has a sentence.
        code = "route" if status == HTTPStatus.NOT_FOUND and own is None else error_codes.of(found)
        sentence = own or sentences.get(status) or found.description or found.name
        return error(status, code, sentence, headers=kept, language=error_codes.language_of(found))

    @app.errorhandler(Exception)
    def unexpected(found: Exception) -> Response:
        # The error's own text may hold a client's values: its kind and its place say enough.
        request_log.log_error(error=kinds(found), at=place(found))
        return error(
            500, "internal", "Something went wrong here, not with your request; it was noted in the server's log."
        )


def kinds(error: BaseException) -> str:
    """The kind of an error and of those that led to it: "KeyError from OSError"."""
    found = [type(error).__name__]
    while (before := error.__cause__ or error.__context__) is not None and len(found) < _CHAIN:
        error = before
        found.append(type(error).__name__)
    return " from ".join(found)


def place(error: BaseException) -> list[str]:
    """Where an error was raised: file, line and function, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]


def _drain() -> None:
    stream = request.environ.get("wsgi.input")
    left = DRAINED
    try:
        while stream is not None and left > 0:
            chunk = stream.read(_CHUNK)
            if not chunk:
                break
            left -= len(chunk)
    except (OSError, ValueError):  # the sender has gone: nobody is left to answer
        return
