"""Bodies in the envelopes of pandas, MLflow and other programs."""

import json

import numpy as np
import pandas as pd
import pytest

from credit.web.payload import Bodies, BodyError, violations

COLUMNS = ["AMT_CREDIT", "EXT_SOURCE_2", "CODE_GENDER", "NAME_CONTRACT_TYPE_Cash_loans"]
bodies = Bodies(COLUMNS)

ONE = {"SK_ID_CURR": 7, "AMT_CREDIT": 450000.0, "EXT_SOURCE_2": 0.57, "CODE_GENDER": "M"}
TWO = {"SK_ID_CURR": 8, "AMT_CREDIT": 90000.0, "EXT_SOURCE_2": None, "CODE_GENDER": "F"}
NAMES, VALUES = list(ONE), list(ONE.values())
FRAME = pd.DataFrame([ONE, TWO])

SECRET = "secret-salary-45000"


def read(value):
    return bodies.read(value if isinstance(value, bytes) else json.dumps(value).encode())


def refused(value):
    with pytest.raises(BodyError) as caught:
        read(value)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": [ONE]},
        {"dataframe_split": {"columns": NAMES, "data": [VALUES]}},
        {"dataframe_split": {"index": [0], "columns": NAMES, "data": [VALUES]}},
        {"columns": NAMES, "index": [0], "data": [VALUES]},
        {"instances": [ONE]},
        {"inputs": [ONE]},
        {"inputs": {name: [value] for name, value in ONE.items()}},
        {"data": [ONE]},
        {"data": ONE},
        {"records": [ONE]},
        {"rows": [ONE]},
        {"client": ONE},
        {"clients": [ONE]},
        {"data": {"columns": NAMES, "data": [VALUES]}},
        {name: {"0": value} for name, value in ONE.items()},
        {name: [value] for name, value in ONE.items()},
        {"0": ONE},
        {"schema": {"fields": []}, "data": [{"index": 0, **ONE}]},
        json.dumps(ONE),
        json.dumps([ONE]),
        {"client": json.dumps(ONE)},
        [[ONE]],
        [json.dumps(ONE)],
        [json.dumps([ONE])],
        {"instances": [json.dumps(ONE)]},
        {"dataframe_records": [ONE], "params": {}},
        {"dataframe_split": {"columns": NAMES, "data": [VALUES]}, "params": None},
        {"instances": [ONE], "signature_name": "serving_default"},
        {"instances": [ONE], "parameters": {}},
        {"inputs": {name: [[value]] for name, value in ONE.items()}},
        {"instances": [{name: [value] for name, value in ONE.items()}]},
        {"input_data": {"columns": NAMES, "index": [0], "data": [VALUES]}},
        {"input_data": [ONE], "params": {}},
        {"Inputs": {"data": [ONE]}, "GlobalParameters": {"method": "predict"}},
        {"Inputs": {"data": [ONE]}, "GlobalParameters": 1.0},
        {"Inputs": {"input1": [ONE]}, "GlobalParameters": {}},
        {"Inputs": {"WebServiceInput0": [ONE]}},
        {"features": ONE},
        {"instances": [{"features": ONE}]},
        {"instances": [{"configuration": {}, "data": ONE}]},
        {"SK_ID_CURR": 7, "features": {name: value for name, value in ONE.items() if name != "SK_ID_CURR"}},
        {"name": 0, "index": NAMES, "data": VALUES},
        {"a": ONE},
        {"7.0": ONE},
    ],
)
def test_an_envelope_is_answered_as_the_client_inside(body):
    found, plain = read(body), read(ONE)
    assert found.numbers == plain.numbers
    np.testing.assert_array_equal(found.X, plain.X)
    assert found.absent == plain.absent


@pytest.mark.parametrize("orient", ["records", "split", "index", "columns", "table"])
def test_whatever_pandas_writes_with_names_is_read(orient):
    found, plain = read(FRAME.to_json(orient=orient).encode()), read([ONE, TWO])
    assert found.numbers == (7, 8)
    np.testing.assert_array_equal(found.X, plain.X)


def test_a_dictionary_of_lists_is_read():
    assert read(FRAME.astype(object).where(FRAME.notna(), None).to_dict("list")).numbers == (7, 8)


@pytest.mark.parametrize("index", [None, "SK_ID_CURR", ["SK_ID_CURR", "CODE_GENDER"], ["CODE_GENDER", "SK_ID_CURR"]])
def test_a_tight_dictionary_names_its_index_and_is_read(index):
    frame = FRAME.astype(object).where(FRAME.notna(), None)
    found, plain = read(frame.set_index(index).to_dict("tight") if index else frame.to_dict("tight")), read([ONE, TWO])
    assert found.numbers == (7, 8)
    np.testing.assert_array_equal(found.X, plain.X)
    assert found.absent == plain.absent


