"""What many tests share: a small simulated bank, made once a run."""

from pathlib import Path

import pytest

from credit.simulate import simulate


@pytest.fixture(scope="session")
def bank(tmp_path_factory) -> Path:
    """A simulated bank of 1,500 clients, all eight tables as Parquet."""
    return simulate(tmp_path_factory.mktemp("simulated") / "bank", 1500, seed=11)
