"""Two files of rules on the same clients: every figure worked out by hand."""

import json
import math
from datetime import date

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from support.bank_rules import rule, segment, written
from support.logged import HASH

from credit.cli import main
from credit.decision.approval_frontier import Approvals
from credit.decision.intervals import Interval
from credit.decision.policy import Policy
from credit.decision_log import Columns, Decision, Log
from credit.decision_log.encoding import to_bytes
from credit.model import Scorer, load_bundle, save_bundle
from credit.monitoring.policy_comparison import Part, compare
from credit.monitoring.policy_effects import GroupEffect, LargestChange, Move, Reviews, RuleEffect
from credit.simulate import simulate

NAN = math.nan
COLUMNS = ("AMT_CREDIT", "EXT_SOURCE_2", "CODE_GENDER", "DAYS_BIRTH")
TODAY = date(2026, 6, 1)
#: Half of a lost loan comes back; a review costs 20 and finds half of the wrong decisions.
MANIFEST = {
    "files": {"model.pkl": "0" * 64},
    "costs": {"margin": 0.2, "loss_given_default": 0.5},
    "review": {"cost": 20.0, "skill": 0.5, "capacity": None},
}
#: Amount, probability of default, gender, age. At 0.3 the threshold refuses, and no review pays for 20 and less.
CLIENTS = np.array(
    [
        [1000.0, 0.02, 0.0, -20 * 365.25],  # accept: loses 10
        [1000.0, 0.04, 0.0, -30 * 365.25],  # accept: loses 20
        [1000.0, 0.10, 1.0, -30 * 365.25],  # refer: 50 at stake, half of it found: 25 + 20
        [1000.0, 0.90, 1.0, -60 * 365.25],  # refuse: forgoes 0.1 * 200 = 20
        [NAN, 0.02, 1.0, -60 * 365.25],  # no amount
    ]
)
NUMBERS = np.array([1, 2, 3, 4, 5])


def model(**manifest):
    return Scorer(None, COLUMNS, 0.3, {**MANIFEST, **manifest}, lambda X: X[:, 1])


def compared(tmp_path, old, new, scorer=None, parts=None, **options):
    scorer = scorer or model()
    policies = [
        Policy(scorer, None if rules is None else written(tmp_path / f"{name}.toml", *rules))
        for name, rules in (("old", old), ("new", new))
    ]
    return compare(scorer, *policies, parts or [Part(NUMBERS, CLIENTS)], TODAY, **options)


SMALL_RISK = {"column": "probability", "op": ">", "value": 0.03}
NEW = (
    rule(
        name="no_risk", stage="after", when={"all": [SMALL_RISK, {"column": "decision", "op": "=", "value": "accept"}]}
    ),
    rule(
        name="known", outcome="accept", when={"column": "DAYS_BIRTH", "op": "<", "value": -20_000}, legal_basis="a test"
    ),
    rule(name="never", when={"column": "AMT_CREDIT", "op": ">", "value": 1e9}),
)


