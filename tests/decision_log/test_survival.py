"""The log under the real server: two workers at once, one killed, a database that goes away."""

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import threading
import time

import numpy as np
import pytest
from click.testing import CliRunner
from lightgbm import LGBMClassifier
from support.server import JSON, Server

from credit.cli import main
from credit.decision_log import Log
from credit.decision_log.audit import verify
from credit.decision_log.review_rulings import Ruling
from credit.decision_log.reviews import decide
from credit.model import save_bundle
from credit.model.calibration import Calibrated, Calibration

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "AMT_INCOME_TOTAL"]
CLIENTS, SENDERS = 40, 8

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    generator = np.random.default_rng(5)
    X = generator.normal(size=(300, 3))
    y = (generator.random(300) < 1 / (1 + np.exp(X[:, 1]))).astype(int)
    X[:, 1] = (X[:, 1] + 5) / 10  # a score from 0 to 1
    fitted = LGBMClassifier(n_estimators=10, num_leaves=4, verbose=-1, n_jobs=1).fit(X, y)
    folder = tmp_path_factory.mktemp("survival") / "mlruns_reduced"
    manifest = {"data": {"simulated": True}, "model": {"name": "LightGBM"}}
    return save_bundle(folder, Calibrated(fitted, Calibration(0.9, -0.1)), COLUMNS, 0.16, manifest)


def client(number):
    return {"SK_ID_CURR": number, "AMT_CREDIT": number % 7 + 0.5, "EXT_SOURCE_2": (number % 13 + 14) / 40}


def send(server, numbers, answered, problems):
    """Score the clients, ``CLIENTS`` at a time, on one connection after another where one breaks."""
    connection = None
    for first in range(0, len(numbers), CLIENTS):
        body = json.dumps([client(number) for number in numbers[first : first + CLIENTS]])
        for _ in range(100):
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
                connection.request("POST", "/score", body, JSON)
                answer = connection.getresponse()
                content = json.loads(answer.read())
            except (OSError, http.client.HTTPException):  # its worker was killed: nothing was answered, so ask again
                connection.close()
                connection = None
                time.sleep(0.02)
                continue
            if answer.status != 200:
                problems.append((answer.status, content))
                connection.close()
                return
            answered.extend((one["decision_id"], one["client"], one["probability"]) for one in content["scores"])
            break
        else:
            problems.append("no answer after 100 attempts")
            return
    connection.close()


