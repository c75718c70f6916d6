"""Which threshold is exported: theory's where probabilities are right, the search's where it is shown to win."""

import numpy as np
import pytest

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.intervals import Interval
from credit.training.bootstrap import Redrawn, redraw
from credit.training.threshold_rule import Threshold, choose_threshold, gain_of_search, threshold_of


def clients(n, off=1.0, seed=0):
    """n clients whose odds are said to be ``off`` times what they are: outcome, said probability, amount, fold."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 8, n)
    said = off * p / (1 - p + off * p)
    return (rng.random(n) < p).astype(int), said, rng.uniform(1e5, 1e6, n), np.arange(n) % 5


def chosen(y, p, amount, fold, costs=None):
    costs = costs or Costs()
    return choose_threshold(
        y, p, amount, Exposure.of(y, p, amount, fold), redraw(y, p, amount, costs, repeats=200), costs
    )


def test_break_even_is_kept_in_full_where_probabilities_are_right():
    found = chosen(*clients(20_000))
    assert not found.taken
    assert found.value == found.break_even == 0.19 / 1.19
    assert found.agrees
    assert found.warning is None
    y, p, amount, _ = clients(20_000)
    assert found.cost == pytest.approx(money.cost(y, p >= 0.19 / 1.19, amount))
    assert found.curve.min() <= found.cost
    assert found.gain.low < 0
    assert found.alike[0] <= found.value <= found.alike[1]


def test_the_search_is_taken_where_many_clients_show_that_probabilities_are_off():
    # Odds of 0.19, doubled, are a probability of 0.2754: there the best threshold is.
    found = chosen(*clients(60_000, off=2.0))
    assert found.taken
    assert found.value == found.searched.estimate == pytest.approx(0.2754, abs=0.03)
    assert found.gain.low > 0
    assert found.cost == found.curve.min()
    assert not found.agrees
    assert "around it the probabilities of default are too high" in found.warning
    assert "too low" in chosen(*clients(60_000, off=0.5)).warning


def test_the_same_fault_is_warned_of_and_not_acted_upon_where_clients_are_too_few_to_show_a_gain():
    found = chosen(*clients(2_000, off=1.3, seed=1))
    assert not found.taken
    assert found.value == found.break_even


def test_right_probabilities_keep_break_even_in_nearly_all_samples():
    """The lower bound is above 0 by chance in at most 2.5 % of samples: 5 of 200, with a standard error of 2.2."""
    taken = sum(gain_of_search(Exposure.of(*clients(1_000, seed=seed)), Costs()).low > 0 for seed in range(200))
    assert taken <= 12


def test_the_gain_is_that_of_thresholds_searched_on_the_other_folds():
    y, p, amount, fold = clients(3_000, off=1.5)
    costs = Costs(0.25, 0.75)  # break-even on the grid, at 0.25, so that nothing is interpolated
    gain, squares = 0.0, 0.0
    for number in range(5):
        here = fold == number
        curve = money.cost_curve(y[~here], p[~here], amount[~here], **costs.to_dict())
        found, _ = money.best_threshold(curve)
        one, other = (money.client_costs(y[here], p[here] >= t, amount[here], **costs.to_dict()) for t in (0.25, found))
        gain += (one - other).sum()
        squares += ((one - other) ** 2).sum()
    everybody = money.accept_everybody(y, amount, 0.75)
    found = gain_of_search(Exposure.of(y, p, amount, fold), costs)
    assert found.estimate == pytest.approx(gain / everybody)
    assert found.low == pytest.approx((gain - 1.959964 * squares**0.5) / everybody)
    assert found.high == pytest.approx((gain + 1.959964 * squares**0.5) / everybody)


@pytest.mark.parametrize("off", [1.0, 2.0])
@pytest.mark.parametrize("costs", [Costs(), Costs(0.15, 0.6), Costs(0.3, 0.45)])
def test_sums_alone_give_the_threshold_of_the_clients(off, costs):
    y, p, amount, fold = clients(40_000, off=off)
    found = threshold_of(Exposure.of(y, p, amount, fold), costs)
    whole = chosen(y, p, amount, fold, costs)
    assert (found.value, found.taken, found.gain) == (whole.value, whole.taken, whole.gain)
    np.testing.assert_allclose(found.curve, whole.curve)
    # Within the hundredth of break-even the amounts are taken to lie evenly.
    assert found.cost == pytest.approx(whole.cost, rel=1e-3)
    assert found.searched.estimate == whole.searched.estimate
    for one in ("low", "high"):
        assert getattr(found.searched, one) == pytest.approx(getattr(whole.searched, one), abs=0.035)


def test_without_folds_theory_decides_and_says_why():
    y, p, amount, _ = clients(40_000, off=2.0)
    found = threshold_of(Exposure.of(y, p, amount), Costs())
    assert not found.taken
    assert found.value == 0.19 / 1.19
    assert "keeps no amounts by fold that could judge it, so theory decides" in found.sentences()[1]
    assert found.to_dict()["gain"] == {"points": None, "low": None, "high": None}
    assert found.warning  # the search itself still says that something is off


def test_a_search_knows_a_threshold_to_half_a_hundredth():
    one, gain = np.zeros(99), Interval(0.0, -0.1, 0.1)
    for low, agrees in ((0.16, True), (0.1645, True), (0.1648, False)):
        found = Threshold(0.1597, 0.0, 0.1597, one, Interval(0.17, low, 0.2), gain, (0.1, 0.2))
        assert found.agrees is agrees, low


def test_the_threshold_is_said_in_sentences_and_kept_in_the_manifest():
    found = Threshold(
        0.19 / 1.19, 123.0, 0.19 / 1.19, np.zeros(99), Interval(0.17, 0.13, 0.21), Interval(-0.002, -0.006, 0.0019),
        (0.12, 0.2),
    )  # fmt: skip
    assert found.sentences() == [
        "Threshold 0.1597: break-even, the best there is for right probabilities.",
        "The search over 0.01 to 0.99 finds 0.17 (95 % interval 0.13 to 0.21) and gains -0.20 points (95 % interval "
        "-0.60 to +0.19) on clients that did not choose: not surely more than nothing, so theory decides.",
        "Thresholds from 0.12 to 0.2 cannot be told apart from it by what they cost.",
    ]
    assert found.to_dict() == {
        "best": 0.19 / 1.19,
        "break_even": 0.19 / 1.19,
        "out_of_fold_cost": 123.0,
        "rule": "break-even",
        "searched": {"best": 0.17, "low": 0.13, "high": 0.21},
        "gain": {"points": -0.002, "low": -0.006, "high": 0.0019},
        "alike": {"low": 0.12, "high": 0.2},
        "warning": None,
    }


def test_nobody_who_defaulted_leaves_nothing_to_judge():
    exposure = Exposure.of([0, 0], [0.1, 0.2], [1.0, 1.0], [0, 1])
    with pytest.raises(ValueError, match="no client defaulted"):
        gain_of_search(exposure, Costs())


def test_the_search_is_the_minimum_of_the_curve():
    y, p, amount, fold = clients(5_000)
    curves = redraw(y, p, amount, Costs(), repeats=50)
    found = choose_threshold(y, p, amount, Exposure.of(y, p, amount, fold), curves, Costs())
    assert found.searched == Redrawn(curves.curve, curves.curves).threshold()
    assert found.searched.estimate == money.best_threshold(found.curve)[0]
