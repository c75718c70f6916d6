"""Where the files of a folder of tables are: which file holds a table, and what must not be written over it."""

from pathlib import Path

from credit.tables.damage import compressed
from credit.tables.schema import TABLES, Table, integer, number

#: Written beside the tables by the simulator: the probability with which each outcome was drawn.
TRUTH = Table("truth", (integer("SK_ID_CURR"), number("PROBABILITY_OF_DEFAULT")), "SK_ID_CURR")


def files(folder: Path, name: str) -> list[Path]:
    """The files of a folder that hold the named table: one, if all is well."""
    return [path for path in (folder / f"{name}.parquet", folder / f"{name}.csv") if path.exists()]


def instead(folder: Path, name: str) -> str:
    """What to do with a file that would be the named table, were it decompressed or called otherwise; may be empty."""
    for path in sorted(folder.iterdir()):
        stem, _, ending = path.name.partition(".")
        if stem.lower() != name.lower():
            continue
        if step := compressed(path):
            return f"; {step}"
        if ending.lower() in ("csv", "parquet"):
            return f"; rename {path.name} to {name}.{ending.lower()}"
    return ""


def keep(folder: Path, out: Path) -> None:
    """See that writing to ``out`` replaces none of a folder's tables, and puts nothing among them under their names.

    Raises ``ValueError`` otherwise, also where ``out`` is a link to a table or the file that a table is a link to.
    """
    names = (*TABLES, TRUTH.name)
    inside = out.absolute().parent.resolve() == folder.resolve()
    if inside and out.name.split(".")[0].lower() in {name.lower() for name in names}:
        raise ValueError(f"{out} is the place of a table that is read; name another file")
    for table in (file for name in names for file in files(folder, name)):
        if out.exists() and out.samefile(table):
            raise ValueError(f"{out} and the table {table} are the same file; name another file")


def keep_folder(out: Path) -> None:
    """Raises ``ValueError`` where ``out``, a folder that is to be replaced as a whole, holds a table."""
    for name in TABLES:
        if files(out, name):
            raise ValueError(
                f"{out} holds the table {files(out, name)[0].name}, which would be lost; name another folder"
            )