def tensor(name, data, shape=None, **more):
    return {"name": name, "shape": shape or [len(data)], "datatype": "FP64", "data": data, **more}


NUMBER = tensor("SK_ID_CURR", [7, 8])
OTHERS = [tensor(name, [ONE[name], TWO[name]], [2, 1]) for name in NAMES[1:]]


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": [NUMBER, *OTHERS]},
        {"inputs": [*OTHERS, tensor("SK_ID_CURR", [[7], [8]], [2, 1])]},
        {
            "id": "4f1c",
            "parameters": {"content_type": "pd"},
            "inputs": [NUMBER, *OTHERS[:2], {**OTHERS[2], "datatype": "BYTES", "parameters": {"content_type": "str"}}],
            "outputs": [{"name": "predict"}],
        },
    ],
)
def test_named_tensors_are_columns(body):
    found, plain = read(body), read([ONE, TWO])
    assert found.numbers == (7, 8)
    np.testing.assert_array_equal(found.X, plain.X)
    assert found.absent == plain.absent


EXAMPLE = '{"name": "SK_ID_CURR", "shape": [2], "datatype": "INT64", "data": [100001, 100002]}'


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        (
            [NUMBER, tensor("AMT_CREDIT", [450000.0])],
            "The inputs have from 1 to 2 values: send as many for each name as there are clients, with null where a "
            "value is not known.",
        ),
        (OTHERS, f"The inputs have no SK_ID_CURR: send it beside the others, as {EXAMPLE}."),
        (
            [tensor("SK_ID_CURR", [7, 8], [1, 2])],
            "The input SK_ID_CURR does not hold one value for each client: its shape must be [n] or [n, 1], with n "
            f"values under data, as {EXAMPLE}.",
        ),
        (
            [NUMBER, {"name": "AMT_CREDIT", "shape": [2], "datatype": "FP32", "parameters": {"binary_data_size": 8}}],
            "The input AMT_CREDIT has no list under data, and binary data are not read: send them as JSON, "
            '{"name": "SK_ID_CURR", "shape": [1], "datatype": "INT64", "data": [100001]}.',
        ),
        (
            [NUMBER, {**OTHERS[2], "parameters": {"content_type": "base64"}}],
            "The input CODE_GENDER is encoded as base64: send its texts as they are.",
        ),
        ([NUMBER, NUMBER], "SK_ID_CURR comes more than once in inputs; send it once"),
    ],
)
def test_tensors_that_do_not_add_up_are_refused_in_one_sentence(inputs, sentence):
    error = refused({"inputs": inputs})
    assert (error.status, error.sentence, len(error.details)) == (422, sentence, 1)


BY_CLIENT = FRAME.set_index("SK_ID_CURR")


@pytest.mark.parametrize(
    "body",
    [
        *(json.loads(BY_CLIENT.to_json(orient=orient)) for orient in ("columns", "split", "index")),
        json.loads(BY_CLIENT.set_index("CODE_GENDER", append=True).to_json()),
        json.loads(BY_CLIENT.set_index("CODE_GENDER", append=True).to_json(orient="index")),
        json.loads(BY_CLIENT.iloc[0].to_json(orient="split")),
        json.loads(BY_CLIENT.set_index(pd.Index(["a", "b"])).to_json(orient="index")),
        {name: list(BY_CLIENT[name].fillna(0)) for name in BY_CLIENT},
        {"dataframe_split": json.loads(BY_CLIENT.to_json(orient="split"))},
    ],
)
def test_a_frame_with_the_clients_in_its_index_is_refused_with_the_call_that_mends_it(body):
    error = refused(body)
    assert (error.status, len(error.details)) == (422, 1)
    assert error.sentence == (
        "The clients have no SK_ID_CURR: if it is the index of a data frame, send "
        'frame.reset_index().to_json(orient="records").'
    )
    mended = BY_CLIENT.reset_index().to_json(orient="records").encode()
    np.testing.assert_array_equal(read(mended).X, read([ONE, TWO]).X)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            {"dataframe_records": [ONE], "params": {"threshold": 0.5}},
            '"params" is refused, since the model has no parameters: send {"dataframe_records": ...} without it.',
        ),
        (
            {"instances": [ONE], "signature_name": "classify"},
            '"signature_name" is refused, since the model has one signature, serving_default: send {"instances": ...} '
            "without it.",
        ),
        (
            {"Inputs": {"data": [ONE]}, "GlobalParameters": {"quantiles": [0.1]}},
            '"GlobalParameters" is refused, since the model has no parameters: send {"Inputs": ...} without it.',
        ),
        (
            {"instances": [ONE], "inputs": [ONE]},
            'The body holds clients under "instances" and "inputs": send them all under one name.',
        ),
        (
            {"instances": [ONE], "explain": True},
            'Beside the clients under "instances" the body holds "explain": send {"instances": ...} alone.',
        ),
        (
            {"payload": [ONE]},
            "The body is neither a client nor tables, since no name in it is one of theirs: send one client as "
            '{"SK_ID_CURR": 100001, "AMT_CREDIT": 450000.0, ...}, several as a list of such objects.',
        ),
    ],
)
def test_what_asks_for_more_than_the_model_has_is_refused_in_one_sentence(body, sentence):
    error = refused(body)
    assert (error.status, error.sentence, len(error.details)) == (422, sentence, 1)


