"""The log's ways with PostgreSQL: values as they were written, servers that hang, break off and come back."""

import contextlib
import math
import os
import signal
import socket
import threading
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from support.logged import decision
from support.relay import Relay

from credit.decision_log import Log, LogError
from credit.decision_log.audit import verify
from credit.decision_log.postgresql import refused
from credit.decision_log.schema import decisions


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        log = Log(f"postgresql://teller@127.0.0.1:{silent.getsockname()[1]}/n?connect_timeout=1&sslmode=disable")
        with pytest.raises(LogError, match="did not answer in time"):
            log.record([decision()])
        log.close()


def test_a_statement_may_take_longer_than_a_server_has_for_its_first_word(postgresql):
    log = Log(f"{postgresql}?connect_timeout=1")
    with log.reading() as connection:
        assert connection.execute(text("SELECT 7 FROM pg_sleep(1.2)")).scalar_one() == 7
    log.close()


def test_a_writer_that_holds_the_log_does_not_hold_all_others(postgresql, monkeypatch):
    monkeypatch.setattr("credit.decision_log.postgresql.PATIENCE", 1)
    log, other = Log(postgresql), Log(postgresql)
    log.record([decision()])
    with other.writing() as connection:
        connection.execute(text("SELECT * FROM chain FOR UPDATE"))
        with pytest.raises(LogError, match="lock timeout"):
            log.record([decision()])
    assert log.record([decision()]) == [2]
    log.close()
    other.close()


ODD = ("", "tab\tand\nline", "back\\slash \\N", "n° 5 €, 😀", "null", "{1,2}", "'; DROP TABLE decisions; --")


@pytest.mark.parametrize("together", [True, False], ids=["in one pipeline", "each in one message"])
def test_what_is_written_in_bytes_is_read_as_it_was(postgresql, together):
    log = Log(postgresql)
    rows = [
        decision(
            number, caller=text, reasons=text, inputs=(number / 7, float("nan"), -0.0), probability=5e-324 + number / 3
        )
        for number, text in enumerate(ODD)
    ]
    rows += [decision(5, probability=-0.0), decision(-(2**63))]  # the sign of a bare number binds after a cast
    last = decision(2**63 - 1, reasons=None, probability=1.0)
    for some in [[*rows, last]] if together else [[row] for row in (*rows, last)]:
        log.record(some)
    with log.reading() as connection:
        found = connection.execute(select(decisions).order_by(decisions.c.id)).mappings().all()
    for row, wrote in zip(found, rows, strict=False):
        assert math.copysign(1, row["probability"]) == math.copysign(1, wrote.probability)  # -0.0 equals 0
        assert {name: row[name] for name in ("client", "caller", "reasons", "inputs", "probability")} == {
            name: getattr(wrote, name) for name in ("client", "caller", "reasons", "inputs", "probability")
        }
    assert (found[-1]["client"], found[-1]["reasons"]) == (2**63 - 1, None)
    assert verify(log).whole
    log.close()


