"""Bringing a database to the log's present tables, by Alembic; a log from before there was Alembic included."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from credit.decisions.database import LogError
from credit.decisions.schema import REVISION

FOLDER = Path(__file__).with_name("migrations")

#: The tables before there were migrations.
FIRST = "0001"

#: The number of the advisory lock under which one process at a time changes the tables in PostgreSQL.
_LOCK = 307_511


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

    Several processes may ask for it at once. Raises `LogError` for tables of a newer version, and SQLAlchemyError.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = revision(connection)
        if before != REVISION:
            _run(connection, before)
    return before, REVISION


def _run(connection: Connection, before: str | None) -> None:
    # Imported only where there is something to do: a worker that serves does without it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    if before not in (None, *(one.revision for one in ScriptDirectory.from_config(config).walk_revisions())):
        raise LogError(
            f"The log's tables are of version {before}, and this program knows them up to {REVISION}: "
            "it is older than the one that wrote them; use that one."
        )
    if before == FIRST and not inspect(connection).has_table("alembic_version"):
        command.stamp(config, FIRST)
    command.upgrade(config, "head")
