"""Slope and intercept of the calibration line, by hand, beside scikit-learn's, and how often the intervals hold."""

import math

import numpy as np
import pytest
from scipy.special import expit, logit

from credit.monitoring.calibration_intervals import intercept, slope
from credit.training.metrics import calibration_in_the_large, calibration_line


def drawn(n, seed, a=0.0, b=1.0):
    """Predictions, and outcomes whose log odds are a + b * those predicted."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1.5, 9, n)
    return (rng.random(n) < expit(a + b * logit(p))).astype(float), p


def test_the_slope_of_two_groups_is_that_of_their_log_odds():
    # Predicted 10 % and 50 %; observed 20 of 100 and 40 of 100: the line goes through both groups' log odds.
    p = np.repeat([0.1, 0.5], 100)
    y = np.concatenate([np.arange(100) < 20, np.arange(100) < 40]).astype(float)
    found = slope(y, p)
    run = logit(0.5) - logit(0.1)
    assert found.estimate == pytest.approx((logit(0.4) - logit(0.2)) / run)
    # The variance of a log odds of k of n is 1/k + 1/(n - k); of their difference the sum.
    error = math.sqrt(1 / 20 + 1 / 80 + 1 / 40 + 1 / 60) / run
    assert found.high - found.estimate == pytest.approx(1.959964 * error, rel=1e-6)
    assert found.estimate - found.low == pytest.approx(1.959964 * error, rel=1e-6)


def test_the_intercept_of_one_prediction_is_a_difference_of_log_odds():
    found = intercept(np.arange(200) < 20, np.full(200, 0.2))
    assert found.estimate == pytest.approx(logit(0.1) - logit(0.2))
    assert found.high - found.estimate == pytest.approx(1.959964 / math.sqrt(200 * 0.1 * 0.9), rel=1e-6)


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (0.4, 0.6), (-0.5, 1.7)])
def test_the_estimates_are_those_of_the_training(a, b):
    y, p = drawn(2000, 3, a, b)
    assert slope(y, p).estimate == pytest.approx(calibration_line(y, p)[0], rel=1e-4)
    assert intercept(y, p).estimate == pytest.approx(calibration_in_the_large(y, p), abs=1e-6)


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    held = {"slope": 0, "intercept": 0}
    for seed in range(600):
        y, p = drawn(300, seed, 0.3, 0.8)
        held["slope"] += slope(y, p).low <= 0.8 <= slope(y, p).high
        y, p = drawn(300, seed, 0.3)
        held["intercept"] += intercept(y, p).low <= 0.3 <= intercept(y, p).high
    # 95 % of 600 are 570; the standard deviation of that count is 5.3.
    assert all(554 <= count <= 588 for count in held.values()), held


def test_too_few_defaults_one_prediction_and_parted_clients_have_no_line():
    y, p = drawn(500, 1)
    few = np.where(np.cumsum(y) <= 9, y, 0)
    assert slope(few, p) is None
    assert intercept(few, p) is None
    assert slope(y, np.full(500, 0.1)) is None
    assert intercept(y, np.full(500, 0.1)) is not None
    assert slope(p > 0.15, p) is None
    assert slope(np.zeros(0), np.zeros(0)) is None
