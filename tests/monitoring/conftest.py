"""Clients of the small simulated bank as a model reads them."""

import pytest
from support.applicants import made


@pytest.fixture(scope="session")
def bank_features(bank):
    return made(bank)
