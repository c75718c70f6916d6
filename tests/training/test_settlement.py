"""From the best model to a served one: a good model is shipped, a bad one after it refused, unless it is forced."""

import json
import shutil

import mlflow
import numpy as np
import polars as pl
import pytest
from mlflow import MlflowClient
from mlflow.types import DataType
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier

from credit import cost, scorer, training
from credit.exposure import Exposure
from credit.models import Candidate
from credit.points import Scale
from credit.training import settle, tracking
from credit.training.outcome import Outcome
from credit.training.recording import record_comparison

GOOD = Candidate("Forest", lambda seed: RandomForestClassifier(30, min_samples_leaf=20, random_state=seed))
USELESS = Candidate("Dummy", lambda seed: DummyClassifier(strategy="prior"))


@pytest.fixture(scope="module")
def models(made_up):
    """Data, parts, a good model, a useless one, the predecessor."""
    data = made_up(2000)
    parts = training.split(data)
    good, useless = (training.search(one, data, parts) for one in (GOOD, USELESS))
    return data, parts, good, useless, training.predecessor(data, parts)


def recorded(models, one):
    """A comparison in which this model is the best."""
    data, parts, *_, before = models
    original = training.search(USELESS, training.application_columns(data), parts)
    record_comparison(data, parts, [one], original, {"seed": 7, "clients": len(data)}, before)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def aliases():
    return {name: int(number) for name, number in MlflowClient().get_registered_model("credit-scoring").aliases.items()}


@pytest.fixture(scope="module")
def history(models, open_store, tmp_path_factory):
    """A good model settled, again with other points, a useless one, by force, and again; what was seen after each.

    In turn: what settle gave, the bundle's bytes, the aliases, the newest run "Best Threshold".
    """
    folder = open_store(tmp_path_factory.mktemp("settled"))
    bundle, seen = folder / "bundle", []

    def settled(**settings):
        found = settle(bundle, **settings)
        run = mlflow.search_runs(
            experiment_names=[tracking.EXPERIMENT],
            filter_string="attributes.run_name = 'Best Threshold'",
            order_by=["attributes.start_time DESC"],
            output_format="list",
        )[0]
        seen.append((found, contents(bundle), aliases(), run))

    recorded(models, models[2])
    settled(scale=Scale(500, 30, 40))
    settled()
    recorded(models, models[3])
    settled()
    manifest = json.loads((bundle / "manifest.json").read_text())
    settled(force=True)
    settled()
    return bundle, seen, manifest


def test_a_first_model_is_shipped(history):
    found, files, _, _ = history[1][0]
    assert found.outcome.shipped is True
    assert found.outcome.reason == f"no model is shipped in {history[0]} yet"
    assert {"model.pkl", "columns.pkl", "best_threshold", "manifest.json", "MLmodel", "MODEL_CARD.md"} <= set(files)
    assert float(files["best_threshold"]) == found.threshold.value


def test_the_threshold_is_searched_on_predictions_out_of_fold(history, models):
    found = history[1][0][0]
    data, parts, good, *_ = models
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    curve = cost.cost_curve(y, good.out_of_fold, amount)
    assert (found.threshold.curve == curve).all()
    assert found.threshold.value == cost.best_threshold(curve)[0]
    assert found.redrawn.curves.shape == (500, 99)
    np.testing.assert_allclose(found.exposure.curve(), curve)
    assert found.outcome.refer == found.redrawn.refer(found.threshold.value)


