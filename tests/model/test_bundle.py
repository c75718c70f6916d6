import json
import pickle
import platform
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import cloudpickle
import joblib
import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from credit.model import BundleError, bundle, lightgbm_fast, load_bundle, read_threshold, rewrite_bundle, save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.model.manifest import sha256

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "NAME_CONTRACT_TYPE_Cash loans"]
MANIFEST = {"data": {"simulated": True, "clients": 400}, "model": {"name": "LightGBM"}}


def some_clients(n=400, seed=3):
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, len(COLUMNS)))
    y = (generator.random(n) < 1 / (1 + np.exp(1.5 - X[:, 1]))).astype(int)
    X[generator.random(X.shape) < 0.2] = np.nan
    return X, y


def boosted(**settings):
    return LGBMClassifier(n_estimators=20, num_leaves=5, min_child_samples=5, verbose=-1, n_jobs=1, **settings).fit(
        *some_clients()
    )


@pytest.fixture(scope="module")
def model():
    return Calibrated(boosted(), Calibration(0.8, -0.3))


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    return save_bundle(tmp_path_factory.mktemp("saved") / "mlruns_reduced", model, COLUMNS, 0.16, MANIFEST)


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of the bundle that a test may break."""
    return shutil.copytree(saved, tmp_path / "my model" / "mlruns_reduced")


def sign(folder):
    """Make the manifest agree with the files, as if they had been exported so."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"] = {name: sha256(folder / name) for name in manifest["files"]}
    path.write_text(json.dumps(manifest))


def change(folder, section, name, value):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    if section:
        manifest[section][name] = value
    else:
        manifest[name] = value
    path.write_text(json.dumps(manifest))


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


# -- saving ------------------------------------------------------------------------------------------------------------


def test_saving_writes_files_versions_and_time(saved):
    manifest = json.loads((saved / "manifest.json").read_text())
    assert manifest["format"] == 1
    assert set(manifest["files"]) == {"model.pkl", "columns.pkl", "best_threshold"}
    assert {"python", "scikit-learn", "lightgbm", "numpy", "joblib"} <= set(manifest["versions"])
    assert manifest["versions"]["processor"] == platform.machine()
    assert manifest["created"].endswith("+00:00")
    assert (saved / "best_threshold").read_text() == "0.16\n"
    assert joblib.load(saved / "columns.pkl") == COLUMNS
    assert joblib.load(saved / "model.pkl").calibration == Calibration(0.8, -0.3)


def test_saving_replaces_the_folder_and_leaves_nothing_beside(folder, model):
    (folder / "left over").write_text("from an earlier export")
    save_bundle(folder, model, COLUMNS, 0.2, MANIFEST)
    assert load_bundle(folder).threshold == 0.2
    assert [path.name for path in folder.parent.iterdir()] == ["mlruns_reduced"]
    assert not (folder / "left over").exists()


def test_the_files_of_mlflow_lie_beside_and_its_model_is_the_one_that_is_kept(tmp_path, model):
    flavour = tmp_path / "flavour"
    flavour.mkdir()
    (flavour / "MLmodel").write_text("flavors: {}\n")
    (flavour / "model.pkl").write_bytes(cloudpickle.dumps(model, protocol=4))
    written = save_bundle(tmp_path / "bundle", model, COLUMNS, 0.16, MANIFEST, extra_files=flavour)
    assert (written / "MLmodel").read_text() == "flavors: {}\n"
    assert (written / "model.pkl").read_bytes() == (flavour / "model.pkl").read_bytes()


