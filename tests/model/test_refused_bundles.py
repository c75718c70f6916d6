"""What is no bundle, or was changed, is refused before anything of it is unpickled."""

import json
import pickle

import cloudpickle
import joblib
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from support.bundles import change, sign, some_clients

from credit.model import BundleError, bundle, load_bundle
from credit.model.manifest import sha256

# -- loading what is not right -----------------------------------------------------------------------------------------


def refusal(folder):
    with pytest.raises(BundleError) as caught:
        load_bundle(folder)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    text = refusal(tmp_path / "nothing")
    assert text.startswith(f"There is no folder {tmp_path / 'nothing'} with a model.")
    assert "retrain with make run" in text


@pytest.mark.parametrize("name", ["model.pkl", "columns.pkl", "best_threshold", "manifest.json"])
def test_a_file_that_is_missing_is_named(folder, name):
    (folder / name).unlink()
    assert refusal(folder).startswith(f"{folder / name} is missing.")


@pytest.mark.parametrize("name", ["model.pkl", "columns.pkl", "best_threshold"])
def test_one_changed_byte_is_found(folder, name):
    path = folder / name
    written, content = sha256(path), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert refusal(folder) == (
        f"{path} was changed after it was exported: its SHA-256 begins {sha256(path)[:8]}, the manifest says "
        f"{written[:8]}. Restore the folder (git checkout mlruns_reduced brings the shipped one back), or retrain with "
        "make run."
    )


def test_a_model_that_was_cut_short_is_found(folder):
    path = folder / "model.pkl"
    path.write_bytes(path.read_bytes()[:-100])
    assert "was changed after it was exported" in refusal(folder)


def test_nothing_is_unpickled_before_the_hashes_agree(folder, tmp_path):
    trace = tmp_path / "run"

    class Trap:
        def __reduce__(self):
            return open, (str(trace), "w")

    for name in ("model.pkl", "columns.pkl"):
        (folder / name).write_bytes(pickle.dumps(Trap()))
    refusal(folder)
    assert not trace.exists()


@pytest.mark.parametrize("package", ["scikit-learn", "lightgbm", "numpy"])
def test_pickles_of_another_series_are_refused_before_they_are_opened(folder, package, monkeypatch):
    change(folder, "versions", package, "0.3.9")
    monkeypatch.setattr(bundle, "_unpickled", lambda path: pytest.fail("unpickled"))
    text = refusal(folder)
    assert f"was written with {package} 0.3.9" in text
    assert f"Install {package}==0.3.*" in text


def test_another_patch_release_is_no_obstacle(folder):
    installed = json.loads((folder / "manifest.json").read_text())["versions"]["numpy"]
    change(folder, "versions", "numpy", ".".join([*installed.split(".")[:2], "99"]))
    assert load_bundle(folder).threshold == 0.16


def test_a_manifest_of_a_later_format_is_refused(folder):
    change(folder, None, "format", 2)
    assert "has format 2, and this version reads format 1" in refusal(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", "[" * 100_000])
def test_a_manifest_that_is_none_is_refused(folder, text):
    (folder / "manifest.json").write_text(text)
    assert str(folder / "manifest.json") in refusal(folder)


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        (None, "files", {}),
        (None, "files", []),
        ("files", "model.pkl", "abc"),
        ("files", "best_threshold", 5),
        (None, "versions", None),
        ("versions", "numpy", 2),
        (None, "data", {}),
        ("data", "simulated", "yes"),
        (None, "model", "LightGBM"),
        (None, "created", "yesterday"),
        (None, "created", None),
    ],
)
def test_a_manifest_that_says_too_little_is_refused(folder, section, name, value):
    change(folder, section, name, value)
    assert "manifest.json must" in refusal(folder)


@pytest.mark.parametrize("text", ["", "1.7", "0", "1", "-0.1", "nan", "sixteen", "0.1 0.2", "0,16"])
def test_a_threshold_that_is_none_is_refused(folder, text):
    (folder / "best_threshold").write_text(text)
    sign(folder)
    assert f"best_threshold must hold one number between 0 and 1, not {text!r}." in refusal(folder)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("AMT_CREDIT", "must hold a list of column names"),
        ([], "must hold a list of column names"),
        (["AMT_CREDIT", 5, "EXT_SOURCE_2"], "must hold a list of column names"),
        (["AMT_CREDIT", "EXT_SOURCE_2", "AMT_CREDIT"], "names 'AMT_CREDIT' more than once"),
        (["AMT_CREDIT", "EXT_SOURCE_2", "SK_ID_CURR"], "is never a feature"),
        (["AMT_CREDIT", "EXT_SOURCE_2", 'the "best"'], "quotation marks"),
        (["AMT_CREDIT", "EXT_SOURCE_2"], "wants 3 columns, and columns.pkl names 2"),
    ],
)
def test_columns_that_cannot_be_the_models_are_refused(folder, columns, words):
    joblib.dump(columns, folder / "columns.pkl")
    sign(folder)
    assert words in refusal(folder)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"not": "a model"}, "holds a dict, which has no predict_proba"),
        (DummyClassifier().fit(np.zeros((3, 3)), [0, 1, 2]), "must know two classes"),
        (DummyClassifier().fit(np.zeros((2, 3)), [0, 0]), "must know two classes"),
    ],
)
def test_a_model_that_cannot_decide_is_refused(folder, other, words):
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(other))
    sign(folder)
    assert words in refusal(folder)


def test_a_model_that_cannot_do_without_a_feature_is_refused(folder):
    X, y = some_clients()
    (folder / "model.pkl").write_bytes(cloudpickle.dumps(LogisticRegression().fit(np.nan_to_num(X), y)))
    sign(folder)
    assert "cannot score a client with missing features" in refusal(folder)


def test_a_pickle_of_something_that_is_gone_is_refused(folder):
    (folder / "model.pkl").write_bytes(b"cno_such_module\nModel\n.")
    sign(folder)
    assert "model.pkl cannot be unpickled (ModuleNotFoundError: No module named 'no_such_module')" in refusal(folder)
