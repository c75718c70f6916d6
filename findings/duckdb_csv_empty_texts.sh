#!/usr/bin/env bash
# DuckDB 2.0.0: a CSV file that DuckDB wrote is read by DuckDB with its empty texts as NULL.
#
# Behaviour. COPY ... TO a CSV file writes NULL as nothing and an empty text as "", so that both can be told apart, and
# Polars reads them so. DuckDB's own read_csv() and COPY ... FROM read both as NULL: a quoted field may be NULL as well,
# by default. A table that is copied to CSV and back has lost its empty texts without a word, and a NOT NULL column is
# refused. allow_quoted_nulls = false brings them back.
# Source. allow_quoted_nulls, default true: https://duckdb.org/docs/stable/data/csv/overview
#
# Output seen: "written 'x', NULL, '' as x|nothing|\"\"; read ['x', None, None], with allow_quoted_nulls = false
# ['x', None, ''], by Polars ['x', None, '']". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 polars==2.1.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib
import sys

import duckdb
import polars as pl

connection = duckdb.connect()
connection.execute("CREATE TABLE towns AS SELECT * FROM (VALUES (1, 'x'), (2, NULL), (3, '')) AS rows(id, town)")
connection.execute("COPY towns TO 'towns.csv'")
text = pathlib.Path("towns.csv").read_text()


def read(options=""):
    query = f"SELECT town FROM read_csv('towns.csv'{options}) ORDER BY id"
    return [town for (town,) in connection.execute(query).fetchall()]


own, told = read(), read(", allow_quoted_nulls = false")
by_polars = pl.read_csv("towns.csv")["town"].to_list()
print(f"DuckDB {duckdb.__version__}, Polars {pl.__version__}; the file is {text!r}")
print(f"read {own}, with allow_quoted_nulls = false {told}, by Polars {by_polars}")
kept = ["x", None, ""]
written = text.split() == ["id,town", "1,x", "2,", '3,""']
as_described = written and own == ["x", None, None] and told == by_polars == kept
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
