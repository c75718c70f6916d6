"""The open cases: taken up from the log, in the order asked for, page by page, and out once they are decided."""

import base64
import json
import time

import pytest
from sqlalchemy import text
from support.logged import Columns, decision, referred

from credit.decision_log import case_intake, case_queue
from credit.decision_log.case_queue import page
from credit.decision_log.errors import LogError
from credit.decision_log.listed_cases import CasePage, CursorError
from credit.decision_log.review_rulings import Ruling
from credit.decision_log.reviews import decide, reopen

REFUSE = Ruling("refuse", "not_affordable")


def numbers(found):
    return [one.decision for one in found.cases]


def walked(log, order, size):
    """All pages, one after the other."""
    found, after = [], None
    while True:
        one = page(log, order, size, after)
        found.append(numbers(one))
        after = one.after
        if after is None:
            return found


def test_a_log_without_referrals_has_no_open_cases(log):
    log.record([decision(1)])
    assert page(log) == CasePage([], None, 0)


def test_a_case_says_what_is_at_stake_by_the_rule_of_its_decision(log):
    log.record([referred(7, amount=1000.0, probability=0.1, caller="ann")])
    found = page(log)
    (case,) = found.cases
    # Accepting loses 0.1 * 1000 = 100 in expectation, refusing 0.9 * 0.19 * 1000 = 171; a review finds half.
    assert (case.decision, case.client, case.kind, case.made, case.caller) == (1, 7, "referred", "refer", "ann")
    assert (case.amount, case.at_stake, case.review_worth, case.review_cost, case.probability) == (
        1000,
        100,
        50,
        10,
        0.1,
    )
    assert case.opened == case.decided
    assert (found.total, found.after) == (1, None)


def test_cases_come_oldest_first_or_dearest_first(log):
    # At stake: 100, 30, unknown (no amount), 190 * 0.9 = 171, unknown (no rule).
    log.record([referred(1), referred(2, amount=300.0), referred(3, amount=float("nan"))])
    log.record([referred(4, probability=0.9, amount=9000.0), referred(5, rule=None), decision(6)])
    assert walked(log, "oldest", 2) == [[1, 2], [3, 4], [5]]
    # 9000 * min(0.9, 0.1 * 0.19) = 171 of the fourth; those of which nothing is known come last, the oldest first.
    assert walked(log, "dearest", 2) == [[4, 1], [2, 3], [5]]
    assert [one.at_stake for one in page(log, "dearest").cases] == [171, 100, 30, None, None]


def test_a_decided_case_is_gone_and_a_reopened_one_comes_back_behind(log):
    log.record([referred(1), referred(2), decision(3)])
    assert numbers(page(log)) == [1, 2]
    decide(log, 1, REFUSE, "maria", "r")
    assert numbers(page(log)) == [2]
    decide(log, 2, REFUSE, "maria", "r")
    reopen(log, 1, "client_disagrees", None, "ann", "r")
    reopen(log, 3, "human_requested", None, "ann", "r")
    found = page(log)
    assert [(one.decision, one.kind, one.made) for one in found.cases] == [
        (1, "reopened", "refer"),
        (3, "reopened", "refuse"),
    ]
    decide(log, 3, REFUSE, "maria", "r")
    assert numbers(page(log)) == [1]


def test_a_case_that_was_decided_before_it_was_taken_up_does_not_come_back(log):
    log.record([referred(1), referred(2)])
    decide(log, 1, REFUSE, "maria", "r")
    assert numbers(page(log)) == [2]


def test_a_page_goes_on_where_the_one_before_ended_though_cases_come_and_go(log):
    log.record([referred(number) for number in range(1, 6)])
    first = page(log, size=2)
    decide(log, 2, REFUSE, "maria", "r")
    decide(log, 3, REFUSE, "maria", "r")
    log.record([referred(6)])
    assert numbers(page(log, size=2, after=first.after)) == [4, 5]


def test_a_case_whose_inputs_are_erased_leaves_the_queue(log):
    log.record([referred(1), referred(2), referred(3)])
    assert page(log).total == 3
    log.erase(client=1)
    log.erase(client=3)
    assert numbers(page(log)) == [2]
    log.record([referred(4)])
    log.erase(client=4)  # before it was taken up
    assert page(log).total == 1
    reopened = log.record([decision(5)])[0]
    log.erase(client=5)
    reopen(log, reopened, "human_requested", None, "ann", "r")
    assert page(log).total == 1


def test_amounts_are_found_in_any_list_of_columns(log):
    other = Columns(("EXT_SOURCE_2", "AMT_CREDIT"))
    log.record([referred(1, amount=1000.0)])
    log.record([decision(2, decision="refer", columns=other, inputs=(0.5, 700.0), rule=None)])
    assert [one.amount for one in page(log).cases] == [1000, 700]


def test_a_referral_of_a_program_that_knows_no_queue_is_taken_up(log):
    # `record` writes decisions alone, as every program does: the queue reads the log.
    log.record([referred(1)])
    with log.reading() as connection:
        assert connection.execute(text("SELECT upto FROM case_queue")).scalar() == 0
    assert page(log).total == 1
    with log.reading() as connection:
        assert connection.execute(text("SELECT upto FROM case_queue")).scalar() == 1


