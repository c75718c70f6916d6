#!/usr/bin/env bash
# Polars 2.1.0: the sum of a 32-bit column wraps round without a word, while sums of 8 and 16 bits do not.
#
# Behaviour. sum() of Int8, Int16, UInt8 and UInt16 gives Int64, so that small types are safe. sum() of Int32 and UInt32
# stays in that type and wraps: three times 1,500,000,000 is 205,032,704, in a column, in groups and in the streaming
# engine, and nothing is raised. mean() of the same column is right. Many Parquet files hold 32-bit columns (int32 is
# DuckDB's INTEGER, and pandas', pyarrow's and Spark's int), and pandas, NumPy, DuckDB and Spark give 4,500,000,000 for
# them. cast(pl.Int64).sum() is right.
# Source. The types that are widened are listed at Expr.sum:
# https://docs.pola.rs/api/python/stable/reference/expressions/api/polars.Expr.sum.html
# The open issue: https://github.com/pola-rs/polars/issues/13782
#
# Output seen: "Int16: 90000 90000 90000, mean 30000.0", "Int32: 205032704 205032704 205032704, mean 1500000000.0",
# "UInt32: 205032704 205032704 205032704, mean 1500000000.0". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import polars as pl

print(f"Polars {pl.__version__}")
found = {}
for kind, value in ((pl.Int16, 30_000), (pl.Int32, 1_500_000_000), (pl.UInt32, 1_500_000_000)):
    frame = pl.DataFrame({"group": [1, 1, 1], "x": pl.Series([value] * 3, dtype=kind)})
    groups = frame.lazy().group_by("group").agg(pl.col("x").sum())
    sums = [frame["x"].sum(), groups.collect()["x"][0], groups.collect(engine="streaming")["x"][0]]
    found[kind] = {*sums}
    print(f"{kind}: {' '.join(map(str, sums))}, mean {frame['x'].mean()}")
wrapped = {4_500_000_000 % 2**32}
as_described = found == {pl.Int16: {90_000}, pl.Int32: wrapped, pl.UInt32: wrapped}
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
