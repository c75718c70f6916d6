"""The log's own ways with PostgreSQL: addresses, encryption, passwords, what a driver in Python must not get wrong."""

import contextlib
import io
import os
import shutil
import signal
import socket
import struct
import threading
from pathlib import Path

import pg8000
import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Date, MetaData, Table, make_url, select, text
from support.logged import PostgreSQL, decision
from support.relay import Eavesdropper

from credit.decision_log import Log, LogError
from credit.decision_log import address as understood
from credit.decision_log.audit import verify
from credit.decision_log.database_url import named
from credit.decision_log.postgresql import connector, finisher, refused
from credit.decision_log.schema import chain, decisions

PASSWORD = "p%40ss-wörd"  # as an address has it: p@ss-wörd


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def guarded(authority):
    """A server that wants a password, and speaks TLS as "localhost"."""
    server = PostgreSQL("p@ss-wörd", authority.issue_cert("localhost"))
    server.address = f"postgresql://teller:{PASSWORD}@localhost:{server.port}/postgres"
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


def encrypted(address):
    """Whether a connection to the address is, or a `LogError`."""
    log = Log(address)
    try:
        with log.reading() as connection:
            return connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar_one()
    finally:
        log.close()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("", True), ("?sslmode=disable", False), ("?sslmode=prefer", True), ("?sslmode=require", True)],
)
def test_a_connection_is_encrypted_as_its_address_says(guarded, mode, expected):
    assert encrypted(guarded.address + mode) is expected


def test_a_certificate_is_proven_where_the_address_says_so(guarded, authority, tmp_path):
    trusted, other = tmp_path / "trusted.pem", tmp_path / "other.pem"
    authority.cert_pem.write_to_path(str(trusted))
    trustme.CA().cert_pem.write_to_path(str(other))
    by_number = guarded.address.replace("localhost", "127.0.0.1")
    assert encrypted(f"{guarded.address}?sslmode=verify-full&sslrootcert={trusted}")
    assert encrypted(f"{by_number}?sslmode=verify-ca&sslrootcert={trusted}")
    for amiss in (
        f"{by_number}?sslmode=verify-full&sslrootcert={trusted}",  # the certificate is for the name
        f"{guarded.address}?sslmode=verify-full&sslrootcert={other}",
        f"{guarded.address}?sslmode=verify-ca&sslrootcert={other}",
        f"{guarded.address}?sslmode=require&sslrootcert={other}",  # as in libpq: whoever names one wants it proven
        f"{guarded.address}?sslmode=verify-full",
    ):
        with pytest.raises(LogError, match=r"no encrypted connection to the database server: .*certificate verify"):
            encrypted(amiss)


def test_a_server_without_encryption_is_refused_where_it_is_required(postgresql):
    assert encrypted(f"{postgresql}?sslmode=prefer") is False
    with pytest.raises(LogError, match="refuses SSL"):
        encrypted(f"{postgresql}?sslmode=require")


@pytest.mark.parametrize("wish", ["channel_binding=prefer", "channel_binding=require", "ssl=true", "sslmode=require"])
def test_the_password_is_bound_to_the_encrypted_connection(guarded, wish):
    driver = connector(understood(f"{guarded.address}?{wish}"))()
    assert driver._bound
    driver.close()
    assert encrypted(f"{guarded.address}?{wish}")


def test_the_password_is_not_bound_where_the_address_does_not_want_it(guarded):
    driver = connector(understood(f"{guarded.address}?channel_binding=disable"))()
    assert (driver._bound, driver.auth.mechanism_name) == (False, "SCRAM-SHA-256")
    driver.close()


def test_who_reads_along_with_a_certificate_of_their_own_is_found_out(guarded, authority):
    between = Eavesdropper(guarded.port, trustme.CA().issue_cert("localhost"))
    address = guarded.address.replace(str(guarded.port), str(between.port))
    try:
        # Neither proves the certificate; the first leaves the login unbound, which passes through.
        assert encrypted(f"{address}?sslmode=require&channel_binding=disable")
        with pytest.raises(LogError, match="SCRAM channel binding check failed"):
            encrypted(f"{address}?sslmode=require&channel_binding=require")
    finally:
        between.close()


def test_a_server_that_cannot_bind_the_password_is_refused_where_that_is_required(postgresql, authority):
    with pytest.raises(LogError, match=r"channel_binding=require, and the server speaks without encryption: .*"):
        encrypted(f"{postgresql}?channel_binding=require")
    open_to_all = PostgreSQL(certificate=authority.issue_cert("localhost"))  # which asks for no password
    open_to_all.start()
    try:
        assert encrypted(f"{open_to_all.address}?sslmode=require")
        with pytest.raises(LogError, match=r"offers no channel binding: .* Write sslmode=verify-full in its place"):
            encrypted(f"{open_to_all.address}?sslmode=require&channel_binding=require")
    finally:
        open_to_all.stop()
        shutil.rmtree(open_to_all.folder, ignore_errors=True)


