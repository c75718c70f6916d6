"""Features of the application, on clients made by hand."""

import pytest

from credit.features import COLUMNS

CLIENT = {
    "SK_ID_CURR": 1,
    "CODE_GENDER": "M",
    "FLAG_OWN_CAR": "Y",
    "FLAG_OWN_REALTY": "N",
    "CNT_CHILDREN": 2,
    "AMT_INCOME_TOTAL": 200_000.0,
    "AMT_CREDIT": 500_000.0,
    "AMT_ANNUITY": 25_000.0,
    "CNT_FAM_MEMBERS": 4.0,
    "DAYS_BIRTH": -10_000,
    "DAYS_EMPLOYED": -2_500,
    "NAME_CONTRACT_TYPE": "Cash loans",
    "NAME_FAMILY_STATUS": "Single / not married",
    "ORGANIZATION_TYPE": "XNA",
}


def test_own_columns_are_copied_and_codes_are_0_and_1(features_of):
    features = features_of(application=[CLIENT])
    assert features["CODE_GENDER"] == 1
    assert features["FLAG_OWN_CAR"] == 1
    assert features["FLAG_OWN_REALTY"] == 0
    assert features["CNT_CHILDREN"] == 2
    assert features["AMT_CREDIT"] == 500_000
    assert features["DAYS_BIRTH"] == -10_000
    assert features["AMT_GOODS_PRICE"] is None
    assert all(isinstance(value, float | None) for value in features.values())


def test_the_five_ratios(features_of):
    features = features_of(application=[CLIENT])
    assert features["EMPLOYED_TO_AGE"] == 0.25  # 2,500 / 10,000
    assert features["INCOME_TO_CREDIT"] == 0.4  # 200,000 / 500,000
    assert features["INCOME_PER_FAMILY_MEMBER"] == 50_000  # 200,000 / 4
    assert features["ANNUITY_TO_INCOME"] == 0.125  # 25,000 / 200,000
    assert features["ANNUITY_TO_CREDIT"] == 0.05  # 25,000 / 500,000


@pytest.mark.parametrize("text", ["XNA", "a value never seen", None])
def test_a_gender_that_is_neither_is_missing(features_of, text):
    assert features_of(application=[{**CLIENT, "CODE_GENDER": text}])["CODE_GENDER"] is None


def test_a_text_is_1_in_its_column_and_0_in_the_others(features_of):
    features = features_of(application=[CLIENT])
    assert features["NAME_CONTRACT_TYPE_Cash_loans"] == 1
    assert features["NAME_CONTRACT_TYPE_Revolving_loans"] == 0
    assert features["NAME_FAMILY_STATUS_Single_not_married"] == 1
    assert features["ORGANIZATION_TYPE_XNA"] == 1  # a text like any other, not a missing value
    assert sum(features[name] for name in COLUMNS[107:240]) == 3


@pytest.mark.parametrize("text", ["A contract never seen", None])
def test_an_unknown_and_a_missing_text_are_0_in_every_column(features_of, text):
    features = features_of(application=[{**CLIENT, "NAME_CONTRACT_TYPE": text}])
    assert features["NAME_CONTRACT_TYPE_Cash_loans"] == 0
    assert features["NAME_CONTRACT_TYPE_Revolving_loans"] == 0


@pytest.mark.parametrize("days", [365_243, 3])
def test_the_employment_sentinel_and_a_day_in_the_future_are_missing(features_of, days):
    features = features_of(application=[{**CLIENT, "DAYS_EMPLOYED": days}])
    assert features["DAYS_EMPLOYED"] is None
    assert features["EMPLOYED_TO_AGE"] is None


def test_a_division_by_zero_is_missing(features_of):
    features = features_of(application=[{**CLIENT, "AMT_CREDIT": 0.0, "AMT_INCOME_TOTAL": 0.0}])
    assert features["INCOME_TO_CREDIT"] is None  # 0 / 0
    assert features["ANNUITY_TO_CREDIT"] is None  # 25,000 / 0
    assert features["ANNUITY_TO_INCOME"] is None
    assert features["INCOME_PER_FAMILY_MEMBER"] == 0


def test_a_client_without_any_history_has_missing_histories_and_never_0(features_of):
    features = features_of(application=[CLIENT])
    assert {features[name] for name in COLUMNS[245:795]} == {None}


def test_the_histories_of_other_clients_are_not_the_clients(features_of):
    stranger = {"SK_ID_CURR": 2, "DAYS_CREDIT": -10, "SK_ID_BUREAU": 7}
    features = features_of(application=[CLIENT], bureau=[stranger])
    assert features["BUREAU_DAYS_CREDIT_MEAN"] is None
    assert features["BUREAU_CREDIT_ACTIVE_Active_SHARE"] is None
