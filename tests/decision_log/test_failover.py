"""A server that fails and whose standby takes over, under the same name: nothing that was answered is lost."""

import os
import shutil

import psycopg
import pytest
from support import small
from support.keyed import logged, score
from support.logged import PostgreSQL
from support.relay import Relay
from support.server import Server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")


@pytest.fixture
def pair():
    """A server that commits once its standby has the commit, and the standby."""
    primary = PostgreSQL()
    primary.start()
    standby = PostgreSQL(primary=primary)
    standby.start()
    with psycopg.connect(primary.address, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        admin.execute("SELECT pg_reload_conf()")
    running = {primary: True, standby: True}
    yield primary, standby, running
    for server, runs in running.items():
        if runs:
            server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def test_a_standby_that_takes_over_has_every_answered_decision(pair, tmp_path):
    primary, standby, running = pair
    relay = Relay(primary.port)
    address = primary.address.replace(str(primary.port), str(relay.port))
    server = Server(tmp_path, small.bundle(tmp_path / "mlruns_reduced"), DATABASE_URL=address).wait()
    try:
        answered = [score(server, client, f"k-{client}") for client in range(1, 6)]
        assert [status for status, _, _ in answered] == [200] * 5
        primary.stop()
        running[primary] = False
        status, headers, _ = score(server, 6, "k-6")
        assert (status, headers["Retry-After"]) == (503, "5")
        relay.behind = standby.port  # which only reads yet
        status, headers, _ = score(server, 6, "k-6")
        assert (status, headers["Retry-After"]) == (503, "5")
        assert server.ask("/ready")[0] == 503
        standby.promote()
        with psycopg.connect(standby.address, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM RESET synchronous_standby_names")  # it has no standby of its own
            admin.execute("SELECT pg_reload_conf()")
        assert score(server, 6, "k-6")[0] == 200
        status, headers, answer = score(server, 5, "k-5")
        assert (status, headers["Idempotency-Replayed"], answer) == (200, "true", answered[4][2])
        assert [client for client, _ in logged(standby.address)] == [1, 2, 3, 4, 5, 6]
        assert "Traceback" not in server.written()
    finally:
        server.stop()
        relay.close()
