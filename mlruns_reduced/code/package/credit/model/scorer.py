"""Columns, model and threshold together: an array of features becomes probabilities, a probability a decision."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.model.manifest_parts import Manifest

Floats = NDArray[np.float64]


class Scorer:
    """A loaded model that knows its columns, its threshold and where it comes from.

    ``columns``: the features in the order of the model's input. ``index``: column -> position. ``threshold``: the
    probability of default at which a loan is refused. ``manifest``: the bundle's manifest. ``model_hash``: SHA-256 of
    model.pkl, which names the model in the decision log.
    """

    def __init__(
        self,
        model: Any,
        columns: Sequence[str],
        threshold: float,
        manifest: Manifest,
        default_probability: Callable[[Floats], Floats],
    ) -> None:
        self.model = model
        self.columns = tuple(columns)
        self.index = {name: position for position, name in enumerate(self.columns)}
        self.threshold = threshold
        self.manifest = manifest
        self.model_hash: str = manifest["files"]["model.pkl"]
        self._default_probability = default_probability

    @property
    def amount_ranges(self) -> dict[str, tuple[float, float]]:
        """Amount -> smallest and largest of the training data, where these are in another currency than published."""
        ranges = (self.manifest.get("data") or {}).get("amount_ranges", {})
        return {name: (low, high) for name, (low, high) in ranges.items()}

    def probability(self, X: Floats) -> Floats:
        """The calibrated probability of default of each client.

        ``X``: float64 array (n_clients, n_columns), NaN where a feature is unknown. Returns an array (n_clients,) in
        [0, 1]. Raises ValueError where the shape is another.
        """
        if X.ndim != 2 or X.shape[1] != len(self.columns):
            raise ValueError(f"X must have the shape (clients, {len(self.columns)}), not {X.shape}")
        return self._default_probability(X)

    def refused(self, probability: Floats) -> NDArray[np.bool_]:
        """Whether each loan is refused: a probability at or above the threshold is."""
        return np.greater_equal(probability, self.threshold)
