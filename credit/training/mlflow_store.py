"""mlflow.db before MLflow opens it: whole, of the installed MLflow's schema, and its files where the database is.

MLflow writes absolute places of files into its database, also where it is given relative ones. A project folder that
was moved or copied would go on writing into the old place, and find its old files missing. So the places are written
again when the database is opened in another folder.
"""

import shlex
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
from alembic.script import ScriptDirectory

from credit.files import git_lfs
from credit.training import sqlite_file

DATABASE, ARTIFACTS = "mlflow.db", "mlartifacts"

#: The experiment that all runs of a training are in.
EXPERIMENT = "credit-scoring"

#: Where MLflow's schema keeps places of files: (table, its column, which of the functions of `bring_home` it gets).
_PLACES = (
    ("experiments", "artifact_location", "here"),
    ("runs", "artifact_uri", "found"),
    ("logged_models", "artifact_location", "found"),
    ("model_versions", "storage_location", "found"),
)


class TrackingError(LookupError):
    """A tracking store that cannot be used, or what a step needs from the step before is not in it."""


def check(database: Path) -> None:
    """Refuse a file that the installed MLflow cannot use, in one sentence. Raises ``TrackingError``, ``OSError``."""
    shown = _shown(database)
    if wrong := sqlite_file.damage(database):
        instead = "" if wrong == git_lfs.ADVICE else _instead(database, "; or ")
        raise TrackingError(f"{shown} {wrong}{instead}")
    if not database.is_file() or not database.stat().st_size:
        return
    with sqlite_file.opened(database) as opened:
        tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        versions = set()
        if "alembic_version" in tables:
            versions = {number for (number,) in opened.execute("SELECT version_num FROM alembic_version")}
    if not versions and not tables - {"alembic_version"}:
        return  # begun and not written to: MLflow makes its tables
    scripts = ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations"))
    newest, known = set(scripts.get_heads()), {script.revision for script in scripts.walk_revisions()}
    if versions == newest:
        return
    here = f"MLflow {mlflow.__version__}"
    if not versions or "experiments" not in tables:
        raise TrackingError(f"{shown} is a database of another program, not of MLflow{_instead(database, ': ')}")
    schema = ", ".join(sorted(versions))
    if versions <= known:
        copy = database.with_name(f"{database.name}.old")
        raise TrackingError(
            f"{shown} was written by an older MLflow than {here} (schema {schema}, not {', '.join(newest)}): "
            f"copy it and bring it up to date: cp {_quoted(database)} {_quoted(copy)} && "
            f"python -m mlflow db upgrade {shlex.quote(f'sqlite:///{shown}')}"
        )
    raise TrackingError(
        f"{shown} was written by a newer MLflow than {here}, which does not know its schema {schema}: "
        f"install the MLflow that wrote it{_instead(database, ', or ')}"
    )


def bring_home(folder: Path) -> None:
    """Have the database in ``folder`` name this folder's files where it names those of the folder that it stood in.

    ``folder``: absolute. What was written into the old place since is named there as before, and new files never go
    there. Raises ``TrackingError`` where the files did not move with the database.
    """
    database = folder / DATABASE
    if not database.is_file():
        return
    with sqlite_file.opened(database) as opened:
        before = _home(opened)
        if before is None or before == folder:
            return

        def here(place: str | None) -> str | None:
            return _moved(place, before, folder)

        def found(place: str | None) -> str | None:
            """The same, but for files that are still in the old place, and only there."""
            now = here(place)
            return place if _there(place) and not _there(now) else now

        old, new = before / ARTIFACTS, folder / ARTIFACTS
        opened.create_function("here", 1, here)
        opened.create_function("found", 1, found)
        of_runs = "SELECT artifact_uri FROM runs UNION SELECT artifact_location FROM logged_models"
        if not new.exists() and any(found(place) == place != here(place) for (place,) in opened.execute(of_runs)):
            raise TrackingError(
                f"{_shown(database)} has its files in {old}, not beside it: move them here, "
                f"mv {_quoted(old)} {_quoted(new)}{_instead(database, ', or ')}"
            )
        opened.execute("BEGIN IMMEDIATE")
        for table, column, place in _PLACES:
            opened.execute(f"UPDATE {table} SET {column} = {place}({column})")  # noqa: S608 - all three are ours
        opened.execute("COMMIT")


def _home(opened: sqlite3.Connection) -> Path | None:
    """The folder in which the database stood when its experiment was begun; None where that is not known."""
    if opened.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone() is None:
        return None
    row = opened.execute("SELECT artifact_location FROM experiments WHERE name = ?", (EXPERIMENT,)).fetchone()
    place = None if row is None else _path(row[0])
    return place.parent if place is not None and place.name == ARTIFACTS else None


def _path(place: str | None) -> Path | None:
    """A place as MLflow writes it, an address or a path, as a path; None for one that is not on this machine."""
    parts = urlsplit(place or "")
    if not parts.path or parts.scheme not in ("", "file") or parts.netloc:
        return None
    return Path(url2pathname(parts.path) if parts.scheme else str(place))


def _moved(place: str | None, before: Path, folder: Path) -> str | None:
    """The same place in ``folder`` where it is in ``before``, written in the same way; else unchanged."""
    path = _path(place)
    if path is None or not path.is_relative_to(before):
        return place
    now = folder / path.relative_to(before)
    return now.as_uri() if str(place).startswith("file:") else str(now)


def _there(place: str | None) -> bool:
    path = _path(place)
    return path is not None and path.exists()


def _instead(database: Path, begin: str) -> str:
    """The way out that is always there: a new store."""
    old = database.with_name(f"{database.name}.old")
    return f"{begin}move it aside, and a new one is begun: mv {_quoted(database)} {_quoted(old)}"


def _shown(path: Path) -> Path:
    """As it is called in the working folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _quoted(path: Path) -> str:
    return shlex.quote(str(_shown(path)))
