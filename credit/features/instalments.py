"""Payments of instalments on previous loans at this lender. 26 features.

Late is a payment after the due day: days past due = max(0, DAYS_ENTRY_PAYMENT - DAYS_INSTALMENT), and days before due
are the same with the sign turned. Both, like the paid fraction and the shortfall, are missing where nothing was paid
yet; the paid fraction of an instalment of 0 is missing too.

That is the recipe's definition, and it rewards a client for never paying: the worst instalment drops out of every mean
and sum. So each of these columns has a counterpart, beyond the recipe, in which nothing drops out: the day of a payment
that is missing is the day of the application (0), and its amount is 0.

    DAYS_OVERDUE = max(0, (DAYS_ENTRY_PAYMENT or 0) - DAYS_INSTALMENT)      days past due, or unpaid until now
    DAYS_EARLY = max(0, DAYS_INSTALMENT - (DAYS_ENTRY_PAYMENT or 0))        days before due, 0 where unpaid
    AMT_PAID = AMT_PAYMENT or 0
    AMT_UNPAID = AMT_INSTALMENT - AMT_PAID                                  below 0 where more was paid than was due
    PAID_TO_INSTALMENT = AMT_PAID / AMT_INSTALMENT                          missing for an instalment of 0
    OVERDUE = 1 where DAYS_OVERDUE > 0, else 0
    PART_UNPAID = 1 where AMT_UNPAID > 0, else 0

They are missing only where the due day or the amount of the instalment is. A day of payment in the future is bad data
and counts as missing.
"""

from collections.abc import Iterable, Mapping

import narwhals.stable.v2 as nw

from credit.features import feature
from credit.features.aggregates import Rows
from credit.features.feature import Feature, Frame, flag, past, ratio

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


def rows(tables: Mapping[str, Frame]) -> Frame | None:
    """The payments with the recipe's columns and their counterparts, as this module defines them; None without the
    table.
    """
    if "installments_payments" not in tables:
        return None
    due, paid = nw.col("DAYS_INSTALMENT"), nw.col("DAYS_ENTRY_PAYMENT")
    owed, amount = nw.col("AMT_INSTALMENT"), nw.col("AMT_PAYMENT")
    paid_or_now, amount_or_none = paid.fill_null(0.0), amount.fill_null(0.0)
    return (
        tables["installments_payments"]
        .with_columns(*past("installments_payments"))
        .with_columns(
            _positive_part(paid - due).alias("DAYS_PAST_DUE"),
            _positive_part(due - paid).alias("DAYS_BEFORE_DUE"),
            ratio(amount, owed).alias("PAID_FRACTION"),
            (owed - amount).alias("SHORTFALL"),
            _positive_part(paid_or_now - due).alias("DAYS_OVERDUE"),
            _positive_part(due - paid_or_now).alias("DAYS_EARLY"),
            amount_or_none.alias("AMT_PAID"),
            (owed - amount_or_none).alias("AMT_UNPAID"),
            ratio(amount_or_none, owed).alias("PAID_TO_INSTALMENT"),
            flag(paid_or_now > due).alias("OVERDUE"),
            flag(amount_or_none < owed).alias("PART_UNPAID"),
        )
    )


def _positive_part(days: nw.Expr) -> nw.Expr:
    # Not clip: SQL's greatest(missing, 0) is 0 on some engines.
    return nw.when(days > 0).then(days).when(days <= 0).then(nw.lit(0))


def per_client(tables: Mapping[str, Frame], features: Iterable[Feature]) -> Frame | None:
    """One row per client with a payment: SK_ID_CURR and the features; None where there is no such table."""
    payments = rows(tables)
    return None if payments is None else feature.per_client(payments, features)
