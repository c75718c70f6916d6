"""How far a model's answer moves once a part is known, by a model whose answers are added up by hand."""

import numpy as np
import pytest

from credit.features.information_sources import BUREAU, SCORES
from credit.model import Scorer
from credit.training import answer_spreads
from credit.training.dataset import Dataset
from credit.training.information_value import all_parts, bought

COLUMNS = ("AMT_CREDIT", "DAYS_BIRTH", "EXT_SOURCE_2", "BUREAU_HISTORY", "BUREAU_DAYS_CREDIT_MAX")
N = 5_000


def answer(x):
    """Log odds -2.6, plus 0.2 of the age, 0.6 of the score, 0.3 of the bureau's days; what is unknown adds its mean.

    For rare defaults the mean of exp(s z) is exp(s * s / 2): so 0.02, 0.16 (a little less, for 0.6 is wide) and 0.045.
    """
    age, score, _, days = x[:, 1:].T
    known = [
        np.where(np.isnan(value), mean, by * np.nan_to_num(value))
        for value, by, mean in ((age, 0.2, 0.02), (score, 0.6, 0.16), (days, 0.3, 0.045))
    ]
    return 1 / (1 + np.exp(2.6 - sum(known)))


@pytest.fixture(scope="module")
def x():
    drawn = np.random.default_rng(3).normal(size=(N, len(COLUMNS)))
    drawn[:, 0] = 1000.0
    drawn[:, 3] = 1.0
    return drawn


@pytest.fixture(scope="module")
def measured(x):
    return answer_spreads.measured(answer, x, COLUMNS, dict.fromkeys(COLUMNS, 0.0), {"DAYS_BIRTH": 0.2})


def test_the_spread_is_what_the_part_adds(measured):
    """Normal values of deviation 1: so 0.6 of the score deviate by 0.6, whatever else is known."""
    expected = {"external_scores": 0.6, "bureau": 0.3, "application": 0.2}
    rows = measured["spreads"]
    assert len(rows) == 3 * 2**2  # three parts that the model reads, each beside the two others known or not
    for row in rows:
        for value in row["spread"]:
            assert value == pytest.approx(expected[row["part"]], rel=0.15), row
        # Of one column half the clients have it: the variance is half.
        if row["part"] == "application" and len(row["known"]) == 2:
            assert np.mean(row["half"]) == pytest.approx(0.2 * 0.5**0.5, rel=0.2)


def test_a_score_has_the_share_of_the_variance_that_it_brings_beside_the_others():
    """0.6 and 0.3 times normal scores: 0.36 and 0.09 of the variance 0.45; of the third, that few have, nothing."""
    columns = ("AMT_CREDIT", "EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
    drawn = np.random.default_rng(5).normal(size=(N, 4))
    drawn[29:, 3] = np.nan

    def model(x):
        return 1 / (1 + np.exp(2.6 - 0.6 * np.nan_to_num(x[:, 1]) - 0.3 * np.nan_to_num(x[:, 2])))

    scores = answer_spreads.measured(model, drawn, columns, dict.fromkeys(columns, 0.0), {})["scores"]
    assert list(scores) == ["EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"]
    assert scores["EXT_SOURCE_1"] == pytest.approx(0.8, abs=0.02)
    assert scores["EXT_SOURCE_2"] == pytest.approx(0.2, abs=0.02)
    assert scores["EXT_SOURCE_3"] == 0


def test_a_part_that_the_model_does_not_read_has_no_spread(measured):
    assert "own_loans" not in {row["part"] for row in measured["spreads"]}


def test_columns_that_are_nearly_always_known_are_told_the_weightiest_first(x):
    columns = ("AMT_CREDIT", "DAYS_BIRTH", "DAYS_EMPLOYED", "OWN_CAR_AGE", "EXT_SOURCE_2")
    missing = {"DAYS_BIRTH": 0.0, "DAYS_EMPLOYED": 0.02, "OWN_CAR_AGE": 0.66, "EXT_SOURCE_2": 0.0}
    weights = {"DAYS_BIRTH": 0.1, "DAYS_EMPLOYED": 0.3}
    found = answer_spreads.measured(lambda rows: np.full(len(rows), 0.1), x[:200], columns, missing, weights)
    assert found["columns"] == ["DAYS_EMPLOYED", "DAYS_BIRTH"]  # the scores are a part of their own
    assert all(value == 0 for row in found["spreads"] for value in row["spread"])


@pytest.fixture(scope="module")
def clients(x):
    p = answer(x)
    y = (np.random.default_rng(4).random(N) < p).astype(np.int64)
    return Dataset(np.arange(N), x, COLUMNS, y, x[:, 0], np.arange(N), p, {"simulated": True})


@pytest.fixture(scope="module")
def scorer(measured):
    manifest = {
        "files": {"model.pkl": "0" * 64},
        "costs": {"margin": 0.19, "loss_given_default": 1.0},
        "unknown": measured,
    }
    return Scorer(None, COLUMNS, 0.19 / 1.19, manifest, answer)


@pytest.mark.parametrize("part", [BUREAU, SCORES], ids=lambda part: part.name)
def test_what_is_expected_to_be_saved_is_saved(scorer, clients, part):
    """On these clients the truth is the fuller answer itself, so the rule's own expectation can be held against it."""
    found = bought(scorer, clients, part)
    assert found.saved[0] == 0
    assert found.saved[-1] > 0
    assert found.expected == pytest.approx(found.saved[-1], rel=0.25)
    assert found.random[-1] == pytest.approx(found.saved[-1])


@pytest.mark.parametrize("part", [BUREAU, SCORES], ids=lambda part: part.name)
def test_bought_for_the_right_clients_it_saves_more_than_twice_as_much_as_at_random(scorer, clients, part):
    assert bought(scorer, clients, part).times(0.2) > 2


def test_every_part_that_the_manifest_knows_is_judged(scorer, clients):
    assert [one.part.name for one in all_parts(scorer, clients)] == ["bureau", "external_scores", "application"]


def test_an_older_model_says_what_to_do(clients):
    old = Scorer(None, COLUMNS, 0.16, {"files": {"model.pkl": "0" * 64}}, answer)
    assert all_parts(old, clients) == []
    with pytest.raises(ValueError, match="export the model again"):
        bought(old, clients, BUREAU)
