"""Make a model's scores probabilities that can be taken at their word.

The map is Platt's, on the scale of log odds: log odds = intercept + slope * log odds of the model. Slope 1 and
intercept 0 leave the model as it is; a slope below 1 says that the model is too sure of itself. It is fitted on
predictions for clients that the model has not seen (out of fold), and it is strictly increasing, so that it changes no
ranking. Sources: J. Platt, Probabilistic Outputs for Support Vector Machines, 1999; D. Cox, Biometrika, 1958.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from credit.model.classifier import Classifier, in_full
from credit.model.log_odds import log_odds

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """A straight line on the scale of log odds.

    - ``slope``: log odds of default for each log odds of the model, > 0; below 1 where the model is too sure of itself
    - ``intercept``: log odds of default where the model says 1/2

    A slope of 0.5 takes a model back that is twice too sure: odds of 16 to 1 become 4 to 1.

    >>> calibration = Calibration(slope=0.5, intercept=0.0)
    >>> calibration([1 / 17, 0.2, 0.5, 0.8, 16 / 17]).round(3).tolist()
    [0.2, 0.333, 0.5, 0.667, 0.8]
    """

    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def fit(cls, defaulted: ArrayLike, probability: ArrayLike, weight: ArrayLike | None = None) -> "Calibration":
        """Fit to outcomes (0/1) of clients that the model has not seen; both arrays (n_clients,).

        ``weight``: (n_clients,) how many clients each stands for, above 0; one each without.

        Raises ``ValueError`` where the fitted slope is not positive: such a model ranks clients the wrong way round.
        """
        scores = log_odds(probability)[:, None]
        if np.ptp(scores) == 0:  # one probability for everybody: only its level can be mended
            rate = float(np.average(np.asarray(defaulted, dtype=np.float64), weights=_array(weight)))
            return cls(1.0, float(log_odds(rate) - scores[0, 0]))
        line = LogisticRegression(C=np.inf, max_iter=1000).fit(scores, defaulted, _array(weight))
        slope, intercept = float(line.coef_[0, 0]), float(line.intercept_[0])
        if slope <= 0:
            raise ValueError(f"the slope of the calibration is {slope:.3f}, so the model ranks no better than chance")
        return cls(slope, intercept)

    def __call__(self, probability: ArrayLike) -> Floats:
        """Calibrated probabilities, same shape."""
        if self == Calibration():
            return np.asarray(probability, dtype=np.float64)
        return 1 / (1 + np.exp(-(self.intercept + self.slope * log_odds(probability))))


def cross_fitted(
    defaulted: ArrayLike, probability: ArrayLike, fold: ArrayLike, weight: ArrayLike | None = None
) -> Floats:
    """Calibrate each fold with a line fitted on the other folds; arrays (n_clients,).

    ``defaulted``: 0/1. ``probability``: out-of-fold predictions; ``fold``: the number of each client's fold;
    ``weight``: as for `Calibration.fit`. What comes back has seen neither the client's outcome nor its fold's, and may
    be judged.
    """
    stands_for = _array(weight)
    y, p, number = np.asarray(defaulted), np.asarray(probability, dtype=np.float64), np.asarray(fold)
    calibrated = np.empty_like(p)
    for one in np.unique(number):
        inside = number == one
        others = None if stands_for is None else stands_for[~inside]
        calibrated[inside] = Calibration.fit(y[~inside], p[~inside], others)(p[inside])
    return calibrated


def calibrate(
    defaulted: ArrayLike, probability: ArrayLike, fold: ArrayLike, weight: ArrayLike | None = None
) -> tuple[Calibration, Floats]:
    """Calibrate out-of-fold predictions, always: a threshold that follows from costs needs probabilities.

    ``defaulted``, ``probability``, ``fold``: as for `cross_fitted`. ``weight``: as for `Calibration.fit`. Returns the
    calibration for new clients, and the out-of-fold predictions as it would have made them. No line helps a model that
    ranks no better than chance in some fold, and it is left as it is: slope 1 and intercept 0.
    """
    raw = np.asarray(probability, dtype=np.float64)
    try:
        return Calibration.fit(defaulted, raw, weight), cross_fitted(defaulted, raw, fold, weight)
    except ValueError:  # a slope of zero or less in some fold: a line cannot help such a model
        return Calibration(), raw


def _array(weight: ArrayLike | None) -> Floats | None:
    return None if weight is None else np.asarray(weight, dtype=np.float64)


class Calibrated(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose second class probability is calibrated; the form in which models are exported.

    ``estimator``: a fitted binary classifier with classes 0 and 1. ``calibration``: a ``Calibration``.
    """

    def __init__(self, estimator: Classifier, calibration: Calibration):
        self.estimator = estimator
        self.calibration = calibration

    @property
    def classes_(self) -> NDArray[Any]:
        """[0, 1]: repaid, defaulted."""
        return self.estimator.classes_

    @property
    def n_features_in_(self) -> int:
        """How many columns ``X`` has."""
        return int(self.estimator.n_features_in_)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> "Calibrated":
        """Refused: a calibration is fitted on clients that the model has not seen, see ``credit.training``."""
        raise TypeError("a calibrated model is made from a fitted one and out-of-fold predictions; see credit.training")

    def predict_proba(self, X: Any) -> Floats:
        """Array (n_clients, 2): chance of repaying, chance of default.

        ``X``: array (n_clients, n_columns). Raises ``TypeError`` for a frame: its names would be passed over, and
        columns in another order would make another probability.
        """
        if hasattr(X, "columns"):
            raise TypeError(
                "the model takes an array in the order of columns.pkl; for a frame, whose columns have names: "
                "mlflow.pyfunc.load_model(folder).predict(frame)"
            )
        default = self.calibration(self.estimator.predict_proba(in_full(X))[:, 1])
        return np.column_stack([1 - default, default])

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class; decisions are made with the threshold instead, see ``credit.decision.cost``."""
        likelier: NDArray[Any] = self.classes_[(self.predict_proba(X)[:, 1] >= 0.5).astype(int)]
        return likelier
