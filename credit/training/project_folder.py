"""The project's folder, in which the notebooks work wherever they were opened.

An editor starts a notebook in its own folder, in the folder that is open, or in the home folder; papermill starts it
in the caller's. Paths in the notebooks are those of the project's folder.
"""

import os
from pathlib import Path

#: What the project's folder holds and another hardly does.
_MARKS = ("pyproject.toml", "notebooks/1_features.ipynb")


class ProjectError(ValueError):
    """There is no project to work in, or a path leads out of it; the text says what to do."""


def find(start: Path | None = None) -> Path:
    """The project's folder: the nearest that ``start`` is in (the working folder without it), else the package's.

    Raises `ProjectError` where there is neither.
    """
    here = (start or Path.cwd()).resolve()
    package = Path(__file__).resolve().parents[1]
    for folder in (here, *here.parents, package.parent):
        if all((folder / mark).is_file() for mark in _MARKS):
            return folder
    raise ProjectError(
        f"{here} is not in the project's folder, and the package in {package} was installed without it: start in the "
        "project's folder, or install the package from there: python -m pip install --editable ."
    )


def enter(*paths: str | Path) -> Path:
    """Make the project's folder the working folder; returns it.

    ``paths``: what a notebook is to read or write: a relative one is of the project's folder, and is refused
    where it leads out of it. Raises `ProjectError`.
    """
    folder = find()
    for path in paths:
        if os.path.normpath(path).startswith(os.pardir):
            raise ProjectError(
                f"{path} leads out of the project's folder {folder}, where relative paths begin: "
                "name the place with its whole path"
            )
    os.chdir(folder)
    return folder
