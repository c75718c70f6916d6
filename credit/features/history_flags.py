"""Beyond the recipe: whether a client has a history at all, so that none and unknown are two things.

All other features of a history are missing both where a client has none and where it was not looked up. These are 1
where the table has rows of the client, 0 where it is there and has none, and missing where the table is not there. The
months of bureau loans (bureau_balance) have none of their own: they belong to loans, and not to clients.
"""

import narwhals.stable.v2 as nw

from credit.features import bureau, credit_card, instalments, pos_cash, previous_application
from credit.features.aggregates import Rows
from credit.features.feature import Feature

FAMILY = "history"


def _known(rows: Rows) -> Feature:
    return Feature(
        f"{rows.prefix}_HISTORY",
        "0/1",
        rows.table,
        f"Whether there are {rows.en}; missing where that is not known",
        f"Présence de {rows.fr}\u00a0; manquante là où elle n'est pas connue",
        nw.len() > 0,
        FAMILY,
        none=0.0,
    )


#: All rows of a client in each of the tables.
ROWS: tuple[Rows, ...] = tuple(of.ALL for of in (bureau, previous_application, pos_cash, instalments, credit_card))

FEATURES: tuple[Feature, ...] = tuple(_known(rows) for rows in ROWS)
