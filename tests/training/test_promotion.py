"""The duel with the shipped model, of models whose answers are known."""

import math
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from support.small import Says

from credit.decision.cost import Costs
from credit.decision.review import Review
from credit.model import load_bundle, save_bundle
from credit.training.promotion import ENOUGH_DEFAULTS, MARGIN, Verdict, duel, held_to_sense, shared_review, verdict
from credit.training.split_membership import split_as_dict

COSTS = Costs()


def clients(n=1000, seed=0):
    """Test clients: A knows who defaults, B knows nothing; every fifth defaulted, all ask for 1,000.

    Their numbers by the hash are evenly spread below the test share.
    """
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 5 == 0).astype(int)
    known = np.where(y == 1, 0.9, 0.05)
    judges = pl.DataFrame(
        {
            "SK_ID_CURR": np.arange(n) + 1,
            "MEMBERSHIP": 0.2 * (np.arange(n) * 7 % n) / n,
            "A": known,
            "B": np.where(rng.random(n) < 0.3, 0.9, 0.05),
            "AMT_CREDIT": 1000.0,
        }
    )
    test = pl.DataFrame({"SK_ID_CURR": np.arange(n) + 1, "TARGET": y, "AMT_CREDIT": 1000.0})
    return judges, test.with_columns(PROBABILITY_OF_DEFAULT=known)


@pytest.fixture
def shipped(tmp_path):
    """Ships a model that answers with the first of its columns."""

    def shipped(*columns, threshold=0.16, fingerprint="old", share=0.2, review=None):
        split = {} if share is None else {"split": split_as_dict(share)}
        manifest = {"data": {"simulated": True, "fingerprint": fingerprint}, "model": {"name": "Says", **split}}
        if review is not None:
            manifest["review"] = review.to_dict()
        return save_bundle(tmp_path / "bundle", Says(0), columns, threshold, manifest)

    return shipped


def test_where_nothing_is_shipped_the_new_model_is_allowed(tmp_path):
    judges, test = clients()
    found = duel(tmp_path / "nowhere", judges, test, 0.16, COSTS, {})
    assert found.allowed
    assert found.gain is None
    assert found.reason == f"no model is shipped in {tmp_path / 'nowhere'} yet"


def test_a_model_that_is_surely_worse_is_refused_with_the_figures(shipped):
    judges, test = clients()
    found = duel(shipped("A"), judges, test.with_columns(PROBABILITY_OF_DEFAULT=judges["B"]), 0.16, COSTS, {})
    assert not found.allowed
    # The shipped one loses nothing. The new one loses the defaulters it accepts and the margin of the good ones it
    # refuses; accepting everybody loses 200 loans of 1,000.
    wrong = judges["B"].to_numpy() >= 0.16
    y = test["TARGET"].to_numpy()
    lost = -((y == 1) & ~wrong).sum() / 200 - 0.19 * ((y == 0) & wrong).sum() / 200
    assert found.gain.estimate == pytest.approx(lost)
    assert found.gain.low < lost < found.gain.high < 0
    assert found.reason == (
        f"on the same 1,000 test clients the new model saves {100 * lost:+.1f} points against the shipped one (95 % "
        f"interval {100 * found.gain.low:+.1f} to {100 * found.gain.high:+.1f}): it is worse beyond chance"
    )


def test_a_better_model_is_allowed_and_so_is_the_same(shipped):
    judges, test = clients()
    better = duel(shipped("B"), judges, test, 0.16, COSTS, {})
    assert better.allowed
    assert better.gain.low > 0
    same = duel(shipped("A"), judges, test, 0.16, COSTS, {})
    assert same.allowed
    assert (same.gain.low, same.gain.estimate, same.gain.high) == (0, 0, 0)
    assert same.reason == "on the same 1,000 test clients the new model decides as the shipped one: it is not worse"


def test_where_some_test_clients_were_drawn_the_reason_says_of_how_many(shipped):
    judges, test = clients()
    found = duel(shipped("B"), judges.head(600), test, 0.16, COSTS, {})
    assert found.reason.startswith("on the same 600 test clients (600 of 1,000 were drawn) the new model saves")


def but_for(test, wrong):
    """The new model's answers, but that it refuses so many good clients too."""
    good = test.filter(pl.col("TARGET") == 0)["SK_ID_CURR"].head(wrong)
    p = pl.when(pl.col("SK_ID_CURR").is_in(good.implode())).then(0.9).otherwise("PROBABILITY_OF_DEFAULT")
    return test.with_columns(PROBABILITY_OF_DEFAULT=p)


