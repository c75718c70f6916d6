"""The header Idempotency-Key: a request that is sent again under its key gets the first answer, and decides nothing.

Kept for a day in the decision log, for the caller and the route; answers that are errors are not kept.
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Response, request
from werkzeug import exceptions
from werkzeug.exceptions import BadRequest, Conflict

from credit.decision_log import LogError
from credit.decision_log.idempotency import Claim, ClaimLost, Refused, StoredAnswer, key_of
from credit.web import requests, responses
from credit.web.error_codes import coded
from credit.web.service import service

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"

#: A key as callers write it: bare, or in quotes as a string of RFC 9651, in which \\ stands before " and \\.
PATTERN = r'[!#-~](?:[ -~]{0,253}[!-~])?|"(?:[ !#-\[\]-~]|\\["\\]){1,255}"'

#: After so long the first request has been answered, more likely than not. Seconds.
_AGAIN = "1"

_form = re.compile(PATTERN)


class _UnderWay(Conflict):
    def get_headers(self, *_: Any) -> list[tuple[str, str]]:
        return [*super().get_headers(*_), ("Retry-After", _AGAIN)]


def key() -> str | None:
    """The key of the request, without quotes; None without one, 400 for what is none."""
    sent = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if sent is None:
        return None
    sent = sent.strip(" \t")
    if not _form.fullmatch(sent):
        sentence = (
            f"{HEADER} is 1 to 255 printable ASCII characters, such as a UUID, with or without quotes: send such a "
            "key, or no header."
        )
        raise coded(BadRequest(sentence), "key-form")
    return re.sub(r"\\(.)", r"\1", sent[1:-1]) if sent.startswith('"') else sent


def once(work: Callable[[bytes, Claim | None], Response]) -> Response:
    """The answer of ``work`` to the body of the request; that to the first request where it comes again under its key.

    ``work`` keeps its answer under the claim that it gets, None where the request has no key, in the transaction in
    which it writes. 409 where another request came with the key, or the first is under way.
    """
    caller, sent = requests.known_caller(), key()
    body = requests.body()
    if sent is None:
        return work(body, None)
    log = service().log
    if log is None:
        sentence = (
            f"This server keeps no decision log, and so no answers under an {HEADER}: send the request without it."
        )
        raise coded(exceptions.NotImplemented(sentence), "no-log")
    name, same = key_of(caller, request.path, sent), (request.query_string, body)
    claim = log.claim(name, same)
    if not isinstance(claim, Claim):
        return _answered(claim)
    try:
        return work(body, claim)
    except ClaimLost:  # this request took so long that another was let in
        found = log.claim(name, same)
        if isinstance(found, Claim):
            log.release(found)
            found = Refused.UNDER_WAY
        return _answered(found)
    except BaseException:
        # Nothing was written, or the claim is answered and stays. A log that is away frees the key after a minute.
        with suppress(LogError):
            log.release(claim)
        raise


def _answered(found: StoredAnswer | Refused) -> Response:
    if isinstance(found, StoredAnswer):
        return responses.json_response(found.content, headers={**found.headers, REPLAYED: "true"})
    if found is Refused.UNDER_WAY:
        sentence = f"The first request with this {HEADER} is under way: send it again in {_AGAIN} s for its answer."
        raise coded(_UnderWay(sentence), "key-in-use")
    if found is Refused.ERASED:
        sentence = f"What was answered under this {HEADER} was erased: send a new request with a new key."
    else:
        sentence = f"Another request came with this {HEADER}: send a new request with a new key."
    raise coded(Conflict(sentence), "key-taken")
