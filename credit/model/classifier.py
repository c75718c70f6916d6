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
