"""Features of instalment loans (POS), instalments and credit cards, on clients made by hand."""

import pytest

from credit.features import COLUMNS


def payment(due, paid, amount=100.0, given=100.0, version=1):
    return {
        "SK_ID_PREV": 31,
        "NUM_INSTALMENT_VERSION": version,
        "DAYS_INSTALMENT": due,
        "DAYS_ENTRY_PAYMENT": paid,
        "AMT_INSTALMENT": amount,
        "AMT_PAYMENT": given,
    }


def test_a_payment_after_the_due_day_is_late(features_of):
    features = features_of(installments_payments=[payment(due=-20, paid=-15)])
    assert features["INSTALMENTS_DAYS_PAST_DUE_MAX"] == 5
    assert features["INSTALMENTS_DAYS_PAST_DUE_MEAN"] == 5
    assert features["INSTALMENTS_DAYS_PAST_DUE_SUM"] == 5
    assert features["INSTALMENTS_DAYS_BEFORE_DUE_MAX"] == 0


def test_a_payment_before_the_due_day_is_early(features_of):
    features = features_of(installments_payments=[payment(due=-20, paid=-27)])
    assert features["INSTALMENTS_DAYS_PAST_DUE_MAX"] == 0
    assert features["INSTALMENTS_DAYS_BEFORE_DUE_MAX"] == 7


def test_instalments_of_a_client(features_of):
    features = features_of(
        installments_payments=[
            payment(due=-50, paid=-44),  # 6 days late
            payment(due=-40, paid=-42, given=50.0),  # 2 days early, half of it
            payment(due=-30, paid=-30, amount=0.0, given=30.0, version=2),  # a zero instalment
            payment(due=-20, paid=None, given=None, version=None),  # not paid yet
        ]
    )
    assert features["INSTALMENTS_NUM_INSTALMENT_VERSION_DISTINCT"] == 2
    assert features["INSTALMENTS_DAYS_PAST_DUE_MEAN"] == 2  # (6 + 0 + 0) / 3
    assert features["INSTALMENTS_DAYS_BEFORE_DUE_SUM"] == 2
    # Paid fractions 1 and 0.5; that of the zero instalment and of the unpaid one are missing.
    assert features["INSTALMENTS_PAID_FRACTION_MAX"] == 1
    assert features["INSTALMENTS_PAID_FRACTION_MEAN"] == 0.75
    assert features["INSTALMENTS_PAID_FRACTION_SUM"] == 1.5
    assert features["INSTALMENTS_PAID_FRACTION_VAR"] == 0.125  # 0.25^2 + 0.25^2, / (2 - 1)
    # Shortfalls 0, 50 and -30.
    assert features["INSTALMENTS_SHORTFALL_MAX"] == 50
    assert features["INSTALMENTS_SHORTFALL_SUM"] == 20
    assert features["INSTALMENTS_SHORTFALL_MEAN"] == pytest.approx(20 / 3)
    # Squares 0, 2,500 and 900 less 20^2 / 3, / (3 - 1)
    assert features["INSTALMENTS_SHORTFALL_VAR"] == pytest.approx((3_400 - 400 / 3) / 2)
    assert features["INSTALMENTS_AMT_INSTALMENT_MEAN"] == 75  # 300 / 4
    assert features["INSTALMENTS_AMT_PAYMENT_MIN"] == 30
    assert features["INSTALMENTS_AMT_PAYMENT_SUM"] == 180
    assert features["INSTALMENTS_DAYS_ENTRY_PAYMENT_MAX"] == -30
    assert features["INSTALMENTS_DAYS_ENTRY_PAYMENT_SUM"] == -116
    assert features["INSTALMENTS_ROWS"] == 4


def test_one_payment_has_no_variance(features_of):
    features = features_of(installments_payments=[payment(due=-20, paid=-20)])
    assert features["INSTALMENTS_PAID_FRACTION_VAR"] is None
    assert features["INSTALMENTS_SHORTFALL_VAR"] is None
    assert features["INSTALMENTS_PAID_FRACTION_SUM"] == 1


def test_a_payment_in_the_future_is_neither_late_nor_averaged(features_of):
    features = features_of(installments_payments=[payment(due=-20, paid=10), payment(due=-20, paid=-19)])
    assert features["INSTALMENTS_DAYS_PAST_DUE_MAX"] == 1
    assert features["INSTALMENTS_DAYS_ENTRY_PAYMENT_MAX"] == -19


