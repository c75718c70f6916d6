"""How much each step of the ladder tells of a simulated bank: application table, recipe, features beyond, the truth.

    python benchmarks/ladder.py                     # 80,000 clients to learn from, 20,000 to judge: some ten minutes
    python benchmarks/ladder.py --clients 20000     # a fifth of it, for a first look

One LightGBM with the same settings learns from each set of columns. AUCs are expected ones: by the true probabilities
of the judged clients, of which the drawn defaults are one sample; the drawn ones are printed beside them. The ranges
are what the same steps reach on the real data.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from lightgbm import LGBMClassifier
from sklearn.metrics import roc_auc_score

from credit import features
from credit.simulate import simulate
from credit.simulate.comparison import soft_auc
from credit.tables import HISTORIES, read

#: Step -> its columns and the AUC it should have; the last is measured against the recipe.
APPLICATION = tuple(one.name for one in features.FEATURES if one.table == "application")
STEPS = {
    "application table alone": (APPLICATION, (0.745, 0.765)),
    "recipe": (features.RECIPE, (0.78, 0.80)),
    "recipe and beyond": ((*features.RECIPE, *features.EXTRA), None),
}
TRUTH = (0.81, 0.83)
GAIN = 0.006


def main() -> int:
    """Print the ladder; 1 where a step is out of range."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        bank = simulate(Path(temporary) / "bank", options.clients, options.seed, test_clients=1)
        tables = read(bank, ("application_train", *HISTORIES))
        columns = STEPS["recipe and beyond"][0]
        made = features.build(tables, columns=columns).collect(engine="streaming").sort("SK_ID_CURR")
        known = made.select("SK_ID_CURR").join(pl.read_parquet(bank / "truth.parquet"), on="SK_ID_CURR", how="left")
    truth, y = known["PROBABILITY_OF_DEFAULT"].to_numpy(), known["TARGET"].to_numpy()
    learn = np.arange(len(y)) < 0.8 * len(y)
    fits = True
    found: dict[str, float] = {}
    print(f"{learn.sum():,} clients to learn from, {(~learn).sum():,} to judge, seed {options.seed}")
    print(f"{'':26} {'columns':>7} {'AUC':>7} {'drawn':>7} {'wanted':>15} {'seconds':>8}")
    for name, (chosen, wanted) in STEPS.items():
        began = time.perf_counter()
        x = made.select(pl.col(chosen).cast(pl.Float32).fill_null(float("nan"))).to_numpy()
        p = learner(options.seed).fit(x[learn], y[learn]).predict_proba(x[~learn])[:, 1]
        found[name] = soft_auc(p, truth[~learn])
        low, high = wanted or (found["recipe"] + GAIN, 1.0)
        fits &= low <= found[name] <= high
        told(name, len(chosen), found[name], roc_auc_score(y[~learn], p), low, high, time.perf_counter() - began)
    best = soft_auc(truth[~learn], truth[~learn])
    fits &= TRUTH[0] <= best <= TRUTH[1]
    told("the true probability", 1, best, roc_auc_score(y[~learn], truth[~learn]), *TRUTH, 0.0)
    return 0 if fits else 1


def learner(seed: int) -> LGBMClassifier:
    """Few leaves, few columns a split and a strong L2: what suits wide tables of correlated columns."""
    return LGBMClassifier(
        n_estimators=800,
        learning_rate=0.04,
        num_leaves=16,
        colsample_bytree=0.1,
        min_child_samples=100,
        reg_lambda=50.0,
        random_state=seed,
        n_jobs=2,
        verbose=-1,
    )


def told(name: str, columns: int, auc: float, drawn: float, low: float, high: float, seconds: float) -> None:
    """One line of the table."""
    mark = "" if low <= auc <= high else "  OUT OF RANGE"
    print(f"{name:26} {columns:7} {auc:7.4f} {drawn:7.4f} {low:7.4f}-{high:.4f} {seconds:8.0f}{mark}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