def test_tcp_finds_out_that_the_server_has_gone_as_the_address_says(postgresql):
    driver = connector(understood(f"{postgresql}?keepalives=1&keepalives_idle=30&keepalives_count=0"))()
    plug = driver._usock
    assert plug.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    if hasattr(socket, "TCP_KEEPIDLE"):
        assert plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
    driver.close()
    driver = connector(understood(f"{postgresql}?keepalives=0"))()
    assert driver._usock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
    driver.close()


@pytest.mark.parametrize("password", [":wrong", ":", ""])
def test_a_wrong_password_is_told_in_the_words_of_the_server(guarded, password):
    with pytest.raises(LogError, match="password authentication failed"):
        encrypted(guarded.address.replace(f":{PASSWORD}", password))


def test_a_socket_in_a_folder_and_other_things_behind_the_question_mark(guarded):
    query = f"host={guarded.folder}&port={guarded.port}&application_name=ledger&options=-c%20TimeZone%3DAsia/Tokyo"
    log = Log(f"postgresql://teller:{PASSWORD}@/postgres?{query}")
    with log.reading() as connection:
        assert connection.execute(text("SHOW application_name")).scalar_one() == "ledger"
        assert connection.execute(text("SHOW timezone")).scalar_one() == "Asia/Tokyo"
        assert connection.execute(text("SELECT inet_client_addr()")).scalar_one() is None  # it came by the folder
    log.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://teller@host/n?sslmode=safe", "sslmode is one of disable, .*, verify-full, not 'safe'"),
        ("postgresql://teller@host/n?sslmode=verify-ca", "sslmode=verify-ca wants sslrootcert"),
        (
            "postgresql://teller@host/n?sslmode=verify-full&sslrootcert=/no/such",
            "/no/such cannot be read: No such file",
        ),
        ("postgresql://teller@host/n?sslrootcert=" + __file__, "sslrootcert has no meaning with sslmode=prefer"),
        ("postgresql://teller@host/n?channel_binding=require&sslmode=disable", "is not encrypted: write sslmode=req"),
        ("postgresql://teller@/n?host=/tmp&channel_binding=require", "is not encrypted: write sslmode=require"),
        ("postgresql://teller@host/n?channel_binding=yes", "channel_binding is one of prefer, require, disable, not"),
        ("postgresql://teller@host/n?sslcert=a&sslkey=b", "has sslcert, sslkey behind its .*: take it out"),
        ("postgresql://teller@host/n?sslnegotiation=direct", "wants an encrypted connection: write sslmode=require"),
        ("postgresql://teller@host/n?gssencmode=require", "does not speak: write sslmode=verify-full"),
        (
            "postgresql://teller@host/n?client_encoding=latin1",
            "speaks UTF-8, .* take client_encoding=latin1 out",
        ),
        ("postgresql://teller@host/n?target_session_attrs=standby", "writes: write target_session_attrs=read-write"),
        ("postgresql://teller@host/n?keepalives=yes", "keepalives is one of 1, 0, not 'yes'"),
        ("postgresql://teller@host/n?keepalives_count=999", "keepalives_count is a whole number from 1 to 127"),
        ("postgresql://teller@host/n?ssl=safe", "ssl is one of disable, .*, verify-full, not 'safe'"),
        ("postgresql://teller@host/n?connect_timeout=soon", "connect_timeout is a whole number .* not 'soon'"),
        ("postgresql://host/n", "names no user"),
        ("postgresql://teller:half@way@host/n", "more than one '@': .* write %40 for it"),
        ("postgresql://teller@/n?host=a,b", "more than one host, and the decision log connects to one"),
        ("postgresql://teller@host/n?sslmode=verify-full&sslmode=disable", "has sslmode more than once"),
        ("postgresql://teller@/n?host=/tmp&sslmode=safe", "sslmode is one of"),
        ("host=localhost user=teller password=hush dbname=n", "not as name=value"),
        ("postgresql+odbc://teller@host/n", "write postgresql:// in DATABASE_URL, not"),
    ],
)
def test_what_an_address_says_in_vain_is_told(address, words):
    with pytest.raises(LogError, match=words):
        Log(address)


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        log = Log(f"postgresql://teller@127.0.0.1:{silent.getsockname()[1]}/n?connect_timeout=1&sslmode=disable")
        with pytest.raises(LogError, match="did not answer within 1 s"):
            log.record([decision()])
        log.close()


