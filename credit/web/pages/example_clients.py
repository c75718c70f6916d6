"""The example clients of the page, and where they land with the model at hand.

They are clients of the simulated bank with their raw tables, chosen for the shipped model (scripts/examples.py). What
their buttons say is what the served model answers: another model may see them otherwise.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from credit.decision.policy import today
from credit.features.needed_tables import histories_of
from credit.i18n.numbers import percent
from credit.i18n.page_text import WORDS
from credit.web import example_request
from credit.web.payload import BodyError
from credit.web.payload.raw_tables import APPLICATION
from credit.web.service import Service

FILE = "examples.json"


@dataclass(frozen=True)
class Example:
    """``name``: in the file. ``body``: what to post. ``label``: no_history where every history that the model reads is
    sent and empty, history_unknown where the application is sent alone, else accept, refer or refuse by the served
    model. ``decision`` and ``probability``: by that model.
    """

    name: str
    body: dict[str, Any]
    label: str
    decision: str
    probability: float


def examples(service: Service, content: bytes) -> list[Example]:
    """The examples in ``content`` (name -> body of tables) as the served model sees them.

    A model of columns that no tables make gets the client of `credit.web.example_request`. Nothing is logged.
    """
    return list(_examples(_Held(service), content))


def buttons(service: Service, content: bytes, language: str) -> list[dict[str, Any]]:
    """The examples as the page's buttons: a title by what the model says, and how likely a default is held to be.

    ``body``: JSON where it is not in the file, else None.
    """
    words = WORDS[language]["script"]
    return [
        {
            "name": one.name,
            "title": words[f"label_{one.label}"],
            "told": f"{words[one.decision]}, {percent(one.probability, language)}",
            "body": None if APPLICATION in one.body else msgspec.json.encode(one.body).decode(),
        }
        for one in examples(service, content)
    ]


@dataclass(frozen=True)
class _Held:
    """A service as a key: the model decides, by its hash and threshold."""

    service: Service

    def __hash__(self) -> int:
        return hash(self.service.scorer.model_hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.service is self.service


@lru_cache(maxsize=4)
def _examples(held: _Held, content: bytes) -> tuple[Example, ...]:
    bodies: dict[str, Any] = msgspec.json.decode(content)
    try:
        return tuple(_seen(held.service, name, body) for name, body in bodies.items())
    except BodyError:
        return (_seen(held.service, "example", example_request.example(held.service.scorer.columns)),)


def _seen(service: Service, name: str, body: dict[str, Any]) -> Example:
    clients = service.bodies.read(msgspec.json.encode(body))
    probability = service.scorer.probability(clients.X)
    amounts = service.policy.amounts(clients.X)
    decision = service.policy.decide(clients.X, probability, amounts, today()).decisions[0]
    label = _of_histories(service, body, clients.absent_tables) or decision
    return Example(name, body, label, decision, float(probability[0]))


def _of_histories(service: Service, body: dict[str, Any], absent: tuple[str, ...]) -> str | None:
    """What a body of tables says of the client's histories, where that is all or nothing.

    ``absent``: the histories that the model reads and the body does not name.
    """
    if APPLICATION not in body:
        return None
    read = histories_of(service.scorer.columns)
    if read and set(absent) == set(read):
        return "history_unknown"
    if read and not absent and not any(body[table] for table in read):
        return "no_history"
    return None
