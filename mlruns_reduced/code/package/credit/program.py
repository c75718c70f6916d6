"""How this program is called, so that a hint names a command that the reader can type.

Where the wheel is installed the program is ``credit``; after ``uv tool install`` no ``python`` on the PATH knows the
package. In a checkout ``credit`` may not be on the PATH, and ``python -m credit`` works.
"""

import sys
from pathlib import Path

#: The folder of the package.
PACKAGE = Path(__file__).parent

_INSTALLED, _AS_MODULE = "credit", "python -m credit"


def in_checkout(package: Path = PACKAGE) -> bool:
    """Whether the package lies in a checkout of the project, with its Makefile."""
    return (package.parent / "Makefile").is_file() and (package.parent / "pyproject.toml").is_file()


def program(started_as: str, checkout: bool) -> str:
    """How to call the program. ``started_as``: the path of what runs, ``sys.argv[0]``; gunicorn or a notebook, for
    example, of which only ``checkout`` says where the package comes from.
    """
    path = Path(started_as)
    if path.stem == "credit" and path.suffix in ("", ".exe"):
        return _INSTALLED
    if path.name == "__main__.py" and path.parent.name == "credit":
        return _AS_MODULE
    return _AS_MODULE if checkout else _INSTALLED


#: How this process's hints call the program.
PROGRAM = program(sys.argv[0] if sys.argv else "", in_checkout())
#: How a model is made anew, at the end of a sentence.
RETRAIN = "make run" if in_checkout() else f"{PROGRAM} train DIR"
