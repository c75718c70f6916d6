"""What tests of the command line share: tables, a bundle, and a training that only says what it was asked."""

import inspect
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest


@pytest.fixture
def tables(bank, tmp_path) -> Path:
    """A folder of the bank's tables of its own."""
    folder = tmp_path / "tables"
    shutil.copytree(bank, folder)
    return folder


@pytest.fixture
def no_work(monkeypatch, tmp_path):
    """A folder of a project in which no features may be made."""
    from credit import training

    monkeypatch.setattr(training, "prepare", lambda *_: pytest.fail("work began that would be lost"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def train_asked(monkeypatch, tmp_path):
    """What ``train`` hands to the training, which is not run; and what the training is to come to."""
    from credit import training
    from credit.training import tracking

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tracking, "open_store", lambda: None)
    asked = {}

    def came_to(shipped, equal=False):
        names = ["accept everybody", "Champion at its threshold", "Champion as served"]
        numbers = ("threshold", "cv_cost", "test_cost", "saving", "saving_low", "saving_high", "roc_auc", "refused")
        closing = pl.DataFrame({"model": names, **{name: [0.5, 0.5, 0.5] for name in numbers}})
        outcome = training.Outcome(
            closing,
            [],
            ("Threshold 0.1597.", "No client is referred."),
            shipped,
            "it is worse beyond chance",
            equal=equal,
        )

        def train(*arguments, **named):
            asked.update(inspect.signature(usual).bind(*arguments, **named).arguments)
            return outcome

        monkeypatch.setattr(training, "train", train)

    usual = training.train
    came_to(shipped=True)
    return asked, came_to


@pytest.fixture
def bundle(tmp_path) -> Path:
    """A bundle that keeps the amounts of 5,000 clients whose probabilities are right."""
    from sklearn.dummy import DummyClassifier

    from credit.decision.exposure import Exposure
    from credit.model import save_bundle

    rng = np.random.default_rng(0)
    p = rng.beta(1, 8, 5000)
    manifest = {
        "data": {"simulated": True},
        "model": {"name": "Dummy"},
        "metrics": {"roc_auc": 0.75, "saving": 0.2},
        "exposure": Exposure.of(rng.random(5000) < p, p, rng.uniform(1e5, 1e6, 5000), np.arange(5000) % 5).written(),
    }
    model = DummyClassifier(strategy="prior").fit(np.zeros((10, 1)), [0] * 9 + [1])
    return save_bundle(tmp_path / "bundle", model, ["AMT_CREDIT"], 0.16, manifest)
