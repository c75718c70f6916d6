"""What the user sees, and the exit code, where a server cannot start or is stopped at work: docs/troubleshooting.md."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import joblib
import pytest
from support import small
from support.bank_rules import rule, written
from support.loans import CREDIT
from support.ports import free_port
from support.server import JSON, ROOT, Server

from credit.decision_log import Log
from credit.model.manifest import sha256

RESTORE = "Restore the folder (git checkout mlruns_reduced brings the shipped one back), or retrain with make run."

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("faults") / "a model")


@pytest.fixture
def bundle(shipped, tmp_path):
    """A copy to be damaged."""
    return shutil.copytree(shipped, tmp_path / "model")


def ended(server, status=1):
    """What a server wrote that cannot start; it has ended with ``status``, and says why once and in one sentence."""
    try:
        assert server.process.wait(timeout=60) == status, server.written()
    finally:
        server.process.kill()
    written = server.written()
    assert written.count("The server cannot start. ") == 1, written
    assert "Traceback" not in written
    return written.split("The server cannot start. ")[1].splitlines()[0]


def serve(bundle, *options, **environ):
    """Exit code and last line of `python -m credit serve`, which must not come to serve."""
    words = [sys.executable, "-m", "credit", "serve", "--bundle", str(bundle), *options]
    clean = {name: value for name, value in os.environ.items() if name not in ("API_KEYS", "WEB_CONCURRENCY", "PORT")}
    done = subprocess.run(words, cwd=ROOT, env={**clean, **environ}, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    assert not done.stdout
    return done.returncode, done.stderr.strip().splitlines()[-1]


def exported_anew(folder):
    """Have the manifest agree with what is in ``folder``, as if it had been exported so."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {name: sha256(folder / name) for name in manifest["files"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 166133370\n"
FETCH = "is a Git LFS pointer and not the file itself: run git lfs pull."


def remove(folder):
    (folder / "model.pkl").unlink()


