"""Two small models, made once."""

import pytest
from support.written_trees import save


@pytest.fixture(scope="session")
def additive(tmp_path_factory):
    """The folder of an additive model."""
    return save(tmp_path_factory.mktemp("additive") / "bundle", 2)


@pytest.fixture(scope="session")
def trees_of_five(tmp_path_factory):
    """The folder of a model of trees with five leaves."""
    return save(tmp_path_factory.mktemp("five") / "bundle", 5)
