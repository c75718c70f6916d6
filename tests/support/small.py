"""Small models: of a server that a test starts, and of tests to which a model's answers are given."""

import hashlib

import numpy as np
from lightgbm import LGBMClassifier

from credit.model import save_bundle
from credit.model.calibration import Calibrated, Calibration

COLUMNS = ["CODE_GENDER", "AMT_CREDIT", "EXT_SOURCE_2"]
MANIFEST = {"data": {"simulated": True}, "model": {"name": "LightGBM"}}


def bundle(folder):
    """Three features, ten trees, a threshold of 0.16, in ``folder``."""
    generator = np.random.default_rng(5)
    X = generator.normal(size=(300, 3))
    y = (generator.random(300) < 1 / (1 + np.exp(X[:, 2]))).astype(int)
    fitted = LGBMClassifier(n_estimators=10, num_leaves=4, verbose=-1, n_jobs=1).fit(X, y)
    return save_bundle(folder, Calibrated(fitted, Calibration(0.9, -0.1)), COLUMNS, 0.16, MANIFEST)


class Says:
    """Answers with one of its columns: a probability that somebody wrote down."""

    classes_ = np.array([0, 1])

    def __init__(self, position):
        self.position = position

    def predict_proba(self, x):
        p = np.nan_to_num(x[:, self.position], nan=0.5)
        return np.column_stack([1 - p, p])


def digest(key):
    """What API_KEYS holds of a key."""
    return hashlib.sha256(key.encode()).hexdigest()
