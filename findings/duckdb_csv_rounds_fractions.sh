#!/usr/bin/env bash
# DuckDB 2.0.0: read_csv() rounds fractions that come after the lines by which it guessed the type of a column.
#
# Behaviour. The type of a column is guessed from the first 20,480 lines. If they hold whole numbers, the column is
# BIGINT, and a fraction further down is rounded to a whole number: 1.5 becomes 2, 0.4 becomes 0. Nothing is raised or
# warned, and store_rejects = true records no reject, while a text further down ends the query with an error that names
# the line. The same happens if the caller declares the column: columns = {'amount': 'BIGINT'}. The same file gives the
# fractions with sample_size = -1, or with the column declared as DOUBLE.
# Source. Guessing casts strictly and reading does not: https://github.com/duckdb/duckdb/issues/25824
#
# Output seen: "guessed: BIGINT [2, 0, -3], declared BIGINT: [2, 0, -3], rejects 0, whole file looked at: DOUBLE
# [1.5, 0.4, -2.5], a text: ConversionException". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib
import sys

import duckdb

WHOLE = 30_000
whole = "amount\n" + "".join(f"{number}\n" for number in range(WHOLE))
pathlib.Path("amounts.csv").write_text(f"{whole}1.5\n0.4\n-2.5\n")
pathlib.Path("with_a_text.csv").write_text(f"{whole}unknown\n")
connection = duckdb.connect()


def last(options=""):
    rows = connection.execute(f"SELECT typeof(amount), amount FROM read_csv('amounts.csv'{options})").fetchall()[WHOLE:]
    return rows[0][0], [amount for _, amount in rows]


guessed = last(", store_rejects = true")
rejects = connection.execute("SELECT count(*) FROM reject_errors").fetchone()[0]
declared = last(", columns = {'amount': 'BIGINT'}, header = true")
looked = last(", sample_size = -1")
try:
    connection.execute("SELECT amount FROM read_csv('with_a_text.csv')").fetchall()
    text = "read"
except duckdb.Error as error:
    text = type(error).__name__
print(f"DuckDB {duckdb.__version__}")
print(f"guessed: {guessed[0]} {guessed[1]}, declared BIGINT: {declared[1]}, rejects {rejects}")
print(f"whole file looked at: {looked[0]} {looked[1]}, a text: {text}")
rounded = ("BIGINT", [2, 0, -3])
as_described = guessed == declared == rounded and rejects == 0 and looked == ("DOUBLE", [1.5, 0.4, -2.5])
sys.exit(0 if as_described and text == "ConversionException" else "the behaviour has changed")
PYTHON
