"""Beyond the recipe: where things are heading, as recent windows less the whole history, and as slopes over months."""

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from credit.features import credit_card, descriptions, instalments, pos_cash
from credit.features.aggregates import Rows
from credit.features.feature import Feature, ratio
from credit.features.windows import months, paid

FAMILY = "trend"


def slope(values: nw.Expr, time: nw.Expr) -> nw.Expr:
    """The least-squares slope of values over time, per unit of time; missing for fewer than two different times.

    (mean(t v) - mean(t) mean(v)) / (mean(t^2) - mean(t)^2), over the rows where both are known; ``time`` has to be in
    whole numbers, so that the denominator is exactly 0 where there is one time only.
    """
    time = nw.when(~values.is_null()).then(time)
    above = (values * time).mean() - time.mean() * values.mean()
    return ratio(above, (time * time).mean() - time.mean() * time.mean())


def _less_whole(recent: Rows, whole: Rows, column: str, mean: str = "MEAN") -> Feature:
    about = descriptions.column(whole.table, column)
    now, ever = f"{recent.prefix}_{column}_{mean}", f"{whole.prefix}_{column}_{mean}"
    return Feature(
        f"{recent.prefix}_{column}_LESS_WHOLE",
        "share" if about.unit == "0/1" else about.unit,
        whole.table,
        f"{about.en}: mean over all {recent.en}, less the mean over all {whole.en}",
        f"{about.fr}\u00a0: moyenne sur l'ensemble des {recent.fr}, moins la moyenne sur l'ensemble des {whole.fr}",
        nw.col(now) - nw.col(ever),
        FAMILY,
        needs=(now, ever),
    )


def _slope(recent: Rows, column: str, time: nw.Expr, per_month: float = 1.0) -> Feature:
    about = descriptions.column(recent.table, column)
    return recent.of_family(FAMILY).feature(
        f"{column}_SLOPE",
        f"{about.unit} per month",
        f"{about.en}: change per month over all {recent.en}",
        f"{about.fr}\u00a0: variation par mois sur l'ensemble des {recent.fr}",
        slope(recent.only(nw.col(column)), time) * per_month,
    )


def _features() -> Iterator[Feature]:
    for days in (90, 365):
        yield _less_whole(paid(days), instalments.ALL, "OVERDUE", "SHARE")
        yield _less_whole(paid(days), instalments.ALL, "DAYS_OVERDUE")
        yield _less_whole(paid(days), instalments.ALL, "PAID_TO_INSTALMENT")
    yield _slope(paid(720), "DAYS_OVERDUE", nw.col("DAYS_INSTALMENT"), per_month=365 / 12)
    for number in (6, 12):
        yield _less_whole(months(pos_cash.ALL, number), pos_cash.ALL, "LATE", "SHARE")
    for number in (3, 6):
        for column in ("UTILISATION", "AMT_BALANCE", "AMT_DRAWINGS_CURRENT"):
            yield _less_whole(months(credit_card.ALL, number), credit_card.ALL, column)
    yield _slope(months(credit_card.ALL, 12), "UTILISATION", nw.col("MONTHS_BALANCE"))
    yield _slope(months(credit_card.ALL, 12), "AMT_BALANCE", nw.col("MONTHS_BALANCE"))


FEATURES: tuple[Feature, ...] = tuple(_features())
