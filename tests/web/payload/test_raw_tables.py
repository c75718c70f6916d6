"""Bodies of tables: what comes once in a file of the batch comes once in a body."""

import json

import numpy as np
import pytest
from support.loans import LOAN

from credit.features import COLUMNS
from credit.web.payload import BodyError
from credit.web.payload.clients import Bodies


@pytest.mark.parametrize(("table", "key"), [("bureau", "SK_ID_BUREAU"), ("previous_application", "SK_ID_PREV")])
def test_a_row_that_is_there_twice_is_refused_at_its_place(table, key):
    row = {"SK_ID_CURR": 1, key: 5}
    body = {"application": {"SK_ID_CURR": 1, **LOAN}, table: [row, {**row, key: 6}, row]}
    with pytest.raises(BodyError) as caught:
        Bodies(["AMT_CREDIT"]).read(json.dumps(body).encode())
    assert caught.value.status == 422
    assert [(one.field, one.message) for one in caught.value.details] == [
        (f"{table}[2].{key}", f"{key} 5 is in an earlier row of {table}; send one row for each")
    ]
    del body[table][2]
    assert Bodies(["AMT_CREDIT"]).read(json.dumps(body).encode()).numbers == (1,)


NUMBERS = {
    "AMT_INCOME_TOTAL": 180000.0,
    "AMT_CREDIT": 450000.0,
    "AMT_ANNUITY": 24500.0,
    "AMT_GOODS_PRICE": 450000.0,
    "DAYS_BIRTH": -14600.0,
    "EXT_SOURCE_2": 0.07,
    "EXT_SOURCE_3": 0.11,
}


AMOUNTS = ["AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"]


@pytest.mark.parametrize("named", [AMOUNTS, [*AMOUNTS, "AMT_INCOME_TOTAL"], list(NUMBERS)])
def test_a_client_by_name_is_the_client_that_the_same_columns_of_the_application_make(named):
    sent = {"SK_ID_CURR": 5, **{name: NUMBERS[name] for name in named}}
    bodies = Bodies(COLUMNS)
    by_name, by_table = (bodies.read(json.dumps(body).encode()) for body in (sent, {"application": sent}))
    np.testing.assert_array_equal(by_name.X, by_table.X)
    assert by_name.absent == (len(COLUMNS) - len(named),)


def test_what_is_named_is_never_made_anew_and_null_is_not_named():
    loan = {"AMT_CREDIT": 100, "AMT_ANNUITY": 10, "AMT_GOODS_PRICE": 100}
    for named, expected in ((7, 7), (None, 0.1)):
        body = {"SK_ID_CURR": 5, **loan, "ANNUITY_TO_CREDIT": named}
        (x,) = Bodies(COLUMNS).read(json.dumps(body).encode()).X
        assert x[COLUMNS.index("ANNUITY_TO_CREDIT")] == expected


def test_each_client_of_a_list_is_completed_by_itself():
    sent = [{"SK_ID_CURR": 5, **LOAN, "AMT_INCOME_TOTAL": 45_000}, {"SK_ID_CURR": 6, **LOAN}]
    X = Bodies(COLUMNS).read(json.dumps(sent).encode()).X
    place = COLUMNS.index("INCOME_TO_CREDIT")
    assert X[0, place] == 0.1
    assert np.isnan(X[1, place])


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("AMT_CREDIT", 0, "an amount above 0"),
        ("AMT_GOODS_PRICE", 0, "an amount above 0, or null"),
        ("AMT_INCOME_TOTAL", -5.5, "an amount above 0, or null"),
        ("EXT_SOURCE_1", 1.01, "a number from 0 to 1, or null"),
    ],
)
def test_a_table_may_not_say_what_may_not_be_said_by_name(name, value, rule):
    body = {"application": [{"SK_ID_CURR": 1, **LOAN}, {"SK_ID_CURR": 2, **LOAN, name: value}]}
    with pytest.raises(BodyError) as caught:
        Bodies(COLUMNS).read(json.dumps(body).encode())
    assert [(one.field, one.message) for one in caught.value.details] == [
        (f"application[1].{name}", f"application[1].{name} must be {rule}")
    ]
    body["application"][1][name] = LOAN.get(name)
    assert Bodies(COLUMNS).read(json.dumps(body).encode()).numbers == (1, 2)


@pytest.mark.parametrize(
    ("columns", "asked_for"),
    [
        (("AMT_CREDIT",), ()),
        (("AMT_CREDIT", "BUREAU_AMT_ANNUITY_MEAN"), ("bureau",)),
        (("BUREAU_STATUS_C_MEAN", "POS_SK_DPD_MEAN"), ("bureau", "bureau_balance", "POS_CASH_balance")),
    ],
)
def test_only_tables_that_the_models_columns_need_are_missing_from_a_body(columns, asked_for):
    bodies = Bodies(columns)
    application = {"SK_ID_CURR": 1, **LOAN}
    for unknown in ({}, dict.fromkeys(asked_for)):
        sent = {"application": application, **unknown}
        assert bodies.read(json.dumps(sent).encode()).absent_tables == asked_for
    sent = {"application": application, **{name: [] for name in asked_for}}
    assert bodies.read(json.dumps(sent).encode()).absent_tables == ()


def test_who_has_no_loans_in_the_bureau_has_no_months_of_them_that_could_be_missing():
    bodies, application = Bodies(("BUREAU_STATUS_C_MEAN",)), {"SK_ID_CURR": 1, **LOAN}
    loan = {"SK_ID_CURR": 1, "SK_ID_BUREAU": 5, "DAYS_CREDIT": -300}
    for loans, missing in (([], ()), ([loan], ("bureau_balance",))):
        body = {"application": application, "bureau": loans}
        assert bodies.read(json.dumps(body).encode()).absent_tables == missing
    body = {"application": application, "bureau": None, "bureau_balance": []}
    assert bodies.read(json.dumps(body).encode()).absent_tables == ("bureau", "bureau_balance")