def test_costs_moves_rules_and_groups_are_those_worked_out_by_hand(tmp_path):
    found = compared(tmp_path, None, NEW)
    assert (found.clients, found.without_amount) == (4, 1)
    assert found.decisions_old == {"accept": 2, "refer": 1, "refuse": 1}
    assert found.decisions_new == {"accept": 2, "refer": 1, "refuse": 1}
    assert found.cost_old == pytest.approx(10 + 20 + 45 + 20)
    # Client 2 refused forgoes 0.96 * 200 = 192, client 4 accepted loses 0.9 * 500 = 450.
    assert found.cost_new == pytest.approx(10 + 192 + 45 + 450)
    assert found.cost == pytest.approx(172 + 430)
    assert found.everybody == pytest.approx(10 + 20 + 50 + 450)
    assert found.moves == (
        Move("accept", "refuse", 1, 1000.0, pytest.approx(172)),
        Move("refuse", "accept", 1, 1000.0, pytest.approx(430)),
    )
    assert found.rules == (
        RuleEffect("no_risk", "new", 1, 0, 1, pytest.approx(172)),
        RuleEffect("known", "new", 1, 0, 1, pytest.approx(430)),
        RuleEffect("never", "new", 0, 0, 0, 0.0),
    )
    groups = {one.group: one for one in found.groups}
    assert list(groups) == ["women", "men", "under 25", "25 to 34", "55 and over"]
    # Of one accepted client among two Wilson's interval is 9.5 % to 90.5 %.
    low, high = pytest.approx(0.0945, abs=1e-4), pytest.approx(0.9055, abs=1e-4)
    # Of both, or of neither, it is 34.2 % to 100 %, or 0 % to 65.8 %.
    all_low, none_high = pytest.approx(0.3424, abs=1e-4), pytest.approx(0.6576, abs=1e-4)
    women, men = groups["women"], groups["men"]
    # One of two fewer: -1/4 +- 1.96 / 4 * root of (2 - 1/4), and no end beyond -1.
    end = 1.959964 / 4 * math.sqrt(1.75)
    fewer = Interval(-0.5, pytest.approx(-0.25 - end), pytest.approx(-0.25 + end))
    more = Interval(0.5, pytest.approx(0.25 - end), pytest.approx(0.25 + end))
    assert women == GroupEffect("gender", "women", 2, 1.0, all_low, 1.0, 0.5, low, high, fewer, 1, pytest.approx(172))
    assert men == GroupEffect("gender", "men", 2, 0.0, 0.0, none_high, 0.5, low, high, more, 1, pytest.approx(430))
    assert (groups["under 25"].changed, groups["under 25"].cost) == (0, 0.0)
    assert found.changed["SK_ID_CURR"].to_list() == [4, 2]
    assert found.changed["NEW_RULE"].to_list() == ["known", "no_risk"]
    assert found.changed["COST"].to_list() == pytest.approx([430, 172])
    assert found.largest == (
        LargestChange(2, 1000.0, 0.04, "accept", "refuse", pytest.approx(172)),
        LargestChange(4, 1000.0, 0.90, "refuse", "accept", pytest.approx(430)),
    )
    assert found.reviews == Reviews(old=1, new=1, by_rule_old=0, by_rule_new=0, capacity=None, most=None)
    assert found.realised is None


def test_the_frontier_marks_both_policies_and_the_least_cost(tmp_path):
    """Loans of 1000, by rising probability: losses of 10, 20, 50 and 450, forgone margins of 196, 192, 180 and 20."""
    found = compared(tmp_path, None, NEW).frontier
    assert [(one.clients, round(one.loss, 9), round(one.cost, 9)) for one in found.points] == [
        (0, 0, 588), (1, 10, 402), (2, 30, 230), (3, 80, 100), (4, 530, 530),
    ]  # fmt: skip
    assert found.best == Approvals(0.75, 3, pytest.approx(80), pytest.approx(100))
    assert found.old == found.best  # the threshold of 0.3 refuses client 4 alone
    # The rules refuse client 2 and accept client 4: for as many approvals the frontier loses 80.
    assert found.new == Approvals(0.75, 3, pytest.approx(10 + 50 + 450), pytest.approx(510 + 192))


def test_realised_costs_are_those_of_known_outcomes(tmp_path):
    defaulted = np.array([0.0, 0.0, 1.0, NAN, 0.0])
    found = compared(tmp_path, None, NEW, parts=[Part(NUMBERS, CLIENTS, defaulted)]).realised
    # Client 3 defaults and is referred: half of 500 is found, and the review costs 20. Client 2 refused forgoes 200.
    assert (found.clients, found.defaults, found.unripe, found.changed) == (3, 1, 0, 1)
    assert (found.cost_old, found.cost_new, found.everybody) == (270.0, 470.0, 500.0)
    assert (found.expected_cost_old, found.expected_cost_new) == (pytest.approx(75), pytest.approx(247))
    assert found.saving is None  # one default says nothing


