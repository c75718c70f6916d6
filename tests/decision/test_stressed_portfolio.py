"""Stress: scenarios as data, shifts of tables through the product's own plan, and values worked out by hand."""

import json

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from credit.cli import main
from credit.decision import stressed_portfolio as module
from credit.decision.policy import Policy, today
from credit.decision.portfolio import read_for
from credit.decision.stress_scenarios import (
    Scenario,
    ScenarioError,
    Shift,
    load,
    of_factors,
    stressed_odds,
    uniform,
)
from credit.decision.stressed_portfolio import TODAY, sentence, stress
from credit.model import Scorer, load_bundle, save_bundle
from credit.simulate import simulate

COLUMNS = ("AMT_CREDIT", "EXT_SOURCE_2")
MANIFEST = {
    "files": {"model.pkl": "0" * 64},
    "costs": {"margin": 0.2, "loss_given_default": 0.8},
    "review": {"cost": 20.0, "skill": 0.5, "capacity": None},
}
#: Amount, and probability of default.
CLIENTS = np.array([[1000.0, 0.02], [1000.0, 0.10], [100.0, 0.18], [100.0, 0.50]])


@pytest.fixture
def found(monkeypatch):
    """The stress of `CLIENTS`, whom no tables are needed for, by scenarios without shifts."""
    made = pl.DataFrame({"SK_ID_CURR": [1, 2, 3, 4]})
    monkeypatch.setattr(module, "rows_of", lambda *_: (made, CLIENTS, np.ones(4, dtype=bool)))
    model = Scorer(None, COLUMNS, 0.2, MANIFEST, lambda X: X[:, 1])
    return lambda *scenarios: stress(model, Policy(model), {}, "application_test", scenarios, today())


def test_before_and_after_are_those_worked_out_by_hand(found):
    before, worse = found(Scenario("worse", odds_times=2.0))
    # Stakes: 16, 80, 14.4 and 10; half of 80 is worth more than 20: a person decides on client 2.
    assert before.decisions == {"accept": 2, "refer": 1, "refuse": 1}
    assert (before.scenario, before.accepted, before.changed) == (TODAY, 2, 0)
    assert before.loss == before.loss_anew == pytest.approx(16 + 14.4)
    # The threshold would accept client 2: half of 80 is left, and the review.
    assert before.cost == before.cost_anew == pytest.approx(16 + 60 + 14.4 + 10)
    p = np.array([0.04 / 1.02, 0.2 / 1.1, 0.36 / 1.18, 2 / 3])
    assert worse.default_rate == pytest.approx(p.mean())
    assert worse.accepted_default_rate == pytest.approx((p[0] + p[2]) / 2)
    assert worse.loss == pytest.approx(800 * p[0] + 80 * p[2])
    # Client 1 has 31.37 at stake, of which half is below 20; client 3 is refused from 0.2 on.
    assert worse.decisions == {"accept": 1, "refer": 1, "refuse": 2}
    assert (worse.changed, worse.loss_anew) == (1, pytest.approx(800 * p[0]))
    reviewed = 800 * p[1] / 2 + 20
    assert worse.cost == pytest.approx(800 * p[0] + reviewed + 80 * p[2] + 20 * (1 - p[3]))
    assert worse.cost_anew == pytest.approx(800 * p[0] + reviewed + 20 * (1 - p[2]) + 20 * (1 - p[3]))


def test_other_costs_move_the_threshold_to_their_break_even_probability(found):
    _, dear = found(Scenario("dear", margin_times=0.5, loss_times=1.125))
    # 0.1 / (0.1 + 0.9) = 0.1 in place of 0.2: client 3 at 0.18 is refused, with 10 * 0.82 forgone.
    assert dear.decisions == {"accept": 1, "refer": 1, "refuse": 2}
    assert dear.loss == pytest.approx(1000 * 0.02 * 0.9 + 100 * 0.18 * 0.9)
    assert dear.loss_anew == pytest.approx(18)
    # Client 2 at 0.10 is refused by that threshold, which forgoes 90: a review leaves half.
    assert dear.cost_anew == pytest.approx(18 + 65 + 8.2 + 5)


def test_a_scenario_that_changes_nothing_changes_nothing(found):
    before, same = found(Scenario("same"))
    assert {**vars(same), "scenario": TODAY} == vars(before)


