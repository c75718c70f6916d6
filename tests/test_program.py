"""Hints name the program as its reader calls it."""

import sys
from pathlib import Path

import pytest

from credit import program
from credit.program import in_checkout


@pytest.mark.parametrize(
    ("started_as", "checkout", "said"),
    [
        ("/home/ann/.local/bin/credit", False, "credit"),
        ("/home/ann/project/.venv/bin/credit", True, "credit"),
        ("credit.exe", False, "credit"),
        ("/usr/lib/python3/site-packages/credit/__main__.py", False, "python -m credit"),
        ("/home/ann/project/credit/__main__.py", True, "python -m credit"),
        ("/usr/bin/gunicorn", False, "credit"),
        ("/home/ann/project/.venv/bin/gunicorn", True, "python -m credit"),
        ("", False, "credit"),
    ],
)
def test_a_hint_names_what_can_be_typed(started_as, checkout, said):
    assert program.program(started_as, checkout) == said


def test_a_checkout_has_its_makefile(tmp_path):
    assert in_checkout(Path(__file__).parents[1] / "credit")
    assert not in_checkout(tmp_path / "site-packages" / "credit")
    assert program.program(sys.argv[0], True) == program.PROGRAM
