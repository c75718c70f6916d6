"""Features beyond the recipe over windows of time, and trends, on clients made by hand."""

import pytest


def payment(due, paid, amount=100.0, given=100.0, number=9):
    return {
        "DAYS_INSTALMENT": due,
        "DAYS_ENTRY_PAYMENT": paid,
        "AMT_INSTALMENT": amount,
        "AMT_PAYMENT": given,
        "NUM_INSTALMENT_NUMBER": number,
    }


PAYMENTS = [
    payment(due=-10, paid=-6),  # 4 days late
    payment(due=-30, paid=-31, given=60.0),  # early, 40 short
    payment(due=-31, paid=-31),  # outside of the last 30 days
    payment(due=-400, paid=-380, number=4),  # 20 days late, one of the first four
    payment(due=-430, paid=-430, number=1),
    payment(due=-20, paid=None, given=None),  # never paid
]


def test_windows_of_payments_include_their_first_day(features_of):
    features = features_of(installments_payments=PAYMENTS)
    assert features["INSTALMENTS_LAST_30_DAYS_ROWS"] == 3
    # Of the 3 one was paid 4 days late, one early, and one has been unpaid for 20 days.
    assert features["INSTALMENTS_LAST_30_DAYS_OVERDUE_SHARE"] == pytest.approx(2 / 3)
    assert features["INSTALMENTS_LAST_30_DAYS_DAYS_OVERDUE_MAX"] == 20
    assert features["INSTALMENTS_LAST_30_DAYS_DAYS_OVERDUE_MEAN"] == 8  # (4 + 0 + 20) / 3
    assert features["INSTALMENTS_LAST_30_DAYS_AMT_UNPAID_SUM"] == 140  # 0 + 40 + 100
    assert features["INSTALMENTS_LAST_30_DAYS_PAID_TO_INSTALMENT_MEAN"] == pytest.approx(1.6 / 3)  # (1 + 0.6 + 0) / 3
    assert features["INSTALMENTS_LAST_90_DAYS_ROWS"] == 4
    assert features["INSTALMENTS_LAST_90_DAYS_DAYS_OVERDUE_MEAN"] == 6  # 24 / 4
    assert features["INSTALMENTS_LAST_720_DAYS_ROWS"] == 6
    assert features["INSTALMENTS_LAST_720_DAYS_DAYS_OVERDUE_MEAN"] == pytest.approx(44 / 6)


def test_payments_over_the_whole_history_and_the_first_four_of_a_loan(features_of):
    features = features_of(installments_payments=PAYMENTS)
    assert features["INSTALMENTS_OVERDUE_SHARE"] == 0.5  # 3 of 6: 4 and 20 days late, and unpaid
    assert features["INSTALMENTS_PART_UNPAID_SHARE"] == pytest.approx(2 / 6)
    assert features["INSTALMENTS_DAYS_OVERDUE_MAX"] == 20
    assert features["INSTALMENTS_DAYS_OVERDUE_MEAN"] == pytest.approx(44 / 6)
    assert features["INSTALMENTS_DAYS_OVERDUE_SUM"] == 44
    assert features["INSTALMENTS_DAYS_EARLY_MAX"] == 1
    assert features["INSTALMENTS_DAYS_EARLY_MEAN"] == pytest.approx(1 / 6)
    assert features["INSTALMENTS_DAYS_EARLY_SUM"] == 1
    assert features["INSTALMENTS_AMT_UNPAID_MAX"] == 100
    assert features["INSTALMENTS_AMT_UNPAID_MEAN"] == pytest.approx(140 / 6)
    assert features["INSTALMENTS_AMT_UNPAID_SUM"] == 140
    assert features["INSTALMENTS_AMT_PAID_MIN"] == 0
    assert features["INSTALMENTS_AMT_PAID_MAX"] == 100
    assert features["INSTALMENTS_AMT_PAID_MEAN"] == pytest.approx(460 / 6)
    assert features["INSTALMENTS_AMT_PAID_SUM"] == 460
    assert features["INSTALMENTS_PAID_TO_INSTALMENT_MEAN"] == pytest.approx(4.6 / 6)
    assert features["INSTALMENTS_FIRST_4_OVERDUE_SHARE"] == 0.5
    assert features["INSTALMENTS_FIRST_4_DAYS_OVERDUE_MEAN"] == 10
    assert features["INSTALMENTS_FIRST_4_AMT_UNPAID_SUM"] == 0


def test_the_recipe_leaves_out_what_was_never_paid_and_its_counterparts_do_not(features_of):
    features = features_of(installments_payments=[payment(due=-300, paid=None, given=None)])
    for name in ("DAYS_PAST_DUE_MAX", "DAYS_BEFORE_DUE_MEAN", "SHORTFALL_SUM", "PAID_FRACTION_MEAN", "AMT_PAYMENT_SUM"):
        assert features[f"INSTALMENTS_{name}"] is None
    assert features["INSTALMENTS_DAYS_OVERDUE_MAX"] == 300
    assert features["INSTALMENTS_DAYS_EARLY_MEAN"] == 0
    assert features["INSTALMENTS_AMT_UNPAID_SUM"] == 100
    assert features["INSTALMENTS_PAID_TO_INSTALMENT_MEAN"] == 0
    assert features["INSTALMENTS_AMT_PAID_SUM"] == 0


