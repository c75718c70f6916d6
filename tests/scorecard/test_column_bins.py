"""Trees as bins: by hand, and beside the booster."""

import numpy as np
import pytest
from support.written_trees import clients_of

from credit.scorecard.column_bins import Bins, is_additive, scorecard
from credit.scorecard.tree_nodes import BoostedTrees, Leaf, NotExportable, Split, boosted_trees

#: Twice x, once y, and a constant; of x 30 and 10 clients, of y 20 and 20.
HAND = BoostedTrees(
    (
        Split("x", 1.0, True, Leaf(-0.2, 30), Leaf(0.6, 10)),
        Leaf(-2.0, 40),
        Split("y", 0.5, False, Leaf(0.3, 20), Leaf(-0.3, 20)),
        Split("x", 3.0, False, Leaf(0.0, 30), Leaf(1.0, 10)),
    ),
    slope=2.0,
    intercept=0.5,
    limit=5.0,
)


def test_bins_by_hand():
    card = scorecard(HAND)
    x, y = card.columns
    assert (x.column, x.upper) == ("x", (1.0, 3.0))
    # On average the trees of x add 0 and 0.25; a bin adds twice what is beyond that.
    np.testing.assert_allclose(x.adds, [-0.9, 0.7, 2.7])
    assert x.gap == pytest.approx(2 * (-0.2 + 1.0 - 0.25))
    assert (y.upper, y.adds, y.gap) == ((0.5,), (0.6, -0.6), -0.6)
    assert card.base == pytest.approx(0.5 + 2 * (-2.0 + 0.25))
    assert (card.low, card.high) == (-9.5, 10.5)


def test_a_value_on_an_end_belongs_to_the_bin_below_it():
    bins = Bins("x", (-1.0, 0.0), (1.0, 2.0, 3.0), 9.0)
    x = np.array([-np.inf, -1.0, np.nextafter(-1, 0), -0.0, 0.0, 5e-324, np.inf, np.nan])
    assert bins.of(x).tolist() == [1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 3.0, 9.0]


def test_the_scorecard_adds_up_to_the_booster(additive):
    model, x = clients_of(additive)
    card = scorecard(boosted_trees(model))
    values = {name: x[:, place] for name, place in model.index.items()}
    p = model.probability(x)
    np.testing.assert_allclose(card.log_odds(values, len(x)), np.log(p) - np.log1p(-p), rtol=0, atol=1e-11)
    # Each column is centred over its training rows, which here are those of the bank that taught it.
    assert all(min(bins.adds) <= 0 <= max(bins.adds) for bins in card.columns)


def test_a_model_that_is_not_additive_is_refused_in_one_sentence(trees_of_five):
    made = boosted_trees(clients_of(trees_of_five, 1)[0])
    assert not is_additive(made)
    with pytest.raises(
        NotExportable, match=r"^this model is not additive: a tree reads .+ and .+ together.+--data DIR$"
    ):
        scorecard(made)


def test_a_split_of_gaps_from_all_numbers_makes_no_bin_of_its_own():
    made = BoostedTrees((Split("x", np.inf, False, Leaf(0.1, 5), Leaf(0.7, 5)),), 1.0, 0.0, 5.0)
    (bins,) = scorecard(made).columns
    assert bins.upper == ()
    assert (bins.adds, bins.gap) == (pytest.approx((-0.3,)), pytest.approx(0.3))
