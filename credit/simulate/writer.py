"""Write a bank piece by piece: one file per table, appended chunk after chunk."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from credit.simulate.published_form import DESCRIPTION, SUBMISSION, description, published, submission
from credit.tables.file_damage import unreadable
from credit.tables.reading import TablesError
from credit.tables.schema import TABLES

#: ``csv`` is the published form of the tables, ``published`` that of the whole folder, with the two files beside them.
Format = Literal["parquet", "csv", "published"]
#: The file that tells a simulated bank from a real one.
TRUTH = "truth"
#: The key under which the schema of that file has the seed of the bank.
_SEED = b"seed"
_TYPES = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}


class Appending:
    """Appends data frames to files of a folder, one file per table."""

    def __init__(self, folder: Path, file_format: Format, seed: int) -> None:
        self.folder = folder
        self.format = file_format
        self._metadata = {_SEED: str(seed).encode()}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._begun: set[str] = set()
        self._later: list[pl.Series] = []

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows to a table; every table of the schema gets its columns in the schema's order and types."""
        if self.format != "parquet" and name != TRUTH:
            with (self.folder / f"{name}.csv").open("ab") as file:
                published(name, frame).write_csv(file, include_header=name not in self._begun)
            self._begun.add(name)
            if name == "application_test":
                self._later.append(frame["SK_ID_CURR"])
            return
        if name in TABLES:
            frame = frame.select(pl.col(column.name).cast(_TYPES[column.kind]) for column in TABLES[name].columns)
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        if name == TRUTH:
            table = pa.table(table).replace_schema_metadata(self._metadata)
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(
                self.folder / f"{name}.parquet", table.schema, compression="zstd", compression_level=1
            )
        self._writers[name].write_table(pa.table(table))

    def close(self) -> None:
        """Finish all files; nothing more can be appended."""
        for writer in self._writers.values():
            writer.close()
        if self.format == "published" and self._later:
            (self.folder / DESCRIPTION).write_bytes(description())
            (self.folder / SUBMISSION).write_bytes(submission(pl.concat(self._later)))


def seed_of(folder: str | Path) -> int | None:
    """The seed of the simulated bank in ``folder``; None for a real one, and for one of a version that kept no seed.

    Raises ``TablesError`` where the file of its truth cannot be read.
    """
    path = Path(folder) / f"{TRUTH}.parquet"
    try:
        metadata = (pq.read_schema(path).metadata or {}) if path.exists() else {}
    except (pa.ArrowInvalid, OSError) as error:
        raise TablesError(Path(folder), [unreadable(path, TRUTH, error)]) from error
    return int(metadata[_SEED]) if _SEED in metadata else None


@contextmanager
def new_folder(folder: Path, overwrite: bool) -> Iterator[Path]:
    """A temporary folder that takes the place of ``folder`` once everything in it is written.

    Raises FileExistsError where something stands in the way: a folder that is not empty, unless it holds a simulated
    bank and ``overwrite`` is true.
    """
    _refuse_to_destroy(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield partial
        partial.chmod(0o755)
        if folder.exists():
            _refuse_to_destroy(folder, overwrite)
            shutil.rmtree(folder)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _refuse_to_destroy(folder: Path, overwrite: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; name a new folder for the simulated bank")
    if not any(folder.iterdir()):
        return
    bank = {f"{name}.{ending}" for name in TABLES for ending in ("parquet", "csv")}
    bank |= {f"{TRUTH}.parquet", DESCRIPTION, SUBMISSION}
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in bank)
    if strangers or not (folder / f"{TRUTH}.parquet").exists():
        raise FileExistsError(f"{folder} holds files that are not a simulated bank's; name a new or an empty folder")
    if not overwrite:
        raise FileExistsError(
            f"{folder} already holds a simulated bank; overwrite it (--overwrite) or name a new folder"
        )
