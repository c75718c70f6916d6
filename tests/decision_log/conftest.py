"""An empty log in each of the databases."""

import shutil

import pytest
from support.logged import PgBouncer, PostgreSQL, emptied

from credit.decision_log import Log


@pytest.fixture(scope="session")
def postgresql_server():
    server = PostgreSQL()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def postgresql(postgresql_server):
    """The address of a PostgreSQL server with an empty database."""
    log = Log(postgresql_server.address)
    emptied(log).close()
    return postgresql_server.address


@pytest.fixture
def pooler(postgresql, postgresql_server):
    """A pooler in transaction mode in front of an empty database."""
    found = PgBouncer(postgresql_server)
    yield found
    found.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request, tmp_path):
    """An empty log, in each of the databases."""
    file = tmp_path / "decisions.db"
    log = Log(file if request.param == "sqlite" else request.getfixturevalue("postgresql"))
    yield log
    log.close()