def test_known_outcomes_of_an_incomplete_week_do_not_count(tmp_path):
    week, lent = np.array([1, 1, 2, 2, 2]), np.ones(5, bool)
    defaulted = np.array([0.0, 0.0, 1.0, NAN, NAN])
    found = compared(tmp_path, None, NEW, parts=[Part(NUMBERS, CLIENTS, defaulted, week, lent)]).realised
    assert (found.clients, found.defaults, found.unripe) == (2, 0, 1)


def test_a_realised_saving_has_the_interval_of_paired_costs(tmp_path):
    rng = np.random.default_rng(0)
    X = np.column_stack([np.full(400, 1000.0), rng.uniform(0.1, 0.6, 400), np.zeros(400), np.full(400, -12_000.0)])
    y = (rng.random(400) < X[:, 1]).astype(float)
    strict = segment(name="all", when=None, if_unknown=None, margin=0.2, loss_given_default=0.5, threshold=0.2)
    scorer = model(review=None)
    found = compared(tmp_path, None, [strict], scorer, [Part(np.arange(400), X, y)])
    old = np.where(X[:, 1] >= 0.3, 200 * (1 - y), 500 * y)
    new = np.where(X[:, 1] >= 0.2, 200 * (1 - y), 500 * y)
    assert (found.realised.cost_old, found.realised.cost_new) == (pytest.approx(old.sum()), pytest.approx(new.sum()))
    gain = found.realised.saving
    assert gain.estimate == pytest.approx((old - new).sum() / (500 * y).sum())
    assert gain.low < gain.estimate < gain.high


def test_segments_are_valued_by_one_policys_margins_and_losses(tmp_path):
    women = {"column": "EXT_SOURCE_2", "op": "<", "value": 0.05}
    cheap = segment(name="cheap", when=women, margin=0.1, loss_given_default=0.9)
    # Clients 1 and 2 are in it: the loss doubles nearly, and both stay accepted (0.02 and 0.04 are below 0.1).
    mine = compared(tmp_path, None, [cheap])
    assert (mine.valued_by, mine.cost) == ("new", 0.0)
    assert mine.cost_old == mine.cost_new == pytest.approx(1000 * 0.9 * 0.06 + 45 + 20)
    theirs = compared(tmp_path, None, [cheap], valued_by="old")
    assert theirs.cost_old == pytest.approx(10 + 20 + 45 + 20)
    groups = [(one.group, one.clients) for one in mine.groups if one.attribute == "segment"]
    assert groups == [("cheap", 2), ("none", 2)]


def test_reviews_are_held_against_the_time_that_there_is(tmp_path):
    refer = rule(outcome="refer", when={"column": "AMT_CREDIT", "op": ">", "value": 1})
    found = compared(tmp_path, None, [refer], capacity=0.3).reviews
    assert found == Reviews(old=1, new=4, by_rule_old=0, by_rule_new=4, capacity=0.3, most=2)
    with pytest.raises(ValueError, match="from 0 to 1, not 3"):
        compared(tmp_path, None, [refer], capacity=3)


def test_a_change_back_costs_the_opposite(tmp_path):
    there, back = compared(tmp_path, None, NEW), compared(tmp_path, NEW, None)
    assert back.cost == pytest.approx(-there.cost)
    assert {(one.old, one.new): -one.cost for one in back.moves} == {
        (one.new, one.old): pytest.approx(one.cost) for one in there.moves
    }
    assert {one.policy for one in back.rules} == {"old"}
    assert (there.old, there.new) == (back.new, back.old)


def test_the_same_rules_change_nothing(tmp_path):
    found = compared(tmp_path, NEW, NEW)
    assert (found.moves, found.cost, found.changed.height) == ((), 0.0, 0)