def test_the_manifest_keeps_what_serving_and_other_thresholds_need(history, models):
    found, files, _, _ = history[1][0]
    manifest = json.loads(files["manifest.json"])
    data, _, good, *_ = models
    assert manifest["data"] == data.source
    assert manifest["model"]["name"] == "Forest"
    assert manifest["model"]["seed"] == 7
    assert manifest["model"]["training_clients"] == 1600
    assert manifest["costs"] == {"margin": 0.19, "loss_given_default": 1.0}
    assert manifest["threshold"]["best"] == found.threshold.value
    assert manifest["threshold"]["break_even"] == pytest.approx(0.19 / 1.19)
    assert manifest["threshold"]["out_of_fold_cost"] == found.threshold.cost
    assert (manifest["refer"]["low"], manifest["refer"]["high"]) == found.outcome.refer
    assert manifest["refer"]["low"] <= found.threshold.value <= manifest["refer"]["high"]
    assert manifest["points"] == {"points": 500, "odds": 30, "double": 40}
    assert manifest["calibration"]["slope"] == good.calibration.slope
    assert set(manifest["calibration"]["out_of_fold"]) == {
        "calibration_slope",
        "calibration_in_the_large",
        "calibration_error",
    }
    np.testing.assert_allclose(Exposure.read(manifest["exposure"]).curve(), found.threshold.curve, rtol=1e-9)
    assert manifest["features"]["missing"]["AMT_CREDIT"] == 0
    metrics = manifest["metrics"]
    assert metrics["test_clients"] == 400
    for name in ("saving", "roc_auc", "calibration_error"):
        assert metrics[f"{name}_low"] <= metrics[name] <= metrics[f"{name}_high"]
    assert sum(row["clients"] for row in manifest["groups"] if row["attribute"] == "gender") == 400
    assert sum(row["clients"] for row in manifest["reliability"]) == 400
    assert list(manifest["gains"]) == ["predecessor at 0.48", "predecessor at its best", "the true probability"]
    # The second time without a scale of one's own.
    assert json.loads(history[1][1][1]["manifest.json"])["points"] == {"points": 600, "odds": 50, "double": 20}


def test_the_shipped_model_answers_as_the_one_that_was_trained(history, models, tmp_path):
    for name, content in history[1][0][1].items():
        (tmp_path / name).write_bytes(content)
    data, parts, good, *_ = models
    loaded = scorer.load(tmp_path)
    x = data.x[parts.test]
    np.testing.assert_allclose(loaded.probability(x), good.probability(x), rtol=0, atol=1e-12)
    assert loaded.columns == data.columns


def test_the_outcome_is_told_with_its_gains_and_the_best_row(history):
    outcome = history[1][0][0].outcome
    assert "Forest at its threshold" in outcome.closing["model"].to_list()
    assert [gain.than for gain in outcome.gains] == [
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]


def test_an_outcome_is_kept_and_read_again(history, tmp_path):
    outcome = history[1][2][0].outcome
    outcome.write(tmp_path / "new")
    again = Outcome.read(tmp_path / "new")
    assert again.closing.equals(outcome.closing)
    assert (again.gains, again.refer, again.shipped, again.reason) == (
        outcome.gains,
        outcome.refer,
        outcome.shipped,
        outcome.reason,
    )
    with pytest.raises(FileNotFoundError):
        Outcome.read(tmp_path)


def test_a_model_as_good_takes_the_place_of_the_shipped_one(history):
    found, _, _, _ = history[1][1]
    assert found.outcome.shipped is True
    # Both decide alike on every test client: no defaults tell them apart.
    assert "cannot show which model costs less: too few defaults to tell" in found.outcome.reason


def test_a_worse_model_is_refused_and_nothing_of_the_bundle_is_touched(history):
    found, files, _, _ = history[1][2]
    assert found.outcome.shipped is False
    assert found.outcome.reason.startswith("on the same 400 test clients the new model saves -")
    assert "points against the shipped one (95 % interval -" in found.outcome.reason
    assert found.outcome.reason.endswith("it is worse beyond chance")
    # Both were trained on the same data.
    assert "flatters" not in found.outcome.reason
    assert files == history[1][1][1]
    assert history[2]["model"]["name"] == "Forest"
    assert "Dummy at its threshold" in found.outcome.closing["model"].to_list()


def test_a_worse_model_is_shipped_by_force(history):
    found, files, _, _ = history[1][3]
    assert found.outcome.shipped is True
    assert found.outcome.reason == history[1][2][0].outcome.reason
    assert json.loads(files["manifest.json"])["model"]["name"] == "Dummy"
    assert scorer.load(history[0]).manifest["model"]["name"] == "Dummy"


