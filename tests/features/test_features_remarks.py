"""Oddities of a request's raw tables are counted and told."""

from credit.features import Remark, remarks


def test_a_clean_request_has_no_remarks():
    assert (
        remarks(
            {
                "application": [{"SK_ID_CURR": 1, "CODE_GENDER": "F", "DAYS_EMPLOYED": 365_243}],
                "bureau": [{"SK_ID_CURR": 1, "SK_ID_BUREAU": 2, "DAYS_CREDIT": -1, "CREDIT_TYPE": None}],
                "bureau_balance": [{"SK_ID_BUREAU": 2, "MONTHS_BALANCE": 0}],
            }
        )
        == ()
    )


def test_unknown_texts_are_counted_by_value():
    rows = [{"SK_ID_CURR": 1, "CREDIT_ACTIVE": text} for text in ("Active", "Frozen", "Frozen", "Asleep")]
    assert remarks({"application": [{"SK_ID_CURR": 1}], "bureau": rows}) == (
        Remark("unknown value", "bureau", "CREDIT_ACTIVE", 2, "Frozen"),
        Remark("unknown value", "bureau", "CREDIT_ACTIVE", 1, "Asleep"),
    )


def test_days_in_the_future_are_counted():
    rows = [{"SK_ID_CURR": 1, "SK_ID_PREV": 3, "DAYS_INSTALMENT": day} for day in (5, -5, 2)]
    tables = {
        "application": [{"SK_ID_CURR": 1}],
        "previous_application": [{"SK_ID_CURR": 1, "SK_ID_PREV": 3}],
        "installments_payments": rows,
    }
    (remark,) = remarks(tables)
    assert remark == Remark("future", "installments_payments", "DAYS_INSTALMENT", 2, 5)
    assert str(remark) == (
        "2 rows of installments_payments: DAYS_INSTALMENT 5 lies after the application; it is left out."
    )


def test_rows_that_belong_to_nobody_are_counted():
    tables = {
        "application": [{"SK_ID_CURR": 1}],
        "bureau": [{"SK_ID_CURR": 9, "SK_ID_BUREAU": 2}],
        "bureau_balance": [{"SK_ID_BUREAU": 2}, {"SK_ID_BUREAU": 4}],
        "POS_CASH_balance": [{"SK_ID_CURR": 1, "SK_ID_PREV": 8}],
    }
    assert remarks(tables) == (
        Remark("orphan", "bureau", "SK_ID_CURR", 1, 9),
        Remark("orphan", "bureau_balance", "SK_ID_BUREAU", 1, 4),
        Remark("orphan", "POS_CASH_balance", "SK_ID_PREV", 1, 8),
    )
    assert str(remarks(tables)[0]) == "1 row of bureau: SK_ID_CURR 9 is not in the table that it points at."
