"""What the address of a PostgreSQL server asks for: encryption, certificates, passwords, and what it cannot."""

import contextlib
import os
import shutil
import socket

import pytest
import trustme
from sqlalchemy import make_url, text
from support.logged import PostgreSQL
from support.relay import Eavesdropper

from credit.decision_log import Log, LogError
from credit.decision_log import address as understood
from credit.decision_log.database_url import named
from credit.decision_log.postgresql import connector

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
    with pytest.raises(LogError, match=r'certificate for "localhost" does not match host name "127\.0\.0\.1"'):
        encrypted(f"{by_number}?sslmode=verify-full&sslrootcert={trusted}")
    for amiss in (
        f"{guarded.address}?sslmode=verify-full&sslrootcert={other}",
        f"{guarded.address}?sslmode=verify-ca&sslrootcert={other}",
        f"{guarded.address}?sslmode=require&sslrootcert={other}",  # as in libpq: whoever names one wants it proven
        f"{guarded.address}?sslmode=verify-full",
    ):
        with pytest.raises(LogError, match="SSL error: certificate verify failed"):
            encrypted(amiss)


def test_the_authorities_of_the_machine_are_trusted_where_the_address_names_none(
    guarded, authority, tmp_path, monkeypatch
):
    authority.cert_pem.write_to_path(str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    assert encrypted(f"{guarded.address}?sslmode=verify-full")
    assert encrypted(f"{guarded.address}?sslmode=verify-full&sslrootcert=system")
    with pytest.raises(LogError, match='weak sslmode "require" may not be used with sslrootcert=system'):
        encrypted(f"{guarded.address}?sslmode=require&sslrootcert=system")


def test_a_server_without_encryption_is_refused_where_it_is_required(postgresql):
    assert encrypted(f"{postgresql}?sslmode=prefer") is False
    with pytest.raises(LogError, match="server does not support SSL, but SSL was required"):
        encrypted(f"{postgresql}?sslmode=require")


@pytest.mark.parametrize("wish", ["channel_binding=prefer", "channel_binding=require", "ssl=true"])
def test_the_password_is_bound_to_the_encrypted_connection(guarded, wish):
    between = Eavesdropper(guarded.port, trustme.CA().issue_cert("localhost"))
    try:
        assert encrypted(f"{guarded.address}?{wish}")
        # Nobody proves the certificate: who reads along by one of their own is found out by the login alone.
        with pytest.raises(LogError, match="SCRAM channel binding check failed"):
            encrypted(f"{guarded.address.replace(str(guarded.port), str(between.port))}?{wish}&sslmode=require")
    finally:
        between.close()


def test_the_password_is_not_bound_where_the_address_does_not_want_it(guarded):
    between = Eavesdropper(guarded.port, trustme.CA().issue_cert("localhost"))
    try:
        assert encrypted(
            f"{guarded.address.replace(str(guarded.port), str(between.port))}?sslmode=require&channel_binding=disable"
        )
    finally:
        between.close()


def test_a_server_that_cannot_bind_the_password_is_refused_where_that_is_required(postgresql, authority):
    with pytest.raises(
        LogError, match=r"channel binding required, but server authenticated client without .*: somebody"
    ):
        encrypted(f"{postgresql}?channel_binding=require")
    open_to_all = PostgreSQL(certificate=authority.issue_cert("localhost"))  # which asks for no password
    open_to_all.start()
    try:
        assert encrypted(f"{open_to_all.address}?sslmode=require")
        with pytest.raises(LogError, match=r"without channel binding: .* write sslmode=verify-full in place"):
            encrypted(f"{open_to_all.address}?sslmode=require&channel_binding=require")
    finally:
        open_to_all.stop()
        shutil.rmtree(open_to_all.folder, ignore_errors=True)


@contextlib.contextmanager
def plugged(address):
    """The socket of a connection to the address."""
    driver = connector(understood(address))()
    with socket.socket(fileno=os.dup(driver.fileno())) as plug:
        yield plug
    driver.close()


def test_statements_leave_at_once(postgresql):
    with plugged(postgresql) as plug:
        assert plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_tcp_finds_out_that_the_server_has_gone_as_the_address_says(postgresql):
    with plugged(f"{postgresql}?keepalives=1&keepalives_idle=30&keepalives_count=0") as plug:
        assert plug.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        if hasattr(socket, "TCP_KEEPIDLE"):
            assert plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
    with plugged(f"{postgresql}?keepalives=0") as plug:
        assert plug.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0


@pytest.mark.parametrize(
    ("password", "words"),
    [
        (":wrong", "password authentication failed"),
        (":", "no password supplied: write user:password@"),
        ("", "no password supplied: write user:password@"),
    ],
)
def test_a_wrong_password_is_told(guarded, password, words):
    with pytest.raises(LogError, match=words):
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
        ("postgresql://teller@host/n?sslmode=safe", 'invalid sslmode value: "safe": correct it'),
        ("postgresql://teller@host/n?sslrootcert=" + __file__, "sslrootcert has no meaning with sslmode=prefer"),
        ("postgresql://teller@host/n?channel_binding=yes", 'invalid channel_binding value: "yes": correct it'),
        ("postgresql://teller@host/n?sslcrt=a&sslky=b", "has sslcrt, sslky behind its .*: take it out"),
        ("postgresql://teller@host/n?p:w/d=b", "has something behind its .*: take it out"),
        ("postgresql://teller@host/n?sslnegotiation=direct", 'weak sslmode "prefer" may not be used with sslnegotiat'),
        ("postgresql://teller@host/n?gssencmode=yes", 'invalid gssencmode value: "yes"'),
        (
            "postgresql://teller@host/n?client_encoding=latin1",
            "speaks UTF-8, .* take client_encoding=latin1 out",
        ),
        ("postgresql://teller@host/n?target_session_attrs=any-one", 'invalid target_session_attrs value: "any-one"'),
        ("postgresql://teller@host/n?ssl=safe", 'invalid sslmode value: "safe"'),
        ("postgresql://teller@host/n?ssl=safe&sslmode=require", 'invalid sslmode value: "safe"'),
        ("postgresql://teller@host/n?port=99999", 'invalid port number: "99999"'),
        ("postgresql://host/n", "names no user"),
        ("postgresql://teller:half@way@host/n", "more than one '@': .* write %40 for it"),
        ("postgresql://teller@/n?host=a,b", "more than one host, and the decision log connects to one"),
        ("postgresql://teller@host/n?sslmode=verify-full&sslmode=disable", "has sslmode more than once"),
        ("postgresql://teller@/n?host=/tmp&sslmode=safe", "invalid sslmode value"),
        ("host=localhost user=teller password=hush dbname=n", "not as name=value"),
        ("postgresql+odbc://teller@host/n", "write postgresql:// in DATABASE_URL, not"),
    ],
)
def test_what_an_address_says_in_vain_is_told(address, words):
    with pytest.raises(LogError, match=words):
        Log(address)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sslmode=verify-ca", "root certificate file .* does not exist: name a file of authorities in sslrootcert"),
        ("sslmode=verify-full&sslrootcert=/no/such", 'file "/no/such" does not exist: name a file of authorities in'),
        ("channel_binding=require&sslmode=disable", "channel binding required.*: .* write sslmode=verify-full"),
        ("gssencmode=require", "GSSAPI"),
        ("target_session_attrs=standby", "server is not in hot standby mode"),
        ("keepalives=yes", 'invalid integer value "yes" for connection option "keepalives"'),
        ("connect_timeout=soon", "bad value for connect_timeout: 'soon'"),
        ("keepalives_count=999", "TCP_KEEPCNT"),
    ],
)
def test_what_an_address_asks_for_in_vain_is_told_at_the_first_connection(guarded, query, words):
    with pytest.raises(LogError, match=words) as caught:
        encrypted(f"{guarded.address}?{query}")
    assert "\n" not in str(caught.value)


def test_a_password_of_odd_characters_is_sent_as_it_is(guarded):
    address = f"postgresql://teller:p%F0%9F%98%80w%F0%9F%AB%A0@localhost:{guarded.port}/postgres"
    with pytest.raises(LogError, match="password authentication failed"):
        encrypted(address)


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example"])
def test_what_is_no_name_of_a_host_is_told(host):
    with pytest.raises(LogError, match="failed to resolve host"):
        encrypted(f"postgresql://teller@{host}/n")


def test_no_part_of_an_address_is_shown_but_user_host_and_name():
    shown = [
        named(understood(address))
        for address in (
            "postgresql://teller:hush@host/n?password=hush",
            "jdbc:postgresql://host:5/n?user=teller&password=hush",
        )
    ]
    shown[1:] = [*shown[1:], named(make_url("postgresql+psycopg://teller:half@hush@host:5/n"))]
    assert shown == ["postgresql+psycopg://teller:***@host/n", *2 * ["postgresql+psycopg://teller:***@host:5/n"]]
