"""What a value can be at all, by name or in a table: outside it is an input error, and the body is refused.

Only what follows from what a column is, not what was common among published clients (`credit.features.data_warnings`
warns of that): an amount of 0, a day in the future, a score of 7, a client who was born yesterday. To a model these
would look like safe loans, or like nothing that it has seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from credit.features import descriptions, history_flags
from credit.features.application import CODES
from credit.features.loan_amounts import ALWAYS, GOODS
from credit.features.raw_rows import APPLICATION, LARGEST, PUBLISHED
from credit.tables import NO_DATE, TABLES

#: No amount, day or share of any table is larger.
LARGEST_VALUE = LARGEST["number"]

Kind = Literal["feature", "flag", "whole", "days", "employed", "birth", "amount", "score", "count"]


@dataclass(frozen=True)
class Limit:
    """``low`` <= value <= ``high``; ``above``: ``low`` itself is outside; ``also``: a value that is taken besides.

    ``whole``: a fraction is outside, too.
    ``wanted``: what follows "must be". ``rule``: what follows a field's name.
    """

    kind: Kind
    low: float
    high: float
    wanted: str
    rule: str
    above: bool = False
    also: float | None = None
    whole: bool = False

    def allows(self, value: float) -> bool:
        """Whether a number may stand there."""
        if self.whole and value != value // 1:
            return False
        return value == self.also or (self.low <= value <= self.high and not (self.above and value == self.low))

    def allow(self, values: NDArray[np.float64]) -> bool:
        """Whether all numbers of an array may stand there; NaN stands for none, and may."""
        outside = (values < self.low) | (values > self.high)
        if self.above:
            outside |= values == self.low
        if self.also is not None:
            outside &= values != self.also
        return not (outside.any() or (self.whole and (values > np.floor(values)).any()))


_ANY = Limit(
    "feature",
    -LARGEST_VALUE,
    LARGEST_VALUE,
    "a number, true, false or null",
    f"must lie within -{LARGEST_VALUE:g} and {LARGEST_VALUE:g}",
)

_DAYS = "counts days back from the application and must be 0 or less; send null where there is no date"

_PAST = Limit("days", -LARGEST_VALUE, 0.0, "a number of days, 0 or less, or null", _DAYS)

#: 365243 is how the tables write that a client is not employed: it becomes a missing value.
EMPLOYED = Limit(
    "employed",
    -LARGEST_VALUE,
    0.0,
    "a number of days, 0 or less, 365243 for no employment, or null",
    _DAYS,
    also=float(NO_DATE),
)

#: Ages from 10 to 120 years: outside it a day of birth is an input error. Who may borrow is the bank's rule.
BIRTH = Limit(
    "birth",
    -43_830.0,
    -3_652.0,
    "a number of days from -43830 (an age of 120 years) to -3652 (10 years), or null",
    "counts the days since the client was born, back from the application: it must lie within -43830 (an age of 120 "
    "years) and -3652 (10 years); send null where it is not known",
)

AMOUNT = Limit(
    "amount",
    0.0,
    LARGEST_VALUE,
    "an amount above 0, or null",
    "is an amount and must be above 0; send null where it is not known",
    above=True,
)

#: Of a loan that is decided on it is always known: `credit.features.loan_amounts`.
_OF_LOAN = replace(AMOUNT, wanted="an amount above 0", rule="is an amount and must be above 0")

SCORE = Limit(
    "score", 0.0, 1.0, "a number from 0 to 1, or null", "is a score from 0 to 1; send null where it is not known"
)

COUNT = Limit(
    "count",
    0.0,
    LARGEST_VALUE,
    "a number that is 0 or more, or null",
    "is a count and must be 0 or more; send null where it is not known",
)

FLAG = Limit(
    "flag", 0.0, 1.0, "0, 1, true, false or null", "must be 0 or 1; send null where it is not known", whole=True
)

_WHOLE = Limit(
    "whole",
    -LARGEST["integer"],
    LARGEST["integer"],
    "a whole number, or null",
    "must be a whole number; send null where it is not known",
    whole=True,
)

_OF_PAST = ("DAYS_REGISTRATION", "DAYS_ID_PUBLISH", "DAYS_LAST_PHONE_CHANGE")

#: How the names of columns begin that count something. CNT_ also does in the histories.
_COUNTS = ("CNT_", "OBS_", "DEF_", "AMT_REQ_CREDIT_BUREAU_", "OWN_CAR_AGE")

#: Table of a body -> column -> what it can be at all. There a day in the future is read as missing, with a warning.
OF_TABLE: dict[str, dict[str, Limit]] = {
    table: {
        column.name: FLAG if column.is_flag else COUNT
        for column in TABLES[published].columns
        if column.is_flag or (column.kind != "text" and column.name.startswith(_COUNTS))
    }
    for table, published in PUBLISHED.items()
}
OF_TABLE["application"] |= {
    **dict.fromkeys(ALWAYS, _OF_LOAN),
    **dict.fromkeys((GOODS, "AMT_INCOME_TOTAL"), AMOUNT),
    **dict.fromkeys(("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"), SCORE),
    "DAYS_BIRTH": BIRTH,
}


def _by_name() -> dict[str, Limit]:
    """As in the table, with days of the past; a text that the model reads as 0 and 1 is one or the other, and so is
    whether there is a history.
    """
    columns = TABLES[PUBLISHED[APPLICATION]].columns
    found = {**OF_TABLE[APPLICATION], **dict.fromkeys(_OF_PAST, _PAST), "DAYS_EMPLOYED": EMPLOYED}
    for column in columns:
        if column.kind == "integer":
            one = found.get(column.name, _WHOLE)
            low, high = (min(max(end, _WHOLE.low), _WHOLE.high) for end in (one.low, one.high))
            wanted = one.wanted.replace("a number", "a whole number", 1)
            found[column.name] = replace(one, low=low, high=high, wanted=wanted, whole=True)
        elif column.name in CODES:
            found[column.name] = FLAG
        elif column.kind == "text":
            found |= {f"{column.name}_{descriptions.identifier(value)}": FLAG for value in column.values}
    return found | {feature.name: FLAG for feature in history_flags.FEATURES}


_BY_NAME: Mapping[str, Limit] = _by_name()


def limit(name: str) -> Limit:
    """The limit of a feature that is sent by name."""
    return _BY_NAME.get(name, _ANY)


def beyond(limit: Limit, value: float) -> str:
    """The rule that a number outside ``limit`` breaks: what follows a field's name."""
    if limit.whole and limit.kind != "flag" and value % 1:
        return _WHOLE.rule
    return (_ANY if abs(value) > LARGEST_VALUE else limit).rule


