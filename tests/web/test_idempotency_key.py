"""The header Idempotency-Key: the first answer again, for whom, for which request, and what is refused."""

import hashlib

import pytest
from sqlalchemy import select

from credit.decision_log import LogError
from credit.decision_log.schema import kept_answers
from credit.web.application import create_app
from credit.web.auth import Callers

CLIENT = {"SK_ID_CURR": 5, "AMT_CREDIT": 1000.5, "EXT_SOURCE_2": 0.5, "DAYS_BIRTH": -9000}
KEY, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"


def keyed(key="k-1", **more):
    return {KEY: key, **more}


def kept(client):
    with client.application.extensions["service"].log.reading() as connection:
        return connection.execute(select(kept_answers)).all()


@pytest.mark.parametrize("route", ["/predict", "/predict_proba", "/score", "/score?lang=fr"])
def test_the_same_request_under_its_key_gets_the_first_answer_and_decides_nothing(client, route):
    first = client.post(route, json=CLIENT, headers=keyed())
    again = client.post(route, json=CLIENT, headers=keyed())
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data == again.data
    assert (first.headers.get(REPLAYED), again.headers[REPLAYED]) == (None, "true")
    for name in ("Content-Type", "Content-Language", "Vary", "Cache-Control"):
        assert first.headers.get(name) == again.headers.get(name)
    assert first.headers["X-Request-ID"] != again.headers["X-Request-ID"]
    assert client.get("/data").json["total"] == 1
    without = client.post(route, json=CLIENT)
    assert (without.headers.get(REPLAYED), client.get("/data").json["total"]) == (None, 2)
    decisions = [
        line for line in client.get("/metrics").text.splitlines() if line.startswith("credit_decisions_total{")
    ]
    assert sum(int(line.split()[-1]) for line in decisions) == 2


def test_an_answer_under_a_key_is_the_answer_without_one(client):
    routes = ("/predict", "/predict_proba", "/score")
    for route in routes:
        bare, under = client.post(route, json=CLIENT).json, client.post(route, json=CLIENT, headers=keyed()).json
        for one in (bare, under):
            for score in one.get("scores", []):
                score.pop("decision_id")
        assert bare == under


def test_outcomes_are_kept_once(client):
    client.post("/predict", json=CLIENT)
    sent = [{"client": 5, "defaulted": True}]
    first = client.post("/outcomes", json=sent, headers=keyed())
    again = client.post("/outcomes", json=sent, headers=keyed())
    assert (first.json, again.data, again.headers[REPLAYED]) == (
        {"received": 1, "new": 1, "told": 1},
        first.data,
        "true",
    )
    # Outcomes that are sent in the meantime are not turned back by a request that comes again late.
    client.post("/outcomes", json=[{"client": 5, "defaulted": False}])
    assert client.post("/outcomes", json=sent, headers=keyed()).headers[REPLAYED] == "true"
    assert client.post("/outcomes", json=sent).json == {"received": 1, "new": 1, "told": 1}
    unknown = client.post("/outcomes", json=[{"client": 6, "defaulted": True}], headers=keyed("k-2"))
    assert unknown.status_code == 404
    client.post("/predict", json={**CLIENT, "SK_ID_CURR": 6})
    assert client.post("/outcomes", json=[{"client": 6, "defaulted": True}], headers=keyed("k-2")).status_code == 200


def test_another_request_under_the_key_is_refused(client):
    client.post("/score", json=CLIENT, headers=keyed())
    for route, body in (("/score", {**CLIENT, "AMT_CREDIT": 2000}), ("/score?lang=fr", CLIENT)):
        answer = client.post(route, json=body, headers=keyed())
        assert (answer.status_code, answer.json["code"]) == (409, "key-taken")
        assert answer.json["error"].startswith("Another request came with this Idempotency-Key: send a new request")
        assert "Retry-After" not in answer.headers
    assert client.get("/data").json["total"] == 1
    assert client.post("/predict", json=CLIENT, headers=keyed()).status_code == 200  # a key is of a route


def test_a_key_is_of_a_caller(bundle, tmp_path):
    keys = Callers({name: hashlib.sha256(name.encode()).hexdigest() for name in ("ann", "bob")})
    client = create_app(bundle, database=tmp_path / "d.db", callers=keys).test_client()
    ids = []
    for name in ("ann", "bob", "ann"):
        answer = client.post("/score", json=CLIENT, headers=keyed(Authorization=f"Bearer {name}"))
        ids.append(answer.json["scores"][0]["decision_id"])
    assert ids == [1, 2, 1]
    assert client.post("/score", json=CLIENT, headers=keyed()).status_code == 401


def test_the_first_request_is_under_way(client, monkeypatch):
    log = client.application.extensions["service"].log
    record, seen = log.record, []

    def slow(rows, once=None):
        if not seen:
            seen.append(None)
            seen[0] = client.application.test_client().post("/score", json=CLIENT, headers=keyed())
        return record(rows, once)

    monkeypatch.setattr(log, "record", slow)
    assert client.post("/score", json=CLIENT, headers=keyed()).status_code == 200
    (meanwhile,) = seen
    assert (meanwhile.status_code, meanwhile.headers["Retry-After"]) == (409, "1")
    assert "is under way" in meanwhile.json["error"]
    assert meanwhile.json["code"] == "key-in-use"
    assert client.post("/score", json=CLIENT, headers=keyed()).headers[REPLAYED] == "true"


