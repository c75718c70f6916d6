"""The chain: what verification finds, and what it cannot."""

import hashlib
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from support.logged import HASH, decision

from credit.decision_log import Log, audit
from credit.decision_log.hash_chain import START, inputs_hash, link

ROW = {
    "id": 1,
    "time": "2026-01-02T03:04:05.000006+00:00",
    "request": "r1",
    "caller": "ann",
    "client": 100002,
    "columns": "c" * 64,
    "inputs_hash": "d" * 64,
    "probability": 0.25,
    "threshold": 0.19,
    "decision": "refuse",
    "refer": None,
    "reasons": None,
    "model_hash": HASH,
}


def test_a_hash_is_that_of_the_hash_before_and_of_the_values_as_json():
    covered = (
        '[1,"2026-01-02T03:04:05.000006+00:00","r1","ann",100002,"' + "c" * 64 + '","' + "d" * 64 + '",0.25,0.19,'
        '"refuse",null,null,"' + HASH + '"]'
    )
    assert link(START, ROW) == hashlib.sha256(("0" * 64 + "\n" + covered).encode()).hexdigest()
    assert inputs_hash(b"salt", b"inputs") == hashlib.sha256(b"saltinputs").hexdigest()


@pytest.mark.parametrize("name", ROW)
def test_every_value_is_covered(name):
    other = {int: 7, float: 0.5, str: "other", type(None): "[]"}[type(ROW[name])]
    assert link(START, {**ROW, name: other}) != link(START, ROW)


@pytest.fixture
def five(log):
    """A log of five decisions."""
    log.record([decision(client, request=f"r{client}") for client in (1, 2, 3)])
    log.record([decision(4, reasons='[{"code":"late"}]')])
    log.record([decision(5)])
    return log


def change(log, statement, **values):
    with log._engine.begin() as connection:
        connection.execute(text(statement), values)


def test_a_log_as_it_was_written_is_whole(five):
    steps = []
    found = audit.verify(five, progress=lambda done, total: steps.append((done, total)))
    assert (found.whole, found.decisions, found.erased, found.problems) == (True, 5, 0, [])
    assert steps[-1] == (5, 5)
    assert found.end.startswith("5:")


def test_an_empty_log_is_whole(log):
    assert audit.verify(log).end == f"0:{START}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", "2020-01-01T00:00:00.000000+00:00"),
        ("request", "other"),
        ("caller", "bob"),
        ("client", 77),
        ("columns", None),
        ("inputs_hash", "e" * 64),
        ("probability", 0.2500000000000001),
        ("threshold", 0.17),
        ("decision", "accept"),
        ("refer", "[]"),
        ("reasons", "[]"),
        ("model_hash", "ef" * 32),
        ("hash", "e" * 64),
        ("inputs", b"\0" * 16),
        ("salt", b"other"),
    ],
)
def test_a_changed_value_is_found(five, name, value):
    if name == "columns":
        value = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"  # SHA-256 of []
        change(five, f"INSERT INTO columns (hash, names) VALUES ('{value}', '[]')")
    change(five, f"UPDATE decisions SET {name} = :value WHERE id = 3", value=value)
    found = audit.verify(five)
    assert not found.whole
    assert "ecision 3 " in found.problems[0]


def test_one_changed_decision_is_one_problem(five):
    change(five, "UPDATE decisions SET probability = 0.9 WHERE id = 2")
    assert audit.verify(five).found == 1


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_decision_taken_out_is_found(five, number):
    change(five, "DELETE FROM decisions WHERE id = :number", number=number)
    found = audit.verify(five)
    assert not found.whole
    assert "it holds 4 up to" in found.problems[-1]


def test_two_decisions_exchanged_are_found(five):
    change(five, "UPDATE decisions SET id = 99 WHERE id = 2")
    change(five, "UPDATE decisions SET id = 2 WHERE id = 3")
    change(five, "UPDATE decisions SET id = 3 WHERE id = 99")
    assert not audit.verify(five).whole


def test_a_decision_put_in_is_found(five):
    change(
        five,
        "INSERT INTO decisions SELECT 6, time, request, caller, client, columns, inputs, salt, inputs_hash, "
        "probability, threshold, decision, refer, reasons, model_hash, hash, sent, route, rule, trial, interval "
        "FROM decisions WHERE id = 5",
    )
    found = audit.verify(five)
    assert "Decision 6 is not what was written after decision 5" in found.problems[0]


def test_an_end_cut_off_with_its_count_is_betrayed_by_an_end_noted_before(five):
    noted = audit.verify(five).end
    with five.reading() as connection:
        before = connection.execute(text("SELECT hash FROM decisions WHERE id = 4")).scalar()
    change(five, "DELETE FROM decisions WHERE id = 5")
    change(five, "UPDATE chain SET decisions = 4, last = 4, head = :head", head=before)
    assert audit.verify(five).whole  # by itself the log cannot know
    found = audit.verify(five, since=noted)
    assert "5 rows were noted earlier, and the log holds 4" in found.problems[0]


