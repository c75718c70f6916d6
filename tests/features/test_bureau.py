"""Features of the bureau loans and their months, on clients made by hand."""

import pytest

from credit.features import COLUMNS

LOANS = [
    {
        "SK_ID_BUREAU": 11,
        "CREDIT_ACTIVE": "Active",
        "CREDIT_CURRENCY": "currency 1",
        "CREDIT_TYPE": "Loan for purchase of shares (margin lending)",
        "DAYS_CREDIT": -100,
        "DAYS_CREDIT_ENDDATE": 500.0,
        "DAYS_CREDIT_UPDATE": -10,
        "CREDIT_DAY_OVERDUE": 4,
        "AMT_CREDIT_MAX_OVERDUE": 50.0,
        "CNT_CREDIT_PROLONG": 1,
        "AMT_CREDIT_SUM": 1_000.0,
        "AMT_CREDIT_SUM_DEBT": 600.0,
        "AMT_CREDIT_SUM_LIMIT": None,
        "AMT_CREDIT_SUM_OVERDUE": 8.0,
        "AMT_ANNUITY": 90.0,
    },
    {
        "SK_ID_BUREAU": 12,
        "CREDIT_ACTIVE": "Closed",
        "CREDIT_CURRENCY": "currency 1",
        "CREDIT_TYPE": "Car loan",
        "DAYS_CREDIT": -300,
        "DAYS_CREDIT_ENDDATE": None,
        "DAYS_CREDIT_UPDATE": -30,
        "CREDIT_DAY_OVERDUE": 0,
        "AMT_CREDIT_MAX_OVERDUE": None,
        "CNT_CREDIT_PROLONG": 2,
        "AMT_CREDIT_SUM": 3_000.0,
        "AMT_CREDIT_SUM_DEBT": None,
        "AMT_CREDIT_SUM_LIMIT": None,
        "AMT_CREDIT_SUM_OVERDUE": 0.0,
        "AMT_ANNUITY": None,
    },
    {"SK_ID_BUREAU": 13, "CREDIT_ACTIVE": "Closed", "CREDIT_TYPE": "a type never seen", "DAYS_CREDIT": -800},
]
MONTHS = [
    {"SK_ID_BUREAU": 11, "MONTHS_BALANCE": 0, "STATUS": "1"},
    {"SK_ID_BUREAU": 11, "MONTHS_BALANCE": -1, "STATUS": "0"},
    {"SK_ID_BUREAU": 11, "MONTHS_BALANCE": -2, "STATUS": "0"},
    {"SK_ID_BUREAU": 11, "MONTHS_BALANCE": -3, "STATUS": None},
    {"SK_ID_BUREAU": 12, "MONTHS_BALANCE": -9, "STATUS": "C"},
    {"SK_ID_BUREAU": 99, "MONTHS_BALANCE": -50, "STATUS": "5"},  # of a loan that bureau does not know
]


def test_numbers_over_all_loans(features_of):
    features = features_of(bureau=LOANS)
    assert features["BUREAU_DAYS_CREDIT_MIN"] == -800
    assert features["BUREAU_DAYS_CREDIT_MAX"] == -100
    assert features["BUREAU_DAYS_CREDIT_MEAN"] == -400  # -(100 + 300 + 800) / 3
    # Distances from the mean 300, 100, -400: (90,000 + 10,000 + 160,000) / (3 - 1)
    assert features["BUREAU_DAYS_CREDIT_VAR"] == 130_000
    assert features["BUREAU_DAYS_CREDIT_ENDDATE_MEAN"] == 500  # the only known one
    assert features["BUREAU_DAYS_CREDIT_UPDATE_MEAN"] == -20  # -(10 + 30) / 2, the third is missing
    assert features["BUREAU_CREDIT_DAY_OVERDUE_MAX"] == 4
    assert features["BUREAU_CREDIT_DAY_OVERDUE_MEAN"] == 2
    assert features["BUREAU_AMT_CREDIT_SUM_MAX"] == 3_000
    assert features["BUREAU_AMT_CREDIT_SUM_MEAN"] == 2_000
    assert features["BUREAU_AMT_CREDIT_SUM_SUM"] == 4_000
    assert features["BUREAU_AMT_CREDIT_SUM_DEBT_SUM"] == 600
    assert features["BUREAU_AMT_CREDIT_SUM_OVERDUE_MEAN"] == 4
    assert features["BUREAU_AMT_CREDIT_MAX_OVERDUE_MEAN"] == 50
    assert features["BUREAU_AMT_ANNUITY_MEAN"] == 90
    assert features["BUREAU_CNT_CREDIT_PROLONG_SUM"] == 3


def test_the_sum_of_nothing_known_is_missing_and_not_0(features_of):
    features = features_of(bureau=LOANS)
    assert features["BUREAU_AMT_CREDIT_SUM_LIMIT_SUM"] is None
    assert features["BUREAU_AMT_CREDIT_SUM_LIMIT_MEAN"] is None
    assert features["BUREAU_CLOSED_AMT_CREDIT_SUM_DEBT_SUM"] is None