class Limits:
    """The limits of a model's columns, in their order: arrays ``low`` and ``high``, both allowed."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._limits = [limit(name) for name in columns]
        low = np.array([one.low for one in self._limits])
        above = np.array([one.above for one in self._limits], dtype=bool)
        self.low = np.where(above, np.nextafter(low, np.inf), low)
        self.high = np.array([one.high for one in self._limits])
        self._whole = np.array([place for place, one in enumerate(self._limits) if one.whole], dtype=np.intp)
        self._also = [(place, one.also) for place, one in enumerate(self._limits) if one.also is not None]

    def clear(self, X: NDArray[np.float64]) -> None:
        """Make, in place, the signs for "no date" in ``X`` (n_clients, n_columns) missing, as in the tables."""
        for place, sign in self._also:
            X[X[:, place] == sign, place] = np.nan

    def has_fractions(self, X: NDArray[np.float64]) -> bool:
        """Whether a whole number of ``X`` (n_clients, n_columns) has a fraction; NaN has none."""
        whole = X[:, self._whole]
        return bool(np.greater(whole, np.floor(whole)).any())

    def broken(self, X: NDArray[np.float64]) -> list[tuple[int, int, str]]:
        """Row, column and rule of every value of ``X`` (n_clients, n_columns) that is outside; NaN never is."""
        outside = np.less(X, self.low) | np.greater(X, self.high)
        whole = X[:, self._whole]
        outside[:, self._whole] |= np.greater(whole, np.floor(whole))
        if not outside.any():
            return []
        return [
            (row, column, beyond(self._limits[column], X[row, column])) for row, column in np.argwhere(outside).tolist()
        ]
