"""The answer of POST /score: for each client everything that a bank needs to act, from one look at the model."""

import math
from collections.abc import Sequence

from credit.decision.bank_rules import BankRules
from credit.decision.certainty import Certainty
from credit.decision.policy import Verdicts
from credit.decision.rule_decisions import RuleDecision
from credit.decision.segments import ClientTerms
from credit.explain import NOTE
from credit.explain import Reason as GivenReason
from credit.model.scorer import Floats
from credit.web.answers.decisions import (
    AppliedSegment,
    DecidingRule,
    Reason,
    ReferBand,
    ReviewTerms,
    Score,
    Scores,
)
from credit.web.payload import Clients
from credit.web.responses import notices
from credit.web.routes.probability_intervals import interval
from credit.web.routes.unknown_parts import unknown
from credit.web.service import Service


def scores(
    service: Service,
    clients: Clients,
    probability: Floats,
    verdicts: Verdicts,
    why: Sequence[list[Reason]] | None,
    ids: Sequence[int] | None,
    language: str,
    certainties: Sequence[Certainty] | None = None,
) -> Scores:
    """``service``: of the server. ``clients``: of the body. ``probability``: array (n_clients,). ``verdicts``: what was
    decided. ``language``: of the texts, en or fr. ``why``: see `reasons`. ``ids``: the rows of the decision log, None
    where none is kept. ``certainties``: how sure each probability is, None where that was not measured.
    """
    policy, X, decisions = service.policy, clients.X, verdicts.decisions
    amounts, terms = policy.amounts(X), verdicts.terms
    nothing: Sequence[None] = [None] * len(decisions)
    rows = zip(
        clients.numbers,
        nothing if ids is None else ids,
        decisions,
        probability.tolist(),
        policy.points(probability, terms),
        policy.expected_losses(probability, amounts, terms),
        map(band, policy.bands(amounts, terms)),
        policy.stakes(probability, amounts, terms),
        policy.worths(probability, amounts, terms),
        clients.known.tolist(),
        unknown(service, X, probability, language, terms) or nothing,
        nothing if why is None else why,
        (deciding_rule(policy.bank_rules, one, language) for one in verdicts.rule_decisions),
        nothing
        if certainties is None
        else [interval(one, p, language) for one, p in zip(certainties, probability.tolist(), strict=True)],
        (segment(terms, client) for client in range(len(decisions))),
        strict=True,
    )
    return Scores(
        model=service.model,
        threshold=service.scorer.threshold,
        review=review(service),
        scores=[Score(*row) for row in rows],
        note=None if why is None else NOTE[language],
        **notices(clients, language),
    )


def deciding_rule(rules: BankRules | None, found: RuleDecision | None, language: str) -> DecidingRule | None:
    """The rule of the bank that has decided, with its reason in ``language``; None where the model has."""
    if rules is None or found is None:
        return None
    return DecidingRule(found.rule, found.stage, found.unknown, rules.reasons(language)[found.rule])


def segment(terms: ClientTerms, client: int) -> AppliedSegment | None:
    """The segment whose threshold and costs decide on a client, by its place; None where the model's own do."""
    name = terms.segments[client]
    if name is None:
        return None
    return AppliedSegment(
        name, float(terms.threshold[client]), float(terms.margin[client]), float(terms.loss_given_default[client])
    )


def band(found: dict[str, float] | None) -> ReferBand | None:
    """As the policy gives it."""
    return None if found is None else ReferBand(**found)


def review(service: Service) -> ReviewTerms | None:
    """What a review costs and finds: a cost of None where no client is reviewed, None without a review at all."""
    found = service.policy.review
    return (
        None
        if found is None
        else ReviewTerms(None if math.isinf(found.cost) else found.cost, found.skill, found.capacity)
    )


def reasons(service: Service, X: Floats, language: str) -> list[list[Reason]] | None:
    """What each client of ``X`` (n_clients, n_columns) is told of the reasons; None where the model gives none."""
    if service.explainer is None:
        return None
    return [reasons_as_json(of_one, language) for of_one in service.explainer.reasons(X)]


def reasons_as_json(found: Sequence[GivenReason], language: str) -> list[Reason]:
    """The reasons of one client in ``language``, the weightiest first."""
    return [Reason(one.code, one.kind, one.contribution, one.sentence(language)) for one in found]
