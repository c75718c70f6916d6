"""The bundle as MLflow loads it: features by name, in any order and of any number type."""

import json
import pickle
import shutil
from decimal import Decimal
from pathlib import Path

import joblib
import mlflow
import numpy as np
import pandas as pd
import polars as pl
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.pyfunc import scoring_server
from support import small

from credit.model import load_bundle, save_bundle
from credit.model.manifest import BundleError
from credit.training import mlflow_flavour

SHIPPED = Path(__file__).parents[2] / "mlruns_reduced"
#: CODE_GENDER, AMT_CREDIT, EXT_SOURCE_2 of three clients.
X = np.array([[1.0, 2.0, -1.0], [0.0, 3.0, np.nan], [1.0, -2.0, 1.5]])


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A small bundle as a training exports it."""
    folder = tmp_path_factory.mktemp("pyfunc")
    model = load_bundle(small.bundle(folder / "plain")).model
    mlflow_flavour.write(model, small.COLUMNS, folder / "mlflow")
    return save_bundle(folder / "model", model, small.COLUMNS, 0.16, small.MANIFEST, extra_files=folder / "mlflow")


@pytest.fixture(scope="module")
def wanted(bundle):
    """(3, 2): chance of repaying, chance of default, by the way that the service takes."""
    default = load_bundle(bundle).probability(X)
    assert len(set(default)) == 3
    return np.column_stack([1 - default, default])


@pytest.fixture(scope="module")
def model(bundle):
    return mlflow.pyfunc.load_model(str(bundle))


@pytest.fixture
def frame():
    return pd.DataFrame(X, columns=small.COLUMNS)


def test_the_signature_names_every_column_as_a_double(bundle):
    described = Model.load(str(bundle)).signature.to_dict()
    columns = json.loads(described["inputs"])
    assert [(one["name"], one["type"], one["required"]) for one in columns] == [
        ("CODE_GENDER", "double", True),
        ("AMT_CREDIT", "double", True),
        ("EXT_SOURCE_2", "double", True),
    ]
    assert json.loads(described["outputs"])[0]["tensor-spec"] == {"dtype": "float64", "shape": [-1, 2]}


def test_the_shipped_model_has_the_signature_of_its_columns_and_answers_in_any_order():
    described = Model.load(str(SHIPPED)).signature
    columns = joblib.load(SHIPPED / "columns.pkl")
    assert described.inputs.input_names() == columns
    rows = np.random.default_rng(3).normal(size=(4, len(columns)))
    frame = pd.DataFrame(rows, columns=columns)[columns[::-1]]
    default = load_bundle(SHIPPED).probability(rows)
    np.testing.assert_array_equal(mlflow.pyfunc.load_model(str(SHIPPED)).predict(frame)[:, 1], default)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_columns_in_another_order_give_the_same_probabilities(model, frame, wanted, order):
    np.testing.assert_array_equal(model.predict(frame.iloc[:, order]), wanted)


def test_columns_that_the_model_does_not_read_are_left_out(model, frame, wanted):
    frame.insert(0, "SK_ID_CURR", [100001, 100002, 100003])
    np.testing.assert_array_equal(model.predict(frame), wanted)  # of the client's number nothing is said
    frame["NAME"] = "a text"
    with pytest.warns(UserWarning, match="the model does not read these columns, which make no difference: NAME$"):
        np.testing.assert_array_equal(model.predict(frame), wanted)


@pytest.mark.parametrize(
    "made",
    [
        lambda f: f.astype({"CODE_GENDER": "int64", "AMT_CREDIT": "int64"}),
        lambda f: f.astype({"CODE_GENDER": "bool", "AMT_CREDIT": "int32"}),
        lambda f: f.astype("float32"),
        lambda f: f.convert_dtypes(),
        lambda f: f.astype(object).where(f.notna(), None),
        lambda f: f.astype({"AMT_CREDIT": object}).assign(AMT_CREDIT=[Decimal(2), Decimal(3), Decimal(-2)]),
        pl.from_pandas,
        lambda f: pl.from_pandas(f).to_arrow(),
        lambda f: f.to_dict("list"),
        lambda f: f.iloc[:, ::-1].to_dict("records"),
        lambda f: f.to_numpy(),
        lambda f: f.to_numpy().astype("float32"),
        lambda f: f.to_numpy().tolist(),
    ],
    ids=[
        "int64",
        "bool",
        "float32",
        "nullable",
        "None",
        "Decimal",
        "Polars",
        "PyArrow",
        "lists",
        "clients",
        "array",
        "array of float32",
        "rows",
    ],
)
def test_the_same_numbers_in_another_form_give_the_same_probabilities(model, frame, wanted, made):
    np.testing.assert_array_equal(model.predict(made(frame)), wanted)


def test_one_client_by_name_is_one_row(model, wanted):
    client = {"EXT_SOURCE_2": -1.0, "AMT_CREDIT": 2, "CODE_GENDER": True}
    np.testing.assert_array_equal(model.predict(client), wanted[:1])


def test_no_clients_have_no_probabilities(model, frame):
    assert model.predict(frame.iloc[:0]).shape == (0, 2)


def said(model, given):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the callers compare the text
        model.predict(given)
    return str(refused.value)


def test_a_missing_column_is_refused_by_name(model, frame):
    message = said(model, frame.drop(columns="AMT_CREDIT"))
    assert message == (
        "of the 3 columns that the model reads, these are missing: AMT_CREDIT. "
        "Send a column of NaN for an unknown feature."
    )


def test_a_renamed_column_is_refused_with_the_name_that_was_meant(model, frame):
    message = said(model, frame.rename(columns={"AMT_CREDIT": "AMT_CREDT"}))
    assert message.endswith("these are missing: AMT_CREDIT. Is AMT_CREDT meant to be AMT_CREDIT?")


def test_a_client_of_a_list_who_lacks_a_feature_is_refused_by_its_name(model, frame):
    clients = frame.to_dict("records")
    del clients[1]["EXT_SOURCE_2"]
    assert "these are missing: EXT_SOURCE_2." in said(model, clients)


def test_a_text_is_refused_by_its_column_and_is_not_repeated(model, frame):
    for given in (frame.assign(AMT_CREDIT="406597.5"), pl.from_pandas(frame.assign(AMT_CREDIT="406597.5"))):
        message = said(model, given)
        assert message == "AMT_CREDIT must hold numbers or gaps, not str"


def test_an_array_of_another_width_is_refused(model):
    assert said(model, X[:, 1:]) == "X must have the shape (clients, 3), not (3, 2)"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"EXT_SOURCE_2": ["high"]}, "EXT_SOURCE_2 must hold numbers or gaps, not <U4"),
        ({"AMT_INCOME": [1]}, "of the 3 columns that the model reads, these are missing: EXT_SOURCE_2. "),
    ],
)
def test_the_server_of_mlflow_answers_the_sentence_and_not_the_client(model, change, sentence):
    """Of an error that is none of its own it says that it was unexpected, and before one that is it puts the row."""
    body = json.dumps({"inputs": {"CODE_GENDER": [1], "AMT_CREDIT": [471100], **change}})
    with pytest.raises(MlflowException) as refused:
        scoring_server.invocations(body, "application/json", model, model.metadata.get_input_schema())
    answer = json.loads(refused.value.serialize_as_json())
    assert (refused.value.get_http_status_code(), answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert answer["message"].startswith(sentence)
    assert "471100" not in str(answer)


def test_lists_of_different_lengths_are_refused(model):
    given = {"CODE_GENDER": [1, 0], "AMT_CREDIT": [1.0], "EXT_SOURCE_2": [0.5, 0.5]}
    assert said(model, given) == "the columns hold 1 to 2 values: all must hold one of a client"


def test_a_changed_model_is_not_loaded(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "model")
    content = (copy / "model.pkl").read_bytes()
    (copy / "model.pkl").write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BundleError, match="was changed after it was exported"):
        mlflow.pyfunc.load_model(str(copy))


def test_the_model_alone_refuses_a_frame_whose_names_it_would_pass_over(bundle, frame, wanted):
    for alone in (mlflow.sklearn.load_model(str(bundle)), pickle.loads((bundle / "model.pkl").read_bytes())):
        np.testing.assert_allclose(alone.predict_proba(X), wanted, rtol=0, atol=1e-12)
        with pytest.raises(TypeError, match=r"array in the order of columns.pkl; .* mlflow.pyfunc.load_model"):
            alone.predict_proba(frame)
