"""The duel with the shipped model, of models whose answers are known."""

import numpy as np
import polars as pl
import pytest

from credit import scorer
from credit.training.promotion import duel

COSTS = {"margin": 0.19, "loss_given_default": 1.0}


class Says:
    """Answers with one of its columns: a probability that somebody wrote down."""

    classes_ = np.array([0, 1])

    def __init__(self, position):
        self.position = position

    def predict_proba(self, x):
        p = np.nan_to_num(x[:, self.position], nan=0.5)
        return np.column_stack([1 - p, p])


def clients(n=400, seed=0):
    """Test clients: A knows who defaults, B knows nothing; every fifth defaulted, all ask for 1,000."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) % 5 == 0).astype(int)
    known = np.where(y == 1, 0.9, 0.05)
    judges = pl.DataFrame(
        {
            "SK_ID_CURR": np.arange(n) + 1,
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

    def shipped(*columns, threshold=0.16, fingerprint="old"):
        manifest = {"data": {"simulated": True, "fingerprint": fingerprint}, "model": {"name": "Says"}}
        return scorer.save(tmp_path / "bundle", Says(0), columns, threshold, manifest)

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
    # refuses; accepting everybody loses 80 loans of 400.
    wrong = judges["B"].to_numpy() >= 0.16
    y = test["TARGET"].to_numpy()
    lost = -((y == 1) & ~wrong).sum() / 80 - 0.19 * ((y == 0) & wrong).sum() / 80
    assert found.gain.estimate == pytest.approx(lost)
    assert found.gain.low < lost < found.gain.high < 0
    assert found.reason == (
        f"on the same 400 test clients the new model saves {100 * lost:+.1f} points against the shipped one (95 % "
        f"interval {100 * found.gain.low:+.1f} to {100 * found.gain.high:+.1f}); if the shipped one was trained on "
        "some of them, that flatters it: it is worse beyond chance"
    )


def test_the_same_data_flatters_nobody(shipped):
    judges, test = clients()
    worse = test.with_columns(PROBABILITY_OF_DEFAULT=judges["B"])
    found = duel(shipped("A"), judges, worse, 0.16, COSTS, {"fingerprint": "old"})
    assert not found.allowed
    assert "flatters" not in found.reason


def test_a_better_model_is_allowed_and_so_is_the_same(shipped):
    judges, test = clients()
    better = duel(shipped("B"), judges, test, 0.16, COSTS, {})
    assert better.allowed
    assert better.gain.low > 0
    assert "worse" not in better.reason
    same = duel(shipped("A"), judges, test, 0.16, COSTS, {})
    assert same.allowed
    assert same.gain is None
    assert same.reason == "the same 400 test clients cannot show which model costs less: too few defaults to tell"


def test_one_defaulter_is_not_enough_for_a_verdict(shipped):
    # The new model accepts one defaulter whom the shipped one refuses, and is perfect otherwise.
    judges, test = clients()
    first = test.with_columns(
        PROBABILITY_OF_DEFAULT=pl.when(pl.col("SK_ID_CURR") == 1).then(0.05).otherwise("PROBABILITY_OF_DEFAULT")
    )
    found = duel(shipped("A"), judges, first, 0.16, COSTS, {})
    assert (found.allowed, found.gain) == (True, None)
    # And nine defaults among all clients are not, however badly it does.
    few = test.with_columns(TARGET=pl.when(pl.col("SK_ID_CURR") < 45).then("TARGET").otherwise(0))
    assert few["TARGET"].sum() == 9
    assert duel(shipped("A"), judges, few.with_columns(PROBABILITY_OF_DEFAULT=0.05), 0.16, COSTS, {}).gain is None


def test_a_model_that_may_be_as_good_is_allowed(shipped):
    # Of the defaulters, six whom the shipped one refuses are accepted, and five whom it accepts are refused: one loan
    # of eighty more is lost, within what chance does.
    judges, test = clients()
    bad = test["TARGET"].to_numpy() == 1
    p = judges["B"].to_numpy().copy()
    refused, accepted = np.flatnonzero(bad & (p > 0.5))[:6], np.flatnonzero(bad & (p < 0.5))[:5]
    p[refused], p[accepted] = 0.05, 0.9
    found = duel(shipped("B"), judges, test.with_columns(PROBABILITY_OF_DEFAULT=p), 0.16, COSTS, {})
    assert found.gain.estimate == pytest.approx(-1 / 80)
    assert found.gain.low < -1 / 80 < 0 < found.gain.high
    assert found.allowed


def test_each_decides_at_its_own_threshold(shipped):
    # The shipped one refuses from 0.95 on: nobody. The new one at 0.16 knows.
    judges, test = clients()
    assert duel(shipped("A", threshold=0.95), judges, test, 0.16, COSTS, {}).gain.estimate == pytest.approx(1)
    assert not duel(shipped("A"), judges, test, 0.95, COSTS, {}).allowed


def test_errors_are_counted_at_the_costs_that_are_given(shipped):
    judges, test = clients()
    everybody = test.with_columns(PROBABILITY_OF_DEFAULT=pl.lit(1.0))
    found = duel(shipped("A", threshold=0.95), judges, everybody, 0.16, {"margin": 0.1, "loss_given_default": 0.5}, {})
    # The shipped one accepts all 400, and loses 0.5 * 80; the new one refuses all, and loses 0.1 * 320.
    assert found.gain.estimate == pytest.approx((40 - 32) / 40)


def test_clients_are_met_by_their_number_and_not_by_their_place(shipped):
    judges, test = clients()
    half = judges.filter(pl.col("SK_ID_CURR") > 200)
    found = duel(shipped("A", threshold=0.95), half, test.sample(fraction=1, shuffle=True, seed=1), 0.16, COSTS, {})
    # The shipped one accepts everybody, the new one knows who defaults: nothing is lost.
    assert found.gain.estimate == 1
    assert "on the same 200 test clients" in found.reason


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
    assert found.allowed
    assert "none of the test clients defaulted" in found.reason
