"""Saving and rewriting a bundle: whole or not at all."""

import json
import platform
from pathlib import Path

import cloudpickle
import joblib
import pytest
from support.bundles import COLUMNS, MANIFEST

from credit.model import BundleError, bundle, load_bundle, read_threshold, rewrite_bundle, save_bundle
from credit.model.calibration import Calibrated, Calibration
from credit.model.manifest import sha256

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
