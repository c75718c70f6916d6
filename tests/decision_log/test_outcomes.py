"""Who has defaulted: told, told again, read with what was decided, and never a part of the chain."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import update
from support.logged import decision

from credit.decision.rule_decisions import RuleDecision
from credit.decision_log import Columns, Log, audit, review_rulings, reviews
from credit.decision_log.latest_outcomes import FILE
from credit.decision_log.outcomes import (
    Outcome,
    UnknownClients,
    decided,
    erase_outcomes,
    known,
    read_file,
    record_outcomes,
)
from credit.decision_log.schema import outcomes


@pytest.fixture
def log(tmp_path):
    found = Log(tmp_path / "decisions.db")
    found.record([decision(client=1), decision(client=2, inputs=(500.0, 1.0), decision="accept", probability=0.1)])
    found.record([decision(client=3, caller="bob")])
    yield found
    found.close()


def by_client(log, **window):
    found = decided(log, **window)
    order = np.argsort(found.probability)
    return found.where(order)


def test_what_was_told_is_read_with_the_decisions(log):
    assert record_outcomes(log, [Outcome(True, client=2), Outcome(False, decision=1)], "ann") == 2
    found = by_client(log)
    assert found.probability.tolist() == [0.1, 0.25, 0.25]
    assert found.refused.tolist() == [False, True, True]
    assert found.amount[0] == 500
    assert found.defaulted[0] == 1
    assert sorted(found.defaulted[1:].tolist(), key=str) == [0.0, pytest.approx(np.nan, nan_ok=True)]


def test_nothing_of_the_chain_is_touched(log):
    before = audit.verify(log).end
    record_outcomes(log, [Outcome(True, client=2)], "ann")
    found = audit.verify(log)
    assert (found.whole, found.end) == (True, before)


def test_unknown_clients_are_named_and_nothing_is_kept(log):
    told = [Outcome(True, client=2), Outcome(True, client=77), Outcome(True, decision=99)]
    with pytest.raises(UnknownClients, match="client n° 77, decision 99, so no outcome"):
        record_outcomes(log, told, "ann")
    assert np.isnan(decided(log).defaulted).all()


def test_nobody_tells_of_another_callers_clients(log):
    with pytest.raises(UnknownClients, match="client n° 3"):
        record_outcomes(log, [Outcome(True, client=3)], "ann")
    with pytest.raises(UnknownClients, match="decision 3"):
        record_outcomes(log, [Outcome(True, decision=3)], "ann")
    assert record_outcomes(log, [Outcome(True, client=3)], "the bank's file", everybodys=True) == 1


def test_told_again_counts_where_it_says_something_new(log):
    assert record_outcomes(log, [Outcome(False, client=1)], "ann") == 1
    assert record_outcomes(log, [Outcome(False, client=1)], "ann") == 0
    assert record_outcomes(log, [Outcome(True, client=1)], "ann") == 1
    assert np.nansum(decided(log).defaulted) == 1
    assert erase_outcomes(log, 1, "bob") == 0
    assert erase_outcomes(log, 1, "ann") == 2
    assert np.isnan(decided(log).defaulted).all()


def test_of_what_is_told_twice_the_last_counts(log):
    assert record_outcomes(log, [Outcome(False, client=1), Outcome(True, decision=1)], "ann") == 1
    assert np.nansum(decided(log).defaulted) == 1


def test_an_outcome_is_of_the_decision_that_it_was_told_of(log):
    record_outcomes(log, [Outcome(True, client=2)], "ann")
    log.record([decision(client=2, probability=0.02, decision="accept")])  # another loan
    assert known(log) == {2: True}
    found = decided(log)
    # The older loan counts, whose outcome is known; the newer one has not defaulted by that.
    assert found.defaulted[found.probability == 0.1].tolist() == [1]
    assert 0.02 not in found.probability
    record_outcomes(log, [Outcome(False, client=2)], "ann")  # of the newest decision now
    assert known(log) == {2: True, 4: False}
    assert record_outcomes(log, [Outcome(False, decision=2)], "ann") == 1
    assert known(log) == {2: False, 4: False}


def test_a_client_who_comes_back_in_another_week_has_another_loan(log, monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) + timedelta(days=21)

    with monkeypatch.context() as patched:
        patched.setattr("credit.decision_log.group_commit.datetime", Clock)
        log.record([decision(client=2, probability=0.02, decision="accept")])
    assert record_outcomes(log, [Outcome(True, decision=2)], "ann") == 1
    found = decided(log)
    assert len(found) == 4
    assert found.defaulted[found.probability == 0.1].tolist() == [1]
    assert np.isnan(found.defaulted[found.probability == 0.02]).all()


def test_what_a_file_told_goes_with_the_callers_decision(log):
    record_outcomes(log, [Outcome(True, client=1), Outcome(True, client=3)], FILE, everybodys=True)
    assert erase_outcomes(log, 1, "bob") == 0
    assert erase_outcomes(log, 1, "ann") == 1
    assert known(log) == {3: True}


def test_outcomes_from_before_they_kept_their_decision_are_of_the_newest_one_then(log):
    record_outcomes(log, [Outcome(True, client=2)], "ann")
    with log.writing() as connection:
        connection.execute(update(outcomes).values(decision=None))
    log.record([decision(client=2, probability=0.02, decision="accept")])
    assert known(log) == {2: True}


def test_a_client_counts_once_with_the_newest_decision(log):
    log.record([decision(client=2, probability=0.6, decision="refer", inputs=(800.0, 1.0))])
    found = decided(log)
    assert len(found) == 3
    # A person decides; what the threshold would have done counts: 0.6 is above 0.16.
    assert found.refused[found.probability == 0.6].tolist() == [True]
    assert found.amount[found.probability == 0.6].tolist() == [800]
    assert len(decided(log, last=1)) == 1


def test_of_a_clients_decisions_of_a_week_that_of_a_person_counts(log):
    (first,) = log.record([decision(client=9, probability=0.6, decision="refer", inputs=(700.0, 1.0))])
    log.record([decision(client=9, probability=0.02, decision="accept", inputs=(900.0, 1.0))])
    reviews.decide(log, first, review_rulings.Ruling("accept", "income_confirmed"), "maria", "r")
    found = decided(log)
    of_client = np.isin(found.probability, (0.6, 0.02))
    assert found.probability[of_client].tolist() == [0.6]
    assert (found.by_person[of_client].tolist(), found.lent[of_client].tolist()) == ([True], [1])


def test_decisions_of_the_rule_that_is_served_are_known_as_such(log):
    # By another model, and by the model of all others at another threshold.
    log.record([replace(decision(client=4), model_hash="b" * 64), decision(client=5, threshold=0.3)])
    usual = decision(client=1)
    found = decided(log, rule=(usual.model_hash, usual.threshold))
    assert len(found) == 5
    assert found.of_model.sum() == 4
    assert found.of_rule.sum() == 3
    assert (found.of_rule <= found.of_model).all()
    other = decided(log, rule=("b" * 64, usual.threshold))
    assert (other.of_model.sum(), other.of_rule.sum()) == (1, 1)
    # Without a rule all are taken for one's own.
    assert decided(log).of_rule.all()


def test_what_a_rule_of_the_bank_has_decided_says_nothing_of_the_threshold(log):
    bank = {"hash": "c" * 64, "points": None, "on": "2026-06-01"}
    by_rule = RuleDecision("large", "before", "refuse", False, ("large",)).to_dict()
    for client, made_by in ((4, by_rule), (5, None)):
        log.record([decision(client=client, rule=json.dumps({"bank_rules": {**bank, "decided": made_by}}))])
    usual = decision(client=1)
    for found in (decided(log, rule=(usual.model_hash, usual.threshold)), decided(log)):
        assert (len(found), found.of_model.sum(), found.of_rule.sum()) == (5, 5, 4)


def test_a_window_of_days_leaves_older_decisions_out(log, monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) - timedelta(days=9)

    monkeypatch.setattr("credit.decision_log.group_commit.datetime", Clock)
    log.record([decision(client=9)])
    assert len(decided(log)) == 4
    assert len(decided(log, days=8)) == 3


def test_amounts_are_found_in_any_list_of_columns_and_missing_once_erased(log):
    other = Columns(("EXT_SOURCE_2", "AMT_CREDIT"))
    log.record([decision(client=5, columns=other, inputs=(0.5, 700.0), probability=0.9)])
    log.record([decision(client=6, columns=Columns(("EXT_SOURCE_2",)), inputs=(0.5,), probability=0.95)])
    found = decided(log)
    assert found.amount[found.probability == 0.9].tolist() == [700]
    assert np.isnan(found.amount[found.probability == 0.95]).all()
    log.erase(client=5)
    assert np.isnan(decided(log).amount[decided(log).probability == 0.9]).all()


def test_an_empty_log_is_no_decisions(tmp_path):
    log = Log(tmp_path / "empty.db")
    assert len(decided(log)) == 0
    log.close()


def test_a_file_is_read_by_either_name(tmp_path):
    path = tmp_path / "told.csv"
    path.write_text("SK_ID_CURR,TARGET\n1,1\n2,0\n")
    assert read_file(path) == [Outcome(True, client=1), Outcome(False, client=2)]
    path.write_text("decision,when,defaulted\n7,never,yes\n")
    assert read_file(path) == [Outcome(True, decision=7)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("client,defaulted\n1,1\nx,0\n", "line 3: a client's or a decision's number is a whole number, not 'x'"),
        ("client,defaulted\n1,2\n", "line 2: defaulted is 1 or 0, not '2'"),
        ("client,defaulted\n1\n", "line 2: defaulted is 1 or 0, not ''"),
        ("client,decision,defaulted\n1,1,1\n", "must have a column defaulted or TARGET and one of"),
        ("client\n1\n", "must have a column defaulted or TARGET"),
        ("client,défaut\n1,1\n".encode("latin-1"), "is not UTF-8 .*: save it as CSV in UTF-8"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path, text, said):
    path = tmp_path / "told.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=said):
        read_file(path)
