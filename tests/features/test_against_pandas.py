"""The recipe equals plain pandas: all 795 columns, made twice in two ways."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from credit.features import RECIPE, build
from credit.simulate import simulate
from credit.tables import HISTORIES, read

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "pandas_features.py"


@pytest.fixture(scope="module")
def pandas_features():
    spec = importlib.util.spec_from_file_location("pandas_features", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_column_of_the_recipe_equals_the_one_made_in_pandas(tmp_path, pandas_features):
    folder = simulate(tmp_path / "bank", 300, seed=2)
    theirs = pandas_features.features(folder).sort_index()
    ours = build(read(folder, ("application_train", *HISTORIES)), columns=RECIPE).collect().sort("SK_ID_CURR")
    names = pandas_features.names(theirs.columns)
    assert sorted(names.values()) == sorted(RECIPE)
    for column, name in names.items():
        expected = theirs[column].to_numpy(dtype=float, na_value=np.nan)
        np.testing.assert_allclose(
            ours[name].fill_null(np.nan).to_numpy(), expected, rtol=1e-9, atol=1e-7, equal_nan=True, err_msg=name
        )
