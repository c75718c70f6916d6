"""The ranges of a bank's own amounts, where it lends in another currency than that of the published applications.

The published ranges (``credit.tables.counting.RANGES``) say what an amount can be expected to be. In another currency
they say nothing: a loan of 5,000 lies below them, and whoever may not propose less than 45,000 proposes nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Extent:
    """What is counted of an amount, part by part of the clients: how many have it, how many of these ``outside`` the
    published range, the smallest and the largest; `+` puts two parts together.
    """

    known: int = 0
    outside: int = 0
    least: float = math.inf
    most: float = -math.inf

    @classmethod
    def of(cls, name: str, values: NDArray[np.floating]) -> "Extent":
        """Of the amount ``name`` of clients (n,), NaN for missing."""
        published, known = RANGES["application"][name], values[~np.isnan(values)]
        if not len(known):
            return cls()
        outside = np.count_nonzero((known < published["min"]) | (known > published["max"]))
        return cls(len(known), int(outside), float(known.min()), float(known.max()))

    def __add__(self, other: "Extent") -> "Extent":
        """Both parts of the clients together."""
        return Extent(
            self.known + other.known,
            self.outside + other.outside,
            min(self.least, other.least),
            max(self.most, other.most),
        )


def own_ranges(amounts: Mapping[str, NDArray[np.floating]]) -> dict[str, tuple[float, float]]:
    """The range of each amount of money of a bank, empty where its loans are in the published currency.

    ``amounts``: name -> array (n_clients,), NaN for missing; `LOAN` is among them. Amounts that no client has are left
    out. The ends are those of `outward`.
    """
    return ranges_of({name: Extent.of(name, amounts[name]) for name in MONEY if name in amounts})


def ranges_of(extents: Mapping[str, Extent]) -> dict[str, tuple[float, float]]:
    """The same of amounts that were counted part by part: name -> `Extent`."""
    loans = extents[LOAN]
    if loans.outside <= OTHER_MONEY * loans.known:
        return {}
    return {name: outward(one.least, one.most) for name in MONEY if (one := extents.get(name)) and one.known}


def outward(least: float, most: float) -> tuple[float, float]:
    """A range of two figures at each end around amounts from ``least`` to ``most``.

    An end is never one of the amounts, which would be a client's: an amount of two figures, such as the 250 that many
    borrow, is moved by one more of the second figure. An end of 0 stays, for it tells of nobody.

    >>> outward(250, 18_424)
    (240.0, 19000.0)
    """
    return _beyond(least, -1), _beyond(most, 1)


def _beyond(amount: float, way: int) -> float:
    """The next number of two figures: below where ``way`` is -1, above where it is 1."""
    if amount == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(amount))) - 1)
    return float(f"{way * (math.floor(way * amount / unit + 1e-9) + 1) * unit:.6g}")
