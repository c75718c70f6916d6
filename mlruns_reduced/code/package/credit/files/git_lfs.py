"""Git LFS pointers: the three lines that Git leaves in a file's place where Git LFS keeps the bytes elsewhere.

A clone made without Git LFS has them in place of tables, models and databases. Beside credit/tables/ and not in it,
because gunicorn's master checks a model's files, and a numerical library that it loaded would not survive the fork.
Form: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from pathlib import Path

#: What every pointer begins with.
FIRST_BYTES = b"version https://git-lfs.github.com/spec/v1"
#: The end of the sentence that begins with the file's name. Git LFS fetches the file; git checkout would write the
#: pointer again.
ADVICE = "is a Git LFS pointer and not the file itself: run git lfs pull"


def is_pointer(path: Path) -> bool:
    """Whether the file at ``path`` is a Git LFS pointer; False for a folder, or where there is nothing.

    Raises ``OSError`` for a file that cannot be opened.
    """
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(FIRST_BYTES)) == FIRST_BYTES
