"""What a training leaves in MLflow: the runs by name, their parents, their data, and what the next step needs."""

import dataclasses

import mlflow
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from credit import training
from credit.decision.cost import Costs
from credit.training import lightgbm_search, pupil, recording, tracking
from credit.training.candidates import Candidate
from credit.training.recording import record_best_model, record_comparison

FOREST = Candidate(
    "Random Forest",
    lambda seed: RandomForestClassifier(10, random_state=seed),
    {"min_samples_leaf": [20, 40]},
)
TREE = Candidate("LightGBM", lambda seed: DecisionTreeClassifier(max_depth=3, random_state=seed))


@pytest.fixture(scope="module")
def recorded(made_up, open_store, tmp_path_factory):
    """A recorded comparison: folder, data, parts, what was crowned, the closing table, the trials told."""
    folder = open_store(tmp_path_factory.mktemp("recorded"))
    data = made_up(1200)
    parts = training.split(data)
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pupil, "PATIENCE", 60)
        patch.setattr(lightgbm_search, "PATIENCE", 10)
        crowned = record_best_model(
            data, parts, trials=2, told=lambda trial, wanted: told.append((trial.number, wanted)), costs=Costs()
        )
    forest = training.search(FOREST, data, parts, costs=Costs())
    original = training.search(TREE, training.application_columns(data), parts, costs=Costs())
    before = training.predecessor(data, parts, costs=Costs())
    table, best = record_comparison(
        data, parts, [forest], original, {"seed": 7, "clients": len(data)}, before, crowned, costs=Costs()
    )
    assert best == tracking.newest("Best Model")
    return folder, data, parts, crowned, table, told, (forest, original, before)


@pytest.fixture
def runs(recorded):
    tracking.open_store(recorded[0])
    found = mlflow.search_runs(experiment_names=[tracking.EXPERIMENT], output_format="list")
    assert len({run.info.run_name for run in found}) == len(found)
    return {run.info.run_name: run for run in found}


def test_runs_have_their_names_and_are_finished(runs):
    assert set(runs) == {
        "Champion",
        "trial 0",
        "trial 1",
        "Random Forest",
        "Original Columns",
        "Predecessor",
        "Best Model",
    }
    assert {run.info.status for run in runs.values()} == {"FINISHED"}


def test_every_trial_is_a_child_of_the_champion(runs, recorded):
    found = recorded[3][0]
    assert recorded[3][1] == runs["Champion"].info.run_id
    for number in (0, 1):
        run, trial = runs[f"trial {number}"], found.trials[number]
        assert run.data.tags["mlflow.parentRunId"] == runs["Champion"].info.run_id
        assert run.data.params == {name: str(value) for name, value in trial.parameters.items()}
        assert run.data.metrics["log_loss"] == pytest.approx(trial.log_loss)
        assert run.data.metrics["trees"] == pytest.approx(np.mean(trial.trees))
    for name, run in runs.items():
        if not name.startswith("trial"):
            assert "mlflow.parentRunId" not in run.data.tags
    assert recorded[5] == [(0, 2), (1, 2)]


def test_every_run_of_a_model_names_the_data_it_learned_from(runs, recorded):
    fingerprint = recorded[1].source["fingerprint"]
    for name, run in runs.items():
        if name.startswith("trial"):
            continue
        (known,) = run.inputs.dataset_inputs
        assert known.dataset.name == "bank"
        assert known.dataset.digest == fingerprint[:36]
        tags = {tag.key: tag.value for tag in known.tags}
        assert tags["fingerprint"] == fingerprint
        assert tags["clients"] == "1200"
        assert tags["simulated"] == "True"
        assert tags["mlflow.data.context"] == "training"


def test_every_run_of_a_model_has_its_row_of_the_closing_table(runs, recorded):
    rows = {row["model"]: row for row in recorded[4].iter_rows(named=True)}
    assert list(rows) == [
        "accept everybody",
        "refuse everybody",
        "Random Forest",
        "Champion",
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]
    for run, row in (
        ("Random Forest", "Random Forest"),
        ("Champion", "Champion"),
        ("Predecessor", "predecessor at 0.48"),
        ("Best Model", runs["Best Model"].data.params["model"]),
    ):
        metrics = runs[run].data.metrics
        for name in ("roc_auc", "gini", "ks", "brier", "accuracy", "f1", "test_cost", "cv_cost", "saving", "threshold"):
            assert metrics[name] == pytest.approx(rows[row][name]), (run, name)
        assert runs[run].data.params["seed"] == "7"
    assert runs["Predecessor"].data.metrics["threshold"] == 0.48


