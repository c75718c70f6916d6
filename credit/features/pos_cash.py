"""Monthly balances of instalment loans at this lender (point of sale and cash). 18 features.

Rows may belong to a loan that previous_application lacks; they count like any other.
"""

from collections.abc import Iterable, Mapping

import narwhals.stable.v2 as nw

from credit.features import feature
from credit.features.aggregates import Rows
from credit.features.feature import Feature, Frame, flag, past, texts
from credit.tables import TABLES

ALL = Rows("POS", "POS_CASH_balance", "months of instalment loans", "mois de prêts à tempérament")

FEATURES: tuple[Feature, ...] = (
    *ALL.aggregates("MONTHS_BALANCE", "MAX", "MEAN", "COUNT"),
    *ALL.aggregates("SK_DPD", "MAX", "MEAN"),
    *ALL.aggregates("SK_DPD_DEF", "MAX", "MEAN"),
    *ALL.shares("NAME_CONTRACT_STATUS"),
    ALL.count(),
)


def rows(tables: Mapping[str, Frame]) -> Frame | None:
    """The monthly balances; None where the table is not known."""
    if "POS_CASH_balance" not in tables:
        return None
    return tables["POS_CASH_balance"].with_columns(
        *past("POS_CASH_balance"),
        flag(nw.col("SK_DPD") > 0).alias("LATE"),
        *texts(TABLES["POS_CASH_balance"]),
    )


def per_client(tables: Mapping[str, Frame], features: Iterable[Feature]) -> Frame | None:
    """One row per client with a balance: SK_ID_CURR and the features; None where there is no such table."""
    balances = rows(tables)
    return None if balances is None else feature.per_client(balances, features)
