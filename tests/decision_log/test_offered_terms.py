"""Terms of a counteroffer and the bank's rules by which the loan was refused: an instalment of at most a third of the
income, both for a year. The client earns 60,000 and asked for 300,000 at an annuity of 24,000.
"""

import json

import pytest
from support.bank_rules import rule, written
from support.logged import Columns, decision

from credit.decision.bank_rules import BankRules
from credit.decision_log.offered_terms import refusing_rule
from credit.decision_log.review_rulings import Ruling, RulingError, Terms
from credit.decision_log.reviews import case_of, decide

NAMES = ("AMT_ANNUITY", "AMT_CREDIT", "AMT_INCOME_TOTAL", "ANNUITY_TO_INCOME")
INPUTS = (24_000.0, 300_000.0, 60_000.0, 0.4)
BURDEN = {"column": "ANNUITY_TO_INCOME", "op": ">", "value": 1 / 3}


@pytest.fixture
def ruled(log, tmp_path):
    def refused(**changes):
        """The number of a decision by a rule with these changes."""
        file = written(tmp_path / "rules.toml", rule(name="burden", when=BURDEN, **changes))
        rules = BankRules.load(file, NAMES, points=False)
        made = {"rule": "burden", "stage": "before", "outcome": "refuse", "unknown": False, "held": ["burden"]}
        bank = {"hash": rules.hash, "points": None, "on": "2026-06-01", "decided": made}
        by = {"margin": 0.19, "loss_given_default": 1.0, "review": None, "bank_rules": bank}
        row = decision(columns=Columns(NAMES), inputs=INPUTS, decision="refuse", bank_rules=rules, rule=json.dumps(by))
        (number,) = log.record([row])
        return number

    return refused


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (Terms(annuity=20_001.0), "burden"),  # 20,001 of 60,000 is more than a third
        (Terms(annuity=20_000.0), None),
        (Terms(amount=100_000.0), "burden"),  # the instalment stays, whatever is lent
        (Terms(months=300), "burden"),
        (Terms(amount=100_000.0, annuity=6_000.0), None),
    ],
)
def test_a_rule_about_a_ratio_is_asked_about_the_offer(log, ruled, terms, found):
    assert refusing_rule(log, ruled(), terms) == found


def test_such_an_offer_is_not_written_for_that_rule_and_is_for_a_reason_of_its_own(log, ruled):
    number = ruled()
    with pytest.raises(
        RulingError, match="the rule burden refuses the loan on these terms, too: offer others"
    ) as caught:
        decide(log, number, Ruling("counteroffer", "bank_rule", None, Terms(amount=100_000.0)), "maria", "r")
    assert caught.value.field == "terms"
    assert case_of(log, number).reviews == ()
    own = Ruling("counteroffer", "security_offered", None, Terms(amount=100_000.0))
    assert decide(log, number, own, "maria", "r").verdict == "counteroffer"


def test_a_rule_that_only_refers_refuses_no_offer(log, ruled):
    assert refusing_rule(log, ruled(outcome="refer"), Terms(annuity=23_000.0)) is None


def test_where_nothing_is_known_of_the_loan_nothing_is_said(log, ruled):
    number = ruled()
    assert refusing_rule(log, number + 1, Terms(annuity=23_000.0)) is None
    log.erase(client=1)
    assert refusing_rule(log, number, Terms(annuity=23_000.0)) is None
