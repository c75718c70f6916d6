"""The amounts of a loan without which nothing can be decided: one rule for the service, ``score`` and the training.

AMT_CREDIT and AMT_ANNUITY are never missing in the published applications but for a handful of annuities;
AMT_GOODS_PRICE is known of every cash loan, and missing of some revolving ones. A model that never saw a loan without
its amount takes the gap for something that it is not. So who decides wants them, as far as the model reads them, and
the training hides none of them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from credit.features import words

#: Amount of the loan, annuity, price of the goods, as the application and the features call them.
AMOUNTS = ("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE")

#: Wanted of loans for goods only.
GOODS = "AMT_GOODS_PRICE"

#: The column that says what kind of loan it is, its text for a loan for goods, and the feature that is 1 for that text.
CONTRACT, CASH = "NAME_CONTRACT_TYPE", "Cash loans"
CASH_FEATURE = f"{CONTRACT}_{words.identifier(CASH)}"


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