def test_the_run_of_the_champion_tells_how_it_was_found(runs, recorded):
    found = recorded[3][0]
    told = runs["Champion"].data.params
    assert (told["trials"], told["finished"]) == ("2", "True")
    assert told["n_estimators"] == str(found.trees)
    files = {file.path for file in mlflow.artifacts.list_artifacts(run_id=runs["Champion"].info.run_id)}
    assert "auc_by_trees.png" in files


def test_a_searched_grid_is_kept_with_its_costs(runs, recorded):
    with tracking.latest("Random Forest") as finished:
        kept = finished.facts("grid")["searched"]
    assert [one["parameters"] for one in kept] == [{"min_samples_leaf": 20}, {"min_samples_leaf": 40}]
    assert [one["cv_cost"] for one in kept] == [cost for _, cost in recorded[6][0].searched]


def test_the_original_columns_are_those_of_the_application(runs, recorded):
    with tracking.latest(tracking.ORIGINAL_COLUMNS) as finished:
        columns = finished.facts("columns")["columns"]
    assert columns == ["CODE_GENDER", "DAYS_BIRTH", "EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3", "AMT_CREDIT"]
    assert runs["Original Columns"].data.params["columns"] == "6"
    assert runs["Original Columns"].data.params["model"] == "LightGBM"
    data, parts, original = recorded[1], recorded[2], recorded[6][1]
    p = original.probability(training.application_columns(data).x[parts.test])
    brier = np.mean((p - data.defaulted[parts.test]) ** 2)
    assert runs["Original Columns"].data.metrics["brier"] == pytest.approx(brier)


def test_the_next_step_finds_all_it_needs_with_the_best_model(recorded):
    folder, data, parts, *_ = recorded
    tracking.open_store(folder)
    with tracking.latest(tracking.BEST_MODEL) as finished:
        facts, model = finished.facts("best"), finished.kept("model")
        out_of_fold, test, judges = (finished.table(name) for name in ("out_of_fold", "test", "judges"))
        assert finished.table("closing_table").equals(recorded[4])
        assert {"reliability.png", "costs.png"} <= {path.name for path in finished.folder.iterdir()}
    assert facts["columns"] == list(data.columns)
    assert facts["data"] == data.source
    assert facts["predecessor_threshold"] == 0.48
    assert facts["training"]["training_clients"] == len(parts.train)
    assert facts["training"]["split"] == {"rule": "person-1", "test_share": 0.2}
    assert facts["training"]["columns"] == 8
    # A fifth of EXT_SOURCE_1 was not known.
    missing = np.isnan(data.x[parts.train][:, 2]).mean()
    assert facts["missing"]["EXT_SOURCE_1"] == pytest.approx(missing, abs=1e-4)
    assert facts["missing"]["AMT_CREDIT"] == 0
    assert test["PROBABILITY_OF_DEFAULT"].to_list() == model.predict_proba(data.x[parts.test])[:, 1].tolist()
    assert out_of_fold["TARGET"].to_list() == data.defaulted[parts.train].tolist()
    assert judges.columns == ["SK_ID_CURR", "MEMBERSHIP", *data.columns]
    assert judges["MEMBERSHIP"].max() < 0.2
    assert judges["SK_ID_CURR"].to_list() == data.client[parts.test].tolist()
    np.testing.assert_array_equal(judges.select(data.columns).fill_null(np.nan).to_numpy(), data.x[parts.test])


def test_no_more_test_clients_than_are_wanted_judge_and_always_the_same(made_up, monkeypatch):
    data = made_up(1200)
    parts = training.split(data)
    monkeypatch.setattr(recording, "JUDGES", 50)
    drawn = recording.judges_of(data, parts)
    assert drawn.height == 50
    assert drawn["SK_ID_CURR"].is_unique().all()
    assert set(drawn["SK_ID_CURR"]) < set(data.client[parts.test])
    assert drawn.equals(recording.judges_of(data, parts))


def test_a_model_that_is_surely_cheaper_than_the_champion_is_the_best_model(recorded, open_store, tmp_path):
    # Of another's predictions the truth itself is made: nobody who will default is accepted.
    _, data, parts, crowned, _, _, (forest, original, _) = recorded
    open_store(tmp_path)
    knowing = dataclasses.replace(
        forest, out_of_fold=np.where(data.defaulted[parts.train] == 1, 0.9, 0.01), cv_cost=0.0
    )
    with tracking.run("Champion") as run:
        crowned = (crowned[0], run.run_id)
    record_comparison(data, parts, [knowing], original, {"seed": 7}, None, crowned, costs=Costs())
    with tracking.latest(tracking.BEST_MODEL) as finished:
        facts = finished.facts("best")
        assert facts["name"] == "Random Forest"
        assert facts["training"]["trees"] == 10
        assert facts["predecessor_threshold"] is None
        assert "PREDECESSOR" not in finished.table("test").columns
