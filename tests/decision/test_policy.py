"""From probability and amount to what a bank does: worked out by hand."""

import math

import numpy as np
import pytest

from credit.decision.cost import Costs
from credit.decision.policy import Policy, Rule, outdated
from credit.decision.review import Review
from credit.model import Scorer
from credit.model.manifest import BundleError

FILES = {"files": {"model.pkl": "0" * 64}}
COSTS = {"margin": 0.25, "loss_given_default": 0.5}
NAN = math.nan


def policy(columns=("AMT_CREDIT",), **manifest):
    return Policy(Scorer(None, columns, 0.16, {**FILES, **manifest}, lambda X: X[:, 0]))


def review(cost, skill=0.5, capacity=None):
    return {"cost": cost, "skill": skill, "capacity": capacity}


def test_a_client_is_referred_where_a_review_saves_more_than_it_costs():
    rule = policy(costs=COSTS, review=review(50))
    # At 1,000 a review saves half of 1000 * min(p / 2, (1 - p) / 4): 50 at 0.2 and at 0.6, more between them.
    p = np.array([0.15, 0.2, 0.25, 0.5, 0.59, 0.61])
    assert rule.model_decisions(p, np.full(6, 1000.0)) == ["accept", "refuse", "refer", "refer", "refer", "refuse"]
    # The same clients with half of the loan: nowhere more than 41.67.
    assert rule.model_decisions(p, np.full(6, 500.0)) == ["accept", *["refuse"] * 5]


def test_the_same_probability_is_referred_for_a_large_loan_alone():
    rule = policy(costs=COSTS, review=review(50))
    # 0.1 * 0.5 * 0.5 = 0.025 of the loan: more than 50 from 2,000 on.
    assert rule.model_decisions(np.full(3, 0.1), np.array([1999.0, 2000.0, 2001.0])) == ["accept", "accept", "refer"]


@pytest.mark.parametrize("manifest", [{}, {"review": None}, {"review": review(None)}])
def test_without_a_review_the_threshold_alone_decides(manifest):
    rule = policy(**manifest)
    assert rule.model_decisions(np.array([0.1599, 0.16]), np.full(2, 1e9)) == ["accept", "refuse"]
    assert rule.bands(np.array([1e9])) == [None]


def test_a_loan_whose_amount_is_not_known_is_not_referred():
    rule = policy(costs=COSTS, review=review(0))
    assert rule.model_decisions(np.array([0.1, 0.3]), np.array([NAN, NAN])) == ["accept", "refuse"]
    assert rule.worths(np.array([0.1]), np.array([NAN])) == rule.stakes(np.array([0.1]), np.array([NAN])) == [None]
    assert rule.bands(np.array([NAN])) == [None]


def test_yes_and_no_are_the_thresholds_whoever_is_referred():
    rule = policy(costs=COSTS, review=review(0))
    assert rule.refused(np.array([0.1599, 0.16])).tolist() == [False, True]
    assert rule.model_decisions(np.array([0.1599, 0.16]), np.full(2, 1000.0)) == ["refer", "refer"]


def test_what_is_at_stake_and_what_a_review_is_worth():
    rule = policy(costs=COSTS, review=review(50, skill=0.8))
    p, amount = np.array([0.1, 0.5, 0.9]), np.full(3, 1000.0)
    assert rule.stakes(p, amount) == [50.0, 125.0, 25.0]
    assert rule.worths(p, amount) == [40.0, 100.0, 20.0]
    assert policy(costs=COSTS).worths(p, amount) == [None] * 3
    assert policy(costs=COSTS).stakes(p, amount) == [50.0, 125.0, 25.0]


def test_the_band_is_that_of_the_amount():
    found = policy(costs=COSTS, review=review(50)).bands(np.array([1000.0, 599.0]))
    assert found == [{"low": pytest.approx(0.2), "high": pytest.approx(0.6)}, None]


def test_amounts_are_those_of_the_loan_and_nothing_else():
    X = np.array([[1000.0], [NAN], [-1.0], [0.0], [math.inf]])
    assert policy().amounts(X).tolist() == pytest.approx([1000.0, NAN, NAN, NAN, NAN], nan_ok=True)
    assert policy(("EXT_SOURCE_2",)).amounts(X).tolist() == pytest.approx([NAN] * 5, nan_ok=True)


def test_points_at_the_agreed_odds():
    rules = policy(points={"points": 600, "odds": 50, "double": 20})
    # Odds of 50 to 1, of 100 to 1 (20 points more) and of 1 to 1: 600 - 20 * log2(50) = 487.1; none at 0.
    assert rules.points(np.array([1 / 51, 1 / 101, 0.5, 0.0])) == [600.0, 620.0, 487.1, None]
    assert policy().points(np.array([0.5])) == [None]


def test_the_loss_to_expect_is_probability_times_amount_times_share_lost():
    found = policy(costs=COSTS).expected_losses(np.full(2, 0.25), np.array([1000.0, NAN]))
    assert found == [125.0, None]


def test_a_manifest_that_says_nothing_of_costs_has_the_usual_ones():
    assert policy().costs == Costs(0.19, 1.0)
    assert policy().expected_losses(np.array([0.25]), np.array([1000.0])) == [250.0]


@pytest.mark.parametrize("given", [None, Review(0.0), Review(math.inf, 0.7, 0.0), Review(51.25, 0.6, 0.1)])
def test_a_rule_is_read_as_it_was_written(given):
    rule = Rule(0.16, Costs(0.25, 0.5), given)
    assert Rule.of(0.16, rule.to_dict()) == rule


@pytest.mark.parametrize(
    "written",
    [
        {"review": {"cost": 1, "skill": 0.5}},
        {"review": review(-1)},
        {"review": review(1, skill=0)},
        {"review": [1, 0.5, None]},
        {"points": {"points": 600, "odds": 0, "double": 20}},
        {"points": {"points": 600}},
        {"costs": {"margin": 0.19, "loss_given_default": 0}},
        {"costs": {"loss_given_default": 0.5}},
        {"costs": {}},
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_when_the_model_is_loaded(written):
    with pytest.raises(BundleError, match=r"manifest"):
        policy(**written)


def test_a_band_of_an_earlier_version_refers_no_client_and_is_pointed_out():
    band = {"refer": {"low": 0.1, "high": 0.2}}
    assert policy(**band).model_decisions(np.array([0.15]), np.array([1e9])) == ["accept"]
    assert "no client is referred to a person" in outdated(band)
    assert outdated({}) is outdated({**band, "review": review(50)}) is None
