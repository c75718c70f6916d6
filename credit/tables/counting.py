"""What is counted in a table to judge its quality: expressions for one streaming pass, named ``COLUMN what``.

``ranges.json`` has the smallest and largest value, 365243 apart, and the share missing of every column, from a sample
of about a fifth of the published rows, rounded outward to five figures; days and months that end in the month before
the application reach up to it. The whole files reach further in single rows.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from credit.tables.columns import Column
from credit.tables.schema import NO_DATE, TABLES

#: Table -> column -> smallest and largest published value (numbers only) and the share missing.
RANGES: dict[str, dict[str, dict[str, float]]] = json.loads(
    Path(__file__).with_name("ranges.json").read_text(encoding="utf-8")
)

#: Texts that stand for "not available" and "not applicable".
NOT_AVAILABLE = ("XNA", "XAP")

#: Columns of the published data with 365243 for no date.
NO_DATE_IN = {
    "application": ("DAYS_EMPLOYED",),
    "previous_application": (
        "DAYS_FIRST_DRAWING",
        "DAYS_FIRST_DUE",
        "DAYS_LAST_DUE_1ST_VERSION",
        "DAYS_LAST_DUE",
        "DAYS_TERMINATION",
    ),
}

#: What is counted of a column, where it applies.
WHAT = ("missing", "unknown", "example", *NOT_AVAILABLE, str(NO_DATE), "below", "above", "future", "least", "most")

#: A month of a loan as one whole number: the loan's number times this, plus the month.
_MONTHS = 1 << 20


def again(name: str) -> Iterator[pl.Expr]:
    """The number of different rows of a history whose rows have no key of their own."""
    table = TABLES[name]
    if name == "installments_payments":
        # Part payments of one instalment are legitimate, so that only a row that is the same throughout is a copy.
        yield pl.struct(table.names).hash().n_unique().alias("different")
    elif "MONTHS_BALANCE" in table.names:
        yield (pl.col(table.key) * _MONTHS + pl.col("MONTHS_BALANCE")).n_unique().alias("different")


def ranges(name: str, own: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, float]]:
    """Column -> smallest and largest value that can be expected and the share missing, of a table: those published, but
    in application tables the bank's ``own`` ranges of amounts (``credit.tables.amount_ranges``).
    """
    published = RANGES[published_name(name)]
    if not name.startswith("application"):
        return published
    return published | {
        column: {**published[column], "min": least, "max": most} for column, (least, most) in own.items()
    }


def expressions(name: str, own: Mapping[str, tuple[float, float]]) -> Iterator[pl.Expr]:
    """The counts of every column, named ``COLUMN what``; ``own``: as for `ranges`."""
    published = ranges(name, own)
    for column in TABLES[name].columns:
        if column.name not in published:
            continue
        value = pl.col(column.name)
        yield value.null_count().alias(f"{column.name} missing")
        if column.kind == "text":
            unknown = ~value.is_in(column.values)
            yield unknown.sum().alias(f"{column.name} unknown")
            yield value.filter(unknown).first().alias(f"{column.name} example")
            for text in NOT_AVAILABLE:
                if text in column.values:
                    yield (value == text).sum().alias(f"{column.name} {text}")
            continue
        if column.name in NO_DATE_IN.get(published_name(name), ()):
            yield (value == NO_DATE).sum().alias(f"{column.name} {NO_DATE}")
            value = value.replace(NO_DATE, None)
        least, most = published[column.name]["min"], published[column.name]["max"]
        yield (value < least).sum().alias(f"{column.name} below")
        yield (value > most).sum().alias(f"{column.name} above")
        if past(column, most):
            yield (value > 0).sum().alias(f"{column.name} future")
        yield value.min().alias(f"{column.name} least")
        yield value.max().alias(f"{column.name} most")


def published_name(name: str) -> str:
    """The name under which ``RANGES`` has a table: one for both application tables."""
    return "application" if name.startswith("application") else name


def past(column: Column, most: float) -> bool:
    """Whether a column counts days or months of the past: its published values lie before the application."""
    return column.name.startswith(("DAYS_", "MONTHS_")) and most <= 0
