"""The shadow, of models whose answers are known and of clients whose outcomes are worked out by hand."""

import math

import numpy as np
import pytest
from sqlalchemy import update
from support.bank_rules import rule, written
from support.small import Says

from credit.decision.intervals import Interval
from credit.decision.review import Review
from credit.decision_log import Columns, Decision, Log
from credit.decision_log.encoding import to_bytes
from credit.decision_log.outcomes import Outcome, record_outcomes
from credit.decision_log.review_rulings import Ruling, Terms
from credit.decision_log.reviews import decide
from credit.decision_log.schema import decisions
from credit.model import Scorer, load_bundle, save_bundle
from credit.training.shadow import Shadow, shadow

COLUMNS = ("P", "Q", "AMT_CREDIT")


@pytest.fixture
def model(tmp_path):
    """Makes models that answer with P (position 0) or Q (1) and refuse from a threshold."""
    made = []

    def model(position, threshold, **manifest):
        made.append(position)
        said = {"data": {"simulated": True}, "model": {"name": "Says"}, **manifest}
        return load_bundle(save_bundle(tmp_path / f"{len(made)}", Says(position), COLUMNS, threshold, said))

    return model


@pytest.fixture
def log(tmp_path):
    found = Log(tmp_path / "decisions.db")
    yield found
    found.close()


def decided(log, clients, x, columns=COLUMNS, refused=()):
    """Decisions on these clients; their ids. ``refused``: which places are; all others are accepted."""
    return log.record(
        [
            Decision(
                *("r", "ann", int(client), Columns(columns), to_bytes(row), 0.5, 0.16),
                "refuse" if place in refused else "accept",
                *(None, None, "hash", ""),
            )
            for place, (client, row) in enumerate(zip(clients, np.asarray(x, dtype=float), strict=True))
        ]
    )


def of_another_week(log, ids):
    with log.writing() as connection:
        of_2020 = update(decisions).where(decisions.c.id.in_(ids)).values(time="2020-01-06T00:00:00.000000+00:00")
        connection.execute(of_2020)


def told(log, ids, defaulted):
    record_outcomes(log, [Outcome(bool(y), decision=one) for one, y in zip(ids, defaulted, strict=True)], "ann")


def bank(n=4000, seed=0):
    """P is the true probability of default; outcomes are drawn by it; Q refuses other clients."""
    rng = np.random.default_rng(seed)
    p = rng.beta(0.8, 6, n)
    x = np.column_stack([p, np.clip(p + rng.normal(0, 0.02, n), 0.001, 0.999), rng.uniform(1e5, 1e6, n)])
    return x, (rng.random(n) < p).astype(int)


def test_a_challenger_that_refuses_from_0_48_is_not_harmless_because_the_refused_have_no_outcome(log, model):
    """The story: gain 0 (0 to 0) where the truth is some fourteen points of loss."""
    x, y = bank()
    p, amount = x[:, 0], x[:, 2]
    accepted = p < 0.16
    ids = decided(log, range(1, 4001), x, refused=np.flatnonzero(~accepted).tolist())
    told(log, np.array(ids)[accepted].tolist(), y[accepted])
    found = shadow(log, model(0, 0.16), model(0, 0.48))
    assert (found.applications, found.told, found.newly, found.newly_told) == (
        4000,
        accepted.sum(),
        (~accepted & (p < 0.48)).sum(),
        0,
    )
    # On those whose outcome is known nothing changes. That says nothing, and nothing is said.
    assert found.gain is None
    assert "too few to say more" in str(found)
    newly = ~accepted & (p < 0.48)
    everybody = np.where(accepted, y, p) @ amount
    expected = (amount * (p - 0.19 * (1 - p)))[newly].sum() / everybody
    assert found.unknown_cost == pytest.approx(expected)
    assert found.unknown_worst == pytest.approx(amount[newly].sum() / everybody)
    assert found.expected.estimate == pytest.approx(-expected)
    # The truth, which no bank would know: near what was expected.
    true = (amount * (y - 0.19 * (1 - y)))[newly].sum() / (y @ amount)
    assert expected == pytest.approx(true, abs=0.03)
    assert true > 0.05
    assert f"they would cost {100 * expected:+.1f} points, and {100 * found.unknown_worst:+.1f} if all" in str(found)
    assert found.objection is not None