def test_an_error_in_a_list_of_texts_says_in_which_one():
    assert refused([json.dumps(ONE), '{"SK_ID_CURR": 8,}']).sentence.startswith(
        "Text [1] of the list is not JSON: trailing comma in object in line 1, column 18."
    )
    error = refused([json.dumps(ONE), '{"SK_ID_CURR": 8, "SK_ID_CURR": 9}'])
    assert error.sentence == "[1].SK_ID_CURR comes more than once in one object; send it once"
    assert [detail.field for detail in error.details] == ["[1].SK_ID_CURR"]


HEADLESS = {"100001": 100002, "Cash loans": "Revolving loans", SECRET: "F"}
WITHOUT_HEADER = (
    "None of the 3 names of {} is a column; was a CSV row read without its header? In Python name the columns: "
    'pandas.read_csv("rows.csv", header=None, names=[...]).to_json(orient="records").'
)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (HEADLESS, "the row"),
        ([HEADLESS], "the row"),
        ([ONE, HEADLESS], "row [1]"),
        ({"instances": [HEADLESS]}, "the row"),
        ({"columns": list(HEADLESS), "data": [list(HEADLESS.values())]}, "the row"),
        ({"0": HEADLESS}, "the row"),
        ({"application": HEADLESS}, "application[0]"),
        ({"application": [ONE], "bureau": [HEADLESS]}, "bureau[0]"),
    ],
)
def test_a_row_read_without_its_header_is_one_sentence_without_its_values(body, where):
    error = refused(body)
    assert (error.status, error.sentence, len(error.details)) == (422, WITHOUT_HEADER.format(where), 1)
    assert SECRET not in str(error.details)


def test_columns_read_without_their_header_are_not_repeated():
    for column in ([1], {"0": 1}):
        error = refused(dict.fromkeys(HEADLESS, column))
        assert error.sentence.startswith("The body is neither a client nor tables")
        assert SECRET not in error.sentence + str(error.details)


@pytest.mark.parametrize(
    ("row", "corrected"),
    [
        ({"AMT_CREDT": 1}, "'AMT_CREDT' is not a feature; did you mean 'AMT_CREDIT'?"),
        ({"AMT_CRDIT": 1, "EXT_SOURCES_2": 2}, "'AMT_CRDIT' is not a feature; did you mean 'AMT_CREDIT'?"),
        ({"amt_credit": 1, "sk_id_curr": 7}, "2 names are not written as published: send AMT_CREDIT, not amt_credit"),
        ({"amt_credit": 1, SECRET: 7}, "'amt_credit' is not a feature; did you mean 'AMT_CREDIT'?"),
    ],
)
def test_names_that_are_misspelled_are_corrected(row, corrected):
    assert refused(row).sentence.startswith(corrected)


def test_rows_of_misspelled_names_are_looked_up_once(monkeypatch):
    looked_up = []
    known = violations.nearest
    monkeypatch.setattr(violations, "nearest", lambda name, names: looked_up.append(name) or known(name, names))
    refused([{f"AMT_CREDT{number}": 1} for number in range(1000)])
    assert len(looked_up) == violations.CORRECTED


def test_tables_may_be_in_an_envelope():
    assert read({"data": {"application": ONE}}).numbers == (7,)


