"""A small calibrated model, the bundle that it is saved as, and a copy of that to break."""

import shutil

import pytest
from support.bundles import COLUMNS, MANIFEST, boosted

from credit.model import save_bundle
from credit.model.calibration import Calibrated, Calibration


@pytest.fixture(scope="session")
def model():
    return Calibrated(boosted(), Calibration(0.8, -0.3))


@pytest.fixture(scope="session")
def saved(model, tmp_path_factory):
    return save_bundle(tmp_path_factory.mktemp("saved") / "mlruns_reduced", model, COLUMNS, 0.16, MANIFEST)


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of the bundle that a test may break."""
    return shutil.copytree(saved, tmp_path / "my model" / "mlruns_reduced")
