"""Who is referred: values worked out by hand, and the capacity that is asked for."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.decision.cost import Costs
from credit.decision.review import Plan, Review, at_stake, costs_with_reviews, decided

COSTS = Costs(0.25, 0.5)


def test_at_stake_is_what_the_cheaper_decision_costs():
    """p = 0.2: accepting 0.2 * 0.5 = 0.1, refusing 0.8 * 0.25 = 0.2. p = 0.6: 0.3 and 0.1. Break-even at 1 / 3."""
    stake = at_stake([0.2, 0.6, 1 / 3], [1000, 1000, 600], COSTS)
    np.testing.assert_allclose(stake, [100, 100, 100])
    assert COSTS.break_even == pytest.approx(1 / 3)


def test_a_review_pays_where_it_saves_more_than_it_costs():
    """At skill 0.5 it saves 50 of a stake of 100."""
    p, amount = [0.2, 0.2, 0.2, 0.2], [1000, 999, 1001, math.nan]
    assert Review(50, 0.5).pays(p, amount, COSTS).tolist() == [False, False, True, False]
    np.testing.assert_allclose(Review(50, 0.5).worth(p[:3], amount[:3], COSTS), [50, 49.95, 50.05])
    assert not Review(math.inf).pays(p, amount, COSTS).any()


def test_the_band_of_a_loan_is_where_its_review_pays():
    """50 / (0.5 * 1000) = 0.1 of the loan: from 0.1 / 0.5 = 0.2 to 1 - 0.1 / 0.25 = 0.6; none below a loan of 600."""
    assert Review(50, 0.5).band(1000, COSTS) == pytest.approx((0.2, 0.6))
    assert Review(50, 0.5).band(599, COSTS) is None
    assert Review(50, 0.5).band(601, COSTS) is not None
    assert Review(math.inf).band(1e9, COSTS) is None
    assert Review(0).band(math.nan, COSTS) is None
    # The smallest double: half of it is 0, and so is what a review saves.
    for cost in (0, 50):
        assert Review(cost, 0.5).band(5e-324, COSTS) is None
        assert not Review(cost, 0.5).pays([0.4], [5e-324], COSTS).any()


def test_a_capacity_refers_so_many_and_those_with_most_at_stake():
    generator = np.random.default_rng(3)
    p, amount = generator.beta(1, 8, 1000), generator.lognormal(13, 0.7, 1000)
    for capacity in (0, 0.001, 0.1, 0.37, 1):
        review = Review.at_capacity(p, amount, COSTS, capacity)
        referred = review.pays(p, amount, COSTS)
        assert referred.sum() == round(1000 * capacity)
        stake = at_stake(p, amount, COSTS)
        assert not referred.any() or referred.all() or stake[referred].min() > stake[~referred].max()
        assert review.capacity == capacity


@settings(deadline=None)
@given(st.floats(1, 1e7), st.floats(0, 1), st.floats(0, 1e5), st.floats(0.01, 1))
def test_band_and_rule_say_the_same(amount, p, cost, skill):
    review = Review(cost, skill)
    band = review.band(amount, COSTS)
    inside = band is not None and band[0] < p < band[1]
    close = abs(float(review.worth([p], [amount], COSTS)[0]) - cost) <= 1e-9 * max(cost, amount)
    assert close or bool(review.pays([p], [amount], COSTS)[0]) == inside


@pytest.mark.parametrize("review", [Review(12.5, 0.4, 0.1), Review(math.inf, 1.0, 0.0), Review(0.0, 0.5, None)])
def test_a_manifest_gives_back_what_was_written(review):
    assert Review.of({"review": review.to_dict()}) == review


def test_a_manifest_without_a_review_has_none():
    assert Review.of({}) is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((-1, 0.5, None), "costs 0 or more"),
        ((math.nan, 0.5, None), "costs 0 or more"),
        ((1, 0, None), "above 0 and at most 1"),
        ((1, 1.1, None), "above 0 and at most 1"),
        ((1, 0.5, 1.5), "from 0 to 1"),
    ],
)
def test_values_that_make_no_review_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Review(*values)


def test_a_part_of_a_manifest_that_is_no_review_is_named():
    with pytest.raises(ValueError, match="review must give cost, skill and capacity"):
        Review.of({"review": {"cost": 3}})


def test_no_clients_have_no_capacity():
    with pytest.raises(ValueError, match="needs clients"):
        Review.at_capacity([], [], COSTS)


# -- the one rule, and what it costs -----------------------------------------------------------------------------------


def test_a_client_is_referred_where_a_review_pays_and_else_decided_by_the_threshold():
    """Loans of 1,000 and a review at 50 with skill 0.5 pay between 0.2 and 0.6, see above."""
    p, amount = [0.1, 0.3, 0.5, 0.7, 0.3, 0.5], [1000, 1000, 1000, 1000, math.nan, 100]
    found = decided(p, amount, 0.4, COSTS, Review(50, 0.5))
    assert found.tolist() == ["accept", "refer", "refer", "refuse", "accept", "refuse"]
    assert decided(p, amount, 0.4, COSTS, None).tolist() == ["accept", "accept", "refuse", "refuse", "accept", "refuse"]
    assert decided([0.4], [1], 0.4, COSTS, None).tolist() == ["refuse"]  # at the threshold


def test_a_reviewed_client_costs_the_review_and_the_errors_that_stay():
    costs, referred = np.array([100.0, 100.0, 0.0]), np.array([True, False, True])
    assert costs_with_reviews(costs, referred, Review(7, 0.6)).tolist() == [47, 100, 7]
    assert costs_with_reviews(costs, referred, None) is costs
    assert costs_with_reviews(costs, np.zeros(3, bool), Review(math.inf)).tolist() == [100, 100, 0]


def test_a_plan_is_a_capacity_or_a_cost():
    p, amount = np.linspace(0.01, 0.9, 50), np.full(50, 1000.0)
    assert Plan().review(p, amount, COSTS) == Review.at_capacity(p, amount, COSTS)
    assert Plan(0.3, None, 40.0).review(p, amount, COSTS) == Review(40.0, 0.3)
    for plan in (Plan(0.3, 0.2), Plan(0.3, None, 40.0)):
        assert Plan.of(plan.review(p, amount, COSTS)) == plan


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0.5, 0.1, 40.0), "either their cost or a capacity"),
        ((0.5, None, None), "either their cost or a capacity"),
        ((0.0, 0.1, None), "a reviewer's skill"),
        ((0.5, 1.1, None), "the capacity is the share"),
        ((0.5, None, -1.0), "a review costs 0 or more"),
    ],
)
def test_plans_that_are_none_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        Plan(*values)
