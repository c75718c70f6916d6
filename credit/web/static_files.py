"""The files that the pages fetch: read once, served from memory, kept by browsers under a version in their address.

The version is the beginning of a hash over all files. A browser may keep what it fetched under this server's own
version for ever, for another version has other addresses. Under any other version, as in the minute in which a new
release takes over, the files of this server are served and nobody keeps them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

#: Beside the templates.
FOLDER = Path(__file__).parent / "static"

#: The kinds of files that there are.
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}

#: For ever: a year, and no question whether it changed.
KEPT = "public, max-age=31536000, immutable"

#: Digits of the version.
_DIGITS = 16


@dataclass(frozen=True)
class Files:
    """``version``: of all of them together. ``contents``: name -> bytes."""

    version: str
    contents: Mapping[str, bytes]

    @staticmethod
    def type_of(name: str) -> str:
        """The media type of a file."""
        return TYPES[Path(name).suffix]


@lru_cache(maxsize=2)
def files(folder: Path = FOLDER) -> Files:
    """The files in ``folder``, read on first use."""
    contents = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in TYPES}
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return Files(digest.hexdigest()[:_DIGITS], contents)