def exchanged(judges, test, pairs, lost=0):
    """Of the defaulters, so many whom the shipped one refuses are accepted, and so many whom it accepts are refused; of
    the former ``lost`` more."""
    bad, p = test["TARGET"].to_numpy() == 1, judges["B"].to_numpy().copy()
    p[np.flatnonzero(bad & (p > 0.5))[: pairs + lost]] = 0.05
    p[np.flatnonzero(bad & (judges["B"].to_numpy() < 0.5))[:pairs]] = 0.9
    return test.with_columns(PROBABILITY_OF_DEFAULT=p)


def test_a_model_that_is_a_little_worse_is_allowed_and_one_that_may_be_worse_by_more_is_not(shipped):
    """One more loan lost of 8,000 is an eightieth of a point, of 200 it is half a point and may be more by chance."""
    judges, test = clients(40_000)
    little = duel(shipped("B"), judges, exchanged(judges, test, 5, lost=1), 0.16, COSTS, {})
    assert little.gain.estimate == pytest.approx(-1 / 8000)
    assert -MARGIN < little.gain.low < little.gain.estimate < 0 < little.gain.high
    assert little.allowed
    judges, test = clients(1000)
    more = duel(shipped("B"), judges, exchanged(judges, test, 5), 0.16, COSTS, {})
    assert more.gain.estimate == 0
    assert more.gain.low < -MARGIN
    assert not more.allowed
    assert more.reason.endswith("that it is not worse by more than 0.5 points is not shown")


def test_a_difference_on_too_few_defaulters_shows_nothing(shipped):
    judges, test = clients(1000)
    found = duel(shipped("A"), judges, but_for(test, 4), 0.16, COSTS, {})
    assert (found.allowed, found.gain) == (False, None)
    assert found.reason.endswith("of the same 1,000 test clients they decide 4 otherwise, too few defaults to tell")


def test_an_interval_that_holds_both_shows_nothing():
    from credit.decision.intervals import Interval

    assert verdict(Interval(-0.139, -1.026, 0.008)) == "that it is not worse by more than 0.5 points is not shown"
    assert verdict(Interval(0.001, -MARGIN, 0.008)) == "it is not worse by more than 0.5 points"
    assert verdict(Interval(-0.02, -0.03, -0.001)) == "it is worse beyond chance"


def test_a_model_of_few_clients_does_not_take_the_place_though_no_difference_can_be_found(shipped):
    """The story: 400 clients, of whom 80 judge, and -37.6 points (-102.6 to +0.8) replaced the shipped model."""
    judges, test = clients(80)
    for p in (judges["B"], judges["A"]):  # neither a bad model nor the very same
        found = duel(shipped("A"), judges, test.with_columns(PROBABILITY_OF_DEFAULT=p), 0.16, COSTS, {})
        assert not found.allowed
        assert found.gain is None
        assert found.reason == (
            "it cannot be determined whether the new model is worse than the shipped one: 16 of 80 test clients "
            "defaulted, and at least 100 have to"
        )


@pytest.mark.parametrize(("defaults", "said"), [(ENOUGH_DEFAULTS - 1, False), (ENOUGH_DEFAULTS, True)])
def test_from_so_many_defaults_on_something_is_said(shipped, defaults, said):
    judges, test = clients()
    test = test.with_columns(TARGET=(pl.int_range(1000) < defaults).cast(int))
    found = duel(shipped("A"), judges, test, 0.16, COSTS, {})
    assert (found.gain is not None, found.allowed) == (said, said)


def test_an_equally_good_model_is_not_refused_because_the_shipped_one_has_learnt_the_test_clients(shipped):
    """The story: at 80 % overlap equally good challengers lost by 9.8 points, and 11 of 16 were refused.

    The shipped model knows the outcomes of those from whom it has learnt, of whom the hash says at least 0.04: four
    fifths of the judges. Of the others it knows what the new one knows.
    """
    judges, test = clients(5000)
    learnt = judges["MEMBERSHIP"].to_numpy() >= 0.04
    assert learnt.mean() == pytest.approx(0.8)
    flattered = judges.with_columns(A=np.where(learnt, judges["A"].to_numpy(), judges["B"].to_numpy()))
    test = test.with_columns(PROBABILITY_OF_DEFAULT=judges["B"])
    # The judgement on all of them would refuse it beyond chance.
    unfair = duel(shipped("A", share=0.2), flattered, test, 0.16, COSTS, {})
    assert unfair.gain.high < -0.09
    fair = duel(shipped("A", share=0.04), flattered, test, 0.16, COSTS, {})
    assert fair.allowed
    assert fair.gain.estimate == 0
    assert (fair.clients, fair.learnt) == (1000, 4000)
    assert (
        "on the same 1,000 test clients (4,000 more are left out: the shipped one has learnt from them)" in fair.reason
    )


