"""The server as it is run: gunicorn with its configuration, over HTTP, from a folder with a space in its name."""

import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from support import small
from support.loans import CREDIT
from support.server import JSON, ROOT, Server
from support.small import COLUMNS

from credit.model import load_bundle, save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.model.manifest import sha256
from credit.training.candidates import CANDIDATES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("server") / "a model" / "mlruns_reduced")


@pytest.fixture(scope="module")
def server(bundle, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("a running server"), bundle).wait()
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture(scope="module")
def narrow(bundle, tmp_path_factory):
    """A server with one worker that serves one request at a time, and waits five seconds for what is announced."""
    settings = {"WEB_CONCURRENCY": "1", "GUNICORN_CMD_ARGS": "--threads 1 --timeout 5"}
    server = Server(tmp_path_factory.mktemp("a narrow server"), bundle, **settings).wait()
    yield server
    server.stop()


def test_every_route_answers(server):
    status, page = server.ask("/")
    assert (status, page.splitlines()[0].split()[0]) == (200, "Welcome.")
    assert server.ask("/features") == (200, {"columns": COLUMNS})
    assert server.ask("/best_threshold") == (200, {"best_threshold": 0.16})
    client = {"SK_ID_CURR": 155312, "CODE_GENDER": None, **CREDIT, "EXT_SOURCE_2": 0.5}
    status, answer = server.ask("/predict_proba", client)
    assert status == 200
    probability = answer["prediction"]["client n° 155312"]
    expected = "No" if probability >= 0.16 else "Yes"
    assert server.ask("/predict", client) == (200, {"prediction": {"client n° 155312": expected}})


def test_tables_are_scored_where_pandas_is_out_of_reach(server):
    tables = {"application": {"SK_ID_CURR": 3, "AMT_CREDIT": 1000.0, "CODE_GENDER": "F", "EXT_SOURCE_2": 0.5}}
    status, answer = server.ask("/predict", tables)
    assert (status, list(answer["prediction"])) == (200, ["client n° 3"])


def test_the_plan_of_one_client_is_there_before_the_first_request(bundle, tmp_path):
    server = Server(tmp_path, bundle, WEB_CONCURRENCY="1").wait()
    (worker,) = server.workers()
    loaded = Path(f"/proc/{worker}/maps").read_text() if Path("/proc/self/maps").exists() else "polars"
    server.stop()
    assert "polars" in loaded


def test_what_is_odd_about_tables_is_told_to_the_caller_and_not_to_the_log(server):
    whose = {5: 88888888, 6: 99999999}
    loans = [{"SK_ID_CURR": client, "SK_ID_BUREAU": loan, "DAYS_CREDIT": 66} for loan, client in whose.items()]
    tables = {"application": {"SK_ID_CURR": 88888888, **CREDIT, "CODE_GENDER": "Quaint"}, "bureau": loans}
    status, answer = server.ask("/predict", tables)
    assert (status, list(answer["prediction"])) == (200, ["client n° 88888888"])
    assert [detail["kind"] for detail in answer["details"]] == ["unknown value", "orphan", "future"]
    assert not any(value in server.written() for value in ("88888888", "99999999", "Quaint"))


@pytest.mark.skipif(
    not Path("/proc/self/maps").exists(), reason="a process's libraries are read where Linux lists them"
)
def test_no_library_of_the_training_is_in_the_serving_process(server):
    server.ask("/predict", {"SK_ID_CURR": 1, "AMT_CREDIT": 1000.0})
    for worker in server.workers():
        loaded = Path(f"/proc/{worker}/maps").read_text()
        assert "lightgbm" in loaded
        for library in ("pandas", "pyarrow", "matplotlib"):
            assert f"/{library}/" not in loaded


def test_the_server_answers_what_the_model_says(server, bundle):
    status, answer = server.ask("/predict_proba", {"SK_ID_CURR": 1, **CREDIT, "EXT_SOURCE_2": 0.5})
    expected = load_bundle(bundle).model.predict_proba(np.array([[np.nan, CREDIT["AMT_CREDIT"], 0.5]]))[0, 1]
    assert (status, answer["prediction"]["client n° 1"]) == (200, pytest.approx(expected, abs=1e-12))


CLIENT = {"SK_ID_CURR": 1, **CREDIT, "EXT_SOURCE_2": 0.5}

