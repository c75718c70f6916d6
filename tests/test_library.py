"""`import credit`: what a program of somebody else's does with it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from support import small
from support.loans import LOAN

import credit
from credit import features
from credit.library import ClientScore, InvalidClients
from credit.model import load_bundle
from credit.model.manifest import BundleError
from credit.simulate import simulate
from credit.tables import read

CLIENT = {"SK_ID_CURR": 7, **LOAN, "EXT_SOURCE_2": 0.5, "NAME_EDUCATION_TYPE": "Higher education"}


@pytest.fixture(scope="module")
def model():
    return credit.load("mlruns_reduced")


def test_the_package_alone_loads_no_library():
    code = "import credit, sys; print([n for n in ('numpy', 'polars', 'lightgbm', 'flask') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_probabilities_are_of_columns_by_name_whoever_holds_them(tmp_path):
    small.bundle(tmp_path / "model")
    X = np.array([[1.0, 2.0, -1.0], [0.0, 3.0, np.nan], [1.0, -2.0, 1.5]])
    wanted = load_bundle(tmp_path / "model").probability(X)
    found = credit.load(tmp_path / "model")
    frame = pd.DataFrame(X, columns=small.COLUMNS)
    for given in (X, frame, frame.iloc[:, ::-1], pl.from_pandas(frame), frame.to_dict("records")):
        np.testing.assert_array_equal(found.probability(given), wanted)
    assert (found.columns, found.threshold) == (tuple(small.COLUMNS), 0.16)
    with pytest.raises(ValueError, match="these are missing: AMT_CREDIT"):
        found.probability(frame.drop(columns="AMT_CREDIT"))


def test_a_client_is_decided_on_as_by_the_service(model, tmp_path):
    from credit.web.application import create_app

    app = create_app("mlruns_reduced", tmp_path / "decisions.db", log_requests=False)
    (wanted,) = app.test_client().post("/score", json=CLIENT).get_json()["scores"]
    (found,) = model.score(CLIENT)
    assert found == ClientScore(
        client=7,
        decision=wanted["decision"],
        probability=wanted["probability"],
        points=wanted["points"],
        expected_loss=wanted["expected_loss"],
        rule=None,
        reasons=tuple(one["text"] for one in wanted["reasons"]),
        interval=found.interval,
    )
    assert found.interval.to_dict().items() <= wanted["interval"].items()


def test_many_clients_keep_their_order_and_numbers_of_numpy_are_numbers(model):
    rows = [{**CLIENT, "SK_ID_CURR": np.int64(number), "EXT_SOURCE_3": np.float32(0.25)} for number in range(1_005)]
    found = model.score(rows)
    assert [one.client for one in found] == list(range(1_005))
    assert len({one.probability for one in found}) == 1


def test_reasons_are_in_the_language_that_is_asked_for(model):
    (english,), (french,) = model.score(CLIENT), model.score([CLIENT], language="fr")
    assert english.probability == french.probability
    assert set(english.reasons).isdisjoint(french.reasons)
    with pytest.raises(ValueError, match="'de' is not a language of the reasons: take one of en, fr"):
        model.score(CLIENT, language="de")


def test_clients_that_cannot_be_scored_are_an_error_with_every_cause_and_no_value(model):
    with pytest.raises(InvalidClients, match="'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'") as refused:
        model.score({"SK_ID_CURR": 7, "AMT_CREDT": 123456.5})
    assert [one.partition(" ")[0] for one in refused.value.details] == ["'AMT_CREDT'", "AMT_ANNUITY", "AMT_GOODS_PRICE"]
    assert "123456.5" not in str(refused.value) + str(refused.value.details)


def test_features_that_are_built_from_tables_have_probabilities(model, tmp_path):
    bank = simulate(tmp_path / "bank", 200, seed=3)
    made = features.build(read(bank), "application_test", model.columns).collect()
    found = model.probability(made)
    assert found.shape == (made.height,)
    assert ((found > 0) & (found < 1)).all()


def test_a_folder_without_a_model_is_a_sentence(tmp_path):
    with pytest.raises(BundleError, match=r"There is no folder .* with a model"):
        credit.load(tmp_path / "nothing")


def test_without_a_folder_the_model_is_that_of_the_working_folder_else_the_packages(tmp_path, monkeypatch):
    small.bundle(tmp_path / "here" / "mlruns_reduced")
    small.bundle(tmp_path / "package")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("credit.model.manifest.PACKAGED", tmp_path / "package")
    monkeypatch.chdir(tmp_path / "here")
    assert str(credit.load().folder) == "mlruns_reduced"
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert credit.load().folder == tmp_path / "package"
    # An export that was interrupted between its two renames: this folder has a model of its own.
    (tmp_path / "elsewhere" / ".mlruns_reduced.old").mkdir()
    with pytest.raises(BundleError, match="An export of mlruns_reduced was interrupted"):
        credit.load()


def test_a_notebook_of_the_checkout_finds_its_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checkout = Path(credit.__file__).parents[1]
    assert credit.load().folder == checkout / "mlruns_reduced"
    monkeypatch.setattr("credit.library.in_checkout", lambda: False)
    with pytest.raises(BundleError, match="There is no folder mlruns_reduced with a model"):
        credit.load()