@pytest.mark.parametrize(("database", "decisions"), [("sqlite", 20_000), ("postgresql", 4_000)])
def test_every_answered_decision_is_in_the_log_though_a_worker_is_killed(
    request, bundle, tmp_path, database, decisions
):
    file = f"sqlite:///{tmp_path}/decisions.db"
    address = file if database == "sqlite" else request.getfixturevalue("postgresql")
    server = Server(tmp_path, bundle, LOG_REQUESTS="0", DATABASE_URL=address).wait()
    victim = server.workers()[0]
    answered, problems = [], []
    share = decisions // SENDERS
    senders = [
        threading.Thread(target=send, args=(server, range(n * share, (n + 1) * share), answered, problems))
        for n in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    while len(answered) < decisions // 3 and not problems:
        time.sleep(0.01)
    os.kill(victim, signal.SIGKILL)
    for sender in senders:
        sender.join()
    assert problems == []
    assert victim not in server.workers()
    assert server.stop() == 0
    assert len({number for number, _, _ in answered}) == len(answered) == decisions
    log = Log(address)
    with log.reading() as connection:
        rows = connection.exec_driver_sql("SELECT id, client, probability FROM decisions").all()
        logged = {row[0]: tuple(row[1:]) for row in rows}
    found = verify(log)
    log.close()
    assert [one for one in answered if logged.get(one[0]) != one[1:]] == []
    assert len(logged) >= decisions  # more, where the killed worker had written and not yet answered
    assert (found.whole, found.decisions) == (True, len(logged))


def test_without_its_database_nothing_is_answered_until_it_is_back(bundle, tmp_path, postgresql, postgresql_server):
    server = Server(tmp_path, bundle, DATABASE_URL=postgresql).wait()
    try:
        status, first = server.ask("/score", client(1))
        assert status == 200
        postgresql_server.stop()
        try:
            for route in ("/score", "/predict", "/predict_proba"):
                status, answer = server.ask(route, client(2))
                assert status == 503
                assert "decision log" in answer["error"]
                assert (set(answer), answer["code"]) == ({"error", "code", "details"}, "log-unavailable")
            assert server.ask("/ready")[0] == 503
            assert server.ask("/health")[0] == 200
            assert server.ask("/best_threshold")[0] == 200
        finally:
            postgresql_server.start()
        status, last = server.ask("/score", client(3))
        assert status == 200
        assert last["scores"][0]["decision_id"] == first["scores"][0]["decision_id"] + 1
    finally:
        server.stop()
    log = Log(postgresql)
    assert [row["client"] for row in log.page("anyone").rows] == [3, 1]
    assert verify(log).whole
    log.close()


@pytest.fixture
def logged(bundle, tmp_path):
    """The log of three scored clients, by the app itself; and the arguments that name it to the command line."""
    from credit.web.application import create_app

    path = tmp_path / "decisions.db"
    answers = create_app(bundle, database=path, log_requests=False).test_client()
    answer = answers.post(
        "/score", json=[client(1), client(2), {"SK_ID_CURR": 3, "AMT_CREDIT": 7.5, "AMT_INCOME_TOTAL": None}]
    )
    assert answer.status_code == 200
    return answer.json["scores"], path


def run(*words):
    return CliRunner().invoke(main, ["log", *map(str, words)])


def test_a_decision_is_found_again_by_its_id(logged):
    scores, path = logged
    done = run("show", scores[2]["decision_id"], "--database", path)
    found = json.loads(done.stdout)
    assert found["inputs"] == {"SK_ID_CURR": 3, "AMT_CREDIT": 7.5, "AMT_INCOME_TOTAL": None}
    assert found["probability"] == scores[2]["probability"]
    assert found["decision"] == scores[2]["decision"]
    assert found["reasons"] == scores[2]["reasons"]
    assert len(found["request"]) >= 8
    missing = run("show", 99, "--database", path)
    assert (missing.exit_code, missing.stderr) == (1, f"error: There is no decision 99 in sqlite:///{path}.\n")


def test_a_decision_is_worked_out_again(logged, bundle):
    scores, path = logged
    for one in scores:
        done = run("replay", one["decision_id"], "--database", path, "--bundle", bundle)
        assert done.exit_code == 0, done.output
        assert f"probability {one['probability']!r} in the log" in done.stdout
        probability, decided = done.stdout.splitlines()
        assert probability.endswith("worked out again: the same")
        said = f"{one['decision']} in the log, {one['decision']} by its threshold, costs and review: the same"
        assert decided == f"decision {one['decision_id']}: {said}"


def test_a_replay_that_gives_another_probability_is_told(logged, bundle):
    _, path = logged
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE decisions SET probability = 0.5 WHERE id = 2")
    done = run("replay", 2, "--database", path, "--bundle", bundle)
    assert done.exit_code == 1
    assert "NOT THE SAME" in done.stdout


def test_the_log_is_verified_and_its_end_is_taken_later(logged):
    _, path = logged
    done = run("verify", "--database", path)
    assert done.exit_code == 0
    assert "3 decisions, 0 of them with erased inputs, and 0 reviews. The chain is whole" in done.stdout
    end = done.stdout.strip().rpartition("end: ")[2]
    assert run("verify", "--database", path, "--since", end).exit_code == 0
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM decisions WHERE id = 2")
    done = run("verify", "--database", path, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["whole"], told["decisions"]) == (1, False, 2)
    assert "Decision 3 is not what was written after decision 1" in told["problems"][0]


def inputs(path):
    """How many decisions have inputs."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT COUNT(inputs) FROM decisions").fetchone()[0]


@pytest.mark.parametrize(("answer", "left"), [("n\n", 3), ("y\n", 0)])
def test_a_purge_on_a_terminal_asks_first(logged, monkeypatch, answer, left):
    _, path = logged
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    words = ["log", "purge", "--older-than", "0d", "--even-recent", "--database", str(path)]
    done = CliRunner().invoke(main, words, input=answer)
    assert "Erase them? It takes every decision up to this moment. This cannot be undone. [y/N]:" in done.stdout
    assert (done.exit_code, inputs(path)) == (1 if left else 0, left)


@pytest.mark.parametrize(
    ("age", "taken"), [("0d", "every decision up to this moment"), ("1d", "1 day old"), ("29d", "29 days old")]
)
def test_a_recent_age_is_refused_unless_it_is_meant(logged, age, taken):
    """Not even a job's --yes takes it: 0d erases what was decided a second ago, 18d is a slip for 180d."""
    _, path = logged
    done = run("purge", "--older-than", age, "--database", path, "--yes")
    assert done.exit_code == 1
    assert taken in done.stderr
    assert "Give at least 30d, look with --dry-run, or add --even-recent" in done.stderr
    assert inputs(path) == 3


def test_old_inputs_are_purged(logged):
    _, path = logged
    done = run("purge", "--older-than", "30d", "--database", path)
    assert (done.exit_code, done.stdout[:16]) == (0, "nothing to erase")
    with contextlib.closing(sqlite3.connect(path)) as database:
        time_written = database.execute("SELECT time FROM decisions").fetchone()[0]
    assert time_written.endswith("+00:00")
    done = run("purge", "--older-than", "0d", "--database", path, "--dry-run")
    day = time_written[:16].replace("T", " ")
    assert done.stdout.startswith("3 of 3 decisions with inputs are older than ")
    assert f"made from {day} to " in done.stdout
    assert inputs(path) == 3
    done = run("purge", "--older-than", "0d", "--even-recent", "--database", path)  # nobody at a terminal
    assert (done.exit_code, "repeat the command with --yes" in done.stderr) == (1, True)
    assert inputs(path) == 3
    done = run("purge", "--older-than", "0d", "--even-recent", "--database", path, "--yes")
    assert "3 decisions from before" in done.stdout.splitlines()[1]
    assert inputs(path) == 0
    assert run("verify", "--database", path).exit_code == 0


def test_a_purge_counts_the_reviews_that_have_words(logged):
    _, path = logged
    log = Log(path)
    for number, words in ((1, "payslips of three months"), (2, None)):
        other = "refuse" if log.find(number)["decision"] == "accept" else "accept"
        decide(log, number, Ruling(other, "data_corrected", words), "maria", "r")
    log.close()
    done = run("purge", "--older-than", "0d", "--database", path, "--dry-run")
    assert "with the words or terms of 1 review. A person has decided on 2 of them" in done.stdout


def test_a_log_that_is_not_there_is_told_and_not_made(tmp_path):
    done = run("verify", "--database", tmp_path / "none.db")
    assert done.exit_code == 1
    assert "there is no file" in done.stderr
    assert not (tmp_path / "none.db").exists()


def test_the_release_phase_makes_the_tables_and_is_done_at_once_the_next_time(tmp_path, postgresql):
    for database in (tmp_path / "decisions.db", postgresql):
        for _ in range(2):
            done = run("upgrade", "--database", database)
            assert (done.exit_code, "the tables are of version" in done.stdout) == (0, True)


def test_an_address_that_is_none_is_told_without_its_password():
    done = run("verify", "--database", "postgresql://ann:secret@host:port/name")
    assert done.exit_code == 1
    assert "secret" not in done.output
