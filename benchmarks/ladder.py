"""How much each step of the ladder tells of a simulated bank: application table, recipe, features beyond, the truth.

    python benchmarks/ladder.py                              # 100,000 clients, five folds: some half an hour
    python benchmarks/ladder.py --clients 20000 --folds 1    # for a first look

One LightGBM with the same settings learns from each set of columns, on the same folds. AUCs are expected ones: by the
true probabilities of the judged clients, of which the drawn defaults are one sample; the drawn ones are printed beside
them. The ranges
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
from credit.simulate.validation import soft_auc
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
FOLDS = 5


def main() -> int:
    """Print the ladder; 1 where a step is out of range."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folds", type=int, default=FOLDS, choices=range(1, FOLDS + 1), help="how many to judge")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        bank = simulate(Path(temporary) / "bank", options.clients, options.seed, test_clients=1)
        tables = read(bank, ("application_train", *HISTORIES))
        columns = STEPS["recipe and beyond"][0]
        made = features.build(tables, columns=columns).collect(engine="streaming").sort("SK_ID_CURR")
        known = made.select("SK_ID_CURR").join(pl.read_parquet(bank / "truth.parquet"), on="SK_ID_CURR", how="left")
    truth, y = known["PROBABILITY_OF_DEFAULT"].to_numpy(), known["TARGET"].to_numpy()
    fold = np.random.default_rng(options.seed).permutation(len(y)) % FOLDS
    fits = True
    found: dict[str, np.ndarray] = {}
    print(
        f"{len(y):,} clients, seed {options.seed}; AUC by true probabilities, mean of {options.folds} of {FOLDS} folds"
    )
    print(f"{'':26} {'columns':>7} {'AUC':>7} {'drawn':>7} {'wanted':>15} {'seconds':>8}")
    for name, (chosen, wanted) in STEPS.items():
        began = time.perf_counter()
        x = made.select(pl.col(chosen).cast(pl.Float32).fill_null(float("nan"))).to_numpy()
        aucs = []
        for number in range(options.folds):
            learn, judge = fold != number, fold == number
            p = learner(options.seed).fit(x[learn], y[learn]).predict_proba(x[judge])[:, 1]
            aucs.append((soft_auc(p, truth[judge]), roc_auc_score(y[judge], p)))
        found[name] = np.array(aucs)
        mean, drawn = found[name].mean(axis=0)
        low, high = wanted or (found["recipe"][:, 0].mean() + GAIN, 1.0)
        fits &= low <= mean <= high
        told(name, len(chosen), mean, drawn, low, high, time.perf_counter() - began)
    best = soft_auc(truth, truth)
    fits &= TRUTH[0] <= best <= TRUTH[1]
    told("the true probability", 1, best, roc_auc_score(y, truth), *TRUTH, 0.0)
    gained = found["recipe and beyond"] - found["recipe"]
    for kind, gain in zip(("by true probabilities", "drawn"), gained.T, strict=True):
        error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else float("nan")
        each = ", ".join(f"{one:+.4f}" for one in gain)
        print(f"beyond the recipe, paired, AUC {kind}: {gain.mean():+.4f}, standard error {error:.4f} ({each})")
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