def test_months_of_instalment_loans(features_of):
    months = [
        {"SK_ID_PREV": 31, "MONTHS_BALANCE": -1, "SK_DPD": 0, "SK_DPD_DEF": 0, "NAME_CONTRACT_STATUS": "Active"},
        {"SK_ID_PREV": 31, "MONTHS_BALANCE": -2, "SK_DPD": 6, "SK_DPD_DEF": 3, "NAME_CONTRACT_STATUS": "Active"},
        {"SK_ID_PREV": 31, "MONTHS_BALANCE": -3, "SK_DPD": 0, "SK_DPD_DEF": 0, "NAME_CONTRACT_STATUS": "a new one"},
        # A loan that previous_application lacks: its months count like any other.
        {"SK_ID_PREV": 77, "MONTHS_BALANCE": -10, "SK_DPD": 2, "SK_DPD_DEF": 0, "NAME_CONTRACT_STATUS": None},
    ]
    features = features_of(POS_CASH_balance=months, previous_application=[{"SK_ID_PREV": 31}])
    assert features["POS_MONTHS_BALANCE_MAX"] == -1
    assert features["POS_MONTHS_BALANCE_MEAN"] == -4
    assert features["POS_MONTHS_BALANCE_COUNT"] == 4
    assert features["POS_SK_DPD_MAX"] == 6
    assert features["POS_SK_DPD_MEAN"] == 2
    assert features["POS_SK_DPD_DEF_MAX"] == 3
    assert features["POS_SK_DPD_DEF_MEAN"] == 0.75
    assert features["POS_NAME_CONTRACT_STATUS_Active_SHARE"] == 0.5
    assert features["POS_NAME_CONTRACT_STATUS_Completed_SHARE"] == 0
    assert features["POS_NAME_CONTRACT_STATUS_MISSING_SHARE"] == 0.25
    assert features["POS_ROWS"] == 4


def test_months_of_credit_cards(features_of):
    months = [
        {"SK_ID_PREV": 41, "MONTHS_BALANCE": -1, "AMT_BALANCE": 300.0, "NAME_CONTRACT_STATUS": "Active"},
        {"SK_ID_PREV": 41, "MONTHS_BALANCE": -2, "AMT_BALANCE": 100.0, "NAME_CONTRACT_STATUS": "Active"},
        {"SK_ID_PREV": 41, "MONTHS_BALANCE": -6, "AMT_BALANCE": None, "NAME_CONTRACT_STATUS": None},
        {"SK_ID_PREV": 41, "MONTHS_BALANCE": -7, "AMT_BALANCE": None, "NAME_CONTRACT_STATUS": "Signed"},
    ]
    features = features_of(credit_card_balance=months)
    assert features["CARD_MONTHS_BALANCE_MIN"] == -7
    assert features["CARD_MONTHS_BALANCE_SUM"] == -16
    assert features["CARD_AMT_BALANCE_MIN"] == 100
    assert features["CARD_AMT_BALANCE_MAX"] == 300
    assert features["CARD_AMT_BALANCE_MEAN"] == 200
    assert features["CARD_AMT_BALANCE_SUM"] == 400
    assert features["CARD_AMT_BALANCE_VAR"] == 20_000  # 100^2 + 100^2, / (2 - 1)
    # Running in 1, 1, 0, 0: mean 0.5, variance 4 * 0.25 / 3.
    assert features["CARD_NAME_CONTRACT_STATUS_Active_MIN"] == 0
    assert features["CARD_NAME_CONTRACT_STATUS_Active_MAX"] == 1
    assert features["CARD_NAME_CONTRACT_STATUS_Active_MEAN"] == 0.5
    assert features["CARD_NAME_CONTRACT_STATUS_Active_SUM"] == 2
    assert features["CARD_NAME_CONTRACT_STATUS_Active_VAR"] == pytest.approx(1 / 3)
    assert features["CARD_NAME_CONTRACT_STATUS_MISSING_MEAN"] == 0.25
    assert features["CARD_NAME_CONTRACT_STATUS_Refused_SUM"] == 0
    assert features["CARD_AMT_PAYMENT_CURRENT_SUM"] is None
    assert features["CARD_ROWS"] == 4


def test_one_month_of_a_card_has_every_aggregate_but_the_variance(features_of):
    month = {"SK_ID_PREV": 41, "MONTHS_BALANCE": -1, "SK_DPD": 3, "NAME_CONTRACT_STATUS": "Active"}
    features = features_of(credit_card_balance=[month])
    known = {name for name in COLUMNS[:795] if name.startswith("CARD_SK_DPD_") and features[name] is not None}
    assert known == {"CARD_SK_DPD_MIN", "CARD_SK_DPD_MAX", "CARD_SK_DPD_MEAN", "CARD_SK_DPD_SUM"}
    variances = [name for name in COLUMNS[:795] if name.startswith("CARD_") and name.endswith("_VAR")]
    assert len(variances) == 28
    assert {features[name] for name in variances} == {None}
