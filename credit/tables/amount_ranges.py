"""The ranges of a bank's own amounts, where it lends in another currency than that of the published applications.

The published ranges (``credit.tables.counting.RANGES``) say what an amount can be expected to be. In another currency
they say nothing: a loan of 5,000 lies below them, and whoever may not propose less than 45,000 proposes nothing.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from credit.tables.counting import RANGES

#: The amount by which the currency is known, and all amounts of money of an application.
LOAN = "AMT_CREDIT"
MONEY = ("AMT_INCOME_TOTAL", LOAN, "AMT_ANNUITY", "AMT_GOODS_PRICE")

#: Loans of which more than this share lies outside the published range are in another currency.
OTHER_MONEY = 0.5

#: Amount -> smallest and largest that can be expected.
AmountRanges = Mapping[str, tuple[float, float]]


def own_ranges(amounts: Mapping[str, NDArray[np.floating]]) -> dict[str, tuple[float, float]]:
    """The range of each amount of money of a bank, empty where its loans are in the published currency.

    ``amounts``: name -> array (n_clients,), NaN for missing; `LOAN` is among them. Ends are rounded outward to two
    figures, so that they are no client's. Amounts that no client has are left out.
    """
    published, loans = RANGES["application"][LOAN], amounts[LOAN][~np.isnan(amounts[LOAN])]
    if np.count_nonzero((loans < published["min"]) | (loans > published["max"])) <= OTHER_MONEY * len(loans):
        return {}
    known = {name: values[~np.isnan(values)] for name in MONEY if (values := amounts.get(name)) is not None}
    return {
        name: (_outward(float(values.min()), -1), _outward(float(values.max()), 1))
        for name, values in known.items()
        if len(values)
    }


def _outward(amount: float, way: int) -> float:
    """To two figures: down where ``way`` is -1, up where it is 1."""
    if amount == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(amount))) - 1)
    return float(f"{way * math.ceil(way * amount / unit - 1e-9) * unit:.6g}")
