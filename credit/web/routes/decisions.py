"""From a body to decisions that are in the log, and to their answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from flask import Response, g, request

from credit.decision.certainty import Certainty
from credit.decision.policy import ACCEPT, Policy, Verdicts, today
from credit.decision_log import Decision
from credit.decision_log.encoding import to_bytes
from credit.decision_log.idempotency import Claim, Once
from credit.model.scorer import Floats
from credit.web import idempotency_key, request_log, requests, responses, server_timing
from credit.web.answers.answer import Answer
from credit.web.payload import Clients
from credit.web.routes.scores import reasons as in_words
from credit.web.service import service


@dataclass(frozen=True)
class Decided:
    """What was decided. ``reasons``: those given for each client, None where nothing. ``ids``: of the log's rows,
    None where no log is kept.
    ``certainties``: how sure each probability is, None where that was not measured.
    """

    clients: Clients
    probability: Floats
    verdicts: Verdicts
    reasons: list[Any] | None
    ids: list[int] | None
    certainties: list[Certainty] | None = None


def answer(
    content: Callable[[Decided], Answer],
    explain: Callable[[Floats], list[Any] | None] = lambda _: None,
    headers: Mapping[str, str] | None = None,
    trial: bool = False,
) -> Response:
    """The answer to the body's clients, who are in the log with what is decided about them before this returns.

    ``content``: of the answer, as JSON has it; needs nothing of the request at hand. ``explain``: the clients' features
    to the reasons that are given. ``headers``: of the answer. ``trial``: the decisions are marked in the log, and count
    nowhere. A request with an Idempotency-Key is answered once, see ``retries``.
    """

    def work(body: bytes, claim: Claim | None) -> Response:
        with service().turn(len(body)):
            found, rows = _decided(body, explain, trial)
            server_timing.done(server_timing.DECIDE)
            kept_content = None
            log = service().log
            if log is not None and claim is not None:
                once = Once(claim, lambda ids: responses.encoded(content(replace(found, ids=ids))), headers or {})
                found = replace(found, ids=log.record(rows, once))
                kept_content = once.content
            elif log is not None:
                found = replace(found, ids=log.record(rows))
            if log is not None:
                server_timing.done(server_timing.LOG)
            if not trial:
                verdicts = found.verdicts
                missing = 1 - found.clients.known
                decided = verdicts.decisions, found.probability, missing, verdicts.rule_decisions
                crossing = [one.crosses_break_even for one in found.certainties or ()]
                service().metrics.scored(*decided, found.ids, crossing)
                request_log.absences(service().absences.scored(found.clients.X, found.ids))
        return responses.json_response(
            responses.encoded(content(found)) if kept_content is None else kept_content, headers=headers
        )

    return idempotency_key.once(work)


def _decided(body: bytes, explain: Callable[[Floats], list[Any] | None], trial: bool) -> tuple[Decided, list[Decision]]:
    """What is decided about the clients of a body, and that as rows of the log; none where none is kept.

    The rule is one, whichever route was asked: `credit.decision.policy`.
    """
    here, model, caller = service(), service().scorer, requests.known_caller()
    clients = here.bodies.read(body)
    server_timing.done(server_timing.READ)
    probability, amounts = model.probability(clients.X), here.policy.amounts(clients.X)
    server_timing.done(server_timing.MODEL)
    verdicts, reasons = here.policy.decide(clients.X, probability, amounts, today()), explain(clients.X)
    measured = here.policy.certainties
    sure = None if measured is None else measured.of(clients.X, probability, verdicts.terms.break_even)
    found, decisions = Decided(clients, probability, verdicts, reasons, None, sure), verdicts.decisions
    if here.log is None:
        return found, []
    rules, bands = by_which_rule(here.policy, verdicts), here.policy.bands(amounts, verdicts.terms)
    why = of_those_not_accepted(clients.X, decisions) if reasons is None else reasons
    known = here.known_tables.sent(clients.X)
    of_nobody: list[Certainty | None] = [None] * len(decisions)
    rows = zip(
        *(clients.numbers, clients.X, probability.tolist(), decisions, bands, why, known, rules),
        verdicts.terms.threshold.tolist(),
        of_nobody if sure is None else sure,
        strict=True,
    )
    return found, [
        Decision(
            request=g.request_id,
            caller=caller,
            client=number,
            columns=here.columns,
            inputs=to_bytes(x),
            probability=p,
            threshold=threshold,
            decision=decision,
            refer=_as_json(band),
            reasons=_as_json(told),
            model_hash=model.model_hash,
            sent=sent,
            route=request.path,
            rule=rule,
            bank_rules=here.policy.bank_rules,
            trial=True if trial else None,
            interval=None if certainty is None else _as_json(certainty.to_dict()),
        )
        for number, x, p, decision, band, told, sent, rule, threshold, certainty in rows
    ]


def by_which_rule(policy: Policy, verdicts: Verdicts) -> list[str]:
    """For the log, of each client as JSON: its costs and the review, the bank's rules by their hash, which of them has
    decided, and where the bank's file has segments which is the client's.
    """
    written = policy.to_dict()
    if policy.bank_rules is None:
        return [msgspec.json.encode(written).decode()] * len(verdicts.decisions)
    of_bank, terms = {**written["bank_rules"], "on": verdicts.on}, verdicts.terms
    found = []
    for client, one in enumerate(verdicts.rule_decisions):
        bank = {**of_bank, "decided": one and one.to_dict()}
        if policy.bank_rules.segments:
            bank["segment"] = terms.segments[client]
        found.append(msgspec.json.encode({**written, **terms.costs(client).to_dict(), "bank_rules": bank}).decode())
    return found


def _as_json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def of_those_not_accepted(X: Floats, decisions: Sequence[str]) -> list[Any]:
    """For the log, where an answer tells no reasons: those of each client who is refused or referred, None for others.

    A refusal must be explained years later, when its inputs may be erased, and a person may refuse who is referred.
    ``X``: array (n_clients, n_columns).
    """
    found: list[Any] = [None] * len(decisions)
    places = [place for place, decision in enumerate(decisions) if decision != ACCEPT]
    if places and (reasons := in_words(service(), X[places], "en")) is not None:
        for place, reason in zip(places, reasons, strict=True):
            found[place] = reason
    return found
