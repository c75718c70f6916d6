"""Which rule of the bank decides: before the model, after it, and the model between them."""

import math
from datetime import date
from itertools import permutations

import numpy as np
import pytest
from support.bank_rules import rule, written

from credit.decision.policy import Policy, Rule
from credit.decision.rule_decisions import RuleDecision
from credit.model import Scorer

NAN = math.nan
COLUMNS = ("AMT_CREDIT", "EXT_SOURCE_2")
TODAY = date(2026, 6, 1)
LARGE = {"column": "AMT_CREDIT", "op": ">", "value": 1000}
LOW_SCORE = {"column": "EXT_SOURCE_2", "op": "<", "value": 0.2}


def policy(tmp_path, *rules, **manifest):
    told = {"files": {"model.pkl": "0" * 64}, "costs": {"margin": 0.25, "loss_given_default": 0.5}, **manifest}
    file = written(tmp_path / "rules.toml", *rules)
    return Policy(Scorer(None, COLUMNS, 0.16, told, lambda X: X[:, 0]), file)


def decided(rules, probability, amount, score=NAN, on=TODAY):
    """The verdicts on clients; one score for all where one is given."""
    X = np.column_stack([amount, np.broadcast_to(score, len(amount))]).astype(np.float64)
    p = np.array(probability, dtype=np.float64)
    return rules.decide(X, p, rules.amounts(X), on)


def test_without_a_rule_that_holds_the_model_decides(tmp_path):
    found = decided(policy(tmp_path, rule(when=LARGE)), [0.1, 0.2], [500, 1000])
    assert (found.decisions, found.rule_decisions) == (["accept", "refuse"], [None, None])
    assert found.refused.tolist() == [False, True]


@pytest.mark.parametrize(
    ("outcome", "yes_or_no"), [("accept", [False, False]), ("refuse", [True, True]), ("refer", [False, True])]
)
def test_a_rule_before_the_model_decides_whatever_the_model_says(tmp_path, outcome, yes_or_no):
    found = decided(policy(tmp_path, rule(outcome=outcome, when=LARGE)), [0.1, 0.2], [2000, 2000])
    assert found.decisions == [outcome] * 2
    assert found.rule_decisions == [RuleDecision("small_loan", "before", outcome, False, ("small_loan",))] * 2
    # Yes and No of a referred client are the threshold's, as they are without rules.
    assert found.refused.tolist() == yes_or_no


def test_the_strictest_rule_decides_in_whatever_order(tmp_path):
    rules = [rule(name=f"to_{one}", outcome=one, when=LARGE) for one in ("accept", "refer", "refuse")]
    for order in permutations(rules):
        (rule_decision,) = decided(policy(tmp_path, *order), [0.1], [2000]).rule_decisions
        assert rule_decision == RuleDecision("to_refuse", "before", "refuse", False, ("to_refuse",))
    for order in permutations(rules[:2]):
        assert decided(policy(tmp_path, *order), [0.1], [2000]).decisions == ["refer"]


def test_of_several_rules_of_one_outcome_the_first_decides_and_all_are_named(tmp_path):
    rules = [rule(name="large", when=LARGE), rule(name="low_score", when=LOW_SCORE)]
    assert decided(policy(tmp_path, *rules), [0.1], [2000], 0.1).rule_decisions[0].held == ("large", "low_score")
    (rule_decision,) = decided(policy(tmp_path, *rules[::-1]), [0.1], [2000], 0.1).rule_decisions
    assert (rule_decision.rule, rule_decision.held) == ("low_score", ("low_score", "large"))


@pytest.mark.parametrize(("if_unknown", "decision"), [("skip", "accept"), ("refer", "refer")])
def test_a_missing_value_does_what_the_rule_says(tmp_path, if_unknown, decision):
    rules = policy(tmp_path, rule(when=LOW_SCORE, if_unknown=if_unknown))
    missing, low, high = (decided(rules, [0.1], [500], score) for score in (NAN, 0.1, 0.3))
    assert (missing.decisions, low.decisions, high.decisions) == ([decision], ["refuse"], ["accept"])
    unknown = RuleDecision("small_loan", "before", "refer", True, ("small_loan",))
    assert missing.rule_decisions == [unknown if decision == "refer" else None]


