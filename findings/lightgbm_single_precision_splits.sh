#!/usr/bin/env bash
# LightGBM 4.7.0: a model taught on float32 answers some clients otherwise when it is asked in float64.
#
# Behaviour. LightGBM widens float32 data to double before it cuts bins, and a split lies half way between two
# neighbouring values. That middle is often a float32 number itself. A value a little above it is on the left in
# training, because rounding to float32 brings it onto the split, and on the right when the same value comes as double.
# Only what lies within half a spacing of a split moves, but a model has thousands of splits. predict() takes both
# types and says nothing. The same model gives the same leaf for both if each split t is moved to the largest double
# that rounds to a float32 of at most t: rounding to the nearest keeps the order, so there always is one.
# Source. Bounds of bins are middles of two doubles (BinMapper::FindBin in src/io/bin.cpp), and a tree compares doubles
# (Tree::NumericalDecision in include/LightGBM/tree.h): https://github.com/microsoft/LightGBM
#
# Output seen: "20 of 20000 clients in another leaf of some tree, 0 with moved splits".
# Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.3 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import re
import sys

import lightgbm
import numpy as np

generator = np.random.default_rng(3)
x = generator.uniform(8_000_000, 8_020_000, size=(20_300, 4))  # sums of money, with fractions
y = ((x[:, 0] - x[:, 2]) / 5_000 + generator.normal(size=len(x)) > 0).astype(int)
learn, ask = slice(0, 300), slice(300, None)
settings = {"objective": "binary", "num_leaves": 15, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1}
model = lightgbm.train(settings, lightgbm.Dataset(x[learn].astype(np.float32), y[learn]), 500)


def moved(line):
    found = []
    for text in line[1].split():
        threshold = float(text)
        below = np.float32(threshold)
        below = np.nextafter(below, np.float32(-np.inf)) if float(below) > threshold else below
        middle = (float(below) + float(np.nextafter(below, np.float32(np.inf)))) / 2
        found.append(middle if np.float32(middle) == below else np.nextafter(middle, -np.inf))
    return "threshold=" + " ".join(f"{one:.17g}" for one in found)


head, *trees = re.split(r"(?=^Tree=\d+$)", model.model_to_string(), flags=re.MULTILINE)
*trees, last = trees
last, end, tail = last.partition("end of trees")
trees = [re.sub(r"^threshold=(.*)$", moved, tree, flags=re.MULTILINE) for tree in [*trees, last]]
sizes = " ".join(str(len(tree)) for tree in trees)
head = re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", head, flags=re.MULTILINE)
other = lightgbm.Booster(model_str="".join([head, *trees, end, tail]))

single = model.predict(x[ask].astype(np.float32), pred_leaf=True)
before, after = (int((one.predict(x[ask], pred_leaf=True) != single).any(axis=1).sum()) for one in (model, other))
print(f"LightGBM {lightgbm.__version__}: {before} of {len(single)} clients in another leaf of some tree, ", end="")
print(f"{after} with moved splits")
sys.exit(0 if before > 0 and after == 0 else "the behaviour has changed")
PYTHON
