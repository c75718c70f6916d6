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

from credit import training
from credit.decision import cost
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.points import Scale
from credit.decision.review import Plan, Review
from credit.model import load_bundle
from credit.training import finalize, tracking
from credit.training.candidates import Candidate
from credit.training.recording import record_comparison
from credit.training.result import Outcome

GOOD = Candidate("Forest", lambda seed: RandomForestClassifier(30, min_samples_leaf=20, random_state=seed))
USELESS = Candidate("Dummy", lambda seed: DummyClassifier(strategy="prior"))


@pytest.fixture(scope="module")
def models(made_up):
    """Data, parts, a good model, a useless one, the predecessor."""
    data = made_up(6000)  # some 1,200 of them are test clients, of whom 150 default: enough to be compared
    parts = training.split(data)
    good, useless = (training.search(one, data, parts, costs=Costs()) for one in (GOOD, USELESS))
    return data, parts, good, useless, training.predecessor(data, parts, costs=Costs())


def recorded(models, one):
    """A comparison in which this model is the best."""
    data, parts, *_, before = models
    original = training.search(USELESS, training.application_columns(data), parts, costs=Costs())
    settings = {"seed": 7, "clients": len(data)}
    return record_comparison(data, parts, [one], original, settings, before, costs=Costs())[1]


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def aliases():
    return {name: int(number) for name, number in MlflowClient().get_registered_model("credit-scoring").aliases.items()}


@pytest.fixture(scope="module")
def history(models, open_store, tmp_path_factory):
    """A good model settled, again with other points, a useless one, by force, and again; what was seen after each.

    In turn: what settle gave, the bundle's bytes, the aliases, the newest run "Best Threshold".
    """
    folder = open_store(tmp_path_factory.mktemp("settled"))
    bundle, seen = folder / "bundle", []

    def settled(best, **settings):
        found = finalize(bundle, best, **settings)
        run = mlflow.search_runs(
            experiment_names=[tracking.EXPERIMENT],
            filter_string="attributes.run_name = 'Best Threshold'",
            order_by=["attributes.start_time DESC"],
            output_format="list",
        )[0]
        seen.append((found, contents(bundle), aliases(), run))

    good = recorded(models, models[2])
    settled(good, scale=Scale(500, 30, 40))
    settled(good)
    useless = recorded(models, models[3])
    settled(useless)
    manifest = json.loads((bundle / "manifest.json").read_text())
    settled(useless, force=True)
    settled(useless)
    return bundle, seen, manifest


def test_a_first_model_is_shipped(history):
    found, files, _, _ = history[1][0]
    assert found.outcome.shipped is True
    assert found.outcome.reason == f"no model is shipped in {history[0]} yet"
    assert {"model.pkl", "columns.pkl", "best_threshold", "manifest.json", "MLmodel", "MODEL_CARD.md"} <= set(files)
    assert float(files["best_threshold"]) == found.threshold.value == 0.19 / 1.19  # in full


def test_the_threshold_is_chosen_on_predictions_out_of_fold(history, models):
    found = history[1][0][0]
    data, parts, good, *_ = models
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    curve = cost.cost_curve(y, good.out_of_fold, amount)
    assert (found.threshold.curve == curve).all()
    assert found.threshold.searched.estimate == cost.best_threshold(curve)[0]
    assert found.threshold.cost == pytest.approx(cost.cost(y, good.out_of_fold >= 0.19 / 1.19, amount))
    assert found.redrawn.curves.shape == (500, 99)
    np.testing.assert_allclose(found.exposure.curve(Costs()), curve)
    assert found.threshold.alike == found.redrawn.alike(found.threshold.value)
    assert found.review == Review.at_capacity(good.out_of_fold, amount, Costs(), 0.1, 0.5)
    assert found.review.pays(good.out_of_fold, amount, Costs()).mean() == pytest.approx(0.1, abs=0.001)


