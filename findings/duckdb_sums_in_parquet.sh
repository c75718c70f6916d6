#!/usr/bin/env bash
# DuckDB 2.0.0: the sum of whole numbers is a double once it is written to Parquet.
#
# Behaviour. sum() of a BIGINT column, and also of an INTEGER column, is a HUGEINT of 128 bits, which no overflow can
# reach. Parquet has no such type, and COPY ... TO a Parquet file writes it as DOUBLE without a word: a sum beyond 2**53
# comes back as another number, and a small sum as a float where a whole number was. Two sums that differ may be equal
# in the file. sum(x)::BIGINT or sum(x)::DECIMAL(38, 0) is written exactly; the same result fetched by Python is exact.
# Source. HUGEINT is written as DOUBLE: https://github.com/duckdb/duckdb/issues/21180
#
# Output seen: "fetched 9007199254740993, from Parquet 9007199254740992.0 (double), cast to BIGINT 9007199254740993
# (int64)". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pyarrow==25.0.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb
import pyarrow.parquet

connection = duckdb.connect()
connection.execute("CREATE TABLE cents AS SELECT * FROM (VALUES (9007199254740992::BIGINT), (1)) AS rows(x)")
connection.execute("COPY (SELECT sum(x) AS total, sum(x)::BIGINT AS cast_total FROM cents) TO 'totals.parquet'")
fetched = connection.execute("SELECT sum(x) FROM cents").fetchone()[0]
table = pyarrow.parquet.read_table("totals.parquet")
kinds = [str(table.schema.field(name).type) for name in ("total", "cast_total")]
total, cast = (table[name][0].as_py() for name in ("total", "cast_total"))
print(f"DuckDB {duckdb.__version__}, pyarrow {pyarrow.__version__}")
print(f"fetched {fetched}, from Parquet {total!r} ({kinds[0]}), cast to BIGINT {cast} ({kinds[1]})")
exact = fetched == cast == 9007199254740993 and kinds[1] == "int64"
sys.exit(0 if exact and total == 9007199254740992.0 and kinds[0] == "double" else "the behaviour has changed")
PYTHON
