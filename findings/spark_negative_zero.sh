#!/usr/bin/env bash
# PySpark 4.3.0: WHERE x = 0 passes over -0.0 in a Parquet file that Spark itself wrote, and finds it in memory.
#
# Behaviour. In Spark, as in IEEE 754, -0.0 = 0.0. Of a column of -0.0 alone Spark writes "from -0.0 to -0.0" into the
# statistics of the Parquet file. A filter x = 0 or x >= 0 is first held against them, in an order in which -0.0 lies
# below 0.0, and the whole file is left out: no row, no warning. In memory, and with
# spark.sql.parquet.filterPushdown = false, the same filters find all rows. -0.0 comes about by -1 * 0.0, or by
# rounding. Polars, pyarrow and DuckDB find the rows in the same file.
# Source. The Parquet format says that a minimum of +0 must be read as -0 and a maximum of -0 as +0:
# https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
#
# Needs Java 17. Output seen: "x = 0: 0 rows of the file, 3 in memory, 3 without pushdown; x >= 0: 0, 3, 3; Polars 3 and
# 3". Exits with 1 where that is no longer so.
set -euo pipefail
command -v java > /dev/null || { echo "Spark needs Java 17 or later" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 polars==2.1.0
cd "$folder"
"$folder/venv/bin/python" - 2> spark.log <<'PYTHON' || { tail -3 spark.log >&2; exit 1; }
import sys

import polars as pl
import pyspark
from pyspark.sql import SparkSession

builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
session = builder.config("spark.sql.shuffle.partitions", "1").getOrCreate()
rows = session.createDataFrame([(-0.0,), (-0.0,), (-0.0,)], "x double").coalesce(1)
rows.write.parquet("zeros")
filters = ("x = 0", "x >= 0")


def found(frame):
    return [frame.filter(one).count() for one in filters]


of_file, in_memory = found(session.read.parquet("zeros")), found(rows)
session.conf.set("spark.sql.parquet.filterPushdown", "false")
without = found(session.read.parquet("zeros"))
scanned = pl.scan_parquet("zeros/*.parquet")
by_polars = [scanned.filter(one).collect().height for one in (pl.col("x") == 0, pl.col("x") >= 0)]
print(f"PySpark {pyspark.__version__}, Polars {pl.__version__}")
for number, one in enumerate(filters):
    told = f"{of_file[number]} rows of the file, {in_memory[number]} in memory, {without[number]} without pushdown"
    print(f"{one}: {told}; Polars {by_polars[number]}")
session.stop()
as_described = of_file == [0, 0] and in_memory == without == by_polars == [3, 3]
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
