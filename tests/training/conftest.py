"""What tests of training share: made-up clients of a few columns, and tracking stores that are made in no time."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from credit.training import tracking
from credit.training.dataset import Dataset

#: The first two tell gender and age; the next three make the risk; the last two are of a history, and noise.
COLUMNS = (
    "CODE_GENDER",
    "DAYS_BIRTH",
    "EXT_SOURCE_1",
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
    "AMT_CREDIT",
    "BUREAU_DAYS_CREDIT_MAX",
    "CARD_UTILISATION_MEAN",
)


@pytest.fixture(scope="session")
def made_up() -> Callable[..., Dataset]:
    """From a number of clients, and of further columns of noise, to a data set; about every eighth client defaulted."""

    def made_up(n: int = 1500, noise: int = 0, seed: int = 0) -> Dataset:
        rng = np.random.default_rng(seed)
        risk = rng.normal(size=(n, 3))
        p = 1 / (1 + np.exp(2.7 - risk @ [1.0, 0.8, 0.6]))
        amount = rng.uniform(1e5, 1e6, n)
        x = np.column_stack(
            [
                rng.integers(0, 2, n),
                -rng.uniform(8000, 24000, n),
                np.where(rng.random(n) < 0.2, np.nan, -risk[:, 0]),  # the scores of other providers: less is riskier
                -risk[:, 1:],
                amount,
                rng.normal(size=(n, 2 + noise)),
            ]
        )
        y = (rng.random(n) < p).astype(int)
        columns = COLUMNS + tuple(f"NOISE_{number}" for number in range(noise))
        source = {
            "simulated": True,
            "clients": n,
            "default_rate": float(y.mean()),
            "fingerprint": f"{seed:02}" * 32,
            "folder": "bank",
        }
        return Dataset(np.arange(n) + 100001, x, columns, y, amount, np.arange(n), p, source)

    return made_up


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """A database as MLflow makes it, which takes seconds."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture(scope="session")
def open_store(empty_store) -> Callable[[Path], Path]:
    """Opens a tracking store in a folder, a new one where there is none; returns the folder."""

    def open_store(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "mlflow.db").exists():
            shutil.copyfile(empty_store, folder / "mlflow.db")
        tracking.open_store(folder)
        return folder

    return open_store