def test_a_chain_made_anew_is_betrayed_by_an_end_noted_before(five):
    noted = audit.verify(five).end
    with five._engine.begin() as connection:
        head = START
        for row in connection.execute(text("SELECT * FROM decisions ORDER BY id")).mappings().all():
            head = link(head, {**row, "decision": "accept"})
            connection.execute(
                text("UPDATE decisions SET decision = 'accept', hash = :hash WHERE id = :id"),
                {"hash": head, "id": row["id"]},
            )
        connection.execute(text("UPDATE chain SET head = :head"), {"head": head})
    assert audit.verify(five).whole
    assert not audit.verify(five, since=noted).whole


def test_a_log_that_went_on_from_a_noted_end_is_whole(five):
    noted = audit.verify(five).end
    five.record([decision(6)])
    assert audit.verify(five, since=noted).whole


@pytest.mark.parametrize("end", ["", "5", "5:abc", "x:" + "0" * 64, "5:" + "0" * 63 + "G"])
def test_what_is_no_end_is_refused(five, end):
    with pytest.raises(ValueError, match="an end is a number of rows and a hash"):
        audit.verify(five, since=end)


def test_a_log_is_whole_after_erasing_and_says_how_much_was_erased(five):
    five.erase(client=3)
    five.erase(client=5)
    found = audit.verify(five)
    assert (found.whole, found.erased) == (True, 2)


def test_names_of_columns_that_were_exchanged_are_found(five):
    change(five, 'UPDATE columns SET names = \'["odd n\u00b0 / \u20ac","AMT_CREDIT"]\'')
    found = audit.verify(five)
    assert "are not those that were written" in found.problems[0]


def test_half_an_erasure_is_found(five):
    change(five, "UPDATE decisions SET salt = NULL WHERE id = 2")
    assert "not both" in audit.verify(five).problems[0]


def test_long_logs_are_read_in_parts(log, monkeypatch):
    monkeypatch.setattr(audit, "_STEP", 7)
    log.record([decision(client) for client in range(20)])
    assert (audit.verify(log).whole, audit.verify(log).decisions) == (True, 20)
    change(log, "UPDATE decisions SET client = 1000 WHERE id IN (7, 8, 15)")
    assert audit.verify(log).found == 3


def test_problems_beyond_the_first_are_counted(log):
    log.record([decision(client) for client in range(30)])
    change(log, "UPDATE decisions SET client = 1000")
    found = audit.verify(log)
    assert (found.found, len(found.problems)) == (30, audit.LISTED)


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    erased=st.sets(st.integers(0, 20)),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_verifies_and_any_single_change_is_found(tmp_path_factory, sizes, erased, seed):
    log = Log(tmp_path_factory.mktemp("any") / "decisions.db")
    client = 0
    for size in sizes:
        log.record([decision(client + number) for number in range(size)])
        client += size
        for one in erased:
            log.erase(client=one)
    assert audit.verify(log).whole
    dice = random.Random(seed)
    name, value = dice.choice(
        [("client", 999), ("probability", 0.7), ("decision", "accept"), ("hash", "0" * 63 + "1"), ("reasons", "[1]")]
    )
    change(log, f"UPDATE decisions SET {name} = :value WHERE id = :id", value=value, id=dice.randint(1, client))
    assert audit.verify(log).found >= 1
    log.close()


@pytest.mark.parametrize(("given_age", "days"), [("180d", 180), ("26w", 182), ("2y", 730)])
def test_ages_are_days_weeks_or_years(given_age, days):
    assert audit.age(given_age).days == days


@pytest.mark.parametrize("wrong", ["", "180", "d", "-1d", "1.5y", "3 months"])
def test_what_is_no_age_is_refused(wrong):
    with pytest.raises(ValueError, match="such as 180d"):
        audit.age(wrong)


def test_a_decision_is_replayed_with_its_own_model_only(five):
    columns = ("AMT_CREDIT", "odd n° / €")
    inputs, logged = audit.replay(five, 2, columns, HASH)
    assert (len(inputs), logged.probability, logged.threshold, logged.decision) == (16, 0.25, 0.16, "refuse")
    with pytest.raises(LookupError, match="no decision 77"):
        audit.replay(five, 77, columns, HASH)
    with pytest.raises(LookupError, match="made by the model abababababab"):
        audit.replay(five, 2, columns, "0" * 64)
    five.erase(client=2)
    with pytest.raises(LookupError, match="are erased"):
        audit.replay(five, 2, columns, HASH)
    assert json.dumps(five.find(2)["inputs"]) == "null"
