"""What reviews save, on clients counted by hand."""

import numpy as np
import pytest

from credit.decision.cost import Costs
from credit.decision.review import Review
from credit.training.review_savings import saved_by_capacity, served_costs, threshold_costs

COSTS = Costs(0.25, 0.5)
#: Break-even at 1 / 3. At stake: 1000 * min(0.1, 0.2) = 100; 400 * min(0.3, 0.1) = 40; 2000 * min(0.05, 0.225) = 100;
#: 1000 * min(0.15, 0.175) = 150.
P = np.array([0.2, 0.6, 0.1, 0.3])
AMOUNT = np.array([1000.0, 400.0, 2000.0, 1000.0])
Y = np.array([1, 0, 0, 1])


def test_an_accepted_default_costs_the_loss_and_a_refused_good_client_the_margin():
    assert threshold_costs(Y, P >= 1 / 3, AMOUNT, COSTS).tolist() == [500, 100, 0, 500]
    assert threshold_costs(P, P >= 1 / 3, AMOUNT, COSTS) == pytest.approx([100, 40, 100, 150])


def test_the_rule_that_is_served_counts_reviews_and_the_errors_that_they_do_not_find():
    # With a skill of 0.4 a review at 50 pays for a stake above 125: the last alone.
    assert served_costs(Y, P, AMOUNT, 1 / 3, COSTS, Review(50, 0.4)) == pytest.approx([500, 100, 0, 0.6 * 500 + 50])
    assert served_costs(Y, P, AMOUNT, 1 / 3, COSTS, None).tolist() == [500, 100, 0, 500]


def test_money_is_saved_first_where_most_is_at_stake():
    found = saved_by_capacity(Y, P, AMOUNT, 1 / 3, COSTS, skill=0.4)
    # Accepting everybody costs 0.5 * 2000 = 1000. Order: the last, the first, the third (as much at stake, later), the
    # second; 0.4 of what their decisions cost.
    assert found.share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.by_stake == pytest.approx([0, 0.2, 0.4, 0.4, 0.44])
    assert found.at_random == pytest.approx([0, 0.11, 0.22, 0.33, 0.44])
    assert found.at(0.375) == pytest.approx((0.3, 0.165))


def test_a_perfect_reviewer_of_all_clients_saves_all_that_decisions_cost():
    found = saved_by_capacity(Y, P, AMOUNT, 1 / 3, COSTS, skill=1.0)
    assert found.by_stake[-1] == pytest.approx(1100 / 1000)


def test_where_nobody_defaulted_no_share_can_be_given():
    with pytest.raises(ValueError, match="no client defaulted"):
        saved_by_capacity(np.zeros(4), P, AMOUNT, 1 / 3, COSTS, 1.0)
