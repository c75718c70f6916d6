"""A small disk that can be filled and freed again."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

import pytest


class SmallDisk:
    """A file system of ``megabytes`` of its own in ``folder``. Skips the test where none may be mounted."""

    def __init__(self, megabytes):
        # Not among pytest's folders, which are closed to the user that PostgreSQL runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="disk-"))
        self._ballast = self.folder / "ballast"
        self._rights = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
        options = f"size={megabytes}m,mode=755,uid={os.geteuid()}"
        words = [*self._rights, "mount", "-t", "tmpfs", "-o", options, "tmpfs", self.folder]
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            self.folder.rmdir()
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        self.folder.chmod(0o755)

    def fill(self):
        """Write until there is no space left, as another program would."""
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self):
        os.truncate(self._ballast, 0)

    def close(self):
        subprocess.run([*self._rights, "umount", "--lazy", self.folder], check=True)
        self.folder.rmdir()
