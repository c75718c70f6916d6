"""Segments with their own margin and loss: whom they hold, by what they decide, and how a wrong file is refused."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bank_rules import rule, segment, written

from credit.decision.bank_rules import BankRules, BankRulesError, reasons_in, rules_in
from credit.decision.cost import Costs
from credit.decision.policy import Policy
from credit.decision.segments import ClientTerms
from credit.model import Scorer

NAN = math.nan
COLUMNS = ("AMT_CREDIT", "CODE_GENDER", "DAYS_BIRTH", "CNT_CHILDREN", "EXT_SOURCE_2")
TODAY = date(2026, 6, 1)
MANIFEST = {
    "files": {"model.pkl": "0" * 64},
    "costs": {"margin": 0.2, "loss_given_default": 0.8},
    "review": {"cost": 30.0, "skill": 0.5, "capacity": None},
    "points": {"points": 600, "odds": 50, "double": 20},
}
LARGE = segment(
    name="large", when={"column": "AMT_CREDIT", "op": ">=", "value": 1000}, margin=0.1, loss_given_default=0.9
)
GOOD_SCORE = segment(
    name="good_score", when={"column": "EXT_SOURCE_2", "op": ">", "value": 0.5}, margin=0.3, loss_given_default=0.3
)
#: Amount, gender, age, children, score.
CLIENTS = np.array(
    [
        [1000.0, 0.0, -9000.0, 0.0, 0.9],  # large, and of a good score: the first of the file holds it
        [100.0, 0.0, -9000.0, 0.0, 0.9],  # a good score
        [100.0, 0.0, -9000.0, 0.0, 0.1],  # neither
        [100.0, 0.0, -9000.0, 0.0, NAN],  # of whom the score is not known
    ]
)


def policy(tmp_path, *tables):
    model = Scorer(None, COLUMNS, 0.25, MANIFEST, lambda X: np.full(len(X), 0.2))
    return Policy(model, written(tmp_path / "rules.toml", *tables))


def terms(tmp_path, *tables, on=TODAY):
    return policy(tmp_path, *tables).terms(CLIENTS, on)


def test_the_first_segment_of_the_file_that_holds_is_the_clients(tmp_path):
    found = terms(tmp_path, LARGE, GOOD_SCORE)
    assert found.segments == ("large", "good_score", None, None)
    # 0.1 / (0.1 + 0.9), 0.3 / (0.3 + 0.3), and the model's own.
    assert found.threshold.tolist() == pytest.approx([0.1, 0.5, 0.25, 0.25])
    assert found.margin.tolist() == [0.1, 0.3, 0.2, 0.2]
    assert found.loss_given_default.tolist() == [0.9, 0.3, 0.8, 0.8]
    assert terms(tmp_path, GOOD_SCORE, LARGE).segments == ("good_score", "good_score", None, None)


def test_a_client_of_whom_the_condition_is_unknown_belongs_where_the_file_says_so(tmp_path):
    assert terms(tmp_path, {**GOOD_SCORE, "if_unknown": "belong"}).segments[3] == "good_score"
    assert terms(tmp_path, GOOD_SCORE).segments[3] is None


def test_a_last_segment_without_a_condition_holds_everybody_else(tmp_path):
    others = segment(name="others", when=None, if_unknown=None, threshold=0.3)
    found = terms(tmp_path, LARGE, others)
    assert found.segments == ("large", "others", "others", "others")
    assert found.threshold.tolist() == pytest.approx([0.1, 0.3, 0.3, 0.3])


def test_a_segment_begins_on_its_day(tmp_path):
    later = {**LARGE, "valid_from": "2026-06-02"}
    assert terms(tmp_path, later).segments[0] is None
    assert terms(tmp_path, later, on=date(2026, 6, 2)).segments[0] == "large"
    found = policy(tmp_path, later, rule(valid_from="2026-01-01")).bank_rules
    assert found.last_valid_from() == date(2026, 6, 2)


def test_decisions_and_money_are_those_of_the_clients_own_terms(tmp_path):
    rules = policy(tmp_path, LARGE, GOOD_SCORE)
    p, amounts = np.array([0.15, 0.4, 0.4, 0.2]), CLIENTS[:, 0]
    made = rules.decide(CLIENTS, p, amounts, TODAY)
    # Client 1: 1000 * min(0.15 * 0.9, 0.85 * 0.1) = 85 at stake, half of it is worth more than 30: a person decides.
    # Client 2: 0.4 < 0.5 accepts. Client 3: 0.4 >= 0.25 refuses. Client 4: 0.2 < 0.25 accepts.
    assert made.decisions == ["refer", "accept", "refuse", "accept"]
    assert made.refused.tolist() == [True, False, True, False]
    assert rules.stakes(p, amounts, made.terms) == [85.0, 12.0, 12.0, 16.0]
    assert rules.worths(p, amounts, made.terms) == [42.5, 6.0, 6.0, 8.0]
    assert rules.expected_losses(p, amounts, made.terms) == [135.0, 12.0, 32.0, 16.0]
    # 30 / (0.5 * 1000) = 0.06: over 0.9 of it, and over 0.1.
    (band, *others) = rules.bands(amounts, made.terms)
    assert (band["low"], band["high"], others) == (
        pytest.approx(0.06 / 0.9), pytest.approx(0.4), [None, None, None],
    )  # fmt: skip


def test_points_fall_on_the_side_of_the_clients_own_threshold(tmp_path):
    rules = policy(tmp_path, LARGE)
    made = rules.terms(CLIENTS, TODAY)
    p = np.array([0.1, 0.1, 0.1, 0.1])
    first, second, *_ = rules.points(p, made)
    assert first < rules.scale.cut_off(0.1) <= second + 0.1  # refused at 0.1, and accepted at 0.25


def test_a_rule_after_the_model_sees_the_money_of_the_segment(tmp_path):
    loss = rule(name="loss", stage="after", when={"column": "expected_loss", "op": ">", "value": 100})
    rules, p = policy(tmp_path, LARGE, loss), np.full(4, 0.12)
    made = rules.decide(CLIENTS, p, CLIENTS[:, 0], TODAY)
    # 1000 * 0.12 * 0.9 = 108; by the model's own 0.8 it would be 96.
    assert made.rule_decisions[0].rule == "loss"
    assert made.decisions[0] == "refuse"


def test_what_follows_from_costs_wants_the_clients_terms_where_there_are_segments(tmp_path):
    rules = policy(tmp_path, LARGE)
    for name in ("stakes", "worths", "expected_losses", "model_decisions"):
        with pytest.raises(TypeError, match="has segments"):
            getattr(rules, name)(np.array([0.2]), np.array([100.0]))
    for name in ("refused", "points", "bands"):
        with pytest.raises(TypeError, match="has segments"):
            getattr(rules, name)(np.array([0.2]))


def test_segments_are_in_the_identity_and_come_back_from_the_log(tmp_path):
    with_them, without = policy(tmp_path, LARGE, rule()), policy(tmp_path, rule())
    other = policy(tmp_path, {**LARGE, "margin": 0.11}, rule())
    assert len({with_them.identity, without.identity, other.identity}) == 3
    kept = with_them.bank_rules.text
    again = BankRules.of_text(kept, COLUMNS, True)
    assert (again, again.hash) == (with_them.bank_rules, with_them.bank_rules.hash)
    assert again.segments == with_them.bank_rules.segments
    assert [one["name"] for one in rules_in(kept)] == ["small_loan"]
    assert reasons_in(kept, "en") == reasons_in(without.bank_rules.text, "en")


def test_rules_without_segments_keep_the_hash_that_logs_have(tmp_path):
    assert policy(tmp_path, rule()).bank_rules.text.startswith('[{"if_unknown"')


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"margin": 0}, "segment 'large': margin is a share of the loan above 0, such as 0.19, not 0"),
        ({"margin": True}, "margin is a share of the loan above 0"),
        ({"loss_given_default": "half"}, "loss_given_default is a share of the loan above 0"),
        ({"threshold": 1.0}, "threshold is a probability between 0 and 1, both excluded, not 1.0"),
        ({"margin": None}, "segment 'large': margin is missing"),
        ({"name": "Large"}, "segment number 1: name must be lower-case letters"),
        ({"valid_from": "soon"}, "valid_from is a day such as 2026-01-31"),
        ({"if_unknown": "refer"}, "if_unknown is one of skip, belong, not 'refer'"),
        ({"if_unknown": None}, "if_unknown is missing: skip or belong"),
        ({"when": None}, "if_unknown belongs to a condition"),
        ({"outcome": "refuse"}, "outcome is no key of a segment"),
        ({"when": {"column": "AMT_CREDT", "op": ">", "value": 1}}, "did you mean 'AMT_CREDIT'?"),
        ({"when": {"column": "AMT_CREDIT", "op": "<", "value": -1}}, "no client can fulfil the condition"),
        (
            {"when": {"any": [{"not": {"column": "probability", "op": ">", "value": 0.1}}]}},
            "probability is known after the model alone; a segment is known before it",
        ),
        ({"when": {"column": "CODE_GENDER", "op": "=", "value": 1}}, "CODE_GENDER is a protected attribute"),
        ({"when": {"column": "DAYS_BIRTH", "op": ">", "value": -9000}}, "DAYS_BIRTH is a protected attribute"),
    ],
)
def test_a_wrong_segment_is_refused_by_name(tmp_path, changes, said):
    with pytest.raises(BankRulesError) as error:
        policy(tmp_path, segment(**{**LARGE, **changes}))
    assert said in str(error.value)


def test_two_segments_of_one_name_and_one_behind_everybody_are_refused(tmp_path):
    everybody = segment(name="everybody", when=None, if_unknown=None)
    with pytest.raises(BankRulesError) as error:
        policy(tmp_path, everybody, LARGE, {**LARGE, "margin": 0.2})
    assert "segment 'large': 2 segments have this name" in str(error.value)
    assert "segment 'everybody': without when it holds every client" in str(error.value)


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(1, 1e7)), min_size=1, max_size=20))
def test_one_segment_of_everybody_with_the_models_costs_decides_as_the_model(tmp_path_factory, clients):
    costs = MANIFEST["costs"]
    everybody = segment(name="everybody", when=None, if_unknown=None, threshold=0.25, **costs)
    rules = policy(tmp_path_factory.mktemp("rules"), everybody)
    alone = Policy(Scorer(None, COLUMNS, 0.25, MANIFEST, None))
    p, amounts = np.array(clients).T
    X = np.zeros((len(p), len(COLUMNS)))
    mine, other = rules.decide(X, p, amounts, TODAY), alone.decide(X, p, amounts, TODAY)
    assert mine.decisions == other.decisions
    assert mine.refused.tolist() == other.refused.tolist()
    assert rules.stakes(p, amounts, mine.terms) == alone.stakes(p, amounts)
    assert rules.bands(amounts, mine.terms) == alone.bands(amounts)


def test_terms_of_groups_are_joined_and_chosen_from(tmp_path):
    found = terms(tmp_path, LARGE, GOOD_SCORE)
    both = ClientTerms.joined([found, ClientTerms.same(1, 0.5, Costs(0.4, 0.4))])
    some = both[np.array([False, True, False, False, True])]
    assert (some.segments, some.threshold.tolist()) == (("good_score", None), [0.5, 0.5])
    assert (some.costs(0), some.costs(1)) == (Costs(0.3, 0.3), Costs(0.4, 0.4))
    assert replace(some, segments=("a", "b")).segments == ("a", "b")
