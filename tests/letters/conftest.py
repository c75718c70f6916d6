"""A log of refused, referred and accepted clients, by the model and by a rule of the bank."""

import pytest
from support import letters

from credit.decision_log import Log


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    return letters.bundle(tmp_path_factory.mktemp("letters") / "bundle")


@pytest.fixture
def service(bundle, tmp_path):
    return letters.deciding(bundle, tmp_path)


@pytest.fixture
def log(service, tmp_path):
    found = Log(tmp_path / "decisions.db")
    yield found
    found.close()


@pytest.fixture
def by_model(service):
    return letters.numbers(service.scores, "refuse")


@pytest.fixture
def by_rule(service):
    return letters.numbers(service.scores, "refuse", "of_age")
