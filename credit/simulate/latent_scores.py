"""The jointly normal scores behind a client's application.

One standard normal score per numeric column; their correlation matrix is such that the rank correlations of the
finished columns are those of the real table (``calibration.json``). A score rises with the value of its column.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from credit.simulate.column_sampling import calibration, profile
from credit.simulate.portable_arithmetic import cholesky, logit, on_grid, solve, weighted

#: Columns of the real rank correlation matrix that follow from others and so need no score of their own.
DERIVED = ("AMT_CREDIT", "CNT_FAM_MEMBERS", "OBS_60_CNT_SOCIAL_CIRCLE")
#: The scores that risk is read from, and their weights.
EXTERNAL = {"EXT_SOURCE_1": 0.35, "EXT_SOURCE_2": 0.60, "EXT_SOURCE_3": 0.70}
#: Part of the risk of a group that shows in its external scores, and the log odds of default per unit of ``risk``.
EXPLAINED, SLOPE = 0.3, 0.75


class Latents:
    """Scores of n clients: ``latents["EXT_SOURCE_2"]`` is an array (n,), standard normal."""

    def __init__(self, rng: np.random.Generator, n: int, correlation: np.ndarray | None = None) -> None:
        self.columns = [column for column in profile()["spearman"]["columns"] if column not in DERIVED]
        self.correlation = np.array(calibration()["correlation"]) if correlation is None else correlation
        # Not by @ of NumPy, whose last bits are the processor's: see ``credit.simulate.portable_arithmetic``.
        noise = np.ascontiguousarray(on_grid(rng.standard_normal((n, len(self.columns)))).T)
        self._scores = np.stack([weighted(row, noise) for row in cholesky(self.correlation)])
        places = [self.columns.index(column) for column in EXTERNAL]
        weights = np.array(list(EXTERNAL.values()))
        spread = np.sqrt((np.outer(weights, weights) * self.correlation[np.ix_(places, places)]).sum())
        #: Low external scores taken together, (n,), standard normal: higher is riskier.
        self.risk: np.ndarray = -weighted(weights, self._scores[places]) / spread

    def __getitem__(self, column: str) -> np.ndarray:
        return self._scores[self.columns.index(column)]

    def as_dict(self) -> dict[str, np.ndarray]:
        """Column -> scores."""
        return dict(zip(self.columns, self._scores, strict=True))

    def odds(self, means: Mapping[str, float]) -> np.ndarray:
        """Log odds (n,), up to a constant, of belonging to a group whose mean scores are higher by ``means``.

        Linear discriminant analysis: two normal groups with equal covariance S and means m apart have log odds
        linear in the scores, with weights S^-1 m.
        """
        places = [self.columns.index(column) for column in means]
        covariance = self.correlation[np.ix_(places, places)]
        return weighted(solve(covariance, list(means.values())), self._scores[places])

    def odds_of(self, groups: Sequence[Mapping[str, float]]) -> np.ndarray:
        """Log odds (n, k) for k groups, see ``odds``; a group without means is the reference."""
        columns = [self.odds(means) if means else np.zeros(self._scores.shape[1]) for means in groups]
        return np.stack(columns, axis=1)

    def lean(self, column: str, values: Sequence[str]) -> np.ndarray:
        """Log odds (n, k) by which clients with low external scores lean to the riskier values of a text column.

        Groups that default more often also have lower external scores: ``EXPLAINED`` of a value's log odds of default
        against the whole is due to its clients' scores, the rest to the value itself.
        """
        known = profile()["application"][column]["values"]
        mean = logit(profile()["default_rate"])
        lifts = [logit(rate) - mean if rate else 0.0 for _, rate in (known.get(value, (0, None)) for value in values)]
        return np.outer(self.risk, np.array(lifts) * EXPLAINED / SLOPE)

    def lean_to(self, column: str, value: str) -> np.ndarray:
        """Log odds (n,) by which clients with low external scores lean to a value rather than to the others."""
        values = [*(other for other in profile()["application"][column]["values"] if other != value), value]
        leans = self.lean(column, values)
        difference: np.ndarray = leans[:, -1] - leans[:, 0]
        return difference

    def lean_to_missing(self, column: str) -> np.ndarray:
        """Log odds (n,) by which clients with low external scores lean to lacking a value of a column."""
        known = profile()["application"][column]
        gone, share = known["default_rate_if_missing"], known["missing"]
        there = (profile()["default_rate"] - gone * share) / (1 - share)
        odds: np.ndarray = (logit(gone) - logit(there)) * EXPLAINED / SLOPE * self.risk
        return odds


def from_spearman(matrix: np.ndarray) -> np.ndarray:
    """Pearson correlation of normal scores that have the given rank correlations (Pearson 1907: 2 sin(pi r / 6))."""
    correlation: np.ndarray = 2 * np.sin(np.pi * matrix / 6)
    return correlation


def nearest_correlation(matrix: np.ndarray) -> np.ndarray:
    """A positive definite correlation matrix close to a symmetric one: negative eigenvalues are lifted."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    lifted = vectors @ np.diag(np.maximum(values, 1e-3)) @ vectors.T
    scale = np.sqrt(np.diag(lifted))
    nearest: np.ndarray = lifted / np.outer(scale, scale)
    return nearest