def test_trials_are_no_applications(log, model):
    x = [[0.5, 0.1, 1000], [0.5, 0.1, 2000]]
    decided(log, (1,), x[:1])
    log.record(
        [
            Decision(
                "r",
                "ann",
                2,
                Columns(COLUMNS),
                to_bytes(np.array(x[1], dtype=float)),
                0.5,
                0.16,
                "accept",
                None,
                None,
                "hash",
                "",
                trial=True,
            )
        ]
    )
    assert shadow(log, model(0, 0.16), model(1, 0.16)).applications == 1


def test_the_banks_rules_decide_for_both_models(log, model, tmp_path):
    # P refuses both clients and Q neither; the rule refuses the large loan whatever a model says of it.
    decided(log, (1, 2), [[0.5, 0.1, 1000], [0.5, 0.1, 2000]])
    rules = written(tmp_path / "rules.toml", rule(when={"column": "AMT_CREDIT", "op": ">", "value": 1500}))
    champion, challenger = model(0, 0.16), model(1, 0.16)
    without, found = (shadow(log, champion, challenger, rules=one) for one in (None, rules))
    assert (without.changed, without.newly) == (2, 2)
    assert (found.applications, found.changed, found.newly) == (2, 1, 1)
    # Accepting the first loses 500 of it in expectation, and refusing forgoes 95: of 1,500 that accepting all loses.
    assert found.unknown_cost == pytest.approx((500 - 95) / 1500)


def test_a_person_decides_on_whom_a_rule_of_the_bank_refers(log, model, tmp_path):
    # A rule refers the loans above 1,500, whatever both models say: twenty that a person refused, and twenty that
    # nobody has decided on. P accepts none of the twenty small loans and Q all; they have defaulted.
    x = [[0.5, 0.1, 2000]] * 40 + [[0.5, 0.1, 1000]] * 20
    ids = decided(log, range(60), x)
    as_referred(log, ids[:40])
    reviewed(log, ids[:20], Ruling("refuse", "documents_missing"))
    told(log, ids[40:], [1] * 20)
    large = {"column": "AMT_CREDIT", "op": ">", "value": 1500}
    rules = written(tmp_path / "rules.toml", rule(when=large, outcome="refer"))
    everybody = 20 * 1000 + 40 * 0.5 * 2000
    for review in (Review(120.0, 0.5), Review(math.inf, 0.5, 0.0)):
        champion, challenger = (model(place, 0.16, review=review.to_dict()) for place in (0, 1))
        found = shadow(log, champion, challenger, rules=rules)
        # The person's refusals cost the same under both. Of the others, with a chance of 0.5 of default, the champion's
        # threshold would refuse all, 190 each, and the challenger's accept all, 1,000 each: half of it with reviewers
        # who find half of what is wrong, for the same price under both; all of it where nobody reviews.
        left = 0.5 if math.isfinite(review.cost) else 1.0
        assert (found.changed, found.newly) == (20, 20)
        gain = 20 * (0 - 1000) + 20 * left * (190 - 1000)
        assert found.expected.estimate == pytest.approx(gain / everybody)


def test_what_keeps_a_challenger_from_being_promoted_by_itself():
    good = Interval(0.01, 0.005, 0.02)
    fine = Shadow(900, changed=90, newly=30, told=800, defaults=100, changed_told=60, newly_told=0, expected=good)

    def but(**changed):
        return Shadow(**{**fine.__dict__, **changed}).objection

    assert but() is None
    assert but(changed=0, defaults=0) is None  # nothing to judge
    assert "99 defaults are known there, and at least 100 have to be" in but(defaults=99)
    assert but(newly=60) is None
    assert "newly accept 61 applications whose outcome is not known, more than the 60 changed decisions" in but(
        newly=61
    )
    assert but(expected=Interval(0.0, -0.005, 0.005)) is None
    assert but(expected=Interval(0.0, -0.0051, 0.005)).endswith("not worse by more than 0.5 points is not shown")
    assert but(expected=Interval(-0.02, -0.03, -0.01)).endswith("it is worse beyond chance")