@given(
    st.lists(
        st.tuples(st.text(), st.floats(allow_nan=False), st.binary(), st.integers(-(2**63), 2**63 - 1)), max_size=5
    )
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_number_and_bytes_come_back_or_are_refused_together(postgresql, values):
    log = Log(postgresql)
    rows = [decision(client, reasons=text, probability=p) for text, p, _, client in values]
    rows = [type(row)(**{**vars(row), "inputs": inputs}) for row, (_, _, inputs, _) in zip(rows, values, strict=True)]
    if any("\0" in text for text, *_ in values):  # the one character that a text in PostgreSQL cannot have
        with pytest.raises(LogError, match=r"cannot contain NUL|invalid byte sequence"):
            log.record(rows)
    elif rows:
        ids = log.record(rows)
        with log.reading() as connection:
            found = connection.execute(
                select(decisions.c.reasons, decisions.c.probability, decisions.c.inputs, decisions.c.client)
                .where(decisions.c.id.in_(ids))
                .order_by(decisions.c.id)
            ).all()
        assert [tuple(row) for row in found] == values
    log.close()


@pytest.mark.parametrize("number", [1, 2])
def test_a_text_that_is_too_long_is_refused_and_not_cut_off(postgresql, number):
    log = Log(postgresql)
    with pytest.raises(LogError, match=r"value too long for type character varying\(64\)"):
        log.record([decision(client, request="r" * 65) for client in range(number)])
    assert log.record([decision()]) == [1]
    log.close()


def test_a_statement_that_breaks_off_does_not_answer_for_the_next(postgresql):
    log = Log(postgresql)
    log.record([decision(7), decision(8)])
    for _ in range(3):
        with pytest.raises(UnicodeEncodeError):
            log.page("\ud800")
        assert [row["client"] for row in log.page("ann").rows] == [8, 7]
    with pytest.raises(UnicodeEncodeError), log._commits._writing() as (driver, _):
        driver.cursor().execute("SELECT %s", ("\ud800",))
    assert log.record([decision(9)]) == [3]
    with pytest.raises(LogError):
        log.record([decision("nine")])
    assert log.record([decision(10)]) == [4]
    assert verify(log).whole
    log.close()


def test_the_codes_of_refused_values_are_known():
    codes = ("22001", "23502", "23505", "40001", "57P01")
    found = [refused(psycopg.errors.lookup(code)("no")) for code in codes]
    assert found == [True, True, True, False, False]
    assert not refused(psycopg.OperationalError("server closed the connection unexpectedly"))


def test_the_chain_is_whole_while_decisions_are_added(log):
    # Both databases: a verification sees the log as it was when it began.
    log.record([decision(number) for number in range(20)])
    seen = []

    def add(done, total):
        if len(seen) < 5:  # else a verification that is not held to one moment would never end
            thread = threading.Thread(target=lambda: log.record([decision(100)]))
            thread.start()
            thread.join(10)
        seen.append((done, total))

    assert verify(log, progress=add).problems == []
    assert seen[-1] == (20, 20)
    assert log.page("ann").total > 20


def test_a_server_that_goes_away_and_comes_back(postgresql_server, postgresql):
    log = Log(postgresql)
    log.record([decision(1)])
    postgresql_server.stop()
    for _ in range(2):
        with pytest.raises(LogError, match=r"failed: Connection refused|server closed the connection"):
            log.record([decision(2)])
    postgresql_server.start()
    assert log.record([decision(3)]) == [2]
    assert verify(log).whole
    log.close()


@pytest.mark.parametrize(
    "setting",
    [
        "client_encoding = 'LATIN1'",
        "extra_float_digits = 0",
        "bytea_output = 'escape'",
        "default_transaction_isolation = 'repeatable read'",
        "default_transaction_read_only = on",
    ],
)
def test_what_is_read_does_not_depend_on_the_settings_of_the_database(postgresql, setting):
    first = Log(postgresql)
    first.record([decision(0)])
    with first.writing() as connection:
        connection.execute(text(f"ALTER ROLE teller SET {setting}"))
    log, other = Log(postgresql), Log(postgresql)
    try:
        log.record([decision(1, reasons="défavorables", probability=0.016289641390971867)])
        other.record([decision(2)])
        log.record([decision(3)])
        with log.reading() as connection:
            found = connection.execute(select(decisions.c.reasons, decisions.c.probability)).all()
        assert found[1] == ("défavorables", 0.016289641390971867)
        assert verify(log).whole
    finally:
        with first.writing() as connection:
            connection.execute(text("ALTER ROLE teller RESET ALL"))
        for one in (first, log, other):
            one.close()


@contextlib.contextmanager
def stopped(server):
    """The server's processes, all of them, as a machine that hangs leaves them."""
    first = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    processes = [first, *map(int, children)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="a process's children are listed by Linux")
def test_a_server_that_hangs_is_given_up_and_used_again(postgresql_server, postgresql, monkeypatch):
    monkeypatch.setattr("credit.decision_log.postgresql.PATIENCE", 0.5)
    log = Log(f"{postgresql}?connect_timeout=1")
    log.record([decision(1)])
    with stopped(postgresql_server):
        for ask in (lambda: log.record([decision(2)]), log.check, lambda: log.page("ann"), log.check):
            with pytest.raises(LogError, match="did not answer"):
                ask()
    assert log.record([decision(3)]) in ([2], [3])  # the first may have reached the server after all
    assert verify(log).whole
    log.close()


def test_a_long_read_is_waited_for_and_a_short_one_is_not_after_it(postgresql, monkeypatch):
    monkeypatch.setattr("credit.decision_log.postgresql.PATIENCE", 0.5)
    log = Log(postgresql)
    with log.reading() as connection:
        assert connection.execute(text("SELECT 7 FROM pg_sleep(1.5)")).scalar_one() == 7
    with pytest.raises(LogError, match="did not answer"), log._transaction(reads=True) as connection:
        connection.execute(text("SELECT 7 FROM pg_sleep(1.5)"))
    assert log.record([decision(1)]) == [1]
    log.close()


def test_a_connection_that_is_reset_is_an_error_of_the_log(postgresql, postgresql_server):
    relay = Relay(postgresql_server.port)
    log = Log(postgresql.replace(str(postgresql_server.port), str(relay.port)))
    log.record([decision(1)])
    relay.resets = True
    for ask in (lambda: log.record([decision(2)]), lambda: log.page("ann"), log.check):
        with pytest.raises(LogError, match=r"Connection reset by peer|server closed the connection unexpectedly"):
            ask()
    relay.resets = False
    assert log.record([decision(3)]) == [2]
    log.close()
    relay.close()


@pytest.mark.parametrize(
    "greeting", [b"J\0\0\0\x0a8.0.36", b"-ERR unknown command\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"]
)
def test_another_server_than_postgresql_is_told(greeting):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def greet():
            plug, _ = other.accept()
            plug.sendall(greeting)
            plug.recv(1000)
            plug.close()

        thread = threading.Thread(target=greet)
        thread.start()
        log = Log(f"postgresql://teller@127.0.0.1:{other.getsockname()[1]}/n?sslmode=disable&connect_timeout=2")
        with pytest.raises(LogError, match=r"is no PostgreSQL server|did not answer|server closed the connection"):
            log.record([decision()])
        thread.join(10)
        log.close()


def test_who_may_not_write_decisions_is_not_ready(postgresql):
    log = Log(postgresql)
    log.record([decision(1)])
    with log.writing() as connection:
        connection.execute(text("CREATE ROLE clerk LOGIN"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk"))
        connection.execute(text("GRANT UPDATE ON chain TO clerk"))
        connection.execute(text("GRANT INSERT ON columns TO clerk"))
    clerk = Log(postgresql.replace("teller", "clerk"))
    try:
        with pytest.raises(LogError, match="permission denied for table decisions"):
            clerk.check()
        log.check()
        assert log.page("ann").total == 1
    finally:
        clerk.close()
        with log.writing() as connection:
            connection.execute(text("DROP OWNED BY clerk"))
            connection.execute(text("DROP ROLE clerk"))
        log.close()