@pytest.mark.parametrize("body", [{"SK_ID_CURR": "five"}, {"AMT_CREDT": 1, "SK_ID_CURR": 5}, []])
def test_an_error_of_the_request_is_not_kept_and_the_corrected_one_is_answered(client, body):
    assert client.post("/score", json=body, headers=keyed()).status_code == 422
    assert kept(client) == []
    corrected = client.post("/score", json=CLIENT, headers=keyed())
    assert (corrected.status_code, corrected.headers.get(REPLAYED)) == (200, None)


@pytest.mark.parametrize(("error", "status"), [(LogError("it is away"), 503), (RuntimeError("hush"), 500)])
def test_an_error_of_the_server_frees_the_key(client, monkeypatch, error, status):
    log = client.application.extensions["service"].log

    def fails(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(log, "record", fails)
        assert client.post("/score", json=CLIENT, headers=keyed()).status_code == status
    answer = client.post("/score", json=CLIENT, headers=keyed())
    assert (answer.status_code, answer.headers.get(REPLAYED)) == (200, None)
    assert client.get("/data").json["total"] == 1


def test_an_answer_that_was_lost_after_the_commit_is_kept(client, monkeypatch):
    metrics = client.application.extensions["service"].metrics
    with monkeypatch.context() as patch:
        patch.setattr(type(metrics), "scored", lambda *_: 1 / 0)
        assert client.post("/score", json=CLIENT, headers=keyed()).status_code == 500
    again = client.post("/score", json=CLIENT, headers=keyed())
    assert (again.headers[REPLAYED], again.json["scores"][0]["decision_id"]) == ("true", 1)
    assert client.get("/data").json["total"] == 1


def test_an_answer_about_an_erased_client_is_not_given_again(client):
    client.post("/score", json=CLIENT, headers=keyed())
    client.delete("/data/5")
    answer = client.post("/score", json=CLIENT, headers=keyed())
    assert (answer.status_code, answer.json["code"]) == (409, "key-taken")
    assert "was erased: send a new request with a new key" in answer.json["error"]
    (row,) = kept(client)
    assert row.content is None
    assert client.get("/data?inputs=1").json["data"][0]["inputs"] is None


@pytest.mark.parametrize(
    "key", ["8e03978e-40d5-43e8-bc93-6894a57f9324", "x", "a" * 255, "n 1; (2), 'c'=/?", '"quo ted"']
)
def test_a_key_may_be_any_printable_text_in_quotes_or_bare(client, key):
    assert client.post("/predict", json=CLIENT, headers=keyed(key)).status_code == 200
    assert client.post("/predict", json=CLIENT, headers=keyed(f" {key} ")).headers[REPLAYED] == "true"


def test_a_key_in_quotes_is_the_key_within(client):
    client.post("/predict", json=CLIENT, headers=keyed("k-1"))
    assert client.post("/predict", json=CLIENT, headers=keyed('"k-1"')).headers[REPLAYED] == "true"
    client.post("/predict", json=CLIENT, headers=keyed('"a\\"b\\\\c"'))
    assert client.get("/data").json["total"] == 2
    assert client.post("/predict", json=CLIENT, headers=keyed('"a\\"b\\\\c"')).headers[REPLAYED] == "true"


@pytest.mark.parametrize(
    "key", ["", " ", "a" * 256, '"', '""', '"a', '"a"b"', '"a\\b"', "clé", "a\tb", '"' + "a" * 256 + '"']
)
@pytest.mark.parametrize("route", ["/score", "/outcomes"])
def test_what_is_no_key_is_refused_and_not_repeated(client, route, key):
    answer = client.post(route, json=CLIENT, headers=keyed(key))
    assert answer.status_code == 400
    assert answer.json["error"] == (
        "Idempotency-Key is 1 to 255 printable ASCII characters, such as a UUID, with or without quotes: send such a "
        "key, or no header."
    )
    assert client.get("/data").json["total"] == 0


def test_a_server_without_a_log_keeps_no_answers_and_says_so(bundle):
    client = create_app(bundle, database=None).test_client()
    answer = client.post("/score", json=CLIENT, headers=keyed())
    assert answer.status_code == 501
    assert "keeps no decision log, and so no answers under an Idempotency-Key" in answer.json["error"]
    assert client.post("/score", json=CLIENT).status_code == 200


def test_without_the_header_nothing_is_kept_and_the_id_of_a_request_is_no_key(client):
    for _ in range(2):
        assert client.post("/score", json=CLIENT, headers={"X-Request-ID": "r-1"}).status_code == 200
    assert (kept(client), client.get("/data").json["total"]) == ([], 2)


def test_the_header_is_documented_where_it_is_taken_and_nowhere_else(client):
    document = client.get("/openapi.json").json
    taking = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if {"$ref": f"#/components/parameters/{KEY}"} in operation["parameters"]
    }
    described = document["components"]["parameters"][KEY]
    assert (described["name"], described["in"], str(document).count(described["description"])) == (KEY, "header", 1)
    reviews = {"/reviews/{decision_id}", "/reviews/{decision_id}/reopen"}
    assert taking == {"/predict", "/predict_proba", "/score", "/outcomes", *reviews}
    for path in taking:
        responses = document["paths"][path]["post"]["responses"]
        assert "409" in responses
        assert REPLAYED in responses["200"]["headers"]
    assert client.get("/docs").text.count("<code>Idempotency-Key:</code>") == len(taking)
