"""Intervals from clients drawn anew: thresholds and curves."""

import numpy as np
import pytest

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.training import bootstrap


def test_the_searched_threshold_of_right_probabilities_holds_break_even_in_its_interval():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 20_000)
    y = (rng.random(len(p)) < p).astype(int)
    loan = rng.uniform(1e5, 1e6, len(p))
    found = bootstrap.redraw(y, p, loan, Costs(), repeats=200).threshold()
    assert found.estimate == money.best_threshold(money.cost_curve(y, p, loan))[0]
    assert found.low <= 0.19 / 1.19 <= found.high
    assert found.high - found.low < 0.12


def test_the_searched_threshold_of_wrong_probabilities_does_not():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 20_000)
    y = (rng.random(len(p)) < p).astype(int)
    doubled = 2 * p / (1 - p + 2 * p)
    found = bootstrap.redraw(y, doubled, np.full(len(p), 1000.0), Costs(), repeats=200).threshold()
    # Odds of 0.19, doubled, are a probability of 0.275.
    assert 0.19 / 1.19 < found.low < 0.38 / 1.38 < found.high


def test_a_draw_of_the_bootstrap_counts_each_client_as_often_as_it_was_drawn():
    # Two clients who are alike but for the outcome: whatever is drawn, the best threshold is at one end or the other.
    found = bootstrap.redraw([1, 0], [0.5, 0.5], [1000.0, 1000.0], Costs(), repeats=50).threshold()
    # Drawn with the defaulter: refusing at 0.5 or below costs less; drawn without: accepting.
    assert found.low < 0.5 < found.high


# -- curves ------------------------------------------------------------------------------------------------------------


def calibrated(n=5000):
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, n)
    return (rng.random(n) < p).astype(int), p, rng.uniform(1e5, 1e6, n)


@pytest.mark.parametrize(("margin", "loss"), [(0.19, 1.0), (0.15, 0.6)])
def test_the_curve_of_a_draw_is_that_of_the_clients_drawn(margin, loss):
    y, p, loan = calibrated(500)
    found = bootstrap.redraw(y, p, loan, Costs(margin, loss), repeats=5, seed=3)
    expected = money.cost_curve(y, p, loan, margin=margin, loss_given_default=loss)
    assert (found.curve == expected).all()
    rng = np.random.default_rng(3)
    for curve in found.curves:
        chosen = rng.integers(0, 500, 500)
        expected = money.cost_curve(y[chosen], p[chosen], loan[chosen], margin=margin, loss_given_default=loss)
        np.testing.assert_allclose(curve, expected, rtol=1e-9)


def test_the_band_is_about_the_curve_and_wider_where_more_is_asked():
    found = bootstrap.redraw(*calibrated(), Costs(), repeats=300)
    low, high = found.band()
    assert low.shape == high.shape == (99,)
    assert ((low < found.curve) & (found.curve < high)).all()
    inner = found.band(level=0.5)
    assert ((low < inner[0]) & (inner[1] < high)).all()
    # Accepting everybody costs sum of A over defaulters: standard error sqrt(sum of squares) but for a little.
    y, _, loan = calibrated()
    assert high[-1] - low[-1] == pytest.approx(2 * 1.96 * np.sqrt((loan**2 * y).sum()), rel=0.15)


def test_thresholds_are_alike_up_to_where_the_draws_can_tell():
    # Three curves over ninety-nine thresholds: all cost 10 at 0.50; to the left one draw in three says less, to the
    # right all say more.
    curves = np.full((3, 99), 10.0)
    curves[:, 50:] = 11.0
    curves[0, :40], curves[1:, :40] = 9.0, 12.0
    curves[:, :20] = 13.0
    found = bootstrap.Redrawn(np.full(99, 10.0), curves)
    assert found.alike(0.50) == (0.21, 0.50)
    # Between two hundredths the threshold itself is the end.
    assert found.alike(0.5049) == (0.21, 0.5049)


def test_thresholds_are_compared_on_the_same_draws():
    # A client who always costs the same makes curves uncertain, and their difference none the less certain.
    y, p, loan = calibrated()
    alone = bootstrap.redraw(y, p, loan, Costs(), repeats=300).alike(0.16)
    big = 1e7
    # Accepted and repaid at every threshold, or refused at every one.
    crowd = bootstrap.redraw(
        np.r_[y, np.ones(500)], np.r_[p, np.zeros(500)], np.r_[loan, np.full(500, big)], Costs(), repeats=300
    ).alike(0.16)
    assert crowd == pytest.approx(alone, abs=0.03)
