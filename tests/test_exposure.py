"""Sums of amounts by probability: by hand, and beside the clients whom they are sums of."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit import cost as money
from credit.exposure import Exposure, ends
from credit.training import bootstrap

few = settings(max_examples=60, deadline=None)
#: Outcome, probability and amount. Probabilities on the grid of thresholds are where a client changes sides.
clients = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.one_of(st.floats(0, 1), st.integers(0, 100).map(lambda hundredth: hundredth / 100)),
        st.floats(0, 1e6),
    ),
    min_size=1,
    max_size=40,
)
shares = st.floats(0.01, 1)


def arrays(rows):
    return (np.array(values, dtype=float) for values in zip(*rows, strict=True))


def test_the_amounts_of_five_clients():
    found = Exposure.of([1, 0, 1, 0, 0], [0.005, 0.01, 0.155, 0.155, 1.0], [10.0, 20.0, 30.0, 40.0, 50.0])
    assert found.defaulted.shape == (100,)
    # Element k holds [k / 100, (k + 1) / 100); certainty stands in the last.
    assert {k: v for k, v in enumerate(found.defaulted) if v} == {0: 10, 15: 30}
    assert {k: v for k, v in enumerate(found.repaid) if v} == {1: 20, 15: 40, 99: 50}
    assert {k: v for k, v in enumerate(found.defaulted_squares) if v} == {0: 100, 15: 900}
    assert {k: v for k, v in enumerate(found.repaid_squares) if v} == {1: 400, 15: 1600, 99: 2500}


def test_the_cost_of_five_clients():
    found = Exposure.of([1, 0, 1, 0, 0], [0.005, 0.01, 0.155, 0.155, 1.0], [10.0, 20.0, 30.0, 40.0, 50.0])
    # At 0.01 one bad client is accepted, and nobody else; at 0.16 the two clients of 0.155 too.
    assert found.cost(0.01) == pytest.approx(10 + 0.19 * (20 + 40 + 50))
    assert found.cost(0.16) == pytest.approx(40 + 0.19 * 50)
    assert found.cost(0.16, margin=0.1, loss_given_default=0.5) == pytest.approx(20 + 0.1 * 50)
    assert found.cost(0.1597) == found.cost(0.16)
    assert found.accept_everybody() == 40
    assert found.accept_everybody(0.45) == pytest.approx(18)


@few
@given(clients, shares, shares)
def test_the_curve_is_that_of_the_clients(rows, margin, loss):
    y, p, amount = arrays(rows)
    expected = money.cost_curve(y, p, amount, margin=margin, loss_given_default=loss)
    np.testing.assert_allclose(Exposure.of(y, p, amount).curve(margin, loss), expected, rtol=1e-9, atol=1e-6)


@few
@given(clients, shares, shares)
def test_the_refer_band_holds_the_threshold(rows, margin, loss):
    found = Exposure.of(*arrays(rows))
    best, _ = money.best_threshold(found.curve(margin, loss))
    low, high = found.refer(best, margin, loss)
    assert 0.01 <= low <= best <= high <= 0.99


@few
@given(clients)
def test_what_is_written_is_read_again(rows):
    found = Exposure.of(*arrays(rows))
    again = Exposure.read(json.loads(json.dumps(found.written())))
    for name in ("defaulted", "repaid", "defaulted_squares", "repaid_squares"):
        # Written to the hundredth of the currency.
        np.testing.assert_allclose(getattr(again, name), getattr(found, name), rtol=1e-12, atol=0.005)
    np.testing.assert_allclose(again.curve(), found.curve(), rtol=1e-12, atol=1)


def many(n=20_000, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 8, n)
    return (rng.random(n) < p).astype(int), p, rng.uniform(1e5, 1e6, n)


@pytest.mark.parametrize(("margin", "loss"), [(0.19, 1.0), (0.15, 0.6), (0.30, 0.45)])
def test_the_refer_band_is_that_of_the_bootstrap(margin, loss):
    y, p, amount = many()
    exposure = Exposure.of(y, p, amount)
    best, _ = money.best_threshold(exposure.curve(margin, loss))
    by_sums = exposure.refer(best, margin, loss)
    by_draws = bootstrap.redraw(y, p, amount, repeats=400, margin=margin, loss_given_default=loss).refer(best)
    assert by_sums == pytest.approx(by_draws, abs=0.021)
    # Neither nothing nor everything.
    assert 0.02 <= by_sums[1] - by_sums[0] <= 0.25
    assert by_sums[0] < best < by_sums[1]


def test_more_clients_leave_less_to_refer():
    def width(n):
        low, high = Exposure.of(*many(n)).refer(0.16)
        return high - low

    assert width(200_000) < width(20_000) < width(2_000)


def test_clients_between_two_thresholds_tell_them_apart():
    # At 0.20 stand a hundred good loans of 100 each: refusing them from 0.15 on costs 1,900, with a standard error of
    # 0.19 * 100 * sqrt(100) = 190. At 0.30 one good loan of 100: 19, with a standard error of 19, less than 1.96 of it.
    found = Exposure.of([0] * 101, [0.20] * 100 + [0.30], [100.0] * 101)
    assert found.refer(0.25) == (0.21, 0.99)
    assert found.refer(0.15) == (0.01, 0.20)
    assert found.refer(0.31) == (0.21, 0.99)
    # Of one client alone nothing is sure, on either side of its threshold.
    one = Exposure.of([0], [0.30], [100.0])
    assert one.refer(0.30) == one.refer(0.31) == (0.01, 0.99)


@pytest.mark.parametrize(("margin", "loss"), [(0, 1), (0.19, 0), (-0.1, 1), (float("nan"), 1)])
def test_shares_that_are_none_are_refused(margin, loss):
    with pytest.raises(ValueError, match="must be above 0"):
        Exposure.of([1, 0], [0.1, 0.2], [1.0, 2.0]).curve(margin, loss)


def test_one_outcome_probability_and_amount_a_client():
    with pytest.raises(ValueError, match=r"one outcome, probability and amount a client, but have \(2,\), \(2,\), \(1"):
        Exposure.of([1, 0], [0.1, 0.2], [1.0])


def test_an_exposure_that_was_cut_is_refused():
    written = Exposure.of([1, 0], [0.1, 0.2], [1.0, 2.0]).written()
    with pytest.raises(ValueError, match="a sum for each hundredth"):
        Exposure.read({**written, "repaid": written["repaid"][:-1]})
    with pytest.raises(KeyError, match="repaid"):
        Exposure.read({name: values for name, values in written.items() if name != "repaid"})


def test_the_ends_are_the_lowest_and_the_highest_that_are_marked():
    same = np.zeros(99, dtype=bool)
    same[[13, 15, 20]] = True
    assert ends(same) == (0.14, 0.21)
