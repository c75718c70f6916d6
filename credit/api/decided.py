"""From a body to decisions that are in the log."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import msgspec
from flask import g

from credit import asked
from credit.body import Clients
from credit.decisions import Decision
from credit.decisions.inputs import written
from credit.scorer.scorer import Floats
from credit.service import service


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
            told = repeat(None, len(decisions)) if reasons is None else reasons
            rows = zip(clients.numbers, clients.X, probability.tolist(), decisions, told, strict=True)
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
                        reasons=None if why is None else msgspec.json.encode(why).decode(),
                        model_hash=model.model_hash,
                    )
                    for number, x, p, decision, why in rows
                ]
            )
        here.metrics.scored(decisions, probability, 1 - clients.known)
    return Decided(clients, probability, decisions, reasons, ids)
