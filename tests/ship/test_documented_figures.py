"""What docs/decisions-by-cost.md says of the shipped model is what its manifest and the closing table say."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "decisions-by-cost.md").read_text(encoding="utf-8")
KNOWN = {one["known"]: one for one in json.loads((ROOT / "mlruns_reduced" / "manifest.json").read_text())["known"]}

#: A row of the page -> the case in the manifest.
CASES = {
    "the application alone": "application",
    "with the bureau": "application and bureau",
    "with own loans": "application and own loans",
    "everything": "everything",
    "the columns of README's example": "the columns of README's example",
    "the application without external scores": "application without the external scores",
}


def section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def closing_table():
    """Row -> its cells, in the order of the heading."""
    table = re.search(r"<!-- closing table: begin -->(.*?)<!-- closing table: end -->", PAGE, re.DOTALL)[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"]
    heading, _, *others = rows
    return {row[0]: dict(zip(heading, row, strict=True)) for row in others}


@pytest.mark.parametrize("row", CASES)
def test_savings_with_less_information_are_those_of_the_manifest(row):
    case = KNOWN[CASES[row]]
    said = re.search(rf"^\| {re.escape(row)} \| (\S+) % \| (\S+) % \|$", section("With less information"), re.MULTILINE)
    assert (said[1], said[2]) == (f"{100 * case['saving']:.1f}", f"{100 * case['saving_alone']:.1f}")


def test_the_price_of_signs_and_the_calibration_are_those_of_the_manifest():
    text = section("With less information").replace("\n", " ")
    price = max(one["saving_free"] - one["saving_alone"] for one in KNOWN.values())
    assert f"up to {100 * price:.1f} points" in text
    off = {name: one["mean_probability"] / one["default_rate"] - 1 for name, one in KNOWN.items()}
    far = {name: value for name, value in off.items() if abs(value) > 0.03}
    assert "within 3 % of the default rate in eight of nine cases" in text
    assert list(far) == ["everything but EXT_SOURCE_3"]
    assert f"and {100 * far['everything but EXT_SOURCE_3']:.0f} % above it" in text


def test_the_comparison_with_the_system_followed_quotes_the_closing_table():
    text = section("Compared with the system that it follows")
    table = closing_table()
    saving = next(name for name in table["Champion"] if name.startswith("saving"))
    mine, served = table["Champion at its threshold"][saving], table["Champion as served"][saving].split()[0]
    old, best = (table[f"predecessor at {at}"][saving].split()[0] for at in ("0.48", "its best"))
    value, interval = mine.split(maxsplit=1)
    assert f"{value} % {interval}, at a threshold that follows from the costs, {served} % with reviews" in text
    assert f"the predecessor {old} %, at its best {best} %" in text
    assert f"the predecessor is {float(table['predecessor at 0.48']['error']):.1f} points off" in text
    assert f"calibrated: {abs(float(table['Champion at its threshold']['error'])):.1f} points off" in text
