"""Metrics against numbers worked out by hand, and what they may never do."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from credit.decision.cost import Costs
from credit.model.calibration import Calibration
from credit.model.log_odds import log_odds
from credit.training.metrics import (
    calibration_error,
    calibration_in_the_large,
    calibration_line,
    kolmogorov_smirnov,
    measure,
    reliability,
    wilson,
)

# Two bad clients among six; loans of 100.
Y = np.array([1, 0, 1, 0, 0, 0])
P = np.array([0.60, 0.40, 0.20, 0.20, 0.12, 0.05])
LOAN = np.full(6, 100.0)


def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


def test_gini_is_twice_the_area_less_one():
    # Pairs: 0.60 beats all four good clients; 0.20 loses against 0.40, ties with 0.20, beats two: 6.5 of 8.
    found = measure(Y, P, LOAN, 0.15, Costs())
    assert found["roc_auc"] == pytest.approx(6.5 / 8)
    assert found["gini"] == pytest.approx(5 / 8)


def test_ks_is_the_largest_distance_of_the_two_distributions():
    # At or below 0.05: 0/2 bad, 1/4 good; 0.12: 0, 2/4; 0.20: 1/2, 3/4; 0.40: 1/2, 4/4; so 1/2, at 0.12 and at 0.40.
    assert measure(Y, P, LOAN, 0.15, Costs())["ks"] == 0.5


def test_ks_counts_a_model_that_ranks_the_wrong_way_round_too():
    assert kolmogorov_smirnov([1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4]) == 1


def test_ks_agrees_with_scipy():
    rng = np.random.default_rng(0)
    y, score = rng.integers(0, 2, 500), rng.integers(0, 40, 500) / 40
    assert kolmogorov_smirnov(y, score) == pytest.approx(ks_2samp(score[y == 1], score[y == 0]).statistic)


def test_the_calibration_line_of_two_groups_goes_through_both():
    # Said 0.1, seen 0.2; said 0.4, seen 0.3. From ln(1/9) to ln(2/3) the observed log odds go from ln(1/4) to ln(3/7).
    p = np.repeat([0.1, 0.4], 10)
    y = np.array([1] * 2 + [0] * 8 + [1] * 3 + [0] * 7)
    slope = (math.log(3 / 7) - math.log(1 / 4)) / (math.log(2 / 3) - math.log(1 / 9))
    assert measure(y, p, np.ones(20), 0.15, Costs())["calibration_slope"] == pytest.approx(slope, abs=1e-6)
    assert calibration_line(y, p)[1] == pytest.approx(math.log(1 / 4) - slope * math.log(1 / 9), abs=1e-6)


def test_calibration_in_the_large_is_the_intercept_at_slope_one():
    # Odds of 1 to 9 and of 2 to 3, twenty clients, 8 default. Odds times x: 10 x / (9 + x) + 10 * 2 x / (3 + 2 x) = 8,
    # so 24 x^2 + 42 x - 216 = 0, x = (-42 + sqrt(42^2 + 4 * 24 * 216)) / 48.
    p = np.repeat([0.1, 0.4], 10)
    y = np.array([1] * 3 + [0] * 7 + [1] * 5 + [0] * 5)
    times = (-42 + math.sqrt(42**2 + 4 * 24 * 216)) / 48
    assert 10 * times / (9 + times) + 20 * times / (3 + 2 * times) == pytest.approx(8)
    assert calibration_in_the_large(y, p) == pytest.approx(math.log(times))
    assert measure(y, p, np.ones(20), 0.15, Costs())["calibration_in_the_large"] == pytest.approx(math.log(times))


def test_odds_that_are_half_as_high_as_they_should_be_are_off_by_the_logarithm_of_two():
    rng = np.random.default_rng(0)
    p = sigmoid(rng.normal(-2.5, 1, 200_000))
    y = (rng.random(len(p)) < p).astype(int)
    # The standard error is 1 / sqrt(sum of p (1 - p)), some 0.008.
    assert calibration_in_the_large(y, sigmoid(log_odds(p) - math.log(2))) == pytest.approx(math.log(2), abs=0.03)
    assert abs(calibration_in_the_large(y, p)) < 0.03


@pytest.mark.parametrize("y", [[1, 1, 1], [0, 0, 0]])
def test_no_calibration_in_the_large_of_clients_with_one_outcome(y):
    assert math.isnan(calibration_in_the_large(y, [0.1, 0.2, 0.3]))


def test_calibration_in_the_large_of_a_constant_prediction():
    # 0.2 is said and half default: from odds of 1 to 4 to odds of 1.
    assert calibration_in_the_large([1, 0, 1, 0], [0.2] * 4) == pytest.approx(math.log(4))


def test_probabilities_that_are_right_have_slope_one_and_intercept_nought():
    p = np.repeat([0.1, 0.3], 1000)
    y = np.concatenate([np.arange(1000) % 10 == 0, np.arange(1000) % 10 < 3]).astype(int)
    assert calibration_line(y, p) == pytest.approx((1, 0), abs=1e-6)


def test_the_calibration_line_is_the_one_that_calibration_fits():
    rng = np.random.default_rng(0)
    p = sigmoid(rng.normal(-2.7, 1.2, 5000))
    y = (rng.random(5000) < sigmoid(0.7 * log_odds(p) - 0.2)).astype(int)
    fitted = Calibration.fit(y, p)
    assert calibration_line(y, p) == pytest.approx((fitted.slope, fitted.intercept), abs=1e-3)


def test_the_slope_of_a_model_that_ranks_the_wrong_way_round_is_negative():
    p = np.repeat([0.1, 0.4], 10)
    y = np.array([1] * 3 + [0] * 7 + [1] * 2 + [0] * 8)
    assert calibration_line(y, p)[0] < 0


@pytest.mark.parametrize("p", [[0.1] * 4, [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.2, 0.4]])
def test_no_line_for_a_constant_prediction_or_one_that_parts_bad_from_good(p):
    slope, intercept = calibration_line([0, 0, 1, 1], p)
    assert math.isnan(slope)
    assert math.isnan(intercept)


def test_the_calibration_error_is_signed_and_of_the_band_alone():
    # In 0.10 to 0.25, ends included: 0.10, 0.20, 0.25, 0.25, mean 0.2; one of the four defaulted.
    y, p = [0, 0, 1, 0, 1, 1], [0.10, 0.20, 0.25, 0.25, 0.26, 0.09]
    assert measure(y, p, np.ones(6), 0.15, Costs())["calibration_error"] == pytest.approx(0.2 - 0.25)
    # Wilson's interval of 1 in 4 at 95 %: 0.0456 to 0.6994.
    found = calibration_error(y, p)
    assert (found.low, found.high) == pytest.approx((0.2 - 0.6994, 0.2 - 0.0456), abs=1e-4)


def test_no_calibration_error_where_nobody_is_in_the_band():
    assert math.isnan(measure([1, 0], [0.5, 0.01], [1.0, 1.0], 0.15, Costs())["calibration_error"])


def test_what_cannot_be_measured_is_null_in_a_manifest():
    found = msgspec.json.decode(msgspec.json.encode(measure([1, 0], [0.5, 0.5], [1.0, 1.0], 0.15, Costs())))
    assert [name for name, value in found.items() if value is None] == [
        "calibration_slope",
        "calibration_error",
    ]


def test_clients_who_all_defaulted_cannot_be_ranked():
    found = measure([1, 1], [0.2, 0.3], [1.0, 1.0], 0.25, Costs())
    assert [name for name in ("roc_auc", "gini", "ks") if math.isnan(found[name])] == ["roc_auc", "gini", "ks"]
    assert found["saving"] == 0.5


def test_clients_of_whom_nobody_defaulted_are_refused():
    with pytest.raises(ValueError, match="no client defaulted"):
        measure([0, 0], [0.2, 0.3], [1.0, 1.0], 0.25, Costs())


def test_wilsons_interval_of_one_in_ten():
    # z = 1.96: (1 + 1.9208) / 13.8416 = 0.2110, half width 1.96 / 13.8416 * sqrt(0.9 + 0.9604) = 0.1931.
    low, high = wilson(1, 10)
    assert (float(low), float(high)) == pytest.approx((0.0179, 0.4042), abs=1e-4)


def test_wilsons_interval_has_a_width_where_none_or_all_were_found():
    low, high = wilson([0, 3], [3, 3])
    # z^2 / (n + z^2) = 3.8415 / 6.8415 = 0.5615.
    assert low == pytest.approx([0, 1 - 0.5615], abs=1e-4)
    assert high == pytest.approx([0.5615, 1], abs=1e-4)


def test_wilsons_interval_among_nobody_is_not_known():
    assert np.isnan(wilson(0, 0)).all()


def test_wilsons_interval_holds_the_share_nineteen_times_in_twenty():
    found = np.random.default_rng(0).binomial(60, 0.08, 20_000)
    low, high = wilson(found, 60)
    assert ((low <= 0.08) & (high >= 0.08)).mean() == pytest.approx(0.95, abs=0.02)


#: A shared machine may be slow, and every example fits a line.
few = settings(max_examples=40, deadline=None)
#: Ranks, so that a map that is strictly increasing stays so in floating point, with both outcomes among them.
clients = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 99)), min_size=2, max_size=60).filter(
    lambda rows: len({bad for bad, _ in rows}) == 2
)


@few
@given(clients, st.floats(0.2, 5), st.floats(-3, 3))
def test_what_ranks_is_the_same_under_a_strictly_increasing_map(rows, slope, intercept):
    y, rank = (np.array(values) for values in zip(*rows, strict=True))
    before = measure(y, rank / 100, np.ones(len(y)), 0.15, Costs())
    after = measure(y, sigmoid(intercept + slope * log_odds(rank / 100)), np.ones(len(y)), 0.15, Costs())
    for name in ("roc_auc", "gini", "ks"):
        assert after[name] == pytest.approx(before[name], abs=1e-12)


@few
@given(clients)
def test_metrics_stay_within_their_ranges(rows):
    y, rank = (np.array(values) for values in zip(*rows, strict=True))
    found = measure(y, rank / 100, np.ones(len(y)), 0.15, Costs())
    for name in ("roc_auc", "ks", "brier", "accuracy", "f1", "refused"):
        assert 0 <= found[name] <= 1
    # A curve that is nowhere further than ks from the diagonal has no more than ks - ks^2 / 2 between them.
    assert abs(found["gini"]) <= 2 * found["ks"] - found["ks"] ** 2 + 1e-12
    assert -0.9 <= found["calibration_error"] <= 0.25 or math.isnan(found["calibration_error"])


@few
@given(clients)
def test_reversing_the_scores_turns_the_gini_round_and_leaves_the_ks(rows):
    y, rank = (np.array(values) for values in zip(*rows, strict=True))
    p = rank / 100
    one, other = measure(y, p, np.ones(len(y)), 0.15, Costs()), measure(y, 1 - p, np.ones(len(y)), 0.15, Costs())
    assert other["gini"] == pytest.approx(-one["gini"])
    assert other["ks"] == pytest.approx(one["ks"])


@few
@given(clients, st.floats(0.3, 2.7), st.floats(-1, 1))
def test_a_line_on_the_log_odds_is_found_again(rows, slope, intercept):
    # The predictions are bent by a line; the best line through them is the best one bent back. Log odds are held within
    # 13.8, where a probability is a millionth, and 2.7 times those of 0.01, less 1, are still within.
    y, rank = (np.array(values) for values in zip(*rows, strict=True))
    p = rank / 100
    before = calibration_line(y, p)
    assume(not math.isnan(before[0]))
    after = calibration_line(y, sigmoid(intercept + slope * log_odds(p)))
    assert after[0] * slope == pytest.approx(before[0], rel=1e-3, abs=1e-3)
    assert after[1] + after[0] * intercept == pytest.approx(before[1], rel=1e-3, abs=1e-3)


@few
@given(st.integers(0, 200), st.integers(0, 200))
def test_wilsons_interval_holds_the_share_that_was_found(found, rest):
    assume(found + rest > 0)
    low, high = wilson(found, found + rest)
    assert 0 <= low <= found / (found + rest) + 1e-12
    assert found / (found + rest) - 1e-12 <= high <= 1


def test_reliability_is_counted_group_by_group():
    """Ten clients in two groups: of the five least likely none defaulted, of the others three of five."""
    probability = [0.5, 0.1, 0.2, 0.6, 0.3, 0.7, 0.0, 0.8, 0.4, 0.9]
    defaulted = [0, 0, 0, 1, 0, 0, 0, 1, 0, 1]
    first, second = reliability(defaulted, probability, groups=2)
    assert (first["clients"], first["predicted"], first["observed"], first["low"]) == (5, 0.2, 0.0, 0.0)
    assert first["high"] == pytest.approx(0.434482, abs=1e-6)  # 1.96^2 / (5 + 1.96^2)
    assert (second["clients"], second["predicted"], second["observed"]) == (5, 0.7, 0.6)
    assert second["low"] < 0.6 < second["high"]


def test_reliability_wants_as_many_clients_as_groups():
    with pytest.raises(ValueError, match="10 groups need an outcome and a probability"):
        reliability([0, 1], [0.1, 0.2])
