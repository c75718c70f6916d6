"""Where the time of a request went, over HTTP; nothing of it unless it is asked for."""

import json
import os
import re
import urllib.request

import pytest
from support import small
from support.loans import CREDIT
from support.server import JSON, Server

from credit.web import server_timing
from credit.web.application import create_app

CLIENT = {"SK_ID_CURR": 7, **CREDIT}


def steps(sent):
    """The header's milliseconds by step, in its order."""
    assert re.fullmatch(r"[a-z]+;dur=\d+\.\d{3}(, [a-z]+;dur=\d+\.\d{3})*", sent), sent
    return {step: float(value) for step, value in re.findall(r"([a-z]+);dur=([\d.]+)", sent)}


def test_steps_follow_each_other_from_the_beginning_to_the_end(monkeypatch):
    monkeypatch.setattr("credit.web.server_timing.time.perf_counter", lambda: 10.25)
    found = server_timing.header(10.0, [("read", 10.0625), ("log", 10.125)])
    assert found == "read;dur=62.500, log;dur=62.500, total;dur=250.000"


@pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")
def test_a_server_says_where_the_time_went_where_it_is_set_so(tmp_path):
    bundle = small.bundle(tmp_path / "mlruns_reduced")
    server = Server(tmp_path, bundle, WEB_CONCURRENCY="1", SERVER_TIMING="1").wait()

    def header(route, body=None):
        data = None if body is None else json.dumps(body).encode()
        sent = urllib.request.Request(f"http://127.0.0.1:{server.port}{route}", data, JSON)
        with urllib.request.urlopen(sent, timeout=60) as answer:
            return steps(answer.headers[server_timing.HEADER])

    try:
        found = header("/score", CLIENT)
        assert [*found] == [*server_timing.STEPS, server_timing.TOTAL]
        parts = sum(value for step, value in found.items() if step != server_timing.TOTAL)
        assert 0 < parts <= found[server_timing.TOTAL] + 0.01  # rounded
        assert [*header("/health")] == [server_timing.TOTAL]
    finally:
        server.stop()


def test_nothing_is_said_by_default_and_no_log_is_no_step(client, bundle):
    assert server_timing.HEADER not in client.post("/score", json=CLIENT).headers
    timed = create_app(bundle, database=None, time_requests=True).test_client()
    assert [*steps(timed.post("/predict", json=CLIENT).headers[server_timing.HEADER])] == [
        "read",
        "model",
        "decide",
        "total",
    ]
    refused = timed.post("/predict", json={"SK_ID_CURR": -1})
    assert (refused.status_code, [*steps(refused.headers[server_timing.HEADER])]) == (422, ["total"])
