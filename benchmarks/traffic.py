"""An hour's requests: single clients, batches, raw tables, questions, and what cannot be answered."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from credit.web.payload.value_limits import Limit, limit

JSON = "application/json"
Fields = dict[str, object]

#: The amounts of every client's loan, without which nothing is decided.
LOAN = {"AMT_CREDIT": 450000.0, "AMT_ANNUITY": 24500.0, "AMT_GOODS_PRICE": 450000.0}
FIRST = json.dumps({"SK_ID_CURR": 0, **LOAN}).encode()


@dataclass(frozen=True)
class Request:
    """What is sent, and the status that the answer ought to have. ``clients``: those that are decided on, in order.
    ``key``: its Idempotency-Key, "" for none.
    """

    kind: str
    method: str
    route: str
    status: int
    body: bytes = b""
    content: str = JSON
    clients: tuple[int, ...] = ()
    key: str = ""

    def message(self, host: str) -> bytes:
        head = f"{self.method} {self.route} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {self.content}\r\n"
        head += f"Idempotency-Key: {self.key}\r\n" if self.key else ""
        return f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode() + self.body


def _whole(one: Limit) -> float:
    """A whole number that a column can hold: 1 of a flag, 5,000 days ago, no child."""
    return 1.0 if one.kind == "flag" else min(max(-5000.0, one.low), one.high)


class Traffic:
    """Requests without end, the same for the same seed. ``columns``: the features of the model. ``keyed``: decisions
    have an Idempotency-Key, so that they may be sent again.
    """

    def __init__(self, columns: list[str], seed: int, keyed: bool = False) -> None:
        self._columns, self._keyed = columns, keyed
        self._random = random.Random(seed)
        self._number = 0

    def __iter__(self) -> Iterator[Request]:
        kinds = (self._single, self._batch, self._tables, self._question, self._bad)
        while True:
            yield self._random.choices(kinds, (72, 10, 8, 4, 6))[0]()

    def _client(self) -> Fields:
        self._number += 1
        known = self._random.sample(self._columns, self._random.randint(1, min(60, len(self._columns))))
        draw = self._random.random
        # Days count back from the application; all else may be positive.
        values = {name: round(-draw() if name.startswith("DAYS_") else draw(), 6) for name in known}
        values |= {name: _whole(limit(name)) for name in known if limit(name).whole}
        return {"SK_ID_CURR": self._number, **values, **LOAN}

    def _decision(self, kind: str, body: object, clients: tuple[int, ...]) -> Request:
        route = self._random.choices(("/score", "/predict", "/predict_proba"), (60, 20, 20))[0]
        key = f"load-{clients[0]}" if self._keyed else ""
        return Request(kind, "POST", route, 200, json.dumps(body).encode(), clients=clients, key=key)

    def _single(self) -> Request:
        client = self._client()
        return self._decision("single", client, (self._number,))

    def _batch(self) -> Request:
        bodies = [self._client() for _ in range(50)]
        return self._decision("batch of 50", bodies, tuple(range(self._number - 49, self._number + 1)))

    def _tables(self) -> Request:
        self._number += 1
        number, draw = self._number, self._random
        loans = [
            {
                "SK_ID_CURR": number,
                "SK_ID_BUREAU": place,
                "DAYS_CREDIT": -draw.randint(1, 2900),
                "CREDIT_TYPE": "Car loan",
            }
            for place in range(1, draw.randint(2, 30))
        ]
        application = {"SK_ID_CURR": number, **LOAN, "EXT_SOURCE_2": draw.random()}
        return self._decision("raw tables", {"application": application, "bureau": loans}, (number,))

    def _question(self) -> Request:
        route = self._random.choice(("/features", "/best_threshold", "/model", "/health", "/ready", "/metrics", "/"))
        return Request("question", "GET", route, 200)

    def _bad(self) -> Request:
        self._number += 1
        client: Fields = {"SK_ID_CURR": self._number, **LOAN, self._columns[0]: 1.0}
        body = json.dumps(client).encode()
        return self._random.choice(
            (
                Request("bad", "POST", "/predict", 400, body[:-1]),
                Request("bad", "POST", "/score", 422, json.dumps({**client, "AMT_CREDT": 1}).encode()),
                Request("bad", "POST", "/score", 422, json.dumps({**client, "AMT_CREDIT": "many"}).encode()),
                Request("bad", "POST", "/predict_proba", 415, body, content="text/plain"),
                Request("bad", "POST", "/predict", 422, json.dumps([client, client]).encode()),
                Request("bad", "POST", "/predicted", 404, body),
                Request("bad", "GET", "/predict", 405),
            )
        )
