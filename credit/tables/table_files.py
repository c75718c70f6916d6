"""Where the rows of a table are: one file, or a folder of parts; and what is there in their place where they are not.

| what a folder holds | what is done |
|---|---|
| ``bureau.csv``, ``bureau.parquet`` | read |
| a folder ``bureau.parquet``, ``bureau.csv`` or ``bureau`` | its parts are read, hidden files and marks left out |
| parts in folders ``column=value`` (Hive) | read; the column is in the folders' names |
| a Delta, Iceberg or Hudi table | refused: which of its parts count, only its own log says |
| the table under another name, packed, or in an inner folder | refused, with the command that mends it |
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from credit.files.git_lfs import ADVICE, is_pointer
from credit.tables.findings import Finding
from credit.tables.schema import TABLES

Format = Literal["csv", "parquet"]

#: What the folder of a part says for a missing value, as Hive and Spark write it.
_HIVE_GAP = "__HIVE_DEFAULT_PARTITION__"

#: A folder inside a table's folder -> the kind of table whose log it is.
_LOGS = {"_delta_log": "Delta", "metadata": "Iceberg", ".hoodie": "Hudi"}

#: How the names of a table's files end.
_ENDINGS = (".parquet", ".csv")

#: Endings of packed files -> the command that unpacks them, beside them.
_UNPACK = {
    ".gz": "gunzip {path}",
    ".bz2": "bunzip2 {path}",
    ".zst": "unzstd {path}",
    ".xz": "unxz {path}",
    ".zip": "unzip {path} -d {folder}",
    ".7z": "7z x {path} -o{folder}",
    ".rar": "unrar x {path} {folder}",
}


#: Endings of files that are a table under another name -> the ending that is read.
_AS = {".csv": ".csv", ".txt": ".csv", ".parquet": ".parquet", ".parq": ".parquet", ".pq": ".parquet"}

_SHEETS = (".xls", ".xlsx", ".xlsb", ".ods")

#: Endings of formats that are not read -> how pandas reads them.
_READ_BY = {
    ".tsv": "pd.read_csv(FILE, sep='\\t')",
    ".tab": "pd.read_csv(FILE, sep='\\t')",
    ".json": "pd.read_json(FILE)",
    ".jsonl": "pd.read_json(FILE, lines=True)",
    ".ndjson": "pd.read_json(FILE, lines=True)",
    ".feather": "pd.read_feather(FILE)",
    ".arrow": "pd.read_feather(FILE)",
    ".orc": "pd.read_orc(FILE)",
    ".sas7bdat": "pd.read_sas(FILE)",
    ".dta": "pd.read_stata(FILE)",
    ".sav": "pd.read_spss(FILE)",
}

#: So many folders are named in a sentence.
_NAMED = 4


@dataclass(frozen=True)
class Part:
    """A file with some rows of a table. ``values``: columns that its folders' names give, text or None for a gap."""

    path: Path
    values: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class Source:
    """The rows of a table: ``path`` is the file, or the folder of the ``parts``, which are files of one format."""

    table: str
    path: Path
    format: Format
    parts: tuple[Part, ...]

    @property
    def files(self) -> list[Path]:
        """The files of the parts."""
        return [part.path for part in self.parts]

    def name_of(self, part: Part) -> str:
        """How a finding names a part: the file, or the folder and the file in it."""
        return self.path.name if part.path == self.path else f"{self.path.name}/{part.path.relative_to(self.path)}"


def places(folder: Path, name: str) -> list[Path]:
    """The files and folders of a folder that hold the named table: one, if all is well."""
    named = [path for path in (folder / f"{name}.parquet", folder / f"{name}.csv") if path.exists()]
    bare = folder / name
    # Beside a file of the table, a folder without parts is taken for notes about it.
    return [*named, bare] if bare.is_dir() and any((_parts_of if named else _files_of)(bare)) else named


def is_absent(folder: Path, name: str) -> bool:
    """Whether a folder has nothing of the named table: no file or folder of that name, no broken link, and no file that
    would be it were it unpacked or called otherwise. What is there in some form is not absent but to be mended.
    """
    named = (folder / f"{name}{ending}" for ending in ("", *_ENDINGS))
    return not any(path.exists() or path.is_symlink() for path in named) and not in_its_place(folder, name)


def locate(folder: Path, name: str) -> Source | Finding:
    """Where the named table of a folder is, or the finding that says why it cannot be read."""
    found = places(folder, name)
    for path in (folder / f"{name}{ending}" for ending in _ENDINGS):
        if path.is_symlink() and not path.exists():
            sentence = f"{path.name}: it is a link to {path.readlink()}, which is not there; mend the link"
            return Finding("unreadable", sentence, name)
    if not found:
        return Finding(
            "missing table", f"{name}: there is neither {name}.csv nor {name}.parquet{in_its_place(folder, name)}", name
        )
    if len(found) > 1:
        sentence = f"{name}: there is both {found[0].name} and {found[1].name}; remove one of them"
        return Finding("two files", sentence, name)
    path = found[0]
    if path.is_dir():
        return _of_folder(path, name)
    if is_pointer(path):
        return Finding("unreadable", f"{path.name}: it {ADVICE}", name)
    return Source(name, path, "parquet" if path.suffix == ".parquet" else "csv", (Part(path),))


