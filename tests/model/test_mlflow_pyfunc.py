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


HUGE = 10**400
SOUND = {"CODE_GENDER": [1], "AMT_CREDIT": [471100.0], "EXT_SOURCE_2": [0.5]}


def doubled(frame):
    return pd.concat([frame, frame[["AMT_CREDIT"]]], axis=1)


@pytest.mark.parametrize(
    "given",
    [
        {**SOUND, "AMT_CREDIT": [HUGE]},
        {**SOUND, "AMT_CREDIT": HUGE},
        [{"CODE_GENDER": 1, "AMT_CREDIT": HUGE, "EXT_SOURCE_2": 0.5}],
        [[1, HUGE, 0.5]],
        pd.DataFrame({**SOUND, "AMT_CREDIT": [HUGE]}, dtype=object),
        {**SOUND, "AMT_CREDIT": [Decimal("sNaN")]},
    ],
)
def test_a_number_that_no_float_holds_is_refused_by_its_column(model, given):
    assert said(model, given) == "AMT_CREDIT holds a number that a float of 64 bits cannot hold"


@pytest.mark.parametrize("nested", [[[0.9]], [[]], [[2, 3]], [[[2, 3]]], np.array([[0.9]]), ((0.9,),)])
def test_lists_in_a_column_are_refused_by_its_name_and_not_flattened(model, nested):
    sentence = "EXT_SOURCE_2 must hold one number or gap for each client, not lists of them"
    assert said(model, {**SOUND, "EXT_SOURCE_2": nested}) == sentence


def test_lists_of_different_lengths_in_a_column_are_no_numbers(model):
    two = {name: values * 2 for name, values in SOUND.items()}
    assert said(model, {**two, "EXT_SOURCE_2": [[1], [2, 3]]}) == "EXT_SOURCE_2 must hold numbers or gaps, not list"


def test_a_column_of_lists_of_a_frame_is_refused_by_its_name(model):
    frame = pl.DataFrame({**SOUND, "EXT_SOURCE_2": [[0.9]]})
    sentence = "EXT_SOURCE_2 must hold one number or gap for each client, not lists of them"
    assert said(model, frame) == said(model, frame.to_pandas()) == sentence


@pytest.mark.parametrize(("given", "kind"), [(None, "None"), (5, "int"), ("a client", "str"), ({1, 2}, "set")])
def test_what_holds_no_clients_is_refused_by_its_kind(model, given, kind):
    sentence = f"X must be a frame, lists of numbers by name, a list of clients, or an array, not {kind}"
    assert said(model, given) == sentence


@pytest.mark.parametrize(
    ("given", "shape"), [([[]], "(1, 0)"), ([[[2, 3]]], "(1, 1, 2)"), ([[1, 2, 3], [1, 2]], "(2,)"), ([None], "(1,)")]
)
def test_rows_of_another_shape_are_refused_by_it(model, given, shape):
    assert said(model, given) == f"X must have the shape (clients, 3), not {shape}"


def test_a_text_among_rows_is_refused_by_its_column(model):
    assert said(model, [[1, "471100", 0.5]]) == "AMT_CREDIT must hold numbers or gaps, not str"


def test_a_lazy_frame_is_to_be_collected(model, frame):
    sentence = "X is a lazy frame, which holds no values yet: collect it first, as X.collect() of Polars does"
    assert said(model, pl.from_pandas(frame).lazy()) == sentence


def test_a_doubled_column_is_refused_by_its_name(model, frame):
    table = pl.from_pandas(frame).to_arrow()
    table = table.append_column("AMT_CREDIT", table["AMT_CREDIT"])
    sentence = "these columns come more than once, send each once: AMT_CREDIT"
    assert said(model, doubled(frame)) == said(model, table) == sentence


def test_an_array_of_another_width_is_refused(model):
    assert said(model, X[:, 1:]) == "X must have the shape (clients, 3), not (3, 2)"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"EXT_SOURCE_2": ["high"]}, "EXT_SOURCE_2 must hold numbers or gaps, not str"),
        ({"AMT_INCOME": [1]}, "of the 3 columns that the model reads, these are missing: EXT_SOURCE_2. "),
        ({"EXT_SOURCE_2": [HUGE]}, "EXT_SOURCE_2 holds a number that a float of 64 bits cannot hold"),
        ({"EXT_SOURCE_2": [[0.9]]}, "EXT_SOURCE_2 must hold one number or gap for each client, not lists of them"),
        ({"EXT_SOURCE_2": [[]]}, "EXT_SOURCE_2 must hold one number or gap for each client, not lists of them"),
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
    assert "stack_trace" not in answer


@pytest.mark.parametrize("key", ["dataframe_split", "dataframe_records", "instances"])
def test_the_server_of_mlflow_takes_inputs_alone_as_the_page_says(model, key):
    body = json.dumps({key: [{name: values[0] for name, values in SOUND.items()}]})
    with pytest.raises(MlflowException, match="must be a dictionary with 'inputs' key") as refused:
        scoring_server.invocations(body, "application/json", model, model.metadata.get_input_schema())
    assert refused.value.get_http_status_code() == 400


def test_the_server_of_mlflow_reads_csv_itself_as_the_page_says(model):
    schema = model.metadata.get_input_schema()
    answer = scoring_server.invocations(",".join(SOUND) + "\n1,471100,0.5\n", "text/csv", model, schema)
    np.testing.assert_array_equal(json.loads(answer.response)["predictions"], model.predict(SOUND))
    with pytest.raises(MlflowException, match="could not convert string to float: 'high'"):
        scoring_server.invocations(",".join(SOUND) + "\n1,471100,high\n", "text/csv", model, schema)


def test_lists_of_different_lengths_are_refused(model):
    given = {"CODE_GENDER": [1, 0], "AMT_CREDIT": [1.0], "EXT_SOURCE_2": [0.5, 0.5]}
    assert said(model, given) == (
        "all columns must hold as many values, one for each client: AMT_CREDIT holds 1 and CODE_GENDER 2"
    )


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
