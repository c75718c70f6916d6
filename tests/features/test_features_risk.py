"""Signs of features, and that no change for the worse in the tables moves a feature that is read against its sign."""

import numpy as np
import polars as pl
import pytest

from credit import features
from credit.features.risk import mixed, sign, signs
from credit.tables import TABLES, read

#: What each change does to the tables of all clients: it makes every one of them worse, or leaves it as it is.
WORSE = {
    "later payments": {
        "installments_payments": [(pl.col("DAYS_ENTRY_PAYMENT") + 45).clip(upper_bound=0)],
        "POS_CASH_balance": [pl.col("SK_DPD") + 30, pl.col("SK_DPD_DEF") + 30],
        "credit_card_balance": [pl.col("SK_DPD") + 30, pl.col("SK_DPD_DEF") + 30],
        "bureau_balance": [pl.col("STATUS").replace({"0": "3", "1": "5", "2": "5"})],
        "bureau": [pl.col("CREDIT_DAY_OVERDUE") + 60, pl.col("AMT_CREDIT_SUM_OVERDUE") + 1000],
    },
    "smaller payments": {"installments_payments": [pl.col("AMT_PAYMENT") * 0.8]},
    "more debt": {
        "bureau": [pl.col("AMT_CREDIT_SUM_DEBT").abs() * 1.5 + 20_000],
        "credit_card_balance": [
            pl.col(name).abs() * 1.5 + 9000
            for name in ("AMT_BALANCE", "AMT_RECEIVABLE_PRINCIPAL", "AMT_RECIVABLE", "AMT_TOTAL_RECEIVABLE")
        ],
    },
    "lower scores": {"application_test": [pl.col(f"EXT_SOURCE_{number}") * 0.7 for number in (1, 2, 3)]},
    "one lower score": {"application_test": [pl.col("EXT_SOURCE_2") * 0.5]},
    "lower income": {"application_test": [pl.col("AMT_INCOME_TOTAL") * 0.7]},
    "more enquiries": {"application_test": [pl.col("AMT_REQ_CREDIT_BUREAU_MON") + 2]},
    "more defaults around the client": {"application_test": [pl.col("DEF_30_CNT_SOCIAL_CIRCLE") + 1]},
    "a shorter employment": {"application_test": [pl.col("DAYS_EMPLOYED") * 0.5]},
}


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("EXT_SOURCE_2", -1),
        ("INSTALMENTS_LAST_90_DAYS_DAYS_PAST_DUE_MAX", 1),
        ("POS_LAST_6_MONTHS_SK_DPD_DEF_MAX", 1),
        ("BUREAU_ACTIVE_AMT_CREDIT_SUM_DEBT_SUM", 1),
        ("BUREAU_LAST_6_MONTHS_VERY_LATE_SHARE", 1),
        ("PREVIOUS_NAME_CONTRACT_STATUS_Refused_SHARE", 1),
        ("DAYS_EMPLOYED", 1),
        ("INCOME_TO_CREDIT", -1),
        ("BUREAU_AMT_CREDIT_SUM_SUM", 0),
        ("AMT_CREDIT", 0),
        ("DAYS_BIRTH", 0),
        ("CODE_GENDER", 0),
    ],
)
def test_the_sign_of_a_feature(feature, expected):
    assert sign(feature) == expected


def test_no_feature_is_both_signed_and_mixed():
    assert [name for name in features.COLUMNS if sign(name) and mixed(name)] == []
    assert signs(["AMT_CREDIT", "EXT_SOURCE_1"]) == [0, -1]


@pytest.fixture(scope="module")
def tables(bank):
    return read(bank, [name for name in TABLES if name != "application_train"])


@pytest.fixture(scope="module")
def before(tables):
    return made(tables)


def made(tables):
    found = features.build(tables, "application_test").collect().sort("SK_ID_CURR")
    return found.select(features.COLUMNS)


@pytest.mark.parametrize("change", WORSE)
def test_a_change_for_the_worse_moves_no_feature_against_its_sign(tables, before, change):
    """And what moves without a sign is mixed, so that the champion does not read it."""
    worse = {**tables, **{name: tables[name].with_columns(columns) for name, columns in WORSE[change].items()}}
    after = made(worse)
    moved = 0
    for name in features.COLUMNS:
        step = (after[name] - before[name]).drop_nulls().to_numpy()
        scale = 1e-9 * np.maximum(np.abs(before[name].drop_nulls().to_numpy()).max(initial=0.0), 1.0)
        ways = {int(one) for one in np.sign(np.where(np.abs(step) <= scale, 0, step))} - {0}
        assert after[name].null_count() == before[name].null_count() or mixed(name), name
        if not ways or mixed(name):
            continue
        moved += 1
        assert ways == {sign(name)}, name
    assert moved
