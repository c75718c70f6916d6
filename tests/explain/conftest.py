"""A small LightGBM model on features of the recipe, and its scorer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier

from credit.explain import Explainer
from credit.model import Scorer, lightgbm_fast
from credit.model.calibration import Calibrated, Calibration

#: Of the application, of histories, and two that are protected.
COLUMNS = (
    "CODE_GENDER",
    "AMT_CREDIT",
    "DAYS_BIRTH",
    "DAYS_EMPLOYED",
    "EXT_SOURCE_1",
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
    "FLAG_OWN_CAR",
    "BUREAU_DEBT_TO_INCOME",
    "PREVIOUS_NAME_CONTRACT_STATUS_Refused_SHARE",
    "INSTALMENTS_DAYS_PAST_DUE_MAX",
    "CARD_UTILISATION_MEAN",
)


@pytest.fixture(scope="session")
def scorer_of() -> Callable[..., Scorer]:
    """From a fitted model and its columns to a scorer, as if it had been loaded."""

    def scorer_of(model: Any, columns: tuple[str, ...] = COLUMNS) -> Scorer:
        manifest = {"files": {"model.pkl": "0" * 64}}
        return Scorer(model, columns, 0.2, manifest, lightgbm_fast.default_probability(model, len(columns)))

    return scorer_of


@pytest.fixture(scope="session")
def clients() -> np.ndarray:
    """600 made-up clients, a fifth of the values unknown."""
    dice = np.random.default_rng(5)
    n = 600
    X = np.column_stack(
        [
            dice.integers(0, 2, n),
            dice.lognormal(13, 0.5, n),
            -dice.uniform(8000, 25000, n),
            -dice.uniform(0, 9000, n),
            *(dice.uniform(0, 1, (3, n))),
            dice.integers(0, 2, n),
            dice.lognormal(-1, 1, n),
            dice.choice([0, 0.25, 0.5], n),
            dice.poisson(3, n),
            dice.uniform(0, 1.2, n),
        ]
    ).astype(np.float64)
    X[dice.random(X.shape) < 0.2] = np.nan
    return X


@pytest.fixture(scope="session")
def trees(clients) -> LGBMClassifier:
    """Sixty small trees; scores, debt and late payments matter, and so does gender."""
    dice = np.random.default_rng(6)
    known = np.nan_to_num(clients, nan=0.3)
    z = 1.5 - 3 * known[:, 5] - 3 * known[:, 6] + 0.15 * known[:, 10] + 0.7 * known[:, 8] + 0.8 * known[:, 0]
    y = (dice.random(len(z)) < 1 / (1 + np.exp(-z))).astype(int)
    model = LGBMClassifier(n_estimators=60, num_leaves=7, learning_rate=0.1, n_jobs=1, random_state=1, verbose=-1)
    return model.fit(clients, y)


@pytest.fixture(scope="session")
def scorer(trees, scorer_of) -> Scorer:
    return scorer_of(Calibrated(trees, Calibration(0.8, -0.3)))


@pytest.fixture(scope="session")
def explainer(scorer) -> Explainer:
    return Explainer(scorer)
