"""What stays of the money of reviews when inputs are erased, worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from support.logged import referred

from credit.decision_log import Log
from credit.decision_log.audit import verify
from credit.decision_log.erasable import erasable
from credit.decision_log.kept_sums import FEWEST
from credit.decision_log.outcomes import Outcome, decided, record_outcomes
from credit.decision_log.review_rulings import Ruling, Terms
from credit.decision_log.reviewed_decisions import reviewed_decisions
from credit.decision_log.reviews import decide
from credit.decision_log.schema import decisions, kept_sums
from credit.monitoring.performance import account
from credit.monitoring.review_figures import review_figures

SOON = timedelta(minutes=1)


@pytest.fixture
def log(tmp_path):
    found = Log(tmp_path / "decisions.db")
    yield found
    found.close()


def reviewed(log, first, last, month=None, told=True):
    """Loans of 1,000 at p = 0.2, which the threshold of 0.16 refuses, and a person gives: all but the first repaid."""
    numbers = log.record([referred(client, probability=0.2) for client in range(first, last + 1)])
    for number in numbers:
        decide(log, number, Ruling("accept", "income_confirmed"), "maria", "r")
    if told:
        record_outcomes(log, [Outcome(number == numbers[0], decision=number) for number in numbers], "ann")
    if month:
        with log.writing() as connection:
            moved = update(decisions).where(decisions.c.id.in_(numbers))
            connection.execute(moved.values(time=f"{month}-10T08:00:00.000000+00:00"))
    return numbers


def money(log, margin=0.19, loss=1.0, **window):
    return review_figures(reviewed_decisions(log, **window), margin, loss).money


def rows(log):
    with log.reading() as connection:
        return [(row.month, row.reviews) for row in connection.execute(select(kept_sums).order_by(kept_sums.c.month))]


def soon():
    return datetime.now(UTC) + SOON


def test_a_purge_changes_no_money(log):
    reviewed(log, 1, 12)
    before = {share: money(log, *share) for share in ((0.19, 1.0), (0.1, 0.45))}
    # Eleven margins of 190 that the machine would have forgone, and a loss of 1,000 that it would have saved.
    assert before[0.19, 1.0].realised == pytest.approx(11 * 190 - 1000)
    # By p a loan costs 200, and not to give it 0.8 * 190 = 152.
    assert before[0.19, 1.0].by_probability == pytest.approx(12 * (152 - 200))
    assert before[0.1, 0.45].realised == pytest.approx(11 * 100 - 450)
    assert log.erase(before=soon()) == 12
    for share, was in before.items():
        now = money(log, *share)
        assert now.kept == 12
        assert vars(now) == pytest.approx(vars(replace(was, kept=12)))
    assert verify(log).whole


def test_terms_of_counteroffers_are_in_the_sums(log):
    numbers = log.record([referred(client, probability=0.2) for client in range(1, 11)])
    for number in numbers:
        decide(log, number, Ruling("counteroffer", "not_affordable", None, Terms(amount=500)), "maria", "r")
    record_outcomes(log, [Outcome(False, decision=number) for number in numbers], "ann")
    log.erase(before=soon())
    # Of each half the margin, which the machine would have forgone, is earned.
    found = money(log)
    assert (found.kept, found.realised) == (10, pytest.approx(10 * 95))


def test_of_fewer_verdicts_no_sum_is_kept_and_the_figures_say_how_many(log):
    reviewed(log, 1, FEWEST - 1)
    log.erase(before=soon())
    found = money(log)
    assert (found.reviews, found.kept, found.erased, found.realised) == (0, 0, FEWEST - 1, 0)
    assert rows(log) == []


def test_one_client_goes_into_the_sum_of_many(log):
    reviewed(log, 1, 11)
    was = money(log).realised
    log.erase(before=soon())
    reviewed(log, 12, 12)
    log.erase(client=12, caller="ann")
    found = money(log)
    # The last defaulted.
    assert (found.kept, found.erased, found.realised) == (12, 0, pytest.approx(was - 1000))


def test_small_months_go_into_the_nearest_row(log):
    reviewed(log, 1, 3, "2025-11")
    reviewed(log, 4, 14, "2025-12")
    reviewed(log, 15, 26, "2026-03")
    reviewed(log, 27, 27, "2026-04")
    log.erase(before=soon())
    assert rows(log) == [("2025-12", 14), ("2026-03", 13)]
    assert money(log).kept == 27


def test_a_sum_that_reaches_beyond_the_window_is_not_in_its_money(log):
    reviewed(log, 1, 12)
    log.erase(before=soon())
    found = money(log, last=11)
    assert (found.reviews, found.kept, found.erased) == (0, 0, 11)
    assert money(log, last=12).kept == 12


def test_outcomes_that_did_not_count_yet_are_never_in_the_sums(log):
    """Of twelve loans two outcomes are known, both defaults: less than nine tenths of the week."""
    numbers = reviewed(log, 1, 12, told=False)
    record_outcomes(log, [Outcome(True, decision=number) for number in numbers[:2]], "ann")
    would = erasable(log, soon())
    assert (would.verdicts, would.without_outcome) == (12, 10)
    log.erase(before=soon())
    record_outcomes(log, [Outcome(False, decision=number) for number in numbers[2:]], "ann")
    found = money(log)
    assert (found.reviews, found.known, found.realised) == (12, 0, 0)


def test_a_second_purge_and_trials_add_nothing(log):
    reviewed(log, 1, 12)
    log.record([referred(20, trial=True)])
    log.erase(before=soon())
    assert log.erase(before=soon()) == 0
    assert rows(log)[0][1] == 12


def test_verdicts_after_the_erasure_are_in_no_money(log):
    number = log.record([referred(1)])[0]
    log.erase(before=soon())
    decide(log, number, Ruling("refuse", "documents_missing"), "maria", "r")
    assert (money(log).reviews, money(log).erased) == (0, 1)


def test_a_loan_whose_amount_was_never_sent_is_said_apart(log):
    number = log.record([referred(1, amount=float("nan"))])[0]
    decide(log, number, Ruling("accept", "income_confirmed"), "maria", "r")
    found = money(log)
    assert (found.reviews, found.erased, found.without_amount) == (0, 0, 1)


def test_the_account_says_how_many_amounts_are_erased(log):
    reviewed(log, 1, 12)
    log.erase(client=3)
    total = account(decided(log)).total
    assert (total.clients, total.counted, total.erased) == (12, 11, 1)
