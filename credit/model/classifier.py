"""What a model must be able to do, whichever library it comes from."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Classifier(Protocol):
    """A fitted binary classifier, as scikit-learn and LightGBM have them."""

    @property
    def classes_(self) -> NDArray[Any]:
        """[0, 1]: repaid, defaulted."""

    @property
    def n_features_in_(self) -> int:
        """How many columns ``X`` has."""

    def predict_proba(self, X: Any, /) -> NDArray[np.float64]:
        """Array (n_clients, 2), chance of repaying and of default, of arrays ``X`` (n_clients, n_columns)."""

    def predict(self, X: Any, /) -> NDArray[Any]:
        """The likelier class of each client, array (n_clients,)."""


def in_full(X: Any) -> NDArray[np.floating[Any]]:
    """``X`` as an array of floats that lose nothing: float32 and float64 as they are, all else as float64.

    LightGBM 4.7 takes an array of any other type as float32, which holds whole numbers up to 16,777,216: the same
    client would get another probability with amounts as whole numbers than with the same amounts as floats.
    """
    found = np.asarray(X)
    return found if found.dtype in (np.float32, np.float64) else found.astype(np.float64)
