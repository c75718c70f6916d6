"""Which tables are known of a client follows from the model's own inputs."""

import numpy as np
import pytest

from credit.features import COLUMNS
from credit.features.known_tables import KnownTables

NAN = float("nan")

EVERYTHING = (
    "application",
    "bureau",
    "previous_application",
    "POS_CASH_balance",
    "installments_payments",
    "credit_card_balance",
)


def of(columns, *rows):
    return KnownTables(columns).of(np.array(rows, dtype=np.float64))


def test_a_history_is_known_where_its_feature_says_that_there_are_rows_or_that_there_are_none():
    columns = ("CARD_HISTORY", "AMT_CREDIT", "BUREAU_HISTORY")
    assert of(columns, (NAN, 5.0, 1.0), (0.0, NAN, 0.0), (NAN, NAN, NAN)) == [
        ("application", "bureau"),
        ("application", "bureau", "credit_card_balance"),
        ("application",),
    ]


def test_of_a_model_that_reads_the_feature_no_other_feature_counts():
    columns = ("BUREAU_HISTORY", "BUREAU_ROWS")
    assert of(columns, (NAN, 3.0), (0.0, NAN)) == [(), ("bureau",)]


def test_of_a_model_from_before_any_feature_of_the_table_alone_counts():
    columns = ("BUREAU_ROWS", "BUREAU_DEBT_TO_INCOME", "POS_SK_DPD_MEAN", "EXT_SOURCE_2")
    assert of(columns, (NAN, NAN, NAN, 0.5), (0.0, NAN, NAN, NAN), (NAN, 0.1, 2.0, NAN)) == [
        ("application",),
        ("application", "bureau"),
        ("application", "bureau", "POS_CASH_balance"),
    ]


def test_the_balances_of_bureau_loans_count_with_bureau():
    assert of(("BUREAU_STATUS_C_MEAN",), (0.25,), (NAN,)) == [("bureau",), ()]


def test_columns_that_are_no_features_are_of_no_table():
    assert of(("SHOE_SIZE", "INCOME"), (44.0, 3000.0), (NAN, NAN)) == [(), ()]
    assert KnownTables(("SHOE_SIZE",)).sent(np.zeros((1, 1))) == [""]
    assert of(("SHOE_SIZE", "BUREAU_ROWS"), (44.0, NAN), (NAN, 1.0)) == [(), ("bureau",)]


def test_texts_have_the_published_order_whatever_that_of_the_columns():
    known = KnownTables(COLUMNS[::-1])
    nothing, everything = np.full((1, len(COLUMNS)), NAN), np.zeros((1, len(COLUMNS)))
    assert known.sent(nothing) == ["application"]
    assert known.of(everything) == [EVERYTHING]
    assert known.sent(everything) == [",".join(EVERYTHING)]
    assert known.of(np.empty((0, len(COLUMNS)))) == []


@pytest.mark.parametrize("clients", [1, 3])
def test_each_client_is_looked_at_alone(clients):
    columns = [name for name in COLUMNS if not name.endswith("_HISTORY")]
    X = np.full((clients, len(columns)), NAN)
    X[-1, columns.index("INSTALMENTS_AMT_INSTALMENT_MAX")] = 5000.0
    expected = [("application",)] * (clients - 1) + [("application", "installments_payments")]
    assert KnownTables(columns).of(X) == expected
