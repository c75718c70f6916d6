"""Loans that other lenders reported to the credit bureau, with their monthly balances. 116 features.

Each loan first gets its months from bureau_balance (first, last, number, share of each status), then the loans are
aggregated per client: all of them, the running ones and the closed ones.
"""

from collections.abc import Iterable, Iterator, Mapping

import narwhals.stable.v2 as nw

from credit.features import descriptions, feature
from credit.features.aggregates import Rows
from credit.features.descriptions import Description
from credit.features.feature import CLIENT, NOT_GIVEN, Feature, Frame, flag, past, texts
from credit.tables import TABLES

_LOAN = "SK_ID_BUREAU"

#: SK_ID_BUREAU stays below it.
_NUMBERS = 100_000_000

ALL = Rows("BUREAU", "bureau", "loans known to the credit bureau", "crédits connus du bureau de crédit")
ACTIVE = ALL.narrowed(
    "BUREAU_ACTIVE",
    "running loans known to the credit bureau",
    "crédits en cours connus du bureau de crédit",
    nw.col("CREDIT_ACTIVE") == "Active",
)
CLOSED = ALL.narrowed(
    "BUREAU_CLOSED",
    "closed loans known to the credit bureau",
    "crédits clos connus du bureau de crédit",
    nw.col("CREDIT_ACTIVE") == "Closed",
)

_AGGREGATES = {
    "DAYS_CREDIT": "MIN MAX MEAN VAR",
    "DAYS_CREDIT_ENDDATE": "MIN MAX MEAN",
    "DAYS_CREDIT_UPDATE": "MEAN",
    "CREDIT_DAY_OVERDUE": "MAX MEAN",
    "AMT_CREDIT_MAX_OVERDUE": "MEAN",
    "AMT_CREDIT_SUM": "MAX MEAN SUM",
    "AMT_CREDIT_SUM_DEBT": "MAX MEAN SUM",
    "AMT_CREDIT_SUM_OVERDUE": "MEAN",
    "AMT_CREDIT_SUM_LIMIT": "MEAN SUM",
    "AMT_ANNUITY": "MAX MEAN",
    "CNT_CREDIT_PROLONG": "SUM",
}
_MONTHS = {"MONTHS_FIRST": "MIN", "MONTHS_LAST": "MAX", "MONTHS_COUNT": "MEAN SUM"}

#: Monthly status -> the column with its share of a loan's months.
_STATUS = {
    **{status: f"STATUS_{status}" for status in TABLES["bureau_balance"]["STATUS"].values},
    NOT_GIVEN: "STATUS_MISSING",
}

#: Monthly statuses of a loan that is past due, beginning with the mildest: 1 to 30 days.
LATE = ("1", "2", "3", "4", "5")

#: Windows over the latest months, counted from the application.
RECENT = (3, 6, 12, 24)

#: What ``months`` says about a loan, unknown where there is no bureau_balance.
OF_BALANCES = (
    *("MONTHS_FIRST", "MONTHS_LAST", "MONTHS_COUNT"),
    *_STATUS.values(),
    *(f"{name}_LAST_{months}_MONTHS" for months in RECENT for name in ("MONTHS", "LATE", "VERY_LATE")),
)


def months(balances: Frame) -> Frame:
    """One row per bureau loan: its first, last and number of months, and the share of each status.

    The balances are the longest table. They are first counted by loan and status, which leaves one row in eighteen (of
    a simulated bank) for all that tells one status from another.
    """
    month = nw.col("MONTHS_BALANCE")
    counted = (
        balances.with_columns(*past("bureau_balance"), *texts(TABLES["bureau_balance"]))
        .group_by(_LOAN, "STATUS")
        .agg(
            month.min().alias("FIRST"),
            month.max().alias("LAST"),
            nw.len().alias("MONTHS"),
            *(_number(month > -months).alias(f"MONTHS_{months}") for months in RECENT),
        )
    )
    number = nw.col("MONTHS")
    return counted.group_by(_LOAN).agg(
        nw.col("FIRST").min().cast(nw.Float64).alias("MONTHS_FIRST"),
        nw.col("LAST").max().cast(nw.Float64).alias("MONTHS_LAST"),
        number.sum().cast(nw.Float64).alias("MONTHS_COUNT"),
        *(
            (_where(nw.col("STATUS") == status, number).sum() / number.sum()).alias(name)
            for status, name in _STATUS.items()
        ),
        *_recent_months(),
    )


