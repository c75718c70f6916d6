"""Monthly balances of credit cards at this lender. 141 features: every column, every way of aggregating it."""

from collections.abc import Iterable, Iterator, Mapping

import narwhals.stable.v2 as nw

from credit.features import feature
from credit.features.aggregates import Rows
from credit.features.feature import Feature, Frame, flag, past, ratio, texts
from credit.tables import TABLES

_TABLE = TABLES["credit_card_balance"]
_STATUS = "NAME_CONTRACT_STATUS"
_AGGREGATES = ("MIN", "MAX", "MEAN", "SUM", "VAR")

ALL = Rows("CARD", _TABLE.name, "months of credit cards", "mois de cartes de crédit")


def _features() -> Iterator[Feature]:
    for column in _TABLE.columns:
        if column.name == _STATUS:
            for name, about, text in ALL.texts(_STATUS):
                yield from ALL.counted(name, *_AGGREGATES, number=ALL.number(_STATUS, text), about=about)
        elif not column.name.startswith("SK_ID_"):
            yield from ALL.aggregates(column.name, *_AGGREGATES)
    yield ALL.count()


FEATURES: tuple[Feature, ...] = tuple(_features())


def rows(tables: Mapping[str, Frame]) -> Frame | None:
    """The monthly balances with the utilisation of the limit; None where the table is not known."""
    if _TABLE.name not in tables:
        return None
    return tables[_TABLE.name].with_columns(
        *past("credit_card_balance"),
        *texts(_TABLE),
        ratio(nw.col("AMT_BALANCE"), nw.col("AMT_CREDIT_LIMIT_ACTUAL")).alias("UTILISATION"),
        flag(nw.col("AMT_BALANCE") > nw.col("AMT_CREDIT_LIMIT_ACTUAL")).alias("OVER_LIMIT"),
        flag(nw.col("SK_DPD") > 0).alias("LATE"),
    )


def per_client(tables: Mapping[str, Frame], features: Iterable[Feature]) -> Frame | None:
    """One row per client with a card: SK_ID_CURR and the features; None where there is no such table."""
    balances = rows(tables)
    return None if balances is None else feature.per_client(balances, features)
