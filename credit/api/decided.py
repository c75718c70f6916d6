"""From a body to decisions that are in the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import g

from credit import asked
from credit.api.scores import reasons as in_words
from credit.body import Clients
from credit.decisions import Decision
from credit.decisions.inputs import written
from credit.scorer.scorer import Floats
from credit.service import service
from credit.verdicts import REFUSE


@dataclass(frozen=True)
class Decided:
    """What was answered. ``reasons``: what each client is told of them, None where nothing. ``ids``: of the log's rows,
    None where no log is kept.
    """

    clients: Clients
    probability: Floats
    decisions: list[str]
    reasons: list[Any] | None
    ids: list[int] | None


def decided_on(
    decide: Callable[[Clients, Floats], list[str]], explain: Callable[[Floats], list[Any] | None] = lambda _: None
) -> Decided:
    """The body's clients and what is decided about them, in the log before this returns.

    ``decide``: clients and their probabilities to decisions. ``explain``: the clients' features to what is told of
    their reasons.
    """
    here, model, caller, body = service(), service().scorer, asked.known_caller(), asked.body()
    with here.turn(len(body)):
        clients = here.bodies.read(body)
        probability = model.probability(clients.X)
        decisions, reasons, ids = decide(clients, probability), explain(clients.X), None
        if here.log is not None:
            band = here.verdicts.refer
            refer = None if band is None else msgspec.json.encode(band).decode()
            why = of_the_refused(clients.X, decisions) if reasons is None else reasons
            rows = zip(clients.numbers, clients.X, probability.tolist(), decisions, why, strict=True)
            ids = here.log.record(
                [
                    Decision(
                        request=g.request_id,
                        caller=caller,
                        client=number,
                        columns=here.columns,
                        inputs=written(x),
                        probability=p,
                        threshold=model.threshold,
                        decision=decision,
                        refer=refer,
                        reasons=None if told is None else msgspec.json.encode(told).decode(),
                        model_hash=model.model_hash,
                    )
                    for number, x, p, decision, told in rows
                ]
            )
        here.metrics.scored(decisions, probability, 1 - clients.known)
    return Decided(clients, probability, decisions, reasons, ids)


def of_the_refused(X: Floats, decisions: Sequence[str]) -> list[Any]:
    """For the log, where an answer tells no reasons: those of each refused client, None for the others.

    A refusal must be explained years later, when its inputs may be erased. ``X``: array (n_clients, n_columns).
    """
    found: list[Any] = [None] * len(decisions)
    refused = [place for place, decision in enumerate(decisions) if decision == REFUSE]
    if refused and (reasons := in_words(service(), X[refused], "en")) is not None:
        for place, told in zip(refused, reasons, strict=True):
            found[place] = told
    return found