def cut_short(folder):
    content = (folder / "model.pkl").read_bytes()
    (folder / "model.pkl").write_bytes(content[: len(content) // 2])


def change_a_byte(folder):
    content = bytearray((folder / "model.pkl").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.pkl").write_bytes(content)


def of_another_scikit_learn(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["versions"]["scikit-learn"] = "1.2.1"
    (folder / "manifest.json").write_text(json.dumps(manifest))


def other_columns(folder):
    joblib.dump(["AMT_CREDIT", "EXT_SOURCE_2"], folder / "columns.pkl")


def threshold(text):
    def damage(folder):
        (folder / "best_threshold").write_text(text)

    return damage


CHANGED = "was changed after it was exported: its SHA-256 begins "
BETWEEN = "must hold one number between 0 and 1, not "
MODELS = [
    pytest.param(remove, "model.pkl is missing. " + RESTORE, id="missing"),
    pytest.param(cut_short, f"model.pkl {CHANGED}", id="cut short"),
    pytest.param(change_a_byte, f"model.pkl {CHANGED}", id="one byte"),
    pytest.param(of_another_scikit_learn, "was written with scikit-learn 1.2.1, but ", id="another scikit-learn"),
    pytest.param(other_columns, f"columns.pkl {CHANGED}", id="other columns"),
    pytest.param(threshold(""), f"best_threshold {BETWEEN}''. ", id="empty threshold"),
    pytest.param(threshold("1.7\n"), f"best_threshold {BETWEEN}'1.7'. ", id="threshold 1.7"),
    pytest.param(threshold("high"), f"best_threshold {BETWEEN}'high'. ", id="threshold in words"),
]


@pytest.mark.parametrize(("damage", "words"), MODELS)
def test_a_model_that_is_not_the_exported_one_is_not_served(bundle, tmp_path, damage, words):
    damage(bundle)
    said = ended(Server(tmp_path, bundle))
    assert words in said
    assert str(bundle) in said
    assert "retrain with make run" in said


def test_rules_of_the_bank_that_cannot_be_used_are_listed_at_the_start(shipped, tmp_path):
    two = (rule(name="one", when={"column": "AMT_CREDT", "op": ">", "value": 1}), rule(name="two", outcome="maybe"))
    file = written(tmp_path / "rules.toml", *two)
    server = Server(tmp_path, shipped, BANK_RULES=str(file))
    assert ended(server, status=4) == f"The bank's rules in {file} cannot be used:"
    findings = ("rule 'one': when: 'AMT_CREDT' is no column that this model", "rule 'two': outcome is one of accept")
    assert all(one in server.written() for one in findings)
    code, last = serve(shipped, BANK_RULES=str(file))
    assert (code, last.strip()) == (1, "rule 'two': outcome is one of accept, refer, refuse, not 'maybe'")
    code, last = serve(shipped, BANK_RULES=str(tmp_path / "absent.toml"))
    assert (code, "absent.toml cannot be read (No such file or directory)" in last) == (1, True)


def test_a_folder_without_a_model_is_named(tmp_path):
    said = ended(Server(tmp_path, tmp_path / "nothing here"))
    assert said == f"There is no folder {tmp_path}/nothing here with a model. {RESTORE}"


@pytest.mark.parametrize("name", ["model.pkl", "columns.pkl", "manifest.json", "best_threshold", "profile.json"])
def test_a_file_that_git_lfs_has_not_fetched_is_named_with_the_command_that_fetches_it(bundle, tmp_path, name):
    (bundle / name).write_text(POINTER)
    said = ended(Server(tmp_path, bundle))
    assert said == f"{bundle}/{name} {FETCH}"


def test_a_log_that_git_lfs_has_not_fetched_is_reported_at_the_start(shipped, tmp_path):
    (tmp_path / "decisions.db").write_text(POINTER)
    address = f"sqlite:///{tmp_path}/decisions.db"
    assert ended(Server(tmp_path, shipped, DATABASE_URL=address)) == f"{tmp_path}/decisions.db {FETCH}"
    code, said = serve(shipped, "--port", str(free_port()), DATABASE_URL=address)
    assert (code, said) == (1, f"error: {tmp_path}/decisions.db {FETCH}")
    assert (tmp_path / "decisions.db").read_text() == POINTER


def test_columns_of_another_model_are_found_where_the_manifest_agrees_with_them(bundle, tmp_path):
    other_columns(bundle)
    exported_anew(bundle)
    said = ended(
        Server(tmp_path, bundle, WEB_CONCURRENCY="1"), status=4
    )  # gunicorn's code for an app that cannot be loaded
    assert said == f"{bundle}/model.pkl wants 3 columns, and columns.pkl names 2. {RESTORE}"


@pytest.mark.parametrize(
    ("environ", "words", "secret"),
    [
        ({"DATABASE_URL": "mongodb://u:hush@host/x"}, "in PostgreSQL or SQLite, not in 'mongodb'", "hush"),
        ({"DATABASE_URL": "postgresql://u:hush@host/x?sslmode=safe"}, "DATABASE_URL: invalid sslmode value", "hush"),
        ({"API_KEYS": "ann=hush"}, "Entry 1 of API_KEYS is not name:sha256", "hush"),
        ({"API_KEYS": f"ann:{'0' * 64}:hush"}, "Entry 1 of API_KEYS has a role that there is not", "hush"),
        ({"FOUR_EYES": "1"}, "FOUR_EYES=1 tells who sent a client from who reviews it", None),
        ({"PORT": "http"}, "PORT is a whole number from 1 to 65535, not 'http': set it so, or unset it.", None),
        ({"RATE_LIMIT": "many"}, 'RATE_LIMIT is a number of requests such as "600 per minute" or', None),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, dict) else "",
)
def test_a_setting_that_means_nothing_ends_the_server_and_no_secret_is_repeated(
    shipped, tmp_path, environ, words, secret
):
    server = Server(tmp_path, shipped, **environ)
    assert words in ended(server)
    assert secret is None or secret not in server.written()


@pytest.mark.parametrize("dyno", ["web.1", None])
def test_a_log_that_heroku_would_take_away_is_told(shipped, tmp_path, dyno):
    server = Server(tmp_path, shipped, **({} if dyno is None else {"DYNO": dyno})).wait()
    server.stop()
    assert ("Heroku takes every file away" in server.written()) is (dyno is not None)


@contextlib.contextmanager
def taken():
    """A port of this machine that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_named_with_what_to_do(shipped, tmp_path):
    with taken() as port:
        said = ended(Server(tmp_path, shipped, PORT=str(port)))
    assert said.startswith(f"Port {port} on 0.0.0.0 cannot be used (Address already in use); stop the program that")
    assert f"PORT={port + 1}" in said


def test_the_command_says_the_same_before_it_becomes_the_server(bundle, tmp_path):
    remove(bundle)
    assert serve(bundle, "--port", str(free_port())) == (1, f"error: {bundle}/model.pkl is missing. {RESTORE}")
    with taken() as port:
        code, said = serve(bundle, "--port", str(port))
    assert (code, said.startswith(f"error: Port {port} on 127.0.0.1 cannot be used")) == (1, True)
    code, said = serve(bundle, "--port", str(free_port()), DATABASE_URL="mongodb://u:hush@host/x")
    assert (code, "in PostgreSQL or SQLite, not in 'mongodb'" in said, "hush" in said) == (1, True, False)


def read_only(folder):
    """A log that can be read but not written, as on a disk that has become read-only: SQLite opens it so."""
    return f"sqlite:///file:{folder}/decisions.db?mode=ro&uri=true"


@pytest.mark.parametrize("disk", ["read-only", "not there"])
def test_where_the_log_cannot_be_written_the_server_scores_nobody_and_tells_the_rest(shipped, tmp_path, disk):
    log = Log(tmp_path / "decisions.db")
    log.prepare()
    log.close()
    (tmp_path / "directory").mkdir()  # a directory in the file's place: chmod stops no test that root runs
    address = read_only(tmp_path) if disk == "read-only" else f"sqlite:///{tmp_path}/directory"
    server = Server(tmp_path, shipped, DATABASE_URL=address, WEB_CONCURRENCY="1").wait()
    try:
        for route in ("/predict", "/predict_proba", "/score"):
            status, answer = server.ask(route, {"SK_ID_CURR": 1, **CREDIT})
            assert (status, answer["error"][:45]) == (503, "The decision log cannot be used at the moment")
        assert server.ask("/ready")[0] == 503
        for route in ("/", "/features", "/best_threshold", "/model", "/explain", "/health", "/metrics", "/docs"):
            assert server.ask(route)[0] == 200
        assert server.ask("/explain", {"SK_ID_CURR": 1, **CREDIT})[0] == 200  # decides nothing
        assert server.stop() == 0
    finally:
        server.process.kill()
    lines = [json.loads(line) for line in server.written().splitlines() if line.startswith("{")]
    assert any("The decision log cannot be used" in line.get("message", "") for line in lines)
    assert "Traceback" not in server.written()


class Sender(threading.Thread):
    """Scores one client after the other over connections that are kept, until the server is gone."""

    def __init__(self, port, start):
        super().__init__()
        self.port, self.start_at = port, start
        self.answered, self.broken = {}, []

    def run(self):
        connection, number = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30), self.start_at
        while True:
            number += 1
            try:
                connection.request("POST", "/score", json.dumps({"SK_ID_CURR": number, **CREDIT}), JSON)
                response = connection.getresponse()
            except (http.client.RemoteDisconnected, ConnectionError, TimeoutError):
                # Not a byte of an answer came: whether a new connection is taken says if the server is still there.
                connection.close()
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    continue
                return
            try:
                (score,) = json.loads(response.read())["scores"]
                self.answered[score["decision_id"]] = number
            except Exception as error:
                self.broken.append(error)
                return


def test_sigterm_under_load_finishes_what_was_begun_and_loses_none(shipped, tmp_path):
    server = Server(tmp_path, shipped).wait()
    senders = [Sender(server.port, 100_000 * n) for n in range(1, 9)]
    for sender in senders:
        sender.start()
    until = time.monotonic() + 120
    while sum(len(sender.answered) for sender in senders) < 200:
        assert time.monotonic() < until, server.written()
        time.sleep(0.01)
    server.process.send_signal(signal.SIGTERM)
    try:
        assert server.process.wait(timeout=60) == 0
    finally:
        server.process.kill()
    for sender in senders:
        sender.join()
    assert [sender.broken for sender in senders] == [[]] * 8  # no answer broke off
    answered = {number: client for sender in senders for number, client in sender.answered.items()}
    assert len(answered) >= 200
    with contextlib.closing(sqlite3.connect(tmp_path / "decisions.db")) as database:
        logged = dict(database.execute("SELECT id, client FROM decisions"))
    assert logged == answered  # nothing was answered that is not in the log, nothing logged that was not answered
    assert "Traceback" not in server.written()
