"""Features of the previous applications, on clients made by hand."""

import pytest

from credit.features import COLUMNS
from credit.features.previous_application import DATES, rows
from credit.tables import NO_DATE

APPLICATIONS = [
    {
        "SK_ID_PREV": 21,
        "NAME_CONTRACT_TYPE": "Cash loans",
        "NAME_CONTRACT_STATUS": "Approved",
        "AMT_ANNUITY": 10.0,
        "AMT_APPLICATION": 90.0,
        "AMT_CREDIT": 100.0,
        "HOUR_APPR_PROCESS_START": 8,
        "DAYS_DECISION": -50,
        "CNT_PAYMENT": 12.0,
        "CHANNEL_TYPE": "AP+ (Cash loan)",
    },
    {
        "SK_ID_PREV": 22,
        "NAME_CONTRACT_TYPE": "XNA",
        "NAME_CONTRACT_STATUS": "Refused",
        "AMT_ANNUITY": None,
        "AMT_APPLICATION": 30.0,
        "AMT_CREDIT": 20.0,
        "HOUR_APPR_PROCESS_START": 12,
        "DAYS_DECISION": -150,
        "CNT_PAYMENT": 6.0,
    },
    {
        "SK_ID_PREV": 23,
        "NAME_CONTRACT_TYPE": None,
        "NAME_CONTRACT_STATUS": "Canceled",
        "AMT_APPLICATION": 0.0,
        "AMT_CREDIT": 0.0,
        "HOUR_APPR_PROCESS_START": 13,
        "DAYS_DECISION": -400,
    },
]


def test_numbers_over_all_approved_and_refused_applications(features_of):
    features = features_of(previous_application=APPLICATIONS)
    assert features["PREVIOUS_AMT_APPLICATION_MIN"] == 0
    assert features["PREVIOUS_AMT_APPLICATION_MAX"] == 90
    assert features["PREVIOUS_AMT_APPLICATION_MEAN"] == 40  # (90 + 30 + 0) / 3
    assert features["PREVIOUS_AMT_ANNUITY_MEAN"] == 10
    assert features["PREVIOUS_HOUR_APPR_PROCESS_START_MEAN"] == 11  # (8 + 12 + 13) / 3
    assert features["PREVIOUS_DAYS_DECISION_MEAN"] == -200
    assert features["PREVIOUS_CNT_PAYMENT_MEAN"] == 9
    assert features["PREVIOUS_CNT_PAYMENT_SUM"] == 18
    assert features["PREVIOUS_APPROVED_DAYS_DECISION_MAX"] == -50
    assert features["PREVIOUS_APPROVED_CNT_PAYMENT_SUM"] == 12
    assert features["PREVIOUS_REFUSED_AMT_CREDIT_MEAN"] == 20
    assert features["PREVIOUS_REFUSED_AMT_ANNUITY_MIN"] is None
    assert features["PREVIOUS_AMT_DOWN_PAYMENT_MAX"] is None


def test_asked_to_granted_is_missing_where_nothing_was_granted(features_of):
    features = features_of(previous_application=APPLICATIONS)
    # 90 / 100 = 0.9 and 30 / 20 = 1.5; the third is 0 / 0.
    assert features["PREVIOUS_ASKED_TO_GRANTED_MIN"] == 0.9
    assert features["PREVIOUS_ASKED_TO_GRANTED_MAX"] == 1.5
    assert features["PREVIOUS_ASKED_TO_GRANTED_MEAN"] == pytest.approx(1.2)
    assert features["PREVIOUS_ASKED_TO_GRANTED_VAR"] == pytest.approx(0.18)  # 0.3^2 + 0.3^2, / (2 - 1)
    assert features["PREVIOUS_APPROVED_ASKED_TO_GRANTED_VAR"] is None  # one row


def test_a_client_without_a_refusal_has_missing_refusals(features_of):
    features = features_of(previous_application=APPLICATIONS[:1])
    refused = [name for name in COLUMNS[:795] if name.startswith("PREVIOUS_REFUSED_")]
    assert {features[name] for name in refused} == {None}
    assert features["PREVIOUS_NAME_CONTRACT_STATUS_Refused_SHARE"] == 0


def test_shares_of_texts(features_of):
    features = features_of(previous_application=APPLICATIONS)
    third = pytest.approx(1 / 3)
    assert features["PREVIOUS_NAME_CONTRACT_TYPE_Cash_loans_SHARE"] == third
    assert features["PREVIOUS_NAME_CONTRACT_TYPE_XNA_SHARE"] == third
    assert features["PREVIOUS_NAME_CONTRACT_TYPE_MISSING_SHARE"] == third
    assert features["PREVIOUS_NAME_CONTRACT_STATUS_Approved_SHARE"] == third
    assert features["PREVIOUS_CHANNEL_TYPE_AP_Cash_loan_SHARE"] == third
    assert features["PREVIOUS_CHANNEL_TYPE_MISSING_SHARE"] == pytest.approx(2 / 3)
    assert features["PREVIOUS_NAME_GOODS_CATEGORY_MISSING_SHARE"] == 1


def test_the_sentinel_is_missing_in_the_five_dates(as_lazy, random_tables):
    import narwhals.stable.v2 as nw

    frame = random_tables(50, 3)["previous_application"]
    dates = rows({"previous_application": nw.from_native(frame.lazy())}).select(*DATES).collect().to_polars()
    assert (frame.select(DATES) == NO_DATE).sum().row(0) > (0,) * 5
    for name in DATES:
        known = frame[name].is_not_null() & (frame[name] != NO_DATE)
        assert dates[name].is_not_null().equals(known.rename(name))
        assert dates[name].drop_nulls().equals(frame[name].filter(known))
