"""The log behind a pooler in transaction mode, whose server connections keep what any of its clients has set."""

import contextlib
import json
import threading

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, text
from support.logged import COLUMNS, PgBouncer, decision
from support.relay import Relay

from credit.cli import main
from credit.decision_log import Log, LogError
from credit.decision_log.audit import verify

#: What another program may have set, and what it would do to a log that relied on settings of a session.
SETTINGS = (
    "extra_float_digits = -8",  # the numbers of the chain come back with seven digits
    "bytea_output = 'escape'",  # and the inputs in another form
    "search_path = nowhere",  # the tables are not found
    "default_transaction_read_only = on",  # nothing can be written
    "default_transaction_isolation = 'serializable'",  # writers fail each other
    "statement_timeout = '2s'",  # a verification breaks off
    "lock_timeout = '2s'",
    "idle_in_transaction_session_timeout = '2s'",
    "synchronous_commit = off",  # a decision is answered before it is on the disk
    "client_encoding = 'LATIN1'",
    "standard_conforming_strings = off",
    "role = clerk",  # who may not even read
)

#: What the server says in a transaction of the log's, whatever was set.
SHOWN = {
    "synchronous_commit": "on",
    "transaction_isolation": "read committed",
    "statement_timeout": "0",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "20s",
    "role": "none",
}

FROM_FLOATS = (0.016289641390971867, 0.1 + 0.2, 1 / 3)


def connection(address):
    """Another program's."""
    return psycopg.connect(address, autocommit=True, prepare_threshold=None)


def run(connection, statements):
    """The rows that the last of the statements gives."""
    cursor = connection.execute(statements)
    cursor.set_result(-1)
    return cursor.fetchall() if cursor.description else []


def on_every_server(pooler, *statements):
    """Run statements of another program's on each connection that the pooler has to the server."""
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(connection(pooler.address)) for _ in range(pooler.servers)]
        reached = set()
        for other in others:
            run(other, "BEGIN")
            reached.add(run(other, "SELECT pg_backend_pid()")[0][0])
        for other in others:
            run(other, "; ".join([*statements, "COMMIT"]))
    assert len(reached) == pooler.servers


@pytest.fixture
def clerk(postgresql):
    with connection(postgresql) as admin:
        run(admin, "CREATE ROLE clerk")
        yield
        run(admin, "DROP ROLE clerk")


@pytest.mark.parametrize("settings", [*((one,) for one in SETTINGS), SETTINGS[:-3]], ids=[*SETTINGS, "all"])
def test_what_another_program_sets_changes_nothing(pooler, clerk, settings):
    log = Log(pooler.address)
    log.record([decision(1, probability=FROM_FLOATS[0], reasons='["défavorables"]')])
    on_every_server(pooler, *(f"SET {setting}" for setting in settings))
    try:
        assert log.record([decision(n, probability=p) for n, p in enumerate(FROM_FLOATS[1:], 2)]) == [2, 3]
        assert log.record([decision(4, inputs=(-0.0, 5e-324), columns=type(COLUMNS)(("A", "B")))]) == [4]
        rows = log.page("ann").rows
        assert [row["probability"] for row in rows] == [0.25, *reversed(FROM_FLOATS)]
        assert (rows[3]["reasons"], rows[0]["inputs"]["B"]) == (["défavorables"], 5e-324)
        log.check()
        found = verify(log)
        assert (found.whole, found.decisions) == (True, 4)
        with log._commits._writing() as (driver, _):
            cursor = driver.cursor()
            shown = {}
            for name in SHOWN:
                cursor.execute(f"SHOW {name}")
                shown[name] = cursor.fetchone()[0]
            cursor.execute("ROLLBACK")
        assert shown == SHOWN
        assert log.erase(client=1) == 1
    finally:
        log.close()


def test_the_tables_are_made_where_they_belong_whatever_another_program_has_set(pooler, postgresql):
    with connection(postgresql) as admin:
        run(admin, "CREATE SCHEMA IF NOT EXISTS elsewhere")
    on_every_server(pooler, "SET search_path = elsewhere", "SET default_transaction_read_only = on")
    log = Log(pooler.address)
    log.record([decision()])
    log.close()
    with connection(postgresql) as admin:
        made = run(admin, "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('decisions', 'chain')")
        run(admin, "DROP SCHEMA elsewhere CASCADE")
    assert made == [("public",)]


