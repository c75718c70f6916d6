"""Features beyond the recipe made of ratios, external scores, interest and the most recent, on clients made by hand."""

import pytest

from credit.tables import NO_DATE


def test_external_scores_taken_together(features_of):
    features = features_of(application=[{"EXT_SOURCE_1": 0.2, "EXT_SOURCE_2": 0.5, "EXT_SOURCE_3": 0.8}])
    assert features["EXT_SOURCE_MEAN"] == pytest.approx(0.5)
    assert features["EXT_SOURCE_MIN"] == 0.2
    assert features["EXT_SOURCE_MAX"] == 0.8
    assert features["EXT_SOURCE_SPREAD"] == pytest.approx(0.6)
    assert features["EXT_SOURCE_PRODUCT"] == pytest.approx(0.08)
    assert features["EXT_SOURCE_MISSING"] == 0


def test_missing_external_scores_are_left_out_of_the_mean(features_of):
    features = features_of(application=[{"EXT_SOURCE_2": 0.5, "EXT_SOURCE_3": 0.7}])
    assert features["EXT_SOURCE_MEAN"] == pytest.approx(0.6)
    assert features["EXT_SOURCE_2_TIMES_3"] == pytest.approx(0.35)
    assert features["EXT_SOURCE_PRODUCT"] is None
    assert features["EXT_SOURCE_MISSING"] == 1
    none = features_of(application=[{}])
    assert none["EXT_SOURCE_MEAN"] is None
    assert none["EXT_SOURCE_MIN"] is None
    assert none["EXT_SOURCE_MISSING"] == 3


def test_ratios_of_the_application(features_of):
    client = {
        "AMT_CREDIT": 120.0,
        "AMT_ANNUITY": 10.0,
        "AMT_GOODS_PRICE": 100.0,
        "AMT_INCOME_TOTAL": 50.0,
        "CNT_CHILDREN": 1,
        "CNT_FAM_MEMBERS": 4.0,
        "DAYS_BIRTH": -14_610,
        "DAYS_REGISTRATION": -1_461,
        "OWN_CAR_AGE": 10.0,
        "OBS_30_CNT_SOCIAL_CIRCLE": 4.0,
        "DEF_30_CNT_SOCIAL_CIRCLE": 1.0,
        "OBS_60_CNT_SOCIAL_CIRCLE": 0.0,
        "DEF_60_CNT_SOCIAL_CIRCLE": 0.0,
        "FLAG_DOCUMENT_3": 1,
        "FLAG_DOCUMENT_8": 1,
        "FLAG_DOCUMENT_9": 0,
        "FLAG_EMAIL": 1,
        "REG_CITY_NOT_WORK_CITY": 1,
        "AMT_REQ_CREDIT_BUREAU_QRT": 2.0,
        "AMT_REQ_CREDIT_BUREAU_YEAR": 3.0,
        "WALLSMATERIAL_MODE": "Panel",
        "APARTMENTS_AVG": 0.5,
    }
    features = features_of(application=[client])
    assert features["CREDIT_TO_ANNUITY"] == 12
    assert features["CREDIT_TO_GOODS"] == 1.2
    assert features["GOODS_LESS_CREDIT"] == -20
    assert features["GOODS_TO_INCOME"] == 2
    assert features["INCOME_LESS_ANNUITY"] == 40
    assert features["CHILDREN_TO_FAMILY"] == 0.25
    assert features["REGISTRATION_TO_AGE"] == 0.1
    assert features["CAR_AGE_TO_AGE"] == 0.25  # 10 of 40 years
    assert features["DEF_TO_OBS_30_SOCIAL_CIRCLE"] == 0.25
    assert features["DEF_TO_OBS_60_SOCIAL_CIRCLE"] is None
    assert features["DOCUMENTS"] == 2
    assert features["CONTACTS"] == 1
    assert features["ADDRESS_MISMATCHES"] == 1
    assert features["ENQUIRIES"] == 5
    assert features["BUILDING_MISSING"] == 47 - 2  # 43 numbers and 4 texts about the building, two of them known
    assert features_of(application=[{}])["ENQUIRIES"] is None


