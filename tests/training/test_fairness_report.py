"""The frontier on a terminal: every row whole, also where it is narrow, and the point that is taken."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from support.frontier import point

from credit.training import fairness_report
from credit.training.client_attributes import ALWAYS, Attribute
from credit.training.fairness_alternatives import COLUMNS, Alternative
from credit.training.fairness_frontier import Frontier, with_dominated
from credit.training.gap_contributions import Carried

LONG = "without protected and reason external_scores"


def named(one, name):
    return replace(one, alternative=Alternative(name, COLUMNS, {}))


@pytest.fixture
def frontier():
    """Model 0 saves 30 % and is dominated by model 1; model 2 saves less and approves more alike."""
    points = with_dominated(
        [
            named(point(0, 0.300, gender=0.9, age=0.7, NAME_FAMILY_STATUS=0.8), "unchanged"),
            named(point(1, 0.301, gender=0.9, age=0.75, NAME_FAMILY_STATUS=0.8), "weighed by age, strength 1"),
            named(point(2, 0.250, gender=0.95, age=0.9, NAME_FAMILY_STATUS=0.85), LONG),
        ]
    )
    carries = {"gender": [Carried("EXT_SOURCE_1", ("EXT_SOURCE_1",), 0.031)], "age": []}
    return Frontier(points, (*ALWAYS, Attribute("NAME_FAMILY_STATUS")), carries, 900, 300)


def shown(frontier, width, taken=None):
    page = io.StringIO()
    fairness_report.show(frontier, taken, Console(file=page, width=width))
    return page.getvalue()


def test_a_row_says_what_it_saves_its_ratios_and_what_dominates_it(frontier):
    rows = [" ".join(line.split()) for line in shown(frontier, 200).splitlines()]
    ratios = "0.90 (0.80 to 1.00) 0.70 (0.60 to 0.80) 0.80 (0.70 to 0.90)"
    assert rows.count(f"0 unchanged 1 30.0 - {ratios}") == 2  # out of fold, and on the test clients
    ratios = "0.95 (0.85 to 1.05) 0.90 (0.80 to 1.00) 0.85 (0.75 to 0.95)"
    assert rows.count(f"2 {LONG} 25.0 too few defaults to tell {ratios}") == 2
    assert "Saving against the ratio of approvals, out of fold: models of 900 training clients" in rows
    assert "The same on 300 test clients" in rows
    assert rows[-1] == "Of the difference in approvals by gender, in points of the clients: EXT_SOURCE_1 +3.1."


def test_no_name_and_no_figure_is_cut_off_on_a_narrow_terminal(frontier):
    page = shown(frontier, 80)
    assert "\u2026" not in page
    letters = "".join(page.split())
    assert letters.count("1.05)") == 2
    assert all(len(line) <= 80 for line in page.splitlines())


def test_the_point_that_is_taken_is_bold_and_a_dominated_one_is_dim(frontier):
    page = io.StringIO()
    fairness_report.show(frontier, frontier.points[2], Console(file=page, width=200, force_terminal=True))
    rows = page.getvalue().splitlines()
    assert all("\x1b[1m" in row for row in rows if LONG in row)
    assert all("\x1b[2m" in row for row in rows if "unchanged" in row)


def test_picture_and_table_are_written(frontier, tmp_path):
    folder = fairness_report.write(frontier, tmp_path / "fairness", frontier.points[1])
    assert (folder / "frontier.png").read_bytes().startswith(b"\x89PNG")
    assert len((folder / "frontier.csv").read_text().splitlines()) == 4
    assert len(fairness_report.picture(frontier).axes) == 3
