"""Intervals of default rates: worked out by hand, rising with the answer, and holding the rate as often as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.decision.intervals import wilson
from credit.decision.rate_intervals import LEVEL, RateTable
from credit.model.log_odds import log_odds


def held_out(clients, seed, slope=1.0):
    """Answers, and outcomes whose true log odds are ``slope`` times those of the answer."""
    rng = np.random.default_rng(seed)
    p = 1 / (1 + np.exp(-rng.normal(-2.5, 1.0, clients)))
    truth = 1 / (1 + np.exp(-slope * log_odds(p)))
    return (rng.random(clients) < truth).astype(int), p, truth


def test_one_bin_is_wilsons_interval_of_its_defaults():
    # 12 of 100: z = 1.6449, z^2 = 2.7055; the centre is (12 + 1.3528) / 102.7055 = 0.13001, and half the width
    # 1.6449 / 102.7055 * root of (100 * 0.12 * 0.88 + 2.7055 / 4) = 0.05370.
    table = RateTable.of([1] * 12 + [0] * 88, [0.12] * 100)
    low, high = table.ends([0.12])
    assert (low[0], high[0]) == pytest.approx((0.0763, 0.1837), abs=2e-4)
    assert (table.clients, table.defaults) == (100, 12)


def test_beyond_the_bins_the_ends_go_on_in_parallel_to_the_answer():
    table = RateTable(100, 20, np.array([-2.0, -1.0]), np.array([-2.5, -1.2]), np.array([-1.5, -0.9]))
    low, high = (log_odds(ends) for ends in table.ends(1 / (1 + np.exp(-np.array([-4.0, -1.5, 1.0])))))
    assert low == pytest.approx([-4.5, -1.85, 0.8])
    assert high == pytest.approx([-3.5, -1.2, 1.1])


def test_bins_have_equally_many_expected_defaults():
    y, p, _ = held_out(8_000, 1)
    table = RateTable.of(y, p)
    bins = int(y.sum() // 40)
    assert len(table.scores) == min(bins, 15)
    edges = np.searchsorted(np.sort(log_odds(p)), table.scores)
    assert (np.diff(edges) > 0).all()


def test_equal_answers_stay_in_one_bin():
    y = np.tile([1, 0, 0, 0], 200)
    table = RateTable.of(y, np.full(800, 0.25))
    assert len(table.scores) == 1
    assert table.ends([0.25])[0] == pytest.approx(wilson(200, 800, LEVEL)[0], abs=1e-3)


@pytest.mark.parametrize("defaults", [0, 9, 91, 100])
def test_of_too_few_defaults_or_repayments_there_is_none(defaults):
    assert RateTable.of([1] * defaults + [0] * (100 - defaults), np.linspace(0.01, 0.5, 100)) is None


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(300, 4_000), st.floats(0.3, 2.0))
def test_both_ends_rise_with_the_answer_and_the_lower_lies_below_the_upper(seed, clients, slope):
    y, p, _ = held_out(clients, seed, slope)
    table = RateTable.of(y, p)
    if table is None:
        return
    low, high = table.ends(np.linspace(1e-5, 1 - 1e-5, 400))
    assert (np.diff(low) >= -1e-12).all()
    assert (np.diff(high) >= -1e-12).all()
    assert (low < high).all()
    assert (low > 0).all()
    assert (high < 1).all()


@pytest.mark.parametrize("slope", [0.8, 1.0, 1.3])
def test_nine_of_ten_rates_lie_inside_whether_or_not_the_model_is_calibrated(slope):
    inside = []
    for seed in range(12):
        y, p, truth = held_out(10_000, seed, slope)
        low, high = RateTable.of(y, p).ends(p)
        inside.append(((low <= truth) & (truth <= high)).mean())
    assert 0.88 <= np.mean(inside) <= 0.99


def test_a_table_is_read_as_it_was_written():
    y, p, _ = held_out(5_000, 3)
    table = RateTable.of(y, p)
    again = RateTable.read(table.to_dict())
    assert np.array_equal(again.ends(p), table.ends(p))
    assert again.clients == table.clients


@pytest.mark.parametrize(
    "wrong",
    [
        {"scores": [-1.0, -2.0]},
        {"low": [-1.0]},
        {"low": [-1.0, -2.0]},
        {"high": [-4.0, -4.0]},
        {"high": [-1.0, float("inf")]},
        {"scores": [], "low": [], "high": []},
    ],
)
def test_what_is_no_table_is_refused(wrong):
    written = {"clients": 9, "defaults": 3, "scores": [-2.0, -1.0], "low": [-3.0, -2.0], "high": [-1.0, 0.0]}
    RateTable.read(written)
    with pytest.raises((ValueError, KeyError, TypeError)):
        RateTable.read({**written, **wrong})


def test_bins_of_one_score_to_its_last_digit_are_one_bin():
    # Eighty expected defaults make two bins, whose mean scores are equal to three digits.
    y = np.tile([1] + [0] * 9, 80)
    table = RateTable.of(y, np.concatenate([np.full(400, 0.1), np.full(400, 0.1 + 1e-6)]))
    assert table.scores.tolist() == [round(float(np.log(0.1 / 0.9)), 3)]
    low, high = table.ends([0.1])
    assert low[0] < 0.1 < high[0]
    assert RateTable.read(table.to_dict()).to_dict() == table.to_dict()
