#!/usr/bin/env bash
# DuckDB 2.0.0: a CASE on isnan() over a Parquet file does not see NaN.
#
# Behaviour. Parquet's statistics of a column leave NaN out: for 1.0, NaN, 3.0 they say "from 1.0 to 3.0". DuckDB's
# optimiser takes them for bounds of all values, so that in CASE WHEN isnan(x) THEN NULL ELSE x END the condition is
# folded to false, and NaN stays where a gap was wanted. nullif(x, 'NaN') is folded in the same way. The same query on a
# table in memory, or with `SET disabled_optimizers = 'statistics_propagation'`, gives the gap. Nothing is raised.
# Source. The Parquet format says that statistics must not hold NaN, and that readers must not rely on the bounds where
# NaN may occur: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder).
#
# Output seen: "from the file: [1.0, nan, 3.0]", "without statistics: [1.0, None, 3.0]", "in memory: [1.0, None, 3.0]".
# Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==25.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import math
import sys

import duckdb
import pyarrow
import pyarrow.parquet

table = pyarrow.table({"x": [1.0, float("nan"), 3.0]})
pyarrow.parquet.write_table(table, "numbers.parquet")


def gaps(connection, rows):
    query = f"SELECT CASE WHEN isnan(x) THEN NULL ELSE x END FROM {rows}"
    return [value for (value,) in connection.execute(query).fetchall()]


connection = duckdb.connect()
folded = gaps(connection, "'numbers.parquet'")
connection.execute("CREATE TABLE numbers AS SELECT * FROM 'numbers.parquet'")
in_memory = gaps(connection, "numbers")
connection.execute("SET disabled_optimizers = 'statistics_propagation'")
unfolded = gaps(connection, "'numbers.parquet'")
print(f"DuckDB {duckdb.__version__}, pyarrow {pyarrow.__version__}")
print(f"from the file: {folded}")
print(f"without statistics: {unfolded}")
print(f"in memory: {in_memory}")
as_described = len(folded) == 3 and math.isnan(folded[1]) and unfolded == in_memory == [1.0, None, 3.0]
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
