"""Beyond the recipe: what happened lately, over windows of the last days, months and applications."""

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from credit.features import bureau, credit_card, instalments, pos_cash, previous_application
from credit.features.aggregates import Rows
from credit.features.feature import Feature, ratio

FAMILY = "window"

#: Days before the application, for payments of instalments.
DAYS = (30, 90, 180, 365, 720)

#: Months before the application, for monthly balances of instalment loans and cards; the last month is -1.
MONTHS = (3, 6, 12, 24)


def paid(days: int) -> Rows:
    """The payments whose due day lies in the last ``days`` days."""
    return instalments.ALL.of_family(FAMILY).narrowed(
        f"INSTALMENTS_LAST_{days}_DAYS",
        f"instalments due in the last {days} days",
        f"échéances des {days} derniers jours",
        nw.col("DAYS_INSTALMENT") >= -days,
    )


def months(of: Rows, number: int) -> Rows:
    """The monthly balances of the last ``number`` months."""
    return of.of_family(FAMILY).narrowed(
        f"{of.prefix}_LAST_{number}_MONTHS",
        f"{of.en} in the last {number} months",
        f"{of.fr} des {number} derniers mois",
        nw.col("MONTHS_BALANCE") >= -number,
    )


def _instalments() -> Iterator[Feature]:
    everything = instalments.ALL.of_family(FAMILY)
    yield everything.share("OVERDUE")
    yield everything.share("PART_UNPAID")
    # Of what the recipe has over all payments, the counterparts that an instalment never paid cannot better.
    yield from everything.aggregates("DAYS_OVERDUE", "MAX", "MEAN", "SUM")
    yield from everything.aggregates("DAYS_EARLY", "MAX", "MEAN", "SUM")
    yield from everything.aggregates("AMT_UNPAID", "MAX", "MEAN", "SUM")
    yield from everything.aggregates("AMT_PAID", "MIN", "MAX", "MEAN", "SUM")
    yield from everything.aggregates("PAID_TO_INSTALMENT", "MEAN")
    for days in DAYS:
        rows = paid(days)
        yield rows.share("OVERDUE")
        yield from rows.aggregates("DAYS_OVERDUE", "MEAN", "MAX")
        yield from rows.aggregates("AMT_UNPAID", "SUM")
        yield from rows.aggregates("PAID_TO_INSTALMENT", "MEAN")
        yield rows.count()
    first = everything.narrowed(
        "INSTALMENTS_FIRST_4",
        "first four instalments of each loan",
        "quatre premières échéances de chaque prêt",
        nw.col("NUM_INSTALMENT_NUMBER") <= 4,
    )
    yield first.share("OVERDUE")
    yield from first.aggregates("DAYS_OVERDUE", "MEAN", "MAX")
    yield from first.aggregates("AMT_UNPAID", "SUM")


def _pos() -> Iterator[Feature]:
    yield pos_cash.ALL.of_family(FAMILY).share("LATE")
    for number in MONTHS:
        rows = months(pos_cash.ALL, number)
        yield rows.share("LATE")
        yield from rows.aggregates("SK_DPD", "MAX")
        yield from rows.aggregates("SK_DPD_DEF", "MAX")
    yield from months(pos_cash.ALL, 3).aggregates("CNT_INSTALMENT_FUTURE", "MEAN")


def _card() -> Iterator[Feature]:
    yield credit_card.ALL.of_family(FAMILY).share("LATE")
    for number in MONTHS:
        rows = months(credit_card.ALL, number)
        yield from rows.aggregates("UTILISATION", "MEAN", "MAX")
        yield from rows.aggregates("AMT_BALANCE", "MEAN")
        yield from rows.aggregates("AMT_DRAWINGS_CURRENT", "MEAN")
        yield from rows.aggregates("SK_DPD", "MAX")


def _bureau() -> Iterator[Feature]:
    for number in bureau.RECENT:
        for name, en, fr in (
            ("LATE", "past due", "en retard"),
            ("VERY_LATE", "more than 30 days past due", "à plus de 30 jours de retard"),
        ):
            yield bureau.ALL.of_family(FAMILY).feature(
                f"LAST_{number}_MONTHS_{name}_SHARE",
                "share",
                f"Months {en}: share of the last {number} months of all loans known to the credit bureau",
                f"Mois {fr}\u00a0: part des {number} derniers mois de tous les crédits connus du bureau de crédit",
                ratio(nw.col(f"{name}_LAST_{number}_MONTHS").sum(), nw.col(f"MONTHS_LAST_{number}_MONTHS").sum()),
            )
    for number in (6, 12, 24):
        rows = bureau.ALL.of_family(FAMILY).narrowed(
            f"BUREAU_OPENED_LAST_{number}_MONTHS",
            f"loans opened at other lenders in the last {number} months",
            f"crédits ouverts chez d'autres prêteurs dans les {number} derniers mois",
            nw.col("DAYS_CREDIT") * 12 >= -365 * number,
        )
        yield rows.count()
        yield from rows.aggregates("AMT_CREDIT_SUM", "SUM", "MEAN")


def _previous() -> Iterator[Feature]:
    everything = previous_application.ALL.of_family(FAMILY)
    for number in (3, 5):
        rows = everything.narrowed(
            f"PREVIOUS_LAST_{number}",
            f"last {number} previous applications",
            f"{number} dernières demandes précédentes",
            nw.col("RECENCY") <= number,
        )
        yield rows.share("APPROVED")
        yield rows.share("REFUSED")
        for column in ("AMT_APPLICATION", "AMT_ANNUITY", "CNT_PAYMENT", "ASKED_TO_GRANTED", "DAYS_DECISION"):
            yield from rows.aggregates(column, "MEAN")
    for days in (90, 180, 365, 720):
        rows = everything.narrowed(
            f"PREVIOUS_LAST_{days}_DAYS",
            f"previous applications of the last {days} days",
            f"demandes précédentes des {days} derniers jours",
            nw.col("DAYS_DECISION") >= -days,
        )
        yield rows.count()
        yield rows.share("REFUSED")
    # Numbers of refusals: a share is missing where nothing was applied for, and what is missing is on no side of 0.
    refused = previous_application.REFUSED.of_family(FAMILY)
    yield refused.count()
    for days in (90, 180, 365, 720):
        yield refused.narrowed(
            f"PREVIOUS_REFUSED_LAST_{days}_DAYS",
            f"previous applications refused in the last {days} days",
            f"demandes précédentes refusées dans les {days} derniers jours",
            nw.col("DAYS_DECISION") >= -days,
        ).count()


FEATURES: tuple[Feature, ...] = (*_instalments(), *_pos(), *_card(), *_bureau(), *_previous())
