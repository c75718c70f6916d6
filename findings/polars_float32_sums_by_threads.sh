#!/usr/bin/env bash
# Polars 2.1.0: the sum of a Float32 group depends on the number of threads, by more than the last digit.
#
# Behaviour. sum() within group_by adds the rows of a Float32 group one after the other in single precision, in parts
# that depend on the number of threads and, with more than one, on the run. The error grows with the rows of a part.
# sum() of the whole column and mean() of the same group are right to seven digits: so sum() is not len() * mean(), and
# a program gives other sums on another machine. cast(pl.Float64).sum() is right to the last digits.
# Source. Grouped sums keep the type of the column (crates/polars-expr/src/reduce/sum.rs):
# https://github.com/pola-rs/polars
#
# Output seen, of 4,000,000 values: "the sum is 2000040.317, of the whole column 2000040.375", "in one group, 1 threads:
# 2000008.0, by its mean 2000040.293". With more threads each run is another draw, above or below the sum of one thread:
# 1999971.75 to 2000082.0 with 2 threads, 1999969.125 to 2000096.375 with 8.
# Exits with 1 where the sums of 17 runs no longer differ by more than 1, or that of one thread is within 10 of the sum.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 numpy==2.4.6
cd "$folder"
cat > sums.py <<'PYTHON'
import numpy as np
import polars as pl

rows = 4_000_000
x = np.random.default_rng(0).random(rows).astype(np.float32)
frame = pl.DataFrame({"group": np.zeros(rows, dtype=np.int64), "x": x})
grouped = frame.group_by("group").agg(pl.col("x").sum(), pl.col("x").mean().alias("mean"))
print(float(grouped["x"][0]), float(grouped["mean"][0]) * rows, float(frame["x"].sum()), float(x.sum(dtype=np.float64)))
PYTHON
for threads in 1 2 2 2 2 2 2 2 2 8 8 8 8 8 8 8 8; do
    echo "$threads $(POLARS_MAX_THREADS=$threads "$folder/venv/bin/python" sums.py)" >> found
done
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from pathlib import Path

import polars as pl

found = [[float(number) for number in line.split()] for line in Path("found").read_text().splitlines()]
exact = found[0][4]
print(f"Polars {pl.__version__}: the sum is {exact:.3f}, of the whole column {found[0][3]}")
for threads in (1, 2, 8):
    draws = sorted(row[1] for row in found if row[0] == threads)
    print(f"in one group, {threads} threads, {len(draws)} runs: {draws[0]} to {draws[-1]}")
print(f"by the mean of the group: {found[0][2]:.3f}")
sums = [row[1] for row in found]
# Not the sign: a draw of several threads lies on either side of that of one.
differ = max(sums) - min(sums) > 1 and abs(found[0][1] - exact) > 10
others = all(abs(number - exact) < 1 for _, _, *numbers in found for number in numbers)
sys.exit(0 if differ and others else "the behaviour has changed")
PYTHON
