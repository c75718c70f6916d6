"""Decisions as they are read from the log: by number, page by page, with the names and rules of their time."""

import json

import pytest
from sqlalchemy import func, select, text
from support.bank_rules import rule, written
from support.logged import HASH, decision

from credit.decision.bank_rules import BankRules
from credit.decision_log import Columns, Log, LogError
from credit.decision_log.decision_filters import Filters
from credit.decision_log.schema import decisions


def test_a_decision_is_found_again_as_it_was_written(log):
    told = [{"code": "late", "text": "You were late n°"}]
    rule, band = {"margin": 0.19, "loss_given_default": 1.0, "review": None}, {"low": 0.12, "high": 0.6}
    (key,) = log.record(
        [
            decision(
                client=2**63 - 1,
                inputs=(float("nan"), 0.1),
                reasons=json.dumps(told),
                route="/predict",
                rule=json.dumps(rule),
                refer=json.dumps(band),
            )
        ]
    )
    (row,) = log.page("ann").rows
    assert log.find(key) == log.page("ann").rows[0]
    assert row.pop("time").endswith("+00:00")
    assert row == {
        "id": key,
        "caller": "ann",
        "client": 2**63 - 1,
        "request": "r1",
        "route": "/predict",
        "rule": rule,
        "refer": band,
        "reasons": told,
        "inputs": {"SK_ID_CURR": 2**63 - 1, "AMT_CREDIT": None, "odd n° / €": 0.1},
        "probability": 0.25,
        "threshold": 0.16,
        "decision": "refuse",
        "sent": "application,bureau",
        "model_hash": HASH,
        "trial": False,
        "interval": None,
        "erased": False,
    }


def test_the_banks_rules_are_kept_once_and_found_by_their_hash(log, tmp_path):
    first, second = (
        BankRules.load(written(tmp_path / f"{name}.toml", rule(name=name)), ("AMT_CREDIT",), points=False)
        for name in ("first", "second")
    )
    log.record([decision(1, bank_rules=first), decision(2, bank_rules=first), decision(3)])
    log.record([decision(4, bank_rules=second), decision(5, bank_rules=first)])
    assert (log.bank_rules(first.hash), log.bank_rules(second.hash)) == (first.text, second.text)
    assert log.bank_rules("0" * 64) is None
    with log.writing() as connection:
        assert connection.execute(text("SELECT count(*) FROM bank_rules")).scalar() == 2
        connection.execute(text("UPDATE bank_rules SET rules = '[]'"))
    with pytest.raises(LogError, match="the bank's rules in it were changed"):
        log.bank_rules(first.hash)


def test_probabilities_keep_every_digit(log):
    log.record([decision(probability=0.1 + 0.2)])
    assert log.page("ann").rows[0]["probability"] == 0.30000000000000004


def test_a_caller_sees_its_own_decisions_newest_first(log):
    log.record([decision(1), decision(2, caller="bob"), decision(3)])
    page = log.page("ann")
    assert [row["client"] for row in page.rows] == [3, 1]
    assert (page.number, page.pages, page.total) == (1, 1, 2)


def test_pages_hold_twenty_and_end(log):
    log.record([decision(client) for client in range(41)])
    pages = [log.page("ann", number) for number in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [20, 20, 1, 0]
    assert {page.pages for page in pages} == {3}


def test_a_page_may_be_about_one_client(log):
    log.record([decision(client=number) for number in (1, 2, 1)])
    log.record([decision(client=1, caller="bob")])
    page = log.page("ann", filters=Filters(client=1))
    assert ([row["client"] for row in page.rows], page.total, page.pages) == ([1, 1], 2, 1)
    assert log.page("ann", filters=Filters(client=3)).total == 0
    assert [len(log.page("ann", number, 1, filters=Filters(client=1)).rows) for number in (1, 2, 3)] == [1, 1, 0]


def test_an_empty_log_has_one_empty_page(log):
    page = log.page("ann")
    assert (page.rows, page.pages, page.total) == ([], 1, 0)


def test_each_list_of_columns_is_kept_once_and_read_back_with_its_decisions(log):
    other = Columns(("EXT_SOURCE_2",))
    log.record([decision(1), decision(2, columns=other, inputs=(0.5,)), decision(3)])
    log.record([decision(4, columns=other, inputs=(0.25,))])
    inputs = [row["inputs"] for row in log.page("ann").rows]
    assert inputs[0] == {"SK_ID_CURR": 4, "EXT_SOURCE_2": 0.25}
    assert inputs[1] == {"SK_ID_CURR": 3, "AMT_CREDIT": 1000.0, "odd n° / €": 0.1}
    with log.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM columns").scalar() == 2


def test_sqlite_finds_a_callers_decisions_of_one_kind_without_reading_inputs(tmp_path):
    """What is counted stands in the index; and a page, newest first, comes in its order without a sort."""
    log = Log(tmp_path / "decisions.db")
    log.record([decision(client, decision="refuse" if client == 2 else "accept") for client in (1, 2, 3)])
    own = (decisions.c.caller == "ann", *Filters(decision="refuse").conditions())
    counted = select(func.count()).select_from(decisions).where(*own)
    newest = select(decisions).where(*own).order_by(decisions.c.id.desc()).limit(20)
    with log.reading() as connection:
        for asked, covering in ((counted, True), (newest, False)):
            written = asked.compile(connection.engine, compile_kwargs={"literal_binds": True})
            plan = " ".join(row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {written}")))
            assert "INDEX decisions_of_caller_decided (caller=? AND decision=?)" in plan
            assert ("COVERING" in plan) == covering
            assert "TEMP B-TREE" not in plan
    assert [row["client"] for row in log.page("ann", filters=Filters(decision="refuse")).rows] == [2]
    log.close()