def test_the_manifest_keeps_what_serving_and_other_thresholds_need(history, models):
    found, files, _, _ = history[1][0]
    manifest = json.loads(files["manifest.json"])
    data, _, good, *_ = models
    assert manifest["data"] == data.source
    assert manifest["model"]["name"] == "Forest"
    assert manifest["model"]["seed"] == 7
    assert manifest["model"]["training_clients"] == len(models[1].train)
    assert manifest["model"]["split"] == {"rule": "person-1", "test_share": 0.2}
    assert manifest["costs"] == {"margin": 0.19, "loss_given_default": 1.0}
    assert manifest["threshold"] == found.threshold.to_dict()
    assert manifest["review"] == found.review.to_dict()
    assert "refer" not in manifest
    served = found.outcome.closing.filter(pl.col("model") == "Forest as served").row(0, named=True)
    assert manifest["served"]["referred"] == served["referred"] > 0
    assert manifest["served"]["accepted"] + served["referred"] + served["refused"] == pytest.approx(1)
    assert manifest["served"]["saving_low"] < manifest["served"]["saving"] < manifest["served"]["saving_high"]
    for group in manifest["groups"]:
        if group["clients"]:
            assert group["accepted"] + group["referred"] + group["refused"] == pytest.approx(1, abs=1e-5)
    assert manifest["points"] == {"points": 500, "odds": 30, "double": 40}
    assert manifest["calibration"]["slope"] == good.calibration.slope
    assert set(manifest["calibration"]["out_of_fold"]) == {
        "calibration_slope",
        "calibration_in_the_large",
        "calibration_error",
    }
    np.testing.assert_allclose(Exposure.read(manifest["exposure"]).curve(Costs()), found.threshold.curve, rtol=1e-9)
    assert manifest["features"]["missing"]["AMT_CREDIT"] == 0
    metrics = manifest["metrics"]
    judged = len(models[1].test)
    assert metrics["test_clients"] == judged
    for name in ("saving", "roc_auc", "calibration_error"):
        assert metrics[f"{name}_low"] <= metrics[name] <= metrics[f"{name}_high"]
    assert sum(row["clients"] for row in manifest["groups"] if row["attribute"] == "gender") == judged
    assert sum(row["clients"] for row in manifest["reliability"]) == judged
    assert list(manifest["gains"]) == ["predecessor at 0.48", "predecessor at its best", "the true probability"]
    # The second time without a scale of one's own.
    assert json.loads(history[1][1][1]["manifest.json"])["points"] == {"points": 600, "odds": 50, "double": 20}


def test_the_shipped_model_answers_as_the_one_that_was_trained(history, models, tmp_path):
    for name, content in history[1][0][1].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    data, parts, good, *_ = models
    loaded = load_bundle(tmp_path)
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
    assert (again.gains, again.notes, again.shipped, again.reason) == (
        outcome.gains,
        outcome.notes,
        outcome.shipped,
        outcome.reason,
    )
    with pytest.raises(FileNotFoundError):
        Outcome.read(tmp_path)


def test_a_model_as_good_takes_the_place_of_the_shipped_one(history):
    found, _, _, _ = history[1][1]
    assert found.outcome.shipped is True
    assert found.outcome.reason.endswith("test clients the new model decides as the shipped one: it is not worse")


def test_a_worse_model_is_refused_and_nothing_of_the_bundle_is_touched(history, models):
    found, files, _, _ = history[1][2]
    assert found.outcome.shipped is False
    assert found.outcome.reason.startswith(f"on the same {len(models[1].test):,} test clients the new model saves -")
    assert "points against the shipped one (95 % interval -" in found.outcome.reason
    assert found.outcome.reason.endswith("it is worse beyond chance")
    assert files == history[1][1][1]
    assert history[2]["model"]["name"] == "Forest"
    assert "Dummy at its threshold" in found.outcome.closing["model"].to_list()


def test_a_worse_model_is_shipped_by_force(history):
    found, files, _, _ = history[1][3]
    assert found.outcome.shipped is True
    assert found.outcome.reason == history[1][2][0].outcome.reason
    assert json.loads(files["manifest.json"])["model"]["name"] == "Dummy"
    assert load_bundle(history[0]).manifest["model"]["name"] == "Dummy"


def test_an_equal_model_leaves_every_byte_as_it_is_and_says_so(history, models):
    found, files, _, _ = history[1][4]
    assert (found.outcome.equal, found.outcome.shipped) == (True, False)
    assert found.outcome.reason == (
        f"the model in {history[0]} is the same: the same data, columns, threshold and figures, and the same "
        f"probabilities of {len(models[1].test):,} test clients"
    )
    assert files == history[1][3][1]
    assert [seen[0].outcome.equal for seen in history[1]] == [False, False, False, False, True]


def test_an_equal_model_is_exported_by_force_and_registered_where_nobody_has(history, models, open_store, tmp_path):
    open_store(tmp_path / "another store")
    shutil.copytree(history[0], tmp_path / "bundle")
    before = contents(tmp_path / "bundle")
    best = recorded(models, models[3])
    assert finalize(tmp_path / "bundle", best).outcome.equal
    assert contents(tmp_path / "bundle") == before
    assert aliases() == {"champion": 1}
    forced = finalize(tmp_path / "bundle", best, force=True).outcome
    assert (forced.equal, forced.shipped) == (False, True)
    # The champion before it was the same model: to go back to it would change nothing.
    assert aliases() == {"champion": 2}