def taken_up(log):
    """Up to which row the log was read for referred clients, and how many cases are open."""
    with log.reading() as connection:
        upto = connection.execute(text("SELECT upto FROM case_queue")).scalar()
        return upto, connection.execute(text("SELECT count(*) FROM open_cases")).scalar()


def test_who_writes_many_referrals_takes_them_up_so_that_no_reader_waits(log, monkeypatch):
    monkeypatch.setattr(case_intake, "WAITING", 3)
    log.record([referred(1), decision(2), referred(3)])
    assert taken_up(log) == (0, 0)
    log.record([decision(4), referred(5, trial=True)])  # neither waits for anybody
    assert taken_up(log) == (0, 0)
    log.record([referred(6)])
    assert taken_up(log) == (6, 3)
    log.record([referred(7), referred(8)])
    assert taken_up(log) == (6, 3)
    assert numbers(page(log)) == [1, 3, 6, 7, 8]


def test_no_request_waits_for_what_a_log_from_before_has(log, monkeypatch):
    log.record([referred(number) for number in range(1, 8)])  # fewer than who writes takes up
    log._referred = 0  # another program, which took none up, has written them
    monkeypatch.setattr(case_intake, "WAITING", 3)
    monkeypatch.setattr(case_intake, "STEP", 2)
    log.record([referred(8), referred(9), referred(10)])
    assert taken_up(log)[1] == 4  # two steps for three new ones, the oldest first; the rest is the reader's
    assert numbers(page(log)) == list(range(1, 11))


def test_what_cannot_be_taken_up_after_it_is_written_is_left_to_the_reader(log, monkeypatch):
    monkeypatch.setattr(case_intake, "WAITING", 1)
    with monkeypatch.context() as broken:

        def fail(connection):
            raise LogError("the disk is full")

        broken.setattr(case_intake, "take_up", fail)
        assert log.record([referred(1)]) == [1]
    assert taken_up(log) == (0, 0)
    assert numbers(page(log)) == [1]


def cursor_of(*parts):
    """A cursor as a page writes it, of any parts."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "WzFd", "WyJvbGRlc3QiLDEsMV0", "é", "W" * 500),
        cursor_of("oldest", "2026-01-01T00:00:00\0", 1),  # PostgreSQL has no text with such a character
        cursor_of("oldest", "2026-01-01T00:00:00", 2**63),
    ],
)
def test_what_is_no_cursor_is_refused(log, cursor):
    with pytest.raises(CursorError, match="a cursor must be what a page of the oldest cases gave"):
        page(log, after=cursor)


def test_a_cursor_is_of_one_order(log):
    log.record([referred(1), referred(2)])
    with pytest.raises(CursorError, match="dearest"):
        page(log, "dearest", after=page(log, size=1).after)


def test_scoring_has_its_turn_between_two_steps_of_taking_up(log, monkeypatch):
    monkeypatch.setattr(case_intake, "STEP", 2)
    log.record([referred(number) for number in range(5)])
    step, scored = case_queue.take_up, []

    def then_scored(connection):
        scored.append(connection.in_transaction())
        return step(connection)

    monkeypatch.setattr(case_queue, "take_up", then_scored)
    writing, between = log.writing, []

    def another_first():
        if scored and not between:  # after the first step, and before the second
            between.extend(log.record([referred(9)]))
        return writing()

    monkeypatch.setattr(log, "writing", another_first)
    found = page(log, size=200)
    assert between == [6]
    assert numbers(found) == [1, 2, 3, 4, 5, 6]
    assert scored == [True] * 4  # 2, 2, 2 and the end


@pytest.mark.parametrize("order", ["oldest", "dearest"])
def test_ten_thousand_open_cases_are_paged_in_less_than_a_tenth_of_a_second_each(log, order):
    # As wide as the shipped model's inputs: what is beside the amount must not be read for the order.
    wide = Columns(("AMT_CREDIT", *(f"column {number}" for number in range(1083))))
    for first in range(0, 10_000, 1000):
        log.record(
            [
                decision(
                    number,
                    decision="refer",
                    columns=wide,
                    inputs=(1000.0 + number % 977, *[0.5] * 1083),
                    probability=0.1,
                    rule=referred().rule,
                )
                for number in range(first, first + 1000)
            ]
        )
    began = time.process_time()
    assert page(log, order, 100).total == 10_000
    first = time.process_time() - began
    print(f"first page: {1000 * first:.1f} ms")
    assert first < 0.1
    seen, after, slowest = [], None, 0.0
    while True:
        best = 60.0
        for _ in range(3):  # seconds of the processor: beside other work on the machine those of the clock say little
            began = time.process_time()
            found = page(log, order, 100, after)
            best = min(best, time.process_time() - began)
        slowest = max(slowest, best)
        assert found.total == 10_000
        seen += numbers(found)
        after = found.after
        if after is None:
            break
    assert sorted(seen) == list(range(1, 10_001))
    if order == "dearest":
        stakes = [100 + 0.1 * ((number - 1) % 977) for number in seen]
        assert stakes == sorted(stakes, reverse=True)
    print(f"slowest page: {1000 * slowest:.1f} ms")
    assert slowest < 0.1