def test_day_and_amount_of_a_payment_count_each_for_itself(features_of):
    """A day in the future is bad data and counts as missing; its amount is known all the same."""
    features = features_of(installments_payments=[payment(due=-20, paid=10), payment(due=-8, paid=-8, given=None)])
    assert features["INSTALMENTS_DAYS_OVERDUE_SUM"] == 20
    assert features["INSTALMENTS_OVERDUE_SHARE"] == 0.5
    assert features["INSTALMENTS_AMT_PAID_SUM"] == 100
    assert features["INSTALMENTS_PART_UNPAID_SHARE"] == 0.5


def test_what_was_due_is_needed_to_say_what_is_overdue(features_of):
    no_day = features_of(installments_payments=[payment(due=None, paid=-5)])
    no_amount = features_of(installments_payments=[payment(due=-10, paid=-6, amount=None)])
    nothing_owed = features_of(installments_payments=[payment(due=-10, paid=-6, amount=0.0, given=0.0)])
    today = features_of(installments_payments=[payment(due=0, paid=None, given=None)])
    assert no_day["INSTALMENTS_DAYS_OVERDUE_MAX"] is None
    assert no_day["INSTALMENTS_DAYS_EARLY_MAX"] is None
    assert no_day["INSTALMENTS_OVERDUE_SHARE"] is None
    assert no_amount["INSTALMENTS_AMT_UNPAID_SUM"] is None
    assert no_amount["INSTALMENTS_PART_UNPAID_SHARE"] is None
    assert nothing_owed["INSTALMENTS_PAID_TO_INSTALMENT_MEAN"] is None
    assert nothing_owed["INSTALMENTS_PART_UNPAID_SHARE"] == 0
    assert today["INSTALMENTS_DAYS_OVERDUE_MAX"] == 0
    assert today["INSTALMENTS_OVERDUE_SHARE"] == 0
    assert today["INSTALMENTS_PART_UNPAID_SHARE"] == 1


def test_a_window_without_rows_is_counted_0_and_otherwise_missing(features_of):
    features = features_of(installments_payments=[payment(due=-400, paid=-400)])
    assert features["INSTALMENTS_LAST_30_DAYS_ROWS"] == 0
    assert features["INSTALMENTS_LAST_30_DAYS_OVERDUE_SHARE"] is None
    assert features["INSTALMENTS_LAST_30_DAYS_AMT_UNPAID_SUM"] is None
    nobody = features_of()
    assert nobody["INSTALMENTS_LAST_30_DAYS_ROWS"] is None


def test_trends_of_payments(features_of):
    features = features_of(installments_payments=PAYMENTS)
    # Last 90 days: overdue 2 of 4, 24 / 4 days, 2.6 / 4 paid; the whole history: 3 of 6, 44 / 6 days, 4.6 / 6 paid.
    assert features["INSTALMENTS_LAST_90_DAYS_OVERDUE_LESS_WHOLE"] == 0
    assert features["INSTALMENTS_LAST_90_DAYS_DAYS_OVERDUE_LESS_WHOLE"] == pytest.approx(24 / 4 - 44 / 6)
    assert features["INSTALMENTS_LAST_90_DAYS_PAID_TO_INSTALMENT_LESS_WHOLE"] == pytest.approx(2.6 / 4 - 4.6 / 6)
    paid = features_of(installments_payments=PAYMENTS[:-1])
    assert paid["INSTALMENTS_LAST_90_DAYS_OVERDUE_LESS_WHOLE"] == pytest.approx(1 / 3 - 2 / 5)


def test_the_slope_of_days_overdue_is_per_month(features_of):
    # 10 days late 365 days ago, none now: 10 days less in 12 months.
    features = features_of(installments_payments=[payment(due=-365, paid=-355), payment(due=0, paid=0)])
    assert features["INSTALMENTS_LAST_720_DAYS_DAYS_OVERDUE_SLOPE"] == pytest.approx(-10 / 12)
    one_day = features_of(installments_payments=[payment(due=-90, paid=-80), payment(due=-90, paid=-85)])
    assert one_day["INSTALMENTS_LAST_720_DAYS_DAYS_OVERDUE_SLOPE"] is None