def test_the_log_leaves_no_setting_behind(pooler):
    log = Log(pooler.address)
    log.record([decision()])
    log.page("ann")
    assert verify(log).whole
    log.close()
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(connection(pooler.address)) for _ in range(pooler.servers)]
        for other in others:
            run(other, "BEGIN")
        changed = [
            run(other, "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> 'client_encoding'")
            for other in others
        ]
        limits = [run(other, "SHOW lock_timeout") + run(other, "SHOW extra_float_digits") for other in others]
    # The pooler itself sets application_name, DateStyle and the like, to what they were.
    assert limits == [[("0",), ("1",)]] * pooler.servers
    ours = {"lock_timeout", "idle_in_transaction_session_timeout", "extra_float_digits", "bytea_output", "role"}
    assert not ours & {name for rows in changed for name, _ in rows}


def test_a_verification_is_not_disturbed_by_settings_that_change_meanwhile(pooler):
    log = Log(pooler.address)
    log.record([decision(n, probability=n / 7919) for n in range(500)])
    over = threading.Event()

    def disturb():
        with connection(pooler.address) as other:
            while not over.is_set():
                for statement in ("BEGIN", "SET extra_float_digits = -8", "SET bytea_output = 'escape'", "COMMIT"):
                    run(other, statement)

    threads = [threading.Thread(target=disturb) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            assert verify(log).problems == []
            log.record([decision(1, probability=1 / 3)])
        done = CliRunner().invoke(main, ["log", "verify", "--database", pooler.address, "--json"])
        assert (done.exit_code, json.loads(done.stdout)["decisions"]) == (0, 510), done.output
    finally:
        over.set()
        for thread in threads:
            thread.join()
        log.close()


def test_more_writers_than_servers_take_turns(postgresql, postgresql_server):
    pooler = PgBouncer(postgresql_server, servers=1)
    logs = [Log(pooler.address) for _ in range(3)]
    problems = []

    def write(log):
        try:
            for number in range(20):
                log.record([decision(number), decision(number + 1)])
                log.page("ann")
        except LogError as error:
            problems.append(error)

    threads = [threading.Thread(target=write, args=(log,)) for log in logs for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify(logs[0])
    for log in logs:
        log.close()
    pooler.stop()
    assert problems == []
    assert (found.whole, found.decisions) == (True, 240)


def test_a_pooler_that_is_started_again_is_used_again(postgresql, postgresql_server):
    pooler = PgBouncer(postgresql_server)
    log = Log(pooler.address)
    assert log.record([decision(1)]) == [1]
    pooler.stop()
    again = PgBouncer(postgresql_server, port=pooler.port)
    try:
        assert log.record([decision(2)]) == [2]
        assert log.page("ann").total == 2
    finally:
        log.close()
        again.stop()


def test_options_that_the_pooler_does_not_take_are_explained(pooler):
    log = Log(f"{pooler.address}?options=-c%20geqo%3Doff")
    try:
        # From 1.20 on a pooler takes options, and refuses settings that it does not keep for each client.
        with pytest.raises(LogError, match=r"takes no options: take them out of DATABASE_URL|unsupported .*options"):
            log.record([decision()])
    finally:
        log.close()


def test_a_schema_that_the_address_names_holds_the_tables(pooler, postgresql):
    with connection(postgresql) as admin:
        run(admin, 'CREATE SCHEMA "Credit ""log"""')
    try:
        for address in (pooler.address, postgresql):
            log = Log(f"{address}?schema=Credit%20%22log%22")
            assert log.record([decision()])
            with log.reading() as one:
                assert one.execute(text("SELECT current_schema()")).scalar_one() == 'Credit "log"'
                assert "decisions" in inspect(one).get_table_names(schema='Credit "log"')
            log.close()
        with connection(postgresql) as admin:
            assert run(admin, "SELECT to_regclass('public.decisions')") == [(None,)]
    finally:
        with connection(postgresql) as admin:
            run(admin, 'DROP SCHEMA "Credit ""log""" CASCADE')


@pytest.mark.parametrize("delay", [0.0, 0.002])
def test_a_decision_waits_for_the_server_twice(postgresql, postgresql_server, delay):
    relay = Relay(postgresql_server.port)
    relay.delay = delay
    log = Log(postgresql.replace(str(postgresql_server.port), str(relay.port)))
    log.record([decision(1)])
    waits = []
    for ask in (lambda: log.record([decision(2), decision(3)]), log.check, lambda: log.page("ann")):
        before = relay.turns
        ask()
        waits.append(relay.turns - before)
    log.close()
    relay.close()
    # To record: begin, settings and the end of the chain; then rows, the new end and the commit.
    assert waits == [2, 4, 4]
