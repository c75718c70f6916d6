"""By what clients are told apart where approvals are compared: gender, age, and any column that is named.

Gender and age have fixed groups (`credit.decision.client_groups`). A column of texts has a group for each text. A
column of numbers has a group for each value where there are few, else quarters of the clients: their ends are worked
out once, and kept, so that later models are compared on the same groups.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit.decision.client_groups import AGE, AGES, BANDS, GENDER, GENDERS, NOT_GIVEN, YEAR
from credit.features import COLUMNS
from credit.features.descriptions import identifier
from credit.tables import TABLES
from credit.training.dataset import Dataset

Floats = NDArray[np.float64]
Texts = NDArray[np.str_]

#: Feature -> its values (n_clients,), NaN where missing.
Values = Callable[[str], Floats]

#: A column of numbers has a group for each value where there are so many values at most, else quarters.
FEW = 6
_QUARTERS = (0.25, 0.5, 0.75)
#: The columns of the application from which gender and age are read.
SOURCES = {GENDER: "CODE_GENDER", AGE: "DAYS_BIRTH"}
#: Column of texts -> its texts; a text that a feature holds as 0 or 1 counts as a number.
_TEXTS: Mapping[str, Sequence[str]] = {
    name: texts for name, texts in TABLES["application_test"].vocabularies.items() if name not in COLUMNS
}


@dataclass(frozen=True)
class Attribute:
    """``name``: gender, age, or the column. ``edges``: upper ends of the groups but the last, of a column of numbers
    with many values; ``values``: of one with few.
    """

    name: str
    edges: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    @property
    def column(self) -> str:
        """The column of the application, or the feature, that tells the groups."""
        return SOURCES.get(self.name, self.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The groups, in a fixed order; the last holds the clients of whom the column is not known."""
        if self.name == GENDER:
            return (*GENDERS.values(), NOT_GIVEN)
        if self.name == AGE:
            return (*AGES, NOT_GIVEN)
        if self.name in _TEXTS:
            return (*_TEXTS[self.name], NOT_GIVEN)
        if self.values:
            return (*(f"{value:g}" for value in self.values), NOT_GIVEN)
        first, *rest = self.edges
        between = (f"above {low:g} to {high:g}" for low, high in zip(self.edges, rest, strict=False))
        return (f"up to {first:g}", *between, f"above {self.edges[-1]:g}", NOT_GIVEN)

    def groups(self, values: Values) -> Texts:
        """(n_clients,) the name of each client's group."""
        names = np.array(self.names)
        if self.name in _TEXTS:
            said = np.stack([values(feature) == 1 for feature in _features_of(self.name)])
            return names[np.where(said.any(axis=0), said.argmax(axis=0), len(names) - 1)]
        value = values(self.column)
        unknown = np.isnan(value)
        if self.name == GENDER:
            place = np.where(value == 0, 0, 1)
            unknown |= ~np.isin(value, list(GENDERS))
        elif self.name == AGE:
            place = np.sum([-value / YEAR >= first for first in BANDS], axis=0)
        elif self.values:
            place = np.searchsorted(self.values, np.where(unknown, self.values[0], value))
            unknown |= ~np.isin(value, self.values)
        else:
            place = np.searchsorted(self.edges, np.where(unknown, 0.0, value), side="left")
        return names[np.where(unknown, len(names) - 1, np.minimum(place, len(names) - 1))]

    def to_dict(self) -> dict[str, Any]:
        """As a manifest keeps it."""
        return {"name": self.name, "edges": [*self.edges], "values": [*self.values]}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Attribute":
        """What `to_dict` wrote."""
        return cls(kept["name"], tuple(kept["edges"]), tuple(kept["values"]))


#: The attributes that are always compared.
ALWAYS = (Attribute(GENDER), Attribute(AGE))


def named_attributes(names: Iterable[str]) -> tuple[str, ...]:
    """The columns that are named, each once, without those that are always compared.

    Raises ``ValueError`` for a name that is neither a feature nor a text of the application, with the nearest one.
    """
    found = []
    known = {*COLUMNS, *_TEXTS}
    for name in dict.fromkeys(name.strip() for name in names):
        if name not in known:
            near = get_close_matches(name.upper(), sorted(known), n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(
                f"{name!r} is no feature and no text of the application, so approvals cannot be compared by it; {hint}"
                "GET /features lists the features"
            )
        if name not in SOURCES.values():
            found.append(name)
    return tuple(found)


def attributes(names: Iterable[str], values: Values) -> tuple[Attribute, ...]:
    """Gender, age and each column of ``names`` (`named_attributes`), whose groups follow from ``values``.

    Raises ``ValueError`` for a column of which all clients have the same value, or none.
    """
    return (*ALWAYS, *(_attribute(name, values) for name in names))


def _attribute(name: str, values: Values) -> Attribute:
    if name in _TEXTS:
        return Attribute(name)
    value = values(name)
    known = value[np.isfinite(value)]
    several = np.unique(known)
    if len(several) < 2:
        raise ValueError(
            f"approvals cannot be compared by {name}: all clients have the same value of it, or none; name another "
            "column"
        )
    if len(several) <= FEW:
        return Attribute(name, values=tuple(several.tolist()))
    # An end at the greatest value would leave the last group empty.
    edges = np.unique(np.quantile(known, _QUARTERS, method="lower"))
    return Attribute(name, edges=tuple(edges[edges < several[-1]].tolist()))


def _features_of(text: str) -> list[str]:
    return [f"{text}_{identifier(one)}" for one in _TEXTS[text]]


def values_of(data: Dataset) -> Values:
    """The features of a data set, also those that no model may read.

    What it returns raises ``ValueError`` for a feature that was not made.
    """
    place = {name: number for number, name in enumerate(data.columns)}

    def values(feature: str) -> Floats:
        if feature in place:
            return data.x[:, place[feature]].astype(np.float64)
        return _from(data.unread, feature)

    return values


def values_in(frame: pl.DataFrame) -> Values:
    """The features of a frame with a row a client.

    What it returns raises ``ValueError`` for a feature that is not in it.
    """
    return lambda feature: _from(frame, feature)


def _from(frame: pl.DataFrame, feature: str) -> Floats:
    if feature not in frame.columns:
        raise ValueError(
            f"approvals cannot be compared by {feature}: it is not made from these tables; name another column, or use "
            "more tables"
        )
    return frame[feature].cast(pl.Float64).fill_null(float("nan")).to_numpy()
