"""Twenty decisions and what people made of them: every figure worked out by hand."""

import numpy as np
import pytest
from support.logged import Columns, decision, referred

from credit.decision_log import Log
from credit.decision_log.outcomes import Outcome, decided, record_outcomes
from credit.decision_log.review_rulings import Ruling, Terms
from credit.decision_log.reviewed_decisions import reviewed_decisions
from credit.decision_log.reviews import decide, reopen
from credit.monitoring.performance import account
from credit.monitoring.review_figures import Rate, review_figures

COLUMNS = Columns(("AMT_CREDIT", "CODE_GENDER", "DAYS_BIRTH"))
NAN = float("nan")


def logged(number, made, probability, amount=1000.0):
    """Odd numbers are women; all are 30 years old but the last, whose age is not known."""
    inputs = (amount, 1.0 - number % 2, NAN if number == 20 else -30 * 365.25)
    row = {"decision": made, "columns": COLUMNS, "probability": probability, "rule": referred().rule}
    return decision(number, inputs=inputs, **row)


#: Threshold 0.16, margin 0.19, loss 1, a review costs 10 and finds half. Number -> what the machine decided, and p.
MADE = {
    **{1: ("refer", 0.1), 2: ("refer", 0.1), 3: ("refer", 0.2), 4: ("refer", 0.2), 5: ("refer", 0.2)},
    **{6: ("refer", 0.2), 7: ("refer", 0.1), 8: ("refer", 0.1), 9: ("refer", 0.1), 10: ("refer", 0.3)},
    **dict.fromkeys((11, 12, 13, 14, 20), ("accept", 0.05)),
    **dict.fromkeys((15, 16, 17, 18, 19), ("refuse", 0.5)),
}


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    found = Log(tmp_path_factory.mktemp("twenty") / "decisions.db")
    for number in range(1, 21):
        found.record([logged(number, *MADE[number], amount=2000.0 if number == 7 else 1000.0)])
    maria = {
        1: Ruling("accept", "income_confirmed"),
        2: Ruling("refuse", "debt_not_in_data"),
        3: Ruling("accept", "income_confirmed"),
        4: Ruling("accept", "known_client"),
        5: Ruling("refuse", "as_scored"),
        13: Ruling("refuse", "suspected_fraud"),
    }
    for number, ruling in maria.items():
        decide(found, number, ruling, "maria", "r")
    reopen(found, 16, "client_disagrees", None, "ann", "r")
    reopen(found, 17, "human_requested", None, "ann", "r")
    tom = {
        6: Ruling("counteroffer", "not_affordable", None, Terms(amount=500)),
        7: Ruling("counteroffer", "not_affordable", None, Terms(amount=1000)),
        8: Ruling("counteroffer", "not_affordable", None, Terms(months=24)),
        15: Ruling("accept", "data_corrected"),
        16: Ruling("refuse", "as_scored"),
    }
    for number, ruling in tom.items():
        decide(found, number, ruling, "tom", "r")
    told = {number: number in (4, 7, 12) for number in (1, 3, 4, 6, 7, 8, 11, 12, 14, 15, 20)}
    record_outcomes(found, [Outcome(bad, decision=number) for number, bad in told.items()], "ann")
    yield found
    found.close()


@pytest.fixture(scope="module")
def figures(log):
    return review_figures(reviewed_decisions(log), 0.19, 1.0)


def of(rate):
    return rate.count, rate.of


def rates(parts):
    return {one.name: (of(one.agreement), of(one.lending), of(one.overrides)) for one in parts}


def test_how_many_there_are(figures):
    # 9 and 10 were never decided, 17 was reopened; 9 is the oldest.
    assert (figures.decisions, figures.referred, figures.open) == (20, 10, 3)


