"""A small model with a calibration, and a bundle of it whose files a test may change."""

import json

import numpy as np
from lightgbm import LGBMClassifier

from credit.model.manifest import sha256

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "NAME_CONTRACT_TYPE_Cash loans"]


MANIFEST = {"data": {"simulated": True, "clients": 400}, "model": {"name": "LightGBM"}}


def some_clients(n=400, seed=3):
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, len(COLUMNS)))
    y = (generator.random(n) < 1 / (1 + np.exp(1.5 - X[:, 1]))).astype(int)
    X[generator.random(X.shape) < 0.2] = np.nan
    return X, y


def boosted(**settings):
    return LGBMClassifier(n_estimators=20, num_leaves=5, min_child_samples=5, verbose=-1, n_jobs=1, **settings).fit(
        *some_clients()
    )


def sign(folder):
    """Make the manifest agree with the files, as if they had been exported so."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] = {name: sha256(folder / name) for name in manifest["files"]}
    path.write_text(json.dumps(manifest))


def change(folder, section, name, value):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    if section:
        manifest[section][name] = value
    else:
        manifest[name] = value
    path.write_text(json.dumps(manifest))
