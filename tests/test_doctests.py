"""Examples in docstrings give what stands beneath them."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "credit").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


def test_the_formulas_have_examples():
    assert set(MODULES) >= {
        "credit.decision.cost",
        "credit.decision.points",
        "credit.decision.review",
        "credit.features.feature",
        "credit.model.calibration",
        "credit.monitoring.population_stability",
    }


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_say(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
