"""Beyond the recipe: the latest previous application and bureau loan, kinds of approved loans, and their interest."""

from collections.abc import Iterator

import narwhals.stable.v2 as nw

from credit.features import bureau, previous_application
from credit.features.aggregates import Rows
from credit.features.feature import Feature, equals

FAMILY = "most recent"
INTEREST = "implied interest"
KINDS = "approved loans"

LAST = previous_application.ALL.of_family(FAMILY).narrowed(
    "PREVIOUS_LAST",
    "most recent previous application",
    "demande précédente la plus récente",
    nw.col("RECENCY") == 1,
)
NEWEST = bureau.ALL.of_family(FAMILY).narrowed(
    "BUREAU_LAST",
    "most recent loan known to the credit bureau",
    "crédit le plus récent connu du bureau de crédit",
    nw.col("RECENCY") == 1,
)


def _one(rows: Rows, column: str) -> Feature:
    # There is one such row, or none: its value is the largest of one.
    about = rows.words(column)
    en, fr = f"{about.en}: {rows.en}", f"{about.fr}\u00a0: {rows.fr}"
    return rows.feature(column, about.unit, en, fr, rows.only(nw.col(column)).max())


def _text(column: str) -> Iterator[Feature]:
    for name, about, text in LAST.texts(column):
        en, fr = f"{about.en}: {LAST.en}", f"{about.fr}\u00a0: {LAST.fr}"
        yield LAST.feature(name, "0/1", en, fr, equals(f"LAST_{column}", text).max(), is_float=True)


def _features() -> Iterator[Feature]:
    for column in ("AMT_APPLICATION", "AMT_CREDIT", "AMT_ANNUITY", "CNT_PAYMENT", "ASKED_TO_GRANTED"):
        yield _one(LAST, column)
    for column in previous_application.LAST:
        yield from _text(column)
    for column in ("AMT_CREDIT_SUM", "AMT_CREDIT_SUM_DEBT", "DAYS_CREDIT_ENDDATE", "RUNNING"):
        yield _one(NEWEST, column)
    yield from bureau.CLOSED.of_family(FAMILY).aggregates("DAYS_ENDDATE_FACT", "MAX")


def _interest() -> Iterator[Feature]:
    yield from previous_application.APPROVED.of_family(INTEREST).aggregates("IMPLIED_INTEREST", "MIN", "MEAN", "MAX")
    yield _one(LAST.of_family(INTEREST), "IMPLIED_INTEREST")
    last = previous_application.ALL.of_family(INTEREST).narrowed(
        "PREVIOUS_LAST_3",
        "last 3 previous applications",
        "3 dernières demandes précédentes",
        nw.col("RECENCY") <= 3,
    )
    yield from last.aggregates("IMPLIED_INTEREST", "MEAN")


def _kinds() -> Iterator[Feature]:
    # Of approved applications alone: another refusal does not change what was lent.
    approved = previous_application.APPROVED.of_family(KINDS)
    for column in ("NAME_PRODUCT_TYPE", "NAME_PORTFOLIO", "NAME_YIELD_GROUP"):
        for name, about, text in approved.texts(column):
            yield approved.share(name, about, equals(column, text))


FEATURES: tuple[Feature, ...] = (*_features(), *_interest(), *_kinds())