@pytest.mark.parametrize(
    "body",
    [
        [VALUES[:3]],
        [7, 450000.0],
        {"instances": [VALUES[:3]]},
        {"rows": [[7.0]]},
        {"features": VALUES[:3]},
        {"instances": [{"features": VALUES[:3]}]},
        {"inputs": [tensor("input-0", VALUES[:3], [1, 3])]},
        {"inputs": [{"shape": [2], "datatype": "INT64", "data": [7, 8]}, OTHERS[0]]},
        json.loads(FRAME.to_json(orient="values")),
    ],
)
def test_values_without_names_are_refused_with_the_call_that_helps(body):
    error = refused(body)
    assert (error.status, len(error.details)) == (422, 1)
    assert "The body holds values without names" in error.sentence
    assert '{"SK_ID_CURR": 100001, "AMT_CREDIT": 450000.0, ...}' in error.sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"columns": NAMES, "data": [VALUES[:2]]}, "data[0] has 2 values, and there are 4 columns"),
        ({"columns": ["SK_ID_CURR", "SK_ID_CURR"], "data": [[1, 2]]}, "SK_ID_CURR comes more than once in columns"),
        ({"columns": 4, "data": []}, '"columns" must be a list of names, not a number'),
        ({"columns": NAMES, "data": [ONE]}, '"data" must be a list of rows'),
        ({"SK_ID_CURR": [1, 2], "AMT_CREDIT": [1.0]}, "AMT_CREDIT has not the rows of SK_ID_CURR"),
        ({"SK_ID_CURR": {"0": 1}, "AMT_CREDIT": {"1": 1.0}}, "AMT_CREDIT has not the rows of SK_ID_CURR"),
        ({"sk_id_curr": 1, "SK_ID_CURR": [1]}, "sk_id_curr has not the rows of SK_ID_CURR"),
        ({"data": {"data": {"data": {"data": {"data": [ONE]}}}}}, "too many envelopes"),
        ("no client", "The body must be an object of names and values, not a text"),
    ],
)
def test_an_envelope_that_does_not_add_up_is_refused_in_one_sentence(body, sentence):
    error = refused(body)
    assert error.status == 422
    assert sentence in error.sentence
    assert len(error.details) == 1


def test_an_error_in_an_envelope_is_that_of_the_row():
    error = refused({"instances": [ONE, {**TWO, "AMT_CREDT": 1}]})
    assert [detail.field for detail in error.details] == ["[1].AMT_CREDT"]


def test_a_whole_number_of_a_thousand_digits_is_no_value_and_not_repeated():
    error = refused(b'{"SK_ID_CURR": 7, "AMT_CREDIT": ' + b"1" * 1000 + b"}")
    assert [detail.field for detail in error.details] == ["AMT_CREDIT"]
    assert "111" not in error.sentence


@pytest.mark.parametrize(
    "name",
    ["index", "level_0", "level_1", "Unnamed: 0", "Unnamed: 0.1", "Unnamed: 0_level_0", "__index_level_0__", ""],
)
def test_an_index_is_ignored_with_a_warning(name):
    found = read([{**ONE, name: 3}])
    np.testing.assert_array_equal(found.X, read(ONE).X)
    assert [(one.kind, one.column) for one in found.remarks] == [("ignored", name)]
    assert "is the number of a row in a data frame and no input" in str(found.remarks[0])


@pytest.mark.parametrize("name", ["TARGET", "target", "Target"])
def test_the_outcome_is_ignored_in_any_letters(name):
    for body in ({**ONE, name: 1}, {"application": {**ONE, name: 1}}):
        assert [str(one) for one in read(body).remarks if one.kind == "ignored"] == [
            f"1 row of application: {name!r} is the outcome and no input; it is ignored."
        ]
    assert (
        "'target' is not a column of bureau"
        in refused({"application": ONE, "bureau": [{"SK_ID_CURR": 7, "SK_ID_BUREAU": 1, "target": 1}]}).sentence
    )


@pytest.mark.parametrize("name", ["level_", "level_x", "Unnamed: a", "__index_level__", "index_0", "my_target"])
def test_names_that_no_library_writes_for_an_index_are_refused(name):
    assert f"{name!r} is not a feature" in refused({**ONE, name: 3}).sentence


@pytest.mark.parametrize("envelope", ["{}", '{{"instances": {}}}'])
def test_tables_in_a_list_are_refused_in_one_sentence(envelope):
    body = envelope.format(
        '[{"application": {"SK_ID_CURR": 1, "AMT_CREDIT": 7}}, {"application": {"SK_ID_CURR": 2, "AMT_CREDIT": 7}}]'
    )
    with pytest.raises(BodyError) as caught:
        Bodies(["AMT_CREDIT"]).read(body.encode())
    assert caught.value.sentence.startswith("A list holds clients by name, and here it holds tables: send {")
