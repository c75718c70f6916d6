"""All steps in one, with one model on few clients, and what is left of them."""

import contextlib
import hashlib
from pathlib import Path

import mlflow
import numpy as np
import optuna
import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from credit import features, training
from credit.cli import main
from credit.decision.cost import Costs, break_even_probability
from credit.decision.policy import Policy
from credit.decision.portfolio import decide
from credit.model import load_bundle, save_bundle
from credit.tables import HISTORIES, read
from credit.training import knowledge_states, lightgbm_search, pupil, tracking
from credit.training.candidates import Candidate, candidate
from credit.training.served_precision import for_service

FEW = (Candidate("LightGBM", candidate("LightGBM").make, {"n_estimators": [40]}),)


@pytest.fixture(autouse=True, scope="module")
def short():
    """A search that soon stops."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pupil, "PATIENCE", 60)
        patch.setattr(lightgbm_search, "PATIENCE", 20)
        patch.setattr(knowledge_states, "FRESH", 300)
        patch.setattr(knowledge_states, "_MOST_TREES", 60)
        yield


@pytest.fixture(scope="module")
def trained(bank, open_store, tmp_path_factory):
    """The folder of a training: mlflow.db, bundle/, optuna.db; its outcome; the progress told."""
    folder = open_store(tmp_path_factory.mktemp("a training"))
    told = []
    outcome = training.train(
        bank,
        folder / "bundle",
        progress=lambda *step: told.append(step),
        candidates=FEW,
        trials=1,
        study=folder / "optuna.db",
    )
    return folder, outcome, told


def booster_hash(model) -> str:
    """SHA-256 of the text of the champion's trees."""
    return hashlib.sha256(model.estimator.estimator.booster_.model_to_string().encode()).hexdigest()


def test_progress_is_told_step_by_step(trained):
    known = [step for step in trained[2] if step[0].startswith("known: ")]
    assert [(number, of) for _, number, of in known] == [(number, 9) for number in range(1, 10)]
    assert [step for step in trained[2] if step not in known] == [
        ("features", 1, 1),
        ("LightGBM", 1, 1),
        ("Champion", 1, 1),
        ("the application columns alone, and the predecessor", 1, 1),
        ("threshold and export", 1, 1),
    ]


def test_the_manifest_says_what_was_trained_on_what(trained, bank):
    folder, outcome, _ = trained
    manifest = load_bundle(folder / "bundle").manifest
    assert manifest["data"]["simulated"] is True
    assert manifest["data"]["folder"] == "bank"
    assert manifest["data"]["clients"] == 1500
    assert manifest["data"]["simulation_seed"] == 11  # of the bank; the folds are dealt by the training's
    assert "seed" not in manifest["data"]
    assert len(manifest["data"]["fingerprint"]) == 64
    assert manifest["model"]["name"] == "Champion"
    assert manifest["model"]["seed"] == 7
    assert 0 < manifest["model"]["trees"] <= manifest["model"]["parameters"]["n_estimators"]
    assert manifest["model"]["columns"] == len(features.COLUMNS)
    assert manifest["costs"] == {"margin": 0.19, "loss_given_default": 1.0}
    assert manifest["threshold"]["break_even"] == pytest.approx(break_even_probability())
    assert len(manifest["features"]["missing"]) == len(features.COLUMNS)
    assert [row["known"] for row in manifest["known"]][:4] == [
        "everything",
        "application and bureau",
        "application and own loans",
        "application",
    ]
    assert {row["part"] for row in manifest["unknown"]["spreads"]} == {
        "bureau",
        "own_loans",
        "external_scores",
        "application",
    }
    best = outcome.closing.filter(pl.col("model") == "Champion at its threshold").row(0, named=True)
    assert manifest["metrics"]["cost"] == best["test_cost"]
    # A fifth of the persons but for chance.
    assert 240 < manifest["metrics"]["test_clients"] < 360
    assert manifest["metrics"]["test_clients"] + manifest["model"]["training_clients"] == 1500
    assert str(bank) not in (folder / "bundle" / "manifest.json").read_text()


def test_mlflow_has_both_seeds(trained):
    tracking.open_store(trained[0])
    run = mlflow.get_run(tracking.newest(tracking.BEST_MODEL))
    tags = {tag.key: tag.value for tag in run.inputs.dataset_inputs[0].tags}
    assert (tags["simulation_seed"], run.data.params["seed"]) == ("11", "7")


def test_the_model_card_stands_beside_the_model(trained):
    card = (trained[0] / "bundle" / "MODEL_CARD.md").read_text()
    assert "\n---\n\n# Model card: Champion\n" in card
    assert "four-fifths" in card


