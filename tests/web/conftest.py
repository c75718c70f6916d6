"""A small LightGBM model with everything that a manifest may say, and a client of its service."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier

from credit.model import save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.web.application import create_app

COLUMNS = ["CODE_GENDER", "AMT_CREDIT", "EXT_SOURCE_2", "DAYS_BIRTH", "BUREAU_DAYS_CREDIT_MAX"]
MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "Small"},
    "review": {"cost": 15_000.0, "skill": 0.5, "capacity": None},
    "points": {"points": 600.0, "odds": 50.0, "double": 20.0},
    "costs": {"margin": 0.19, "loss_given_default": 0.5},
    "features": {"contribution": {"EXT_SOURCE_2": 0.75}},
    "unknown": {
        "columns": ["DAYS_BIRTH", "CODE_GENDER"],
        "spreads": [
            {"part": "external_scores", "known": [], "spread": [1.0] * 5},
            {"part": "external_scores", "known": ["application"], "spread": [0.8] * 5},
            {"part": "application", "known": [], "spread": [0.4] * 5, "half": [0.3] * 5},
            {"part": "application", "known": ["external_scores"], "spread": [0.4] * 5, "half": [0.3] * 5},
        ],
    },
}
CARD = "# Model card: Small\n"


@pytest.fixture(scope="session")
def fitted():
    generator = np.random.default_rng(5)
    X = generator.normal(size=(400, len(COLUMNS)))
    defaulted = generator.random(400) < 1 / (1 + np.exp(2 * X[:, 2] + 2 - X[:, 0]))
    X[:, 2] = (X[:, 2] + 5) / 10  # a score from 0 to 1
    trees = LGBMClassifier(n_estimators=60, num_leaves=4, verbose=-1, n_jobs=1).fit(X, defaulted.astype(int))
    return Calibrated(trees, Calibration(0.9, -0.1))


@pytest.fixture(scope="session")
def bundle(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("api") / "bundle"
    return save_bundle(folder, fitted, COLUMNS, 0.16, MANIFEST, pages=lambda _: {"MODEL_CARD.md": CARD})


@pytest.fixture
def client(bundle, tmp_path):
    return create_app(bundle, database=tmp_path / "decisions.db").test_client()


@pytest.fixture
def bare(fitted, tmp_path):
    """A service whose manifest says no more than it must, without a log."""
    few = {"data": {"simulated": True}, "model": {"name": "Bare"}}
    folder = save_bundle(tmp_path / "bare", fitted, COLUMNS, 0.16, few)
    return create_app(folder, database=None).test_client()


class Constant:
    """Not a LightGBM model: everybody defaults with the same probability."""

    classes_ = np.array([0, 1])
    n_features_in_ = len(COLUMNS)

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


@pytest.fixture
def other_make(tmp_path):
    return create_app(save_bundle(tmp_path / "other", Constant(), COLUMNS, 0.16, MANIFEST), database=None).test_client()
