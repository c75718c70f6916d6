"""Requests that are sent again, over HTTP to two workers, on each of the databases."""

import http.client
import json
import os
import signal
import socket
import threading
import time

import pytest
from support import small
from support.logged import emptied
from support.server import JSON, Server

from credit.decision_log import Log
from credit.decision_log.audit import verify

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")

CLIENT = {"SK_ID_CURR": 7, "AMT_CREDIT": 450000.0, "EXT_SOURCE_2": 0.5}
BODY = json.dumps(CLIENT)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("retried") / "mlruns_reduced")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, bundle, tmp_path_factory):
    """A server with two workers; ``database``: the address of its log."""
    folder = tmp_path_factory.mktemp("served")
    database = f"sqlite:///{folder}/d.db"
    if request.param == "postgresql":
        database = request.getfixturevalue("postgresql_server").address
        emptied(Log(database)).close()
    server = Server(folder, bundle, DATABASE_URL=database).wait()
    server.database = database
    yield server
    if server.process.poll() is None:
        server.stop()


def post(server, route, body, key):
    """Status, whether it says that it is a replay, and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", route, body, {**JSON, "Idempotency-Key": key, "Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Idempotency-Replayed"), answer.read()
    finally:
        connection.close()


def at_once(server, route, body, key, times=16):
    """What ``times`` senders of the same request get who begin at the same moment: (status, replayed, body)."""
    found, start = [], threading.Barrier(times)

    def send():
        start.wait()
        found.append(post(server, route, body, key))

    threads = [threading.Thread(target=send) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def total(server, client=7):
    return server.ask(f"/data?client={client}")[1]["total"]


def test_many_identical_requests_at_once_make_one_decision(served):
    for number in range(5):
        found = at_once(served, "/score", BODY, f"k-{number}")
        assert {status for status, _, _ in found} <= {200, 409}
        assert len({body for status, _, body in found if status == 200}) == 1
        assert [status for status, replayed, _ in found if status == 200 and replayed is None] == [200]
        assert total(served) == number + 1
    assert "Traceback" not in served.written()


def test_a_review_that_is_sent_many_times_at_once_is_written_once(served):
    (score,) = served.ask("/score", {**CLIENT, "SK_ID_CURR": 10})[1]["scores"]
    route = f"/reviews/{score['decision_id']}"
    again = json.dumps({"reason": "client_disagrees", "words": "The client says so."})
    verdict = json.dumps({"verdict": "refuse", "reason": "documents_missing"})
    for number, (path, body) in enumerate(((f"{route}/reopen", again), (route, verdict), (f"{route}/reopen", again))):
        found = at_once(served, path, body, f"review-{number}")
        assert {status for status, _, _ in found} <= {200, 409}
        assert [status for status, replayed, _ in found if status == 200 and replayed is None] == [200]
        assert post(served, path, body, f"review-{number}")[:2] == (200, "true")
        assert len({content for status, _, content in found if status == 200}) == 1
        assert len(served.ask(route)[1]["reviews"]) == number + 1
    assert post(served, route, again, "review-1")[0] == 409  # another body under the verdict's key
    assert "Traceback" not in served.written()


def test_a_client_that_goes_before_the_answer_gets_it_when_it_comes_again(served):
    body = json.dumps({**CLIENT, "SK_ID_CURR": 8})
    head = f"POST /score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as plug:
        plug.sendall(f"{head}Idempotency-Key: gone\r\n\r\n{body}".encode())
    until = time.monotonic() + 60
    while total(served, 8) == 0 and time.monotonic() < until:
        time.sleep(0.05)
    status, replayed, content = post(served, "/score", body, "gone")
    assert (status, replayed) == (200, "true")
    (row,) = served.ask("/data?client=8")[1]["data"]
    assert [score["decision_id"] for score in json.loads(content)["scores"]] == [row["id"]]


def test_a_client_is_decided_on_once_though_a_worker_is_killed_and_its_requests_are_sent_again(served):
    answered, under_way, stop = {}, set(), threading.Event()

    def send(first):
        for number in range(first, first + 10_000):
            if stop.is_set():
                return
            body = json.dumps({**CLIENT, "SK_ID_CURR": number})
            for attempt in range(20):
                try:
                    status, _, content = post(served, "/score", body, f"k-{number}")
                except (OSError, http.client.HTTPException):
                    continue  # its worker was killed: ask again, under the same key
                if status == 200:
                    answered[number] = json.loads(content)["scores"][0]["decision_id"]
                    break
                assert status == 409
                if attempt and stop.is_set():
                    break
                time.sleep(0.1)
            else:
                under_way.add(number)  # begun by the killed worker: for a minute its key is not free

    threads = [threading.Thread(target=send, args=(10_000 * n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while len(answered) < 50 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(served.workers()[0], signal.SIGKILL)
    while len(answered) < 150 and time.monotonic() < until:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    log = Log(served.database)
    with log.reading() as connection:
        logged = connection.exec_driver_sql("SELECT client, id FROM decisions WHERE client >= 10000").all()
    assert verify(log).whole
    log.close()
    assert len(logged) == len({client for client, _ in logged})  # no client was decided on twice
    assert answered.items() <= {(client, number) for client, number in logged}
    assert len(under_way) <= 4


def test_an_answer_outlives_the_server(served, bundle, tmp_path):
    # The last of this file: its server ends.
    routes, before = ("/predict", "/predict_proba", "/score"), total(served)
    first = [post(served, route, BODY, "k") for route in routes]
    outcome = post(served, "/outcomes", json.dumps([{"client": 7, "defaulted": True}]), "k")
    assert [status for status, _, _ in (*first, outcome)] == [200] * 4
    assert served.stop() == 0
    again = Server(tmp_path, bundle, DATABASE_URL=served.database).wait()
    try:
        assert [post(again, route, BODY, "k") for route in routes] == [(200, "true", body) for _, _, body in first]
        repeated = post(again, "/outcomes", json.dumps([{"client": 7, "defaulted": True}]), "k")
        assert repeated == (200, "true", outcome[2])
        assert total(again) == before + 3
    finally:
        again.stop()
