"""What people decide: rows of the chain, one verdict for an open case, and nothing that overwrites a decision."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from support.logged import decision, referred

from credit.decision.review_reasons import REASONS, VERDICTS, codes
from credit.decision_log import Log, audit
from credit.decision_log.hash_chain import START, link_review
from credit.decision_log.review_rulings import Ruling, Terms
from credit.decision_log.reviews import (
    CaseConflict,
    OwnDecision,
    UnknownDecision,
    case_of,
    decide,
    reopen,
)

ACCEPT = Ruling("accept", "income_confirmed", "payslips of three months")
REFUSE = Ruling("refuse", "documents_missing")


@pytest.fixture
def three(log):
    """A referred, a refused and an accepted client, sent by ann."""
    log.record([referred(1), decision(2), decision(3, probability=0.1, decision="accept")])
    return log


def test_a_review_closes_a_case_and_is_a_row_of_the_chain(three):
    assert case_of(three, 1).open
    assert case_of(three, 1).final is None
    found = decide(three, 1, ACCEPT, "maria", "r9")
    assert (found.id, found.kind, found.verdict, found.words) == (4, "review", "accept", "payslips of three months")
    case = case_of(three, 1)
    assert (case.open, case.final, case.made, case.reviews) == (False, "accept", "refer", (found,))
    assert three.find(1)["decision"] == "refer"  # as it was written
    proof = audit.verify(three)
    assert (proof.whole, proof.decisions, proof.reviews, proof.rows) == (True, 3, 1, 4)
    assert three.record([decision(4)]) == [5]  # decisions go on behind the review
    assert audit.verify(three, since=proof.end).whole


def test_the_hash_of_a_review_is_that_of_the_one_before_and_of_its_values(three):
    before = audit.verify(three).head
    decide(three, 1, ACCEPT, "maria", "r9")
    with three.reading() as connection:
        row = dict(connection.execute(text("SELECT * FROM reviews")).mappings().one())
    assert row["hash"] == link_review(before, row) == audit.verify(three).head
    assert row["content"] == b'{"words":"payslips of three months"}'


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reviews SET verdict = 'refuse' WHERE id = 4",
        "UPDATE reviews SET reviewer = 'tom' WHERE id = 4",
        "UPDATE reviews SET reason = 'other' WHERE id = 4",
        "UPDATE reviews SET decision = 3 WHERE id = 4",
        "UPDATE reviews SET content_hash = '' WHERE id = 4",
        "DELETE FROM reviews WHERE id = 4",
    ],
)
def test_who_changes_a_review_or_takes_it_out_breaks_the_chain(three, statement):
    decide(three, 1, ACCEPT, "maria", "r9")
    three.record([decision(4)])
    with three._engine.begin() as connection:
        connection.execute(text(statement))
    found = audit.verify(three)
    assert not found.whole
    assert found.problems[0].startswith(("Review 4 is not what was written after decision 3", "Decision 5 is not what"))


def test_other_words_or_terms_are_found(three):
    decide(three, 1, ACCEPT, "maria", "r9")
    with three._engine.begin() as connection:
        connection.execute(text("UPDATE reviews SET content = :other"), {"other": b'{"words":"none"}'})
    assert audit.verify(three).problems == ["The words of review 4 are not those that were written."]
    with three._engine.begin() as connection:
        connection.execute(text("UPDATE reviews SET content = NULL"))
    assert audit.verify(three).problems == ["Review 4 has lost its words or their salt, but not both."]


def test_the_second_is_told_what_was_decided(three):
    first = decide(three, 1, ACCEPT, "maria", "r9")
    with pytest.raises(CaseConflict) as caught:
        decide(three, 1, REFUSE, "tom", "r10")
    assert str(caught.value) == (
        f"Decision 1 was decided by maria at {first.time}: accept, income_confirmed. To have it looked at again, "
        "reopen it."
    )
    assert caught.value.last == first
    assert case_of(three, 1).reviews == (first,)


def test_of_many_at_once_one_decides_and_all_others_are_told(log):
    log.record([referred(1)])
    address = log._engine.url.render_as_string(hide_password=False)
    done, told = [], []

    def work(number):
        own = Log(address)  # as another process has it
        try:
            done.append(decide(own, 1, ACCEPT if number % 2 else REFUSE, f"reviewer{number}", "r").reviewer)
        except CaseConflict as conflict:
            told.append(conflict.last.reviewer)
        finally:
            own.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert told == done * 7
    assert audit.verify(log).reviews == 1


def test_an_override_changes_an_automatic_decision_once(three):
    with pytest.raises(CaseConflict, match="Decision 2 already says refuse: an override has to change it"):
        decide(three, 2, REFUSE, "maria", "r9")
    assert decide(three, 2, ACCEPT, "maria", "r9").kind == "override"
    assert (
        decide(three, 3, Ruling("counteroffer", "not_affordable", None, Terms(500)), "maria", "r9").kind == "override"
    )
    assert [case_of(three, number).final for number in (2, 3)] == ["accept", "counteroffer"]
    with pytest.raises(CaseConflict, match="Decision 2 was decided by maria"):
        decide(three, 2, REFUSE, "tom", "r10")


def test_a_client_may_have_a_decision_looked_at_again(three):
    opened = reopen(three, 2, "client_disagrees", "the arrears were the bank's error", "ann", "r9")
    case = case_of(three, 2)
    # Until it is reviewed, what was decided counts.
    assert (case.open, case.kind, case.opened, case.final, case.last) == (True, "reopened", opened.time, "refuse", None)
    with pytest.raises(CaseConflict, match=f"open since {opened.time[:10]}"):
        reopen(three, 2, "new_information", None, "ann", "r10")
    # The same verdict again is no conflict now: a person has looked.
    assert decide(three, 2, Ruling("refuse", "as_scored"), "maria", "r11").kind == "review"
    assert not case_of(three, 2).open
    reopen(three, 2, "new_information", None, "ann", "r12")
    decide(three, 2, ACCEPT, "tom", "r13")
    case = case_of(three, 2)
    assert [one.kind for one in case.reviews] == ["reopen", "review", "reopen", "review"]
    assert (case.final, case.last.reviewer) == ("accept", "tom")


def test_a_case_that_waits_is_not_opened_again(three):
    with pytest.raises(CaseConflict, match="The case of decision 1 is open since"):
        reopen(three, 1, "human_requested", None, "ann", "r9")


def test_who_scores_reopens_own_decisions_alone(three):
    with pytest.raises(UnknownDecision, match="There is no decision 2"):
        reopen(three, 2, "human_requested", None, "bob", "r9", own=True)
    assert reopen(three, 2, "human_requested", None, "ann", "r9", own=True).reviewer == "ann"


def test_with_four_eyes_nobody_reviews_what_they_sent(three):
    for number in (1, 2):
        with pytest.raises(OwnDecision, match=f"Decision {number} was sent by ann: with FOUR_EYES=1 another person"):
            decide(three, number, ACCEPT, "ann", "r9", four_eyes=True)
        assert case_of(three, number).reviews == ()
    decide(three, 1, ACCEPT, "maria", "r9", four_eyes=True)
    decide(three, 2, ACCEPT, "ann", "r9")  # without them


def test_with_four_eyes_another_person_looks_again(three):
    decide(three, 1, REFUSE, "maria", "r9", four_eyes=True)
    reopen(three, 1, "client_disagrees", None, "ann", "r10")
    with pytest.raises(OwnDecision, match="Decision 1 was reviewed by maria before: with FOUR_EYES=1 another person"):
        decide(three, 1, ACCEPT, "maria", "r11", four_eyes=True)
    assert case_of(three, 1).final == "refuse"
    decide(three, 1, ACCEPT, "tom", "r12", four_eyes=True)
    reopen(three, 1, "new_information", None, "ann", "r13")
    for before in ("maria", "tom"):  # also whose verdict counts no more
        with pytest.raises(OwnDecision, match=f"reviewed by {before} before"):
            decide(three, 1, ACCEPT, before, "r14", four_eyes=True)


def test_a_decision_that_is_not_there_is_told(three):
    for work in (
        lambda: case_of(three, 99),
        lambda: decide(three, 99, ACCEPT, "maria", "r9"),
        lambda: reopen(three, 99, "human_requested", None, "ann", "r9"),
    ):
        with pytest.raises(UnknownDecision, match="There is no decision 99"):
            work()
    decide(three, 1, ACCEPT, "maria", "r9")
    with pytest.raises(UnknownDecision):
        case_of(three, 4)  # a review, no decision


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("grant", "as_scored"), "a verdict is one of accept, counteroffer, refuse, not 'grant'"),
        (("accept", "documents_missing"), "the reason of accept is one of as_scored, income_confirmed, .*not 'docum"),
        (("accept", "client_disagrees"), "the reason of accept is one of"),
        (("accept", "other"), "the reason other says nothing alone"),
        (("accept", "other", " \n"), "the reason other says nothing alone"),
        (("accept", "as_scored", "x" * 2001), "words are at most 2,000 characters, not 2,001"),
        (("counteroffer", "not_affordable"), "terms belong to counteroffer, and it to them"),
        (("accept", "as_scored", None, Terms(5)), "terms belong to counteroffer, and it to them"),
    ],
)
def test_what_is_no_ruling_is_refused_with_its_rule(values, words):
    with pytest.raises(ValueError, match=words):
        Ruling(*values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "give at least one"),
        ({"amount": 0.0}, "amount must be above 0"),
        ({"annuity": float("nan")}, "annuity must be above 0"),
        ({"months": 0}, "months must be from 1 to 600, not 0"),
    ],
)
def test_what_are_no_terms_are_refused_with_their_rule(values, words):
    with pytest.raises(ValueError, match=words):
        Terms(**values)


def test_terms_are_kept_as_they_were_given(three):
    terms = Terms(amount=800.5, months=24)
    decide(three, 1, Ruling("counteroffer", "not_affordable", None, terms), "maria", "r9")
    assert case_of(three, 1).last.terms == terms


def test_every_reason_has_a_name_in_both_languages_and_every_verdict_reasons():
    assert len({one.code for one in REASONS}) == len({one.en for one in REASONS}) == len({one.fr for one in REASONS})
    for of in (*VERDICTS, "reopen"):
        assert codes(of)[-1] == "other"
        assert len(codes(of)) > 3
    assert REASONS[0].text("fr") == "L'examen confirme le score"


def test_words_and_terms_are_erased_with_the_inputs_and_the_chain_stays_whole(three):
    decide(three, 1, Ruling("counteroffer", "not_affordable", "his rent is 900", Terms(500)), "maria", "r9")
    decide(three, 2, ACCEPT, "maria", "r9")
    assert three.erase(client=1, caller="bob") == 0
    assert case_of(three, 1).last.words == "his rent is 900"
    assert three.erase(client=1) == 1
    gone, kept = case_of(three, 1).last, case_of(three, 2).last
    assert (gone.words, gone.terms, gone.erased, gone.verdict, gone.reason) == (
        *(None, None, True, "counteroffer"),
        "not_affordable",
    )
    assert (kept.words, kept.erased) == ("payslips of three months", False)
    proof = audit.verify(three)
    assert (proof.whole, proof.erased) == (True, 1)


def test_what_is_written_after_an_erasure_is_erased_by_the_next(three):
    three.erase(client=1)
    decide(three, 1, ACCEPT, "maria", "r9")
    assert not case_of(three, 1).last.erased
    assert three.erase(client=1) == 0  # no inputs were left
    assert case_of(three, 1).last.erased


def test_an_empty_log_of_a_new_program_begins_as_ever(log):
    assert audit.verify(log).end == f"0:{START}"


KILLED = """
import sys
from credit.decision_log import Log
from credit.decision_log.reviews import decide
from credit.decision_log.review_rulings import Ruling
log = Log(sys.argv[1])
log.prepare()
for number in range(int(sys.argv[2]), 1000, 2):
    found = decide(log, number, Ruling("refuse", "not_affordable", "words"), "maria", "r9")
    print(number, found.id, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_what_was_answered_is_in_the_log_though_a_writer_is_killed(log):
    log.record([referred(number) for number in range(1, 1000)])
    address = log._engine.url.render_as_string(hide_password=False)
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED, address, str(first)], cwd=root, stdout=subprocess.PIPE, text=True
        )
        for first in (1, 2)
    ]
    answered = [writers[0].stdout.readline() for _ in range(60)]
    writers[0].send_signal(signal.SIGKILL)
    answered += writers[0].stdout.readlines()
    answered += writers[1].stdout.readlines()
    for writer in writers:
        writer.stdout.close()
    assert writers[0].wait(60) == -signal.SIGKILL
    assert writers[1].wait(60) == 0
    whole = [tuple(map(int, line.split())) for line in answered if line.endswith("\n")]
    with log.reading() as connection:
        logged = dict(connection.execute(text("SELECT decision, id FROM reviews")).all())
    assert len(whole) >= 60 + 499
    assert [one for one in whole if logged.get(one[0]) != one[1]] == []
    assert len(whole) <= len(logged) <= len(whole) + 1  # the one that was written and not answered
    proof = audit.verify(log)
    assert (proof.whole, proof.reviews) == (True, len(logged))