def test_a_file_that_answers_otherwise_than_the_model_is_not_saved(folder, model, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.pkl").write_bytes(cloudpickle.dumps(Calibrated(model.estimator, Calibration(0.8, 0.3))))
    with pytest.raises(BundleError, match="does not answer as the model that was handed over"):
        save_bundle(folder, model, COLUMNS, 0.2, MANIFEST, extra_files=other)
    assert load_bundle(folder).threshold == 0.16


@pytest.mark.parametrize(
    ("columns", "threshold", "manifest"),
    [
        (COLUMNS[:2], 0.16, MANIFEST),
        (COLUMNS, 1.7, MANIFEST),
        (COLUMNS, float("nan"), MANIFEST),
        ([*COLUMNS[:2], COLUMNS[0]], 0.16, MANIFEST),
        (COLUMNS, 0.16, {"model": {"name": "LightGBM"}}),
    ],
    ids=["too few columns", "threshold 1.7", "threshold NaN", "a column twice", "no word on the data"],
)
def test_what_could_not_be_loaded_is_not_saved(folder, model, columns, threshold, manifest):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(BundleError):
        save_bundle(folder, model, columns, threshold, manifest)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["mlruns_reduced"]


@pytest.mark.parametrize(
    "write",
    [
        lambda folder, model: save_bundle(folder, model, COLUMNS, 0.2, MANIFEST),
        lambda folder, _: rewrite_bundle(folder, 0.25, dict),
    ],
    ids=["save", "rewrite"],
)
def test_what_fails_at_the_last_step_puts_the_old_folder_back(folder, model, monkeypatch, write):
    rename = Path.rename

    def failing(self, target):
        if ".new-" in self.name:
            raise OSError("the disk is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="the disk is gone"):
        write(folder, model)
    assert load_bundle(folder).threshold == 0.16


def test_an_export_that_was_killed_between_the_renames_is_told_and_mended(folder, model):
    folder.rename(folder.with_name(".mlruns_reduced.old"))
    with pytest.raises(BundleError, match=r"was interrupted: rename .*\.mlruns_reduced\.old to .*mlruns_reduced"):
        load_bundle(folder)
    with pytest.raises(BundleError):
        save_bundle(folder, model, COLUMNS, 1.7, MANIFEST)
    assert load_bundle(folder).threshold == 0.16


def test_pages_are_written_from_the_full_manifest(folder, model):
    seen = []

    def pages(manifest):
        seen.append(manifest)
        return {"MODEL_CARD.md": f"# {manifest['model']['name']}, größer\n"}

    save_bundle(folder, model, COLUMNS, 0.2, MANIFEST, pages=pages)
    assert (folder / "MODEL_CARD.md").read_text(encoding="utf-8") == "# LightGBM, größer\n"
    assert seen == [json.loads((folder / "manifest.json").read_text())]
    assert seen[0]["files"]["model.pkl"] == sha256(folder / "model.pkl")


def test_a_page_that_cannot_be_written_leaves_the_old_folder(folder, model):
    def pages(manifest):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save_bundle(folder, model, COLUMNS, 0.2, MANIFEST, pages=pages)
    assert load_bundle(folder).threshold == 0.16
    assert [path.name for path in folder.parent.iterdir()] == ["mlruns_reduced"]


# -- another threshold for a model that stays --------------------------------------------------------------------------


def test_a_rewritten_bundle_has_another_threshold_and_the_same_model(folder):
    (folder / "MLmodel").write_text("flavors: {}\n")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    kept = json.loads(before["manifest.json"])
    assert rewrite_bundle(folder, 0.25, lambda manifest: {**manifest, "costs": {"margin": 0.3}}) == folder
    loaded = load_bundle(folder)
    assert loaded.threshold == read_threshold(folder) == 0.25
    for name in ("model.pkl", "columns.pkl", "MLmodel"):
        assert (folder / name).read_bytes() == before[name]
    files = {**kept["files"], "best_threshold": sha256(folder / "best_threshold")}
    assert loaded.manifest == {**kept, "costs": {"margin": 0.3}, "files": files}
    assert files["best_threshold"] != kept["files"]["best_threshold"]
    assert [path.name for path in folder.parent.iterdir()] == ["mlruns_reduced"]


def test_pages_of_a_rewritten_bundle_are_written_anew(folder):
    (folder / "MODEL_CARD.md").write_text("old")
    rewrite_bundle(folder, 0.25, dict, lambda full: {"MODEL_CARD.md": f"{full['model']['name']}"})
    assert (folder / "MODEL_CARD.md").read_text() == "LightGBM"


def test_hashes_of_model_and_columns_cannot_be_changed_by_rewriting(folder):
    rewrite_bundle(folder, 0.25, lambda manifest: {**manifest, "files": {}})
    assert load_bundle(folder).threshold == 0.25


@pytest.mark.parametrize("threshold", [0.0, 1.0, 1.7, float("nan")])
def test_a_threshold_that_could_not_be_loaded_is_not_written(folder, threshold):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(BundleError, match="must hold one number between 0 and 1"):
        rewrite_bundle(folder, threshold, dict)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["mlruns_reduced"]


def test_a_manifest_that_could_not_be_loaded_is_not_written(folder):
    with pytest.raises(BundleError, match="under data whether it was simulated"):
        rewrite_bundle(folder, 0.25, lambda manifest: {**manifest, "data": {}})
    assert load_bundle(folder).threshold == 0.16


@pytest.mark.parametrize("name", ["model.pkl", "columns.pkl", "best_threshold"])
def test_a_bundle_that_was_changed_is_not_rewritten(folder, name):
    (folder / name).write_bytes(b"0.5")
    for refused in (lambda: rewrite_bundle(folder, 0.25, dict), lambda: read_threshold(folder)):
        with pytest.raises(BundleError, match="was changed after it was exported"):
            refused()


def test_the_threshold_of_a_folder_is_read_without_unpickling(folder, monkeypatch):
    monkeypatch.setattr(bundle, "_unpickled", lambda *_: pytest.fail("unpickled"))
    assert read_threshold(folder) == 0.16


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
