"""Bringing a database to the log's present tables, by Alembic; a log from before there was Alembic included.

A release that is taken back leaves tables behind that are newer than the program. They are used as they are where they
have what this program needs, since migrations only add; docs/decision-log.md has the rules that make that safe.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from credit.decision_log.errors import LogError
from credit.decision_log.schema import REVISION, metadata

FOLDER = Path(__file__).with_name("migrations")

#: The tables before there were migrations.
FIRST = "0001"

#: The number of the advisory lock under which one process at a time changes the tables in PostgreSQL.
_LOCK = 307_511


#: The migrations that this program knows, by the names of their files.
KNOWN = frozenset(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("*_*.py"))


def revision(connection: Connection) -> str | None:
    """The migration that the tables are at; None where there are none yet."""
    tables = inspect(connection)
    if tables.has_table("alembic_version"):
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found is not None:
            return str(found)
    return FIRST if tables.has_table("decisions") else None


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Run every migration that is missing, all or none; the revisions before and after.

    Tables of a newer program are left as they are. Several processes may ask for it at once. Raises `LogError` for
    newer tables that this program cannot use, and SQLAlchemyError.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            from credit.decision_log import postgresql

            postgresql.patient(connection.connection.dbapi_connection, True)
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = revision(connection)
        if before is not None and before not in KNOWN:
            if amiss := _amiss(connection):
                raise LogError(
                    f"The log's tables are of version {before}, and this program knows them up to {REVISION}: it is "
                    f"older than the one that wrote them; use that one. It cannot use them: {'; '.join(amiss)}."
                )
            return before, before
        if before != REVISION:
            _run(connection, before)
    return before, REVISION


def _amiss(connection: Connection) -> list[str]:
    """What keeps this program from reading and writing newer tables, sentence by sentence."""
    there = inspect(connection)
    found = []
    for table in metadata.sorted_tables:
        if not there.has_table(table.name):
            found.append(f"there is no table {table.name}")
            continue
        columns = {column["name"]: column for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in columns:
                found.append(f"{table.name} has no column {column.name}")
            elif column.nullable and not columns[column.name]["nullable"]:
                found.append(f"{table.name}.{column.name} may not be empty")
        for name in columns.keys() - set(table.columns.keys()):
            if not columns[name]["nullable"] and columns[name]["default"] is None:
                found.append(f"{table.name}.{name} may not be empty and has no default")
    return found


def _run(connection: Connection, before: str | None) -> None:
    # Imported only where there is something to do: a worker that serves does without it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    if before == FIRST and not inspect(connection).has_table("alembic_version"):
        command.stamp(config, FIRST)
    command.upgrade(config, "head")
