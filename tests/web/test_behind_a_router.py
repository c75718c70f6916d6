"""A router that reuses connections at the worst moment loses no POST while the server keeps them longer."""

import contextlib
import json
import os
import sqlite3
import time

import pytest
from support import small
from support.loans import CREDIT
from support.router import Router
from support.server import Server

from credit.web.settings import IDLE_BEHIND_A_PROXY

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")

#: So long Heroku's router keeps an idle connection. Seconds.
HEROKU = 90

CONNECTIONS = 12


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return small.bundle(tmp_path_factory.mktemp("router") / "mlruns_reduced")


def client(number):
    return json.dumps({"SK_ID_CURR": number, **CREDIT})


def logged(server):
    with contextlib.closing(sqlite3.connect(server.folder / "decisions.db")) as database:
        return [number for (number,) in database.execute("SELECT client FROM decisions ORDER BY client")]


def posted(server, keeps, idle):
    """The statuses of a POST over each of some connections that were idle for so many seconds."""
    router = Router(server.port, keeps)
    try:
        assert router.open(CONNECTIONS, "/score", client) == [200] * CONNECTIONS
        time.sleep(idle)
        return [router.post("/score", client(100 + number))[0] for number in range(CONNECTIONS)]
    finally:
        router.close()


#: A tenth of both times in place of them: the margin between them is what keeps a POST.
TENTH = 0.1


def test_the_server_keeps_connections_longer_than_herokus_router():
    assert IDLE_BEHIND_A_PROXY >= HEROKU + 5


def test_no_post_is_lost_on_a_connection_that_the_router_has_kept_to_the_last_second(bundle, tmp_path):
    kept = f"--keep-alive {round(IDLE_BEHIND_A_PROXY * TENTH)}"
    server = Server(tmp_path, bundle, DYNO="web.1", GUNICORN_CMD_ARGS=kept).wait()
    try:
        assert posted(server, HEROKU * TENTH, HEROKU * TENTH - 1.5) == [200] * CONNECTIONS
        assert logged(server) == [*range(CONNECTIONS), *range(100, 100 + CONNECTIONS)]  # each is decided on, and once
    finally:
        server.stop()


def test_a_router_that_keeps_connections_longer_than_the_server_loses_what_it_sends(bundle, tmp_path):
    # What the test above would see of a server whose connections end before the router's.
    server = Server(tmp_path, bundle, DYNO="web.1", GUNICORN_CMD_ARGS="--keep-alive 2").wait()
    try:
        assert posted(server, HEROKU, 5) == [502] * CONNECTIONS
        assert logged(server) == [*range(CONNECTIONS)]  # nothing is decided whose answer nobody gets
    finally:
        server.stop()
