"""The threshold command: other costs without a training, printed and applied."""

import json
import re

import pytest
from support import small
from support.command_line import FETCH, POINTER, credit

from credit.decision.cost import Costs
from credit.decision.review import Plan


@pytest.mark.parametrize("name", ["manifest.json", "model.pkl"])
def test_a_threshold_is_not_searched_for_a_model_that_was_not_fetched(tmp_path, name):
    (small.bundle(tmp_path / "model") / name).write_text(POINTER)
    assert credit("threshold", "--bundle", tmp_path / "model", code=1) == f"error: {tmp_path}/model/{name} {FETCH}.\n"


def test_threshold_tells_what_other_costs_would_bring_and_changes_nothing(bundle):
    before = {path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    lines = credit("threshold", "--margin", 0.15, "--lgd", 0.6, "--bundle", bundle).splitlines()
    assert lines[0] == "margin 15.0%, loss given default 60.0% of the loan"
    assert lines[1] == "break-even probability   0.2000"
    assert re.fullmatch(r"threshold                0\.2000, saves \d+\.\d% of what accepting everybody costs", lines[2])
    assert lines[3].startswith("threshold of the model   0.16, would save ")
    search = r"The search over 0.01 to 0.99 finds (0\.\d\d) .* not surely more than nothing, so theory decides."
    assert abs(float(re.fullmatch(search, lines[4])[1]) - 0.20) <= 0.05
    alike = r"Thresholds from (0\.\d+) to (0\.\d+) cannot be told apart from it by what they cost."
    low, high = map(float, re.fullmatch(alike, lines[5]).groups())
    assert low < 0.2 < high
    referred = r"referred: whom a review at [\d,]+ with a skill of 0.5 pays for, some (.*)% of the training clients"
    assert abs(float(re.fullmatch(referred, lines[6])[1]) - 10) <= 0.5
    assert lines[7] == "nothing was changed; --apply writes it into the folder"
    assert {
        path.relative_to(bundle).as_posix(): path.read_bytes() for path in bundle.rglob("*") if path.is_file()
    } == before


def test_threshold_writes_what_it_found_where_it_is_told_to(bundle):
    from credit.model import load_bundle

    model = (bundle / "model.pkl").read_bytes()
    told = credit("threshold", "--margin", 0.15, "--lgd", 0.6, "--bundle", bundle, "--apply")
    loaded = load_bundle(bundle)
    assert loaded.threshold == 0.15 / 0.75 != 0.16
    assert loaded.manifest["costs"] == {"margin": 0.15, "loss_given_default": 0.6}
    assert loaded.manifest["threshold"]["alike"]["low"] < 0.2 < loaded.manifest["threshold"]["alike"]["high"]
    assert loaded.manifest["review"]["capacity"] == 0.1
    assert loaded.manifest["metrics"] == {"roc_auc": 0.75}
    assert (bundle / "model.pkl").read_bytes() == model
    assert told.splitlines()[-2:] == [
        "savings and fairness on test clients are not measured at this threshold; to measure them, name the tables of "
        "the training: --data FOLDER",
        f"written to {bundle}; restart the server to decide by it",
    ]
    # Now these are the costs of the model.
    again = credit("threshold", "--bundle", bundle)
    assert "margin 15.0%, loss given default 60.0%" in again
    assert "nothing was changed" not in again


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--margin", 15), "the margin is a share of the loan, above 0 and at most 1, but it is 15; 0.15 is 15 %"),
        (("--lgd", 0), "the loss given default is a share of the loan, above 0 and at most 1, but it is 0"),
        (("--margin", "nan"), "the margin is a share of the loan"),
    ],
)
def test_threshold_refuses_shares_that_are_none(bundle, options, words):
    assert f"error: {words}" in credit("threshold", *options, "--bundle", bundle, "--apply", code=1)
    assert (bundle / "best_threshold").read_text() == "0.16\n"


def test_threshold_takes_reviews_and_the_next_training_takes_what_was_applied(bundle, train_asked):
    told = credit(
        "threshold", "--bundle", bundle, "--margin", 0.15, "--review-cost", 2500, "--review-skill", 0.7, "--apply"
    )
    assert re.search(
        r"referred: whom a review at 2,500 with a skill of 0.7 pays for, some \d+\.\d% of the training", told
    )
    said = credit("train", "tables", "--bundle", bundle)
    terms = train_asked[0]["terms"]
    assert (terms.costs, terms.plan) == (Costs(0.15, 1.0), Plan(0.7, None, 2500.0))
    assert f"margin 0.15 of the loan (as in {bundle})" in said
    both = credit("threshold", "--bundle", bundle, "--review-cost", 1, "--review-capacity", 0.1, code=1)
    assert "leave out --review-cost or --review-capacity" in both


def test_threshold_says_where_a_model_keeps_no_amounts_or_is_not_there(bundle, tmp_path):
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["exposure"]
    path.write_text(json.dumps(manifest))
    told = credit("threshold", "--bundle", bundle, "--apply", code=1)
    assert "keeps no amounts by probability, so no threshold can be searched from it; retrain" in told
    assert "There is no folder" in credit("threshold", "--bundle", tmp_path / "nowhere", code=1)


@pytest.mark.parametrize("margin", ["0.15", "15%", "15 %", " 15%"])
def test_a_share_may_be_written_in_per_cent(margin):
    assert credit("threshold", "--margin", margin) == credit("threshold", "--margin", "0.15")


@pytest.mark.parametrize("margin", ["15%%", "a lot", "%", "15% of it"])
def test_what_is_no_share_is_told_how_to_write_one(margin):
    assert "is no share; write 0.15 or 15%" in credit("threshold", "--margin", margin, code=2)