def test_the_unknown_that_it_would_newly_refuse_are_expected_as_well(log, model):
    # By the champion 0.1, and not yet known: refusing 1,000 costs 171 and saves 100. The others have defaulted. Twenty
    # of both, for an interval.
    ids = decided(log, range(40), [[0.1, 0.9, 1000]] * 20 + [[0.1, 0.1, 500]] * 20)
    of_another_week(log, ids[20:])
    told(log, ids[20:], [1] * 20)
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    assert (found.changed, found.newly, found.told, found.defaults) == (20, 0, 20, 20)
    assert found.expected.estimate == pytest.approx((100 - 171) / (100 + 500))


def test_where_those_who_defaulted_are_told_first_their_outcomes_do_not_count_yet(log, model):
    """The story: a challenger that refuses from 0.10 saved 14 points on the defaults that were told, where all the
    outcomes together say that it loses.
    """
    x, y = bank()
    accepted = x[:, 0] < 0.16
    ids = np.array(decided(log, range(1, 4001), x, refused=np.flatnonzero(~accepted).tolist()))
    told(log, ids[accepted & (y == 1)].tolist(), [1] * int((accepted & (y == 1)).sum()))
    early = shadow(log, model(0, 0.16), model(0, 0.10))
    assert (early.told, early.defaults, early.gain) == (0, 0, None)
    assert early.unripe == (accepted & (y == 1)).sum() > 100
    assert f"{early.unripe} known outcomes count as unknown" in str(early)
    assert "0 defaults are known there in weeks whose outcomes are nearly all known" in early.objection
    told(log, ids[accepted & (y == 0)].tolist(), [0] * int((accepted & (y == 0)).sum()))
    late = shadow(log, model(0, 0.16), model(0, 0.10))
    assert (late.told, late.unripe) == (accepted.sum(), 0)
    refused = accepted & (x[:, 0] >= 0.10)
    lost = ((0.19 * (1 - y) - y) * x[:, 2])[refused].sum() / (y * x[:, 2])[accepted].sum()
    assert lost > 0.02
    assert late.gain.estimate == pytest.approx(-lost)


def test_nine_tenths_of_a_week_are_enough_of_the_lent_and_of_the_others_apart(log, model):
    lent, refused = range(100), range(100, 200)
    ids = decided(log, range(200), [[0.1, 0.9, 1000]] * 200, refused=refused)
    told(log, [ids[n] for n in lent[:90]], [1] * 90)
    told(log, [ids[n] for n in refused[:89]], [1] * 89)
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    assert (found.told, found.unripe) == (90, 89)


def test_clients_who_were_asked_about_again_keep_their_outcomes(log, model):
    """The story: 554 outcomes were told and 276 counted, those whose newest decision had one."""
    x, y = bank(554)
    ids = decided(log, range(1, 555), x)
    told(log, ids, y)
    decided(log, range(1, 279), x[:278])  # the same week once more, without an outcome
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    assert (found.applications, found.told, found.lost) == (554, 554, 0)
    # Both decisions about some have an outcome: two loans.
    again = decided(log, range(1, 11), x[:10])
    told(log, again, 1 - y[:10])
    assert shadow(log, model(0, 0.16), model(1, 0.16)).told == 564


def test_a_client_who_comes_back_in_another_week_has_another_application(log, model):
    ids = decided(log, [1, 2], [[0.1, 0.1, 1000], [0.1, 0.1, 1000]])
    of_another_week(log, ids)
    told(log, ids, [1, 0])
    decided(log, [1, 1, 2], [[0.2, 0.1, 1000], [0.3, 0.1, 1000], [0.2, 0.1, 1000]])
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    # Client 1: the one of 2020, whose loan defaulted, and the newest of this week; client 2: one of each week.
    assert (found.applications, found.told) == (4, 2)
    assert found.changed == 2
    # Of four applications no interval can be said, and nothing is promoted on them.
    assert found.expected is None
    assert "save: 1 defaults are known there, and at least 100" in found.objection