def test_debts_at_other_lenders(features_of):
    loans = [
        {
            "SK_ID_BUREAU": 1,
            "CREDIT_ACTIVE": "Active",
            "CREDIT_TYPE": "Credit card",
            "DAYS_CREDIT": -100,
            "AMT_CREDIT_SUM": 100.0,
            "AMT_CREDIT_SUM_DEBT": 60.0,
            "AMT_CREDIT_SUM_LIMIT": 80.0,
            "AMT_CREDIT_SUM_OVERDUE": 6.0,
            "AMT_CREDIT_MAX_OVERDUE": 9.0,
            "AMT_ANNUITY": 5.0,
        },
        {
            "SK_ID_BUREAU": 2,
            "CREDIT_ACTIVE": "Active",
            "CREDIT_TYPE": "Car loan",
            "DAYS_CREDIT": -400,
            "AMT_CREDIT_SUM": 300.0,
            "AMT_CREDIT_SUM_DEBT": 100.0,
            "AMT_CREDIT_SUM_OVERDUE": 0.0,
            "AMT_CREDIT_MAX_OVERDUE": 0.0,
            "AMT_ANNUITY": 20.0,
        },
        {
            "SK_ID_BUREAU": 3,
            "CREDIT_ACTIVE": "Closed",
            "DAYS_CREDIT": -700,
            "DAYS_CREDIT_ENDDATE": -100.0,
            "DAYS_ENDDATE_FACT": -130.0,
            "AMT_CREDIT_SUM": 400.0,
            "AMT_CREDIT_SUM_DEBT": 0.0,
        },
    ]
    features = features_of(
        application=[{"AMT_INCOME_TOTAL": 50.0, "AMT_CREDIT": 320.0, "DAYS_BIRTH": -9_000}], bureau=loans
    )
    assert features["BUREAU_DEBT_TO_CREDIT"] == 0.2  # 160 / 800
    assert features["BUREAU_ACTIVE_DEBT_TO_CREDIT"] == 0.4  # 160 / 400
    assert features["BUREAU_ACTIVE_OVERDUE_TO_DEBT"] == 6 / 160
    assert features["BUREAU_EVER_OVERDUE_SHARE"] == 0.5  # of the two where it is known
    assert features["BUREAU_ROWS"] == 3
    assert features["BUREAU_ACTIVE_ROWS"] == 2
    assert features["BUREAU_ACTIVE_CARD_DEBT_TO_LIMIT"] == 0.75
    assert features["BUREAU_ACTIVE_CARD_ROWS"] == 1
    assert features["BUREAU_ACTIVE_CAR_AMT_CREDIT_SUM_DEBT_SUM"] == 100
    assert features["BUREAU_ACTIVE_MORTGAGE_ROWS"] == 0
    assert features["BUREAU_ACTIVE_AMT_ANNUITY_SUM"] == 25
    assert features["BUREAU_DAYS_BETWEEN"] == 300  # (700 - 100) / 2
    assert features["BUREAU_CLOSED_DAYS_AFTER_PLANNED_END_MEAN"] == -30
    assert features["BUREAU_CLOSED_DAYS_ENDDATE_FACT_MAX"] == -130
    assert features["BUREAU_LAST_AMT_CREDIT_SUM"] == 100
    assert features["BUREAU_LAST_RUNNING"] == 1
    # Beside the application.
    assert features["BUREAU_DEBT_TO_INCOME"] == 3.2  # 160 / 50
    assert features["BUREAU_DEBT_TO_CREDIT_ASKED"] == 0.5
    assert features["BUREAU_ANNUITY_TO_INCOME"] == 0.5
    assert features["CREDIT_TO_LARGEST_BUREAU"] == 0.8
    assert features["AGE_AT_FIRST_BUREAU_LOAN"] == 8_300