def test_the_sentence_is_of_the_scenario_that_loses_most(found):
    rows = found(Scenario("mild", odds_times=1.1), Scenario("worse", odds_times=2.0))
    said = sentence(rows)
    assert said.startswith("Under worse the 2 loans accepted before lose 56 in expectation instead of 30 (+83%)")
    assert "deciding anew changes 1 of 4 decisions and saves 11 against" in said
    assert sentence(rows[:1]).startswith("Nothing is stressed: the 2 loans accepted lose 30")


@given(st.floats(0, 1), st.floats(0.01, 100))
def test_odds_are_multiplied_and_come_back(p, times):
    (there,) = stressed_odds(np.array([p]), times)
    assert 0 <= there <= 1
    assert stressed_odds(np.array([there]), 1 / times)[0] == pytest.approx(p, abs=1e-9)


def test_a_smaller_share_is_among_the_clients_of_a_larger_one():
    numbers = np.arange(100_000, 140_000)
    drawn = uniform(numbers, 0)
    assert ((drawn >= 0) & (drawn < 1)).all()
    # Of 40,000 draws the share has a standard error of 0.0015.
    assert (drawn < 0.1).mean() == pytest.approx(0.1, abs=0.006)
    assert np.corrcoef(drawn, uniform(numbers, 1))[0, 1] == pytest.approx(0, abs=0.02)
    assert uniform(numbers[::-1], 0).tolist() == drawn[::-1].tolist()
    # The first output of SplitMix64 with seed 0, of the reference implementation, to 53 bits.
    assert uniform(np.array([0]), 0)[0] == (0xE220A8397B1DCDAF >> 11) / 2**53


def test_a_shift_sets_multiplies_adds_and_holds_at_the_ends():
    frame = pl.LazyFrame(
        {"SK_ID_CURR": [1, 2], "NAME_INCOME_TYPE": ["Working", None], "AMT_INCOME_TOTAL": [100.0, 50.0],
         "EXT_SOURCE_2": [0.02, None], "CNT_CHILDREN": [1, 2]}
    )  # fmt: skip
    shift = Shift(
        "application",
        set={"NAME_INCOME_TYPE": "Unemployed"},
        times={"AMT_INCOME_TOTAL": 0.6, "CNT_CHILDREN": 1.4},
        plus={"EXT_SOURCE_2": -0.05, "AMT_INCOME_TOTAL": 1.0},
    )
    shifted, held = shift.applied(frame)
    assert shifted.collect().to_dict(as_series=False) == {
        "SK_ID_CURR": [1, 2], "NAME_INCOME_TYPE": ["Unemployed"] * 2, "AMT_INCOME_TOTAL": [61.0, 31.0],
        "EXT_SOURCE_2": [0.0, None], "CNT_CHILDREN": [1, 3],
    }  # fmt: skip
    assert frame.select(held).collect().item() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[scenarios]]\nname = 'a'\nodds_times = 0",
            "scenario 'a': odds_times is a factor above 0, such as",
        ),
        ("[[scenarios]]\nname = 'a'\nodds = 2", "odds is no key of a scenario"),
        ("[[scenarios]]\nodds_times = 2", "scenario number 1: name is a text"),
        ("[[scenarios]]\nname = 'a'\n[[scenarios]]\nname = 'a'", "scenario 'a' stands there twice"),
        ("[[scenario]]\nname = 'a'", "holds scenario; it holds [[scenarios]] and nothing else"),
        ("", "has no scenario"),
        ("[[scenarios]]\nname = x", "is not TOML"),
        ("table = 'clients'\nset = { A = 1 }", "table is one of application, bureau,"),
        ("table = 'application'", "changes no column"),
        ("table = 'application'\nshare = 0\nset = { CNT_CHILDREN = 1 }", "share is above 0 and at most 1"),
        ("table = 'application'\nseed = -1\nset = { CNT_CHILDREN = 1 }", "seed is a whole number"),
        ("table = 'application'\nset = { AMT_INCOM = 1 }", "'AMT_INCOM' is no column of application"),
        ("table = 'application'\nset = { SK_ID_CURR = 1 }", "'SK_ID_CURR' is no column of application that can be"),
        ("table = 'application'\nset = { NAME_INCOME_TYPE = 'Jobless' }", "it is never 'Jobless'"),
        (
            "table = 'application'\ntimes = { NAME_INCOME_TYPE = 2 }",
            "is a text, which can only be set",
        ),
        ("table = 'application'\nplus = { AMT_CREDIT = inf }", "AMT_CREDIT takes a finite number"),
        ("table = 'application'\nset = { CNT_CHILDREN = 1.5 }", "CNT_CHILDREN is a whole number"),
        ("table = 'application'\nset = { AMT_CREDIT = 1 }\nplus = { AMT_CREDIT = 1 }", "is set and shifted at once"),
        ("table = 'bureau_balance'\nshare = 0.5\nset = { STATUS = '5' }", "does not say whose its rows are"),
        ("table = 'application'\nset = 3", "set must be a table of columns"),
    ],
)
def test_wrong_scenarios_are_refused_by_name(tmp_path, text, said):
    path = tmp_path / "scenarios.toml"
    path.write_text(f"[[scenarios]]\nname = 'a'\n[[scenarios.shifts]]\n{text}" if text.startswith("table") else text)
    with pytest.raises(ScenarioError) as error:
        load(path)
    assert said in str(error.value)


