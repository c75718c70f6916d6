"""Cross-origin requests, as browsers make them: the pages that are named, and no others."""

import pytest
from support import small
from support.loans import CREDIT

from credit.web.application import create_app
from credit.web.auth import Callers

A, B, EVIL = "https://a.example", "http://localhost:3000", "https://evil.example"
GRANTED = "Access-Control-Allow-Origin"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("origins") / "model")


@pytest.fixture
def client(bundle):
    keys = Callers({"ann": small.digest("a")})
    return create_app(bundle, database=None, callers=keys, origins=[A, B]).test_client()


def preflight(client, path, origin, method="POST"):
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type"}
    return client.options(path, headers={"Origin": origin, **asked})


def granted(response):
    return {name for name, _ in response.headers.to_wsgi_list() if name.startswith("Access-Control")}


@pytest.mark.parametrize("origin", [A, B])
def test_a_named_page_may_ask_and_read(client, origin):
    asked = preflight(client, "/predict", origin)
    assert asked.status_code == 200
    assert asked.headers[GRANTED] == origin
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    sent = "Authorization, Content-Encoding, Content-Type, Idempotency-Key, X-Request-ID"
    assert asked.headers["Access-Control-Allow-Headers"] == sent
    assert asked.headers["Access-Control-Max-Age"] == "600"
    sent = {"Origin": origin, "Authorization": "Bearer a"}
    answer = client.post("/predict", json={"SK_ID_CURR": 1, **CREDIT}, headers=sent)
    assert answer.status_code == 200
    assert answer.headers[GRANTED] == origin
    for name in ("Idempotency-Replayed", "Retry-After", "X-Request-ID"):
        assert name in answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert granted(answer) == {GRANTED, "Access-Control-Expose-Headers"}


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "*", "", "https://a.example.evil.example", "https://A.example", f"{A}/"]
)
def test_no_other_page_may_do_either(client, origin):
    assert granted(preflight(client, "/predict", origin)) == set()
    answer = client.get("/features", headers={"Origin": origin})
    assert (answer.status_code, granted(answer)) == (200, set())


def test_a_refusal_can_be_read_by_a_named_page(client):
    for path, status in (("/predict", 401), ("/nowhere", 404)):
        answer = client.post(path, json={}, headers={"Origin": A})
        assert (answer.status_code, answer.headers[GRANTED]) == (status, A)


def test_nobody_is_allowed_credentials_and_nobody_everything(client):
    for origin in (A, EVIL):
        for response in (preflight(client, "/data", origin, "GET"), client.get("/", headers={"Origin": origin})):
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert response.headers.get(GRANTED) != "*"


def test_a_preflight_of_a_route_that_is_not_there_grants_no_method(client):
    answer = preflight(client, "/nowhere", A)
    assert (answer.status_code, granted(answer) & {"Access-Control-Allow-Methods"}) == (404, set())


def test_a_plain_options_is_no_preflight(client):
    answer = client.options("/predict", headers={"Origin": A})
    assert "Access-Control-Allow-Methods" not in answer.headers


@pytest.mark.parametrize("headers", [{}, {"Origin": A}, {"Origin": EVIL}])
def test_whoever_keeps_answers_is_told_that_they_depend_on_the_origin(client, headers):
    assert client.get("/best_threshold", headers=headers).headers["Vary"] == "Origin"
    assert client.get("/", headers=headers).headers["Vary"] == "Accept, Accept-Language, Origin"


def test_where_no_page_is_named_nothing_is_said(bundle):
    closed = create_app(bundle, database=None).test_client()
    for response in (preflight(closed, "/predict", A), closed.get("/best_threshold", headers={"Origin": A})):
        assert granted(response) == set()
        assert "Vary" not in response.headers
