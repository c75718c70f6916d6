"""Weekly shares of reasons and of what was known: counted by hand, and alarms that ten decisions cannot raise."""

import json

import numpy as np
import pytest
from support.logged import HASH, decision

from credit.decision_log import Columns, Log
from credit.monitoring.alarms import alarms
from credit.monitoring.weekly_shares import COLUMN, MOST_WEEKS, REASON, TABLE, Given, Usual, shares, weekly_shares
from credit.monitoring.window import Window

MONDAY = np.datetime64("2026-11-23")
#: Ten shares are followed: intervals at 1 - 0.001 / 20, so 4.06 standard errors.
USUAL = Usual({(REASON, f"R{number}"): (0.3, 5_000) for number in range(10)})


def given(held, of, code="R0", week=MONDAY):
    return [Given(week, frozenset({code} if k < held else {"R9"}), None, {}) for k in range(of)]


def share_of(found, name):
    (one,) = [one for one in found if one.name == name]
    return one


@pytest.mark.parametrize(
    ("held", "of", "changed"),
    [
        (10, 10, False),  # too few
        (99, 99, False),
        (45, 100, False),  # from 0.27 on, and the training's ends at 0.327
        (60, 100, True),  # from 0.40 on
        (3_400, 10_000, False),  # sure, and less than five points
        (3_600, 10_000, True),
        (0, 100, True),  # up to 0.142
    ],
)
def test_a_share_has_changed_where_both_intervals_do_not_meet(held, of, changed):
    assert share_of(shares(given(held, of), USUAL), "R0").changed is changed


def test_shares_are_counted_by_week_and_the_newest_with_enough_clients_decides():
    later = MONDAY + np.timedelta64(7, "D")
    one = share_of(shares([*given(60, 100), *given(1, 4, week=later)], USUAL), "R0")
    assert [(week.begins, week.clients, week.share) for week in one.weeks] == [
        ("2026-11-23", 100, 0.6),
        ("2026-11-30", 4, 0.25),
    ]
    assert one.changed
    assert one.judged.begins == "2026-11-23"


def test_who_was_given_no_reasons_counts_for_no_reason():
    rows = [*given(3, 4), Given(MONDAY, None, frozenset({"application"}), {"EXT_SOURCE_2": True})]
    usual = Usual({(REASON, "R0"): (0.3, 5_000), (TABLE, "bureau"): (1.0, 5_000), (COLUMN, "EXT_SOURCE_2"): (1.0, 90)})
    found = {one.name: one.weeks[0] for one in shares(rows, usual)}
    assert (found["R0"].clients, found["R0"].share) == (4, 0.75)
    assert (found["bureau"].clients, found["bureau"].share) == (1, 0.0)
    assert (found["EXT_SOURCE_2"].clients, found["EXT_SOURCE_2"].share) == (1, 1.0)


def test_a_reason_that_the_training_does_not_know_is_shown_and_raises_no_alarm():
    one = share_of(shares(given(200, 200, "NEW"), USUAL), "NEW")
    assert (one.before, one.changed) == (None, False)
    assert one.weeks[0].share == 1.0


def test_no_more_weeks_are_shown_than_a_quarter_has():
    rows = [one for week in range(20) for one in given(1, 2, week=MONDAY + np.timedelta64(7 * week, "D"))]
    assert len(share_of(shares(rows, USUAL), "R0").weeks) == MOST_WEEKS


def test_an_alarm_names_what_has_changed_and_ten_decisions_raise_none():
    (alarm,) = alarms(None, None, weekly=[one for one in shares(given(60, 100), USUAL) if one.name == "R0"])
    assert alarm.kind == "reasons"
    assert "R0 (30.0% before, 60.0% in the week of 2026-11-23)" in alarm.text
    assert alarms(None, None, weekly=shares(given(10, 10), USUAL)) == ()


def test_a_manifest_says_what_was_known_and_which_reasons_were_given():
    usual = Usual.of(
        {
            "model": {"name": "m", "training_clients": 400},
            "features": {"missing": {"BUREAU_HISTORY": 0.0, "EXT_SOURCE_1": 0.56}},
            "reasons": {"clients": 70, "shares": {"AGE": 0.2}},
        }
    )
    assert usual.shares == {
        (REASON, "AGE"): (0.2, 70),
        (TABLE, "bureau"): (1.0, 400),
        (COLUMN, "EXT_SOURCE_1"): (pytest.approx(0.44), 400),
    }
    assert Usual.of({"model": {"name": "m"}}).shares == {}


def test_the_log_is_counted_once_a_client_and_without_trials(tmp_path):
    log = Log(tmp_path / "log.db")
    columns = Columns(("AMT_CREDIT", "EXT_SOURCE_2"))
    reasons = json.dumps([{"code": "AGE", "kind": "fact", "contribution": 0.1, "text": "..."}])

    def row(client, score, **values):
        return decision(client, columns=columns, inputs=(1000.0, score), **values)

    log.record(
        [
            row(1, 0.5, reasons=json.dumps([])),  # decided again below
            row(1, np.nan, reasons=reasons),
            row(2, 0.4, decision="accept", reasons=reasons, sent="application"),
            row(3, 0.4, reasons=json.dumps([])),
            row(4, 0.4, reasons=reasons, trial=True),
        ]
    )
    usual = Usual({(REASON, "AGE"): (0.2, 70), (TABLE, "bureau"): (1.0, 400), (COLUMN, "EXT_SOURCE_2"): (1.0, 400)})
    found = {one.name: one.weeks[-1] for one in weekly_shares(log, Window(), usual, HASH)}
    assert (found["AGE"].clients, found["AGE"].share) == (2, 0.5)
    assert (found["bureau"].clients, found["bureau"].share) == (3, pytest.approx(2 / 3))
    assert (found["EXT_SOURCE_2"].clients, found["EXT_SOURCE_2"].share) == (3, pytest.approx(2 / 3))
    assert all(not one.weeks for one in weekly_shares(log, Window(), usual, "of another model"))
    log.close()