def test_agreement_lending_and_overrides(figures):
    # Below 0.16 the threshold lends: 1 and 8 are lent, 7 in part, and 5 is refused, as the machine alone would have.
    # Of the ten automatic decisions 13 and 15 were changed, 16 was looked at and stays.
    assert rates([figures.total]) == {"all": ((4, 8), (6, 8), (2, 10))}
    agreement = figures.total.agreement
    assert agreement.share == 0.5
    # Wilson: (4 + z^2 / 2) / (8 + z^2) = 0.5, half = z / (8 + z^2) * sqrt(2 + z^2 / 4), z = 1.959964
    assert (agreement.low, agreement.high) == (pytest.approx(0.215216, abs=1e-6), pytest.approx(0.784784, abs=1e-6))


def test_by_reviewer(figures):
    # Of automatic decisions those count that the reviewer has looked at: 13; 15 and 16.
    assert rates(figures.reviewers) == {"maria": ((2, 5), (3, 5), (1, 1)), "tom": ((2, 3), (3, 3), (1, 2))}
    assert [one.name for one in figures.reviewers] == ["maria", "tom"]


def test_by_reason(figures):
    assert rates(figures.reasons) == {
        "not_affordable": ((2, 3), (3, 3), (0, 0)),
        "as_scored": ((1, 1), (0, 1), (0, 1)),
        "income_confirmed": ((1, 2), (2, 2), (0, 0)),
        "data_corrected": ((0, 0), (0, 0), (1, 1)),
        "debt_not_in_data": ((0, 1), (0, 1), (0, 0)),
        "known_client": ((0, 1), (1, 1), (0, 0)),
        "suspected_fraud": ((0, 0), (0, 0), (1, 1)),
    }
    assert figures.reasons[0].name == "not_affordable"
    nothing = next(one for one in figures.reasons if one.name == "data_corrected").agreement
    assert nothing == Rate(0, 0, None, None, None)


def test_by_group(figures):
    found = {one.by: rates(two for two in figures.groups if two.by == one.by) for one in figures.groups}
    # Women: 1, 3, 5, 7 of the reviews, 11, 13, 15, 17, 19 of the automatic decisions.
    assert found["gender"] == {"women": ((3, 4), (3, 4), (2, 5)), "men": ((1, 4), (3, 4), (0, 5))}
    assert found["age"] == {"25 to 34": ((4, 8), (6, 8), (2, 9)), "not given": ((0, 0), (0, 0), (0, 1))}


def test_the_money(figures):
    money = figures.money
    assert (money.reviews, money.costed, money.cost) == (11, 11, 110)
    # Half of min(p, 0.19 * (1 - p)) * A: 50 of 1, 2 and 8; 0.5 * 152 = 76 of 3, 4, 5 and 6; 0.5 * 200 = 100 of 7.
    assert money.expected == pytest.approx(3 * 50 + 4 * 76 + 100)
    assert (money.referred, money.referred_cost) == (8, 80)  # overrides and cases that were reopened cost the rest
    # The machine's own cost less that of what was done, by p. 2: 100 - 171. 3 and 4: 152 - 200. 6: 152 - (100 + 76).
    # 7: 200 - (100 + 171). 13: 50 - 180.5. 15: 95 - 500. The others were decided as the machine would have.
    assert money.by_probability == pytest.approx(-71 - 48 - 48 - 24 - 71 - 130.5 - 405)
    # Known of 1, 3, 4, 6, 7, 8 and 15. 3 and 15 repaid: 190 of margin that the machine would have forgone. 4 defaulted:
    # 1,000 that it would have saved. 6 repaid the half that was lent: 190 - 95. 7 defaulted on half: 2,000 - 1,000.
    assert (money.known, money.known_cost) == (7, 70)
    assert money.realised == pytest.approx(190 - 1000 + 95 + 1000 + 190)
    # The machine would have lent to 2 and 13.
    assert money.never_known == 2