def test_a_rule_that_holds_is_stricter_than_one_of_which_it_is_not_known(tmp_path):
    rules = policy(tmp_path, rule(name="score", when=LOW_SCORE, if_unknown="refer"), rule(name="large", when=LARGE))
    assert decided(rules, [0.1], [2000]).rule_decisions == [
        RuleDecision("large", "before", "refuse", False, ("large",))
    ]
    both = policy(
        tmp_path,
        rule(name="score", when=LOW_SCORE, if_unknown="refer"),
        rule(name="large", when=LARGE, outcome="refer"),
    )
    assert decided(both, [0.1], [2000]).rule_decisions == [
        RuleDecision("large", "before", "refer", False, ("large", "score"))
    ]


def test_after_the_model_a_rule_sees_its_answer(tmp_path):
    # 0.5 of the loan is lost: at 0.1 a loan of 10,000 loses 500.
    losses = rule(stage="after", outcome="refer", when={"column": "expected_loss", "op": ">=", "value": 500})
    rules = policy(tmp_path, losses)
    assert decided(rules, [0.1, 0.1, 0.2], [10_000, 9_999, 9_999]).decisions == ["refer", "accept", "refer"]
    only = rule(stage="after", outcome="refer", when={"column": "decision", "op": "=", "value": "refuse"})
    assert decided(policy(tmp_path, only), [0.15, 0.16], [10, 10]).decisions == ["accept", "refer"]
    # 600 points at odds of 50 to 1: a probability of 1/51.
    points = rule(stage="after", outcome="refuse", when={"column": "points", "op": "<", "value": 600})
    scaled = policy(tmp_path, points, points={"points": 600, "odds": 50, "double": 20})
    assert decided(scaled, [1 / 51, 1 / 50], [10, 10]).decisions == ["accept", "refuse"]


def test_a_rule_before_the_model_is_the_last_word(tmp_path):
    rules = policy(
        tmp_path,
        rule(name="staff", outcome="accept", when=LOW_SCORE),
        rule(name="loss", stage="after", when={"column": "probability", "op": ">", "value": 0}),
    )
    assert decided(rules, [0.9], [500], 0.1).decisions == ["accept"]
    assert decided(rules, [0.1], [500], 0.9).decisions == ["refuse"]


def test_a_loss_that_is_not_known_leaves_a_rule_after_the_model_unknown(tmp_path):
    losses = {"column": "expected_loss", "op": ">", "value": 500}
    for if_unknown, decision in (("skip", "accept"), ("refer", "refer")):
        rules = policy(tmp_path, rule(stage="after", when=losses, if_unknown=if_unknown))
        assert decided(rules, [0.1], [NAN]).decisions == [decision]


def test_a_rule_decides_from_its_day_on(tmp_path):
    rules = policy(tmp_path, rule(when=LARGE, valid_from="2026-06-01"))
    assert decided(rules, [0.1], [2000], on=date(2026, 5, 31)).decisions == ["accept"]
    assert decided(rules, [0.1], [2000], on=date(2026, 6, 1)).decisions == ["refuse"]


def test_a_policy_is_another_one_with_other_rules(tmp_path):
    bare = Policy(Scorer(None, COLUMNS, 0.16, {"files": {"model.pkl": "0" * 64}}, lambda X: X[:, 0]))
    first, second = policy(tmp_path, rule(when=LARGE)), policy(tmp_path, rule(when=LOW_SCORE))
    assert len({bare.identity, first.identity, second.identity}) == 3
    assert first.identity == policy(tmp_path, rule(when=LARGE)).identity
    dearer = policy(tmp_path, rule(when=LARGE), costs={"margin": 0.25, "loss_given_default": 0.6})
    assert dearer.identity != first.identity
    assert "bank_rules" not in bare.to_dict()


def test_a_rule_is_read_as_it_was_written_with_the_banks_own_and_with_no_others(tmp_path):
    scale = {"points": 600.0, "odds": 50.0, "double": 20.0}
    rules = policy(tmp_path, rule(when=LARGE), points=scale)
    kept = rules.to_dict()
    assert kept["bank_rules"] == {"hash": rules.bank_rules.hash, "points": scale}
    again = Rule.of(0.16, kept, rules.bank_rules)
    assert again.identity == rules.identity
    others = policy(tmp_path, rule(when=LOW_SCORE)).bank_rules
    for wrong in (None, others):
        with pytest.raises(ValueError, match="are not those by which it was decided"):
            Rule.of(0.16, kept, wrong)


def test_a_ruling_is_read_as_it_was_written():
    rule_decision = RuleDecision("large", "after", "refer", True, ("large", "low_score"))
    assert RuleDecision.of(rule_decision.to_dict()) == rule_decision
