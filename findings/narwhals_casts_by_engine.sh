#!/usr/bin/env bash
# Narwhals 2.29.0: one expression, two numbers: cast() to whole numbers and round() are those of the engine.
#
# Behaviour. Narwhals makes // and % of negative numbers, and counts of distinct values with gaps, the same on every
# engine. cast() from floats to Int64 is handed on: Polars cuts the fraction off, DuckDB rounds to the nearest whole
# number, half to even. round() is handed on, too: Polars rounds halves to even, DuckDB away from zero. So an age from
# days, a term in months or a bucket from an amount is another one on another engine, and nothing is raised.
# floor() or ceil() before the cast give the same on both.
# Source. DuckDBExpr.cast and SQLExpr.round call the engine's own: https://github.com/narwhals-dev/narwhals
#
# Output seen: "Polars: cast [2, 3, -2], round [2.0, 4.0, -2.0], floor and cast [2, 3, -3]", "DuckDB: cast [3, 4, -2],
# round [3.0, 4.0, -3.0], floor and cast [2, 3, -3]". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    narwhals==2.29.0 polars==2.1.0 duckdb==2.0.0 pyarrow==25.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb
import narwhals
import narwhals.stable.v2 as nw
import polars as pl

frame = pl.DataFrame({"place": [0, 1, 2], "cast_from": [2.7, 3.5, -2.5], "round_from": [2.5, 3.5, -2.5]})
arrow = frame.to_arrow()
engines = {"Polars": frame.lazy(), "DuckDB": duckdb.connect().from_arrow(arrow)}
print(f"Narwhals {narwhals.__version__}, Polars {pl.__version__}, DuckDB {duckdb.__version__}")
found = {}
for name, native in engines.items():
    made = nw.from_native(native).lazy().select(
        "place",
        cast=nw.col("cast_from").cast(nw.Int64),
        rounded=nw.col("round_from").round(0),
        floored=nw.col("cast_from").floor().cast(nw.Int64),
    )
    rows = made.sort("place").collect("polars").to_native()
    found[name] = [rows[column].to_list() for column in ("cast", "rounded", "floored")]
    print("{}: cast {}, round {}, floor and cast {}".format(name, *found[name]))
as_described = found == {
    "Polars": [[2, 3, -2], [2.0, 4.0, -2.0], [2, 3, -3]],
    "DuckDB": [[3, 4, -2], [3.0, 4.0, -3.0], [2, 3, -3]],
}
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
