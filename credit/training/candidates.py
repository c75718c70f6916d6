"""The models that are compared: a name, an estimator, a small grid.

All see the same columns with missing values as NaN and give probabilities. No class weights and no resampling: both
multiply the odds (here by 11.4), and what comes out is then no probability any more. Each fits on one thread: folds are
fitted side by side instead, which is faster on few cores, far faster on busy ones, and gives the same model on any.

What would take too long or too much memory with all clients of a large bank learns from fewer, and its parameters say
so: each tree of the forest from a bootstrap sample of bounded size, Gradient Boosting from a stratified sample.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

#: How the parameters of a model say that it learnt from a sample of so many clients.
SAMPLE = "learning_clients"

#: Values further from the mean than so many standard deviations are taken for these in the logistic regression.
_BOUND = 3.0

#: Each tree of the forest draws so many clients at most. Gradient Boosting of scikit-learn learns from so many at most:
#: it takes a copy of them in double precision, and counts all columns at each split.
FOREST_CLIENTS, BOOSTING_CLIENTS = 20_000, 50_000

#: LightGBM sets the bounds of its bins by so many clients: as good as by all, and a sort of so many values a column.
BIN_CLIENTS = 50_000


@dataclass(frozen=True)
class Candidate:
    """``make(seed)`` builds the unfitted estimator; ``grid`` is searched, parameter name -> values.

    ``most``: so many clients at most are learnt from, all where None. ``drawn``: the estimator's own parameter by which
    each of its trees draws at most so many; without it one stratified sample is drawn for the whole model.
    ``holds_copies``: its steps hold several copies of the clients, so that where there are many its folds are fitted
    one after another, each on all processors.
    """

    name: str
    make: Callable[[int], Any]
    grid: dict[str, list[Any]] = field(default_factory=dict)
    most: int | None = None
    drawn: str | None = None
    holds_copies: bool = False

    def bound(self, clients: int) -> dict[str, int]:
        """What the parameters say of ``most`` where there are so many clients; nothing where it does not bind."""
        return {} if self.most is None or clients <= self.most else {self.drawn or SAMPLE: self.most}


def _dummy(seed: int) -> Any:
    # The same probability for everybody, the share of defaulters: below break-even, so everybody is accepted.
    return DummyClassifier(strategy="prior")


def _logistic(seed: int) -> Any:
    # Amounts are skewed and some values extreme: arsinh is a logarithm that takes 0 and both signs, and outliers are
    # brought back to a bound. Newton's method takes few passes over many rows. What arsinh hands on is a copy, over
    # which the next steps may write.
    return make_pipeline(
        FunctionTransformer(np.arcsinh),
        SimpleImputer(strategy="mean", keep_empty_features=True, copy=False),
        StandardScaler(copy=False),
        FunctionTransformer(np.clip, kw_args={"a_min": -_BOUND, "a_max": _BOUND}),
        LogisticRegression(solver="newton-cholesky", max_iter=300),
    )


def _forest(seed: int) -> Any:
    return RandomForestClassifier(n_estimators=100, max_features="sqrt", n_jobs=1, random_state=seed)


def _boosting(seed: int) -> Any:
    # scikit-learn 1.9 cannot bin a column without any value, which a small sample of clients may well have.
    return make_pipeline(
        make_column_transformer(("passthrough", _with_values)),
        HistGradientBoostingClassifier(
            learning_rate=0.13,
            max_iter=60,
            max_features=0.1,
            l2_regularization=10.0,
            early_stopping=False,
            random_state=seed,
        ),
    )


def _with_values(x: NDArray[np.float64]) -> list[int]:
    """The columns in which some client has a value."""
    return np.flatnonzero(~np.isnan(x).all(axis=0)).tolist()


def _lightgbm(seed: int) -> Any:
    # Few columns a tree and a strong L2 suit a wide table of correlated columns.
    return LGBMClassifier(
        n_estimators=200,
        learning_rate=0.05,
        colsample_bytree=0.1,
        subsample=0.8,
        subsample_freq=1,
        reg_lambda=50.0,
        min_child_samples=40,
        subsample_for_bin=BIN_CLIENTS,
        deterministic=True,
        force_col_wise=True,
        random_state=seed,
        n_jobs=1,
        verbose=-1,
    )


def _predecessor(seed: int) -> Any:
    # Class weights multiply the odds by 11.4: what comes out is no probability, and it is not made one either.
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LGBMClassifier(
            n_estimators=158,
            learning_rate=0.01,
            max_depth=3,
            class_weight="balanced",
            deterministic=True,
            force_col_wise=True,
            random_state=seed,
            n_jobs=1,
            verbose=-1,
        ),
    ).set_output(transform="default")


#: The model of the system that this project follows, as that system made it, and the threshold it refuses from.
PREDECESSOR = Candidate("Predecessor", _predecessor, holds_copies=True)
PREDECESSOR_THRESHOLD = 0.48

#: In the order in which they are told. The names are those of the runs in MLflow.
CANDIDATES: tuple[Candidate, ...] = (
    Candidate("Dummy", _dummy),
    Candidate("Logistic Regression", _logistic, {"logisticregression__C": [0.001, 0.01]}, holds_copies=True),
    Candidate("Random Forest", _forest, {"min_samples_leaf": [10, 40]}, FOREST_CLIENTS, "max_samples"),
    Candidate(
        "Gradient Boosting",
        _boosting,
        {"histgradientboostingclassifier__max_leaf_nodes": [8, 16]},
        BOOSTING_CLIENTS,
    ),
    Candidate("LightGBM", _lightgbm, {"num_leaves": [8, 24]}),
)


def candidate(name: str) -> Candidate:
    """The candidate of that name. Raises ``KeyError``, naming those there are."""
    for one in CANDIDATES:
        if one.name == name:
            return one
    raise KeyError(f"there is no model {name!r}; there are {', '.join(one.name for one in CANDIDATES)}")
