"""A database that answers late or is started again under a request: what the caller sees, and what is decided."""

import os
import time

import pytest
from support import small
from support.keyed import logged, score
from support.relay import Relay
from support.server import Server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")

#: What ends the transaction of a decision holds these bytes, and nothing else of the log's does.
LAST_MESSAGE = b"WITH moved AS"


@pytest.fixture
def relay(postgresql_server):
    found = Relay(postgresql_server.port)
    yield found
    found.close()


@pytest.fixture
def server(relay, postgresql, postgresql_server, tmp_path):
    """A server whose database is behind the relay."""
    bundle = small.bundle(tmp_path / "mlruns_reduced")
    address = postgresql.replace(str(postgresql_server.port), str(relay.port))
    found = Server(tmp_path, bundle, DATABASE_URL=address).wait()
    yield found
    if found.process.poll() is None:
        found.stop()


def test_a_decision_whose_commit_is_answered_after_thirty_seconds_is_made_once(server, relay, postgresql):
    assert score(server, 1, "k-1")[0] == 200
    relay.late, relay.holds = 30.0, LAST_MESSAGE
    began = time.monotonic()
    status, headers, answer = score(server, 2, "k-2")
    assert (status, headers["Retry-After"]) == (503, "5")
    assert answer["error"].startswith("The decision log cannot be used at the moment, and nothing is answered")
    assert time.monotonic() - began < 30
    relay.holds = None
    assert logged(postgresql) == [(1, 1), (2, 2)]  # it has reached the database, as the caller cannot know
    status, headers, answer = score(server, 2, "k-2")
    assert (status, headers["Idempotency-Replayed"], answer["scores"][0]["decision_id"]) == (200, "true", 2)
    assert logged(postgresql) == [(1, 1), (2, 2)]
    assert "Traceback" not in server.written()


def test_a_database_that_hangs_before_anything_is_written_is_503_and_the_key_is_free_after_it(
    server, relay, postgresql
):
    assert score(server, 1, "k-1")[0] == 200
    relay.delay = 30.0
    status, headers, _ = score(server, 2, "k-2")
    assert (status, headers["Retry-After"]) == (503, "5")
    relay.delay = 0.0
    until = time.monotonic() + 90  # a claim may have reached the database: for a minute it is another's
    while (found := score(server, 2, "k-2"))[0] == 409 and time.monotonic() < until:
        assert found[1]["Retry-After"] == "1"
        time.sleep(1)
    assert found[0] == 200
    assert [client for client, _ in logged(postgresql)] == [1, 2]


def test_a_database_that_is_started_again_between_two_requests_is_not_noticed(server, postgresql_server, postgresql):
    assert score(server, 1, "k-1")[0] == 200
    postgresql_server.stop()
    status, headers, _ = score(server, 2, "k-2")
    assert (status, headers["Retry-After"]) == (503, "5")
    postgresql_server.start()
    assert [score(server, 2, "k-2")[0], score(server, 1, "k-1")[1]["Idempotency-Replayed"]] == [200, "true"]
    assert [client for client, _ in logged(postgresql)] == [1, 2]
