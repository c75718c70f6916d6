#!/usr/bin/env bash
# LightGBM 4.7.0: a forced split sends every gap to the left, whatever the data say.
#
# Behaviour. A split that LightGBM finds by itself tries gaps (NaN) on both sides, and sends them where they fit. A
# split at the same place that a file of forced splits asks for sends them left, though they are like the rows on the
# right: default_left is true in either case. Of a tree of two leaves the clients with a gap get the prediction of the
# wrong side, and the left leaf is drawn towards them; a larger tree has to spend its next splits on mending it. The
# format of the file has no word for gaps. Nothing is warned.
# Source. GatherInfoForThreshold in src/treelearner/feature_histogram.hpp:
# https://github.com/microsoft/LightGBM/pull/1809 (gaps in forced splits); the format of the file:
# forcedsplits_filename in https://lightgbm.readthedocs.io/en/stable/Parameters.html
#
# Output seen: "gaps like the right: free split [0.0, 2.0, 2.0], forced [0.36, 2.0, 0.36]; gaps like the left: free
# split [0.0, 2.0, 0.0], forced [0.0, 2.0, 0.0]" (the predictions of 0.2, 0.8 and a gap). Exits with 1 where that is
# no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from pathlib import Path

import lightgbm
import numpy as np

generator = np.random.default_rng(0)
rows, gaps = 4_000, slice(0, 400)
x = generator.uniform(size=(rows, 1))
y = 2.0 * (x[:, 0] > 0.5) + 0.1 * generator.normal(size=rows)
x[gaps] = np.nan
Path("forced.json").write_text(json.dumps({"feature": 0, "threshold": 0.5}))
settings = {"objective": "regression", "num_leaves": 2, "learning_rate": 1.0, "verbose": -1, "num_threads": 1}


def predicted(labels, **more):
    """The one threshold of a tree, and its predictions of 0.2, 0.8 and a gap."""
    model = lightgbm.train({**settings, **more}, lightgbm.Dataset(x, labels), 1)
    threshold = model.dump_model()["tree_info"][0]["tree_structure"]["threshold"]
    assert 0.49 < threshold < 0.51, threshold
    return (model.predict([[0.2], [0.8], [np.nan]]).round(2) + 0.0).tolist()


print(f"LightGBM {lightgbm.__version__}, NumPy {np.__version__}")
found = {}
for side, value in (("right", 2.0), ("left", 0.0)):
    y[gaps] = value
    found[side] = predicted(y), predicted(y, forcedsplits_filename="forced.json")
print("; ".join(f"gaps like the {side}: free split {free}, forced {forced}" for side, (free, forced) in found.items()))
right, left = found["right"], found["left"]
like_right = right[0] == [0.0, 2.0, 2.0] and right[1][2] == right[1][0] > 0.3
as_described = like_right and left[0] == left[1] == [0.0, 2.0, 0.0]
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