#: Asks the app with each of the folders, in a Python that has imported nothing but the app.
ASK = f"""
import json, sys
from credit.web.application import create_app
for folder in sys.argv[1:]:
    client = create_app(folder, database=None).test_client()
    answer = client.post("/predict_proba", json={CLIENT})
    print(json.dumps([answer.status_code, answer.json]))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Name -> fitted model, and status and answer of an app that serves it."""
    generator = np.random.default_rng(5)
    X = generator.normal(size=(300, 3))
    X[::7, 1] = np.nan
    y = (generator.random(300) < 1 / (1 + np.exp(X[:, 2]))).astype(int)
    models, folders = {}, []
    for one in CANDIDATES:
        models[one.name] = Calibrated(one.make(7).fit(X, y), Calibration(0.9, -0.1))
        manifest = {"data": {"simulated": True}, "model": {"name": one.name}}
        folder = tmp_path_factory.mktemp("served") / "bundle"
        folders.append(save_bundle(folder, models[one.name], COLUMNS, 0.16, manifest))
    done = subprocess.run([sys.executable, "-c", ASK, *folders], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers = map(json.loads, done.stdout.splitlines())
    return {name: (model, *answer) for (name, model), answer in zip(models.items(), answers, strict=True)}


@pytest.mark.parametrize("name", [one.name for one in CANDIDATES])
def test_every_model_that_can_win_is_served(name, served):
    model, status, answer = served[name]
    expected = model.predict_proba(np.array([[np.nan, CREDIT["AMT_CREDIT"], 0.5]]))[0, 1]
    assert (status, answer["prediction"]["client n° 1"]) == (200, pytest.approx(expected, abs=1e-12))


def counted(server):
    """Decisions that one scrape of /metrics counts."""
    text = server.ask("/metrics")[1]
    return sum(int(line.split()[-1]) for line in text.splitlines() if line.startswith("credit_decisions_total{"))


def test_workers_count_together(server):
    before = counted(server)
    for number in range(40):  # both workers take their share
        assert server.ask("/score", {"SK_ID_CURR": number, **CREDIT, "EXT_SOURCE_2": 0.5})[0] == 200
    assert {counted(server) for _ in range(10)} == {before + 40}  # and whichever is asked knows the sum


def test_no_counter_falls_when_a_worker_is_killed_between_two_scrapes(bundle, tmp_path):
    server = Server(tmp_path, bundle, WEB_CONCURRENCY="2").wait()
    try:
        for number in range(20):
            assert server.ask("/score", {"SK_ID_CURR": number, **CREDIT})[0] == 200
        assert counted(server) == 20
        before = server.workers()
        assert len(before) == 2
        for victim in before:  # both, one after the other: whichever had counted
            os.kill(victim, signal.SIGKILL)
            until = time.monotonic() + 60
            while victim in server.workers() or len(server.workers()) < 2:
                assert time.monotonic() < until, server.written()
                time.sleep(0.1)
        server.wait()
        assert not set(before) & set(server.workers())
        for number in range(20):
            assert server.ask("/score", {"SK_ID_CURR": number, **CREDIT})[0] == 200
        assert {counted(server) for _ in range(10)} == {40}
    finally:
        server.stop()


def test_the_server_is_ready(server):
    status, answer = server.ask("/ready")
    assert (status, answer["status"], answer["log"]) == (200, "ready", True)


def test_the_line_on_the_page_works_when_it_is_pasted(server):
    line = next(line for line in server.ask("/")[1].splitlines() if "curl" in line)
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert list(json.loads(done.stdout)["prediction"]) == ["client n° 155312"]


def test_two_workers_write_the_log_at_once(server):
    before = server.ask("/data")[1]["total"]
    answered = []

    def send(start):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for number in range(start, start + 100):
            connection.request("POST", "/predict", json.dumps({"SK_ID_CURR": number, **CREDIT}), JSON)
            response = connection.getresponse()
            assert response.status == 200
            response.read()
            answered.append(number)
        connection.close()

    senders = [threading.Thread(target=send, args=(1000 * sender,)) for sender in range(1, 5)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(answered) == 400
    assert server.ask("/data")[1]["total"] == before + 400
    with contextlib.closing(sqlite3.connect(server.folder / "decisions.db")) as database:
        written = {client for (client,) in database.execute("SELECT client FROM decisions")}
    assert set(answered) <= written


def test_seventy_megabytes_of_json_are_refused_and_the_sender_hears_it(server):
    body = b'{"SK_ID_CURR": 1, "AMT_CREDIT": ' + b"1" * 70_000_000 + b"}"
    status, answer = server.ask("/predict", body)
    assert (status, answer["details"]) == (413, [])
    assert answer["error"].startswith("The body is larger than 64 MB")


def test_seventy_megabytes_in_chunks_are_refused_too(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    chunks = (b" " * 1_000_000 for _ in range(70))
    connection.request("POST", "/predict", chunks, JSON, encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["error"].startswith("The body is larger than 64 MB")
    connection.close()


def test_a_small_body_in_chunks_is_answered(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(
        "POST", "/predict", iter([b'{"AMT_CREDIT": 9e5, "SK_ID_', b'CURR": 8}']), JSON, encode_chunked=True
    )
    response = connection.getresponse()
    assert response.status == 200
    assert json.loads(response.read())["missing"] == {"client n° 8": 2}
    connection.close()


def test_a_large_body_to_a_route_that_is_not_there_is_still_answered(server):
    assert server.ask("/nothing", b" " * 5_000_000)[0] == 404


def test_a_server_in_the_open_says_so_once(server):
    assert server.written().count("API_KEYS is not set") == 1


def test_the_server_writes_no_client_into_its_log(server):
    server.ask("/predict", {"SK_ID_CURR": 77777777, "AMT_CREDIT": 66666666})
    server.ask("/predict", {"SK_ID_CURR": 77777777, "AMT_CREDIT": "55555555"})
    server.ask("/data/77777777?client=66666666")
    server.ask("/data", headers={"X-Request-ID": "55555555 55555555"})
    assert not any(value in server.written() for value in ("77777777", "66666666", "55555555", "/data/"))


@pytest.mark.parametrize(
    ("sent", "status", "code", "words"),
    [
        (
            "GET /data?client=77777777&decision=" + "6" * 8_200 + " HTTP/1.1\r\nHost: x\r\n\r\n",
            400,
            "request-line",
            "8,190",
        ),
        ("77777777 is refused\r\n\r\n", 400, "request-line", "METHOD PATH HTTP/1.1"),
        ("GET /data?client=77777777 HTTP/7.7\r\nHost: x\r\n\r\n", 400, "request-line", "METHOD PATH HTTP/1.1"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX 77777777: 1\r\n\r\n", 400, "request-headers", "NAME: VALUE"),
        ("GET / HTTP/1.1\r\nX-Name: " + "7" * 9_000 + "\r\n\r\n", 400, "request-headers", "8,190 bytes"),
    ],
)
def test_what_cannot_be_read_is_answered_as_all_errors_are_and_not_written(server, sent, status, code, words):
    said = stall(server.port, sent.encode())
    head, _, body = said.partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert re.search(r"\r\nX-Request-ID: [0-9a-f]{32}", head)
    assert "\r\nContent-Type: application/json\r\n" in head
    answer = json.loads(body)
    assert (answer["code"], answer.keys()) == (code, {"error", "code"})
    assert words in answer["error"]
    assert "a request that cannot be read" in server.written()
    assert not any(value in server.written() for value in ("77777777", "is refused", "X 7"))


def test_a_query_of_eight_thousand_bytes_reaches_the_app(server):
    assert server.ask(f"/data?client={'7' * 8_000}")[0] == 400
    assert server.ask(f"/data?client={'7' * 8_000}")[1]["code"] == "query"


def test_every_request_leaves_a_line_of_json(server):
    server.ask("/best_threshold", headers={"X-Request-ID": "a-request.of_mine"})
    lines = [json.loads(line) for line in server.written().splitlines() if "a-request.of_mine" in line]
    assert [(line["route"], line["status"], line["caller"]) for line in lines] == [("/best_threshold", 200, "anyone")]


def test_keys_are_asked_for_and_not_written(bundle, tmp_path):
    digest = hashlib.sha256(b"open sesame").hexdigest()
    server = Server(tmp_path, bundle, API_KEYS=f"ann:{digest}", WEB_CONCURRENCY="1").wait()
    try:
        assert server.ask("/predict", {"SK_ID_CURR": 1, **CREDIT})[0] == 401
        key = {"Authorization": "Bearer open sesame"}
        assert server.ask("/predict", {"SK_ID_CURR": 1, **CREDIT}, key)[0] == 200
        assert server.ask("/data", headers={**key, "X-Forwarded-For": "203.0.113.9"})[1]["total"] == 1
        assert server.stop() == 0
    finally:
        server.process.kill()
    assert digest not in server.written()
    assert "open sesame" not in server.written()
    assert "API_KEYS is not set" not in server.written()


def stall(port, sent):
    """What a sender hears that stops in the middle."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as sender:
        sender.sendall(sent)
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while part := sender.recv(65536):
                heard += part
        return heard.decode()


def test_senders_that_stall_hold_no_thread_for_ever(narrow):
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n"
    heard = stall(narrow.port, head + b'\r\n{"SK_ID_CURR"')
    assert heard.startswith("HTTP/1.1 408 ")
    assert "The body did not arrive as announced" in heard
    stall(narrow.port, head)
    assert narrow.ask("/health")[0] == 200


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted where Linux lists them")
def test_numerical_libraries_have_one_thread(narrow):
    assert narrow.ask("/predict", [{"SK_ID_CURR": number, **CREDIT} for number in range(500)])[0] == 200
    tables = {"application": {"SK_ID_CURR": 1, **CREDIT}, "bureau": {"SK_ID_CURR": 1, "SK_ID_BUREAU": 2}}
    assert narrow.ask("/predict", tables)[0] == 200
    (worker,) = narrow.workers()
    threads = [(thread / "comm").read_text() for thread in Path(f"/proc/{worker}/task").iterdir()]
    assert sum(bool(re.match(r"polars-\d", name)) for name in threads) <= 1
    # One accepts, one serves; the pools of OpenMP and OpenBLAS would come on top, a thread for each core. Those of
    # Polars that bear other names clean up and wait.
    assert len([name for name in threads if not name.startswith(("polars", "tokio", "jemalloc"))]) == 2


def test_sigterm_ends_the_server_cleanly_after_what_it_began(bundle, tmp_path):
    server = Server(tmp_path, bundle, WEB_CONCURRENCY="1").wait()
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 34\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sender:
        sender.sendall(head + b'Expect: 100-continue\r\n\r\n{"AMT_CREDIT": 9, "SK_ID_')
        assert sender.recv(100).startswith(b"HTTP/1.1 100 ")  # a worker has begun to read it
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        sender.sendall(b'CURR": 9}')
        answer = b""
        while part := sender.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert '"client n° 9"'.encode() in answer
    assert server.process.wait(timeout=60) == 0


def configured(**environ):
    """The settings in gunicorn's configuration file, as an environment makes them."""
    clean = {name: value for name, value in os.environ.items() if name not in ("TRUST_PROXY", "DYNO")}
    program = (
        "import json, runpy; found = runpy.run_path('gunicorn.conf.py')\n"
        "print(json.dumps({name: found[name] for name in ('bind', 'keepalive', 'threads', 'worker_connections')}))"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=ROOT, env={**clean, **environ}, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_idle_connections_are_kept_as_a_proxy_wants_it_and_hold_no_thread():
    heroku, bare = configured(TRUST_PROXY="1", DYNO="web.1", PORT="5000"), configured()
    assert (heroku["keepalive"], bare["keepalive"]) == (95, 75)
    # What is kept beyond the threads waits where it costs a file each, of which 1,024 is a usual limit.
    assert heroku["threads"] < heroku["worker_connections"] <= 1000
    assert heroku["bind"] == "0.0.0.0:5000"


def test_connections_that_were_idle_are_answered_again_and_do_not_hold_up_the_end(bundle, tmp_path):
    server = Server(tmp_path, bundle, DYNO="web.1").wait()
    body = json.dumps({"SK_ID_CURR": 7, "AMT_CREDIT": 450000.0})
    connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(40)]

    def answered():
        statuses = []
        for connection in connections:
            connection.request("POST", "/predict", body, JSON)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            connection.auto_open = 0  # else another is opened in silence where this one was closed
        return statuses

    try:
        assert answered() == [200] * 40
        time.sleep(6)  # more than the five seconds that gunicorn keeps them in its examples
        assert answered() == [200] * 40
        assert server.ask("/health")[0] == 200  # 40 idle connections, and two workers of four threads
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 20
    finally:
        server.process.kill()
        for connection in connections:
            connection.close()


def test_a_request_that_was_read_with_the_one_before_is_answered_at_once(server):
    # So it is where a route does not read its body, and the client has sent the next request when it is thrown away.
    body = b'{"SK_ID_CURR": 7, "AMT_CREDIT": 450000.0}'
    length = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    wanted = [b"GET /health", b"POST /predict", b"GET /best_threshold", b"POST /predict_proba"]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plug:
        plug.sendall(b"".join(line + b" HTTP/1.1\r\nHost: x\r\n" + length + body for line in wanted))
        found = b""
        while found.count(b"HTTP/1.1 200 OK") < len(wanted):
            piece = plug.recv(65536)
            assert piece, found
            found += piece
    assert b"HTTP/1.1 4" not in found


def ends_with(server):
    """What a server that cannot start wrote, once it has ended; it must have ended with an error."""
    try:
        assert server.process.wait(timeout=60) != 0
    finally:
        server.process.kill()
    assert "Traceback" not in server.written()
    return server.written()


def test_of_two_workers_that_cannot_open_the_model_one_says_why(bundle, tmp_path):
    broken = shutil.copytree(bundle, tmp_path / "a model of nobody")
    (broken / "model.pkl").write_bytes(b"cno_such_module\nModel\n.")
    manifest = json.loads((broken / "manifest.json").read_text())
    manifest["files"]["model.pkl"] = sha256(broken / "model.pkl")
    (broken / "manifest.json").write_text(json.dumps(manifest))
    written = ends_with(Server(tmp_path, broken))
    assert written.count("cannot be unpickled (ModuleNotFoundError: No module named 'no_such_module')") == 1