def test_too_few_are_left_of_those_from_whom_the_shipped_model_has_not_learnt(shipped):
    judges, test = clients()
    found = duel(shipped("A", share=0.05), judges, test, 0.16, COSTS, {})
    assert not found.allowed
    assert (found.gain, found.clients, found.learnt) == (None, 250, 750)
    assert (
        "than the shipped one: 50 of 250 test clients (750 more are left out: the shipped one has learnt from"
        in found.reason
    )


def test_a_shipped_model_of_an_unknown_split_is_not_replaced_by_itself(shipped):
    judges, test = clients()
    path = shipped("B", share=None)
    found = duel(path, judges, test, 0.16, COSTS, {})
    assert not found.allowed
    assert found.reason.endswith("so from whom of them it has learnt is not known")
    assert duel(path, judges, test, 0.16, COSTS, {"fingerprint": "old"}).reason.endswith(", and its data were these")


def test_each_decides_at_its_own_threshold(shipped):
    # The shipped one refuses from 0.95 on: nobody. The new one at 0.16 knows.
    judges, test = clients()
    assert duel(shipped("A", threshold=0.95), judges, test, 0.16, COSTS, {}).gain.estimate == pytest.approx(1)
    assert not duel(shipped("A"), judges, test, 0.95, COSTS, {}).allowed


def test_errors_are_counted_at_the_costs_that_are_given(shipped):
    judges, test = clients()
    contrary = test.with_columns(PROBABILITY_OF_DEFAULT=1 - pl.col("PROBABILITY_OF_DEFAULT"))
    found = duel(shipped("A"), judges, contrary, 0.16, Costs(0.1, 0.5), {})
    # The shipped one knows who defaults, and loses nothing; the new one accepts just these: 0.1 * 800 and 0.5 * 200.
    assert found.gain.estimate == pytest.approx(-(80 + 100) / 100)


def test_at_other_costs_the_shipped_model_decides_at_their_break_even_probability(shipped):
    """Its own threshold is another's: a worse model would win by the new costs alone, which anybody can apply."""
    judges, test = clients()
    # By its own threshold the shipped one accepts everybody; at break-even it knows who defaults, as the new one does.
    held = duel(shipped("A", threshold=0.95), judges, test, 0.16, Costs(0.1, 0.5), {})
    assert (held.gain.estimate, held.allowed) == (0, True)
    worse = test.with_columns(PROBABILITY_OF_DEFAULT=judges["B"])
    assert not duel(shipped("A", threshold=0.95), judges, worse, 0.16, Costs(0.1, 0.5), {}).allowed


def test_both_are_judged_by_the_rule_that_is_served(shipped):
    """A review costs 20 and finds half of the wrong decisions; worked out by hand, client by client."""
    judges, test = clients()
    # At stake is min(p, 0.19 (1 - p)) 1,000: 50 at p = 0.05, 19 at p = 0.9. A reviewer finds half: 25 pays, 9.5 not.
    review = Review(20.0, 0.5)
    new = test.with_columns(PROBABILITY_OF_DEFAULT=judges["B"])
    found = duel(shipped("A", review=review), judges, new, 0.16, COSTS, {}, Review(5.0, 0.9))
    y, wrong = test["TARGET"].to_numpy(), judges["B"].to_numpy() > 0.5
    # Both refer all whom they would accept: half of a default's cost is left there, and each costs 20.
    shipped_costs = np.where(y == 1, 0.0, 20.0)  # A refuses who defaults, and has the 800 good ones reviewed
    new_costs = np.where(wrong, np.where(y == 1, 0.0, 190.0), 20.0 + np.where(y == 1, 500.0, 0.0))
    assert found.gain.estimate == pytest.approx((shipped_costs - new_costs).sum() / (200 * 1000))
    by_threshold = np.where(wrong, np.where(y == 1, 0.0, 190.0), np.where(y == 1, 1000.0, 0.0))
    assert found.by_threshold.estimate == pytest.approx(-by_threshold.sum() / (200 * 1000))
    gain, alone = (
        tuple(f"{100 * end:+.1f}" for end in (one.estimate, one.low, one.high))
        for one in (found.gain, found.by_threshold)
    )
    assert found.reason == (
        f"on the same 1,000 test clients the new model saves {gain[0]} points against the shipped one (95 % interval "
        f"{gain[1]} to {gain[2]}), reviews included, and by the thresholds alone {alone[0]} ({alone[1]} to "
        f"{alone[2]}): it is worse beyond chance"
    )


