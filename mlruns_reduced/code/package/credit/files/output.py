"""Where the features of a folder are written: a file or a folder of files, there whole or not at all."""

import glob
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def form_of(out: str) -> str:
    """The form of what is written there: parquet, csv, or folder. Raises ``ValueError`` for any other ending."""
    ending = Path(out).suffix
    if out.endswith(("/", os.sep)) or not ending:
        return "folder"
    if ending not in (".parquet", ".csv"):
        raise ValueError(
            f"{out} ends in {ending}; give a file that ends in .parquet or .csv, or a folder, which ends in /"
        )
    return ending[1:]


def check_place(out: Path, form: str) -> None:
    """Raises ``ValueError`` where a folder with files stands there, which may be somebody's tables, or a file."""
    if out.is_dir() and (form != "folder" or any(out.iterdir())):
        raise ValueError(f"{out} is a folder with files in it; remove it first or name another place")
    if form == "folder" and out.is_file():
        raise ValueError(f"{out} is a file; name another folder for the Parquet files")


@contextmanager
def write_then_rename(out: Path) -> Iterator[Path]:
    """A temporary path in the folder of ``out``, renamed to ``out`` at the end and removed after an error."""
    out.parent.mkdir(parents=True, exist_ok=True)
    _clear_away(out)
    prefix = f".{out.name}.{socket.gethostname()}-{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=prefix, suffix=".part", dir=out.parent) as staging:
        place = Path(staging) / out.name
        yield place
        if place.is_dir() and out.is_dir():
            out.rmdir()
        place.replace(out)


def _clear_away(out: Path) -> None:
    """Remove what runs for the same ``out`` left that were killed: of this machine, by the process in their names."""
    begin = f".{out.name}.{socket.gethostname()}-"
    for part in out.parent.glob(f"{glob.escape(begin)}*.part"):
        number = part.name.removeprefix(begin).partition("-")[0]
        if number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(part, ignore_errors=True)


def _runs(process: int) -> bool:
    if os.name != "posix":  # elsewhere to ask is to kill
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, and is somebody else's
        return True
    return True
