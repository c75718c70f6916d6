"""Intervals from clients drawn anew: savings, the area under the ROC curve, thresholds, curves."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from credit import cost as money
from credit.cost import Costs
from credit.training import bootstrap


def test_the_bootstrap_gives_the_saving_and_an_interval_around_it():
    rng = np.random.default_rng(0)
    everybody = np.where(rng.random(5000) < 0.1, 100.0, 0.0)
    mine = everybody * (rng.random(5000) < 0.8)
    found = bootstrap.saving(mine, everybody, everybody, seed=1)
    assert found.estimate == pytest.approx(1 - mine.sum() / everybody.sum())
    # About 500 defaulters, a fifth of whose cost is saved: standard error sqrt(0.2 * 0.8 / 500) = 0.018.
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.018, rel=0.2)
    assert found.low < found.estimate < found.high


def test_the_bootstrap_is_paired():
    # Both rules cost the same but for one client in a hundred, who always costs 10 less: drawn apart, the noise of the
    # other clients would hide it.
    rng = np.random.default_rng(0)
    other = rng.exponential(1000, 5000)
    mine = other - 10 * (np.arange(5000) % 100 == 0)
    found = bootstrap.saving(mine, other, other, seed=1)
    assert 0 < found.low < found.estimate < found.high


def test_the_bootstrap_wants_somebody_who_defaulted():
    with pytest.raises(ValueError, match="nobody defaulted"):
        bootstrap.saving([0.0], [0.0], [0.0])


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


# -- the area under the ROC curve --------------------------------------------------------------------------------------


def test_the_area_of_five_clients():
    # Bad: 0.6, 0.2. Good: 0.4, 0.2, 0.1. Of six pairs the bad one is riskier in 3 + 1, with one tie: 4.5 of 6.
    found = bootstrap.roc_auc([1, 1, 0, 0, 0], [0.6, 0.2, 0.4, 0.2, 0.1])
    assert found.estimate == 4.5 / 6
    # Each bad client alone beats 3 or 1.5 of the three good ones; among draws of three equal good clients the worst is
    # the one of 0.2 against that of 0.4: no pair at all.
    assert 0 <= found.low < found.estimate < found.high <= 1


def test_the_area_is_that_of_scikit_learn_and_its_interval_that_of_draws_made_one_by_one():
    rng = np.random.default_rng(0)
    # Ranks of forty, so that there are ties.
    y = (rng.random(800) < 0.2).astype(int)
    p = np.round(np.clip(rng.normal(0.3 + 0.1 * y, 0.15), 0, 1) * 40) / 40
    found = bootstrap.roc_auc(y, p, repeats=1000)
    assert found.estimate == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    drawn = []
    for _ in range(400):
        bad, good = (rng.choice(p[y == outcome], (y == outcome).sum()) for outcome in (1, 0))
        drawn.append(roc_auc_score(np.r_[np.ones(len(bad)), np.zeros(len(good))], np.r_[bad, good]))
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.006)
    narrower = bootstrap.roc_auc(y, p, repeats=1000, level=0.5)
    assert found.low < narrower.low < found.estimate < narrower.high < found.high


def test_the_area_of_clients_who_are_told_apart_is_one_in_every_draw():
    assert bootstrap.roc_auc([0, 0, 1], [0.1, 0.2, 0.3]) == bootstrap.Interval(1, 1, 1)
    assert bootstrap.roc_auc([1, 0, 0], [0.1, 0.1, 0.1]) == bootstrap.Interval(0.5, 0.5, 0.5)


@pytest.mark.parametrize("outcomes", [[0, 0], [1, 1]])
def test_the_area_wants_both_kinds_of_clients(outcomes):
    with pytest.raises(ValueError, match="clients who defaulted and clients who repaid"):
        bootstrap.roc_auc(outcomes, [0.1, 0.2])


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


def test_an_interval_is_told_with_its_ends():
    assert str(bootstrap.Interval(0.123456, 0.1, 1234.5)) == "0.1235 (0.1 to 1,234)"
