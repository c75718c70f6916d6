"""The reasons of one client, from contributions that are written down."""

import numpy as np

from credit.explain import Reason
from credit.explain.reasons import MOST, Sorted


def reasons(columns: dict[str, tuple[float, float]], most: int = MOST) -> list[Reason]:
    """The reasons of one client: column -> (contribution, value)."""
    values = np.array([[contribution for contribution, _ in columns.values()]])
    X = np.array([[value for _, value in columns.values()]])
    return Sorted(list(columns)).reasons(values, X, most)[0]
