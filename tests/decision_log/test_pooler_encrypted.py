"""Addresses as hosts of managed PostgreSQL hand them out: a pooler by its own name, TLS, a password, a CA."""

import shutil

import pytest
import trustme
from support.logged import PgBouncer, PostgreSQL, decision

from credit.decision_log import Log, LogError
from credit.decision_log.audit import verify

PASSWORD = "s3cret"
NAME = "ep-cool-rain-a1b2c3-pooler.example.com"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def pooler(authority):
    """A pooler in transaction mode that is known by ``NAME`` and takes encrypted connections with a password alone."""
    server = PostgreSQL(PASSWORD)
    server.start()
    found = PgBouncer(server, password=PASSWORD, certificate=authority.issue_cert(NAME))
    yield found
    found.stop()
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def address(pooler, authority, tmp_path):
    """The pooler's address with options behind it; the name is looked up nowhere."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def written(scheme="postgresql", **options):
        found = "".join(f"&{name}={value}" for name, value in {"sslrootcert": tmp_path / "ca.pem", **options}.items())
        return f"{scheme}://teller:{PASSWORD}@{NAME}:{pooler.port}/postgres?hostaddr=127.0.0.1{found}"

    return written


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_pooler_whose_certificate_is_proven_keeps_the_log(address, scheme):
    log = Log(address(scheme, sslmode="verify-full"))
    try:
        first = log.record([decision(1)])
        assert log.record([decision(2), decision(3)]) == [first[0] + 1, first[0] + 2]
        assert verify(log).whole
    finally:
        log.close()


def test_a_pooler_of_another_authority_is_refused(address, tmp_path):
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    log = Log(address(sslmode="verify-full", sslrootcert=tmp_path / "other.pem"))
    with pytest.raises(LogError, match="certificate verify failed"):
        log.record([decision(1)])
    log.close()


def test_a_pooler_that_cannot_bind_the_login_says_what_to_write_in_place_of_that(address):
    """PgBouncer binds no login to its connection; Neon's own pooler does, and takes the address as it is."""
    log = Log(address(sslmode="require", channel_binding="require"))
    with pytest.raises(LogError, match=r"channel binding.*write sslmode=verify-full in place of channel_binding=req"):
        log.record([decision(1)])
    log.close()


def test_a_connection_without_encryption_is_not_taken(address):
    log = Log(address(sslmode="disable", sslrootcert=""))
    with pytest.raises(LogError, match="SSL required"):
        log.record([decision(1)])
    log.close()
