"""POST /outcomes: who has defaulted, told by anyone who asked about them."""

import msgspec
from flask import Response
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection
from werkzeug.exceptions import NotFound

from credit.decision_log import Log
from credit.decision_log.idempotency import Claim, store_answer
from credit.decision_log.outcomes import Outcome, UnknownClients, record_outcomes
from credit.web import responses
from credit.web.answers.answer import Kept
from credit.web.openapi.request_schemas import MAX_OUTCOMES
from credit.web.payload import BodyError, Violation
from credit.web.payload.json_syntax import refuse_repeated
from credit.web.payload.violations import LARGEST_CLIENT, of_decoder

#: JSON does not tell 5 from 5.0.
_Number = int | float


class _Told(msgspec.Struct, forbid_unknown_fields=True):
    defaulted: bool
    client: _Number | UnsetType = UNSET
    decision: _Number | UnsetType = UNSET


_told = msgspec.json.Decoder(list[_Told])

_RULE = 'An outcome is {"client": 155312, "defaulted": true}, or with "decision" in place of "client".'


def read(body: bytes) -> list[Outcome]:
    """The outcomes in a body: a list of {"client": ..., "defaulted": ...} or {"decision": ..., "defaulted": ...}.

    Raises `BodyError`: 400 for what is no JSON, 413 for too many, 422 for what is no such list.
    """
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BodyError(400, "The body is not JSON: send a list of outcomes.") from None
    if isinstance(sent, list) and len(sent) > MAX_OUTCOMES:
        raise BodyError(413, f"A body holds at most {MAX_OUTCOMES:,} outcomes, and this one {len(sent):,}; send parts.")
    try:
        found = _told.decode(body)
    except msgspec.ValidationError as error:
        raise BodyError(422, _RULE, [of_decoder(error)]) from None
    refuse_repeated(body, sent)
    if not found:
        raise BodyError(422, "The body is an empty list: tell at least one outcome.")
    return [_outcome(one, place) for place, one in enumerate(found)]


def _outcome(one: _Told, place: int) -> Outcome:
    if (one.client is UNSET) == (one.decision is UNSET):
        raise BodyError(
            422,
            _RULE,
            [Violation(f"[{place}]", "An outcome names either a client or a decision.", code="outcome-of-whom")],
        )
    numbers: dict[str, int] = {}
    for name, number in (("client", one.client), ("decision", one.decision)):
        if not isinstance(number, UnsetType):
            if number != int(number) or not 0 <= number <= LARGEST_CLIENT:
                said = f"'{name}' must be a whole number from 0 to {LARGEST_CLIENT}, not {number!r}."
                raise BodyError(422, _RULE, [Violation(f"[{place}].{name}", said, code="client-number")])
            numbers[name] = int(number)
    return Outcome(one.defaulted, **numbers)


def answer(log: Log, caller: str, told: list[Outcome], claim: Claim | None) -> Response:
    """The answer, once they are kept, and kept with them under a key. 404 for clients about whom the caller was never
    answered.

    ``log``: of the decisions. ``caller``: who tells the outcomes, ``told``. ``claim``: of the key of the request, None
    without a key.
    """
    content = b""

    def store_answer_with_them(connection: Connection, new: int) -> None:
        nonlocal content
        content = responses.encoded(Kept(len(told), new, len(told)))
        if claim is not None:
            store_answer(connection, claim, content, {})

    try:
        record_outcomes(log, told, caller, beside=store_answer_with_them)
    except UnknownClients as error:
        raise NotFound(str(error)) from None
    return responses.json_response(content)
