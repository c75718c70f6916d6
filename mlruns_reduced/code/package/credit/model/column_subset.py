"""A classifier that is handed all features and reads the chosen ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from credit.model.classifier import Classifier, in_full


class ChosenColumns(ClassifierMixin, BaseEstimator):
    """A fitted classifier of a few columns, for arrays that have all of them.

    ``estimator``: fitted on the columns at ``positions`` (increasing, each once). ``columns``: how many an array has.
    """

    def __init__(self, estimator: Classifier, positions: Sequence[int], columns: int):
        self.estimator = estimator
        self.positions = positions
        self.columns = columns

    @property
    def classes_(self) -> NDArray[Any]:
        """Those of the estimator."""
        return self.estimator.classes_

    @property
    def n_features_in_(self) -> int:
        """How many columns ``X`` has."""
        return self.columns

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> "ChosenColumns":
        """Refused: the columns were chosen with the outcomes, see ``credit.training.pupil``."""
        raise TypeError("columns and estimator are chosen and fitted together; see credit.training.pupil")

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Array (n_clients, n_classes), of arrays ``X`` (n_clients, columns)."""
        return self.estimator.predict_proba(in_full(X, self.columns, "ChosenColumns")[:, self.positions])

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class."""
        return self.estimator.predict(in_full(X, self.columns, "ChosenColumns")[:, self.positions])
