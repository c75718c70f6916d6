"""The reasons of one client, from contributions that are written down."""

import numpy as np

from credit.explain import Reason
from credit.explain.directions import Better, Directions
from credit.explain.reasons import MOST, Sorted


def better(direction: Better, columns: list[str]) -> Directions:
    """A pretended model: a lower, or a higher, value of any column gives a lower probability."""
    sign = 1 if direction == "lower" else -1
    return Directions(columns, lambda X: 1 / (1 + np.exp(-sign * np.nansum(X, axis=1) / 1e6)))


def reasons(columns: dict[str, tuple[float, float]], most: int = MOST, model: Directions | None = None) -> list[Reason]:
    """The reasons of one client: column -> (contribution, value). ``model``: what bears out which way these count."""
    values = np.array([[contribution for contribution, _ in columns.values()]])
    X = np.array([[value for _, value in columns.values()]])
    return Sorted(list(columns), directions=model).reasons(values, X, most)[0]
