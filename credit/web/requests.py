"""What a request asks for: by whom, in which language and form, with which body."""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import TypeVar

from flask import Response, after_this_request, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    Forbidden,
    NotAcceptable,
    RequestEntityTooLarge,
    Unauthorized,
    UnsupportedMediaType,
)

from credit.features.catalogue import LANGUAGES
from credit.letters import PROFILES
from credit.web import content_coding
from credit.web.payload.violations import LARGEST_CLIENT
from credit.web.roles import ROLES, may, who_may
from credit.web.service import service

#: Bodies of this size and larger ones are refused before they are read into memory. Bytes. 1,000 clients with every
#: feature are some 43 MB, of which the names are four fifths.
MAX_BYTES = 64_000_000

#: Of an answer to a key: its roles, as API_KEYS has them.
ROLES_HEADER = "Credit-Roles"

#: Media types that clients are sent in by mistake, and the call that is meant.
_OTHER_TYPES = {
    "application/x-www-form-urlencoded": "with curl -H 'Content-Type: application/json' -d '{\"SK_ID_CURR\": 100001, "
    "...}', in Python requests.post(url, json=client).",
    "multipart/form-data": "in Python requests.post(url, json=client), with 'Content-Type: application/json'.",
    "text/csv": 'convert the rows with their header, in Python polars.read_csv("rows.csv").write_json(), and send the '
    "header 'Content-Type: application/json'.",
}

_Choice = TypeVar("_Choice", bound=str)

#: A page number beyond this is no page of any log, and too large for a database's offset.
LAST_PAGE = 1_000_000_000

#: The largest number of a decision that a database holds.
LAST_DECISION = 2**63 - 1

#: A whole number as people and programs write it: 100983, 100 983, 100,983, 100'983, 100983.0. A point before other
#: digits than zeros may be a decimal point or part thousands, so such a number is refused.
_WHOLE = re.compile(
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?P<mark>[ ,'\u2019\u00a0\u202f])[0-9]{3}(?:(?P=mark)[0-9]{3})*)(?:\.0+)?"
)


def caller() -> str | None:
    """The caller's name; None for a key that is missing or nobody's. Looked up once a request."""
    if "caller" not in g:
        g.caller = service().callers.named(request.environ.get("HTTP_AUTHORIZATION"))
    found: str | None = g.caller
    return found


def known_caller() -> str:
    """The caller's name; 401 for a key that is missing or nobody's, 403 for one without a role for this route."""
    found = caller()
    if found is None:
        raise Unauthorized(
            "This route wants a key that the server knows: send the header 'Authorization: Bearer <key>'.",
            www_authenticate=WWWAuthenticate("bearer"),
        )
    if service().callers.known:
        _tell_roles(service().callers.roles(found))
    method, path = ("GET" if request.method == "HEAD" else request.method), route_path()
    if not may(service().callers.roles(found), method, path):
        raise Forbidden(
            f"The key of {found} has no role for {method} {path}, which takes {' or '.join(who_may(method, path))}: "
            "use another key, or ask the operator of this server for the role."
        )
    return found


def _tell_roles(roles: frozenset[str]) -> None:
    """Tell the roles of its key to who asks: the pages hide what the key may not use."""

    @after_this_request
    def name_roles(response: Response) -> Response:
        response.headers[ROLES_HEADER] = "+".join(role for role in ROLES if role in roles)
        return response


def route_path() -> str:
    """The path of the route that was asked for, with names in braces: /data/{client}."""
    rule = "" if request.url_rule is None else request.url_rule.rule
    return rule.replace("<", "{").replace(">", "}")


def reader_language() -> str:
    """The language that the request's header asks for, of those that there are: fr-CH is French."""
    accepted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((language for language in accepted if language in LANGUAGES), "en")


def language() -> str:
    """The language that ?lang= asks for, else the header's; 400 for one that nothing here speaks."""
    asked = parameter("lang", reader_language())
    found = language_of(asked)
    if found is None:
        raise BadRequest(f"lang must be {' or '.join(LANGUAGES)}, not {asked[:40]!r}.")
    return found


def language_of(tag: str) -> str | None:
    """The language of a tag, of those that there are: fr, FR, fr-CH and fr_FR are French. None for all others."""
    found = re.split("[-_]", tag.strip().lower())[0]
    return found if found in LANGUAGES else None


def parameter(name: str, default: str) -> str:
    """A parameter of the query; 400 where it comes more than once."""
    values = request.args.getlist(name)
    if len(values) > 1:
        raise BadRequest(f"{name} comes {len(values)} times in the query; send it once.")
    return values[0] if values else default


def switch(name: str) -> bool:
    """A parameter that is 1 or 0, 0 without it; 400 for what is neither."""
    text = parameter(name, "0")
    if text not in ("0", "1"):
        raise BadRequest(f"{name} must be 0 or 1, not {text[:40]!r}.")
    return text == "1"


def choice(name: str, choices: Sequence[_Choice]) -> _Choice:
    """A parameter that is one of some texts, the first without; 400 for another."""
    text = parameter(name, choices[0])
    for one in choices:
        if text == one:
            return one
    raise BadRequest(f"{name} must be {' or '.join(choices)}, not {text[:40]!r}.")


def whole(name: str, default: int, most: int) -> int:
    """A parameter that is a whole number from 1 to ``most``, ``default`` without; 400 for what is none."""
    text = parameter(name, str(default))
    number = whole_number(text, 1, most)
    if number is None:
        raise BadRequest(f"{name} must be a whole number from 1 to {most}, not {text[:40]!r}.")
    return number


def parameters() -> Collection[str]:
    """The names in the query."""
    return request.args.keys()


def whole_number(text: str, least: int, most: int) -> int | None:
    """The whole number that ``text`` writes, with or without marks between thousands or a fraction of zeros; None
    where it writes none, or one that is not from ``least`` to ``most``.
    """
    found = _WHOLE.fullmatch(text.strip())
    if found is None:
        return None
    digits = re.sub("[^0-9]", "", found["whole"]).lstrip("0") or "0"
    if len(digits) > len(str(most)):  # and Python refuses to read thousands of digits
        return None
    number = int(digits)
    return number if least <= number <= most else None


def page() -> int:
    """The number of a page that ?page= asks for, 1 without; 400 for what is no page."""
    return whole("page", 1, LAST_PAGE)


def client(text: str) -> int:
    """The number of a client, of a path; 400 for what is none."""
    number = whole_number(text, 0, LARGEST_CLIENT)
    if number is None:
        raise BadRequest(
            f"A client's number is a whole number from 0 to {LARGEST_CLIENT}, not {text[:40]!r}: send its digits alone."
        )
    return number


def decision(text: str) -> int:
    """The number of a decision, of a path; 400 for what is none."""
    number = whole_number(text, 1, LAST_DECISION)
    if number is None:
        raise BadRequest(
            f"A decision's number is a whole number from 1 on, not {text[:40]!r}: it is decision_id in the answer of "
            "/score."
        )
    return number


def letter_profile() -> str | None:
    """The profile of a letter that ?profile= asks for, None without; 400 for one that there is not."""
    if "profile" not in request.args:
        return None
    found = parameter("profile", "")
    if found not in PROFILES:
        raise BadRequest(f"profile must be {', '.join(PROFILES)}, not {found[:40]!r}.")
    return found


def client_wanted() -> int | None:
    """The client that ?client= asks for, None without; 400 for what is no client's number."""
    text = given("client")
    return None if text is None else client(text)


def given(name: str) -> str | None:
    """A parameter that may be left out; a form sends it empty then, and a form is a browser's."""
    text = parameter(name, "") if name in request.args else None
    return None if text == "" and takes_html("application/json") else text


def day(name: str) -> date | None:
    """A day such as 2026-05-31, None without; 400 for what is none."""
    text = given(name)
    if text is None:
        return None
    wrong = BadRequest(f"{name} must be a day such as 2026-05-31, not {text[:40]!r}.")
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) or text >= "9999":  # no day follows the last one there is
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong from None


