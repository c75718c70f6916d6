"""Which models can be written down exactly, and that the nodes say what LightGBM does."""

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from support import small
from support.shipped import ROOT

from credit.model import load_bundle, save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.scorecard.tree_nodes import NotExportable, boosted_trees


def saved(folder, model, name="LightGBM"):
    manifest = {"data": {"simulated": True}, "model": {"name": name}}
    return load_bundle(save_bundle(folder, Calibrated(model, Calibration(0.9, 0.1)), small.COLUMNS, 0.16, manifest))


def clients(n=500):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 3))
    x[:, 0] = rng.integers(0, 4, n)
    x[rng.random((n, 3)) < 0.2] = np.nan
    return x, (rng.random(n) < 1 / (1 + np.exp(-np.nan_to_num(x[:, 2])))).astype(int)


def test_the_shipped_model_is_read_with_all_its_trees():
    model = load_bundle(ROOT / "mlruns_reduced")
    made = boosted_trees(model)
    assert len(made.trees) == model.manifest["model"]["trees"]
    assert {*made.columns} <= {*model.columns}


def test_a_column_without_gaps_in_training_takes_a_gap_for_zero(tmp_path):
    x, y = clients()
    full = np.nan_to_num(x)
    model = saved(tmp_path / "b", LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1).fit(full, y))
    made = boosted_trees(model)
    gaps = {name: np.full(1, np.nan) for name in model.columns}
    zeros = {name: np.zeros(1) for name in model.columns}
    assert made.log_odds(gaps, 1) == made.log_odds(zeros, 1)


def test_numbers_next_to_zero_are_zero_as_lightgbm_has_it(tmp_path):
    x, y = clients()
    model = saved(tmp_path / "b", LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1).fit(x, y))
    near = np.array([-2e-35, -1e-35, -9e-36, -5e-324, -0.0, 0.0, 5e-324, 1e-36, 1e-35, 2e-35])
    rows = np.zeros((len(near), 3))
    rows[:, 0] = near
    values = {name: rows[:, place] for name, place in model.index.items()}
    p = 1 / (1 + np.exp(-boosted_trees(model).log_odds(values, len(near))))
    np.testing.assert_allclose(p, model.probability(rows), rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"zero_as_missing": True}, "takes 0 in .+ for a gap"),
        ({"linear_tree": True}, "lines in its leaves"),
        ({"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1}, "do not add up to log odds"),
        ({"objective": "cross_entropy_lambda"}, "do not add up to log odds"),
    ],
)
def test_what_is_more_than_splits_of_numbers_is_refused(settings, said, tmp_path):
    x, y = clients()
    made = LGBMClassifier(**{"n_estimators": 10, "verbose": -1, "n_jobs": 1, **settings}).fit(x, y)
    with pytest.raises(NotExportable, match=said):
        boosted_trees(saved(tmp_path / "b", made))


def test_a_split_by_categories_is_refused(tmp_path):
    x, y = clients()
    made = LGBMClassifier(
        n_estimators=10, verbose=-1, n_jobs=1, min_child_samples=5, min_data_per_group=5, cat_smooth=1
    )
    y = np.where(np.isin(x[:, 0], (0, 2)), 1, y)
    with pytest.raises(NotExportable, match="CODE_GENDER by a set of categories"):
        boosted_trees(saved(tmp_path / "b", made.fit(x, y, categorical_feature=[0])))


def test_a_forest_is_refused_with_what_to_do(tmp_path):
    x, y = clients()
    made = RandomForestClassifier(5, random_state=0).fit(x, y)
    with pytest.raises(NotExportable, match=r"a Random Forest is not made of LightGBM's trees.+--to points --data DIR"):
        boosted_trees(saved(tmp_path / "b", made, "Random Forest"))