def test_a_model_that_only_the_reviewers_would_save_is_told_by_both_figures(shipped):
    """Reviews hide a difference or make one; the verdict is that of what is served."""
    judges, test = clients()
    perfect = Review(0.0, 1.0)  # free, and finds everything: everybody is reviewed, and no model matters
    new = test.with_columns(PROBABILITY_OF_DEFAULT=judges["B"])
    found = duel(shipped("A", review=perfect), judges, new, 0.16, COSTS, {})
    assert found.allowed
    assert (found.gain.estimate, found.gain.low) == (0, 0)
    assert found.by_threshold.high < 0
    nobody = Review(math.inf, 0.5, 0.0)
    alone = duel(shipped("A", review=nobody), judges, new, 0.16, COSTS, {})
    assert alone.gain == alone.by_threshold == found.by_threshold
    assert "reviews included" not in alone.reason


def test_at_other_costs_both_refer_by_the_new_models_review(shipped):
    """The shipped one's price was set for its own costs."""
    judges, test = clients()
    mine = Review(20.0, 0.5)
    path = shipped("B", review=Review(0.0, 1.0))
    found = duel(path, judges, test, 0.16, Costs(0.1, 0.5), {}, mine)
    assert shared_review(load_bundle(path), Costs(0.1, 0.5), mine) == mine
    assert shared_review(load_bundle(path), COSTS, mine) == Review(0.0, 1.0)
    assert found.gain.estimate > 0


@pytest.mark.parametrize(
    ("here", "made", "allowed"),
    [({"A": 1}, {"A": 1}, True), ({"A": 1}, {}, False), ({}, {}, True), ({}, {"A": 1}, True), (None, {}, True)],
)
def test_a_model_without_signs_takes_no_place_of_one_that_has_them(here, made, allowed):
    def model(signs):
        return None if signs is None else SimpleNamespace(manifest={"features": {"signs": signs}})

    found = held_to_sense(Verdict(True, "it is not worse"), model(here), model(made))
    assert found.allowed is allowed
    assert ("it is not worse; but it is held to no signs, as the shipped one is" in found.reason) is not allowed
    assert held_to_sense(Verdict(False, "it is worse"), model(here), model(made)) == Verdict(False, "it is worse")


def test_clients_are_met_by_their_number_and_not_by_their_place(shipped):
    judges, test = clients()
    half = judges.filter(pl.col("SK_ID_CURR") > 400)
    found = duel(shipped("A", threshold=0.95), half, test.sample(fraction=1, shuffle=True, seed=1), 0.16, COSTS, {})
    # The shipped one accepts everybody, the new one knows who defaults: nothing is lost.
    assert found.gain.estimate == 1
    assert "on the same 600 test clients" in found.reason


def test_amounts_may_be_none_of_the_features(shipped):
    judges, test = clients()
    worse = test.with_columns(PROBABILITY_OF_DEFAULT=judges["B"])
    path = shipped("A")
    assert duel(path, judges.drop("AMT_CREDIT"), worse, 0.16, COSTS, {}) == duel(path, judges, worse, 0.16, COSTS, {})


def test_a_missing_feature_reaches_the_shipped_model_as_such(shipped):
    judges, test = clients()
    unknown = judges.with_columns(A=pl.when(pl.col("SK_ID_CURR") > 1).then("A"))
    # Client 1 defaulted; unknown is 0.5, refused all the same. The new model accepts everybody, and loses all.
    accepting = test.with_columns(PROBABILITY_OF_DEFAULT=pl.lit(0.0))
    assert duel(shipped("A"), unknown, accepting, 0.16, COSTS, {}).gain.estimate == -1


def test_a_shipped_model_does_without_the_columns_that_these_tables_do_not_make(shipped):
    judges, test = clients()
    found = duel(shipped("A", "HOROSCOPE"), judges, test.with_columns(PROBABILITY_OF_DEFAULT=0.0), 0.16, COSTS, {})
    assert not found.allowed  # it accepts everybody, and the shipped one nobody who defaults
    assert found.gain.estimate == -1
    assert "which had to do without 1 columns that were not made, such as HOROSCOPE" in found.reason


def test_a_shipped_model_that_was_changed_is_told_and_not_opened(shipped):
    judges, test = clients()
    path = shipped("A")
    (path / "model.pkl").write_bytes(b"something else")
    found = duel(path, judges, test, 0.16, COSTS, {})
    assert found.allowed
    assert "cannot be used" in found.reason
    assert "was changed after it was exported" in found.reason


def test_test_clients_who_all_repaid_tell_nothing(shipped):
    judges, test = clients()
    found = duel(shipped("A"), judges, test.with_columns(TARGET=0), 0.16, COSTS, {})
    assert not found.allowed
    assert "0 of 1,000 test clients defaulted" in found.reason
