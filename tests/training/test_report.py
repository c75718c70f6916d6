"""What the closing table says on a terminal of eighty columns, and in a page."""

import io

import polars as pl
import pytest
from rich.console import Console

from credit.decision.intervals import Interval
from credit.training.evaluation import Gain
from credit.training.report import closing, into, markdown, outcome, sentences
from credit.training.result import Outcome


def row(model, threshold, cost, saving, referred=0.0):
    return {
        "model": model,
        "threshold": threshold,
        "cv_cost": 4 * cost,
        "test_cost": cost,
        "saving": saving,
        "saving_low": saving - 0.06,
        "saving_high": saving + 0.08,
        "expected_saving": saving - 0.01,
        "roc_auc": 0.75,
        "gini": 0.5,
        "ks": 0.38,
        "brier": 0.0712,
        "calibration_slope": 0.97,
        "calibration_in_the_large": -0.05,
        "calibration_error": 0.0123,
        "refused": 0.104,
        "referred": referred,
        "accuracy": 0.9,
        "f1": 0.3,
        "fit_seconds": 12.34,
        "predict_seconds": 0.0056,
    }


TABLE = pl.DataFrame(
    [
        row("accept everybody", 1.0, 100e6, 0.0),
        row("refuse everybody", 0.0, 259.2e6, -1.592),
        row("Gradient Boosting", 0.19 / 1.19, 83e6, 0.17),
        row("Gradient Boosting at its threshold", 0.16, 82.5e6, 0.175),
        row("Gradient Boosting as served", 0.16, 80e6, 0.2, referred=0.101),
        row("predecessor at 0.48", 0.48, 95e6, 0.05),
        row("predecessor at its best", 0.64, 88e6, 0.12),
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


@pytest.mark.parametrize(
    ("smaller", "title", "said"),
    [
        (1e3, "in thousands of the currency", "82.50 thousand in place of 100.00 on the test"),
        (1e4, "in thousands of the currency", "8.25 thousand in place of 10.00 on the test"),
        (1e5, "in the currency of", "825.00 in place of 1,000.00 on the test"),
    ],
)
def test_costs_of_small_loans_are_not_rounded_to_nothing(smaller, title, said):
    screen = io.StringIO()
    costs = [pl.col(name) / smaller for name in ("cv_cost", "test_cost")]
    closing(TABLE.with_columns(costs), Console(file=screen, width=80))
    text = " ".join(screen.getvalue().split())
    assert title in text
    assert said in text


GAINS = [
    Gain("predecessor at 0.48", Interval(0.125, 0.07, 0.18), 3.5, 0.11, 3.2),
    Gain("predecessor at its best", Interval(0.055, -0.01, 0.12), 1.46, 0.04, 1.33),
    Gain("the true probability", Interval(-0.185, -0.25, -0.12), 0.486, -0.17, 0.51),
]
SAID = [
    "It saves +12.5 points beside the predecessor at 0.48 (95 % interval +7.0 to +18.0), in expectation +11.0.",
    "It saves +5.5 points beside the predecessor at its best (95 % interval -1.0 to +12.0), in expectation +4.0.",
    "It saves 49% of what deciding by the true probability saves, in expectation 51%.",
]


NOTES = ("Threshold 0.1597: break-even.", "Referred are 10.1% of the test clients.")


def came_to(**changed) -> Outcome:
    facts = {"closing": TABLE, "gains": GAINS, "notes": NOTES, "shipped": True, "reason": "better"}
    return Outcome(**{**facts, **changed})


def printed(what: Outcome) -> str:
    screen = io.StringIO()
    outcome(what, Console(file=screen, width=80))
    assert "…" not in screen.getvalue()
    return " ".join(screen.getvalue().split())


def test_gains_are_told_a_sentence_each():
    assert sentences(GAINS) == SAID
    assert sentences([]) == []


def test_a_gain_is_in_points_where_the_truth_saves_nothing_to_take_a_share_of():
    gain = Gain("the true probability", Interval(-0.03, -0.08, 0.02), None, -0.02, None)
    assert sentences([gain]) == [
        "It saves -3.0 points beside the true probability (95 % interval -8.0 to +2.0), in expectation -2.0."
    ]


def test_of_too_few_defaults_no_gain_is_told():
    gains = [Gain("predecessor at 0.48", None, 3.5), Gain("the true probability", None, 0.5, -0.1, 0.6)]
    assert sentences(gains) == [
        "What it saves beside the predecessor at 0.48: too few defaults to tell.",
        "What it saves beside the true probability: too few defaults to tell; in expectation -10.0 points.",
    ]
    told = printed(came_to(closing=TABLE.with_columns(pl.lit(None, pl.Float64).alias("saving_low"))))
    assert "17.5% saved (too few defaults to tell)" in told
    assert "17.0 (too few)" in markdown(TABLE.with_columns(pl.lit(None, pl.Float64).alias("saving_low")))


def test_a_loss_is_told_as_a_loss():
    lost = TABLE.with_columns(saving=-pl.col("saving"), saving_low=pl.lit(-0.3), saving_high=pl.lit(0.1))
    assert "17.5% lost (95 % interval -30.0% to 10.0%)" in printed(came_to(closing=lost))


def test_what_is_not_simulated_has_no_expectation():
    assert sentences([Gain("predecessor at 0.48", Interval(0.125, 0.07, 0.18), 3.5)]) == [
        "It saves +12.5 points beside the predecessor at 0.48 (95 % interval +7.0 to +18.0)."
    ]


def test_the_outcome_tells_gains_threshold_and_reviews():
    told = printed(came_to())
    for sentence in SAID:
        assert sentence in told
    for note in NOTES:
        assert note in told
    assert "Not exported" not in told


def test_a_refused_model_is_told_with_the_reason_and_the_way_out():
    told = printed(came_to(shipped=False, reason="the new model saves -3.0 points: it is worse beyond chance"))
    assert (
        "Not exported to mlruns_reduced: the new model saves -3.0 points: it is worse beyond chance. The new model "
        "is kept in MLflow as the challenger. To serve it anyway: python -m credit promote --force, then: "
        "python -m credit serve" in told
    )


def test_every_row_of_the_page_has_a_cell_for_each_heading():
    lines = markdown(TABLE).splitlines()
    assert len(lines) == 2 + TABLE.height
    assert len({line.count("|") for line in lines}) == 1
    headings = [cell.strip() for cell in lines[0].strip("|").split("|")]
    cells = [cell.strip() for cell in lines[4].strip("|").split("|")]
    assert dict(zip(headings, cells, strict=True)) == {
        "decision by": "Gradient Boosting",
        "threshold": "0.1597",
        "CV cost": "332.0",
        "test cost": "83.0",
        "saving % (95 %)": "17.0 (11 to 25)",
        "expected %": "16.0",
        "ROC AUC": "0.750",
        "Gini": "0.500",
        "KS": "0.380",
        "Brier": "0.0712",
        "slope": "0.97",
        "intercept": "-0.05",
        "error": "+1.2",
        "accuracy": "0.900",
        "F1": "0.300",
        "refused": "10.4%",
        "referred": "0.0%",
        "fit": "12.3",
        "predict": "5.6",
    }


def test_the_row_that_is_served_says_how_many_are_referred():
    cells = [cell.strip() for cell in markdown(TABLE).splitlines()[6].strip("|").split("|")]
    assert (cells[0], cells[16]) == ("Gradient Boosting as served", "10.1%")
    screen = io.StringIO()
    closing(TABLE, Console(file=screen, width=80))
    assert "served: Gradient Boosting" in screen.getvalue()


def test_what_was_not_measured_is_left_empty():
    table = TABLE.with_columns(
        calibration_slope=pl.lit(float("nan")), expected_saving=pl.lit(None, pl.Float64), fit_seconds=pl.lit(None)
    )
    cells = [cell.strip() for cell in markdown(table).splitlines()[4].strip("|").split("|")]
    assert (cells[5], cells[10], cells[17]) == ("", "", "")
    assert cells[11] == "-0.05"


def test_the_table_in_a_page_is_replaced_and_the_page_left_alone(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("above\n<!-- closing table: begin -->\nold\n<!-- closing table: end -->\nbelow\n")
    into(page, came_to())
    into(page, came_to())
    lines = page.read_text().splitlines()
    assert lines[:2] == ["above", "<!-- closing table: begin -->"]
    assert lines[2:12] == markdown(TABLE).splitlines()
    assert lines[12:] == ["", " ".join((*SAID, *NOTES)), "<!-- closing table: end -->", "below"]


def test_readme_has_six_columns_of_it(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("above\n<!-- results: begin -->\nold\n<!-- results: end -->\nbelow\n")
    into(page, came_to())
    lines = page.read_text().splitlines()
    assert lines[:2] == ["above", "<!-- results: begin -->"]
    assert lines[-2:] == ["<!-- results: end -->", "below"]
    assert len(lines) == 2 + 2 + len(TABLE) - 1 + 2  # the best model once, at its threshold
    assert {line.count("|") for line in lines[2:-2]} == {7}
    best = next(line for line in lines if "at its threshold" in line)
    full = next(line for line in markdown(TABLE).splitlines() if "at its threshold" in line)
    of = [cell.strip() for cell in full.split("|")]
    assert [cell.strip() for cell in best.split("|")][1:-1] == [*of[1:6], of[7]]


def test_a_page_without_a_place_for_the_table_is_told(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no place for the closing table"):
        into(page, came_to())
    assert page.read_text() == "nothing"


def test_an_equal_model_is_no_failure():
    said = printed(came_to(shipped=False, equal=True, reason="the model in mlruns_reduced is the same"))
    assert "Nothing is exported: the model in mlruns_reduced is the same." in said
    assert "--force" not in said


def test_where_a_model_stands_and_the_command_that_goes_on():
    assert came_to().standing("mlruns_reduced") == (
        "Exported to mlruns_reduced: better. Serve it with: python -m credit serve"
    )
    forced = came_to(allowed=False, reason="it is worse").standing("a b")
    assert (
        forced == "Exported to a b, as forced, though it is worse. Serve it with: python -m credit serve --bundle 'a b'"
    )
    beside = came_to(shipped=False, allowed=False).standing("b")
    assert "python -m credit promote --force --bundle b, then: python -m credit serve --bundle b" in beside
