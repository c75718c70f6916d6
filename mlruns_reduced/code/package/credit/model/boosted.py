"""A LightGBM model that learnt from probabilities, as the classifier that it is to all others."""

from typing import Any

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from credit.model.classifier import in_full


class Boosted(ClassifierMixin, BaseEstimator):
    """A booster whose raw score is the log odds of default.

    LightGBM's own classifier takes classes only; one that learns from labels between 0 and 1 (LightGBM's objective
    cross_entropy) is made with ``lightgbm.train``. ``booster``: of that objective or of "binary". ``n_jobs``: threads.
    """

    def __init__(self, booster: Booster, n_jobs: int = 1):
        self.booster = booster
        self.n_jobs = n_jobs

    @property
    def booster_(self) -> Booster:
        """By the name that LightGBM's own classifier has for it."""
        return self.booster

    @property
    def classes_(self) -> NDArray[np.int64]:
        """[0, 1]: repaid, defaulted."""
        return np.array([0, 1])

    @property
    def n_features_in_(self) -> int:
        """How many columns ``X`` has."""
        return int(self.booster.num_feature())

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> "Boosted":
        """Refused: a booster is handed over as it was taught, see ``credit.training.pupil``."""
        raise TypeError("a booster is wrapped when it has learnt; see credit.training.pupil")

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Array (n_clients, 2): chance of repaying, chance of default, of arrays ``X`` (n_clients, n_columns)."""
        rows = in_full(X, self.n_features_in_, "Boosted")
        default = np.asarray(self.booster.predict(rows, num_threads=self.n_jobs), dtype=np.float64)
        return np.column_stack([1 - default, default])

    def predict(self, X: Any) -> NDArray[np.int64]:
        """The likelier class."""
        return (self.predict_proba(X)[:, 1] >= 0.5).astype(np.int64)
