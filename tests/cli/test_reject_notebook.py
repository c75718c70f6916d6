"""Notebook 7 executed on a small bank: it says what it asks, shows a table and a picture, and fails nowhere."""

import shutil
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from credit.cli import notebook_runner

SOURCE = Path(__file__).parents[2] / "notebooks"
NAME = "7_reject_inference"

#: Sixty small trainings, where other tests may run too.
pytestmark = pytest.mark.timeout(900)


def test_the_notebook_of_the_refused_grades_every_method(tmp_path):
    shutil.copytree(SOURCE, tmp_path / "notebooks")
    shutil.copy(SOURCE.parent / "pyproject.toml", tmp_path)
    parameters = {"CLIENTS": 1_500, "JUDGES": 600}
    notebook_runner.execute(
        NAME, parameters, tmp_path / "run", Console(quiet=True), tmp_path / "notebooks", tmp_path / "notebooks"
    )
    cells = nbformat.read(tmp_path / "run" / f"{NAME}.ipynb", as_version=4).cells
    outputs = [output for cell in cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [one for one in outputs if one.output_type == "error" or one.get("name") == "stderr"]
    assert any("image/png" in one.get("data", {}) for one in outputs)
    shown = "".join(one.get("data", {}).get("text/plain", "") for one in outputs)
    for method in ("nothing: accepted only", "parcelling", "exploring, weighted calibration", "all outcomes known"):
        assert method in shown
