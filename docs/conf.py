"""Sphinx's settings for `make docs`: the pages of this folder, and a reference read from the docstrings of `credit`.

AutoAPI reads the source and imports nothing of it, so the site needs neither the packages of serving nor of training.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]

project = "Credit scoring by what errors cost"
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "autoapi.extension"]
exclude_patterns = ["reference/index.rst"]  # AutoAPI's own start page; index.md links to the package itself

# Headings get the anchors that GitHub gives them, so that one link works on both.
myst_heading_anchors = 4

autoapi_dirs = [str(ROOT / "credit")]
autoapi_root = "reference"
autoapi_ignore = ["*/migrations/*"]  # scripts of Alembic, which have numbers for names
autoapi_add_toctree_entry = False
autoapi_member_order = "bysource"
# AutoAPI does not follow a constant that a tuple assigns (`ACCEPT, REFER, REFUSE = ...`) to the modules that import it;
# no page shows imported names. A type that several modules have under one name (`Rule`, `Rows`) is linked to one of
# them: the signature says which; links of the pages themselves are of another kind, and a broken one is an error.
suppress_warnings = ["autoapi.python_import_resolution", "ref.python"]
autoapi_options = ["members", "undoc-members", "show-inheritance", "show-module-summary"]

html_theme = "furo"
html_title = project
html_show_copyright = False
html_copy_source = False

_CODE = re.compile(r"``(.+?)``|`([^`]+)`", re.DOTALL)
_MARKUP = re.compile(r"[*|\\]|(?<=\w)_(?!\w)")


def _paragraph(text: str) -> str:
    """A paragraph as reStructuredText: names in backticks become code, every other mark stands for itself."""
    out, end = [], 0
    for code in _CODE.finditer(text):
        out.append(_MARKUP.sub(r"\\\g<0>", text[end : code.start()]))
        glued = text[code.end() : code.end() + 1].isalnum()
        out.append(f"``{(code[1] or code[2]).strip()}``" + (r"\ " if glued else ""))
        end = code.end()
    out.append(_MARKUP.sub(r"\\\g<0>", text[end:]))
    return "".join(out)


def _docstring(app: Sphinx, what: str, name: str, of: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are written to be read in the source: prose, ``names``, and formulas or commands indented by four."""
    blocks = re.split(r"\n[ \t]*\n", "\n".join(lines).strip("\n"))
    formed = [
        "::\n\n" + block if all(line.startswith("    ") for line in block.splitlines()) else _paragraph(block)
        for block in blocks
    ]
    lines[:] = "\n\n".join(formed).splitlines()


def _links(app: Sphinx, name: str, source: list[str]) -> None:
    """Markdown outside this folder is no page of the site: as ``path:`` it is a file to download, and has to exist."""
    source[0] = re.sub(r"\]\((\.\./[^)#\s]+\.md)\)", r"](path:\1)", source[0])


def setup(app: Sphinx) -> None:
    """Connect the form of docstrings and of links."""
    app.connect("autodoc-process-docstring", _docstring)
    app.connect("source-read", _links)
