"""What the closing table says on a terminal of eighty columns."""

import io

import polars as pl
import pytest
from rich.console import Console

from credit.report import closing, into


def row(model, threshold, cost, saving):
    return {
        "model": model,
        "threshold": threshold,
        "cv_cost": 4 * cost,
        "test_cost": cost,
        "saving": saving,
        "saving_low": saving - 0.06,
        "saving_high": saving + 0.08,
        "roc_auc": 0.75,
        "refused": 0.104,
        "accuracy": 0.9,
        "f1": 0.3,
    }


TABLE = pl.DataFrame(
    [
        row("accept everybody", 1.0, 100e6, 0.0),
        row("refuse everybody", 0.0, 259.2e6, -1.592),
        row("Gradient Boosting", 0.19 / 1.19, 83e6, 0.17),
        row("Gradient Boosting at its threshold", 0.16, 82.5e6, 0.175),
        row("the true probability", 0.19 / 1.19, 64e6, 0.36),
    ]
)


def test_costs_are_in_millions_and_savings_in_per_cent():
    screen = io.StringIO()
    closing(TABLE, Console(file=screen, width=80))
    text = screen.getvalue()
    assert "…" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    lines = [line.split() for line in text.splitlines()]
    assert ["Gradient", "Boosting", "0.1597", "332.0", "83.0", "17.0", "(11", "to", "25)", "0.750"] in lines
    assert [
        "best:",
        "Gradient",
        "Boosting",
        "0.16",
        "330.0",
        "82.5",
        "17.5",
        "(12",
        "to",
        "26)",
        "0.750",
    ] in lines
    told = " ".join(text.split())
    assert "82.50 million in place of 100.00 on the test clients" in told
    assert "17.5% saved (95 % interval 11.5% to 25.5%)" in told
    assert "best there can be in expectation; on these clients it saved 36.0%" in told


def test_the_table_in_a_page_is_replaced_and_the_page_left_alone(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("above\n<!-- closing table: begin -->\nold\n<!-- closing table: end -->\nbelow\n")
    into(page, TABLE)
    into(page, TABLE)
    lines = page.read_text().splitlines()
    assert lines[:2] == ["above", "<!-- closing table: begin -->"]
    assert lines[-2:] == ["<!-- closing table: end -->", "below"]
    assert len(lines) == 4 + 2 + 5
    assert lines[6] == "| Gradient Boosting | 0.1597 | 332.0 | 83.0 | 17.0 (11 to 25) | 0.750 | 0.900 | 0.300 | 10.4% |"


def test_a_page_without_a_place_for_the_table_is_told(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no place for the closing table"):
        into(page, TABLE)
    assert page.read_text() == "nothing"
