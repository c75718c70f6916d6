"""Features of a request: rows as JSON gives them in, a full error or one row per client out."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from credit.features import COLUMNS, ClientPlan, of_clients
from credit.features.raw import InvalidTables

ONE = {"application": [{"SK_ID_CURR": 5, "AMT_CREDIT": 1000}]}


def problems(**tables):
    with pytest.raises(InvalidTables) as caught:
        of_clients({**ONE, **tables})
    return caught.value.problems


def test_a_client_with_one_known_column_gets_features():
    features = of_clients(ONE)
    assert features.columns == ["SK_ID_CURR", *COLUMNS]
    assert features["SK_ID_CURR"].to_list() == [5]
    assert features["AMT_CREDIT"].to_list() == [1000.0]
    assert features["AMT_ANNUITY"].to_list() == [None]


def test_clients_come_back_in_the_order_of_the_request():
    clients = [{"SK_ID_CURR": key, "AMT_CREDIT": float(key)} for key in (9, 3, 7, 1)]
    loans = [{"SK_ID_CURR": key, "SK_ID_BUREAU": key, "DAYS_CREDIT": -key} for key in (1, 7, 9)]
    features = of_clients({"application": clients, "bureau": loans})
    assert features["SK_ID_CURR"].to_list() == [9, 3, 7, 1]
    assert features["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [-9, None, -7, -1]


def test_whole_numbers_may_be_written_either_way():
    rows = [{"SK_ID_CURR": 5, "SK_ID_BUREAU": 1.0, "DAYS_CREDIT": -10.0, "AMT_CREDIT_SUM": 3}]
    features = of_clients({**ONE, "bureau": rows})
    assert features["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [-10]
    assert features["BUREAU_AMT_CREDIT_SUM_MEAN"].to_list() == [3]


def test_one_request_leaves_nothing_behind_for_the_next():
    loan = {"SK_ID_CURR": 5, "SK_ID_BUREAU": 1, "DAYS_CREDIT": -10}
    assert of_clients({**ONE, "bureau": [loan]})["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [-10]
    assert of_clients(ONE)["BUREAU_DAYS_CREDIT_MEAN"].to_list() == [None]


def test_threads_do_not_mix_their_clients():
    plan = ClientPlan(["AMT_CREDIT", "BUREAU_DAYS_CREDIT_MEAN"])

    def features(key):
        loan = {"SK_ID_CURR": key, "SK_ID_BUREAU": 1, "DAYS_CREDIT": -key}
        return plan.of_clients({"application": [{"SK_ID_CURR": key, "AMT_CREDIT": key}], "bureau": [loan]}).row(0)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(features, range(1, 60))) == [(key, key, -key) for key in range(1, 60)]


def test_a_plan_may_be_built_for_some_features_only():
    plan = ClientPlan(["CARD_ROWS", "AMT_CREDIT"])
    assert plan.of_clients(ONE).to_dicts() == [{"SK_ID_CURR": 5, "CARD_ROWS": None, "AMT_CREDIT": 1000.0}]


def test_unknown_tables_and_columns_are_told_with_the_nearest_known_name():
    assert problems(burau=[]) == ("'burau' is not a table. Did you mean 'bureau'?",)
    rows = [
        {"SK_ID_CURR": 5, "SK_ID_BUREAU": 1, "DAYS_CREDT": -3},
        {"SK_ID_CURR": 5, "SK_ID_BUREAU": 2, "DAYS_CREDT": 1},
    ]
    assert problems(bureau=rows) == ("'DAYS_CREDT' in row 0 of 'bureau' is not a column. Did you mean 'DAYS_CREDIT'?",)
    label = [{"SK_ID_CURR": 5, "TARGET": 1}]
    assert problems(application=label)[0].startswith("'TARGET' in row 0 of 'application' is not a column.")


@pytest.mark.parametrize("value", ["12", True, [1], math.nan, math.inf, 1e300, 10**40])
def test_a_wrong_value_in_a_number_column_is_told(value):
    (problem,) = problems(application=[{"SK_ID_CURR": 5, "AMT_CREDIT": value}])
    assert problem == (
        f"'AMT_CREDIT' in row 0 of 'application' has to be a number between -1e12 and 1e12, not {value!r}."
    )


@pytest.mark.parametrize("value", ["-3", False, -3.5, 10**10])
def test_a_wrong_value_in_a_whole_number_column_is_told(value):
    (problem,) = problems(bureau=[{"SK_ID_CURR": 5, "SK_ID_BUREAU": 1, "DAYS_CREDIT": value}])
    assert problem == (
        f"'DAYS_CREDIT' in row 0 of 'bureau' has to be a whole number between -1e9 and 1e9, not {value!r}."
    )


def test_a_number_in_a_text_column_is_told():
    (problem,) = problems(application=[{"SK_ID_CURR": 5, "CODE_GENDER": 1}])
    assert problem == "'CODE_GENDER' in row 0 of 'application' has to be a text, not 1."


def test_missing_keys_are_told():
    assert problems(bureau=[{"SK_ID_CURR": 5}], POS_CASH_balance=[{"SK_ID_CURR": None}]) == (
        "Row 0 of 'bureau' lacks its key 'SK_ID_BUREAU'.",
        "Row 0 of 'POS_CASH_balance' lacks its key 'SK_ID_CURR'.",
    )


def test_a_client_that_comes_twice_is_told():
    assert problems(application=[{"SK_ID_CURR": 5}, {"SK_ID_CURR": 6}, {"SK_ID_CURR": 5}]) == (
        "Client 5 comes more than once in 'application'.",
    )


@pytest.mark.parametrize("application", [[], None])
def test_a_request_without_clients_is_told(application):
    tables = {} if application is None else {"application": application}
    with pytest.raises(InvalidTables, match="'application' is missing or empty"):
        of_clients(tables)


def test_tables_and_rows_of_the_wrong_kind_are_told():
    assert problems(bureau={"SK_ID_CURR": 5}) == ("The table 'bureau' has to be a list of rows, not an object.",)
    assert problems(bureau="none") == ("The table 'bureau' has to be a list of rows, not a text.",)
    assert problems(bureau=[7]) == ("Row 0 of 'bureau' has to be an object, not 7.",)


def test_all_problems_are_told_at_once():
    assert len(problems(burau=[], bureau=[{"SK_ID_CURR": "5"}], application=[{"SK_ID_CURR": 5, "X": 1}])) == 4