def test_factors_are_one_scenario():
    assert of_factors(2.0, 1.0, 1.0) == Scenario("stress", 2.0)
    with pytest.raises(ScenarioError, match="loss_times is a factor above 0"):
        of_factors(1.0, 1.0, -1.0)


class ByIncome:
    """Defaults the more often the smaller the income is."""

    classes_ = np.array([0, 1])
    n_features_in_ = 3

    def predict_proba(self, X):
        p = np.nan_to_num(np.clip(30_000 / np.asarray(X)[:, 1], 0.01, 0.99), nan=0.5)
        return np.column_stack([1 - p, p])


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("stress") / "bank", 200, seed=3)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    # Without a review, which would refer every loan of the bank at a price of 20.
    manifest = {"data": {"simulated": True}, "model": {"name": "Income"}, "costs": MANIFEST["costs"]}
    columns = ["AMT_CREDIT", "AMT_INCOME_TOTAL", "INCOME_TO_CREDIT"]
    return save_bundle(tmp_path_factory.mktemp("model") / "bundle", ByIncome(), columns, 0.2, manifest)


def test_shifted_tables_become_features_by_the_products_own_plan(bundle, bank, monkeypatch):
    model, tables = load_bundle(bundle), read_for(load_bundle(bundle), bank, "application_test")
    seen, rows_of = [], module.rows_of
    monkeypatch.setattr(module, "rows_of", lambda *given: seen.append(rows_of(*given)) or seen[-1])
    lower = Scenario("lower", shifts=(Shift("application", times={"AMT_INCOME_TOTAL": 0.5}),))
    before, after = stress(model, Policy(model), tables, "application_test", [lower], today())
    plain, halved = (X for _, X, _ in seen)
    assert halved[:, 1].tolist() == (plain[:, 1] / 2).tolist()
    assert not np.allclose(plain[:, 2], halved[:, 2], equal_nan=True)  # the ratio follows
    p = np.clip(30_000 / halved[:, 1], 0.01, 0.99)
    assert after.default_rate == pytest.approx(p.mean())
    assert after.default_rate > before.default_rate
    assert after.clients == before.clients


def test_the_command_prints_a_table_a_sentence_and_a_picture(bundle, bank, tmp_path):
    path, picture = tmp_path / "scenarios.toml", tmp_path / "stress.svg"
    path.write_text(
        '[[scenarios]]\nname = "unemployment"\n[[scenarios.shifts]]\ntable = "application"\nshare = 0.5\n'
        'set = { NAME_INCOME_TYPE = "Unemployed" }\ntimes = { AMT_INCOME_TOTAL = 0.3 }\n'
    )

    def run(*words):
        done = CliRunner().invoke(main, ["stress", str(bank), "--bundle", str(bundle), *map(str, words)])
        return done.exit_code, done.output

    code, output = run("--scenarios", path, "--picture", picture)
    assert code == 0, output
    assert "Under unemployment the" in output
    assert "expected loss (currency of AMT_CREDIT)" in picture.read_text(encoding="utf-8")
    code, output = run("--odds-times", 2, "--json")
    told = json.loads(output[output.index("{") :])
    assert [one["scenario"] for one in told["scenarios"]] == ["before", "stress"]
    assert told["scenarios"][1]["loss"] > told["scenarios"][0]["loss"]
    code, output = run()
    assert (code, "say what to suppose" in output) == (1, True)
    path.write_text(
        '[[scenarios]]\nname = "debt"\n[[scenarios.shifts]]\ntable = "bureau"\ntimes = { AMT_CREDIT_SUM = 2 }\n'
    )
    code, output = run("--scenarios", path)
    assert (code, "shifts bureau, which is not in the folder or which the model does not read" in output) == (1, True)