def test_outcomes_that_cannot_be_counted_are_counted_as_lost(log, model):
    x, y = bank(6)
    x[0, 2] = np.nan  # no amount
    told(log, decided(log, range(6), x), y)
    told(log, decided(log, [7, 8], x[1:3, :2], COLUMNS[:2]), [0, 1])  # another model's columns
    with log.writing() as connection:
        connection.execute(update(decisions).where(decisions.c.client == 5).values(inputs=None))
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    assert (found.applications, found.told, found.lost) == (4, 4, 4)
    assert "4 known outcomes cannot be counted" in str(found)
    # Those of clients from whom it has learnt are not lost: they are left out.
    found = shadow(log, model(0, 0.16), model(1, 0.16), learnt={1, 2})
    assert (found.applications, found.learnt, found.told, found.lost) == (2, 2, 2, 4)


def test_both_decide_by_the_same_costs_and_by_the_review_of_the_champion(log, model):
    # A review costs 30 and puts right half of what is wrong; a margin of 0.2 and a loss of 0.5.
    review = Review(30.0, 0.5).to_dict()
    costs = {"margin": 0.2, "loss_given_default": 0.5}
    champion = model(0, 0.2, costs=costs, review=review)
    # At stake is 1,000 * min(0.5 p, 0.2 (1 - p)): 25 at 0.05, 100 at 0.2, 40 at 0.8. Half of it is above 30 at 0.2
    # alone.
    x = [[0.05, 0.2, 1000], [0.2, 0.8, 1000], [0.8, 0.05, 1000]]
    told(log, decided(log, range(60), x * 20), [1, 0, 0] * 20)  # twenty of each, for an interval
    found = shadow(log, champion, model(1, 0.2, costs=costs, review=Review(1.0, 0.5).to_dict()))
    # Champion: accepts 1, which defaults, 500; refers 2, who would be refused and repays, 30 + half of 200; refuses 3,
    # 200. Challenger: refers 1, who would be refused and defaults, 30 + half of 0; refuses 2, 200; accepts 3, 0.
    assert found.expected.estimate == pytest.approx(((500 + 130 + 200) - (30 + 200 + 0)) / 500)
    assert (found.changed, found.newly, found.newly_told) == (60, 20, 20)


def test_clients_with_many_applications_are_drawn_as_one(log, model):
    """Else the same person, asked about forty times, would make the interval narrow."""
    x, y = bank(400, seed=2)
    x[:, 1] = np.clip(x[:, 0] + np.random.default_rng(0).normal(0, 0.1, 400), 0.001, 0.999)
    for _ in range(3):
        told(log, decided(log, range(1, 401), x), y)
    thrice = shadow(log, model(0, 0.16), model(1, 0.16))
    assert thrice.told == 1200
    alone = Log(log.name.removeprefix("sqlite:///") + ".once")
    told(alone, decided(alone, range(1, 401), x), y)
    once = shadow(alone, model(0, 0.16), model(1, 0.16))
    alone.close()
    assert thrice.expected.estimate == pytest.approx(once.expected.estimate)
    assert thrice.expected.low == pytest.approx(once.expected.low)


def test_the_newest_decisions_are_looked_at(log, model):
    x, _ = bank(30)
    decided(log, range(30), x)
    assert shadow(log, model(0, 0.16), model(1, 0.16), last=12).applications == 12


def test_a_challenger_that_reads_more_than_the_log_holds_is_refused_with_the_next_step(log, model):
    old = model(0, 0.16)
    other = Scorer(old.model, [*old.columns, "ANOTHER"], 0.2, old.manifest, old._default_probability)
    with pytest.raises(ValueError, match=r"does not hold, such as 'ANOTHER'.*Train it on the tables of the champion"):
        shadow(log, old, other)


def test_at_other_costs_both_decide_at_the_threshold_for_these(log, model):
    """A challenger of the same probabilities, trained at other costs, changes no more than these costs alone would."""
    x, y = bank()
    told(log, decided(log, range(1, 4001), x), y)
    costs = {"costs": {"margin": 0.1, "loss_given_default": 0.5}}
    found = shadow(log, model(0, 0.9), model(0, 0.1 / 0.6, **costs))  # the champion's own threshold is of other costs
    assert (found.applications, found.changed) == (4000, 0)
    # At its own costs it is its own threshold that counts.
    assert shadow(log, model(0, 0.9), model(0, 0.1 / 0.6)).changed > 0


