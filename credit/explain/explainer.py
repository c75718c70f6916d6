"""Exact contributions of a loaded LightGBM model's features, on the scale of its calibrated log odds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from credit.explain.directions import Directions
from credit.explain.explanation import Explanation, explanation
from credit.explain.leaf_estimates import estimated
from credit.explain.reasons import MOST, Reason, Sorted
from credit.model import Scorer
from credit.program import PROGRAM

Floats = NDArray[np.float64]

#: How far base value and contributions together may be from the model's own probability, as a probability.
TOLERANCE = 1e-9

#: So many random clients prove, when an `Explainer` is made, that its contributions are the model's.
_PROVED_ON = 16


class NotExplainable(ValueError):
    """The loaded model has no exact contributions."""


@dataclass(frozen=True)
class Contributions:
    """``values``: array (n_clients, n_columns), what each feature adds to a client's log odds of default.

    ``base_value``: where every client starts, the mean log odds that the trees give their training clients.
    """

    values: Floats
    base_value: float

    @property
    def log_odds(self) -> Floats:
        """Array (n_clients,): base value plus contributions, the log odds of the calibrated probability."""
        return self.base_value + self.values.sum(axis=1)


@dataclass(frozen=True)
class Importance:
    """What one feature does for the model.

    ``gain``: the share of all that the trees' splits gained in training which is owed to the feature. ``contribution``:
    its mean |contribution| over some clients, in log odds.
    """

    feature: str
    gain: float
    contribution: float


class Explainer:
    """Explains what a `credit.model.Scorer` answers; made once for each scorer.

    With z the score of the trees, the calibrated log odds are intercept + slope * z. The contributions to z, which
    LightGBM knows exactly, are scaled by the slope; its base value is scaled and shifted by the intercept. The
    calibration takes scores beyond +-13.8 as that far (`credit.model.calibration.NEAREST`); the contributions of such a
    client are shrunk by one factor, so that they still add up.
    """

    def __init__(self, scorer: Scorer) -> None:
        """Raises `NotExplainable` for a model of another make than LightGBM, for one whose contributions do not add up,
        and for one whose leaves hold estimates in place of counts (`credit.explain.leaf_estimates`).
        """
        # Here and not above: anyone who only imports the app, and loads no model, does not wait for what models need.
        from credit.model.calibration import Calibrated, Calibration
        from credit.model.lightgbm_fast import FURTHEST, trees
        from credit.model.single_precision import SinglePrecision

        self._uncalibrated, self._furthest = Calibration(), FURTHEST
        parts = trees(scorer.model)
        if parts is None:
            make = scorer.model.estimator if isinstance(scorer.model, Calibrated) else scorer.model
            make = make.estimator if isinstance(make, SinglePrecision) else make
            raise NotExplainable(
                f"A {type(make).__name__} has no exact contributions: only a LightGBM classifier, calibrated or "
                "not, can be explained. Training exports the model that costs least out of fold, which on few clients "
                f"may be another: train on more clients, or search longer: {PROGRAM} train FOLDER --trials 30."
            )
        self.scorer = scorer
        self._trees = parts
        self._sorted = Sorted(scorer.columns, scorer.amount_ranges, Directions(scorer.columns, scorer.probability))
        self._prove()

    def contributions(self, X: Floats) -> Contributions:
        """What every feature contributes to every client's log odds.

        ``X``: float64 array (n_clients, n_columns), NaN where a feature is unknown. Raises ValueError where the shape
        is another, or without any client.
        """
        if X.ndim != 2 or X.shape[1] != len(self.scorer.columns):
            raise ValueError(f"X must have the shape (clients, {len(self.scorer.columns)}), not {X.shape}")
        if not len(X):
            raise ValueError("X has no clients, and there is nothing to explain; hand over one or more")
        read, calibration = self._trees.read(X), self._trees.calibration
        raw = np.asarray(self._trees.booster.predict(read, pred_contrib=True, num_threads=1), dtype=np.float64)
        values, base = self._everywhere(raw[:, :-1]), float(raw[0, -1])
        if calibration == self._uncalibrated:
            return Contributions(values, base)
        score = base + values.sum(axis=1)
        furthest = self._furthest
        beyond = np.abs(score) > furthest
        if beyond.any():
            values[beyond] *= ((np.sign(score) * furthest - base) / (score - base))[beyond, None]
        slope, intercept = calibration.slope, calibration.intercept
        return Contributions(slope * values, intercept + slope * base)

    def gain(self) -> Floats:
        """Array (n_columns,): the share of all that the trees' splits gained in training, feature by feature."""
        found = self._trees.booster.feature_importance(importance_type="gain").astype(np.float64)
        gain = self._everywhere(found[None, :])[0]
        return gain / gain.sum() if gain.sum() > 0 else gain

    def importance(self, X: Floats) -> list[Importance]:
        """Every feature, the largest mean |contribution| over the clients of ``X`` (n_clients, n_columns) first."""
        share = self.gain()
        mean = np.abs(self.contributions(X).values).mean(axis=0)
        return [
            Importance(self.scorer.columns[i], float(share[i]), float(mean[i]))
            for i in np.argsort(-mean, kind="stable")
        ]

    def reasons(self, X: Floats, most: int = MOST) -> list[list[Reason]]:
        """For each client of ``X`` (n_clients, n_columns) up to ``most`` reasons against it, the weightiest first.

        See `credit.explain.reasons`: correlated features are one reason, protected attributes none. A client whom
        nothing else pushes towards refusal has an empty list.
        """
        return self._sorted.reasons(self.contributions(X).values, X, most)

    def explain(self, x: Floats) -> Explanation:
        """One client, ``x``: array (n_columns,) or (1, n_columns), with every contribution and the reasons."""
        row = np.ascontiguousarray(np.atleast_2d(x))
        if len(row) != 1:
            raise ValueError(f"explain takes one client at a time, not {len(row)}")
        found = self.contributions(row)
        reasons = self._sorted.reasons(found.values, row, MOST)[0]
        return explanation(self.scorer.columns, row[0], found.values[0], found.base_value, reasons)

    def _everywhere(self, values: Floats) -> Floats:
        """(n, read columns) at their places among all columns; what the trees do not read contributes 0."""
        if self._trees.positions is None:
            return values
        everywhere = np.zeros((len(values), len(self.scorer.columns)))
        everywhere[:, self._trees.positions] = values
        return everywhere

    def _prove(self) -> None:
        """Whatever LightGBM's settings (other links, averaged trees): what does not add up is not an explanation.

        Nor does adding up prove one: what each branch weighs is looked at besides.
        """
        from lightgbm.basic import LightGBMError

        from credit.model.lightgbm_fast import probe

        clients = probe(len(self.scorer.columns), _PROVED_ON)
        try:
            said = expit(self.contributions(clients).log_odds)
        except LightGBMError as error:  # trees with linear leaves, for instance, have no contributions
            raise NotExplainable(f"LightGBM gives no contributions of this model: {error}") from error
        if not np.allclose(said, self.scorer.probability(clients), rtol=0, atol=TOLERANCE):
            raise NotExplainable(
                "The contributions of this model do not add up to its probability; train it with LightGBM's objective "
                f"'binary' and its usual settings: {PROGRAM} train."
            )
        if estimated(self._trees.booster.model_to_string()):
            raise NotExplainable(
                "The leaves of this model hold LightGBM's estimates in place of counts of its training clients, as an "
                "earlier version left them after a training on several machines, so its base value and contributions "
                f"are wrong. Train it again: {PROGRAM} train-dask FEATURES/."
            )
