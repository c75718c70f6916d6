"""A training that takes a less discriminatory alternative, from the tables to the model card."""

import mlflow
import polars as pl
import pytest

from credit import training
from credit.features.needed_columns import features_made_of
from credit.model import load_bundle
from credit.training import fairness_alternatives, fairness_search, knowledge_states, lightgbm_search, pupil, tracking
from credit.training.candidates import Candidate, candidate

FEW = (Candidate("LightGBM", candidate("LightGBM").make, {"n_estimators": [20]}),)


@pytest.fixture(autouse=True, scope="module")
def short():
    """A search that soon stops, and few alternatives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pupil, "MOST_TREES", 60)
        patch.setattr(pupil, "PATIENCE", 40)
        patch.setattr(lightgbm_search, "PATIENCE", 10)
        patch.setattr(knowledge_states, "FRESH", 300)
        patch.setattr(knowledge_states, "_MOST_TREES", 20)
        patch.setattr(fairness_search, "PROXIES", 0)
        patch.setattr(fairness_alternatives, "PROXIES", 0)
        patch.setattr(fairness_alternatives, "STRENGTHS", (1.0,))
        yield


@pytest.fixture(scope="module")
def alone(bank, tmp_path_factory):
    """A bank without histories: fewer columns are sooner learnt from."""
    folder = tmp_path_factory.mktemp("alone")
    pl.read_parquet(bank / "application_train.parquet").write_parquet(folder / "application_train.parquet")
    return folder


@pytest.fixture(scope="module")
def trained(alone, open_store, tmp_path_factory):
    """The folder of a training that took "without protected, weighed by gender"; the frontier and point it showed."""
    folder = open_store(tmp_path_factory.mktemp("fairness"))
    how = {"histories": (), "trials": 1, "study": folder / "optuna.db", "resume": folder / "checkpoints"}
    looked = training.find_alternatives(alone, folder / "bundle", **how)
    number = next(one.number for one in looked.points if one.alternative.name == "without protected, weighed by gender")
    shown = []
    outcome = training.train(
        alone,
        folder / "bundle",
        candidates=FEW,
        fairness=training.FairnessPlan(point=number),
        gate=training.Gate("stop", 0.1),
        show=lambda *one: shown.append(one),
        **how,
    )
    return folder, outcome, looked, number, shown


def test_what_was_looked_at_is_not_looked_at_again(trained):
    _, _, looked, number, ((frontier, point),) = trained
    assert frontier.to_dict() == looked.to_dict()
    assert point.number == number


def test_the_model_reads_none_of_the_columns_that_the_point_leaves_out(trained):
    folder, outcome, _, number, _ = trained
    assert outcome.shipped
    shipped = load_bundle(folder / "bundle")
    assert shipped.manifest["model"]["name"] == "Champion"
    assert shipped.manifest["data"]["without"] == ["protected"]
    assert not {"CODE_GENDER", *features_made_of(["DAYS_BIRTH"])} & set(shipped.columns)
    assert f"--fairness-point {number}" in shipped.manifest["model"]["command"]


def test_manifest_and_card_say_what_was_looked_at_and_what_was_taken(trained):
    folder, _, looked, number, _ = trained
    fairness = load_bundle(folder / "bundle").manifest["fairness"]
    assert len(fairness["points"]) == len(looked.points)
    assert fairness["taken"] == {
        "number": number,
        "name": "without protected, weighed by gender",
        "rule": f"point {number}, as named",
    }
    assert (fairness["gate"]["mode"], fairness["gate"]["least"]) == ("stop", 0.1)
    assert set(fairness["gate"]["ratios"]) == {"gender", "age"}
    card = (folder / "bundle" / "MODEL_CARD.md").read_text()
    assert "### Less discriminatory alternatives" in card
    assert f"Model {number} was trained in full (point {number}, as named): `without protected, weighed by" in card


def test_mlflow_has_the_frontier_and_the_choice(trained):
    tracking.open_store(trained[0])
    run = mlflow.get_run(tracking.newest(tracking.FAIRNESS))
    assert run.data.params["taken"] == str(trained[3])
    assert run.data.params["taken_name"] == "without protected, weighed by gender"
    assert "out_of_fold_ratio_gender" in run.data.metrics
    with tracking.latest(tracking.FAIRNESS) as found:
        assert found.table("frontier")["number"].to_list() == [one.number for one in trained[2].points]


def test_the_weights_have_moved_the_model(trained, alone):
    """The champion is the one that learnt from weighed clients: another training without weights gives another one."""
    looked = trained[2]
    weighed = looked.points[trained[3]]
    plain = next(one for one in looked.points if one.alternative.name == "without protected")
    assert weighed.out_of_fold.to_dict() != plain.out_of_fold.to_dict()


def test_the_looks_are_removed_when_the_training_has_ended(trained):
    assert list((trained[0] / "checkpoints").iterdir()) == []