def test_the_interest_that_a_previous_loan_implies(features_of):
    # 12 payments of 10 for a credit of 100: 24 * (120 - 100) / (100 * 13)
    loan = {
        "SK_ID_PREV": 1,
        "NAME_CONTRACT_STATUS": "Approved",
        "DAYS_DECISION": -10,
        "CNT_PAYMENT": 12.0,
        "AMT_ANNUITY": 10.0,
        "AMT_CREDIT": 100.0,
    }
    none = {"SK_ID_PREV": 2, "NAME_CONTRACT_STATUS": "Approved", "DAYS_DECISION": -20, "AMT_CREDIT": 0.0}
    features = features_of(previous_application=[loan, none])
    assert features["PREVIOUS_APPROVED_IMPLIED_INTEREST_MEAN"] == pytest.approx(480 / 1_300)
    assert features["PREVIOUS_LAST_IMPLIED_INTEREST"] == pytest.approx(480 / 1_300)
    assert features_of(previous_application=[none])["PREVIOUS_LAST_IMPLIED_INTEREST"] is None


def test_running_loans_are_approved_ones_without_an_end_or_with_a_future_one(features_of):
    loans = [
        {"SK_ID_PREV": 1, "NAME_CONTRACT_STATUS": "Approved", "DAYS_TERMINATION": NO_DATE, "AMT_ANNUITY": 1.0},
        {"SK_ID_PREV": 2, "NAME_CONTRACT_STATUS": "Approved", "DAYS_TERMINATION": 30.0, "AMT_ANNUITY": 2.0},
        {"SK_ID_PREV": 3, "NAME_CONTRACT_STATUS": "Approved", "DAYS_TERMINATION": -30.0, "AMT_ANNUITY": 4.0},
        {"SK_ID_PREV": 4, "NAME_CONTRACT_STATUS": "Refused", "DAYS_TERMINATION": None, "AMT_ANNUITY": 8.0},
    ]
    features = features_of(application=[{"AMT_INCOME_TOTAL": 12.0}], previous_application=loans)
    assert features["PREVIOUS_RUNNING_ROWS"] == 2
    assert features["PREVIOUS_RUNNING_AMT_ANNUITY_SUM"] == 3
    assert features["RUNNING_ANNUITY_TO_INCOME"] == 0.25


def test_the_loan_asked_for_beside_the_past(features_of):
    features = features_of(
        application=[{"AMT_ANNUITY": 30.0, "AMT_CREDIT": 300.0}],
        installments_payments=[{"AMT_INSTALMENT": 10.0}, {"AMT_INSTALMENT": 20.0}],
        previous_application=[
            {"SK_ID_PREV": 1, "DAYS_DECISION": -9, "NAME_CONTRACT_STATUS": "Approved", "AMT_CREDIT": 100.0},
            {"SK_ID_PREV": 2, "DAYS_DECISION": -5, "NAME_CONTRACT_STATUS": "Refused", "AMT_APPLICATION": 600.0},
        ],
    )
    assert features["ANNUITY_TO_LARGEST_INSTALMENT"] == 1.5
    assert features["ANNUITY_TO_MEAN_INSTALMENT"] == 2
    assert features["CREDIT_TO_LARGEST_PREVIOUS"] == 3
    assert features["CREDIT_TO_LAST_APPLICATION"] == 0.5
    assert features["ANNUITY_TO_LARGEST_PREVIOUS"] is None


def test_how_a_card_is_used(features_of):
    months = [
        {"AMT_DRAWINGS_ATM_CURRENT": 30.0, "AMT_DRAWINGS_CURRENT": 40.0, "AMT_PAYMENT_TOTAL_CURRENT": 20.0},
        {"AMT_DRAWINGS_ATM_CURRENT": None, "AMT_DRAWINGS_CURRENT": 20.0, "AMT_INST_MIN_REGULARITY": 8.0},
    ]
    features = features_of(credit_card_balance=months)
    assert features["CARD_ATM_TO_DRAWINGS"] == 0.5  # 30 / 60
    assert features["CARD_PAYMENT_TO_MINIMUM"] == 2.5
    assert features["CARD_PAYMENT_TO_BALANCE"] is None