def test_while_defaults_alone_are_known_reviews_have_realised_nothing(tmp_path):
    """A reviewer lends to nineteen whom the machine would have refused: two default, which is known first."""
    log = Log(tmp_path / "decisions.db")
    log.record([logged(number, "refer", 0.2) for number in range(1, 20)])
    for number in range(1, 20):
        decide(log, number, Ruling("accept", "income_confirmed"), "maria", "r")
    record_outcomes(log, [Outcome(True, decision=number) for number in (1, 2)], "ann")
    early = review_figures(reviewed_decisions(log), 0.19, 1.0).money
    assert (early.reviews, early.known, early.realised, early.known_cost) == (19, 0, 0, 0)
    record_outcomes(log, [Outcome(False, decision=number) for number in range(3, 20)], "ann")
    late = review_figures(reviewed_decisions(log), 0.19, 1.0).money
    # Two cost 1,000 that the machine would have saved, seventeen brought 190 that it would have forgone.
    assert (late.known, late.realised) == (19, pytest.approx(17 * 190 - 2 * 1000))
    log.close()


def test_the_account_counts_what_was_done(log):
    found = account(decided(log), 0.19, 1.0)
    total = found.total
    assert (total.clients, total.open, total.counted, total.refused) == (20, 2, 18, 7)
    # By p. Lent: 1 and 8 100 each, 3 and 4 200 each, 11, 12, 14, 20 50 each, 15 500. Refused: 2 171, 5 152, 13 180.5,
    # 16 to 19 95 each. In part: 6 100 + 76, 7 100 + 171.
    lent, refused, partly = 2 * 100 + 2 * 200 + 4 * 50 + 500, 171 + 152 + 180.5 + 4 * 95, 176 + 271
    assert total.cost.value == pytest.approx(lent + refused + partly)
    # Lending all that was applied for: 1, 2, 8 100 each, 3 to 6 200 each, 7 200, the five at 0.05 50, those at 0.5 500.
    everybody = 3 * 100 + 4 * 200 + 200 + 5 * 50 + 5 * 500
    assert total.everybody == pytest.approx(everybody)
    assert total.saving.value == pytest.approx(1 - (lent + refused + partly) / everybody)
    # All eleven accepted loans have an outcome: 4, 7 and 12 defaulted.
    real = total.realised
    assert (real.clients, real.refused, real.default_rate) == (11, 0, pytest.approx(3 / 11))
    assert real.cost == pytest.approx(1000 + 1000 + 1000 + 95)


def test_the_thresholds_regret_is_not_that_of_people(log):
    # The machine decided by the break-even probability (0.1597): what people change is no fault of the threshold.
    served = account(decided(log, rule=(referred().model_hash, 0.16)), 0.19, 1.0).served
    assert served.regret == pytest.approx(0)
    # 11, 12, 14, 20, and 17, 18, 19: automatic, and no person has changed or confirmed them.
    assert served.counted == 7


def test_without_reviews_nothing_is_earned_and_nothing_agreed(tmp_path):
    log = Log(tmp_path / "decisions.db")
    assert review_figures(reviewed_decisions(log)) is None
    log.record([logged(1, "refer", 0.1), logged(2, "accept", 0.05)])
    found = review_figures(reviewed_decisions(log))
    assert (found.referred, found.open, found.total.agreement.share) == (1, 1, None)
    assert (found.money.reviews, found.money.cost, found.money.realised) == (0, 0, 0)
    assert found.waiting_since.endswith("+00:00")
    log.close()


def test_erased_loans_are_in_no_money_and_their_verdicts_still_count(log, tmp_path):
    copy = Log(tmp_path / "decisions.db")
    copy.record([logged(1, "refer", 0.1)])
    decide(
        copy, 1, Ruling("counteroffer", "bank_rule", "instalments of a third at most", Terms(amount=500)), "maria", "r"
    )
    copy.erase(client=1)
    found = review_figures(reviewed_decisions(copy))
    assert (of(found.total.agreement), found.money.reviews) == ((1, 1), 0)
    assert np.isnan(reviewed_decisions(copy).lent).all()
    assert account(decided(copy)).total.counted == 0
    copy.close()


def test_a_window_has_its_own_decisions_alone(log):
    found = review_figures(reviewed_decisions(log, last=5))
    assert (found.decisions, found.referred, of(found.total.overrides)) == (5, 0, (0, 5))
    assert review_figures(reviewed_decisions(log, days=1)).decisions == 20