def test_the_outcome_names_every_rule(trained):
    outcome = trained[1]
    assert outcome.shipped is True
    assert outcome.closing["model"].to_list() == [
        "accept everybody",
        "refuse everybody",
        "LightGBM",
        "Champion",
        "Champion at its threshold",
        "Champion as served",
        "predecessor at 0.48",
        "predecessor at its best",
        "the true probability",
    ]
    assert [gain.than for gain in outcome.gains] == ["LightGBM", *outcome.closing["model"].to_list()[-3:]]


def test_the_same_seed_gives_the_same_model_whether_it_is_searched_in_one_go_or_was_interrupted(trained, bank):
    shipped = load_bundle(trained[0] / "bundle")
    data = training.dataset(training.prepare(bank))
    assert data.columns == shipped.columns
    assert data.source["fingerprint"] == shipped.manifest["data"]["fingerprint"]
    parts = training.split(data)
    again = for_service(lightgbm_search.search(data, parts, trials=1, costs=Costs()).contender.model)
    assert booster_hash(again) == booster_hash(shipped.model)
    assert again.calibration == shipped.model.calibration
    assert again.estimator.positions == shipped.model.estimator.positions
    # The study of the training goes on: its trial is not made again.
    made = []
    lightgbm_search.search(
        data, parts, trials=1, storage=trained[0] / "optuna.db", told=lambda t, _: made.append(t.seconds), costs=Costs()
    )
    assert made == [seconds_of(trained[0])]


def seconds_of(folder) -> float:
    name = f"sqlite:///{folder / 'optuna.db'}"
    (study,) = optuna.get_all_study_names(name)
    (trial,) = optuna.load_study(study_name=study, storage=name).trials
    return trial.user_attrs["seconds"]


def test_a_sample_of_the_clients_is_trained_on(bank):
    prepared = training.prepare(bank, clients=500, seed=3)
    assert len(prepared) == 500
    everybody = training.prepare(bank)
    rate = everybody["TARGET"].mean()
    assert prepared["TARGET"].sum() == round(500 * rate)
    same = everybody.join(prepared.select("SK_ID_CURR"), on="SK_ID_CURR", how="semi").sort("SK_ID_CURR")
    assert_frame_equal(same, prepared, rel_tol=1e-9)


@pytest.fixture(scope="module")
def alone(bank, tmp_path_factory) -> Path:
    """A folder with nothing but application_train.csv, as a bank without histories has it."""
    folder = tmp_path_factory.mktemp("alone")
    pl.read_parquet(bank / "application_train.parquet").write_csv(folder / "application_train.csv")
    return folder


def test_the_application_table_alone_can_be_trained_on(alone, open_store, tmp_path):
    own = [feature.name for feature in features.FEATURES if feature.table == "application"]
    prepared = training.prepare(alone, histories=())
    assert prepared.columns == ["SK_ID_CURR", "TARGET", *own]
    assert prepared.height == 1500
    assert prepared["AMT_CREDIT"].null_count() == 0

    open_store(tmp_path)
    outcome = training.train(alone, tmp_path / "bundle", histories=(), candidates=FEW, trials=1)
    assert outcome.shipped is True
    shipped = load_bundle(tmp_path / "bundle")
    assert shipped.columns == tuple(own)
    # No truth stands beside it, so nobody knows whether it is simulated, and no row decides by it.
    assert shipped.manifest["data"]["simulated"] is False
    assert "the true probability" not in outcome.closing["model"].to_list()
    assert [gain.than for gain in outcome.gains] == [
        "LightGBM",
        "predecessor at 0.48",
        "predecessor at its best",
    ]
    assert "Champion" in outcome.closing["model"].to_list()
    assert shipped.manifest["data"]["tables"] == ["application"]
    assert "--tables application" in shipped.manifest["model"]["command"]

    learners = shipped.manifest["model"]["training_clients"]
    # Whoever trains without history scores and watches without it, too.
    of_bundle = ("--bundle", tmp_path / "bundle")
    for command, words in (
        (("check", alone, *of_bundle), "the tables can be used"),
        (("features", alone, *of_bundle, "--out", tmp_path / "f.parquet"), f"1,500 clients, {len(own):,} features"),
        (
            ("score", alone, *of_bundle, "--application", "application_train", "--out", tmp_path / "s.csv"),
            "1,500 clients",
        ),
        (
            ("profile", alone, "--overwrite", *of_bundle),
            f"has a profile of {learners:,} clients now: its own training clients",
        ),
        (("drift", "--reference", alone, "--current", alone, *of_bundle), "features of 1,500 clients"),
    ):
        result = CliRunner().invoke(main, [str(argument) for argument in command])
        assert result.exit_code == 0, result.output
        assert words in " ".join(result.output.split()), command

    before = (tmp_path / "bundle" / "profile.json").read_bytes()
    result = CliRunner().invoke(main, ["profile", str(alone), "--bundle", str(tmp_path / "bundle")])
    assert result.exit_code == 1
    assert "to replace it, pass --overwrite" in result.output
    assert (tmp_path / "bundle" / "profile.json").read_bytes() == before


