"""Beyond the recipe: where things are heading, as recent windows less the whole history, and as slopes over months."""

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from credit.features import card, instalments, pos, words
from credit.features.aggregate import Rows, total
from credit.features.feature import Feature, ratio
from credit.features.windows import months, paid

FAMILY = "trend"


def slope(values: nw.Expr, time: nw.Expr) -> nw.Expr:
    """The least-squares slope of values over time, per unit of time; missing for fewer than two different times.

    (n sum(t v) - sum(t) sum(v)) / (n sum(t^2) - sum(t)^2), over the rows where both are known.
    """
    time = nw.when(~values.is_null()).then(time)
    number = (values * time).count()
    above = number * total(values * time) - total(time) * total(values)
    return ratio(above, number * total(time * time) - total(time) * total(time))


def _less_whole(recent: Rows, whole: Rows, column: str) -> Feature:
    about = words.column(whole.table, column)
    unit = "share" if about.unit == "0/1" else about.unit
    return recent.of_family(FAMILY).feature(
        f"{column}_LESS_WHOLE",
        unit,
        f"{about.en}: mean over all {recent.en}, less the mean over all {whole.en}",
        f"{about.fr}\u00a0: moyenne sur l'ensemble des {recent.fr}, moins la moyenne sur l'ensemble des {whole.fr}",
        recent.only(nw.col(column)).mean() - nw.col(column).mean(),
    )


def _slope(recent: Rows, column: str, time: nw.Expr) -> Feature:
    about = words.column(recent.table, column)
    return recent.of_family(FAMILY).feature(
        f"{column}_SLOPE",
        f"{about.unit} per month",
        f"{about.en}: change per month over all {recent.en}",
        f"{about.fr}\u00a0: variation par mois sur l'ensemble des {recent.fr}",
        slope(recent.only(nw.col(column)), time),
    )


def _features() -> Iterator[Feature]:
    for days in (90, 365):
        for column in ("LATE", "DAYS_PAST_DUE", "PAID_FRACTION"):
            yield _less_whole(paid(days), instalments.ALL, column)
    yield _slope(paid(720), "DAYS_PAST_DUE", nw.col("DAYS_INSTALMENT") * (12 / 365))
    yield _less_whole(months(pos.ALL, 6), pos.ALL, "SK_DPD")
    yield _less_whole(months(pos.ALL, 12), pos.ALL, "LATE")
    for number in (3, 6):
        for column in ("UTILISATION", "AMT_BALANCE", "AMT_DRAWINGS_CURRENT"):
            yield _less_whole(months(card.ALL, number), card.ALL, column)
    for column in ("UTILISATION", "AMT_BALANCE"):
        yield _slope(months(card.ALL, 12), column, nw.col("MONTHS_BALANCE"))


FEATURES: tuple[Feature, ...] = tuple(_features())
