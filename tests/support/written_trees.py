"""Models whose trees are written down, with columns that need quoting, and clients who meet all sides of the splits."""

import numpy as np
from lightgbm import LGBMClassifier

from credit.model import load_bundle, save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.scorecard.tree_nodes import boosted_trees, splits
from credit.training.served_precision import for_service

COLUMNS = [
    "AMT_CREDIT",
    "AMT_ANNUITY",
    "AMT_GOODS_PRICE",
    "NAME_CONTRACT_TYPE_Revolving_loans",
    "EXT_SOURCE_2",
    "odd n° / €",
    "group`by; --",
    "select",
]

MANIFEST = {
    "data": {"simulated": True},
    "model": {"name": "LightGBM"},
    "costs": {"margin": 0.19, "loss_given_default": 0.9},
    "review": {"cost": 9000.0, "skill": 0.5, "capacity": None},
    "points": {"points": 600.0, "odds": 50.0, "double": 20.0},
}


def save(folder, leaves, manifest=MANIFEST):
    """A bundle of 60 trees of so many leaves on `COLUMNS`, with gaps and zeros in the training."""
    rng = np.random.default_rng(3)
    n = 3000
    x = rng.normal(size=(n, len(COLUMNS)))
    x[:, :3] = rng.uniform(2e4, 1e6, (n, 3))
    x[:, 3] = rng.integers(0, 2, n)
    x[:, 7] = rng.integers(-2, 3, n)  # zero is a value of its own, and splits lie beside it
    x[:, 4:][rng.random((n, 4)) < 0.2] = np.nan
    odds = (
        np.nan_to_num(x[:, 4], nan=0.4)
        - np.abs(np.nan_to_num(x[:, 5]))
        + np.nan_to_num(x[:, 7], nan=-1)
        - np.nan_to_num(x[:, 6])
    )
    y = (rng.random(n) < 1 / (1 + np.exp(1.5 - odds))).astype(int)
    made = LGBMClassifier(n_estimators=60, num_leaves=leaves, learning_rate=0.2, verbose=-1, n_jobs=1).fit(x, y)
    return save_bundle(folder, for_service(Calibrated(made, Calibration(0.9, -0.1))), COLUMNS, 0.16, manifest)


def clients_of(folder, n=10_000, seed=0):
    """The model in ``folder`` and ``n`` clients (n, columns): on splits, right above them, gaps, -0.0, anything."""
    model = load_bundle(folder)
    rng = np.random.default_rng(seed)
    ends = {}
    for tree in boosted_trees(model).trees:
        for split in splits(tree):
            if np.isfinite(split.threshold):
                ends.setdefault(split.column, []).append(split.threshold)
    x = np.empty((n, len(model.columns)))
    for name, place in model.index.items():
        on = rng.choice(np.array(ends.get(name, [0.0, 1.0])), n)
        kind = rng.integers(0, 8, n)
        far = on * rng.normal(size=n) + rng.normal(size=n)
        x[:, place] = np.select(
            [kind <= 1, kind == 2, kind == 3, kind == 4],
            [np.nan, -0.0, on, np.nextafter(on, np.inf)],
            far,
        )
    for name in ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"):
        amounts = rng.uniform(1e4, 2e6, n)
        x[:, model.index[name]] = np.where(rng.random(n) < 0.03, np.nan, amounts)
    return model, x
