"""A classifier that takes all numbers in single precision, as its training had them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from credit.model.classifier import Classifier


class SinglePrecision(ClassifierMixin, BaseEstimator):
    """A fitted classifier that is handed single precision whatever it is asked with.

    scikit-learn's models split, scale and add in the precision of what they are handed: a number in double that lies
    within a rounding of a split falls to its other side. ``estimator``: fitted on arrays (n, k) in single precision.
    """

    def __init__(self, estimator: Classifier):
        self.estimator = estimator

    @property
    def classes_(self) -> NDArray[Any]:
        """Those of the estimator."""
        return self.estimator.classes_

    @property
    def n_features_in_(self) -> int:
        """How many columns ``X`` has."""
        return int(self.estimator.n_features_in_)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> "SinglePrecision":
        """Refused: what is wrapped is fitted, see ``credit.training.served_precision``."""
        raise TypeError("a fitted estimator is wrapped for service; see credit.training.served_precision")

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Array (n_clients, n_classes), of arrays ``X`` (n_clients, n_columns) of any type of number."""
        return np.asarray(self.estimator.predict_proba(np.asarray(X, dtype=np.float32)), dtype=np.float64)

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class."""
        return self.estimator.predict(np.asarray(X, dtype=np.float32))