def test_months_of_instalment_loans_and_cards(features_of):
    months = [
        {"MONTHS_BALANCE": -1, "SK_DPD": 0},
        {"MONTHS_BALANCE": -3, "SK_DPD": 5},
        {"MONTHS_BALANCE": -4, "SK_DPD": 9},
    ]
    cards = [
        {"MONTHS_BALANCE": -1, "AMT_BALANCE": 500.0, "AMT_CREDIT_LIMIT_ACTUAL": 1_000},
        {"MONTHS_BALANCE": -2, "AMT_BALANCE": 900.0, "AMT_CREDIT_LIMIT_ACTUAL": 1_000},
        {"MONTHS_BALANCE": -3, "AMT_BALANCE": 1_300.0, "AMT_CREDIT_LIMIT_ACTUAL": 1_000},
        {"MONTHS_BALANCE": -30, "AMT_BALANCE": 10.0, "AMT_CREDIT_LIMIT_ACTUAL": 0},  # no limit: no utilisation
    ]
    features = features_of(POS_CASH_balance=months, credit_card_balance=cards)
    assert features["POS_LAST_3_MONTHS_SK_DPD_MAX"] == 5
    assert features["POS_LAST_3_MONTHS_LATE_SHARE"] == 0.5
    assert features["POS_LAST_6_MONTHS_SK_DPD_MAX"] == 9
    assert features["POS_LATE_SHARE"] == pytest.approx(2 / 3)
    assert features["CARD_LAST_3_MONTHS_UTILISATION_MEAN"] == pytest.approx(0.9)  # (0.5 + 0.9 + 1.3) / 3
    assert features["CARD_LAST_3_MONTHS_UTILISATION_MAX"] == 1.3
    assert features["CARD_UTILISATION_MAX"] == 1.3
    assert features["CARD_OVER_LIMIT_SHARE"] == 0.5  # the third and the one without a limit
    assert features["CARD_LAST_12_MONTHS_UTILISATION_SLOPE"] == pytest.approx(-0.4)  # falls by 0.4 a month
    # Mean balance 900 lately, (500 + 900 + 1,300 + 10) / 4 = 677.5 over all months.
    assert features["CARD_LAST_3_MONTHS_AMT_BALANCE_LESS_WHOLE"] == pytest.approx(222.5)


def test_late_months_of_bureau_loans(features_of):
    loans = [{"SK_ID_BUREAU": 1, "DAYS_CREDIT": -100}, {"SK_ID_BUREAU": 2, "DAYS_CREDIT": -366}]
    months = [
        {"SK_ID_BUREAU": 1, "MONTHS_BALANCE": 0, "STATUS": "0"},
        {"SK_ID_BUREAU": 1, "MONTHS_BALANCE": -1, "STATUS": "1"},
        {"SK_ID_BUREAU": 1, "MONTHS_BALANCE": -2, "STATUS": "X"},
        {"SK_ID_BUREAU": 1, "MONTHS_BALANCE": -3, "STATUS": "5"},  # the fourth month
        {"SK_ID_BUREAU": 2, "MONTHS_BALANCE": -2, "STATUS": "2"},
    ]
    features = features_of(bureau=loans, bureau_balance=months)
    assert features["BUREAU_LAST_3_MONTHS_LATE_SHARE"] == 0.5  # 2 of the 4 months of both loans
    assert features["BUREAU_LAST_3_MONTHS_VERY_LATE_SHARE"] == 0.25
    assert features["BUREAU_LAST_6_MONTHS_VERY_LATE_SHARE"] == pytest.approx(0.4)  # 2 of 5
    assert features["BUREAU_OPENED_LAST_6_MONTHS_ROWS"] == 1
    assert features["BUREAU_OPENED_LAST_12_MONTHS_ROWS"] == 1
    assert features["BUREAU_OPENED_LAST_24_MONTHS_ROWS"] == 2


def test_the_last_previous_applications(features_of):
    applications = [
        {"SK_ID_PREV": 7, "DAYS_DECISION": -10, "NAME_CONTRACT_STATUS": "Refused", "AMT_APPLICATION": 10.0},
        # Two decisions of one day: the larger number is the newer.
        {"SK_ID_PREV": 5, "DAYS_DECISION": -90, "NAME_CONTRACT_STATUS": "Refused", "AMT_APPLICATION": 20.0},
        {"SK_ID_PREV": 6, "DAYS_DECISION": -90, "NAME_CONTRACT_STATUS": "Approved", "AMT_APPLICATION": 30.0},
        {"SK_ID_PREV": 9, "DAYS_DECISION": -500, "NAME_CONTRACT_STATUS": "Canceled", "AMT_APPLICATION": 80.0},
    ]
    for order in (applications, applications[::-1]):
        features = features_of(previous_application=order)
        assert features["PREVIOUS_LAST_AMT_APPLICATION"] == 10
        assert features["PREVIOUS_LAST_NAME_CONTRACT_STATUS_Refused"] == 1
        assert features["PREVIOUS_LAST_NAME_CONTRACT_STATUS_Approved"] == 0
        assert features["PREVIOUS_LAST_3_AMT_APPLICATION_MEAN"] == 20
        assert features["PREVIOUS_LAST_3_REFUSED_SHARE"] == pytest.approx(2 / 3)
        assert features["PREVIOUS_LAST_5_APPROVED_SHARE"] == 0.25
        assert features["PREVIOUS_LAST_90_DAYS_ROWS"] == 3
        assert features["PREVIOUS_LAST_365_DAYS_REFUSED_SHARE"] == pytest.approx(2 / 3)
    newest = features_of(previous_application=applications[1:])
    assert newest["PREVIOUS_LAST_AMT_APPLICATION"] == 30
