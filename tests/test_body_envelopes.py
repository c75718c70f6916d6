"""Bodies in the envelopes of pandas, MLflow and other programs, and those that only a sentence can help."""

import json

import numpy as np
import pandas as pd
import pytest

from credit.body import Bodies, BodyError

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


def test_tables_may_be_in_an_envelope():
    assert read({"data": {"application": ONE}}).numbers == (7,)


@pytest.mark.parametrize(
    "body",
    [
        [VALUES[:3]],
        [7, 450000.0],
        {"instances": [VALUES[:3]]},
        {"rows": [[7.0]]},
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


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (lines(ONE, TWO), "2 lines with a JSON object each (JSON Lines): send a list"),
        (repr(ONE).encode(), "as Python prints it (line 1, column 2): send json.dumps(client)"),
        (b'{"SK_ID_CURR": 7,\n "AMT_CREDIT": None}', "as Python prints it (line 2, column 16)"),
        (b"SK_ID_CURR,NAME_INCOME_TYPE\n7," + SECRET.encode(), 'polars.read_csv("rows.csv").write_json()'),
        (b"SK_ID_CURR\tNAME_INCOME_TYPE\n7\t" + SECRET.encode(), "a table copied from a spreadsheet"),
        (b"7,M," + SECRET.encode(), "CSV without a header"),
        (b"SK_ID_CURR=7&NAME_INCOME_TYPE=" + SECRET.encode(), "a form (name=value)"),
        (
            json.dumps({"SK_ID_CURR": 7, "NAME_INCOME_TYPE": "é" + SECRET}, ensure_ascii=False).encode("latin-1"),
            "not UTF-8 (line 1, column 40)",
        ),
        (json.dumps({**ONE, "NAME_INCOME_TYPE": SECRET}).encode("utf-16"), "UTF-16 or UTF-32; JSON is UTF-8"),
        (json.dumps({**ONE, "NAME_INCOME_TYPE": SECRET}).encode("utf-16-le"), "UTF-16 or UTF-32; JSON is UTF-8"),
        (b'{"SK_ID_CURR": 7,\n "NAME_INCOME_TYPE": secret-salary-45000}', "in line 2, column 22"),
        (b'{"SK_ID_CURR": 7', "truncated in line 1, column 17"),
        ('{\n"é": 7,}'.encode(), "trailing comma in object in line 2, column 8"),
    ],
)
def test_what_is_not_json_is_told_by_its_cause_and_not_repeated(body, cause):
    error = refused(body)
    assert error.status == 400
    assert error.sentence.startswith("The body is not JSON: ")
    assert cause in error.sentence
    assert "secret" not in error.sentence


def test_one_json_line_is_a_client():
    assert read(lines(ONE) + b"\n").numbers == (7,)
