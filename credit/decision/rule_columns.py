"""What a bank's rule may look at: the features that the model reads, texts of the application, what the model found.

A rule sees what the model sees and the log keeps, and nothing else: so every decision of a rule can be replayed from
the log. A text of the published application table, such as NAME_CONTRACT_TYPE, is written as there; the model reads it
as one 0/1 column for each published text. After the model a rule may also see `QUANTITIES`.

Protected attributes (`credit.explain`) are no matter of a rule, with one exception: the age, where a law asks for it.
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from credit.decision.review import DECISIONS
from credit.explain import PROTECTED, group_of
from credit.features import FEATURES, descriptions
from credit.features.feature import PAST
from credit.features.loan_amounts import AMOUNTS
from credit.tables import TABLES

Floats = NDArray[np.float64]

#: What a rule after the model may look at beside the columns, and what each is.
QUANTITIES = {
    "probability": "of default, in [0, 1]",
    "points": "on the scale of the model's manifest",
    "expected_loss": "of the loan if accepted, in the currency of AMT_CREDIT",
    "at_stake": "what the cheaper of accepting and refusing costs in expectation, in that currency",
    "decision": "of the model: accept, refer or refuse",
}

#: The one protected column that a rule may look at, where it names the law that asks for it.
AGE = "DAYS_BIRTH"

_APPLICATION = TABLES["application_test"].vocabularies
_FEATURES = {feature.name: feature for feature in FEATURES}
_UNIT_RANGES = {"0/1": (0.0, 1.0), "score 0-1": (0.0, 1.0), "count": (0.0, math.inf)}


@dataclass(frozen=True)
class RuleColumn:
    """A column of a condition.

    - ``name``: as a condition writes it
    - ``texts``: what it may be, of a text; None for a number
    - ``low``, ``high``: between which a number can lie at all, both included
    - ``protected``: whether the attribute is a protected one
    - ``places``: of its columns among the model's: one for a number, one for each text; empty for a quantity
    """

    name: str
    texts: tuple[str, ...] | None = None
    low: float = -math.inf
    high: float = math.inf
    protected: bool = False
    places: tuple[int, ...] = ()


class RuleColumns:
    """The columns that rules may look at with a model of ``columns``. ``points``: whether it has a scale of points."""

    def __init__(self, columns: Sequence[str], points: bool) -> None:
        self._place = {name: number for number, name in enumerate(columns)}
        self._points = points

    def find(self, name: str, after: bool) -> RuleColumn:
        """The column of that name. ``after``: for a rule after the model.

        Raises ``LookupError`` with one clear sentence for one that there is not.
        """
        if name in QUANTITIES:
            return self._quantity(name, after)
        if name in self._place:
            low, high = value_range(name)
            return RuleColumn(name, None, low, high, group_of(name) == PROTECTED, (self._place[name],))
        if name in _APPLICATION:
            return self._text(name)
        if name in _FEATURES:
            raise LookupError(
                f"{name} is a feature that this model does not read, so that no decision could be replayed"
            )
        known = [*self._place, *_APPLICATION, *(QUANTITIES if after else ())]
        near = difflib.get_close_matches(name, known, n=1) or difflib.get_close_matches(name.upper(), known, n=1)
        guess = f"did you mean {near[0]!r}?" if near else "GET /features lists the model's columns."
        raise LookupError(f"{name[:80]!r} is no column that this model reads; {guess}")

    def _quantity(self, name: str, after: bool) -> RuleColumn:
        if not after:
            raise LookupError(f'{name} is known after the model alone; write stage = "after"')
        if name == "decision":
            return RuleColumn(name, DECISIONS)
        if name == "points":
            if not self._points:
                raise LookupError("the model's manifest has no scale of points")
            return RuleColumn(name)
        return RuleColumn(name, None, 0.0, 1.0 if name == "probability" else math.inf)

    def _text(self, name: str) -> RuleColumn:
        texts = tuple(_APPLICATION[name])
        columns = [f"{name}_{descriptions.identifier(text)}" for text in texts]
        if missing := [column for column in columns if column not in self._place]:
            raise LookupError(f"this model does not read every text of {name}: it has no column {missing[0]}")
        protected = group_of(name) == PROTECTED or any(group_of(column) == PROTECTED for column in columns)
        return RuleColumn(name, texts, protected=protected, places=tuple(self._place[column] for column in columns))


@dataclass(frozen=True)
class RuleValues:
    """The values of n clients. ``X``: (n, n_columns), NaN where not known. ``quantities``: name -> (n,) of numbers, or
    of the model's decisions; those that a condition asks for.
    """

    X: Floats
    quantities: Mapping[str, NDArray[np.generic]]

    def numbers(self, column: RuleColumn) -> Floats:
        """(n,) of a number, NaN where it is not known."""
        if column.places:
            return self.X[:, column.places[0]]
        return np.asarray(self.quantities[column.name], dtype=np.float64)

    def texts(self, column: RuleColumn) -> NDArray[np.bool_]:
        """(n, texts) whether each text is the client's: no true one where the text is not known.

        A text that was not sent, and one that is none of the published, is 0 in every one of its columns.
        """
        assert column.texts is not None
        if column.places:
            return np.asarray(self.X[:, list(column.places)] > 0)
        mine = np.asarray(self.quantities[column.name])
        return np.stack([mine == text for text in column.texts], axis=1)


@lru_cache(maxsize=2048)
def value_range(name: str) -> tuple[float, float]:
    """Between which a feature can lie at all, by what it is; not between which it usually lies."""
    if name in PAST["application"]:
        return -math.inf, 0.0
    if name in AMOUNTS:
        return 0.0, math.inf
    feature = _FEATURES.get(name)
    return (-math.inf, math.inf) if feature is None else _UNIT_RANGES.get(feature.unit, (-math.inf, math.inf))
