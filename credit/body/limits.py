"""What a value of the application can be at all, by name or in a table: outside it is a slip, and no client.

Only what follows from what a column is, not what was common among published clients: an amount of 0, a day in the
future, a score of 7. To a model these would look like safe loans, or like nothing that it has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from credit.features.raw import LARGEST

#: No amount, day or share of any table is larger.
LARGEST_VALUE = LARGEST["number"]


@dataclass(frozen=True)
class Limit:
    """``low`` <= value <= ``high``; ``above``: ``low`` itself is outside. ``rule``: what follows a field's name.

    ``kind``: of the value, as `credit.body.errors` names it.
    """

    kind: Literal["feature", "days", "amount", "score"]
    low: float
    high: float
    rule: str
    above: bool = False

    def allows(self, value: float) -> bool:
        """Whether a number may stand there."""
        return self.low <= value <= self.high and not (self.above and value == self.low)


_ANY = Limit("feature", -LARGEST_VALUE, LARGEST_VALUE, f"must lie within -{LARGEST_VALUE:g} and {LARGEST_VALUE:g}")

_PAST = Limit(
    "days",
    -LARGEST_VALUE,
    0.0,
    "counts days back from the application and must be 0 or less; send null where there is no date",
)

AMOUNT = Limit(
    "amount", 0.0, LARGEST_VALUE, "is an amount and must be above 0; send null where it is not known", above=True
)

SCORE = Limit("score", 0.0, 1.0, "is a score from 0 to 1; send null where it is not known")

#: Days counted back from the application. 365243 in DAYS_EMPLOYED, the tables' sign for nobody employed, is none that a
#: client sends by name: to the model it would be a thousand years.
_OF_PAST = ("DAYS_BIRTH", "DAYS_EMPLOYED", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH", "DAYS_LAST_PHONE_CHANGE")

#: What holds in a table, too. There a day in the future is read as missing, and told.
OF_TABLE = dict.fromkeys(("AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"), AMOUNT) | dict.fromkeys(
    ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"), SCORE
)

_BY_NAME: Mapping[str, Limit] = dict.fromkeys(_OF_PAST, _PAST) | OF_TABLE


def limit(name: str) -> Limit:
    """The limit of a feature that is sent by name."""
    return _BY_NAME.get(name, _ANY)


class Limits:
    """The limits of a model's columns, in their order."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._limits = [limit(name) for name in columns]
        low = np.array([one.low for one in self._limits])
        above = np.array([one.above for one in self._limits], dtype=bool)
        self._low = np.where(above, np.nextafter(low, np.inf), low)
        self._high = np.array([one.high for one in self._limits])

    def broken(self, X: NDArray[np.float64]) -> list[tuple[int, int, str]]:
        """Row, column and rule of every value of ``X`` (n_clients, n_columns) that is outside; NaN never is."""
        outside = np.less(X, self._low) | np.greater(X, self._high)
        if not outside.any():
            return []
        return [
            (row, column, (_ANY if abs(X[row, column]) > LARGEST_VALUE else self._limits[column]).rule)
            for row, column in np.argwhere(outside).tolist()
        ]
