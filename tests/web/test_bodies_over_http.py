"""Bodies as they arrive at the server: keys that come twice."""

import os

import pytest
from support import small
from support.loans import CREDIT
from support.server import Server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    bundle = small.bundle(tmp_path_factory.mktemp("bodies") / "mlruns_reduced")
    server = Server(tmp_path_factory.mktemp("server"), bundle, WEB_CONCURRENCY="1").wait()
    yield server
    server.stop()


REPEATED = "comes more than once in one object; send it once"
TWICE = b'{"SK_ID_CURR": 1, "AMT_CREDIT": 450000.0, "AMT_CREDIT": 999123.0}'
IN_TABLES = b'{"application": {"SK_ID_CURR": 1, "AMT_CREDIT": 1000, "AMT_CREDIT": 999123.0}}'
REASON = b'"reason": "client_disagrees", "reason": "as_scored 999123"'
ASKED = [
    *((route, body) for route in ("/predict", "/predict_proba", "/score", "/explain") for body in (TWICE, IN_TABLES)),
    ("/what-if", b'{"client": %s}' % TWICE),
    ("/what-if", b'{"client": {"SK_ID_CURR": 1, "AMT_CREDIT": 1}, "changes": {"AMT_CREDIT": 1, "AMT_CREDIT": 999123}}'),
    ("/outcomes", b'[{"client": 1, "defaulted": true, "defaulted": false, "decision": 999123}]'),
    ("/reviews/1", b'{"verdict": "accept", %s}' % REASON),
    ("/reviews/1/reopen", b"{%s}" % REASON),
]


@pytest.mark.parametrize(("route", "body"), ASKED, ids=[route for route, _ in ASKED])
def test_a_key_that_comes_twice_is_refused_on_every_route_that_takes_a_body(server, route, body):
    before = server.ask("/data")[1]["total"]
    status, answer = server.ask(route, body)
    assert status == 422
    (detail,) = answer["details"]
    assert detail["code"] == "key-twice"
    assert detail["message"].endswith(f"{detail['field'].removeprefix('client.')} {REPEATED}")
    assert "999123" not in str(answer) + server.written()
    assert server.ask("/data")[1]["total"] == before


def test_every_route_that_takes_a_body_stands_above(server):
    paths = server.ask("/openapi.json")[1]["paths"]
    taking = {path for path, operations in paths.items() if "requestBody" in operations.get("post", {})}
    assert {path.replace("{decision_id}", "1") for path in taking} == {route for route, _ in ASKED}
    assert server.ask("/predict", {"SK_ID_CURR": 1, **CREDIT})[0] == 200
