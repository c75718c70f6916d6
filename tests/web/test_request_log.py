"""Ids, security headers and lines: what every answer carries and what a request leaves behind."""

import json
import os
import re

import pytest
from support import small

from credit.web import request_log
from credit.web.application import create_app
from credit.web.auth import Callers

CLIENT = {"SK_ID_CURR": 77777777, "AMT_CREDIT": 66666666}
ID = "X-Request-ID"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("traffic") / "model")


@pytest.fixture
def client(bundle):
    return create_app(bundle, database=None).test_client()


@pytest.fixture
def lines(capfd):
    """The lines of the log since the last call."""
    return lambda: [json.loads(line) for line in capfd.readouterr().err.splitlines()]


@pytest.mark.parametrize("sent", ["a", "0123456789abcdef", "A.b_c-D", "x" * 64])
def test_an_id_of_the_callers_own_is_taken_over(client, sent):
    assert client.get("/health", headers={ID: sent}).headers.getlist(ID) == [sent]


@pytest.mark.parametrize("sent", [None, "", "x" * 65, "a b", "a/b", "é", '"', "a\tb"])
def test_any_other_request_is_given_an_id(client, sent):
    given = {client.get("/health", headers={} if sent is None else {ID: sent}).headers[ID] for _ in range(3)}
    assert len(given) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in given)


ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/docs", 200),
    ("POST", "/predict", 200),
    ("GET", "/nowhere", 404),
    ("PUT", "/predict", 405),
    ("GET", "/features?lang=de", 400),
    ("GET", "/data", 404),
    ("OPTIONS", "/predict", 200),
    ("HEAD", "/health", 200),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_an_id_and_tells_browsers_what_they_may_not_do(client, method, path, status):
    response = client.open(path, method=method, json=CLIENT if method == "POST" else None)
    assert response.status_code == status
    headers = response.headers
    assert len(headers[ID]) == 32
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    (policy,) = headers.getlist("Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert not [name for name, _ in headers.to_wsgi_list() if name.startswith("Access-Control")]
    assert "Strict-Transport-Security" not in headers


def test_pages_may_use_this_servers_files_pictures_their_own_styles_and_all_else_nothing(client):
    page = {"Accept": "text/html"}
    picture = client.post("/explain", json=CLIENT, headers={"Accept": "image/svg+xml"})
    assert "style-src 'unsafe-inline'" in picture.headers["Content-Security-Policy"]
    assert "script-src" not in picture.headers["Content-Security-Policy"]
    for response in (
        client.get("/", headers=page),
        client.get("/docs"),
        client.get("/features", headers=page),
        client.get("/nowhere", headers=page),
    ):
        assert "script-src 'self'; style-src 'self'" in response.headers["Content-Security-Policy"]
        assert "unsafe" not in response.headers["Content-Security-Policy"]
    for response in (client.get("/"), client.get("/features"), client.get("/nowhere")):
        assert "style-src" not in response.headers["Content-Security-Policy"]


def test_browsers_are_told_to_stay_with_tls_where_they_came_by_tls(bundle):
    behind = create_app(bundle, database=None, trust_proxy=True).test_client()
    passed_on = {"X-Forwarded-For": "203.0.113.5", "X-Forwarded-Proto": "https"}
    assert behind.get("/health", headers=passed_on).headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in behind.get("/health").headers
    direct = create_app(bundle, database=None).test_client()
    assert "Strict-Transport-Security" not in direct.get("/health", headers=passed_on).headers


def test_a_request_leaves_one_line(client, lines):
    response = client.post("/score?lang=fr", json=CLIENT, headers={ID: "mine"})
    (line,) = lines()
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("time"))
    assert 0 < line.pop("milliseconds") < 10_000
    assert line == {
        "level": "info",
        "request_id": "mine",
        "method": "POST",
        "route": "/score",
        "status": 200,
        "caller": "anyone",
        "bytes": len(response.data),
    }


def test_a_line_names_the_key_and_nobody_for_a_strangers(bundle, lines):
    keyed = create_app(bundle, database=None, callers=Callers({"ann": small.digest("a")})).test_client()
    for key in ("a", "b"):
        keyed.post("/predict", json=CLIENT, headers={"Authorization": f"Bearer {key}"})
    keyed.get("/health")
    assert [(line["caller"], line["status"]) for line in lines()] == [("ann", 200), (None, 401), (None, 200)]


def test_no_line_holds_a_value_that_was_sent(client, capfd):
    client.post("/predict", json=CLIENT)
    client.post("/predict", json={**CLIENT, "AMT_CREDIT": "55555555"})
    client.post("/predict", json={**CLIENT, "44444444": 1})
    client.get("/clients/77777777?name=66666666")
    client.open("/55555555", method="X44444444")
    client.get("/features?lang=55555555", headers={ID: "55555555 44444444"})
    written = capfd.readouterr().err
    assert written.count("\n") == 6
    assert not any(digit * 8 in written for digit in "4567")


def test_what_no_route_takes_is_said_so(client, lines):
    client.open("/nowhere", method="BREW")
    (line,) = lines()
    assert (line["method"], line["route"], line["status"]) == ("other", "none", 404)


def test_of_a_path_with_a_client_in_it_the_rule_is_told(client, lines):
    client.delete("/data/77777777")
    (line,) = lines()
    assert (line["method"], line["route"]) == ("DELETE", "/data/<client>")


def test_lines_can_be_turned_off_and_faults_are_told_all_the_same(bundle, lines):
    quiet = create_app(bundle, database=None, log_requests=False)

    def broken(X):
        try:
            raise KeyError("77777777")
        except KeyError as error:
            raise RuntimeError(f"cannot score {X}") from error

    client = quiet.test_client()
    client.get("/health")
    assert lines() == []
    quiet.extensions["service"].scorer.probability = broken
    assert client.post("/predict", json=CLIENT, headers={ID: "mine"}).status_code == 500
    (line,) = lines()
    assert (line["level"], line["request_id"], line["route"]) == ("error", "mine", "/predict")
    assert line["error"] == "RuntimeError from KeyError"
    assert line["at"][-1].endswith(" in broken")
    assert re.search(r"test_request_log\.py:\d+ in broken$", line["at"][-1])
    assert "77777777" not in json.dumps(line)
    assert "cannot score" not in json.dumps(line)


def test_a_server_error_is_a_line_of_its_level(client, lines):
    client.application.extensions["service"].scorer.probability = None
    client.post("/predict", json=CLIENT)
    fault, request = lines()
    assert (fault["error"], request["status"], request["level"]) == ("TypeError", 500, "error")
    assert fault["request_id"] == request["request_id"]


def test_a_line_is_written_in_one_piece(monkeypatch):
    written = []
    monkeypatch.setattr(os, "write", lambda where, line: written.append((where, line)))
    request_log.write("info", message="two\nlines")
    ((where, line),) = written
    assert where == 2
    assert line.count(b"\n") == 1
    assert json.loads(line)["message"] == "two\nlines"


def test_an_answer_does_not_wait_for_a_log_that_takes_no_more(client, monkeypatch):
    def full(where, line):
        raise BrokenPipeError

    monkeypatch.setattr(os, "write", full)
    assert client.get("/health").status_code == 200
