"""From a probability to what a bank does: worked out by hand."""

import numpy as np
import pytest

from credit.manifest import BundleError
from credit.scorer import Scorer
from credit.verdicts import Verdicts

FILES = {"files": {"model.pkl": "0" * 64}}


def verdicts(columns=("AMT_CREDIT",), **manifest):
    return Verdicts(Scorer(None, columns, 0.16, {**FILES, **manifest}, lambda X: X[:, 0]))


def test_a_probability_of_the_band_is_referred_and_its_upper_end_refused():
    rules = verdicts(refer={"low": 0.1, "high": 0.2})
    found = rules.decisions(np.array([0.0999, 0.1, 0.16, 0.1999, 0.2, 0.9]))
    assert found == ["accept", "refer", "refer", "refer", "refuse", "refuse"]


def test_without_a_band_the_threshold_alone_decides():
    assert verdicts().decisions(np.array([0.1599, 0.16])) == ["accept", "refuse"]


def test_an_empty_band_refers_nobody():
    rules = verdicts(refer={"low": 0.16, "high": 0.16})
    assert rules.decisions(np.array([0.1599, 0.16])) == ["accept", "refuse"]


def test_points_at_the_agreed_odds():
    rules = verdicts(points={"points": 600, "odds": 50, "double": 20})
    # Odds of 50 to 1, of 100 to 1 (20 points more) and of 1 to 1: 600 - 20 * log2(50) = 487.1; none at 0.
    assert rules.points(np.array([1 / 51, 1 / 101, 0.5, 0.0])) == [600.0, 620.0, 487.1, None]


def test_the_loss_to_expect_is_probability_times_amount_times_share_lost():
    rules = verdicts(costs={"loss_given_default": 0.5})
    X = np.array([[1000.0], [np.nan], [-1.0], [0.0], [np.inf]])
    assert rules.expected_losses(np.full(5, 0.25), X) == [125.0, None, None, None, None]


def test_what_is_not_said_is_none():
    assert verdicts().points(np.array([0.5])) == [None]
    assert verdicts().expected_losses(np.array([0.5]), np.array([[1000.0]])) == [None]
    other = verdicts(("EXT_SOURCE_2",), costs={"loss_given_default": 1})
    assert other.expected_losses(np.array([0.5]), np.array([[1000.0]])) == [None]


@pytest.mark.parametrize(
    "written",
    [
        {"refer": {"low": 0.3, "high": 0.2}},
        {"refer": {"low": 0.1}},
        {"refer": [0.1, 0.2]},
        {"points": {"points": 600, "odds": 0, "double": 20}},
        {"points": {"points": 600}},
        {"costs": {"loss_given_default": 0}},
        {"costs": {}},
    ],
)
def test_rules_that_are_none_are_refused_when_the_model_is_loaded(written):
    with pytest.raises(BundleError, match=r"manifest"):
        verdicts(**written)