def test_running_and_closed_loans_have_numbers_of_their_own(features_of):
    sold = {"SK_ID_BUREAU": 14, "CREDIT_ACTIVE": "Sold", "DAYS_CREDIT": -7}
    features = features_of(bureau=[*LOANS, sold])
    assert features["BUREAU_ACTIVE_DAYS_CREDIT_MEAN"] == -100
    assert features["BUREAU_ACTIVE_AMT_CREDIT_SUM_SUM"] == 1_000
    assert features["BUREAU_ACTIVE_DAYS_CREDIT_VAR"] is None  # one row has no variance
    assert features["BUREAU_CLOSED_DAYS_CREDIT_MEAN"] == -550  # -(300 + 800) / 2
    assert features["BUREAU_CLOSED_DAYS_CREDIT_VAR"] == 125_000  # 250^2 + 250^2, / (2 - 1)
    assert features["BUREAU_CLOSED_CNT_CREDIT_PROLONG_SUM"] == 2


def test_shares_count_missing_texts_apart_and_unknown_ones_nowhere(features_of):
    features = features_of(bureau=LOANS)
    third = pytest.approx(1 / 3)
    assert features["BUREAU_CREDIT_ACTIVE_Active_SHARE"] == third
    assert features["BUREAU_CREDIT_ACTIVE_Closed_SHARE"] == pytest.approx(2 / 3)
    assert features["BUREAU_CREDIT_ACTIVE_Sold_SHARE"] == 0
    assert features["BUREAU_CREDIT_ACTIVE_MISSING_SHARE"] == 0
    assert features["BUREAU_CREDIT_CURRENCY_currency_1_SHARE"] == pytest.approx(2 / 3)
    assert features["BUREAU_CREDIT_CURRENCY_MISSING_SHARE"] == third
    assert features["BUREAU_CREDIT_TYPE_Car_loan_SHARE"] == third
    assert features["BUREAU_CREDIT_TYPE_Loan_for_purchase_of_shares_margin_lending_SHARE"] == third
    # The third type is unknown: none of the known ones, and not missing either.
    assert features["BUREAU_CREDIT_TYPE_MISSING_SHARE"] == 0
    types = [name for name in COLUMNS if name.startswith("BUREAU_CREDIT_TYPE_")]
    assert sum(features[name] for name in types) == pytest.approx(2 / 3)


def test_months_are_summarised_per_loan_and_then_per_client(features_of):
    features = features_of(bureau=LOANS, bureau_balance=MONTHS)
    # Loan 11: months -3 .. 0, four of them; loan 12: month -9, one; loan 13: none.
    assert features["BUREAU_MONTHS_FIRST_MIN"] == -9
    assert features["BUREAU_MONTHS_LAST_MAX"] == 0
    assert features["BUREAU_MONTHS_COUNT_MEAN"] == 2.5
    assert features["BUREAU_MONTHS_COUNT_SUM"] == 5
    assert features["BUREAU_ACTIVE_MONTHS_FIRST_MIN"] == -3
    assert features["BUREAU_CLOSED_MONTHS_COUNT_SUM"] == 1
    # Shares of the months of loan 11: "0" 2/4, "1" 1/4, missing 1/4; of loan 12: "C" 1.
    assert features["BUREAU_STATUS_0_MEAN"] == 0.25  # (0.5 + 0) / 2
    assert features["BUREAU_STATUS_1_MEAN"] == 0.125
    assert features["BUREAU_STATUS_MISSING_MEAN"] == 0.125
    assert features["BUREAU_STATUS_C_MEAN"] == 0.5
    assert features["BUREAU_STATUS_5_MEAN"] == 0  # the orphan month is nobody's


def test_without_months_the_loans_keep_their_numbers(features_of):
    features = features_of(bureau=LOANS)
    assert features["BUREAU_MONTHS_COUNT_SUM"] is None
    assert features["BUREAU_STATUS_0_MEAN"] is None
    assert features["BUREAU_DAYS_CREDIT_MIN"] == -800


def test_months_without_a_loan_are_nobodys(features_of):
    features = features_of(bureau_balance=MONTHS)
    assert {features[name] for name in COLUMNS if name.startswith("BUREAU_")} == {None}


def test_a_loan_opened_in_the_future_is_not_averaged(features_of):
    loans = [{"SK_ID_BUREAU": 1, "DAYS_CREDIT": -100}, {"SK_ID_BUREAU": 2, "DAYS_CREDIT": 1}]
    features = features_of(bureau=loans)
    assert features["BUREAU_DAYS_CREDIT_MEAN"] == -100
    assert features["BUREAU_DAYS_CREDIT_MAX"] == -100


def test_a_loan_opened_on_the_day_of_the_application_is_past(features_of):
    assert features_of(bureau=[{"SK_ID_BUREAU": 1, "DAYS_CREDIT": 0}])["BUREAU_DAYS_CREDIT_MEAN"] == 0
