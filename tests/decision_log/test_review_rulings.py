"""Whether what a person decides fits the decision that it is about: terms of the loan, and what the score says."""

import pytest
from support.logged import decision, referred

from credit.decision_log import Columns
from credit.decision_log.final_actions import Verdict, lent_share
from credit.decision_log.review_rulings import Ruling, RulingError, Terms, check_terms
from credit.decision_log.reviews import case_of, decide, reopen

NAN = float("nan")
#: Applied for: 300,000 at 12,000 a month, which 25 payments repay.
LOAN, ANNUITY = 300_000.0, 12_000.0
COLUMNS = Columns(("AMT_ANNUITY", "AMT_CREDIT"))


@pytest.mark.parametrize(
    "terms",
    [
        Terms(amount=200_000.0),
        Terms(annuity=10_000.0),
        Terms(months=25),
        Terms(amount=250_000.0, annuity=10_000.0, months=25),
        Terms(amount=LOAN, annuity=ANNUITY, months=36),
    ],
)
def test_other_terms_that_repay_the_loan_are_a_counteroffer(terms):
    check_terms(terms, LOAN, ANNUITY)


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        (Terms(amount=9e9), "terms.amount", "at most what was applied for, 300000, not 9000000000: score a larger"),
        (Terms(amount=LOAN), "terms", "those that were applied for: change one of them, or accept"),
        (Terms(annuity=ANNUITY), "terms", "those that were applied for"),
        (Terms(months=1), "terms.months", "1 annuities of 12000 do not repay 300000: at least 25 do"),
        (Terms(months=24), "terms.months", "24 annuities of 12000 do not repay 300000: at least 25 do"),
        (
            Terms(amount=200_000.0, annuity=999_999.0, months=1),
            "terms.annuity",
            "999999 is more than the loan of 200000",
        ),
        (Terms(annuity=12_001.0), "terms.annuity", "at most what was applied for, 12000, not 12001: score a loan with"),
        (Terms(amount=10_000.0), "terms.annuity", "12000 is more than the loan of 10000"),
        (Terms(annuity=1e-320, months=12), "terms.months", "do not repay 300000: lend less, or raise the annuity"),
        (Terms(annuity=100.0, months=600), "terms.months", "600 annuities of 100 do not repay 300000: lend less"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused_with_their_rule(terms, field, sentence):
    with pytest.raises(RulingError, match=sentence) as caught:
        check_terms(terms, LOAN, ANNUITY)
    assert caught.value.field == field


def test_what_is_not_known_of_the_loan_is_not_held_against_terms():
    check_terms(Terms(amount=9e9, months=1), NAN, NAN)
    check_terms(Terms(months=1), LOAN, NAN)
    for nothing in (0.0, -5.0, float("inf")):
        check_terms(Terms(amount=9e9, months=1), nothing, nothing)


def test_terms_are_held_against_the_loan_in_the_log_and_nothing_is_written(log):
    (number,) = log.record([decision(columns=COLUMNS, inputs=(ANNUITY, LOAN))])
    mistyped = Ruling("counteroffer", "not_affordable", None, Terms(amount=3_000_000.0))
    with pytest.raises(RulingError, match="at most what was applied for, 300000, not 3000000"):
        decide(log, number, mistyped, "maria", "r")
    assert case_of(log, number).reviews == ()
    # Instalments that are too high do not stay as they are.
    for terms in (Terms(amount=150_000.0), Terms(amount=150_000.0, annuity=ANNUITY), Terms(months=48)):
        with pytest.raises(RulingError, match="instalments of 12000 are too high, and the offer has 12000") as caught:
            decide(log, number, Ruling("counteroffer", "not_affordable", None, terms), "maria", "r")
        assert caught.value.field == "terms.annuity"
    assert case_of(log, number).reviews == ()
    eased = Terms(amount=150_000.0, annuity=ANNUITY / 2)
    decide(log, number, Ruling("counteroffer", "not_affordable", None, eased), "maria", "r")
    assert case_of(log, number).final == "counteroffer"


def test_for_another_reason_a_smaller_loan_may_keep_its_instalments(log):
    (number,) = log.record([decision(columns=COLUMNS, inputs=(ANNUITY, LOAN))])
    decide(log, number, Ruling("counteroffer", "debt_not_in_data", None, Terms(amount=150_000.0)), "maria", "r")
    assert case_of(log, number).final == "counteroffer"


def test_once_inputs_are_erased_terms_are_taken_as_they_are(log):
    (number,) = log.record([decision(columns=COLUMNS, inputs=(ANNUITY, LOAN))])
    log.erase(client=1)
    decide(log, number, Ruling("counteroffer", "not_affordable", None, Terms(amount=9e9)), "maria", "r")


def test_a_share_of_an_earlier_version_is_no_more_than_the_loan():
    slip = Verdict("counteroffer", "not_affordable", "maria", 9e9, erased=False, open=False)
    assert lent_share("counteroffer", LOAN, slip) == 1.0
    half = Verdict("counteroffer", "not_affordable", "maria", 150_000.0, erased=False, open=False)
    assert lent_share("counteroffer", LOAN, half) == 0.5


@pytest.mark.parametrize(
    ("made", "probability", "verdict", "says"),
    [
        ("accept", 0.027, "refuse", "accept"),
        ("refuse", 0.3, "accept", "refuse"),
        ("refuse", 0.16, "accept", "refuse"),
        ("accept", 0.027, "counteroffer", "accept"),
        # A referral leaves the decision open, and the score says what it says: the log's threshold is 0.16.
        ("refer", 0.1599, "refuse", "accept"),
        ("refer", 0.1599, "counteroffer", "accept"),
        ("refer", 0.16, "accept", "refuse"),
    ],
)
def test_who_decides_against_the_score_gives_another_reason(log, made, probability, verdict, says):
    (number,) = log.record([decision(decision=made, probability=probability)])
    terms = Terms(amount=500.0) if verdict == "counteroffer" else None
    with pytest.raises(RulingError, match=f"the score says {says}, and as_scored means") as caught:
        decide(log, number, Ruling(verdict, "as_scored", None, terms), "maria", "r")
    assert caught.value.field == "reason"
    assert case_of(log, number).reviews == ()


def test_the_score_may_be_confirmed_where_it_says_so(log):
    by_rule, refused, below, above, offered = log.record(
        [
            decision(probability=0.05),
            decision(probability=0.3),
            decision(decision="refer", probability=0.15),
            decision(decision="refer", probability=0.16),
            decision(columns=COLUMNS, inputs=(ANNUITY, LOAN), decision="refer", probability=0.17),
        ]
    )
    decide(log, by_rule, Ruling("accept", "as_scored"), "maria", "r")  # a rule of the bank had refused
    reopen(log, refused, "client_disagrees", None, "ann", "r")
    decide(log, refused, Ruling("refuse", "as_scored"), "maria", "r")
    decide(log, below, Ruling("accept", "as_scored"), "maria", "r")
    decide(log, above, Ruling("refuse", "as_scored"), "maria", "r")
    # Not the loan that was applied for, as the score says, and a smaller one.
    decide(log, offered, Ruling("counteroffer", "as_scored", None, Terms(amount=LOAN / 2)), "maria", "r")
    cases = [case_of(log, one) for one in (by_rule, refused, below, above, offered)]
    assert [one.final for one in cases] == ["accept", "refuse", "accept", "refuse", "counteroffer"]


RULED = (
    '{"margin":0.19,"loss_given_default":1.0,"review":null,"bank_rules":{"hash":"h","decided":{"rule":"burden",'
    '"stage":"before","outcome":"refuse","unknown":false,"held":["burden"]}}}'
)


def test_a_rule_of_the_bank_is_no_reason_against_itself(log):
    (number,) = log.record([decision(decision="refuse", probability=0.6, rule=RULED)])
    with pytest.raises(RulingError, match="a rule of the bank says refuse, and bank_rule means") as caught:
        decide(log, number, Ruling("accept", "bank_rule", "in words"), "maria", "r")
    assert caught.value.field == "reason"
    decide(log, number, Ruling("accept", "known_client"), "maria", "r")
    reopen(log, number, "correction", None, "ann", "r")
    decide(log, number, Ruling("refuse", "bank_rule"), "tom", "r")


def test_a_rule_of_the_bank_that_the_log_has_not_is_named_in_words(log):
    (number,) = log.record([referred()])
    with pytest.raises(RulingError, match="the log has no rule of the bank that says refuse here: name it") as caught:
        decide(log, number, Ruling("refuse", "bank_rule"), "maria", "r")
    assert caught.value.field == "words"
    decide(log, number, Ruling("refuse", "bank_rule", "a third of the income at most"), "maria", "r")


def test_an_annuity_that_never_repays_the_loan_is_no_offer_with_or_without_months():
    """In at most 600 months: 600 x 500 repay 300,000, and 499.99 do not."""
    check_terms(Terms(amount=300_000.0, annuity=500.0), LOAN, ANNUITY)
    with pytest.raises(
        RulingError, match=r"^600 annuities of 499\.99 do not repay 300000: lend less, or raise the annuity$"
    ) as refused:
        check_terms(Terms(amount=300_000.0, annuity=499.99), LOAN, ANNUITY)
    assert refused.value.field == "terms.annuity"