def test_clients_of_whom_a_value_is_missing_are_counted(tmp_path):
    X = CLIENTS.copy()
    X[0, 3] = NAN
    of_age = rule(when={"column": "DAYS_BIRTH", "op": ">", "value": -6575}, legal_basis="a test", if_unknown="refer")
    found = compared(tmp_path, None, [of_age], parts=[Part(NUMBERS[:2], X[:2]), Part(NUMBERS[2:], X[2:])])
    # Half of the 10 that it would lose, and the review.
    assert found.rules == (RuleEffect("small_loan", "new", 1, 1, 1, pytest.approx(5 + 20 - 10)),)
    assert found.groups[-1].group == "not given"


def test_without_the_price_of_a_review_a_referred_client_costs_as_the_threshold_decides(tmp_path):
    refer = rule(outcome="refer", when={"column": "AMT_CREDIT", "op": ">", "value": 1})
    for review in (None, {"cost": None, "skill": 0.5, "capacity": 0.0}):
        found = compared(tmp_path, None, [refer], model(review=review))
        assert not found.reviewed
        assert found.decisions_new == {"accept": 0, "refer": 4, "refuse": 0}
        assert found.cost == 0.0


def test_without_clients_nothing_is_compared(tmp_path):
    for parts in ([Part(NUMBERS[4:], CLIENTS[4:])], iter(())):
        policy = Policy(model())
        with pytest.raises(ValueError, match="no client with an amount"):
            compare(model(), policy, policy, parts, TODAY)


class ByScore:
    """Defaults as often as the score says."""

    classes_ = np.array([0, 1])
    n_features_in_ = len(COLUMNS)

    def predict_proba(self, X):
        p = np.nan_to_num(np.asarray(X)[:, 1], nan=0.5)
        return np.column_stack([1 - p, p])


@pytest.fixture
def bundle(tmp_path):
    manifest = {
        "data": {"simulated": True},
        "model": {"name": "Scores"},
        **{k: MANIFEST[k] for k in ("costs", "review")},
    }
    return save_bundle(tmp_path / "bundle", ByScore(), list(COLUMNS), 0.3, manifest)


def run(*words):
    done = CliRunner().invoke(main, ["policy", *map(str, words)])
    return done.exit_code, done.output


def test_the_command_compares_on_the_log(bundle, tmp_path):
    database = tmp_path / "decisions.db"
    log = Log(database)
    rows = [(number, X) for number, X in zip(NUMBERS[:4], CLIENTS[:4], strict=True)]
    log.record(
        [
            Decision(
                request="r", caller="ann", client=int(number), columns=Columns(COLUMNS), inputs=to_bytes(X),
                probability=float(X[1]), threshold=0.3, decision="accept", refer=None, reasons=None, model_hash=HASH,
                sent="",
            )
            for number, X in [*rows, rows[0]]  # the first twice in a week: one application
        ]
    )  # fmt: skip
    log.close()
    new = written(tmp_path / "new.toml", *NEW)
    words = ["compare", "none", new, "--log", "--database", database, "--bundle", bundle, "--out", tmp_path / "who.csv"]
    code, output = run(*words)
    assert code == 0, output
    assert "4 clients by the rules in force on " in output
    assert "2 change sides, 50.00%" in output
    assert "expected cost: 95 old, 697 new: costs 602" in output
    assert "accept -> refuse: 1 client, 1,000 of loans, costs 172" in output
    assert "rule never (new): decides on 0; the model alone would decide 0 otherwise, costs nothing" in output
    assert (
        "gender women: 2 clients, accepted 100.0% old (34.2% to 100.0%), 50.0% new (9.5% to 90.5%), -50.0 points "
        "(-89.8 to +39.8), 1 changes sides, costs 172" in output
    )
    assert "realised cost: not known, for no outcome of these clients is" in output
    assert "reviews: 1 old, 1 new; for how many there is time is not known: give --review-capacity" in output
    assert "client 4: 1,000, probability of default 90.00%, refuse -> accept, costs 430" in output
    assert " 75.00% accepted, 3: loses 510, costs 702 with the margin forgone, new policy" in output
    assert "who.csv: 2 clients who change sides" in output
    assert pl.read_csv(tmp_path / "who.csv")["SK_ID_CURR"].to_list() == [4, 2]
    code, output = run(*words[:-2], "--json")
    told = json.loads(output)
    assert (code, told["clients"], round(told["cost"], 6), told["decisions_new"]["refuse"]) == (0, 4, 602.0, 1)
    assert told["frontier"]["best"]["clients"] == 3
    page = tmp_path / "compared.html"
    code, output = run(*words[:-2], "--page", page, "--review-capacity", "10%")
    assert code == 0, output
    assert "there is time for 1 (0.1 of the clients): as many as there is time for" in output
    text = page.read_text(encoding="utf-8")
    assert "4 clients, by the rules in force on" in text
    assert "The new policy accepts 75.0 % of the clients and loses 510 in expectation" in text.replace("\u00a0", " ")
    assert "<script" not in text
    assert "http" not in text
    code, output = run(*words[:-2], "--page", tmp_path / "compared.txt")
    assert (code, "give a file that ends in .html" in output) == (1, True)


