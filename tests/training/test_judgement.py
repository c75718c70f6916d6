"""Metrics, bootstrap, threshold and closing table, on few clients counted by hand."""

import numpy as np
import pytest

from credit.training import bootstrap
from credit.training.judgement import search_threshold
from credit.training.metrics import measure

Y = np.array([1, 0, 1, 0])
P = np.array([0.30, 0.20, 0.10, 0.05])
AMOUNT = np.array([100.0, 200.0, 300.0, 400.0])


def test_metrics_of_four_clients():
    # Refused: the first two. Right: the first and the last. Of the 4 pairs of a bad and a good client the bad one is
    # riskier in 3 (0.30 against both, 0.10 against 0.05).
    found = measure(Y, P, AMOUNT, 0.15)
    assert found["accuracy"] == 0.5
    assert found["roc_auc"] == 0.75
    assert found["f1"] == 0.5  # precision 1/2, recall 1/2
    assert found["brier"] == pytest.approx((0.7**2 + 0.2**2 + 0.9**2 + 0.05**2) / 4)
    assert found["refused"] == 0.5
    assert found["cost"] == pytest.approx(300 + 0.19 * 200)
    assert found["saving"] == pytest.approx(1 - 338 / 400)


def test_the_area_under_the_curve_comes_from_probabilities_and_not_from_decisions():
    assert measure(Y, P, AMOUNT, 0.99)["roc_auc"] == 0.75


def test_the_threshold_lands_at_break_even_where_probabilities_are_right():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 400_000)
    found = search_threshold((rng.random(len(p)) < p).astype(int), p, np.full(len(p), 1000.0))
    assert found.break_even == pytest.approx(0.1597, abs=1e-4)
    assert abs(found.value - found.break_even) <= 0.02
    assert found.curve.shape == (99,)
    assert found.cost == found.curve.min()


def test_the_threshold_moves_where_odds_are_multiplied():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 400_000)
    y = (rng.random(len(p)) < p).astype(int)
    weighted = 11.4 * p / (1 - p + 11.4 * p)
    # 0.1597 in odds is 0.19; times 11.4 it is 2.166, which as a probability is 0.684.
    assert search_threshold(y, weighted, np.full(len(p), 1000.0)).value == pytest.approx(0.684, abs=0.03)


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
    found = bootstrap.threshold(y, p, loan, repeats=200)
    assert found.estimate == search_threshold(y, p, loan).value
    assert found.low <= 0.19 / 1.19 <= found.high
    assert found.high - found.low < 0.12


def test_the_searched_threshold_of_wrong_probabilities_does_not():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 20_000)
    y = (rng.random(len(p)) < p).astype(int)
    doubled = 2 * p / (1 - p + 2 * p)
    found = bootstrap.threshold(y, doubled, np.full(len(p), 1000.0), repeats=200)
    # Odds of 0.19, doubled, are a probability of 0.275.
    assert 0.19 / 1.19 < found.low < 0.38 / 1.38 < found.high


def test_a_draw_of_the_bootstrap_counts_each_client_as_often_as_it_was_drawn():
    # Two clients who are alike but for the outcome: whatever is drawn, the best threshold is at one end or the other.
    found = bootstrap.threshold([1, 0], [0.5, 0.5], [1000.0, 1000.0], repeats=50)
    # Drawn with the defaulter: refusing at 0.5 or below costs less; drawn without: accepting.
    assert found.low < 0.5 < found.high
