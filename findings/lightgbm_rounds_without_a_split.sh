#!/usr/bin/env bash
# LightGBM 4.7.0: a round in which no tree can split adds no tree, but counts as a round for early stopping.
#
# Behaviour. With feature_fraction below 1 a round may be offered columns of which none can split. It then leaves no
# tree behind, and lightgbm.train goes on with the next round: 100 rounds may give 50 trees, without a word. The
# early_stopping callback counts rounds. So best_iteration may lie beyond the trees that there were at the best round,
# and predict() and save_model(), which take it for a number of trees, include trees that came after it: their loss is
# not best_score. Who wants the model of the best round has to ask num_trees() in a callback.
# Source. GBDT::TrainOneIter returns true and drops the round's trees (src/boosting/gbdt.cpp); lightgbm.train does not
# look at what Booster.update returns (python-package/lightgbm/engine.py): https://github.com/microsoft/LightGBM
#
# Output seen: "100 rounds, 50 trees", "best_iteration 19, trees at that round 10", and a loss of predict() that is not
# best_score. Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.3 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import lightgbm
import numpy as np

generator = np.random.default_rng(0)
x = generator.normal(size=(600, 2))
x[:, 1] = np.arange(600) < 3  # three rows alone differ: no leaf may be so small
y = 0.5 * (x[:, 0] > 0) + generator.normal(size=600)
learn, judge = slice(0, 300), slice(300, 600)
settings = {"objective": "regression", "metric": "l2", "feature_fraction": 0.5, "min_data_in_leaf": 5, "seed": 1}
settings |= {"num_leaves": 4, "verbose": -1, "num_threads": 1}


def data():
    held = lightgbm.Dataset(x[learn], y[learn], params={"feature_pre_filter": False, "verbose": -1})
    return held, lightgbm.Dataset(x[judge], y[judge], reference=held, params={"feature_pre_filter": False})


held, _ = data()
plain = lightgbm.train(settings, held, 100)
print(f"LightGBM {lightgbm.__version__}: 100 rounds, {plain.num_trees()} trees")

held, judges = data()
trees = []
stopped = lightgbm.train(
    settings,
    held,
    100,
    valid_sets=[judges],
    callbacks=[lambda now: trees.append(now.model.num_trees()), lightgbm.early_stopping(20, verbose=False)],
    keep_training_booster=True,
)
best = stopped.best_iteration
then = trees[best - 1]
print(f"best_iteration {best}, trees at that round {then}")
told = stopped.best_score["valid_0"]["l2"]
losses = [float(np.mean((y[judge] - stopped.predict(x[judge], num_iteration=count)) ** 2)) for count in (best, then)]
print(f"best_score {told:.6f}; loss of predict() {losses[0]:.6f}, with the trees of that round {losses[1]:.6f}")
as_described = plain.num_trees() < 100 and then < best and abs(losses[0] - told) > 1e-6 > abs(losses[1] - told)
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
