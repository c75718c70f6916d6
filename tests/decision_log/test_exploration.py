"""Refused applications drawn at random: by the hash of the decision, once a client, not against a rule of the bank."""

import json

import numpy as np
import pytest
from sqlalchemy import select, update
from support.bank_rules import rule, written
from support.logged import decision

from credit.decision.bank_rules import BankRules
from credit.decision.policy import REFUSE
from credit.decision_log import Log, exploration
from credit.decision_log.audit import verify
from credit.decision_log.review_rulings import Ruling
from credit.decision_log.reviews import case_of, decide
from credit.decision_log.schema import decisions


@pytest.fixture
def log(tmp_path):
    found = Log(tmp_path / "decisions.db")
    yield found
    found.close()


def test_the_number_is_that_of_the_first_bits_of_the_hash():
    assert exploration.draw_number(64 * "0") == 0
    assert exploration.draw_number("4" + 63 * "0") == 0.25
    assert exploration.draw_number("00" + 62 * "f") == pytest.approx(1 / 256)
    assert exploration.draw_number(64 * "f") < 1


def test_a_share_of_the_refused_is_drawn_and_a_larger_share_draws_them_too(log):
    log.record([decision(client) for client in range(2000)])
    refused = exploration.refusals(log)
    assert [one.client for one in refused] == list(range(2000))
    few, more = exploration.drawn(refused, 0.05), exploration.drawn(refused, 0.2)
    # Of 2,000 at 5 %, 100 in the mean with a standard deviation of 9.7.
    assert 40 < len(few) < 160
    assert {one.decision for one in few} < {one.decision for one in more}
    assert exploration.drawn(refused, 1) == refused
    # The log proves the draw: the numbers are those of its hashes.
    with log.reading() as connection:
        hashes = connection.execute(select(decisions.c.hash).order_by(decisions.c.id)).scalars().all()
    assert [one.number for one in refused] == [exploration.draw_number(one) for one in hashes]


def test_accepted_applications_and_a_clients_later_refusals_take_no_part(log):
    log.record([decision(1, decision="accept"), decision(2, decision="refer"), decision(3), decision(3), decision(4)])
    log.record([decision(5, trial=True)])
    assert [(one.decision, one.client) for one in exploration.refusals(log)] == [(3, 3), (5, 4)]
    # Once the first is too old, the later one takes no part either: that would be a second draw.
    with log._engine.begin() as connection:
        connection.execute(update(decisions).where(decisions.c.id == 3).values(time="2020-01-01T00:00:00.000000+00:00"))
    assert [one.client for one in exploration.refusals(log, "2021-01-01")] == [4]


def test_what_a_person_has_looked_at_takes_no_part(log):
    log.record([decision(1), decision(2)])
    decide(log, 1, Ruling("accept", "known_client"), "maria", "r")
    assert [one.client for one in exploration.refusals(log)] == [2]


def test_what_a_rule_of_the_bank_refuses_stays_refused(log, tmp_path):
    path = written(tmp_path / "rules.toml", rule(name="of_age"))
    bank = BankRules.load(path, ("AMT_CREDIT",), points=False)
    made = {"rule": "of_age", "stage": "before", "outcome": REFUSE, "unknown": False, "held": ["of_age"]}
    by_rule = {"margin": 0.19, "loss_given_default": 1.0, "review": None}
    by_rule["bank_rules"] = {"hash": bank.hash, "points": None, "decided": made}
    log.record([decision(1, bank_rules=bank, rule=json.dumps(by_rule)), decision(2)])
    assert [one.client for one in exploration.refusals(log)] == [2]


def test_the_price_is_the_expected_loss_less_the_margin(log):
    rule = {"margin": 0.1, "loss_given_default": 0.5, "review": None}
    log.record(
        [
            decision(1, inputs=(1000.0, 0.1), probability=0.25),
            decision(2, inputs=(1000.0, 0.1), probability=0.25, rule=json.dumps(rule)),
            decision(3, inputs=(np.nan, 0.1), probability=0.25),
        ]
    )
    usual, other, unknown = exploration.refusals(log)
    assert usual.price == pytest.approx(1000 * (0.25 - 0.19 * 0.75))
    assert other.price == pytest.approx(1000 * (0.5 * 0.25 - 0.1 * 0.75))
    assert np.isnan(unknown.price)
    assert exploration.total_price([usual, other, unknown]) == pytest.approx(usual.price + other.price)


def test_the_drawn_are_accepted_in_the_chain_and_not_drawn_again(log):
    log.record([decision(client) for client in range(40)])
    chosen = exploration.drawn(exploration.refusals(log), 0.3)
    done = exploration.accept(log, chosen, "risk", "command line")
    assert [(one.kind, one.verdict, one.reason) for one in done] == len(chosen) * [
        ("override", "accept", "drawn_at_random")
    ]
    assert {case_of(log, one.decision).final for one in chosen} == {"accept"}
    assert exploration.drawn(exploration.refusals(log), 0.3) == []
    assert verify(log).whole


@pytest.mark.parametrize("share", [0, -0.1, 1.5, float("nan")])
def test_what_is_no_share_draws_nobody(share):
    with pytest.raises(ValueError, match="must be above 0 and at most 1"):
        exploration.drawn([], share)
