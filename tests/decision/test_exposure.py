"""Sums of amounts by probability: by hand, and beside the clients whom they are sums of."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure, ends
from credit.decision.review import Plan, Review
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
    assert found.cost(0.01, Costs()) == pytest.approx(10 + 0.19 * (20 + 40 + 50))
    assert found.cost(0.16, Costs()) == pytest.approx(40 + 0.19 * 50)
    assert found.cost(0.16, Costs(0.1, 0.5)) == pytest.approx(20 + 0.1 * 50)
    # Between 0.15, at which the two clients of 0.155 are refused, and 0.16 the amounts are taken to lie evenly.
    at_15, at_16 = 10 + 0.19 * (40 + 50), 40 + 0.19 * 50
    assert found.cost(0.15, Costs()) == pytest.approx(at_15)
    assert found.cost(0.1575, Costs()) == pytest.approx(at_15 + 0.75 * (at_16 - at_15))
    assert found.cost(0.0, Costs()) == pytest.approx(0.19 * 110)
    assert found.cost(1.0, Costs()) == found.accept_everybody(Costs()) == 40
    assert found.accept_everybody(Costs(0.19, 0.45)) == pytest.approx(18)


@few
@given(clients, shares, shares)
def test_the_curve_is_that_of_the_clients(rows, margin, loss):
    y, p, amount = arrays(rows)
    expected = money.cost_curve(y, p, amount, margin=margin, loss_given_default=loss)
    np.testing.assert_allclose(Exposure.of(y, p, amount).curve(Costs(margin, loss)), expected, rtol=1e-9, atol=1e-6)


@few
@given(clients, shares, shares)
def test_thresholds_that_are_alike_hold_the_threshold(rows, margin, loss):
    found = Exposure.of(*arrays(rows))
    best, _ = money.best_threshold(found.curve(Costs(margin, loss)))
    low, high = found.alike(best, Costs(margin, loss))
    assert 0.01 <= low <= best <= high <= 0.99


@few
@given(clients)
def test_what_is_written_is_read_again(rows):
    found = Exposure.of(*arrays(rows))
    again = Exposure.read(json.loads(json.dumps(found.written())))
    for name in ("defaulted", "repaid", "defaulted_squares", "repaid_squares"):
        # Written to the hundredth of the currency.
        np.testing.assert_allclose(getattr(again, name), getattr(found, name), rtol=1e-12, atol=0.005)
    np.testing.assert_allclose(again.curve(Costs()), found.curve(Costs()), rtol=1e-12, atol=1)


def many(n=20_000, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 8, n)
    return (rng.random(n) < p).astype(int), p, rng.uniform(1e5, 1e6, n)


@pytest.mark.parametrize(("margin", "loss"), [(0.19, 1.0), (0.15, 0.6), (0.30, 0.45)])
def test_thresholds_that_are_alike_are_those_of_the_bootstrap(margin, loss):
    y, p, amount = many()
    exposure = Exposure.of(y, p, amount)
    best, _ = money.best_threshold(exposure.curve(Costs(margin, loss)))
    by_sums = exposure.alike(best, Costs(margin, loss))
    by_draws = bootstrap.redraw(y, p, amount, Costs(margin, loss), repeats=400).alike(best)
    assert by_sums == pytest.approx(by_draws, abs=0.021)
    # Neither nothing nor everything.
    assert 0.02 <= by_sums[1] - by_sums[0] <= 0.25
    assert by_sums[0] < best < by_sums[1]


def test_more_clients_leave_fewer_thresholds_alike():
    def width(n):
        low, high = Exposure.of(*many(n)).alike(0.16, Costs())
        return high - low

    assert width(200_000) < width(20_000) < width(2_000)


def test_clients_between_two_thresholds_tell_them_apart():
    # At 0.20 stand a hundred good loans of 100 each: refusing them from 0.15 on costs 1,900, with a standard error of
    # 0.19 * 100 * sqrt(100) = 190. At 0.30 one good loan of 100: 19, with a standard error of 19, less than 1.96 of it.
    found = Exposure.of([0] * 101, [0.20] * 100 + [0.30], [100.0] * 101)
    assert found.alike(0.25, Costs()) == (0.21, 0.99)
    assert found.alike(0.15, Costs()) == (0.01, 0.20)
    assert found.alike(0.31, Costs()) == (0.21, 0.99)
    # Of one client alone nothing is sure, on either side of its threshold.
    one = Exposure.of([0], [0.30], [100.0])
    assert one.alike(0.30, Costs()) == one.alike(0.31, Costs()) == (0.01, 0.99)


@pytest.mark.parametrize(("margin", "loss"), [(0, 1), (0.19, 0), (-0.1, 1), (float("nan"), 1)])
def test_shares_that_are_none_are_refused(margin, loss):
    with pytest.raises(ValueError, match="must be above 0"):
        Exposure.of([1, 0], [0.1, 0.2], [1.0, 2.0]).curve(Costs(margin, loss))


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
    assert ends(same, 0.1597) == (0.14, 0.21)
    assert ends(same, 0.1375) == (0.1375, 0.21)


# -- folds and reviews -------------------------------------------------------------------------------------------------


def test_the_sums_of_the_folds_are_those_of_all():
    y, p, amount = many(2000)
    found = Exposure.of(y, p, amount, np.arange(2000) % 3)
    assert len(found.folds) == 3
    np.testing.assert_allclose(sum(one.repaid for one in found.folds), found.repaid)
    np.testing.assert_allclose(found.folds[1].defaulted, Exposure.of(y[1::3], p[1::3], amount[1::3]).defaulted)
    again = Exposure.read(json.loads(json.dumps(found.written())))
    np.testing.assert_allclose(again.folds[2].curve(Costs()), found.folds[2].curve(Costs()), rtol=1e-7)
    assert (again.clients == found.clients).all()


def test_clients_are_counted_by_probability_and_size_of_their_loan():
    # 10 ** (j / 10): 100,000 to 125,892 is j = 50, 1,000,000 is j = 60.
    found = Exposure.of([0, 1, 0], [0.155, 0.151, 0.20], [100_000.0, 125_000.0, 1_000_001.0])
    assert found.clients.tolist() == [[15, 50, 2], [20, 60, 1]]


@pytest.mark.parametrize("costs", [Costs(), Costs(0.15, 0.45), Costs(0.3, 1.0)])
@pytest.mark.parametrize("capacity", [0.02, 0.1, 0.3])
def test_a_capacity_is_met_from_the_counts_as_from_the_clients(costs, capacity):
    y, p, amount = many()
    found = Exposure.of(y, p, amount)
    review = found.review(Plan(0.4, capacity), costs)
    assert (review.skill, review.capacity) == (0.4, capacity)
    assert review.cost == pytest.approx(Review.at_capacity(p, amount, costs, capacity, 0.4).cost, rel=0.03)
    assert review.pays(p, amount, costs).mean() == pytest.approx(capacity, abs=0.005)
    assert found.referred(review, costs) == pytest.approx(capacity, abs=0.003)


def test_no_capacity_refers_no_client_a_full_one_all_and_a_cost_is_taken_as_it_is():
    found = Exposure.of(*many(2000))
    assert found.review(Plan(capacity=0.0), Costs()) == Review(np.inf, 0.5, 0.0)
    assert found.referred(Review(np.inf), Costs()) == 0
    assert found.review(Plan(capacity=1.0), Costs()) == Review(0.0, 0.5, 1.0)
    assert found.review(Plan(capacity=None, cost=500.0), Costs()) == Review(500.0)


def test_what_an_earlier_version_wrote_has_neither_folds_nor_counts():
    written = {k: v for k, v in Exposure.of(*many(2000)).written().items() if k not in ("folds", "clients")}
    old = Exposure.read(written)
    assert (old.folds, old.clients) == ((), None)
    with pytest.raises(ValueError, match=r"does not count its clients by amount.*--review-cost"):
        old.review(Plan(), Costs())


def test_thresholds_on_clients_drawn_anew_differ_as_the_bootstrap_has_it():
    y, p, amount = many()
    by_sums = Exposure.of(y, p, amount).redrawn(Costs(), repeats=1000)
    by_draws = bootstrap.redraw(y, p, amount, Costs(), repeats=1000).curves
    assert by_sums.shape == (1000, 99)
    # Standard deviations of a thousand draws are known to some 2 %; the number of clients varies in one of both, which
    # moves a curve as a whole.
    for place in (5, 15, 40, 98):
        more = (by_sums[:, place] - by_sums[:, 20]).std(), (by_draws[:, place] - by_draws[:, 20]).std()
        assert more[0] == pytest.approx(more[1], rel=0.12)
