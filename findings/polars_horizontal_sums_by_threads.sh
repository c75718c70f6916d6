#!/usr/bin/env bash
# Polars 2.1.0: sum_horizontal of five or more Float64 columns depends on the number of threads, in its last bits.
#
# Behaviour. The columns are not added from the left. They are cut into halves, and the halves into halves, as often as
# there are threads to share them out, and each part is added up by itself: a + (b + c) of three columns. With one thread
# and with eight the same row of the same frame gives another sum, though no row is added to another one. A feature that
# is made so on a server with one thread is not that of a training with many, to the last bit. Columns that are added by
# "+" are added from the left, whatever the machine.
# Source. The columns are reduced by a parallel iterator (crates/polars-ops/src/series/ops/horizontal.rs):
# https://github.com/pola-rs/polars
#
# Output seen, of 1,000 rows of nine columns: "as added from the left with 1 threads: 615 rows, 2 threads: 559 rows, 8
# threads: 545 rows", "other sums than with one thread: [0, 226, 245]; added by +, as from the left: [1000, 1000, 1000]".
# Exits with 1 where they no longer differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0
cd "$folder"
cat > sums.py <<'PYTHON'
import json
import random
from functools import reduce
from operator import add

import polars as pl

draw = random.Random(1)
names = [f"c{number}" for number in range(9)]
frame = pl.DataFrame({name: [draw.random() * 10 ** draw.randint(-3, 3) for _ in range(1000)] for name in names})
sums = frame.select(pl.sum_horizontal(names)).to_series().to_list()
added = frame.select(reduce(add, map(pl.col, names))).to_series().to_list()
left = [reduce(add, row) for row in frame.rows()]
print(json.dumps([pl.thread_pool_size(), sums, added, left]))
PYTHON
for threads in 1 2 8; do
    POLARS_MAX_THREADS=$threads "$folder/venv/bin/python" sums.py >> found
done
"$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from pathlib import Path

import polars as pl

found = [json.loads(line) for line in Path("found").read_text().splitlines()]
alike = [sum(one == other for one, other in zip(sums, left)) for _, sums, _, left in found]
others = [sum(one != other for one, other in zip(sums, found[0][1])) for _, sums, _, _ in found]
plain = [sum(one == other for one, other in zip(added, left)) for _, _, added, left in found]
threads = ", ".join(f"{number} threads: {count} rows" for (number, *_), count in zip(found, alike))
print(f"Polars {pl.__version__}, as added from the left with {threads}")
print(f"other sums than with one thread: {others}; added by +, as from the left: {plain}")
sys.exit(0 if min(others[1:]) > 0 and set(plain) == {1000} else "the behaviour has changed")
PYTHON
