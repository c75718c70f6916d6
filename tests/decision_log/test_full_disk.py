"""The database's disk is full: nothing is answered that is not logged, and all is well again once there is space."""

import http.client
import json
import os
import tempfile

import pytest
from support import small
from support.full_disk import SmallDisk
from support.loans import CREDIT
from support.logged import PostgreSQL
from support.server import JSON, Server

from credit.decision_log import Log
from credit.decision_log.audit import verify

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")

#: So many clients a request: some pages of the database.
CLIENTS = 100


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("full") / "mlruns_reduced")


@pytest.fixture(params=["sqlite"])
def database(request, monkeypatch):
    """A small disk, and the address of a database on it."""
    disk = SmallDisk(8 if request.param == "sqlite" else 160)
    server = None
    try:
        if request.param == "sqlite":
            yield disk, f"sqlite:///{disk.folder}/decisions.db"
        else:
            monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
            server = PostgreSQL()
            server.start()
            yield disk, server.address
    finally:
        if server is not None:
            server.stop()
        disk.close()


def score(server, first, key):
    """Status, Retry-After and body of the answer to the clients from ``first`` on."""
    body = json.dumps([{"SK_ID_CURR": first + number, **CREDIT} for number in range(CLIENTS)])
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", "/score", body, {**JSON, "Idempotency-Key": key})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Retry-After"), json.loads(answer.read())
    finally:
        connection.close()


def test_a_full_disk_is_503_and_what_was_answered_is_there_when_it_is_free_again(database, bundle, tmp_path):
    disk, address = database
    server = Server(tmp_path, bundle, DATABASE_URL=address).wait()
    answered, refused = {}, []

    def ask(first):
        status, after, answer = score(server, first, f"k-{first}")
        if status == 200:
            answered.update({one["decision_id"]: one["client"] for one in answer["scores"]})
        else:
            refused.append((status, after, answer["error"][:45]))
        return status

    try:
        assert ask(0) == 200
        disk.fill()
        for first in range(1000, 200_000, 1000):  # what the database has set aside is used up first
            if ask(first) != 200 and len(refused) == 5:
                break
        assert refused == [(503, "5", "The decision log cannot be used at the moment")] * 5
        assert server.ask("/health")[0] == 200
        disk.free()
        first = 1000 * (len(answered) // CLIENTS)  # one of those that were refused, under its key
        assert ask(first) == 200
        assert ask(first) == 200  # and again: the first answer
        assert server.stop() == 0
        assert "Traceback" not in server.written()
    finally:
        server.process.kill()
    log = Log(address)
    with log.reading() as connection:
        logged = dict(connection.exec_driver_sql("SELECT id, client FROM decisions").all())
    assert verify(log).whole
    log.close()
    assert logged == answered  # nothing answered is lost, and nothing is decided that was not answered
