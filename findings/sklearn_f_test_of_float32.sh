#!/usr/bin/env bash
# scikit-learn 1.9.1: f_classif() of a float32 table finds that chance is significant.
#
# Behaviour. A column holds one of two amounts, drawn by chance, and the classes are drawn by chance, too. For two
# million rows of float64 f_classif() says F = 0.84, p = 0.36. For the same rows as float32, which hold both amounts
# exactly, it says F = 42.7, p = 6e-11; for another column of chance p = 0.034 in place of 0.22. It adds up the values
# of a class and their squares row by row in float32, where a large sum takes in ever less of what is added, and
# subtracts such sums. Nothing is raised. It is the default of SelectKBest, SelectFpr and SelectFdr, which keep the
# amount. f_regression() of the same float32 rows says 0.84; f_classif(x.astype(float), y) is right.
# Source. f_oneway in sklearn/feature_selection/_univariate_selection.py:
# https://github.com/scikit-learn/scikit-learn; StandardScaler had the like and adds up in float64 since:
# https://github.com/scikit-learn/scikit-learn/issues/12333
#
# Output seen: "the amount: F 0.84, p 0.36 in float64; F 42.70, p 6e-11 in float32; f_regression in float32 0.84; kept
# by SelectFpr: True", "the age: F 1.21 in float64, 2.12 in float32; the rate: F 1.52 in float64, 4.50 in float32, p
# 0.034". Exits with 1 where the amount is not significant in float32.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import sklearn
from sklearn.feature_selection import SelectFpr, f_classif, f_regression

rows = 2_000_000
generator = np.random.default_rng(0)
amount, age = generator.choice([270_000.0, 450_000.0], rows), generator.integers(20, 70, rows)
y = (generator.random(rows) < 0.1).astype(int)
exact = np.column_stack([amount, age, generator.choice([1.5, 2.5, 4.25], rows)])
single = exact.astype(np.float32)
assert (single == exact).all()  # float32 holds every value exactly

(f64, p64), (f32, p32) = f_classif(exact, y), f_classif(single, y)
of_regression = f_regression(single, y)[0]
kept = SelectFpr(alpha=0.001).fit(single, y).get_support()
print(f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}")
print(f"the amount: F {f64[0]:.2f}, p {p64[0]:.2f} in float64; F {f32[0]:.2f}, p {p32[0]:.0e} in float32; ", end="")
print(f"f_regression in float32 {of_regression[0]:.2f}; kept by SelectFpr: {kept[0]}")
print(f"the age: F {f64[1]:.2f} in float64, {f32[1]:.2f} in float32; ", end="")
print(f"the rate: F {f64[2]:.2f} in float64, {f32[2]:.2f} in float32, p {p32[2]:.2g}")
as_described = f64[0] < 1 and f32[0] > 20 and p32[0] < 1e-5 and abs(of_regression[0] - f64[0]) < 0.01 and kept[0]
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
