"""Keys and the answers that are kept under them, in each of the databases."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from support.logged import decision

from credit.decision_log import Log, idempotency
from credit.decision_log.audit import verify
from credit.decision_log.group_commit import Waiting
from credit.decision_log.idempotency import Claim, ClaimLost, Once, Refused, StoredAnswer
from credit.decision_log.schema import kept_answers
from credit.decision_log.timestamps import as_text

KEY = idempotency.key_of("ann", "/score", "k-1")
BODY = (b"lang=fr", b'{"SK_ID_CURR": 1}')


def once(claim, word="answered"):
    return Once(claim, lambda ids: f"{word} {ids}".encode(), {"Content-Language": "fr"})


def aged(log, age):
    with log.writing() as connection:
        connection.execute(update(kept_answers).values(time=as_text(datetime.now(UTC) - age)))


def rows(log):
    with log.reading() as connection:
        return connection.execute(select(kept_answers)).all()


def test_an_answer_is_kept_with_its_decisions_and_found_again(log):
    claim = log.claim(KEY, BODY)
    assert isinstance(claim, Claim)
    kept = once(claim)
    assert log.record([decision(1), decision(2)], kept) == [1, 2]
    assert kept.content == b"answered [1, 2]"
    assert log.claim(KEY, BODY) == StoredAnswer(b"answered [1, 2]", {"Content-Language": "fr"})
    other = Log(log._engine.url.render_as_string(hide_password=False))  # another worker, or after a restart
    assert other.claim(KEY, BODY) == StoredAnswer(b"answered [1, 2]", {"Content-Language": "fr"})
    other.close()
    assert (verify(log).whole, log.page("ann").total) == (True, 2)


@pytest.mark.parametrize("body", [(b"lang=en", BODY[1]), (b"", BODY[0] + BODY[1]), (BODY[0], b'{"SK_ID_CURR": 2}')])
def test_another_request_under_the_key_is_refused_before_and_after_the_answer(log, body):
    claim = log.claim(KEY, BODY)
    assert log.claim(KEY, body) is Refused.OTHER
    log.record([decision()], once(claim))
    assert log.claim(KEY, body) is Refused.OTHER


def test_a_key_is_of_a_caller_and_a_route():
    keys = {
        idempotency.key_of(*of) for of in (("ann", "/score", "k"), ("bob", "/score", "k"), ("ann", "/predict", "k"))
    }
    assert len(keys | {idempotency.key_of("ann/score", "", "k")}) == 4


def test_the_first_request_is_under_way_until_it_is_answered_or_gives_its_key_back(log):
    claim = log.claim(KEY, BODY)
    assert log.claim(KEY, BODY) is Refused.UNDER_WAY
    log.release(claim)
    again = log.claim(KEY, (b"", b"corrected"))
    assert isinstance(again, Claim)
    log.release(claim)  # one that is not held any more gives nothing back
    assert log.claim(KEY, (b"", b"corrected")) is Refused.UNDER_WAY
    log.record([decision()], once(again))
    log.release(again)  # nor one that is answered
    assert isinstance(log.claim(KEY, (b"", b"corrected")), StoredAnswer)


def test_a_claim_whose_holder_has_died_is_taken_over_and_a_holder_that_lives_on_writes_nothing(log):
    slow = log.claim(KEY, BODY)
    aged(log, idempotency.LEASE + timedelta(seconds=1))
    quick = log.claim(KEY, BODY)
    assert isinstance(quick, Claim)
    with pytest.raises(ClaimLost):
        log.record([decision(1)], once(slow))
    assert log.page("ann").total == 0
    assert log.record([decision(2)], once(quick, "first")) == [1]
    with pytest.raises(ClaimLost):
        log.record([decision(1)], once(slow))
    assert log.claim(KEY, BODY).content == b"first [1]"
    assert (verify(log).whole, log.page("ann").total) == (True, 1)


def test_an_answer_is_kept_for_a_day(log):
    log.record([decision()], once(log.claim(KEY, BODY)))
    aged(log, idempotency.KEPT - timedelta(minutes=1))
    assert isinstance(log.claim(KEY, BODY), StoredAnswer)
    aged(log, idempotency.KEPT + timedelta(minutes=1))
    assert isinstance(log.claim(KEY, (b"", b"another")), Claim)
    assert log.claim(KEY, (b"", b"another")) is Refused.UNDER_WAY


def test_answers_that_are_too_old_are_taken_out(log):
    for number in range(3):
        log.record([decision()], once(log.claim(str(number), BODY)))
    aged(log, idempotency.KEPT + timedelta(minutes=1))
    log._next_sweep = 0.0
    log.claim("new", BODY)
    assert [row.id for row in rows(log)] == ["new"]
    aged(log, idempotency.KEPT + timedelta(minutes=1))
    log.erase(before=datetime.now(UTC) - timedelta(days=365))
    assert rows(log) == []


def test_what_is_erased_about_a_client_is_erased_from_the_answers_too(log):
    for number, clients in enumerate(((1, 2), (3,), (2,))):
        caller = "bob" if number == 2 else "ann"
        log.record([decision(c, caller=caller) for c in clients], once(log.claim(str(number), BODY)))
    under_way = log.claim("under way", BODY)
    assert log.erase(client=2, caller="ann") == 1
    assert [log.claim(str(number), BODY) for number in range(3)] == [
        Refused.ERASED,  # and the key stays taken: a request that comes again must not bring back what was erased
        StoredAnswer(b"answered [3]", {"Content-Language": "fr"}),
        StoredAnswer(b"answered [4]", {"Content-Language": "fr"}),
    ]
    assert log.claim("0", (b"", b"another")) is Refused.ERASED
    (erased,) = (row for row in rows(log) if row.id == "0")
    assert (erased.salt, erased.request, erased.content, erased.headers) == (None, None, None, None)
    assert log.record([decision(2)], once(under_way)) == [5]
    assert log.erase(before=datetime.now(UTC) + timedelta(seconds=1)) == 4
    assert {row.content for row in rows(log)} == {None}
    assert verify(log).whole


def test_an_answer_that_cannot_be_made_writes_nothing_and_harms_none_beside_it(log):
    claims = [log.claim(str(number), BODY) for number in range(2)]

    def fails(_):
        raise ZeroDivisionError

    kept = [Once(claims[0], fails), once(claims[1]), None]
    asked = [Waiting([decision(number)], one) for number, one in enumerate(kept, 1)]
    log._commits._write_all(asked)
    assert [one.ids for one in asked] == [None, [1], [2]]
    with pytest.raises(ZeroDivisionError):
        asked[0].result()
    assert [row["client"] for row in log.page("ann").rows] == [3, 2]
    assert log.claim("0", BODY) is Refused.UNDER_WAY
    assert verify(log).whole


def test_a_request_that_the_database_refuses_keeps_no_answer(log):
    claim = log.claim(KEY, BODY)
    with pytest.raises(Exception, match=r"NOT NULL|null value"):
        log.record([decision(1), decision(2, decision=None)], once(claim))
    assert log.claim(KEY, BODY) is Refused.UNDER_WAY
    log.release(claim)
    log.record([decision(1)], once(log.claim(KEY, BODY)))
    assert isinstance(log.claim(KEY, BODY), StoredAnswer)


def test_of_many_requests_at_once_under_one_key_one_decides(log):
    logs = [log, *(Log(log._engine.url.render_as_string(hide_password=False)) for _ in range(2))]
    found, start = [], threading.Barrier(12)

    def ask(one):
        start.wait()
        claim = one.claim(KEY, BODY)
        if isinstance(claim, Claim):
            kept = once(claim)
            one.record([decision()], kept)
            claim = StoredAnswer(kept.content, dict(kept.headers))
        found.append(claim)

    threads = [threading.Thread(target=ask, args=(logs[number % 3],)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in logs[1:]:
        one.close()
    assert len(found) == 12
    assert set(map(str, found)) <= {
        str(Refused.UNDER_WAY),
        str(StoredAnswer(b"answered [1]", {"Content-Language": "fr"})),
    }
    assert log.page("ann").total == 1
