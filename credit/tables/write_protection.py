"""What must not be written over: the files of a folder of tables, and the folder itself."""

from pathlib import Path

from credit.tables.columns import Table, integer, number
from credit.tables.schema import TABLES
from credit.tables.table_files import places

#: Written beside the tables by the simulator: the probability with which each outcome was drawn.
TRUTH = Table("truth", (integer("SK_ID_CURR"), number("PROBABILITY_OF_DEFAULT")), "SK_ID_CURR")


def refuse_overwrite(folder: Path, out: Path) -> None:
    """See that writing to ``out`` replaces none of a folder's tables, and puts nothing among them under their names.

    Raises ``ValueError`` otherwise, also where ``out`` is a link to a table or the file that a table is a link to.
    """
    names = (*TABLES, TRUTH.name)
    inside = out.absolute().parent.resolve() == folder.resolve()
    if inside and out.name.split(".")[0].lower() in {name.lower() for name in names}:
        raise ValueError(f"{out} is the place of a table that is read; name another file")
    for table in (place for name in names for place in places(folder, name)):
        files = [table, *table.rglob("*")] if table.is_dir() else [table]
        if out.exists() and any(out.samefile(file) for file in files):
            raise ValueError(f"{out} and the table {table} are the same file; name another file")
        if table.is_dir() and table.resolve() in out.absolute().resolve().parents:
            raise ValueError(f"{out} is in the folder of the table {table}; name another file")


def refuse_overwrite_folder(out: Path) -> None:
    """Raises ``ValueError`` where ``out``, a folder that is to be replaced as a whole, holds a table."""
    for name in TABLES:
        if found := places(out, name):
            raise ValueError(f"{out} holds the table {found[0].name}, which would be lost; name another folder")