def test_the_command_compares_on_a_portfolio_as_score_decides(bundle, tmp_path):
    bank = simulate(tmp_path / "bank", 300, seed=6)
    new = written(tmp_path / "new.toml", *NEW)
    code, output = run(
        *("compare", "none", new, "--portfolio", bank, "--application", "application_train"),
        *("--bundle", bundle, "--json"),
    )
    assert code == 0, output
    told = json.loads(output[output.index("{") :])
    decided = {}
    for name, rules in (("old", ()), ("new", ("--rules", str(new)))):
        out = tmp_path / f"{name}.parquet"
        words = ["score", str(bank), "--application", "application_train", "--bundle", str(bundle), "--out", str(out)]
        assert CliRunner().invoke(main, [*words, *rules]).exit_code == 0
        decided[name] = pl.read_parquet(out)["DECISION"].drop_nulls().to_list()
        counts = {one: decided[name].count(one) for one in ("accept", "refer", "refuse")}
        assert told[f"decisions_{name}"] == counts
    differ = sum(a != b for a, b in zip(decided["old"], decided["new"], strict=True))
    assert 0 < differ == sum(one["clients"] for one in told["moves"])


def test_rules_of_a_later_day_are_compared_as_of_that_day_unless_another_is_asked_for(bundle, tmp_path):
    bank = simulate(tmp_path / "bank", 50, seed=6)
    later = written(
        tmp_path / "new.toml", rule(when={"column": "AMT_CREDIT", "op": ">", "value": 1}, valid_from="2199-01-01")
    )
    words = ("compare", "none", later, "--portfolio", bank, "--application", "application_train", "--bundle", bundle)
    assert "50 clients by the rules in force on 2199-01-01: " in run(*words)[1]
    assert "50 clients by the rules in force on 2198-12-31: 0 change sides" in run(*words, "--on", "2198-12-31")[1]
    assert "--on is a day such as 2026-01-31, not 'soon'" in run(*words, "--on", "soon")[1]


def test_the_command_wants_clients_and_says_what_is_wrong_with_rules(bundle, tmp_path):
    code, output = run("compare", "none", "none", "--bundle", bundle)
    assert (code, "--portfolio FOLDER, or --log" in output) == (1, True)
    wrong = written(tmp_path / "wrong.toml", rule(when={"column": "AMT_CREDT", "op": ">", "value": 1}))
    code, output = run("check", wrong, "--bundle", bundle)
    assert (code, "did you mean 'AMT_CREDIT'?" in output) == (1, True)
    code, output = run("check", tmp_path / "absent.toml", "--bundle", bundle)
    assert (code, "absent.toml" in output) == (1, True)
    right = written(tmp_path / "right.toml", *NEW)
    code, output = run("check", right, "--bundle", bundle)
    assert code == 0, output
    assert "no_risk: refuse, after the model, in force since 2026-01-01; where it is not known: skip" in output
    assert Policy(load_bundle(bundle), right).identity in output
