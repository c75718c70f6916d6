"""What other programs read of a model, written for a bundle that was exported without it; the model stays."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from mlflow.models import Model

from credit.cli import main
from credit.model import load_bundle
from credit.model.manifest import BundleError
from credit.training.description import describe

SHIPPED = Path(__file__).parents[2] / "mlruns_reduced"
KEPT = ("model.pkl", "columns.pkl", "best_threshold", "manifest.json", "profile.json")


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """A copy of the shipped model, described by the command."""
    folder = shutil.copytree(SHIPPED, tmp_path_factory.mktemp("described") / "model")
    (folder / "code").mkdir(exist_ok=True)
    (folder / "code" / "of_an_earlier_version.py").touch()
    done = CliRunner().invoke(main, ["describe", "--bundle", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


def digests(folder):
    return [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in KEPT]


def test_model_threshold_and_figures_stay_byte_by_byte(described):
    assert digests(described)[:3] == digests(SHIPPED)[:3]
    before, after = (json.loads((folder / "manifest.json").read_text()) for folder in (SHIPPED, described))
    assert before == after
    text = (described / "MODEL_CARD.md").read_text()
    assert text.startswith("---\nlicense: unknown\n")
    assert text.endswith((SHIPPED / "MODEL_CARD.md").read_text().rpartition("# Model card")[2])


def test_what_an_earlier_description_left_is_gone(described):
    assert not (described / "code" / "of_an_earlier_version.py").exists()


def test_the_description_has_an_example_that_the_model_answers(described):
    model = Model.load(str(described))
    assert model.signature.inputs.input_names() == list(load_bundle(described).columns)
    example = mlflow.pyfunc.load_model(str(described)).input_example
    assert example.loc[0, "AMT_CREDIT"] == 450_000
    wanted = load_bundle(described).probability(example.to_numpy(np.float64))
    assert 0 < wanted[0] < 1
    model = mlflow.pyfunc.load_model(str(described))
    np.testing.assert_array_equal(model.predict(example)[:, 1], wanted)
    # What a server of MLflow's is sent: the same client, under the one key that it takes for such a model.
    (posted,) = json.loads((described / "serving_input_example.json").read_text()).items()
    assert posted[0] == "inputs"
    np.testing.assert_array_equal(model.predict(posted[1])[:, 1], wanted)


def test_without_this_package_the_model_answers_by_the_code_that_travels_with_it(described, tmp_path):
    """In a process whose import of the installed package fails, as where it is not there, far from the project."""
    columns = list(load_bundle(described).columns)
    X = np.random.default_rng(3).normal(size=(4, len(columns)))
    np.save(tmp_path / "X.npy", X)
    copy = shutil.copytree(described, tmp_path / "moved")
    code = f"""
import importlib.util, sys
assert importlib.util.find_spec("credit") is None
import mlflow, numpy as np, pandas as pd
model = mlflow.pyfunc.load_model({str(copy)!r})
frame = pd.DataFrame(np.load("X.npy"), columns={columns!r})
np.save("found.npy", model.predict(frame[frame.columns[::-1]]))
import credit
print(credit.__file__)
"""
    # -S leaves out what editable installations add; the packages' own folder is named in their place.
    site = Path(mlflow.__file__).parents[1]
    settings = {**os.environ, "PYTHONPATH": str(site), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=tmp_path, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert Path(done.stdout.strip()).is_relative_to(copy / "code" / "package")
    np.testing.assert_array_equal(np.load(tmp_path / "found.npy")[:, 1], load_bundle(described).probability(X))


def test_where_the_package_is_installed_it_is_the_package_that_answers(described):
    code = f"""
import mlflow
mlflow.pyfunc.load_model({str(described)!r})
import credit
from credit.training import description
print(credit.__file__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == SHIPPED.parent / "credit" / "__init__.py"


def test_a_column_that_no_model_reads_is_said_and_makes_no_difference(described):
    model = mlflow.pyfunc.load_model(str(described))
    example = model.input_example
    with pytest.warns(UserWarning, match="the model does not read these columns, which make no difference: AMT_CREDT"):
        found = model.predict(pd.concat([example, pd.DataFrame({"AMT_CREDT": [1.0]})], axis=1))
    np.testing.assert_array_equal(found, model.predict(example))


def test_a_folder_that_cannot_be_loaded_is_left_as_it_is(described, tmp_path):
    copy = shutil.copytree(described, tmp_path / "model")
    (copy / "model.pkl").write_bytes(b"another")
    with pytest.raises(BundleError, match="was changed after it was exported"):
        describe(copy)
    assert (copy / "MLmodel").read_text() == (described / "MLmodel").read_text()
