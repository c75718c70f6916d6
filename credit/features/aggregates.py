"""The aggregates of a client's rows, with their words: features of a history are made here.

Conventions, the same on every engine: the sum of nothing known is missing (not 0), the variance (ddof 1) of one known
value is missing, and so is every aggregate of a client without rows. A share is the mean of a 0/1 column over the
client's rows: a missing text is its own share, and an unknown text is none of the known ones and not missing either.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import narwhals.stable.v2 as nw

from credit.features import descriptions as words
from credit.features.descriptions import Description
from credit.features.feature import NOT_GIVEN, Feature, ratio
from credit.tables import TABLES


def total(values: nw.Expr) -> nw.Expr:
    """The sum of the known values; missing where none is known."""
    return nw.when(values.count() > 0).then(values.sum())


@dataclass(frozen=True)
class Aggregate:
    """An aggregate: its formula, its words before "all ..." and, in French, before "l'ensemble des ..."."""

    of: Callable[[nw.Expr], nw.Expr]
    en: str
    fr: str


AGGREGATES = {
    "MIN": Aggregate(lambda values: values.min(), "smallest value over", "plus petite valeur sur"),
    "MAX": Aggregate(lambda values: values.max(), "largest value over", "plus grande valeur sur"),
    "MEAN": Aggregate(lambda values: values.mean(), "mean over", "moyenne sur"),
    "SUM": Aggregate(total, "sum over", "somme sur"),
    "VAR": Aggregate(lambda values: values.var(), "variance over", "variance sur"),
    "COUNT": Aggregate(lambda values: values.count(), "number of known values over", "nombre de valeurs connues sur"),
}

#: The same of a column of ones and zeros, from the number of ones and of rows: one sum does for all of them.
OF_ONES: dict[str, Callable[[nw.Expr, nw.Expr], nw.Expr]] = {
    "MIN": lambda ones, rows: ones == rows,
    "MAX": lambda ones, rows: ones > 0,
    "MEAN": lambda ones, rows: ones / rows,
    "SUM": lambda ones, rows: ones,
    "VAR": lambda ones, rows: ratio(ones * (1 - ones / rows), rows - 1),
}


def _unit(unit: str, aggregate: str) -> str:
    if aggregate == "COUNT":
        return "count"
    if unit == "0/1":
        return {"MEAN": "share", "SUM": "count", "VAR": "ratio"}.get(aggregate, unit)
    if unit == "share":
        return unit
    return f"{unit} squared" if aggregate == "VAR" else unit


@dataclass(frozen=True)
class Rows:
    """The rows of a history that a group of features looks at, e.g. the running loans of the bureau table.

    ``prefix``: of the features' names. ``table``: published name. ``en``, ``fr``: the rows in words, plural and without
    an article ("running loans"). ``where``: a 0/1 condition; None for all rows. ``family``: see Feature.
    """

    prefix: str
    table: str
    en: str
    fr: str
    where: nw.Expr | None = field(default=None, compare=False)
    family: str = "recipe"

    def only(self, values: nw.Expr) -> nw.Expr:
        """The values of these rows, missing in the others."""
        return values if self.where is None else nw.when(self.where).then(values)

    def words(self, column: str) -> Description:
        """The words for a column of these rows' table."""
        return words.column(self.table, column)

    def aggregates(
        self, column: str, *aggregates: str, values: nw.Expr | None = None, about: Description | None = None
    ) -> Iterator[Feature]:
        """Features <prefix>_<column>_<AGGREGATE> of a column.

        ``values``: the expression to aggregate, the column itself where not given; ``about``: its words, those of
        descriptions.json where not given.
        """
        about = about or self.words(column)
        values = self.only(nw.col(column) if values is None else values)
        for name in aggregates:
            yield self._aggregate(column, name, about, AGGREGATES[name].of(values), is_float=name in ("MEAN", "VAR"))

    def counted(self, column: str, *aggregates: str, number: nw.Expr, about: Description) -> Iterator[Feature]:
        """The same features of a 0/1 column that is known in every row, from the number of its ones."""
        for name in aggregates:
            yield self._aggregate(column, name, about, OF_ONES[name](number, self.rows()))

    def _aggregate(self, column: str, name: str, about: Description, expr: nw.Expr, is_float: bool = False) -> Feature:
        aggregate = AGGREGATES[name]
        return self.feature(
            f"{column}_{name}",
            _unit(about.unit, name),
            f"{about.en}: {aggregate.en} all {self.en}",
            f"{about.fr}\u00a0: {aggregate.fr} l'ensemble des {self.fr}",
            expr,
            is_float,
        )

    def texts(self, column: str) -> Iterator[tuple[str, Description, str]]:
        """The values of a text column, the known ones and missing: (name of its 0/1 column, words, value)."""
        about = self.words(column)
        for text in TABLES[self.table][column].values:
            en, fr = words.value(self.table, column, text)
            said = Description(f"{about.en} \u201c{en}\u201d", f"{about.fr} \u00ab\u00a0{fr}\u00a0\u00bb", "0/1")
            yield f"{column}_{words.identifier(text)}", said, text
        yield f"{column}_MISSING", Description(f"{about.en} not given", f"{about.fr} sans valeur", "0/1"), NOT_GIVEN

    def shares(self, column: str) -> Iterator[Feature]:
        """Features <prefix>_<column>_<value>_SHARE of a text column: every known value, and missing."""
        for name, about, text in self.texts(column):
            yield self._share(name, about, self.number(column, text) / self.rows())

    def rows(self) -> nw.Expr:
        """The number of these rows, 0 where a client has others but none of these."""
        return nw.len() if self.where is None else self.only(nw.lit(1.0)).count()

    def number(self, column: str, text: str) -> nw.Expr:
        """The number of rows in which a text column has this value (``NOT_GIVEN``: none), of all rows (``where`` None).

        Whole numbers of 4 bytes: there are hundreds of such sums, and engines are twice as fast with them as with the
        means of Float64 columns. SQL engines cannot add conditions.
        """
        return (nw.col(column) == text).cast(nw.Int32).sum()

    def share(self, name: str, about: Description | None = None, values: nw.Expr | None = None) -> Feature:
        """Feature <prefix>_<name>_SHARE: the mean of a 0/1 column or expression, over the rows where it is known."""
        about = about or self.words(name)
        values = nw.col(name) if values is None else values
        return self._share(name, about, self.only(values).mean())

    def _share(self, name: str, about: Description, expr: nw.Expr) -> Feature:
        en, fr = f"{about.en}: share of all {self.en}", f"{about.fr}\u00a0: part de l'ensemble des {self.fr}"
        return self.feature(f"{name}_SHARE", "share", en, fr, expr, is_float=True)

    def count(self) -> Feature:
        """Feature <prefix>_ROWS: the number of these rows, 0 for a client who has others but none of these."""
        return self.feature("ROWS", "count", f"Number of {self.en}", f"Nombre de {self.fr}", self.rows())

    def distinct(self, column: str, en: str, fr: str) -> Feature:
        """Feature <prefix>_<column>_DISTINCT: the number of different known values."""
        values = self.only(nw.col(column))
        unknown = nw.when(values.count() < nw.len()).then(nw.lit(1)).otherwise(nw.lit(0))
        number = nw.when(values.count() > 0).then(values.n_unique() - unknown)
        return self.feature(f"{column}_DISTINCT", "count", en, fr, number)

    def narrowed(self, prefix: str, en: str, fr: str, where: nw.Expr) -> "Rows":
        """Some of these rows, under a prefix of their own.

        ``prefix``, ``en``, ``fr``: as of the class. ``where``: a 0/1 condition that has to hold as well as that of
        these rows.
        """
        return replace(self, prefix=prefix, en=en, fr=fr, where=where if self.where is None else self.where & where)

    def of_family(self, family: str) -> "Rows":
        """The same rows for the features of another family."""
        return replace(self, family=family)

    def feature(self, name: str, unit: str, en: str, fr: str, expr: nw.Expr, is_float: bool = False) -> Feature:
        """Feature <prefix>_<name> with words and a formula of its own, which has to look at these rows (``only``).

        ``name``: what follows the prefix. ``unit``, ``en``, ``fr``, ``is_float``: as of `Feature`. ``expr``: the
        formula.
        """
        return Feature(f"{self.prefix}_{name}", unit, self.table, en, fr, expr, self.family, is_float=is_float)