def test_a_statement_may_take_longer_than_a_server_has_for_its_first_word(postgresql):
    log = Log(f"{postgresql}?connect_timeout=1")
    with log.reading() as connection:
        assert connection.execute(text("SELECT 7 FROM pg_sleep(1.2)")).scalar_one() == 7
    log.close()


def test_statements_leave_at_once(postgresql):
    connection = connector(understood(postgresql))()
    assert connection._usock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    connection.close()


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


def test_what_is_written_in_bytes_is_read_as_it_was(postgresql):
    log = Log(postgresql)
    rows = [
        decision(
            number, caller=text, reasons=text, inputs=(number / 7, float("nan"), -0.0), probability=5e-324 + number / 3
        )
        for number, text in enumerate(ODD)
    ]
    log.record([*rows, decision(2**63 - 1, reasons=None, probability=1.0)])
    with log.reading() as connection:
        found = connection.execute(select(decisions).order_by(decisions.c.id)).mappings().all()
    for row, wrote in zip(found, rows, strict=False):
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
        with pytest.raises(LogError, match="invalid byte sequence"):
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


def test_a_column_of_a_type_that_has_no_bytes_here_is_refused():
    with pytest.raises(TypeError, match="no binary form"):
        finisher(Table("t", MetaData(), Column("day", Date())), chain)


def test_rows_beside_a_statement_are_the_drivers_own_way(postgresql):
    """COPY of pg8000's interface: nothing of the log goes by it, and it must not be lost for that."""
    log = Log(postgresql)
    with log.reading() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("COPY (SELECT 7, 'seven') TO STDOUT", stream=(taken := io.BytesIO()))
        assert taken.getvalue() == b"7\tseven\n"
        cursor.execute("SELECT 8")
        assert cursor.fetchone() == [8]
    log.close()


def test_a_statement_that_breaks_off_does_not_answer_for_the_next(postgresql):
    # pg8000 has sent half of a statement when it finds that it cannot send a value: that half's answer is on its way.
    log = Log(postgresql)
    log.record([decision(7), decision(8)])
    for _ in range(3):
        with pytest.raises(UnicodeEncodeError):
            log.page("\ud800")
        assert [row["client"] for row in log.page("ann").rows] == [8, 7]
    with pytest.raises(UnicodeEncodeError), log._writing() as (driver, _):
        driver.cursor().execute("SELECT %s", ("\ud800",))
    assert log.record([decision(9)]) == [3]
    with pytest.raises(struct.error):
        log.record([decision("nine")])
    assert log.record([decision(10)]) == [4]
    assert verify(log).whole
    log.close()


def test_the_codes_of_refused_values_are_known():
    def error(code):
        return pg8000.ProgrammingError({"C": code, "M": "no", "D": "Key (client)=(987654)"})

    assert [refused(error(code)) for code in ("22001", "23502", "23505", "40001", "57P01")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert not refused(pg8000.InterfaceError("network error"))


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
        with pytest.raises(LogError, match=r"cannot be reached: Connection refused|network error"):
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


def test_a_connection_that_is_reset_is_an_error_of_the_log(postgresql, monkeypatch):
    log = Log(postgresql)
    log.record([decision(1)])

    def reset(*_):
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr("pg8000.core.CoreConnection.handle_messages", reset)
    for ask in (lambda: log.record([decision(2)]), lambda: log.page("ann"), log.check):
        with pytest.raises(LogError, match=r"network error: Connection reset by peer|the connection to the database"):
            ask()
    monkeypatch.undo()
    assert log.record([decision(3)]) == [2]
    log.close()


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
        with pytest.raises(
            LogError, match=r"is no PostgreSQL server|did not answer|connection to the database|network"
        ):
            log.record([decision()])
        thread.join(10)
        log.close()


def test_a_password_that_the_driver_cannot_send_is_told(guarded):
    address = f"postgresql://teller:p%F0%9F%98%80w%F0%9F%AB%A0@localhost:{guarded.port}/postgres"
    with pytest.raises(LogError, match="password of plain characters"):
        encrypted(address)


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example"])
def test_what_is_no_name_of_a_host_is_told(host):
    with pytest.raises(LogError, match="cannot be reached"):
        encrypted(f"postgresql://teller@{host}/n")


def test_no_part_of_an_address_is_shown_but_user_host_and_name():
    shown = [
        named(understood(address))
        for address in (
            "postgresql://teller:hush@host/n?password=hush",
            "jdbc:postgresql://host:5/n?user=teller&password=hush",
        )
    ]
    shown[1:] = [*shown[1:], named(make_url("postgresql+pg8000://teller:half@hush@host:5/n"))]
    assert shown == ["postgresql+pg8000://teller:***@host/n", *2 * ["postgresql+pg8000://teller:***@host:5/n"]]


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
