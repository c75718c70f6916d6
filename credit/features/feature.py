"""A feature: its name, its formula, and what it means in words."""

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import narwhals.stable.v2 as nw

from credit.features.descriptions import UNITS
from credit.tables import Table

#: A table on any engine: what is beneath is Polars', DuckDB's or Spark's, and is never looked at.
Frame = nw.LazyFrame[Any]

#: The key of a client in every table but bureau_balance.
CLIENT = "SK_ID_CURR"

#: Days and months that lie before the application, i.e. are <= 0, by table.
PAST: dict[str, tuple[str, ...]] = {
    "application": ("DAYS_BIRTH", "DAYS_EMPLOYED", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH", "DAYS_LAST_PHONE_CHANGE"),
    "bureau": ("DAYS_CREDIT", "DAYS_ENDDATE_FACT", "DAYS_CREDIT_UPDATE"),
    "bureau_balance": ("MONTHS_BALANCE",),
    "previous_application": ("DAYS_DECISION",),
    "POS_CASH_balance": ("MONTHS_BALANCE",),
    "installments_payments": ("DAYS_INSTALMENT", "DAYS_ENTRY_PAYMENT"),
    "credit_card_balance": ("MONTHS_BALANCE",),
}

#: Stands for a missing text while features are made; no published table holds an empty text.
NOT_GIVEN = ""


@dataclass(frozen=True)
class Feature:
    """One column of the frame that a model sees: one Float64 per client, null where nothing is known.

    ``name``: letters, digits and underscores, unique whatever the letter case (SQL engines ignore it).
    ``unit``: a key of ``UNITS``. ``table``: the published name of the table it is made from (``application`` for
    application_train and application_test alike). ``en``, ``fr``: what it means. ``family``: ``recipe`` for the 795
    columns of the public recipe, otherwise the name of the family. ``expr``: the Narwhals expression over the rows of
    its table: an aggregate for a history, one value a row for the application. ``needs``: the features that it is
    made from, where its formula is over finished features and not over a table's rows. ``is_float``: the formula gives
    Float64 on every engine as it is, as means do. ``none``: what a client has of whom a history that is known has no
    row; None for missing.
    """

    name: str
    unit: str
    table: str
    en: str
    fr: str
    expr: nw.Expr = field(compare=False, repr=False)
    family: str = "recipe"
    needs: tuple[str, ...] = ()
    is_float: bool = field(default=False, compare=False, repr=False)
    none: float | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"The unit {self.unit!r} of {self.name} has no French word; add it to descriptions.json.")

    @property
    def unit_fr(self) -> str:
        """The unit in French."""
        return UNITS[self.unit]

    @property
    def column(self) -> nw.Expr:
        """The expression as a Float64 column under the feature's name."""
        return (self.expr if self.is_float else self.expr.cast(nw.Float64)).alias(self.name)


def per_client(rows: Frame, features: Iterable[Feature]) -> Frame:
    """Aggregate the rows of a history: one row per client, SK_ID_CURR and the features."""
    return rows.group_by(CLIENT).agg(*(feature.column for feature in features))


def ratio(numerator: nw.Expr, denominator: nw.Expr) -> nw.Expr:
    """numerator / denominator; missing where the denominator is 0 (it would be infinite) or either is missing.

    Such is the utilisation of a credit card, its balance for each unit of its limit:

    >>> import polars as pl
    >>> balance, limit = [500.0, 2500.0, 0.0, 300.0, None], [1000.0, 2000.0, 0.0, None, 900.0]
    >>> months = nw.from_native(pl.DataFrame({"BALANCE": balance, "LIMIT": limit}))
    >>> months.select(UTILISATION=ratio(nw.col("BALANCE"), nw.col("LIMIT")))["UTILISATION"].to_list()
    [0.5, 1.25, None, None, None]
    """
    return nw.when(denominator != 0).then(numerator / denominator)


def added(*columns: nw.Expr) -> nw.Expr:
    """The sum of columns without gaps, added from the left.

    Not sum_horizontal: Polars adds its columns in halves of halves, as many as there are threads, so that the last bits
    of a sum of five columns would depend on the machine (findings/polars_horizontal_sums_by_threads.sh).
    """
    return reduce(operator.add, columns)


def past(table: str) -> Iterator[nw.Expr]:
    """The columns of a table that lie before the application, with days and months in the future made missing.

    A future value in such a column is bad data and kept out of every feature (``remarks`` counts such values). The
    sentinel 365243 of DAYS_EMPLOYED is such a value.
    """
    for name in PAST[table]:
        yield nw.when(nw.col(name) <= 0).then(nw.col(name)).alias(name)


def texts(table: Table) -> Iterator[nw.Expr]:
    """The text columns of a table with a missing text made an empty one, once for all the columns made from them."""
    for name in table.vocabularies:
        yield nw.col(name).fill_null(NOT_GIVEN)


def equals(column: str, text: str) -> nw.Expr:
    """1 where a text column (after ``texts``) has this value, 0 where it has another or none, as Float64."""
    return (nw.col(column) == text).cast(nw.Float64)


def flag(condition: nw.Expr) -> nw.Expr:
    """A condition as 0/1 in Float64; missing where it is not known."""
    return nw.when(condition).then(nw.lit(1.0)).when(~condition).then(nw.lit(0.0))
