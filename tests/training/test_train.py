"""All steps in one, with one model on few clients, and what is left of them."""

import contextlib

import mlflow
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit import features, scorer, training
from credit.cost import break_even_probability
from credit.models import Candidate, candidate
from credit.portfolio import decide
from credit.tables import HISTORIES, read
from credit.training import tracking

FEW = (Candidate("LightGBM", candidate("LightGBM").make, {"n_estimators": [40, 120]}),)


@pytest.fixture(scope="module")
def trained(bank, tmp_path_factory):
    """The folder of a training: mlflow.db, bundle/, and the closing table."""
    folder = tmp_path_factory.mktemp("a training")
    tracking.open_store(folder)
    told = []
    table = training.train(bank, folder / "bundle", progress=lambda *step: told.append(step), candidates=FEW)
    return folder, table, told


def test_progress_is_told_step_by_step(trained):
    assert trained[2] == [
        ("features", 1, 1),
        ("LightGBM", 1, 2),
        ("LightGBM", 2, 2),
        ("threshold and export of LightGBM", 1, 1),
    ]


def test_the_manifest_says_what_was_trained_on_what(trained, bank):
    folder, table, _ = trained
    manifest = scorer.load(folder / "bundle").manifest
    assert manifest["data"]["simulated"] is True
    assert manifest["data"]["folder"] == "bank"
    assert manifest["data"]["clients"] == 1500
    assert manifest["model"]["name"] == "LightGBM"
    assert manifest["model"]["seed"] == 7
    assert manifest["costs"] == {"margin": 0.19, "loss_given_default": 1.0}
    assert manifest["threshold"]["break_even"] == pytest.approx(break_even_probability())
    best = table.filter(pl.col("model") == "LightGBM at its threshold").row(0, named=True)
    assert manifest["metrics"]["cost"] == best["test_cost"]
    assert manifest["metrics"]["test_clients"] == 300
    assert str(bank) not in (folder / "bundle" / "manifest.json").read_text()


def test_the_same_seed_gives_the_same_model_and_another_seed_another(trained, bank, tmp_path):
    def booster(folder):
        return scorer.load(folder).model.estimator.booster_.model_to_string()

    tracking.open_store(tmp_path)
    training.train(bank, tmp_path / "same", candidates=FEW)
    training.train(bank, tmp_path / "other", seed=8, candidates=FEW)
    assert booster(tmp_path / "same") == booster(trained[0] / "bundle")
    assert booster(tmp_path / "other") != booster(trained[0] / "bundle")


def test_a_sample_of_the_clients_is_trained_on(bank, tmp_path):
    prepared = training.prepare(bank, clients=500, seed=3)
    assert len(prepared) == 500
    everybody = training.prepare(bank)
    rate = everybody["TARGET"].mean()
    assert prepared["TARGET"].sum() == round(500 * rate)
    same = everybody.join(prepared.select("SK_ID_CURR"), on="SK_ID_CURR", how="semi").sort("SK_ID_CURR")
    assert_frame_equal(same, prepared, rel_tol=1e-9)


def test_the_application_table_alone_can_be_trained_on(bank, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    pl.read_parquet(bank / "application_train.parquet").write_csv(alone / "application_train.csv")
    prepared = training.prepare(alone, application_only=True)
    assert len(prepared) == 1500
    assert prepared["BUREAU_DAYS_CREDIT_MAX"].null_count() == 1500
    assert prepared["AMT_CREDIT"].null_count() == 0


def test_the_original_columns_are_those_of_the_application(trained):
    tracking.open_store(trained[0])
    with tracking.latest(tracking.ORIGINAL_COLUMNS) as finished:
        columns = finished.facts("columns")["columns"]
    assert len(columns) == 245
    assert columns[0] == "CODE_GENDER"
    assert not [name for name in columns if name.startswith(("BUREAU_", "PREVIOUS_", "POS_", "CARD_"))]


def test_runs_of_the_same_name_leave_the_newest_to_the_next_step(trained, tmp_path):
    tracking.open_store(tmp_path)
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
    decided = decide(read(bank, ("application_test", *HISTORIES)), bundle)
    made = features.build(read(bank, ("application_test", *HISTORIES)), "application_test").collect().sort("SK_ID_CURR")
    model = scorer.load(bundle)
    x = made.select(model.columns).fill_null(float("nan")).to_numpy()
    probability = model.model.predict_proba(x)[:, 1]
    assert decided["SK_ID_CURR"].to_list() == made["SK_ID_CURR"].to_list()
    np.testing.assert_allclose(decided["PROBABILITY_OF_DEFAULT"], probability, atol=1e-12)
    np.testing.assert_allclose(decided["EXPECTED_LOSS"], probability * made["AMT_CREDIT"].to_numpy())
    refused = decided["DECISION"].to_numpy() == "refuse"
    assert (refused == (probability >= model.threshold)).all()
    assert 0 < refused.sum() < len(refused)


def test_a_model_of_other_features_is_refused_with_the_next_step(bank, tmp_path):
    from sklearn.dummy import DummyClassifier

    model = DummyClassifier(strategy="prior").fit(np.zeros((4, 2)), [0, 0, 0, 1])
    manifest = {"data": {"simulated": True}, "model": {"name": "Dummy"}}
    scorer.save(tmp_path / "old", model, ["AMT_CREDIT", "HOROSCOPE"], 0.16, manifest)
    with pytest.raises(ValueError, match="wants 1 features that this version does not make, such as 'HOROSCOPE'"):
        decide(read(bank, ("application_test", *HISTORIES)), tmp_path / "old")