def test_without_a_known_default_no_gain_is_told_however_many_are_expected(log, model):
    decided(log, range(400), [[0.1, 0.9, 1000]] * 200 + [[0.9, 0.1, 1000]] * 200)
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    assert (found.changed, found.told, found.gain, found.expected) == (400, 0, None, None)
    assert "0 outcomes with 0 defaults are known, too few to say more" in str(found)
    assert "it would save" not in str(found)


def reviewed(log, ids, ruling):
    for one in ids:
        decide(log, one, ruling, "maria", "r")


def as_referred(log, ids):
    """As the rule of the champion has left them to a person."""
    with log.writing() as connection:
        connection.execute(update(decisions).where(decisions.c.id.in_(ids)).values(decision="refer"))


def test_what_a_person_decided_counts_where_a_model_refers_as_the_log_has_it(log, model):
    # Both refer all by their review of 30. Forty loans of 1,000 at 0.16: a person refused twenty of them, who would
    # have defaulted in 0.16 of cases, and accepted twenty, all of whom defaulted. The challenger thinks that the first
    # twenty are safe (0.01: at stake are 10) and accepts them.
    review = Review(30.0, 0.5).to_dict()
    ids = decided(log, range(40), [[0.16, 0.01, 1000]] * 20 + [[0.16, 0.16, 1000]] * 20)
    as_referred(log, ids)
    reviewed(log, ids[:20], Ruling("refuse", "documents_missing"))
    reviewed(log, ids[20:], Ruling("accept", "income_confirmed"))
    told(log, ids[20:], [1] * 20)
    found = shadow(log, model(0, 0.16, review=review), model(1, 0.16, review=review))
    # Under the champion each of the first cost the review and 0.84 * 190 = 159.6 of margin; accepted, 160 in
    # expectation. Of the others both refer, and the person decides the same: nothing of the chance to find errors.
    assert (found.changed, found.newly) == (20, 20)
    everybody = 0.16 * 1000 + 1000
    assert found.expected.estimate == pytest.approx((30 + 159.6 - 160) / everybody)


def test_whom_a_person_has_accepted_is_not_newly_accepted(log, model):
    review = Review(30.0, 0.5).to_dict()
    ids = decided(log, range(40), [[0.16, 0.01, 1000]] * 40)
    as_referred(log, ids)
    reviewed(log, ids[:30], Ruling("counteroffer", "bank_rule", "instalments of a third at most", Terms(amount=500)))
    of_another_week(log, ids[:20])
    told(log, ids[:20], [1] * 20)
    found = shadow(log, model(0, 0.16, review=review), model(1, 0.16, review=review))
    assert (found.changed, found.newly, found.newly_unknown) == (40, 10, 10)
    # Known: the champion lent half and paid for the review, 530; the challenger would lend 1,000. Not known: ten lent
    # in part: 30 + 0.16 * 500 + 0.84 * 95 = 189.8 against 160; ten that nobody has decided: 30 + 160 / 2 against 160.
    gain = 20 * (530 - 1000) + 10 * (189.8 - 160) + 10 * (30 + 159.6 / 2 - 160)
    assert found.expected.estimate == pytest.approx(gain / (20 * 1000 + 20 * 160))


def test_an_override_counts_where_a_model_decides_as_the_log_has_it(log, model):
    ids = decided(log, range(40), [[0.1, 0.1, 1000]] * 20 + [[0.1, 0.9, 1000]] * 20)
    reviewed(log, ids[:20], Ruling("refuse", "suspected_fraud"))
    told(log, ids[20:], [1] * 20)
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    # The first twenty both accept, and the person refuses: 171 under both. The others it refuses in time.
    assert (found.changed, found.newly) == (20, 0)
    assert found.expected.estimate == pytest.approx(1000 / (100 + 1000))


def test_of_a_clients_requests_in_a_week_the_one_that_a_person_decided_counts(log, model):
    ids = decided(log, [1] * 3, [[0.1, 0.1, 1000], [0.1, 0.1, 1000], [0.1, 0.9, 1000]])
    reviewed(log, ids[1:2], Ruling("refuse", "suspected_fraud"))
    found = shadow(log, model(0, 0.16), model(1, 0.16))
    assert (found.applications, found.changed) == (1, 0)  # the newest would be changed
