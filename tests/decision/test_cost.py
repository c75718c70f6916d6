"""The cost of decisions, against sums worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from credit.decision import cost as money
from credit.decision.cost import Costs

# Four clients: two defaulters (100 and 300), two good ones (200 and 400).
DEFAULTED = [1, 0, 1, 0]
AMOUNT = [100.0, 200.0, 300.0, 400.0]
PROBABILITY = [0.10, 0.20, 0.30, 0.40]


def test_a_false_negative_loses_the_loan_and_a_false_positive_its_margin():
    # The first defaulter is accepted: 100. The good client of 400 is refused: 0.19 * 400 = 76.
    assert money.cost(DEFAULTED, [0, 0, 1, 1], AMOUNT) == pytest.approx(100 + 76)


def test_margin_and_loss_given_default_are_parameters():
    assert money.cost(DEFAULTED, [0, 0, 1, 1], AMOUNT, margin=0.10, loss_given_default=0.5) == pytest.approx(50 + 40)


def test_accepting_everybody_loses_every_defaulted_loan():
    assert money.accept_everybody(DEFAULTED, AMOUNT) == 400


def test_refusing_everybody_forgoes_every_margin():
    assert money.refuse_everybody(DEFAULTED, AMOUNT) == pytest.approx(0.19 * 600)


def test_the_break_even_probability_is_the_margin_over_margin_plus_loss():
    assert money.break_even_probability() == pytest.approx(0.159664, abs=1e-6)
    assert money.break_even_probability(margin=0.25, loss_given_default=0.75) == 0.25


def test_the_curve_gives_the_cost_at_every_threshold():
    # Below 0.05 all are refused: 114. At 0.15 only the defaulter of 100 is accepted: 100 + 0.19 * 600 = 214.
    # At 0.25 the good client of 200 too: 100 + 76 = 176. At 0.35: 400 + 76 = 476. At 0.45 all: 400.
    curve = money.cost_curve(DEFAULTED, PROBABILITY, AMOUNT, thresholds=[0.05, 0.15, 0.25, 0.35, 0.45])
    assert curve == pytest.approx([114, 214, 176, 476, 400])


def test_a_probability_at_the_threshold_is_refused():
    assert money.cost_curve([0], [0.16], [1000.0], thresholds=[0.16])[0] == pytest.approx(190)
    assert money.cost_curve([0], [0.1599999], [1000.0], thresholds=[0.16])[0] == 0


def test_among_equal_costs_the_middle_of_the_first_run_is_best():
    assert money.best_threshold([5, 3, 3, 3, 4, 3], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]) == (0.3, 3)
    assert money.best_threshold([5, 4, 3], [0.1, 0.2, 0.3]) == (0.3, 3)


def test_the_saving_is_a_share_of_what_accepting_everybody_costs():
    assert money.saving(90, 100) == pytest.approx(0.10)
    assert money.saving(110, 100) == pytest.approx(-0.10)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([1, 0], [0], [1.0, 2.0]), "one value a client each"),
        (([2], [0], [1.0]), "an outcome must be 0"),
        (([1], [0], [-1.0]), "an amount is negative"),
        (([1], [0], [np.nan]), "an amount is missing"),
        (([1], [1.2], [1.0]), "between 0 and 1"),
    ],
)
def test_wrong_input_is_refused_with_the_rule(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        money.cost(*arguments)


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(ValueError, match="margin is a share of the loan and must be above 0"):
        money.break_even_probability(margin=0)


def test_no_saving_where_nobody_defaulted():
    with pytest.raises(ValueError, match="no client defaulted"):
        money.saving(0, 0)


clients = st.lists(
    st.tuples(st.integers(0, 1), st.floats(0, 1), st.floats(0, 1e6, allow_subnormal=False)), min_size=1, max_size=40
)


@given(clients, st.floats(0.01, 1), st.floats(0.01, 1))
def test_the_curve_equals_the_cost_of_each_threshold_counted_alone(rows, margin, loss):
    bad, p, loan = (np.array(values, dtype=float) for values in zip(*rows, strict=True))
    curve = money.cost_curve(bad, p, loan, margin=margin, loss_given_default=loss)
    alone = [money.cost(bad, p >= t, loan, margin, loss) for t in money.THRESHOLDS]
    np.testing.assert_allclose(curve, alone, rtol=1e-9, atol=1e-6)


@given(clients, st.floats(0.01, 1), st.floats(0.01, 1))
def test_no_decision_costs_less_in_expectation_than_the_one_at_break_even(rows, margin, loss):
    _, p, loan = (np.array(values, dtype=float) for values in zip(*rows, strict=True))
    accept, refuse = loss * p * loan, margin * (1 - p) * loan
    refused = p >= money.break_even_probability(margin, loss)
    np.testing.assert_allclose(np.where(refused, refuse, accept), np.minimum(accept, refuse), rtol=1e-9, atol=1e-9)


def test_the_scorer_receives_the_amounts_by_metadata_routing():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    y = (rng.random(200) < 1 / (1 + np.exp(2 - x[:, 0]))).astype(int)
    amount = rng.uniform(1, 100, 200)
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(
            LogisticRegression(), {"C": [0.1]}, scoring=money.cost_scorer(), cv=[(range(100), range(100, 200))]
        )
        search.fit(x, y, amount=amount)
    p = LogisticRegression(C=0.1).fit(x[:100], y[:100]).predict_proba(x[100:])[:, 1]
    expected = -money.cost(y[100:], p >= 0.19 / 1.19, amount[100:])
    assert search.best_score_ == pytest.approx(expected)
    unweighted = -money.cost(y[100:], p >= 0.19 / 1.19, np.ones(100))
    assert search.best_score_ != pytest.approx(unweighted)


def test_costs_are_read_from_a_manifest_and_written_to_it():
    assert Costs.of({}) == Costs(0.19, 1.0)
    costs = Costs(0.12, 0.45)
    assert Costs.of({"costs": costs.to_dict()}) == costs
    assert costs.break_even == pytest.approx(0.12 / 0.57)


@pytest.mark.parametrize("written", [{}, {"margin": 0.1}, {"margin": None, "loss_given_default": 1}, 3])
def test_costs_that_lack_a_share_are_refused(written):
    with pytest.raises(ValueError, match="must give margin and loss_given_default"):
        Costs.of({"costs": written})


@pytest.mark.parametrize("share", [0, -0.1, float("nan"), float("inf")])
def test_a_share_that_is_no_number_above_0_is_refused(share):
    with pytest.raises(ValueError, match="must be above 0"):
        Costs(share, 1.0)
    with pytest.raises(ValueError, match="must be above 0"):
        Costs(0.1, share)
