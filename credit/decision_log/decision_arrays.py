"""Decisions as figures need them: week, probability, amount, and what came of them, without who the clients are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Decided:
    """Decisions on n clients, each once a week, in arrays (n,).

    ``week``: the Monday before, datetime64[D]. ``probability``: of default. ``refused``: bool, what was done in the
    end, by a person where one has decided; of those that are ``open`` as the threshold would have it. ``amount``:
    AMT_CREDIT, NaN where it is not known any more or never was. ``defaulted``: 1 or 0 where it was told, else NaN.
    ``of_model``: bool, whether the model that is served now decided; ``of_rule``: whether it did so at the threshold of
    now, and no rule of the bank in its place. Without these two all decisions are its. ``lent``: the share of the
    amount that is lent, 0 where refused, 1 where accepted, and another at a counteroffer. ``open``: bool, left to a
    person who has not decided yet. ``by_person``: bool, whether a person has decided. Without these three nobody but
    the machine has decided. ``erased``: bool, whether the inputs are, and the amount with them; without it none are.
    """

    week: NDArray[np.datetime64]
    probability: Floats
    refused: Flags
    amount: Floats
    defaulted: Floats
    of_model: Flags = None  # type: ignore[assignment]
    of_rule: Flags = None  # type: ignore[assignment]
    lent: Floats = None  # type: ignore[assignment]
    open: Flags = None  # type: ignore[assignment]
    by_person: Flags = None  # type: ignore[assignment]
    erased: Flags = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        nobody = np.zeros(len(self), dtype=bool)
        usual = {"of_model": ~nobody, "of_rule": ~nobody, "open": nobody, "by_person": nobody, "erased": nobody}
        for name, value in (usual | {"lent": np.where(self.refused, 0.0, 1.0)}).items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.probability)

    def where(self, chosen: Flags) -> "Decided":
        """Some of them."""
        return Decided(*(getattr(self, one.name)[chosen] for one in fields(self)))


def mondays(times: Sequence[str]) -> NDArray[np.datetime64]:
    """The Monday before each time, of ISO texts in UTC."""
    days = np.array([time[:10] for time in times], dtype="datetime64[D]")
    return days - ((days.astype(np.int64) + 3) % 7).astype("timedelta64[D]")  # 1 January 1970 was a Thursday
