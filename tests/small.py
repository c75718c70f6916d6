"""A small model for tests that start a server."""

import hashlib

import numpy as np
from lightgbm import LGBMClassifier

from credit import scorer
from credit.calibration import Calibrated, Calibration

COLUMNS = ["CODE_GENDER", "AMT_CREDIT", "EXT_SOURCE_2"]
MANIFEST = {"data": {"simulated": True}, "model": {"name": "LightGBM"}}


def bundle(folder):
    """Three features, ten trees, a threshold of 0.16, in ``folder``."""
    generator = np.random.default_rng(5)
    X = generator.normal(size=(300, 3))
    y = (generator.random(300) < 1 / (1 + np.exp(X[:, 2]))).astype(int)
    fitted = LGBMClassifier(n_estimators=10, num_leaves=4, verbose=-1, n_jobs=1).fit(X, y)
    return scorer.save(folder, Calibrated(fitted, Calibration(0.9, -0.1)), COLUMNS, 0.16, MANIFEST)


def digest(key):
    """What API_KEYS holds of a key."""
    return hashlib.sha256(key.encode()).hexdigest()
