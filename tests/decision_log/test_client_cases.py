"""All decisions about a client: which of them wait, which are decided, by whom; page by page."""

import pytest
from support.logged import decision, referred

from credit.decision_log.client_cases import page
from credit.decision_log.listed_cases import CasePage, CursorError
from credit.decision_log.reviews import Ruling, case_of, decide, reopen

ACCEPT, REFUSE = Ruling("accept", "income_confirmed"), Ruling("refuse", "not_affordable")


def states(found):
    return {one.decision: (one.open, one.kind, one.made, one.final) for one in found.cases}


def test_a_client_of_whom_nothing_is_known_has_no_decisions(log):
    log.record([decision(1)])
    assert page(log, 2) == CasePage([], None, 0)


def test_open_closed_and_automatic_decisions_of_every_caller_are_found_newest_first(log):
    log.record([decision(7), referred(7, caller="bob"), decision(8), referred(7), decision(7), referred(7, trial=True)])
    decide(log, 2, ACCEPT, "maria", "r")
    again = reopen(log, 5, "client_disagrees", None, "ann", "r")
    found = page(log, 7)
    assert [one.decision for one in found.cases] == [6, 5, 4, 2, 1]
    assert states(found) == {
        6: (False, None, "refer", None),  # a trial: nobody decides on it
        5: (True, "reopened", "refuse", "refuse"),
        4: (True, "referred", "refer", None),
        2: (False, None, "refer", "accept"),
        1: (False, None, "refuse", "refuse"),
    }
    newest, reopened, waiting, closed, _ = found.cases
    assert (newest.trial, reopened.trial) == (True, False)
    assert (reopened.opened, waiting.opened, closed.opened) == (again.time, waiting.decided, None)
    assert (closed.caller, waiting.caller) == ("bob", "ann")
    # Accepting loses 0.1 * 1000 = 100 in expectation, refusing 0.9 * 0.19 * 1000 = 171; a review finds half.
    assert (waiting.amount, waiting.at_stake, waiting.review_worth, waiting.review_cost) == (1000, 100, 50, 10)


def test_each_decision_stands_as_its_own_case_has_it(log):
    log.record([decision(7), referred(7), referred(7), decision(7)])
    decide(log, 1, ACCEPT, "maria", "r")
    reopen(log, 1, "client_disagrees", None, "ann", "r")
    decide(log, 2, REFUSE, "maria", "r")
    reopen(log, 2, "client_disagrees", None, "ann", "r")
    decide(log, 2, ACCEPT, "tom", "r")
    for one in page(log, 7).cases:
        case = case_of(log, one.decision)
        assert (one.open, one.kind, one.opened, one.final) == (case.open, case.kind, case.opened, case.final)


def test_pages_follow_each_other_though_new_decisions_come(log):
    log.record([decision(7) for _ in range(5)])
    first = page(log, 7, size=2)
    assert ([one.decision for one in first.cases], first.total) == ([5, 4], 5)
    log.record([decision(7)])
    second = page(log, 7, size=2, after=first.after)
    assert ([one.decision for one in second.cases], second.total) == ([3, 2], 6)
    last = page(log, 7, size=2, after=second.after)
    assert ([one.decision for one in last.cases], last.after) == ([1], None)


def test_a_decision_whose_inputs_are_erased_is_found_and_says_so(log):
    log.record([decision(7), referred(7)])
    log.erase(client=7)
    assert [(one.erased, one.amount, one.at_stake) for one in page(log, 7).cases] == [(True, None, None)] * 2


@pytest.mark.parametrize(
    "cursor", ["", "x", "-1", "0", "1.5", "\u0661", "9" * 20, "0" * 19 + "1" + "9" * 30, "0" * 5000, "9" * 5000]
)
def test_what_no_page_gave_is_no_cursor(log, cursor):
    with pytest.raises(CursorError, match="a page of this client's decisions gave as its next one"):
        page(log, 7, after=cursor)


def test_the_page_of_the_last_decision_has_no_next_one(log):
    log.record([decision(7) for _ in range(4)])
    first = page(log, 7, size=2)
    assert first.after is not None
    assert page(log, 7, size=2, after=first.after).after is None


def test_the_decisions_of_one_caller_alone(log):
    log.record([decision(7), decision(7, caller="bob"), referred(7)])
    found = page(log, 7, caller="ann", size=1)
    assert ([one.decision for one in found.cases], found.total) == ([3], 2)
    rest = page(log, 7, caller="ann", size=1, after=found.after)
    assert ([one.decision for one in rest.cases], rest.after) == ([1], None)