def test_the_features_of_the_application_are_the_same_with_histories_and_without(alone, bank):
    own = training.prepare(alone, histories=())
    both = training.prepare(bank).select(own.columns)
    assert_frame_equal(own, both, rel_tol=1e-9)


def test_a_folder_with_the_application_alone_wants_to_be_told_so(alone):
    with pytest.raises(ValueError, match=r"bureau: there is neither bureau\.csv nor bureau\.parquet"):
        training.prepare(alone)


def test_the_original_columns_are_those_of_the_application(trained):
    tracking.open_store(trained[0])
    with tracking.latest(tracking.ORIGINAL_COLUMNS) as finished:
        columns = finished.facts("columns")["columns"]
    assert columns == [feature.name for feature in features.FEATURES if feature.table == "application"]
    assert columns[0] == "CODE_GENDER"
    assert not [name for name in columns if name.startswith(("BUREAU_", "PREVIOUS_", "POS_", "CARD_", "INSTALMENTS_"))]


def test_runs_of_the_same_name_leave_the_newest_to_the_next_step(open_store, tmp_path):
    open_store(tmp_path)
    for number in (1, 2):
        with tracking.run("Best Model") as run:
            run.facts({"number": number}, "best")
    with contextlib.suppress(ZeroDivisionError), tracking.run("Best Model") as run:
        run.facts({"number": 3}, "best")
        1 / 0  # noqa: B018 - the third one fails
    with tracking.latest("Best Model") as finished:
        assert finished.facts("best") == {"number": 2}
    assert mlflow.active_run() is None


def test_a_portfolio_gets_the_decisions_of_its_features(trained, bank):
    bundle = trained[0] / "bundle"
    decided = decide(read(bank, ("application_test", *HISTORIES)), load_bundle(bundle))
    made = features.build(read(bank, ("application_test", *HISTORIES)), "application_test").collect().sort("SK_ID_CURR")
    model = load_bundle(bundle)
    x = made.select(model.columns).fill_null(float("nan")).to_numpy()
    probability = model.model.predict_proba(x)[:, 1]
    assert decided["SK_ID_CURR"].to_list() == made["SK_ID_CURR"].to_list()
    np.testing.assert_allclose(decided["PROBABILITY_OF_DEFAULT"], probability, atol=1e-12)
    # To the cent, as POST /score has it.
    loss = probability * made["AMT_CREDIT"].to_numpy()
    np.testing.assert_allclose(decided["EXPECTED_LOSS"], loss, rtol=0, atol=0.005001)
    assert decided["DECISION"].to_list() == Policy(model).model_decisions(probability, made["AMT_CREDIT"].to_numpy())
    assert {"accept", "refer"} < set(decided["DECISION"]) | {"refer"}


def test_a_model_of_other_features_is_refused_with_the_next_step(bank, tmp_path):
    from sklearn.dummy import DummyClassifier

    model = DummyClassifier(strategy="prior").fit(np.zeros((4, 2)), [0, 0, 0, 1])
    manifest = {"data": {"simulated": True}, "model": {"name": "Dummy"}}
    save_bundle(tmp_path / "old", model, ["AMT_CREDIT", "HOROSCOPE"], 0.16, manifest)
    with pytest.raises(ValueError, match="wants 1 features that this version does not make, such as 'HOROSCOPE'"):
        decide(read(bank, ("application_test", *HISTORIES)), load_bundle(tmp_path / "old"))


def test_the_card_and_the_manifest_say_how_the_model_is_made_again_and_what_its_columns_do(trained):
    folder = trained[0] / "bundle"
    manifest = load_bundle(folder).manifest
    assert manifest["model"]["command"].startswith("python -m credit train bank --seed 7 --trials ")
    assert f"`{manifest['model']['command']}`" in (folder / "MODEL_CARD.md").read_text()
    contribution = manifest["features"]["contribution"]
    assert set(contribution) == set(features.COLUMNS)
    assert max(contribution.values()) > 0.01
    assert min(contribution.values()) == 0  # columns that no tree reads
