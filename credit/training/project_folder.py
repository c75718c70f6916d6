"""The project's folder, in which the notebooks work wherever they were opened.

JupyterLab and nbconvert start a notebook in its own folder, papermill and nbclient in the caller's, and VS Code where
`jupyter.notebookFileRoot` says, which may be the home folder. Paths in the notebooks are those of the project's folder.
"""

import os
import shlex
import sys
from pathlib import Path

#: What the project's folder holds and another hardly does.
_MARKS = ("pyproject.toml", "notebooks/1_features.ipynb")

#: The variable of a notebook in which VS Code's Jupyter extension leaves the notebook's path.
_NOTEBOOK = "__vsc_ipynb_file__"


class ProjectError(ValueError):
    """There is no project to work in, or a path leads out of it; the text says what to do."""


def find(start: Path | None = None) -> Path:
    """The project's folder: the nearest that ``start`` is in, else the package's.

    Without ``start`` the notebook's own folder is looked at first, where the editor says which that is, and then the
    working folder. Raises `ProjectError` where there is none.
    """
    here, package = (start or Path.cwd()).resolve(), _package()
    notebook = None if start else _notebook()
    starts = (here,) if notebook is None else (notebook.resolve().parent, here)
    for folder in (*(one for begin in starts for one in (begin, *begin.parents)), package.parent):
        if all((folder / mark).is_file() for mark in _MARKS):
            return folder
    raise ProjectError(
        f"{here} is not in the project's folder, and the package in {package} was installed without it: start in the "
        "project's folder, or install the package from there: python -m pip install --editable ."
    )


def enter(*paths: str | Path) -> Path:
    """Make the project's folder the working folder; returns it.

    ``paths``: what a notebook is to read or write: a relative one is of the project's folder, and is refused
    where it leads out of it. Raises `ProjectError`, also where the code that runs is that of another project's folder:
    a copy would be filled with what the original's code makes.
    """
    folder, package = find(), _package()
    own = folder / "credit"
    if (own / "__init__.py").is_file() and not own.samefile(package):
        raise ProjectError(
            f"the project's folder is {folder}, but the code that runs is that of {package}: choose the Python of "
            f"{folder / '.venv'} as the kernel (make setup makes it), or install the package from the folder: "
            f"python -m pip install --no-deps --editable {shlex.quote(str(folder))}"
        )
    for path in paths:
        if os.path.normpath(path).startswith(os.pardir):
            raise ProjectError(
                f"{path} leads out of the project's folder {folder}, where relative paths begin: "
                "name the place with its whole path"
            )
    os.chdir(folder)
    return folder


def _package() -> Path:
    """The folder of the package that runs."""
    return Path(__file__).resolve().parents[1]


def _notebook() -> Path | None:
    """The notebook that runs this, where the editor says which that is."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it; serving has none
    shell = ipython.get_ipython() if ipython else None
    path = shell.user_ns.get(_NOTEBOOK) if shell else None
    return Path(path) if path else None
