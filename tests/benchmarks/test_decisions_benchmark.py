"""The benchmark of intervals counts rightly: portfolios whose ends are known, and draws made by hand."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from credit.decision.cost import Costs, expected_cost
from credit.simulate.perturbations import NOT_COVERED

PATH = Path(__file__).parents[2] / "benchmarks" / "decisions.py"


@pytest.fixture(scope="module")
def decisions():
    spec = importlib.util.spec_from_file_location("decisions_benchmark", PATH)
    module = importlib.util.module_from_spec(spec)
    before = set(sys.modules)
    sys.modules[spec.name] = module  # dataclasses look their module up
    sys.path.insert(0, str(PATH.parent))  # it imports the modules beside it
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(PATH.parent))
        # Their names are short, and other tests may mean other modules by them.
        for name in set(sys.modules) - before:
            if name == spec.name or getattr(sys.modules[name], "__file__", None) == str(PATH.with_name(f"{name}.py")):
                del sys.modules[name]


def test_intervals_are_counted_by_where_they_lie(decisions):
    # The truth is 0: two hold it, one is below, one is above, of one nothing is said.
    low = np.array([-1, 0, -3, 0.5, np.nan])
    high = np.array([1, 2, -0.5, 4, np.nan])
    found = decisions.Covered.of(low, high, 0.0)
    assert (found.said, found.holds, found.low, found.high) == (0.8, 0.5, 0.25, 0.25)
    assert found.width == 2.25  # of 2, 2, 2.5 and 3.5


def test_draws_weigh_clients(decisions):
    # Three clients; the rule saves the first one's default, accepting everybody loses 10 and 30.
    rule, everybody = np.array([[0.0, 30, 0]]), np.array([[10.0, 30, 0]])
    found = decisions.Portfolios(rule > 0, rule, everybody, everybody, ())
    weights = np.array([[1.0, 1, 1], [3, 0, 0], [0, 3, 0], [0, 0, 3]])
    # Gains of 10 / 40, 30 / 30 and 0 / 90; the last draw has no default.
    low, high = decisions.percentile(found, weights)
    assert (low[0], high[0]) == pytest.approx(np.quantile([0.25, 1, 0], [0.025, 0.975]))


def test_the_expected_costs_are_those_that_the_outcomes_average_to(decisions):
    rng = np.random.default_rng(0)
    for case in decisions.CASES:
        found = decisions.portfolios(case, 1, 200_000, rng)
        assert 0.06 < found.defaulted.mean() < 0.08
        for realised, expected in zip((found.rule, found.other, found.everybody), found.expected, strict=True):
            assert realised.sum() == pytest.approx(expected.sum(), rel=0.05)


def test_both_intervals_are_counted_on_the_same_portfolios(decisions):
    old, new = decisions.covered(decisions.CASES[0], 0.09, 60, 500, 200, np.random.default_rng(1))
    assert old.said == 1.0
    assert new.said > 0.9
    assert new.holds >= old.holds
    assert new.width > old.width


def test_a_fall_is_a_fall_beyond_the_last_digits(decisions):
    before, after = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.1, 0.2 - 1e-15, 0.25, 0.47])
    assert decisions.sense.falls(before, after) == pytest.approx((0.25, 0.005))


def test_changes_for_the_worse_make_a_table(decisions, capsys):
    assert decisions.sense.perturbations(60, 400, 3)  # no probability of the shipped model falls
    lines = capsys.readouterr().out.splitlines()
    assert [name for name in NOT_COVERED if not any(line.startswith(name) for line in lines)] == []
    rows = [line.split() for line in lines if line.startswith(("all tables", "application "))]
    assert len(rows) == 19
    held = [row for row in rows if "trained" not in row]
    assert len(held) >= 18
    shipped = [(float(row[-6]), float(row[-4])) for row in held]
    assert all(fell == 0 and mean >= 0 for fell, mean in shipped)
    assert any(float(row[-3]) > 0 for row in held)  # a model without signs lets some be better off


def test_the_best_threshold_is_the_cheapest_of_all(decisions):
    rng = np.random.default_rng(4)
    truth, amount, costs = rng.uniform(0, 0.6, 60), rng.uniform(1, 9, 60), Costs()
    p = np.round(truth + rng.normal(0, 0.1, 60), 2)  # several clients have the same
    at, spent = decisions.shipped_policy.best_threshold(p, truth, amount, costs)
    tried = {one: expected_cost(truth, p >= one, amount) for one in [*np.unique(p), np.inf]}
    assert spent == pytest.approx(min(tried.values()))
    assert tried[at] == pytest.approx(spent)


def test_the_shipped_policy_is_near_the_best_threshold(decisions, capsys):
    decisions.shipped_policy.policy(1_500, 90_021)  # whether 99 % are met is for 20,000 clients to say
    said = capsys.readouterr().out
    share = float(re.search(r"saves ([0-9.]+)% of what the best one does", said).group(1))
    assert 90 < share <= 100


def test_signs_of_the_loan_hold_in_a_small_bank(decisions, capsys):
    assert decisions.of_the_loan.loan_signs(clients=1_000, trees=25, seed=7)
    told = capsys.readouterr().out
    rows = {line[:16].strip(): line[16:].split() for line in told.splitlines() if line.startswith(("as the", "+1"))}
    assert list(rows) == list(decisions.of_the_loan.SIGNED)
    # AUC, beside, saving, beside, then a share and a fall for each of four changes: the column alone comes first.
    for name, signed in decisions.of_the_loan.SIGNED.items():
        for place, column in ((4, "AMT_CREDIT"), (8, "AMT_ANNUITY")):
            if column in signed:
                assert rows[name][place : place + 2] == ["0.0%", "0.00"]


def test_falls_are_counted_and_the_largest_is_in_points(decisions):
    assert decisions.of_the_loan.falls(np.array([-0.02, 0.0, -1e-15, 0.3])) == (0.25, pytest.approx(2.0))
    assert decisions.of_the_loan.falls(np.array([0.0, 0.1])) == (0.0, 0.0)


def test_what_is_made_from_the_loan_follows_it(decisions):
    columns = ["AMT_CREDIT", "AMT_ANNUITY", "AMT_INCOME_TOTAL", "ANNUITY_TO_CREDIT", "INCOME_TO_CREDIT"]
    x = np.array([[1000.0, 100.0, 3000.0, 0.1, 3.0]])
    alone, both = (decisions.of_the_loan.grown(x, columns, "AMT_CREDIT", follows) for follows in (False, True))
    assert alone.tolist() == [[1500.0, 100.0, 3000.0, 0.1, 3.0]]
    assert both[0] == pytest.approx([1500.0, 100.0, 3000.0, 100 / 1500, 2.0])


def test_venn_abers_on_ten_points(decisions):
    """Isotonic regression pools what falls. At 0.55, between 1 at 0.5 and 0 at 0.6, it pools 1, 0, 0 to a third with
    the client as a good one, and 1, 1, 0 to two thirds as a bad one; at 0.5 the same. At 0.95 it pools 1, 1, 1, 0 to
    three quarters, and at 0.25 nothing as a good one, 1, 0, 0 as a bad one.
    """
    score = np.arange(1, 11) / 10
    outcome = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
    low, high = decisions.sure.venn_abers(outcome, score, np.array([0.55, 0.5, 0.95, 0.25]))
    assert low == pytest.approx([1 / 3, 1 / 3, 3 / 4, 0.0])
    assert high == pytest.approx([2 / 3, 2 / 3, 1.0, 1 / 3])


def test_the_rate_of_an_answer_is_the_mean_truth_of_such_clients(decisions):
    rng = np.random.default_rng(4)
    score = rng.normal(-2.5, 1.0, 4_000)
    truth = 1 / (1 + np.exp(-(0.8 * score - 0.3 + 0.1 * rng.normal(size=4_000))))
    found = decisions.sure.rate_of(1 / (1 + np.exp(-score)), truth)
    middle = np.abs(score + 2.5) < 2
    assert found[middle] == pytest.approx(1 / (1 + np.exp(0.3 - 0.8 * score))[middle], rel=0.03)
