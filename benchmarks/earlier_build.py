"""An earlier build of this project, to be measured beside this one."""

import io
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def checkout(revision: str, folder: Path) -> Path:
    """The files of a revision of this repository, in a new ``folder``."""
    done = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True)
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder
