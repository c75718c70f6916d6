"""Changes of raw tables after which sense says that every client is worse, or as before.

They ask of a model what a reader of its decisions asks: does it get anybody a better probability to pay later or never,
to owe more, to be refused more often, to earn less or to have lower scores? No model that is held to signs may say yes.
"""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import polars as pl

#: A table that is read, or one that will be.
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

Change = Callable[[pl.LazyFrame], pl.LazyFrame]


def _columns(*columns: pl.Expr) -> Change:
    return lambda table: table.with_columns(*columns)


def _never_paid(table: pl.LazyFrame) -> pl.LazyFrame:
    """Nothing that was due in the last 180 days has been paid: as in the tables, neither day nor amount is there."""
    recent = pl.col("DAYS_INSTALMENT") >= -180
    return table.with_columns(
        pl.when(recent).then(None).otherwise(pl.col(name)).alias(name) for name in ("DAYS_ENTRY_PAYMENT", "AMT_PAYMENT")
    )


def _three_refusals(table: pl.LazyFrame) -> pl.LazyFrame:
    """Anyone who has applied before has applied for the same again, three times in the last months, and was refused."""
    types = table.collect_schema()
    newest = table.sort("DAYS_DECISION", "SK_ID_PREV").group_by("SK_ID_CURR").last().select(types.names())
    more = [
        newest.with_columns(
            (pl.col("SK_ID_PREV") + 10_000_000 * number).cast(pl.Int64).alias("SK_ID_PREV"),
            pl.lit("Refused").alias("NAME_CONTRACT_STATUS"),
            pl.lit("HC").alias("CODE_REJECT_REASON"),
            pl.lit(-30.0 * number).alias("DAYS_DECISION"),
        )
        for number in (1, 2, 3)
    ]
    return pl.concat([table, *(one.cast(types) for one in more)])


def _small_refusal(table: pl.LazyFrame) -> pl.LazyFrame:
    """Anyone who has applied before has applied for a loan of a fiftieth of that, 20 days ago, and was refused."""
    types = table.collect_schema()
    newest = table.sort("DAYS_DECISION", "SK_ID_PREV").group_by("SK_ID_CURR").last().select(types.names())
    amounts = [name for name in types.names() if name.startswith("AMT_")]
    refused = newest.with_columns(
        (pl.col("SK_ID_PREV") + 10_000_000).cast(pl.Int64).alias("SK_ID_PREV"),
        pl.lit("Refused").alias("NAME_CONTRACT_STATUS"),
        pl.lit("HC").alias("CODE_REJECT_REASON"),
        pl.lit(-20.0).alias("DAYS_DECISION"),
        *(pl.col(name) * 0.02 for name in amounts),
    )
    return pl.concat([table, refused.cast(types)])


def _larger_annuity() -> pl.Expr:
    """The annuities of running loans at other lenders grow by half; of closed ones nothing is paid any more."""
    annuity = pl.col("AMT_ANNUITY")
    return (
        pl.when(pl.col("CREDIT_ACTIVE") == "Active").then(annuity * 1.5 + 1000).otherwise(annuity).alias("AMT_ANNUITY")
    )


#: Change -> table -> what becomes of it: every client is worse for it, or as before.
WORSE: dict[str, dict[str, Change]] = {
    "later payments": {
        "installments_payments": _columns((pl.col("DAYS_ENTRY_PAYMENT") + 45).clip(upper_bound=0)),
        "POS_CASH_balance": _columns(pl.col("SK_DPD") + 30, pl.col("SK_DPD_DEF") + 30),
        "credit_card_balance": _columns(pl.col("SK_DPD") + 30, pl.col("SK_DPD_DEF") + 30),
        "bureau_balance": _columns(pl.col("STATUS").replace({"0": "3", "1": "5", "2": "5"})),
        "bureau": _columns(pl.col("CREDIT_DAY_OVERDUE") + 60, pl.col("AMT_CREDIT_SUM_OVERDUE") + 1000),
    },
    "smaller payments": {"installments_payments": _columns(pl.col("AMT_PAYMENT") * 0.8)},
    "instalments never paid": {"installments_payments": _never_paid},
    "more debt": {
        "bureau": _columns(pl.col("AMT_CREDIT_SUM_DEBT").abs() * 1.5 + 20_000),
        "credit_card_balance": _columns(
            *(
                pl.col(name).abs() * 1.5 + 9000
                for name in ("AMT_BALANCE", "AMT_RECEIVABLE_PRINCIPAL", "AMT_RECIVABLE", "AMT_TOTAL_RECEIVABLE")
            )
        ),
    },
    "larger annuities elsewhere": {"bureau": _columns(_larger_annuity())},
    "three refusals": {"previous_application": _three_refusals},
    "a small loan refused": {"previous_application": _small_refusal},
    "lower scores": {"application_test": _columns(*(pl.col(f"EXT_SOURCE_{number}") * 0.7 for number in (1, 2, 3)))},
    "one lower score": {"application_test": _columns(pl.col("EXT_SOURCE_2") * 0.5)},
    "lower income": {"application_test": _columns(pl.col("AMT_INCOME_TOTAL") * 0.7)},
    "more enquiries": {"application_test": _columns(pl.col("AMT_REQ_CREDIT_BUREAU_MON") + 2)},
    "more defaults around the client": {"application_test": _columns(pl.col("DEF_30_CNT_SOCIAL_CIRCLE") + 1)},
    "a shorter employment": {"application_test": _columns(pl.col("DAYS_EMPLOYED") * 0.5)},
}


def _another_loan_in_arrears(table: pl.LazyFrame) -> pl.LazyFrame:
    """Whom the bureau knows has a second loan like the newest one, 60 days overdue."""
    types = table.collect_schema()
    newest = table.sort("DAYS_CREDIT", "SK_ID_BUREAU").group_by("SK_ID_CURR").last().select(types.names())
    more = newest.with_columns(
        (pl.col("SK_ID_BUREAU") + 10_000_000).cast(pl.Int64).alias("SK_ID_BUREAU"),
        pl.lit("Active").alias("CREDIT_ACTIVE"),
        pl.lit(60.0).alias("CREDIT_DAY_OVERDUE"),
        (pl.col("AMT_CREDIT_SUM") * 0.1).alias("AMT_CREDIT_SUM_OVERDUE"),
        pl.col("AMT_CREDIT_SUM").alias("AMT_CREDIT_SUM_DEBT"),
    )
    return pl.concat([table, more.cast(types)])


def _another_loan(table: pl.LazyFrame) -> pl.LazyFrame:
    """Whom the bureau knows has a second loan like the newest one, opened a month before the application, all of it
    still owed.
    """
    types = table.collect_schema()
    newest = table.sort("DAYS_CREDIT", "SK_ID_BUREAU").group_by("SK_ID_CURR").last().select(types.names())
    more = newest.with_columns(
        (pl.col("SK_ID_BUREAU") + 10_000_000).cast(pl.Int64).alias("SK_ID_BUREAU"),
        pl.lit("Active").alias("CREDIT_ACTIVE"),
        pl.lit(-30).alias("DAYS_CREDIT"),
        pl.lit(None).alias("DAYS_ENDDATE_FACT"),
        pl.col("AMT_CREDIT_SUM").alias("AMT_CREDIT_SUM_DEBT"),
    )
    return pl.concat([table, more.cast(types)])


def _in_two_parts(table: pl.LazyFrame) -> pl.LazyFrame:
    """The newest late instalment was paid in two halves on one day, which are two rows, as in the published table."""
    late = pl.col("DAYS_ENTRY_PAYMENT") > pl.col("DAYS_INSTALMENT")
    newest = pl.col("DAYS_INSTALMENT").filter(late).max().over("SK_ID_CURR")
    halved = (late & (pl.col("DAYS_INSTALMENT") == newest)).fill_null(value=False)
    half = pl.when(halved).then(pl.col("AMT_PAYMENT") * 0.5).otherwise(pl.col("AMT_PAYMENT")).alias("AMT_PAYMENT")
    return pl.concat([table.with_columns(half), table.filter(halved).with_columns(pl.col("AMT_PAYMENT") * 0.5)])


def _bad_debt(was: str) -> Change:
    status = pl.col("CREDIT_ACTIVE").replace({was: "Bad debt"})
    return _columns(status)


_UNEMPLOYED = (
    pl.lit(365_243.0).alias("DAYS_EMPLOYED"),
    pl.lit("Unemployed").alias("NAME_INCOME_TYPE"),
    pl.lit("XNA").alias("ORGANIZATION_TYPE"),
    pl.lit(None, pl.String).alias("OCCUPATION_TYPE"),
)

#: Changes for the worse that also take away or add what has no sign: of these no model says that nobody is better off.
#: docs/training.md names them, and `benchmarks/decisions.py perturbations` counts whose probability falls.
NOT_COVERED: dict[str, dict[str, Change]] = {
    "approved loans become refused": {
        "previous_application": _columns(pl.col("NAME_CONTRACT_STATUS").replace({"Approved": "Refused"}))
    },
    "another bureau loan in arrears": {"bureau": _another_loan_in_arrears},
    "another bureau loan": {"bureau": _another_loan},
    "a late instalment paid in two parts": {"installments_payments": _in_two_parts},
    "active bureau loans become bad debt": {"bureau": _bad_debt("Active")},
    "closed bureau loans become bad debt": {"bureau": _bad_debt("Closed")},
    "unknown bureau debt becomes known": {"bureau": _columns(pl.col("AMT_CREDIT_SUM_DEBT").fill_null(100_000.0))},
    "bureau loans closed 60 days later": {"bureau": _columns((pl.col("DAYS_ENDDATE_FACT") + 60).clip(upper_bound=0))},
    "card payments halved": {
        "credit_card_balance": _columns(pl.col("AMT_PAYMENT_CURRENT") * 0.5, pl.col("AMT_PAYMENT_TOTAL_CURRENT") * 0.5)
    },
    "loses the job": {"application_test": _columns(*_UNEMPLOYED)},
}


#: Change of `WORSE` -> the features that got a sign for its sake, after models had been shipped.
_SIGNED_SINCE = {
    "larger annuities elsewhere": tuple(
        f"BUREAU_{running}AMT_ANNUITY_{of}" for running in ("", "ACTIVE_") for of in ("MAX", "MEAN")
    )
}


def held_to(change: str, signed: Collection[str]) -> bool:
    """Whether a model is held to a change of `WORSE`; ``signed``: its features with a sign, as its manifest has them.

    One that was trained before the change came in may have learnt the other way.
    """
    since = _SIGNED_SINCE.get(change, ())
    return not since or any(name in signed for name in since)


def perturbed(tables: Mapping[str, Frame], change: str) -> dict[str, Frame]:
    """The ``tables`` of a bank after the ``change``, a key of `WORSE` or `NOT_COVERED`; tables that are not there are
    not touched.
    """
    found = dict(tables)
    for name, of in {**WORSE, **NOT_COVERED}[change].items():
        if name in found:
            table = found[name]
            worse = of(table.lazy())
            found[name] = worse.collect() if isinstance(table, pl.DataFrame) else worse
    return found
