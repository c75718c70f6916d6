"""The notebooks as people read them: code that fits the page, a text before the code, pictures with titles."""

import ast
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
WIDTH = 100


def cells(path, kind):
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_line_of_code_is_wider_than_the_page(path):
    wide = [line for code in cells(path, "code") for line in code.split("\n") if len(line) > WIDTH]
    assert wide == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_asks_before_any_code(path):
    first = json.loads(path.read_text())["cells"][0]
    assert first["cell_type"] == "markdown"
    assert re.match(r"# \d\. \w+: ", "".join(first["source"]))


@pytest.mark.parametrize("module", ["plots", "explanation_plots"])
def test_every_picture_has_a_title(module):
    source = (NOTEBOOKS[0].parents[1] / "credit" / "training" / f"{module}.py").read_text()
    drawing = [
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    assert drawing
    for function in drawing:
        assert "set_title" in ast.unparse(function), function.name
