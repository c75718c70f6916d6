"""The routes about reviews: the cases that wait, one case, and what a person decides about it."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NoReturn

import msgspec
import numpy as np
from flask import Response, g
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection
from werkzeug.exceptions import BadRequest, Forbidden, NotFound

from credit.decision.policy import LOAN
from credit.decision.review_reasons import REASONS, REOPEN
from credit.decision.segments import ClientTerms
from credit.decision_log import Log, audit, case_queue, client_cases, listed_cases, review_rulings, reviews
from credit.decision_log.encoding import read
from credit.decision_log.idempotency import Claim, store_answer
from credit.decision_log.logged_decisions import Raw
from credit.decision_log.model_rule import known_amount, model_rule
from credit.decision_log.rule_reasons import RuleReasons
from credit.model.scorer import Floats
from credit.web import requests, responses
from credit.web.answers.decisions import DecidingRule, LoggedDecision
from credit.web.answers.reviews import (
    CounterofferTerms,
    ListedCase,
    ListedCases,
    LoggedReview,
    ReviewCase,
    ReviewReason,
    ReviewReasons,
)
from credit.web.error_codes import coded
from credit.web.payload import BodyError, Violation
from credit.web.payload.json_syntax import refuse_repeated
from credit.web.payload.violations import of_decoder
from credit.web.roles import REASON, REVIEWER, WORDS, is_shown, may
from credit.web.routes.unknown_parts import unknown
from credit.web.service import Service

_Number = int | float  # JSON does not tell 24 from 24.0

_VERDICT = (
    'A review is {"verdict": "accept", "reason": "income_confirmed", "words": "..."}, a counteroffer with '
    '"terms": {"amount": 300000, "annuity": 18000, "months": 24}; GET /review-reasons lists the reasons.'
)
_REOPENING = (
    'To reopen a case send {"reason": "client_disagrees", "words": "..."}; GET /review-reasons lists the reasons.'
)


#: In place of these for who reads French, whose page has the form of a verdict.
_NOT_TAKEN = "Cette décision n'a pas été enregistrée."


class _Terms(msgspec.Struct, forbid_unknown_fields=True):
    amount: float | UnsetType = UNSET
    annuity: float | UnsetType = UNSET
    months: _Number | UnsetType = UNSET


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    words: str | UnsetType = UNSET


class _SentVerdict(_Sent, kw_only=True):
    verdict: str
    terms: _Terms | UnsetType = UNSET


#: The fields of an entry that not every role is shown.
_HIDDEN = (REASON, REVIEWER, WORDS)

_sent, _sent_verdict = msgspec.json.Decoder(_Sent), msgspec.json.Decoder(_SentVerdict)


def read_ruling(body: bytes, language: str = "en") -> review_rulings.Ruling:
    """What a person has decided, of a body; what is wrong with it is said in ``language``. Raises `BodyError`: 400 for
    what is no JSON, 422 for what is no review.
    """
    found: _SentVerdict = _decoded(body, _sent_verdict, _VERDICT)
    words = None if found.words is UNSET else found.words
    return _obeying(
        _VERDICT, language, lambda: review_rulings.Ruling(found.verdict, found.reason, words, _terms(found.terms))
    )


def read_reopening(body: bytes, language: str = "en") -> review_rulings.Ruling:
    """Why a decision is to be looked at again, of a body. Raises `BodyError` as `read_ruling` does."""
    found: _Sent = _decoded(body, _sent, _REOPENING)
    words = None if found.words is UNSET else found.words
    return _obeying(_REOPENING, language, lambda: review_rulings.Ruling(REOPEN, found.reason, words))


def _terms(sent: _Terms | UnsetType) -> review_rulings.Terms | None:
    if isinstance(sent, UnsetType):
        return None
    given = {name: value for name, value in msgspec.structs.asdict(sent).items() if value is not UNSET}
    months = given.get("months")
    if isinstance(months, float) and months.is_integer():
        given["months"] = int(months)
    elif isinstance(months, float):
        raise review_rulings.RulingError("terms.months", "months_whole", value=months)
    return review_rulings.Terms(**given)


def _decoded(body: bytes, decoder: Any, rule: str) -> Any:
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BodyError(400, f"The body is not JSON. {rule}") from None
    try:
        found = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BodyError(422, rule, [of_decoder(error)]) from None
    refuse_repeated(body, sent)
    return found


def _obeying(rule: str, language: str, make: Callable[[], review_rulings.Ruling]) -> review_rulings.Ruling:
    try:
        return make()
    except review_rulings.RulingError as error:
        raise _disobeyed(rule, error, language) from None


def _disobeyed(rule: str, error: review_rulings.RulingError, language: str) -> BodyError:
    text = error.text(language)
    return BodyError(
        422,
        rule if language == "en" else _NOT_TAKEN,
        [Violation(error.field, f"{text[0].upper()}{text[1:]}.", code="review-rule")],
    )


def reasons(language: str) -> ReviewReasons:
    """All reasons, named in ``language``."""
    return ReviewReasons([ReviewReason(one.code, list(one.of), one.text(language)) for one in REASONS])


def page(service: Service, log: Log, caller: str, language: str) -> ListedCases:
    """The page that the query asks for, of the open cases or of the decisions about a client; 400 for what is none.

    ``service``: of the server. ``log``: with the cases. ``caller``: who asks, for what they may decide.
    ``language``: of the reasons of rules.
    """
    client = requests.client_wanted()
    size = requests.whole("size", listed_cases.PAGE, listed_cases.LARGEST)
    after = requests.parameter("after", "") if "after" in requests.parameters() else None
    try:
        if client is None:
            found = case_queue.page(log, requests.choice("order", case_queue.ORDERS), size, after)
        elif "order" in requests.parameters():
            raise BadRequest(
                "order is of the open cases; the newest decision about a client comes first: leave it out."
            )
        else:
            found = client_cases.page(log, client, size, after)
    except listed_cases.CursorError as error:
        raise BadRequest(f"{str(error).replace('a cursor', 'after')}.") from None
    words = rule_reasons(service, log, [one.rules for one in found.cases], language)
    return ListedCases([_listed(service, caller, one, words) for one in found.cases], found.after, found.total)


def rule_reasons(service: Service, log: Log, hashes: Sequence[str | None], language: str) -> RuleReasons:
    """The reasons of the bank's rules in these files, in ``language``; of today's where the log has lost one.
    ``hashes``: of the files, None where no rule has decided. ``log``: which keeps the files. ``service``: with the
    rules of today.
    """
    return RuleReasons(log, hashes, language, service.policy.bank_rules)


def _listed(service: Service, caller: str, one: listed_cases.ListedCase, words: RuleReasons) -> ListedCase:
    """A case as the answer has it."""
    return ListedCase(
        decision_id=one.decision,
        client=one.client,
        status="open" if one.open else "closed",
        kind=one.kind,
        opened=one.opened,
        time=one.decided,
        decision=one.made,
        final=one.final,
        rule=one.rule,
        rule_reason=None if one.rule is None else words.of(one.rules, one.rule),
        rule_unknown=one.rule_unknown,
        caller=one.caller,
        probability=one.probability,
        crosses_break_even=one.crosses_break_even,
        amount=one.amount,
        at_stake=one.at_stake,
        review_worth=one.review_worth,
        review_cost=one.review_cost,
        trial=one.trial,
        erased=one.erased,
        may_decide=_may_decide(service, caller, one),
    )


def case(service: Service, log: Log, caller: str, decision: int, language: str) -> ReviewCase:
    """The case of a decision; 404 where there is none, and for who scores alone where another has sent it.

    ``service``: of the server. ``decision``: its id in ``log``. ``caller``: who asks. ``language``: of the texts, en or
    fr.
    """
    try:
        found = reviews.case_of(log, decision)
    except reviews.UnknownDecision as error:
        raise NotFound(str(error)) from None
    row, raw = log.find(decision), log.raw(decision)
    everything = reviews_all(service, caller)
    if row is None or raw is None or not (everything or found.caller == caller):
        raise NotFound(reviews.unknown(decision))
    p = np.array([raw.probability])
    X = None if raw.inputs is None else read(raw.inputs)[None, :]
    amount = math.nan if X is None or LOAN not in raw.columns else float(X[0, raw.columns.index(LOAN)])
    loan = np.array([known_amount(amount)])
    rule = model_rule(raw.threshold, raw.rule)
    served = is_served(service, raw.model_hash, raw.columns)
    # As it was decided, by the client's own segment, if the bank had any.
    terms = ClientTerms.same(1, raw.threshold, service.policy.costs if rule is None else rule.costs)
    parts = None if X is None or not served else unknown(service, X, p, language, terms)
    waits = found.open and X is not None  # the queue holds nothing that is erased
    return ReviewCase(
        status="open" if waits else "closed",
        kind=found.kind if waits else None,
        opened=found.opened if waits else None,
        final=found.final,
        decision=LoggedDecision(**row),
        rule=_deciding_rule(log, raw, language),
        amount=None if math.isnan(loan[0]) else float(loan[0]),
        expected_loss=None if rule is None else rule.expected_losses(p, loan)[0],
        at_stake=None if rule is None else rule.stakes(p, loan)[0],
        review_worth=None if rule is None else rule.worths(p, loan)[0],
        review_cost=None if rule is None else rule.review_cost,
        points=service.policy.points(p, terms)[0] if served else None,
        present=None if X is None else float(1 - np.isnan(X).mean()),
        unknown=None if parts is None else parts[0],
        reviews=[_as_shown(logged(one), service, caller) for one in found.reviews],
        may_decide=_may_decide(service, caller, found, all_cases=everything),
    )


def _deciding_rule(log: Log, raw: Raw, language: str) -> DecidingRule | None:
    """The rule of the bank that has decided, with its reason of then; None where the model has."""
    found = audit.rule_decision_of(raw)
    if found is None:
        return None
    return DecidingRule(found.rule, found.stage, found.unknown, audit.reasons_of(log, raw, language)[found.rule])


def logged_inputs(log: Log, decision: int) -> tuple[tuple[str, ...], Floats] | None:
    """Names and values (n,) of the features that a decision was made by; None once they are erased."""
    raw = log.raw(decision)
    return None if raw is None or raw.inputs is None else (raw.columns, read(raw.inputs))


def is_served(service: Service, model_hash: str, columns: Sequence[str]) -> bool:
    """Whether the model that is served is the one with this hash, which read these columns."""
    return model_hash == service.scorer.model_hash and tuple(columns) == tuple(service.scorer.columns)


def decide(
    service: Service,
    log: Log,
    caller: str,
    decision: int,
    ruling: review_rulings.Ruling,
    claim: Claim | None,
    letter: str | None,
    language: str,
) -> Response:
    """The answer once the verdict is in the log, and kept with it under a key. ``service``: of the server.
    ``decision``: its id in ``log``. ``caller``: who has decided, and ``ruling``, what. ``claim``: of the key of the
    request, None without a key. ``language``: of the errors. ``letter``: whether the client gets one, as the answer
    says it.

    404 where there is no such decision, 403 where four eyes are wanted and the caller's were on it, 409 where it is
    decided, 422 where the ruling does not fit the decision.
    """
    content = _Kept(claim, {"letter": letter})
    try:
        reviews.decide(log, decision, ruling, caller, g.request_id, service.four_eyes, content.write)
    except (reviews.UnknownDecision, reviews.OwnDecision, reviews.CaseConflict) as error:
        _refuse(error)
    except review_rulings.RulingError as error:
        raise _disobeyed(_VERDICT, error, language) from None
    return responses.json_response(content.body)


def reopen(
    service: Service, log: Log, caller: str, decision: int, ruling: review_rulings.Ruling, claim: Claim | None
) -> Response:
    """The answer once the case is open, and kept with it under a key. 404 where there is no such decision, or it is of
    another caller and this one only scores; 409 where the case is open.

    ``service``: of the server. ``decision``: its id in ``log``. ``caller``: whose wish it is, and ``ruling``, its
    reason. ``claim``: of the key of the request, None without a key.
    """
    content = _Kept(claim)
    own = not reviews_all(service, caller)
    try:
        reviews.reopen(log, decision, ruling.reason, ruling.words, caller, g.request_id, own, content.write)
    except (reviews.UnknownDecision, reviews.CaseConflict) as error:
        _refuse(error)
    return responses.json_response(content.body)


class _Kept:
    """The body of the answer, made and kept in the transaction of the review."""

    def __init__(self, claim: Claim | None, more: Mapping[str, Any] = MappingProxyType({})) -> None:
        self._claim, self._more, self.body = claim, more, b""

    def write(self, connection: Connection, found: reviews.Review) -> None:
        self.body = responses.encoded(msgspec.structs.replace(logged(found), **self._more))
        if self._claim is not None:
            store_answer(connection, self._claim, self.body, {}, found.decision)


def logged(one: reviews.Review) -> LoggedReview:
    """A row of the log as an answer has it."""
    return LoggedReview(
        id=one.id,
        time=one.time,
        request=one.request,
        reviewer=one.reviewer,
        decision_id=one.decision,
        kind=one.kind,
        verdict=one.verdict,
        reason=one.reason,
        words=one.words,
        terms=None if one.terms is None else CounterofferTerms(**msgspec.structs.asdict(one.terms)),
        erased=one.erased,
    )


def _as_shown(one: LoggedReview, service: Service, caller: str) -> LoggedReview:
    """The entry without the parts that the ``caller``'s roles are not shown; whole to who has made it."""
    if one.reviewer == caller:
        return one
    roles = service.callers.roles(caller)
    return msgspec.structs.replace(one, **{part: None for part in _HIDDEN if not is_shown(roles, part)})


def reviews_all(service: Service, caller: str) -> bool:
    """Whether a caller sees and decides on the cases of all callers."""
    return may(service.callers.roles(caller), "POST", "/reviews/{decision_id}")


def _may_decide(
    service: Service, caller: str, case: reviews.Case | listed_cases.ListedCase, *, all_cases: bool = True
) -> bool:
    """Whether `decide` would take a verdict of the caller's, who may decide on ``all_cases`` or on none."""
    decidable = not case.trial and (case.open or not case.deciders)
    return all_cases and decidable and not (service.four_eyes and caller in {case.caller, *case.deciders})


def _refuse(error: Exception) -> NoReturn:
    sentence = str(error)
    if isinstance(error, reviews.UnknownDecision):
        raise NotFound(sentence) from None
    if isinstance(error, reviews.OwnDecision):
        raise coded(Forbidden(sentence), "own-decision") from None
    last = error.last if isinstance(error, reviews.CaseConflict) else None
    told = {} if last is None else {name: getattr(last, name) for name in ("verdict", "reason", "reviewer", "time")}
    raise BodyError(
        409, sentence, [Violation(name, str(value), code="decided-already") for name, value in told.items()]
    ) from None
