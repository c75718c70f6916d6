"""What Heroku makes of the repository: its files without those of .slugignore, and Python with what serving needs."""

import shutil
import sys

import pytest
from support.shipped import ROOT, Slug

sys.path.insert(0, str(ROOT / "tests" / "decisions"))
from support.logged import PostgreSQL


@pytest.fixture(scope="session")
def slug(tmp_path_factory):
    """The app as a platform would start it; tests leave its folder as it is."""
    return Slug(tmp_path_factory.mktemp("slug"))


@pytest.fixture(scope="module")
def database():
    """The address of an empty PostgreSQL database, as Heroku writes it: postgres://."""
    server = PostgreSQL()
    server.start()
    yield server.address
    server.stop()
    shutil.rmtree(server.folder, ignore_errors=True)
