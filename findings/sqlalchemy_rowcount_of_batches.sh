#!/usr/bin/env bash
# SQLAlchemy 2.1.9: rowcount of an INSERT ... RETURNING of many rows is that of the last batch; asked to preserve it, it
# counts rows that were not inserted.
#
# Behaviour. insert(...).returning(...) with a list of rows is sent in batches of up to 1,000 rows, and the result
# yields the rows of all of them. Its rowcount, though, is that of the last batch alone: 500 for 2,500 rows. It is not
# -1, which would say "not known". With execution_options(preserve_rowcount=True) it is the number of rows that were
# handed over, also where ON CONFLICT DO NOTHING inserted none of them. Who wants to know how many were inserted counts
# what is returned. Without RETURNING, SQLite's rowcount is that of all rows.
# Source. Connection._exec_insertmany_context in lib/sqlalchemy/engine/base.py: https://github.com/sqlalchemy/sqlalchemy
#
# Output seen: "new rows: 2500 returned, rowcount 500; preserved: 2500", "rows that were there: 0 returned, rowcount
# preserved 2500". Exits with 1 where that is no longer so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sqlalchemy==2.1.9
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import sqlalchemy
from sqlalchemy.dialects.sqlite import insert

ROWS = 2_500
table = sqlalchemy.Table("loans", sqlalchemy.MetaData(), sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True))
statement = insert(table).on_conflict_do_nothing().returning(table.c.id)


def inserted(connection, first, **options):
    """The number of rows that are returned, and the rowcount."""
    rows = [{"id": number} for number in range(first, first + ROWS)]
    result = connection.execute(statement, rows, execution_options=options)
    count = result.rowcount
    return len(result.all()), count


with sqlalchemy.create_engine("sqlite://").begin() as connection:
    table.metadata.create_all(connection)
    plain = inserted(connection, 0)
    preserved = inserted(connection, ROWS, preserve_rowcount=True)
    again = inserted(connection, 0, preserve_rowcount=True)
    there = connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(table)).scalar_one()
print(f"SQLAlchemy {sqlalchemy.__version__}, {there} rows in the table")
print(f"new rows: {plain[0]} returned, rowcount {plain[1]}; preserved: {preserved[1]}")
print(f"rows that were there: {again[0]} returned, rowcount preserved {again[1]}")
as_described = plain == (ROWS, 500) and preserved == (ROWS, ROWS) and again == (0, ROWS) and there == 2 * ROWS
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
