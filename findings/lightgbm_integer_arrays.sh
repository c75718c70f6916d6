#!/usr/bin/env bash
# LightGBM 4.7.0: a NumPy array of whole numbers is rounded to float32, in training and in prediction.
#
# Behaviour. Features are documented as doubles, and arrays of float64 are taken as they are. An array of another type
# than float32 and float64, such as int64, is converted to float32, of which whole numbers beyond 2**24 = 16,777,216 are
# rounded: keys, amounts in cents, seconds since 1970. So a model gives two answers for the same numbers, one if they
# come as int64 and one as float64; lists of Python's int and arrays of objects are rounded, too. A pandas frame or an
# Arrow table of int64 columns is not: it becomes float64. Nothing is warned.
# Source. _np2d_to_array and its like in python-package/lightgbm/basic.py keep float32 and float64 and convert all else
# to float32: https://github.com/microsoft/LightGBM/blob/master/python-package/lightgbm/basic.py
#
# Output seen: "right answers: float64 100 %, int64 50 %, list 50 %, pandas int64 100 %", "taught on int64: 50 %, taught
# on pandas int64: 100 %". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    lightgbm==4.7.0 numpy==2.4.6 scipy==1.17.1 pandas==3.0.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import lightgbm
import numpy as np
import pandas as pd

x = (2**24 + np.arange(400, dtype=np.int64)).reshape(-1, 1)
y = np.arange(400) % 2  # odd or even: every whole number counts
settings = {"objective": "binary", "num_leaves": 400, "max_bin": 1000, "min_data_in_leaf": 1, "min_data_in_bin": 1}
settings |= {"verbose": -1, "num_threads": 1}


def taught(data):
    return lightgbm.train(settings, lightgbm.Dataset(data, y), 50)


def right(model, data):
    return float(np.mean((model.predict(data) > 0.5) == y))


exact = x.astype(np.float64)
model = taught(exact)
asked = {"float64": exact, "int64": x, "list": x.tolist(), "pandas int64": pd.DataFrame(x)}
found = {name: right(model, data) for name, data in asked.items()}
rounded, whole = right(taught(x), exact), right(taught(pd.DataFrame(x)), exact)
print(f"LightGBM {lightgbm.__version__}, NumPy {np.__version__}, pandas {pd.__version__}")
print("right answers: " + ", ".join(f"{name} {share:.0%}" for name, share in found.items()))
print(f"taught on int64: {rounded:.0%}, taught on pandas int64: {whole:.0%}")
good = found["float64"] == found["pandas int64"] == whole == 1
sys.exit(0 if good and max(found["int64"], found["list"], rounded) < 0.8 else "the behaviour has changed")
PYTHON
