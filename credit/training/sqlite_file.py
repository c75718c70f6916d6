"""Whether a file that a training goes on with is a SQLite database that can be read, before hours of work."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from credit.files import git_lfs

#: What every SQLite database that is not empty begins with. Source: https://www.sqlite.org/fileformat.html, 1.3.
_FIRST_BYTES = b"SQLite format 3\0"

#: Another program's write is waited for so long. Seconds.
PATIENCE = 20


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the database at ``path`` while the block lasts; none is made where there is no file.

    Raises ``OSError`` for a file that is in use or may not be opened, sqlite3.DatabaseError for a damaged one.
    """
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)) as database:
            yield database
    except sqlite3.OperationalError as error:
        raise OSError(
            f"{path} cannot be used ({error}): end the program that works on it, or check its permissions"
        ) from None


def damage(path: Path) -> str | None:
    """What is wrong with the file at ``path``, as the end of a sentence that begins with its name; None for nothing.

    A file that is not there yet, or is empty, becomes a database. Others are read in full: some seconds a gigabyte.
    Raises ``OSError`` as `opened` does.
    """
    if not path.exists():
        return None
    if path.is_dir():
        return "is a folder, and a SQLite database is wanted there: rename it"
    if git_lfs.is_pointer(path):
        return git_lfs.ADVICE
    with path.open("rb") as file:
        head = file.read(len(_FIRST_BYTES))
    if head and head != _FIRST_BYTES:
        return "is not a SQLite database: restore it from a copy"
    try:
        with opened(path) as database:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    return None if found == "ok" else f"is damaged ({' '.join(found.split())}): restore it from a copy"