def whole_folder(folder: Path, names: tuple[str, ...]) -> Finding | None:
    """The one cause for which a folder has none of the named tables, and its cure; None where it has some of them."""
    if any(places(folder, name) for name in names):
        return None
    if archives := [path for path in sorted(folder.iterdir()) if path.suffix.lower() in _UNPACK and path.is_file()]:
        if len(archives) == 1:
            command = _unpacked(archives[0])
            sentence = f"the folder holds {archives[0].name} and no tables; unpack it: {command}"
            return Finding("missing folder", sentence)
        return None
    inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and any(places(path, name) for name in names)]
    if inner:
        where = "the tables are one folder deeper; give that folder"
        if len(inner) > 1:
            where = f"{len(inner)} folders in it hold tables; give one of them"
        sentence = f"{where}: {' or '.join(shlex.quote(str(path)) for path in inner[:_NAMED])}"
        return Finding("missing folder", sentence)
    return None


def in_its_place(folder: Path, name: str) -> str:
    """What to do with a file that would be the named table, were it unpacked or called otherwise; may be empty."""
    # A prefix (my_bureau.csv), the mark of a copy (bureau (1).csv, bureau - Copy.csv), another ending, a packed file.
    like = re.compile(rf"(?:.+[-_ ])?{re.escape(name)}(?:[-_ ].+| ?\(\d+\))?\.(?P<ending>[a-z0-9.]+)", re.IGNORECASE)
    longer = [other.lower() for other in TABLES if name.lower() in other.lower() and other != name]
    for path in sorted(folder.iterdir()):
        matched = like.fullmatch(path.name)
        if matched is None or any(other in path.name.lower() for other in longer) or not path.is_file():
            continue
        ending = path.suffix.lower()
        if ending in _UNPACK:
            return f"; {_unpacked(path)}"
        if ending in _AS:
            wanted = folder / f"{name}{_AS[ending]}"
            return f"; rename {path.name} to {wanted.name}: mv {_quoted(path)} {_quoted(wanted)}"
        if ending in _SHEETS:
            return f"; save {path.name} as CSV (a sheet ends after 1,048,576 lines, and this table may be longer)"
        if ending in _READ_BY:
            return f"; write {path.name} as CSV or Parquet (pandas: {_READ_BY[ending]}.to_parquet('{name}.parquet'))"
    return ""


def _of_folder(path: Path, name: str) -> Source | Finding:
    for log, kind in _LOGS.items():
        if any((path / log).glob("*.json")) or (path / log / "hoodie.properties").is_file():
            sentence = (
                f"{path.name}: it is a folder of a {kind} table, and only the log in {log} says which of its files "
                f"count; write the table as plain Parquet, with Spark: spark.read.format('{kind.lower()}')"
                f".load('{path.name}').write.parquet('new/{name}.parquet')"
            )
            return Finding("unreadable", sentence, name)
    parts = tuple(_parts_of(path))
    if strangers := [file for file in _files_of(path) if file.suffix not in _ENDINGS]:
        first = strangers[0]
        step = (
            _unpacked(first) if first.suffix.lower() in _UNPACK else "let its name end in .csv or .parquet, or move it"
        )
        sentence = (
            f"{path.name}: {len(strangers)} of the files in it would be passed over, such as "
            f"{first.relative_to(path)}; {step}"
        )
        return Finding("unreadable", sentence, name)
    if not parts:
        sentence = f"{path.name}: it is a folder without a .parquet or .csv file; write or copy the table again"
        return Finding("empty table", sentence, name, rows=0)
    endings = {part.path.suffix for part in parts}
    if len(endings) > 1:
        sentence = f"{path.name}: it is a folder of both .csv and .parquet files; keep those of one kind"
        return Finding("two files", sentence, name)
    for part in parts:
        if is_pointer(part.path):
            return Finding("unreadable", f"{path.name}/{part.path.name}: it {ADVICE}", name)
    return Source(name, path, "parquet" if endings == {".parquet"} else "csv", parts)


def _parts_of(folder: Path) -> Iterator[Part]:
    """The parts in the order of their names. What begins with . or _ is a mark of the program that wrote them."""
    for path in _files_of(folder):
        if path.suffix in _ENDINGS:
            yield Part(path, tuple(_values(path.relative_to(folder).parts[:-1])))


def _files_of(folder: Path) -> Iterator[Path]:
    """The files in a table's folder and the folders in it that are neither hidden nor marks."""
    for path in sorted(folder.rglob("*")):
        marked = any(one.startswith((".", "_")) for one in path.relative_to(folder).parts)
        if path.is_file() and not marked:
            yield path


def _values(folders: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    for folder in folders:
        column, equals, value = folder.partition("=")
        if equals:
            yield unquote(column), None if value == _HIVE_GAP else unquote(value)


def _unpacked(path: Path) -> str:
    return _UNPACK[path.suffix.lower()].format(path=_quoted(path), folder=_quoted(path.parent))


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
