"""Payments of instalments on previous loans at this lender. 26 features.

Late is a payment after the due day: days past due = max(0, DAYS_ENTRY_PAYMENT - DAYS_INSTALMENT), and days before due
are the same with the sign turned. Both, like the paid fraction and the shortfall, are missing where nothing was paid
yet; the paid fraction of an instalment of 0 is missing too.
"""

from collections.abc import Iterable, Mapping

import narwhals.stable.v2 as nw

from credit.features import feature
from credit.features.aggregate import Rows
from credit.features.feature import Feature, flag, past, ratio

ALL = Rows("INSTALMENTS", "installments_payments", "payments of instalments", "paiements d'échéances")

FEATURES: tuple[Feature, ...] = (
    ALL.distinct("NUM_INSTALMENT_VERSION", "Number of payment schedules", "Nombre d'échéanciers"),
    *ALL.aggregates("DAYS_PAST_DUE", "MAX", "MEAN", "SUM"),
    *ALL.aggregates("DAYS_BEFORE_DUE", "MAX", "MEAN", "SUM"),
    *ALL.aggregates("PAID_FRACTION", "MAX", "MEAN", "SUM", "VAR"),
    *ALL.aggregates("SHORTFALL", "MAX", "MEAN", "SUM", "VAR"),
    *ALL.aggregates("AMT_INSTALMENT", "MAX", "MEAN", "SUM"),
    *ALL.aggregates("AMT_PAYMENT", "MIN", "MAX", "MEAN", "SUM"),
    *ALL.aggregates("DAYS_ENTRY_PAYMENT", "MAX", "MEAN", "SUM"),
    ALL.count(),
)


def rows(tables: Mapping[str, nw.LazyFrame]) -> nw.LazyFrame | None:
    """The payments, each with its days past and before due, paid fraction and shortfall; None without the table."""
    if "installments_payments" not in tables:
        return None
    due, paid = nw.col("DAYS_INSTALMENT"), nw.col("DAYS_ENTRY_PAYMENT")
    return (
        tables["installments_payments"]
        .with_columns(*past("installments_payments"))
        .with_columns(
            _positive_part(paid - due).alias("DAYS_PAST_DUE"),
            _positive_part(due - paid).alias("DAYS_BEFORE_DUE"),
            ratio(nw.col("AMT_PAYMENT"), nw.col("AMT_INSTALMENT")).alias("PAID_FRACTION"),
            (nw.col("AMT_INSTALMENT") - nw.col("AMT_PAYMENT")).alias("SHORTFALL"),
            flag(paid > due).alias("LATE"),
            flag(nw.col("AMT_PAYMENT") < nw.col("AMT_INSTALMENT")).alias("UNDERPAID"),
        )
    )


def _positive_part(days: nw.Expr) -> nw.Expr:
    # Not clip: SQL's greatest(missing, 0) is 0 on some engines.
    return nw.when(days > 0).then(days).when(days <= 0).then(nw.lit(0))


def per_client(tables: Mapping[str, nw.LazyFrame], features: Iterable[Feature]) -> nw.LazyFrame | None:
    """One row per client with a payment: SK_ID_CURR and the features; None where there is no such table."""
    payments = rows(tables)
    return None if payments is None else feature.per_client(payments, features)