def _number(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).count()


def _where(condition: nw.Expr, number: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(number).otherwise(nw.lit(0))


def _recent_months() -> Iterator[nw.Expr]:
    late, very_late = nw.col("STATUS").is_in(LATE), nw.col("STATUS").is_in(LATE[1:])
    for months in RECENT:
        number = nw.col(f"MONTHS_{months}")
        for name, counted in (
            ("MONTHS", number),
            ("LATE", _where(late, number)),
            ("VERY_LATE", _where(very_late, number)),
        ):
            yield counted.sum().cast(nw.Float64).alias(f"{name}_LAST_{months}_MONTHS")


def rows(tables: Mapping[str, Frame]) -> Frame | None:
    """The bureau loans with their months; None where the table is not known."""
    if "bureau" not in tables:
        return None
    loans = tables["bureau"].with_columns(*past("bureau"), *texts(TABLES["bureau"]))
    # Newest first; of two loans opened on one day the one with the larger number is the newer.
    age = nw.col("DAYS_CREDIT") * -_NUMBERS - nw.col(_LOAN)
    loans = loans.with_columns(
        age.rank("ordinal").over(CLIENT).alias("RECENCY"),
        (nw.col("CREDIT_ACTIVE") == "Active").cast(nw.Float64).alias("RUNNING"),
        flag(nw.col("AMT_CREDIT_MAX_OVERDUE") > 0).alias("EVER_OVERDUE"),
        (nw.col("DAYS_ENDDATE_FACT") - nw.col("DAYS_CREDIT_ENDDATE")).alias("DAYS_AFTER_PLANNED_END"),
    )
    if "bureau_balance" in tables:
        return loans.join(months(tables["bureau_balance"]), on=_LOAN, how="left")
    return loans.with_columns(nw.lit(None, dtype=nw.Float64).alias(name) for name in OF_BALANCES)


def per_client(tables: Mapping[str, Frame], features: Iterable[Feature]) -> Frame | None:
    """One row per client with a bureau loan: SK_ID_CURR and the features; None where there is no such table."""
    loans = rows(tables)
    return None if loans is None else feature.per_client(loans, features)


def _numbers(loans: Rows) -> Iterator[Feature]:
    for column, aggregates in _AGGREGATES.items():
        yield from loans.aggregates(column, *aggregates.split())
    for column, aggregates in _MONTHS.items():
        yield from loans.aggregates(column, *aggregates.split(), about=descriptions.column("bureau_balance", column))


def _statuses() -> Iterator[Feature]:
    for status, name in _STATUS.items():
        en, fr = "not given", "sans valeur"
        if status != NOT_GIVEN:
            text, texte = descriptions.value("bureau_balance", "STATUS", status)
            en, fr = f"\u201c{text}\u201d", f"\u00ab\u00a0{texte}\u00a0\u00bb"
        share = (f"Monthly status {en}, share of a loan's months", f"État mensuel {fr}, part des mois du crédit")
        yield from ALL.aggregates(name, "MEAN", about=Description(*share, "share"))


FEATURES: tuple[Feature, ...] = (
    *_numbers(ALL),
    *ALL.shares("CREDIT_ACTIVE"),
    *ALL.shares("CREDIT_CURRENCY"),
    *ALL.shares("CREDIT_TYPE"),
    *_statuses(),
    *_numbers(ACTIVE),
    *_numbers(CLOSED),
)
