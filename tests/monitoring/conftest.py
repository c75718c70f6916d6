"""Clients of the small simulated bank as a model reads them, and a service that has a profile of its own clients."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from support.applicants import made
from support.watched import COLUMNS, MANIFEST, clients

from credit.model import save_bundle
from credit.monitoring import Profile
from credit.web.application import create_app


@pytest.fixture(scope="session")
def bank_features(bank):
    return made(bank)


@pytest.fixture(scope="session")
def fitted():
    X = clients(2000, 5)
    y = np.random.default_rng(6).random(2000) < 1 / (1 + np.exp(2 + (10 * X[:, 1] - 5)))
    return LGBMClassifier(n_estimators=20, num_leaves=4, verbose=-1, n_jobs=1).fit(X, y.astype(int))


@pytest.fixture(scope="session")
def bundle(fitted, tmp_path_factory):
    p = fitted.predict_proba(clients(2000, 7))[:, 1]
    made = Profile.of(COLUMNS, clients(4000, 8), p).written()
    return save_bundle(tmp_path_factory.mktemp("drift") / "bundle", fitted, COLUMNS, 0.16, MANIFEST, profile=made)


@pytest.fixture
def client(bundle, tmp_path):
    made = create_app(bundle, database=tmp_path / "decisions.db", log_requests=False)
    made.extensions["service"].watch._every = 0
    return made.test_client()
