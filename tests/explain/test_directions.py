"""Which way an amount counts: probabilities written down by hand, of a client whose amount is moved."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from credit.explain.directions import BETWEEN, MOVES, Claim, Directions
from credit.explain.reasons import GROUPS, Sorted

PRICE = ["AMT_GOODS_PRICE"]
#: What is made of loan and price: AMT_CREDIT / AMT_GOODS_PRICE.
WITH_RATIO = ["AMT_CREDIT", "AMT_GOODS_PRICE", "CREDIT_TO_GOODS"]


def of_price(probabilities):
    """A model that knows the price alone, by its multiple of 100,000: from there on the probability is that."""
    steps = sorted(probabilities)
    at = np.array([probabilities[step] for step in steps])

    def probability(X):
        return at[np.searchsorted(np.array(steps) * 1e5, X[:, 0] * (1 + 1e-12), side="right") - 1]

    return Directions(PRICE, probability)


@pytest.mark.parametrize(
    ("probabilities", "lower", "higher"),
    [
        # The price is 400,000; lower ones are 360, 300 and 200, higher ones 444, 533 and 800 thousand.
        ({0: 0.1, 4: 0.2}, True, False),
        ({0: 0.1, 2.5: 0.2}, True, False),  # only at half the price
        ({0: 0.2, 4.5: 0.1}, False, True),
        ({0: 0.2, 7: 0.1}, False, True),  # only at twice the price
        ({0: 0.2}, False, False),  # flat
        ({0: 0.1, 3.9: 0.2, 4.1: 0.1}, False, False),  # a peak: either way would do
        ({0: 0.2, 3.9: 0.1, 4.1: 0.2}, False, False),  # a valley: neither does
        # A little below the price it is worse, and at nine tenths of it better.
        ({0: 0.1, 3.7: 0.3, 3.9: 0.2}, False, False),
        ({0: 0.1, 2.5: 0.3, 3.9: 0.2}, False, False),  # half the price is better, three quarters are worse
        ({0: 0.1, 4: 0.2, 4.1: 0.3, 7: 0.1}, True, False),  # higher is better only beyond what is worse
    ],
)
def test_a_direction_is_borne_out_by_the_amount_moved(probabilities, lower, higher):
    X = np.array([[400_000.0]])
    model = of_price(probabilities)
    assert model.borne_out(X, [Claim(0, 0, "lower"), Claim(0, 0, "higher")]) == [lower, higher]


def test_what_is_made_of_the_amount_moves_along():
    """A high price is worse in itself, a high loan beside the price much worse: a lower price helps nobody."""

    def probability(X):
        return 0.01 * X[:, 1] / 1e5 + 0.1 * X[:, 2]

    X = np.array([[400_000.0, 500_000.0, 0.8]])
    assert Directions(WITH_RATIO, probability).borne_out(X, [Claim(0, 1, "lower")]) == [False]
    alone = Directions(WITH_RATIO, lambda X: 0.01 * X[:, 1] / 1e5)
    assert alone.borne_out(X, [Claim(0, 1, "lower")]) == [True]


def test_each_client_and_column_is_tried_by_itself():
    seen = []

    def probability(X):
        seen.append(X.copy())
        return X[:, 1] / 1e6

    X = np.array([[4e5, 5e5, 0.8], [np.nan, 6e5, np.nan], [3e5, 2e5, 1.5]])
    claims = [Claim(2, 0, "higher"), Claim(0, 1, "lower"), Claim(1, 1, "lower")]
    assert Directions(WITH_RATIO, probability).borne_out(X, claims) == [False, True, True]
    own, better, other, between = seen  # each of the claims alone that hold so far
    assert_array_equal(own, X[[2, 0, 1]])
    better = better.reshape(3, len(MOVES), 3)
    np.testing.assert_allclose(better[0, :, 0], [3e5 / 0.9, 4e5, 6e5])
    np.testing.assert_allclose(better[0, :, 2], [3 / 1.8, 2.0, 3.0])
    np.testing.assert_allclose(better[1, :, 1], [4.5e5, 3.75e5, 2.5e5])
    np.testing.assert_allclose(better[1, :, 2], [0.8 / 0.9, 0.8 / 0.75, 1.6])
    assert np.isnan(better[2][:, [0, 2]]).all()
    assert_array_equal(better[0, :, 1], [2e5] * 3)
    other = other.reshape(2, len(MOVES), 3)
    np.testing.assert_allclose(other[0, :, 2], [0.72, 0.6, 0.4])
    np.testing.assert_allclose(other[1, :, 1], [6e5 / 0.9, 8e5, 1.2e6])
    between = between.reshape(2, len(BETWEEN), 3)
    np.testing.assert_allclose(between[0, :, 1], 5e5 * np.array(BETWEEN))


def test_more_claims_than_are_tried_together_get_their_own_answers():
    """A lower price than 400,000 is better down to half of it, than 300,000 it is worse."""
    model = of_price({0: 0.2, 2.9: 0.1, 3.5: 0.3})
    X = np.where(np.arange(150) % 3 == 0, 4e5, 3e5)[:, None]
    assert model.borne_out(X, [Claim(row, 0, "lower") for row in range(150)]) == [True, False, False] * 50


def test_a_claim_behind_one_that_fell_is_held_to_its_own_probability():
    """A lower and a higher price than 400,000 (0.3) are both better; but worse than 0.05, what the first client has."""
    model = of_price({0: 0.2, 1.9: 0.05, 2.5: 0.2, 3.5: 0.3, 4.2: 0.1})
    X = np.array([[2e5], [4e5]])
    assert model.borne_out(X, [Claim(0, 0, "lower"), Claim(1, 0, "lower")]) == [False, False]


def test_no_claim_asks_the_model_nothing():
    def probability(X):
        raise AssertionError("asked")

    assert Directions(PRICE, probability).borne_out(np.array([[1.0]]), []) == []


def test_clients_of_one_batch_read_what_holds_for_each():
    """Of two clients with one price and one contribution, a lower one helps the first alone."""
    columns = ["AMT_GOODS_PRICE", "EXT_SOURCE_2"]

    def probability(X):
        return 0.2 + np.where(X[:, 1] > 0.5, 1, -1) * X[:, 0] / 1e7

    X = np.array([[5e5, 0.9], [5e5, 0.1], [np.nan, 0.9]])
    values = np.array([[0.3, -0.1], [0.3, -0.1], [0.0, -0.1]])
    first, second, third = Sorted(columns, directions=Directions(columns, probability)).reasons(values, X, most=4)
    assert [one.en for one in first] == ["The price of what you want to buy is high, which counts against you."]
    assert [one.en for one in second] == [GROUPS["purchase_price"]["known"][0]]
    assert third == []