def takes_html(other: str) -> bool:
    """Whether the request takes HTML better than the ``other`` media type, as browsers do and programs do not."""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted[other]


def named_better(media_type: str, other: str) -> bool:
    """Whether the request names a media type, with whatever parameters, and likes it better than the ``other``."""
    named: dict[str, float] = {}
    for value, quality in request.accept_mimetypes:
        name = value.partition(";")[0].strip().lower()
        named[name] = max(quality, named.get(name, 0.0))
    return named.get(media_type, 0.0) > named.get(other, 0.0)


def form(offered: Sequence[str]) -> str:
    """Which of the ``offered`` media types the request takes best, the first where it does not care; else 406."""
    if not request.accept_mimetypes:
        return offered[0]
    best = request.accept_mimetypes.best_match(offered)
    if best is None:
        wanted = request.headers.get("Accept", "")[:80]
        raise NotAcceptable(
            f"{request.path} answers in {', '.join(offered)}, and 'Accept: {wanted}' takes none of them."
        )
    return best


def body() -> bytes:
    """The body, decompressed, of a request that says that it is JSON; 415 for another type or coding, 413 for a body
    that is too large, 400 for one that cannot be decompressed.
    """
    sent = request.mimetype
    if not (sent == "application/json" or sent.endswith("+json")):
        raise UnsupportedMediaType(
            f"The body must be JSON, not {sent or 'of no type'}: "
            + _OTHER_TYPES.get(sent, "send the header 'Content-Type: application/json'.")
        )
    found = _whole_body()
    if len(found) >= MAX_BYTES:  # a body sent in chunks is cut off at the limit without a word
        raise RequestEntityTooLarge
    coding = request.environ.get("HTTP_CONTENT_ENCODING")
    return found if coding is None else content_coding.plain(found, coding, MAX_BYTES)


def _whole_body() -> bytes:
    """The body as it came: at once where the request says how long it is. Werkzeug, which must not trust that, takes it
    in pieces of 64 kB and copies each three times.
    """
    length = request.content_length
    if length is None or length >= MAX_BYTES:
        return request.get_data(cache=False)
    try:
        found: bytes = request.environ["wsgi.input"].read(length)
    except (OSError, ValueError):  # as Werkzeug's own stream
        raise ClientDisconnected from None
    if len(found) < length:
        raise ClientDisconnected
    return found
