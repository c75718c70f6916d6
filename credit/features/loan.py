"""The amounts of a loan without which nothing can be decided: one rule for the service, ``score`` and the training.

In the published applications AMT_CREDIT is never missing, AMT_ANNUITY in a handful, AMT_GOODS_PRICE of some revolving
loans and of no cash loan. A model that never saw a loan without its amount takes the gap for something that it is not.
So who decides wants them, as far as the model reads them, and the training hides none of them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.features import words
from credit.tables import TABLES
from credit.tables.forms import NotTaken, of_json

#: Amount of the loan, annuity, price of the goods, as the application and the features call them.
AMOUNTS = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE")

#: Wanted of loans for goods only.
GOODS = "AMT_GOODS_PRICE"

#: Wanted of every loan.
ALWAYS = tuple(name for name in AMOUNTS if name != GOODS)

#: The column that says what kind of loan it is, its text for a loan for goods, and the feature that is 1 for that text.
CONTRACT, CASH = "NAME_CONTRACT_TYPE", "Cash loans"
CASH_FEATURE = f"{CONTRACT}_{words.identifier(CASH)}"

_CONTRACT = {column.name: column for column in TABLES["application_test"].columns}[CONTRACT]


def missing_of(row: Mapping[str, Any], columns: Collection[str]) -> tuple[str, ...]:
    """The `AMOUNTS` that a model with ``columns`` wants of a client, and that are not there or None.

    ``row``: a row of the application, or features by name, or both.
    """
    gaps = tuple(name for name in AMOUNTS if name in columns and row.get(name) is None)
    return gaps if GOODS not in gaps or _is_cash(row, columns) else gaps[:-1]


def _is_cash(row: Mapping[str, Any], columns: Collection[str]) -> bool:
    """Whether a row says that the loan is for goods, by the text in any letters or by its feature."""
    if row.get(CASH_FEATURE) == 1:
        return True
    if CONTRACT in columns:  # a model's own column of this name means what the model says
        return False
    try:
        return of_json(_CONTRACT, row.get(CONTRACT)) == CASH
    except NotTaken:
        return False


class Amounts:
    """The amounts that a model with ``columns`` wants of each client: ``names``, and where arrays lack them."""

    def __init__(self, columns: Sequence[str]) -> None:
        place = {name: number for number, name in enumerate(columns)}
        self.names = tuple(name for name in AMOUNTS if name in place)
        self._places = np.array([place[name] for name in self.names], dtype=np.intp)
        self._cash = place.get(CASH_FEATURE)

    def missing(self, X: NDArray[np.float64], cash: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Array (n, len(names)): which of ``names`` are wanted of each client of ``X`` (n, columns), and missing there.

        ``cash``: array (n,), whether each loan is a cash loan, for a model that does not read `CASH_FEATURE`; without
        it the price of the goods is wanted of none of that model's clients.
        """
        gaps = np.isnan(X.take(self._places, axis=1))
        if GOODS in self.names and gaps[:, -1].any():
            if self._cash is not None:
                cash = X[:, self._cash] == 1
            gaps[:, -1] &= False if cash is None else cash
        return gaps
