"""Splits of an exported model: a value in double precision goes where its rounded one went in training."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lightgbm import Booster, Dataset, LGBMClassifier, train

from credit.model import load_bundle, save_bundle
from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated, Calibration
from credit.model.column_subset import ChosenColumns
from credit.model.single_precision import SinglePrecision
from credit.training.candidates import CANDIDATES, candidate
from credit.training.served_precision import for_service, last_on_the_left, widened

SETTINGS = {"objective": "binary", "num_leaves": 15, "min_child_samples": 5, "verbose": -1, "num_threads": 1, "seed": 7}
#: Those who teach: few, so that splits lie in gaps, where others' values are.
FEW = slice(0, 150)
ORDINARY = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-30)


@given(ORDINARY, st.integers(-3, 3))
@example(0.1, 0)
@example(16777216.0, 1)  # beyond it not every whole number is a single one
@example(float(np.float32(0.1)), 0)
def test_a_number_is_on_the_side_of_its_rounded_one(threshold, steps):
    found = last_on_the_left(threshold)
    assert float(np.float32(found)) <= threshold
    assert float(np.float32(np.nextafter(found, np.inf))) > threshold
    near = found + steps * np.spacing(found)
    assert (near <= found) == (float(np.float32(near)) <= threshold)


def test_a_threshold_worked_out_by_hand():
    # Singles near 1 are 2**-23 apart: 1 + 2**-23 is the next one, and what lies in the middle goes to 1, the even one.
    assert last_on_the_left(1.0) == 1 + 2.0**-24
    # The next one is odd: its upper middle goes to the even one above, and so belongs to the right.
    assert last_on_the_left(1 + 2.0**-23) == np.nextafter(1 + 1.5 * 2.0**-23, 0)


@pytest.fixture(scope="module")
def clients():
    """Features in double precision, of which single precision keeps a sixteenth, and outcomes."""
    rng = np.random.default_rng(3)
    x = 1e6 + rng.uniform(0, 8, (4_000, 4))
    y = (x[:, 0] - x[:, 2] + rng.normal(size=4_000) > 0).astype(int)
    x[rng.random(x.shape) < 0.05] = np.nan
    return x, y


@pytest.fixture(scope="module")
def booster(clients):
    x, y = clients
    return train(SETTINGS, Dataset(x[FEW].astype(np.float32), y[FEW]), 60)


def single(x):
    """As a training holds them."""
    return x.astype(np.float32).astype(np.float64)


def test_every_client_is_in_the_leaf_that_it_would_be_in_in_training(clients, booster):
    x, _ = clients
    there = booster.predict(single(x), pred_leaf=True)
    assert (booster.predict(x, pred_leaf=True) != there).any()  # without it some were in others
    served = Booster(model_str=widened(booster.model_to_string()))
    assert (served.predict(x, pred_leaf=True) == there).all()
    assert (served.predict(single(x)) == booster.predict(single(x))).all()


def test_models_of_every_make_are_exported(clients, booster):
    x, y = clients
    line = Calibration(0.9, 0.1)
    wide = np.hstack([np.full((len(x), 1), 9.0), x])
    own = LGBMClassifier(**{k: v for k, v in SETTINGS.items() if k != "objective"}, n_estimators=20)
    own.fit(x[FEW].astype(np.float32), y[FEW])
    for model, given_ in (
        (Calibrated(ChosenColumns(Boosted(booster), [1, 2, 3, 4], 5), line), wide),
        (Calibrated(Boosted(booster), line), x),
        (Calibrated(own, line), x),
    ):
        before = model.predict_proba(single(given_))[:, 1]
        found = for_service(model)
        assert (found.predict_proba(given_)[:, 1] == before).all()
        assert (model.predict_proba(given_)[:, 1] != before).any()  # the model that was handed over is as it was


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda one: one.name)
def test_every_candidate_of_the_comparison_decides_on_numbers_in_double_as_on_the_same_in_single(
    clients, candidate, tmp_path
):
    x, y = clients
    estimator = candidate.make(7).fit(x[FEW].astype(np.float32), y[FEW])
    served = for_service(Calibrated(estimator, Calibration(0.9, 0.1)))
    trained = Calibrated(estimator, Calibration(0.9, 0.1)).predict_proba(x.astype(np.float32))[:, 1]
    for given_ in (x.astype(np.float32), single(x), x):
        np.testing.assert_array_equal(served.predict_proba(given_)[:, 1], trained)
        np.testing.assert_array_equal(served.predict(given_), trained >= 0.5)
    manifest = {"data": {"simulated": True}, "model": {"name": candidate.name}}
    bundle = save_bundle(tmp_path / "bundle", served, ["A", "B", "C", "D"], 0.2, manifest)
    found = load_bundle(bundle).probability(x)
    np.testing.assert_allclose(found, trained, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found >= 0.2, trained >= 0.2)


def test_gradient_boosting_as_it_is_decides_otherwise(clients):
    """What is mended: at the splits of a histogram a number in double falls to the other side."""
    x, y = clients
    estimator = candidate("Gradient Boosting").make(7).fit(x[FEW].astype(np.float32), y[FEW])
    assert (estimator.predict_proba(x)[:, 1] != estimator.predict_proba(x.astype(np.float32))[:, 1]).any()
    once = for_service(Calibrated(estimator, Calibration()))
    assert isinstance(once.estimator, SinglePrecision)
    assert for_service(once) is once
