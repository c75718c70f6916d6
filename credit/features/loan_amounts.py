"""The amounts of a loan without which nothing can be decided: one rule for the service, ``score`` and the training.

In the published applications AMT_CREDIT is never missing, AMT_ANNUITY in a handful, AMT_GOODS_PRICE of some revolving
loans and of no cash loan. A model that never saw a loan without its amount takes the gap for something that it is not.
So who decides wants them, as far as the model reads them, and the training hides none of them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.features import descriptions
from credit.tables import TABLES
from credit.tables.value_forms import NotTaken, of_json

#: Amount of the loan, annuity, price of the goods, as the application and the features call them.
AMOUNTS = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE")

#: Wanted of all loans but revolving ones.
GOODS = "AMT_GOODS_PRICE"

#: Wanted of every loan.
ALWAYS = tuple(name for name in AMOUNTS if name != GOODS)

#: The column that says what kind of loan it is, its two texts, and the features that are 1 for them.
CONTRACT, CASH, REVOLVING = "NAME_CONTRACT_TYPE", "Cash loans", "Revolving loans"
CASH_FEATURE, REVOLVING_FEATURE = (f"{CONTRACT}_{descriptions.identifier(text)}" for text in (CASH, REVOLVING))

_CONTRACT = {column.name: column for column in TABLES["application_test"].columns}[CONTRACT]


def missing_of(row: Mapping[str, Any], columns: Collection[str]) -> tuple[str, ...]:
    """The `AMOUNTS` that a model with ``columns`` wants of a client, and that are not there or None.

    ``row``: a row of the application, or features by name, or both. The price of the goods is wanted unless the row
    says that the loan is a revolving one: else those who leave out the kind of the loan, too, would be asked for less.
    A model that does not read `REVOLVING_FEATURE` wants it where the row says that it is a cash loan.
    """
    gaps = tuple(name for name in AMOUNTS if name in columns and row.get(name) is None)
    if GOODS not in gaps:
        return gaps
    if REVOLVING_FEATURE in columns:
        return gaps[:-1] if _is(row, columns, REVOLVING, REVOLVING_FEATURE) else gaps
    return gaps if _is(row, columns, CASH, CASH_FEATURE) else gaps[:-1]


def _is(row: Mapping[str, Any], columns: Collection[str], text: str, feature: str) -> bool:
    """Whether a row says that the loan is of this kind, by the text in any letters or by its feature."""
    if row.get(feature) == 1:
        return True
    if CONTRACT in columns:  # a model's own column of this name means what the model says
        return False
    try:
        return of_json(_CONTRACT, row.get(CONTRACT)) == text
    except NotTaken:
        return False


class Amounts:
    """The amounts that a model with ``columns`` wants of each client: ``names``, and where arrays lack them."""

    def __init__(self, columns: Sequence[str]) -> None:
        place = {name: number for number, name in enumerate(columns)}
        self.names = tuple(name for name in AMOUNTS if name in place)
        self._places = np.array([place[name] for name in self.names], dtype=np.intp)
        self._cash, self._revolving = place.get(CASH_FEATURE), place.get(REVOLVING_FEATURE)

    def missing(self, X: NDArray[np.float64], cash: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Array (n, len(names)): which of ``names`` are wanted of each client of ``X`` (n, columns), and missing there.

        ``cash``: array (n,), whether each loan is a cash loan, for a model that does not read its kind; without it the
        price of the goods is wanted of none of that model's clients.
        """
        return self._wanted(np.isnan(X.take(self._places, axis=1)), X, cash)

    def unusable(self, X: NDArray[np.float64], cash: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """The same, and where an amount is there and not above 0, which the body of a request is refused for apart."""
        return self._wanted(~(X.take(self._places, axis=1) > 0), X, cash)

    def _wanted(
        self, gaps: NDArray[np.bool_], X: NDArray[np.float64], cash: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_]:
        """Of ``gaps`` (n, len(names)) those that matter: the price of the goods is not wanted of every loan."""
        if GOODS in self.names and gaps[:, -1].any():
            if self._revolving is not None:
                gaps[:, -1] &= X[:, self._revolving] != 1
                return gaps
            if self._cash is not None:
                cash = X[:, self._cash] == 1
            gaps[:, -1] &= False if cash is None else cash
        return gaps
