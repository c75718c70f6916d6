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


def in_full(X: Any, columns: int | None = None, name: str = "model") -> NDArray[np.floating[Any]]:
    """``X`` (n_clients, columns) as floats that lose nothing: float32 and float64 as they are, all else as float64.

    LightGBM 4.7 takes an array of any other type as float32, which holds whole numbers up to 16,777,216: the same
    client would get another probability with amounts as whole numbers than with the same amounts as floats. Raises
    ``ValueError``, as scikit-learn's own estimators, for another shape and for complex numbers,
    and ``TypeError`` for a sparse matrix, whose zeros may be gaps. ``columns``: how many there must be, any number
    where None, of the estimator called ``name``.
    """
    if hasattr(X, "tocsr"):
        raise TypeError("Sparse data was passed, and the model takes a dense array: X.toarray() is one, if 0 means 0")
    found = np.asarray(X)
    if np.iscomplexobj(found):
        raise ValueError("Complex data not supported: a feature is a real number")
    if found.ndim != 2:
        raise ValueError(
            f"X must have two dimensions, clients and columns, not {found.ndim}. Reshape your data: X.reshape(1, -1) "
            "is one client"
        )
    if columns is not None and found.shape[1] != columns:
        raise ValueError(f"X has {found.shape[1]} features, but {name} is expecting {columns} features as input")
    return found if found.dtype in (np.float32, np.float64) else found.astype(np.float64)
