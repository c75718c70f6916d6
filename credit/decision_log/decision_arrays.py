"""Decisions as figures need them: week, probability, amount, and what came of them, without who the clients are."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Decided:
    """Decisions on n clients, each once a week, in arrays (n,).

    ``week``: the Monday before, datetime64[D]. ``probability``: of default. ``refused``: bool; a decision left to a
    person counts as the threshold would have it. ``amount``: AMT_CREDIT, NaN where it is not known any more or never
    was. ``defaulted``: 1 or 0 where it was told, else NaN. ``of_model``: bool, whether the model that is served now
    decided; ``of_rule``: whether it did so at the threshold of now. Without these two all decisions are its.
    """

    week: NDArray[np.datetime64]
    probability: Floats
    refused: NDArray[np.bool_]
    amount: Floats
    defaulted: Floats
    of_model: NDArray[np.bool_] = None  # type: ignore[assignment]
    of_rule: NDArray[np.bool_] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for name in ("of_model", "of_rule"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.ones(len(self), dtype=bool))

    def __len__(self) -> int:
        return len(self.probability)

    def where(self, chosen: NDArray[np.bool_]) -> "Decided":
        """Some of them."""
        return Decided(*(getattr(self, one.name)[chosen] for one in fields(self)))


def mondays(times: Sequence[str]) -> NDArray[np.datetime64]:
    """The Monday before each time, of ISO texts in UTC."""
    days = np.array([time[:10] for time in times], dtype="datetime64[D]")
    return days - ((days.astype(np.int64) + 3) % 7).astype("timedelta64[D]")  # 1 January 1970 was a Thursday
