"""The answer of POST /score: for each client everything that a bank needs to act, from one look at the model."""

from collections.abc import Sequence
from typing import Any

from credit.explain import NOTE, Reason
from credit.model.scorer import Floats
from credit.web.payload import Clients
from credit.web.responses import told
from credit.web.routes.unknown_parts import unknown
from credit.web.service import Service


def scores(
    service: Service,
    clients: Clients,
    probability: Floats,
    decisions: Sequence[str],
    why: Sequence[Any] | None,
    ids: Sequence[int] | None,
    language: str,
) -> dict[str, Any]:
    """``probability``: array (n_clients,). ``why``: see `reasons`. ``ids``: the rows of the decision log, None where
    none is kept.
    """
    policy, X = service.policy, clients.X
    amounts = policy.amounts(X)
    nothing: Sequence[None] = [None] * len(decisions)
    rows = zip(
        clients.numbers,
        nothing if ids is None else ids,
        decisions,
        probability.tolist(),
        policy.points(probability),
        policy.expected_losses(probability, amounts),
        policy.bands(amounts),
        policy.stakes(probability, amounts),
        policy.worths(probability, amounts),
        clients.known.tolist(),
        unknown(service, X, probability, language) or nothing,
        nothing if why is None else why,
        strict=True,
    )
    names = (
        "client",
        "decision_id",
        "decision",
        "probability",
        "points",
        "expected_loss",
        "refer",
        "at_stake",
        "review_worth",
        "present",
        "unknown",
        "reasons",
    )
    return {
        "model": service.model,
        "threshold": service.scorer.threshold,
        "review": review(service),
        "scores": [dict(zip(names, row, strict=True)) for row in rows],
        "note": None if why is None else NOTE[language],
        **told(clients, language),
    }


def review(service: Service) -> dict[str, float | None] | None:
    """What a review costs and finds: a cost of null where no client is reviewed, null without a review at all."""
    return None if service.policy.review is None else service.policy.review.to_dict()


def reasons(service: Service, X: Floats, language: str) -> list[list[dict[str, Any]]] | None:
    """What each client of ``X`` (n_clients, n_columns) is told of the reasons; None where the model gives none."""
    if service.explainer is None:
        return None
    return [told_reasons(of_one, language) for of_one in service.explainer.reasons(X)]


def told_reasons(found: Sequence[Reason], language: str) -> list[dict[str, Any]]:
    """The reasons of one client in ``language``, the weightiest first."""
    return [
        {"code": one.code, "kind": one.kind, "contribution": one.contribution, "text": one.sentence(language)}
        for one in found
    ]
