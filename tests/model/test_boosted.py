"""A booster that learnt from probabilities is a classifier like any other: arrays in, two probabilities out."""

import cloudpickle
import lightgbm as lgb
import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone

from credit.model import lightgbm_fast
from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated, Calibration
from credit.model.column_subset import ChosenColumns


@pytest.fixture(scope="module")
def clients():
    return np.random.default_rng(1).normal(size=(400, 3))


@pytest.fixture(scope="module")
def boosted(clients):
    label = expit(clients[:, 0] - 2)
    settings = {"objective": "cross_entropy", "num_leaves": 4, "verbose": -1, "num_threads": 1}
    return Boosted(lgb.train(settings, lgb.Dataset(clients, label), 30))


def test_it_says_the_chances_of_repaying_and_of_default(boosted, clients):
    p = boosted.predict_proba(clients)
    assert p.shape == (400, 2)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(p[:, 1], expit(boosted.booster_.predict(clients, raw_score=True)), atol=1e-12)
    assert np.abs(p[:, 1] - expit(clients[:, 0] - 2)).mean() < 0.03  # it learnt what it was given
    assert boosted.classes_.tolist() == [0, 1]
    assert boosted.n_features_in_ == 3
    assert (boosted.predict(clients) == (p[:, 1] >= 0.5)).all()


def test_it_is_not_fitted_again(boosted, clients):
    with pytest.raises(TypeError, match="wrapped when it has learnt"):
        boosted.fit(clients, clients[:, 0] > 0)


def test_it_survives_a_pickle_and_a_copy(boosted, clients):
    again = cloudpickle.loads(cloudpickle.dumps(boosted))
    np.testing.assert_array_equal(again.predict_proba(clients), boosted.predict_proba(clients))
    np.testing.assert_array_equal(clone(boosted).predict_proba(clients), boosted.predict_proba(clients))


def test_the_short_way_through_its_booster_gives_the_same(boosted, clients):
    assert lightgbm_fast.trees(boosted).booster is boosted.booster
    np.testing.assert_allclose(
        lightgbm_fast.through_booster(boosted)(clients), boosted.predict_proba(clients)[:, 1], rtol=0, atol=1e-12
    )
    lightgbm_fast.one_thread(boosted.set_params(n_jobs=4))
    assert boosted.n_jobs == 1


@pytest.mark.parametrize("kind", ["booster", "classifier"])
def test_whole_numbers_and_floats_are_the_same_client(kind):
    """LightGBM by itself takes int64 as float32, in which 16,777,217 is 16,777,216."""
    amounts = 2**24 + np.arange(400).reshape(-1, 1)
    odd = np.arange(400) % 2
    settings = {"num_leaves": 400, "max_bin": 1000, "min_data_in_bin": 1, "verbose": -1}
    if kind == "booster":
        held = lgb.Dataset(amounts.astype(float), odd)
        found = lgb.train({"objective": "binary", "min_data_in_leaf": 1, "num_threads": 1, **settings}, held, 50)
        model = Boosted(found)
    else:
        model = lgb.LGBMClassifier(n_estimators=50, min_child_samples=1, n_jobs=1, **settings)
        model.fit(amounts.astype(float), odd)
    exported = Calibrated(ChosenColumns(model, [1], 2), Calibration())
    clients = np.column_stack([np.zeros(400, dtype=np.int64), amounts])
    expected = exported.predict_proba(clients.astype(float))
    assert ((expected[:, 1] > 0.5) == odd).all()
    for same in (clients, clients.tolist(), clients.astype(object)):
        np.testing.assert_array_equal(exported.predict_proba(same), expected)
    if kind == "booster":
        np.testing.assert_array_equal(model.predict_proba(amounts), expected)
