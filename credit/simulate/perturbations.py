"""Changes of raw tables after which sense says that every client is worse, or as before.

They ask of a model what a reader of its decisions asks: does it get anybody a better probability to pay later, to owe
more, to earn less or to have lower scores? No model that is held to signs may say yes.
"""

from collections.abc import Mapping
from typing import TypeVar

import polars as pl

#: A table that is read, or one that will be.
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

#: Change -> table -> what becomes of its columns: every client is worse for it, or as before.
WORSE: dict[str, dict[str, list[pl.Expr]]] = {
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


def perturbed(tables: Mapping[str, Frame], change: str) -> dict[str, Frame]:
    """The ``tables`` of a bank after the ``change``, a key of `WORSE`; tables that are not there are not touched."""
    columns = WORSE[change]
    return {name: table.with_columns(columns.get(name, [])) for name, table in tables.items()}