def test_an_equal_model_leaves_every_byte_as_it_is_and_says_so(history):
    found, files, _, _ = history[1][4]
    assert (found.outcome.equal, found.outcome.shipped) == (True, False)
    assert found.outcome.reason == (
        f"the model in {history[0]} is the same: the same data, columns, threshold and figures, and the same "
        "probabilities of 400 test clients"
    )
    assert files == history[1][3][1]
    assert [seen[0].outcome.equal for seen in history[1]] == [False, False, False, False, True]


def test_an_equal_model_is_exported_by_force_and_registered_where_nobody_has(history, models, open_store, tmp_path):
    open_store(tmp_path / "another store")
    shutil.copytree(history[0], tmp_path / "bundle")
    before = contents(tmp_path / "bundle")
    recorded(models, models[3])
    assert settle(tmp_path / "bundle").outcome.equal
    assert contents(tmp_path / "bundle") == before
    assert aliases() == {"champion": 1}
    forced = settle(tmp_path / "bundle", force=True).outcome
    assert (forced.equal, forced.shipped) == (False, True)
    assert aliases() == {"champion": 2, "previous": 1}


def test_the_registered_model_names_the_shipped_version_and_the_other(history):
    assert [seen[2] for seen in history[1]] == [
        {"champion": 1},
        {"champion": 2, "previous": 1},
        {"champion": 2, "previous": 1, "challenger": 3},  # refused
        {"champion": 4, "previous": 2, "challenger": 3},  # forced
        {"champion": 4, "previous": 2, "challenger": 3},  # equal
    ]


def test_the_registered_champion_is_the_shipped_model(history, models):
    tracking.open_store(history[0].parent)
    x = models[0].x[:20]
    for alias, name in (("champion", 3), ("previous", 2)):
        loaded = mlflow.sklearn.load_model(f"models:/credit-scoring@{alias}")
        expected = models[name].probability(x)
        np.testing.assert_allclose(loaded.predict_proba(x)[:, 1], expected, rtol=0, atol=1e-12)


def test_the_registered_model_has_a_signature_of_named_columns(history, models):
    tracking.open_store(history[0].parent)
    version = MlflowClient().get_model_version_by_alias("credit-scoring", "champion")
    assert version.run_id == history[1][3][3].info.run_id
    info = mlflow.models.get_model_info("models:/credit-scoring@champion")
    assert info.signature.inputs.input_names() == list(models[0].columns)
    assert set(info.signature.inputs.input_types()) == {DataType.double}
    assert info.signature.outputs.inputs[0].shape == (-1, 2)
    x = models[0].x[:20]
    by_name = pl.DataFrame(x, schema=models[0].columns, orient="row").select(models[0].columns[::-1])
    found = mlflow.pyfunc.load_model("models:/credit-scoring@champion").predict(by_name.to_pandas())
    np.testing.assert_allclose(found[:, 1], models[3].probability(x), rtol=0, atol=1e-12)


def test_the_run_tells_threshold_costs_and_verdict(history):
    for found, _, _, run in history[1]:
        told, metrics = run.data.params, run.data.metrics
        assert told["shipped"] == str(found.outcome.shipped)
        assert told["verdict"] == found.outcome.reason
        assert (told["margin"], told["loss_given_default"]) == ("0.19", "1.0")
        assert metrics["best_threshold"] == found.threshold.value
        assert metrics["best_cost"] == pytest.approx(found.threshold.cost)
        assert (metrics["refer_low"], metrics["refer_high"]) == found.outcome.refer
        costs = [metrics[f"cost_threshold_{hundredth / 100:.2f}"] for hundredth in range(1, 100)]
        assert costs == pytest.approx(found.threshold.curve)
        assert run.inputs.dataset_inputs[0].dataset.name == "bank"
        files = {file.path for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id)}
        assert {"cost_curve.png", "sensitivity.png", "closing_table.parquet"} <= files


def test_nothing_is_settled_before_a_comparison(open_store, tmp_path):
    open_store(tmp_path)
    with pytest.raises(tracking.TrackingError, match="no finished run 'Best Model'"):
        settle(tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()
