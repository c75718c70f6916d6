"""Previous applications of the client at this lender. 249 features.

Numbers are aggregated over all previous applications, the approved and the refused ones; text columns become shares.
"""

from collections.abc import Iterable, Iterator, Mapping

import narwhals.stable.v2 as nw

from credit.features import feature
from credit.features.aggregates import Rows
from credit.features.feature import CLIENT, Feature, Frame, past, ratio, texts
from credit.tables import NO_DATE, TABLES

#: Dates in which 365243 stands for "no date"; they may lie in the future otherwise.
DATES = ("DAYS_FIRST_DRAWING", "DAYS_FIRST_DUE", "DAYS_LAST_DUE_1ST_VERSION", "DAYS_LAST_DUE", "DAYS_TERMINATION")

#: Text columns of which the newest application's value has a column of its own, LAST_<name>.
LAST = ("NAME_CONTRACT_STATUS", "PRODUCT_COMBINATION", "NAME_YIELD_GROUP")

#: SK_ID_PREV stays below it.
_NUMBERS = 100_000_000

ALL = Rows("PREVIOUS", "previous_application", "previous applications", "demandes précédentes")
APPROVED = ALL.narrowed(
    "PREVIOUS_APPROVED",
    "approved previous applications",
    "demandes précédentes acceptées",
    nw.col("NAME_CONTRACT_STATUS") == "Approved",
)
REFUSED = ALL.narrowed(
    "PREVIOUS_REFUSED",
    "refused previous applications",
    "demandes précédentes refusées",
    nw.col("NAME_CONTRACT_STATUS") == "Refused",
)

_AGGREGATES = {
    "AMT_ANNUITY": "MIN MAX MEAN",
    "AMT_APPLICATION": "MIN MAX MEAN",
    "AMT_CREDIT": "MIN MAX MEAN",
    "AMT_DOWN_PAYMENT": "MIN MAX MEAN",
    "AMT_GOODS_PRICE": "MIN MAX MEAN",
    "HOUR_APPR_PROCESS_START": "MIN MAX MEAN",
    "RATE_DOWN_PAYMENT": "MIN MAX MEAN",
    "DAYS_DECISION": "MIN MAX MEAN",
    "ASKED_TO_GRANTED": "MIN MAX MEAN VAR",
    "CNT_PAYMENT": "MEAN SUM",
}


def rows(tables: Mapping[str, Frame]) -> Frame | None:
    """The previous applications without sentinels, with their recency (1 = newest) and implied interest.

    Implied yearly interest of a loan: 24 (n annuity - credit) / (credit (n + 1)), n = number of payments, i.e. what is
    paid beyond the credit, over the average credit outstanding. None where nobody has a previous application.
    """
    if "previous_application" not in tables:
        return None
    applications = tables["previous_application"].with_columns(
        *(nw.when(nw.col(name) != NO_DATE).then(nw.col(name)).alias(name) for name in DATES),
        *past("previous_application"),
        *texts(TABLES["previous_application"]),
        ratio(nw.col("AMT_APPLICATION"), nw.col("AMT_CREDIT")).alias("ASKED_TO_GRANTED"),
    )
    status, number = nw.col("NAME_CONTRACT_STATUS"), nw.col("CNT_PAYMENT")
    overpaid = number * nw.col("AMT_ANNUITY") - nw.col("AMT_CREDIT")
    # Newest first; of two decisions on one day the one with the larger number is the newer.
    age = nw.col("DAYS_DECISION") * -_NUMBERS - nw.col("SK_ID_PREV")
    return applications.with_columns(
        age.rank("ordinal").over(CLIENT).alias("RECENCY"),
        (status == "Approved").cast(nw.Float64).alias("APPROVED"),
        (status == "Refused").cast(nw.Float64).alias("REFUSED"),
        ratio(nw.col("AMT_CREDIT"), nw.col("AMT_GOODS_PRICE")).alias("CREDIT_TO_GOODS"),
        ratio(24 * overpaid, nw.col("AMT_CREDIT") * (number + 1)).alias("IMPLIED_INTEREST"),
    ).with_columns(nw.when(nw.col("RECENCY") == 1).then(nw.col(name)).alias(f"LAST_{name}") for name in LAST)


def per_client(tables: Mapping[str, Frame], features: Iterable[Feature]) -> Frame | None:
    """One row per client with a previous application: SK_ID_CURR and the features; None without the table."""
    applications = rows(tables)
    return None if applications is None else feature.per_client(applications, features)


def _numbers(applications: Rows) -> Iterator[Feature]:
    for column, aggregates in _AGGREGATES.items():
        yield from applications.aggregates(column, *aggregates.split())


FEATURES: tuple[Feature, ...] = (
    *_numbers(ALL),
    *(share for column in TABLES["previous_application"].vocabularies for share in ALL.shares(column)),
    *_numbers(APPROVED),
    *_numbers(REFUSED),
)
