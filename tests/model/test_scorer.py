"""A loaded bundle answers as the model that was saved, for clients of any kind."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from support.bundles import COLUMNS, MANIFEST, boosted, some_clients

from credit.model import lightgbm_fast, load_bundle, save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.model.manifest import sha256

# -- what a scorer answers ---------------------------------------------------------------------------------------------


def test_a_loaded_scorer_answers_as_the_model_that_was_saved(saved, model):
    X, _ = some_clients(50, seed=9)
    np.testing.assert_allclose(
        load_bundle(saved).probability(X), model.predict_proba(X)[:, 1], rtol=0, atol=lightgbm_fast.TOLERANCE
    )


def test_a_loaded_scorer_introduces_itself(saved):
    loaded = load_bundle(saved)
    assert loaded.columns == tuple(COLUMNS)
    assert loaded.index == {"AMT_CREDIT": 0, "EXT_SOURCE_2": 1, "NAME_CONTRACT_TYPE_Cash loans": 2}
    assert loaded.threshold == 0.16
    assert loaded.model_hash == sha256(saved / "model.pkl")
    assert loaded.manifest["data"] == {"simulated": True, "clients": 400}


def test_a_probability_at_the_threshold_is_refused(saved):
    refused = load_bundle(saved).refused(np.array([0.0, 0.1599999, 0.16, 0.1600001, 1.0]))
    assert refused.tolist() == [False, False, True, True, True]


def test_a_client_of_whom_nothing_is_known_gets_a_probability(saved):
    p = load_bundle(saved).probability(np.full((1, 3), np.nan))
    assert p.shape == (1,)
    assert 0 < p[0] < 1


@pytest.mark.parametrize("shape", [(3,), (1, 2), (2, 4)])
def test_an_array_of_another_shape_is_refused(saved, shape):
    with pytest.raises(ValueError, match=r"X must have the shape \(clients, 3\)"):
        load_bundle(saved).probability(np.zeros(shape))


@pytest.mark.parametrize(
    "calibration", [Calibration(), Calibration(0.8, -0.3), Calibration(1.4, 0.9), Calibration(0.01, -9.0)]
)
def test_the_way_through_the_booster_equals_predict_proba(calibration):
    model = Calibrated(boosted(), calibration)
    X = np.vstack([some_clients(2000, seed=5)[0], lightgbm_fast.probe(3, 2000), np.full((1, 3), np.nan)])
    shortcut = lightgbm_fast.through_booster(model)
    np.testing.assert_allclose(shortcut(X), model.predict_proba(X)[:, 1], rtol=0, atol=1e-12)


def test_certain_scores_are_held_in_as_the_calibration_holds_them():
    X = np.repeat([[0.0], [1.0]], 10_000, axis=0)
    sure = LGBMClassifier(n_estimators=60, num_leaves=2, learning_rate=0.5, verbose=-1, n_jobs=1)
    model = Calibrated(sure.fit(X, X[:, 0].astype(int)), Calibration(0.9, 0.0))
    raw = sure.predict_proba(X)[:, 1]
    assert raw.min() < 1e-6 < 1 - 1e-6 < raw.max()  # beyond where log odds are held
    np.testing.assert_allclose(
        lightgbm_fast.through_booster(model)(X), model.predict_proba(X)[:, 1], rtol=0, atol=1e-12
    )


def test_the_shortcut_is_dropped_where_it_is_not_proved(monkeypatch, model):
    monkeypatch.setattr(lightgbm_fast, "through_booster", lambda _: lambda X: np.full(len(X), 0.5))
    X, _ = some_clients(20)
    np.testing.assert_array_equal(lightgbm_fast.default_probability(model, 3)(X), model.predict_proba(X)[:, 1])


def test_a_model_of_another_make_answers_its_own_way(tmp_path):
    X, y = some_clients()
    forest = RandomForestClassifier(n_estimators=5, random_state=1, n_jobs=-1).fit(X, y)
    loaded = load_bundle(save_bundle(tmp_path / "forest", Calibrated(forest, Calibration()), COLUMNS, 0.5, MANIFEST))
    np.testing.assert_allclose(loaded.probability(X), forest.predict_proba(X)[:, 1])
    assert loaded.model.estimator.n_jobs == 1


def test_lightgbm_predicts_on_one_thread_wherever_it_is():
    inner = boosted().set_params(n_jobs=4)
    model = Calibrated(make_pipeline(FunctionTransformer(), inner), Calibration())
    lightgbm_fast.one_thread(model)
    assert inner.n_jobs == 1


def test_the_columns_reach_lightgbm_without_a_warning(saved):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_bundle(saved).probability(np.zeros((2, 3)))


def test_serving_needs_no_pandas_mlflow_or_pictures():
    program = (
        "import sys\n"
        "for name in ('pandas', 'mlflow', 'evidently', 'matplotlib', 'pyarrow'): sys.modules[name] = None\n"
        "import credit.web.application, credit.web.payload.raw_tables, credit.model, credit.decision_log"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
