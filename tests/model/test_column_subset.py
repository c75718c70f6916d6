"""A classifier of chosen columns, handed all of them."""

import cloudpickle
import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression

from credit.model import lightgbm_fast
from credit.model.calibration import Calibrated, Calibration
from credit.model.column_subset import ChosenColumns


def clients(n=300):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 5))
    return x, (rng.random(n) < 1 / (1 + np.exp(1 - 2 * x[:, 3]))).astype(int)


@pytest.fixture(scope="module")
def chosen():
    x, y = clients()
    return ChosenColumns(LogisticRegression().fit(x[:, [1, 3]], y), [1, 3], 5)


def test_it_answers_by_its_columns_alone(chosen):
    x, _ = clients()
    expected = chosen.estimator.predict_proba(x[:, [1, 3]])
    np.testing.assert_array_equal(chosen.predict_proba(x), expected)
    np.testing.assert_array_equal(chosen.predict(x), expected[:, 1] >= 0.5)
    spoilt = x.copy()
    spoilt[:, [0, 2, 4]] = np.nan
    np.testing.assert_array_equal(chosen.predict_proba(spoilt), expected)


def test_columns_are_taken_by_their_positions():
    class Told:
        def predict_proba(self, x):
            return x

    assert ChosenColumns(Told(), [0, 2], 4).predict_proba([[10, 11, 12, 13]]).tolist() == [[10, 12]]


def test_it_says_how_many_columns_it_is_handed(chosen):
    assert chosen.n_features_in_ == 5
    assert chosen.classes_.tolist() == [0, 1]
    assert Calibrated(chosen, Calibration()).n_features_in_ == 5


def test_it_is_not_fitted_again(chosen):
    with pytest.raises(TypeError, match="chosen and fitted together"):
        chosen.fit(*clients())


def test_it_survives_a_pickle(chosen):
    x, _ = clients(20)
    again = cloudpickle.loads(cloudpickle.dumps(chosen))
    np.testing.assert_array_equal(again.predict_proba(x), chosen.predict_proba(x))


@pytest.mark.parametrize("calibration", [Calibration(), Calibration(0.8, -0.3)])
def test_the_way_through_the_booster_reads_the_chosen_columns(calibration):
    x, y = clients()
    trees = LGBMClassifier(n_estimators=15, num_leaves=4, min_child_samples=5, verbose=-1, n_jobs=1)
    model = Calibrated(ChosenColumns(trees.fit(x[:, [1, 3]], y), [1, 3], 5), calibration)
    parts = lightgbm_fast.trees(model)
    assert parts.booster is trees.booster_
    assert parts.positions.tolist() == [1, 3]
    assert parts.calibration == calibration
    np.testing.assert_array_equal(parts.read(x), x[:, [1, 3]])
    shortcut = lightgbm_fast.through_booster(model)
    np.testing.assert_allclose(shortcut(x), model.predict_proba(x)[:, 1], rtol=0, atol=1e-12)
    lightgbm_fast.one_thread(model.set_params(estimator__estimator__n_jobs=4))
    assert trees.n_jobs == 1


def test_what_is_no_lightgbm_has_no_trees(chosen):
    assert lightgbm_fast.trees(chosen) is None
    assert lightgbm_fast.trees(Calibrated(chosen, Calibration())) is None


def test_a_lightgbm_of_all_columns_reads_all():
    x, y = clients()
    parts = lightgbm_fast.trees(LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1).fit(x, y))
    assert parts.positions is None
    assert parts.read(x) is x
    assert parts.calibration == Calibration()
