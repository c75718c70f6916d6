"""How many requests a caller may send, with one storage for all and with one that goes away."""

import json
import time

import pytest
from limits.storage import MemoryStorage
from support import small
from support.loans import CREDIT

from credit.web.application import create_app
from credit.web.auth import Callers
from credit.web.rate_limit import Rate

CLIENT = {"SK_ID_CURR": 1, **CREDIT}
ANN, BOB, STRANGER = ({"Authorization": f"Bearer {key}"} for key in "abx")


class Shared(MemoryStorage):
    """One memory for every app, which can be taken away."""

    STORAGE_SCHEME = ("shared",)
    one = None
    away = False

    def __new__(cls, *arguments, **options):
        cls.one = cls.one or super().__new__(cls)
        return cls.one

    def __init__(self, *arguments, **options):
        if not hasattr(self, "storage"):
            super().__init__(*arguments, **options)

    def incr(self, *arguments, **options):
        if self.away:
            raise ConnectionError("no storage at 10.0.0.1")
        return super().incr(*arguments, **options)

    def check(self):
        return not self.away


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("limiter") / "model")


@pytest.fixture
def made(bundle):
    def make(limits, storage="memory://", keys=True, **more):
        callers = Callers({"ann": small.digest("a"), "bob": small.digest("b")}) if keys else None
        return create_app(bundle, database=None, callers=callers, rate=Rate(limits, storage), **more).test_client()

    return make


@pytest.fixture
def shared():
    Shared.one, Shared.away = None, False
    yield "shared://here"
    Shared.one, Shared.away = None, False


def statuses(client, number, path="/predict", **more):
    method = client.post if path in ("/predict", "/score") else client.get
    sent = {"json": CLIENT} if path in ("/predict", "/score") else {}
    return [method(path, **sent, **more).status_code for _ in range(number)]


def test_a_caller_is_stopped_at_its_limit_and_no_other_with_it(made):
    client = made("3 per hour")
    assert statuses(client, 5, headers=ANN) == [200, 200, 200, 429, 429]
    assert statuses(client, 4, headers=BOB) == [200, 200, 200, 429]
    far = {"environ_base": {"REMOTE_ADDR": "203.0.113.5"}}
    assert statuses(client, 1, headers=ANN, **far) == [429]  # wherever it sends from


def test_a_refusal_has_the_one_shape_and_says_when_to_come_back(made):
    client = made("1 per hour")
    client.post("/predict", json=CLIENT, headers=ANN)
    response = client.post("/predict", json=CLIENT, headers=ANN)
    seconds = int(response.headers["Retry-After"])
    assert 0 < seconds <= 3601  # the storage knows whole seconds, rounded up
    sentence = f"This server takes 1 per hour from one caller: send the request again in {seconds} s."
    assert response.json == {"error": sentence, "code": "too-many-requests", "details": []}
    assert response.headers["X-Request-ID"]


def test_after_the_time_that_was_said_the_caller_is_let_in_again(made):
    client = made("2 per second")
    until = time.monotonic() + 120
    while (refused := client.post("/predict", json=CLIENT, headers=ANN)).status_code != 429:
        assert time.monotonic() < until
    time.sleep(int(refused.headers["Retry-After"]))
    assert statuses(client, 1, headers=ANN) == [200]


def test_all_routes_count_together_and_what_no_route_takes_counts_too(made):
    client = made("4 per hour")
    found = [statuses(client, 1, path, headers=ANN)[0] for path in ("/predict", "/features", "/nowhere", "/score")]
    assert found == [200, 200, 404, 200]
    for path in ("/features", "/nowhere", "/", "/openapi.json", "/score"):
        assert statuses(client, 1, path, headers=ANN) == [429]


def test_watching_and_reading_are_free(made):
    client = made("1 per hour")
    assert statuses(client, 2, headers=ANN) == [200, 429]
    for path in ("/health", "/ready", "/metrics", "/docs", "/static/any/style.css"):
        assert statuses(client, 5, path, headers=ANN) == [200] * 5
    assert client.options("/predict", headers=ANN).status_code == 200


def test_who_shows_no_key_is_counted_by_address(made):
    client = made("2 per hour")
    assert statuses(client, 3, headers=STRANGER) == [401, 401, 429]
    assert statuses(client, 1) == [429]
    assert statuses(client, 1, environ_base={"REMOTE_ADDR": "203.0.113.5"}) == [401]
    assert statuses(client, 1, headers=ANN) == [200]  # from the same address


def test_without_keys_each_address_is_counted(made):
    client = made("2 per hour", keys=False)
    assert statuses(client, 3) == [200, 200, 429]
    assert statuses(client, 1, headers=ANN) == [429]  # a key that nobody asks for is nobody
    assert statuses(client, 1, environ_base={"REMOTE_ADDR": "203.0.113.5"}) == [200]


def test_behind_a_trusted_proxy_the_address_is_the_callers(made):
    client = made("1 per hour", keys=False, trust_proxy=True)
    for address in ("203.0.113.5", "203.0.113.6"):
        assert statuses(client, 2, headers={"X-Forwarded-For": f"1.2.3.4, {address}"}) == [200, 429]


def test_of_several_limits_each_holds(made):
    client = made("100 per second; 2 per hour")
    assert statuses(client, 3, headers=ANN) == [200, 200, 429]


def test_servers_with_one_storage_count_together(made, shared):
    one, other = made("3 per hour", shared), made("3 per hour", shared)
    assert statuses(one, 2, headers=ANN) + statuses(other, 2, headers=ANN) == [200, 200, 200, 429]
    alone, apart = made("1 per hour"), made("1 per hour")
    assert statuses(alone, 1, headers=ANN) + statuses(apart, 1, headers=ANN) == [200, 200]


def test_without_its_storage_a_server_counts_for_itself_and_says_so(made, shared, capfd):
    client = made("3 per hour", shared)
    assert statuses(client, 1, headers=ANN) == [200]
    Shared.away = True
    assert statuses(client, 5, headers=ANN) == [200, 200, 200, 429, 429]
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    told = [line for line in lines if "message" in line]
    assert [(line["level"], line["message"][:18]) for line in told] == [("warning", "RATE_LIMIT_STORAGE")]
    assert "unreachable" in told[0]["message"]


def test_when_its_storage_is_back_it_counts_there_again(made, shared):
    client = made("3 per hour", shared)
    Shared.away = True
    assert statuses(client, 4, headers=ANN) == [200, 200, 200, 429]
    Shared.away = False
    time.sleep(1.1)  # it is asked for again after a second
    assert statuses(client, 4, headers=ANN) == [200, 200, 200, 429]


def test_without_a_limit_nobody_is_stopped(bundle):
    client = create_app(bundle, database=None).test_client()
    assert statuses(client, 50, "/health") + statuses(client, 50) == [200] * 100