def test_the_registered_model_names_the_shipped_version_and_the_other(history):
    assert [seen[2] for seen in history[1]] == [
        {"champion": 1},
        {"champion": 2},  # the same model with other points: decides alike
        {"champion": 2, "challenger": 3},  # refused
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
        assert (metrics["alike_low"], metrics["alike_high"]) == found.threshold.alike
        assert metrics["searched_threshold"] == found.threshold.searched.estimate
        assert metrics["searched_cost"] == pytest.approx(min(found.threshold.curve))
        assert (told["threshold_rule"], told["review_skill"]) == ("break-even", "0.5")
        costs = [metrics[f"cost_threshold_{hundredth / 100:.2f}"] for hundredth in range(1, 100)]
        assert costs == pytest.approx(found.threshold.curve)
        assert run.inputs.dataset_inputs[0].dataset.name == "bank"
        files = {file.path for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id)}
        assert {"cost_curve.png", "sensitivity.png", "closing_table.parquet"} <= files


def test_nothing_is_settled_before_a_comparison(open_store, tmp_path):
    open_store(tmp_path)
    with pytest.raises(tracking.TrackingError, match="there is no run 'nowhere'"):
        finalize(tmp_path / "bundle", "nowhere")
    assert not (tmp_path / "bundle").exists()


def test_a_run_that_is_no_best_model_or_has_not_finished_is_not_settled(open_store, tmp_path):
    open_store(tmp_path)
    with tracking.run("Champion") as other:
        pass
    with pytest.raises(tracking.TrackingError, match="is 'Champion' and not 'Best Model'"):
        finalize(tmp_path / "bundle", other.run_id)
    with (
        tracking.run("Best Model") as begun,
        pytest.raises(tracking.TrackingError, match=r"has not finished \(RUNNING\)"),
    ):
        finalize(tmp_path / "bundle", begun.run_id)
    assert not (tmp_path / "bundle").exists()


def test_of_two_trainings_side_by_side_each_ships_its_own_model(models, open_store, tmp_path):
    """The second has recorded its model before the first settles: the newest is not the one to take."""
    open_store(tmp_path)
    first = recorded(models, models[2])
    second = recorded(models, models[3])
    finalize(tmp_path / "first", first)
    finalize(tmp_path / "second", second)
    names = [load_bundle(tmp_path / folder).manifest["model"]["name"] for folder in ("first", "second")]
    assert names == ["Forest", "Dummy"]


def test_costs_come_from_the_comparison_and_reviews_from_the_plan(models, open_store, tmp_path):
    data, parts, good, *_ = models
    open_store(tmp_path)
    costs = Costs(0.3, 0.6)
    original = training.search(USELESS, training.application_columns(data), parts, costs=costs)
    before = training.predecessor(data, parts, costs=costs)
    good = training.search(GOOD, data, parts, costs=costs)
    settings = {"seed": 7, "clients": len(data)}
    _, best = record_comparison(data, parts, [good], original, settings, before, costs=costs)
    found = finalize(tmp_path / "bundle", best, plan=Plan(0.8, None, 5000.0))
    assert (found.costs, found.review) == (costs, Review(5000.0, 0.8))
    manifest = load_bundle(tmp_path / "bundle").manifest
    assert manifest["costs"] == costs.to_dict()
    assert manifest["threshold"]["break_even"] == pytest.approx(1 / 3)
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    assert (
        found.threshold.curve == cost.cost_curve(y, good.out_of_fold, amount, margin=0.3, loss_given_default=0.6)
    ).all()
    test = {row["model"]: row for row in found.outcome.closing.iter_rows(named=True)}
    y, amount = data.defaulted[parts.test], data.amount[parts.test]
    assert test["accept everybody"]["test_cost"] == pytest.approx(0.6 * amount[y == 1].sum())
    assert test["refuse everybody"]["test_cost"] == pytest.approx(0.3 * amount[y == 0].sum())
    assert test["Forest"]["threshold"] == pytest.approx(1 / 3)
    # The next one takes what this one was given.
    again = finalize(tmp_path / "bundle", best)
    assert again.review == Review(5000.0, 0.8)
    assert again.outcome.equal


def test_a_comparison_that_kept_no_costs_is_to_be_made_again(models, open_store, tmp_path, monkeypatch):
    open_store(tmp_path)
    best = recorded(models, models[2])
    usual = tracking.Finished.facts

    def without(self, name):
        return {key: value for key, value in usual(self, name).items() if key != "costs"}

    monkeypatch.setattr(tracking.Finished, "facts", without)
    with pytest.raises(
        tracking.TrackingError, match="did not keep the costs by which it compared; run notebook 2 again"
    ):
        finalize(tmp_path / "bundle", best)
