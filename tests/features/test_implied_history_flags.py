"""Whether a client has a history follows from the features that are made from its rows."""

import json

import numpy as np
import pytest
from support.loans import LOAN

from credit.features import COLUMNS, FEATURES, client_plan
from credit.features.history_flags import FEATURES as KNOWN
from credit.features.needed_tables import tables_of
from credit.tables import HISTORIES, TABLES
from credit.web.payload import Bodies, BodyError

bodies = Bodies(COLUMNS)
TABLE = {one.name: one.table for one in KNOWN}


def read(**sent):
    return dict(zip(COLUMNS, bodies.read(json.dumps({"SK_ID_CURR": 1, **LOAN, **sent}).encode()).X[0], strict=True))


def test_of_a_client_without_rows_nothing_else_is_known():
    """All of the application is known, so that a formula over both has what it needs of that."""
    application = {"SK_ID_CURR": 1}
    for column in TABLES["application_test"].columns[1:]:
        application[column.name] = column.values[0] if column.kind == "text" else -5000 if "DAYS" in column.name else 1
    _, (x,) = client_plan(COLUMNS).values({"application": [application], **{name: [] for name in HISTORIES}})
    known = {one.name for one, value in zip(FEATURES, x, strict=True) if tables_of(one) and not np.isnan(value)}
    assert known == set(TABLE)


@pytest.mark.parametrize("history", TABLE)
def test_a_feature_that_is_made_from_rows_says_that_there_are_some(history):
    made = [one.name for one in FEATURES if TABLE[history] in tables_of(one) and one.name != history]
    for name in (*made[:: max(1, len(made) // 12)], made[-1]):
        for beside in ({}, {history: None}):
            x = read(**{name: 1.5}, **beside)
            assert {one: x[one] for one in TABLE if not np.isnan(x[one])} == {history: 1.0}, name


def test_a_history_of_which_nothing_is_sent_is_not_known():
    x = read(EXT_SOURCE_1=0.5)
    assert all(np.isnan(x[name]) for name in TABLE)


def test_what_is_sent_counts():
    x = read(BUREAU_HISTORY=0, CARD_HISTORY=True, POS_HISTORY=1, POS_ROWS=2)
    assert [x[name] for name in ("BUREAU_HISTORY", "CARD_HISTORY", "POS_HISTORY")] == [0, 1, 1]


def test_no_rows_are_no_history():
    assert read(BUREAU_ROWS=0)["BUREAU_HISTORY"] == 0
    assert read(BUREAU_ROWS=0, BUREAU_HISTORY=0)["BUREAU_HISTORY"] == 0
    assert read(BUREAU_ROWS=0, BUREAU_DAYS_CREDIT_MAX=-5)["BUREAU_HISTORY"] == 0


@pytest.mark.parametrize("form", [lambda row: row, lambda row: {**row, "NAME_INCOME_TYPE": "Working"}])
def test_no_history_beside_a_feature_of_its_rows_is_a_contradiction(form):
    with pytest.raises(BodyError) as caught:
        read(**form({"BUREAU_HISTORY": 0, "BUREAU_DAYS_CREDIT_MAX": -5}))
    assert caught.value.status == 422
    assert caught.value.sentence == (
        "BUREAU_HISTORY contradicts BUREAU_DAYS_CREDIT_MAX: 0 says that the client has no history of this kind; send "
        "one of the two"
    )


def test_a_history_is_0_or_1():
    with pytest.raises(BodyError, match="BUREAU_HISTORY must be 0 or 1"):
        read(BUREAU_HISTORY=2)


def test_each_client_of_a_list_is_looked_at_by_itself():
    rows = [
        {"SK_ID_CURR": 1, **LOAN, "BUREAU_ROWS": 3},
        {"SK_ID_CURR": 2, **LOAN, "POS_ROWS": 3},
        {"SK_ID_CURR": 3, **LOAN, "POS_ROWS": 0},
    ]
    X = bodies.read(json.dumps(rows).encode()).X
    found = X[:, [COLUMNS.index("BUREAU_HISTORY"), COLUMNS.index("POS_HISTORY")]]
    np.testing.assert_array_equal(found, [[1, np.nan], [np.nan, 1], [np.nan, 0]])


def test_a_model_without_these_features_or_with_one_alone_reads_as_before():
    for columns in (["AMT_CREDIT", "BUREAU_ROWS"], ["AMT_CREDIT", "BUREAU_HISTORY"]):
        x = Bodies(columns).read(b'{"SK_ID_CURR": 1, "AMT_CREDIT": 5}').X[0]
        np.testing.assert_array_equal(x, [5, np.nan])
