"""What many tests share: a small simulated bank, made once a run; bytecode is kept; the long files begin first."""

import gc
import os
import sys
from pathlib import Path

import hypothesis
import pytest

# Threads of OpenMP and OpenBLAS that wait for each other keep their processors busy. As there are more workers than
# processors here, they wait for threads that do not run: a product of two matrices was seen to cost ten times as much,
# and so was a tree of LightGBM. The libraries read this when they are loaded: it stands before all that may load them.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from credit.simulate import simulate

# By itself Hypothesis fails a test whose example takes 200 ms, or whose examples are drawn slowly: beside other work
# that says nothing of the code.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

# A suite that starts a hundred Pythons has each compile MLflow, Evidently, scikit-learn anew where their bytecode may
# not be kept, which images of Python for containers say by this variable: a third of the time of every start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

#: The longest first. pytest-xdist deals whole files, by itself those of most tests first: a file of three tests that
#: take minutes would begin last, and be waited for while other processors have nothing left to do.
LONG = (
    "cli/test_notebook_runner.py",
    "features/test_spark.py",
    "web/pages/test_page.py",
    "web/openapi/test_document.py",
    "training/test_dask_training.py",
    "web/test_faults.py",
    "training/test_train.py",
    "web/pages/test_page_reviews.py",
    "tables/test_other_programs.py",
    "training/test_challenger.py",
    "features/test_batch.py",
    "web/test_server.py",
    "training/test_finalize.py",
    "ship/test_budgets.py",
    "monitoring/test_application_drift.py",
    "ship/test_deploying.py",
    "training/test_checkpoints.py",
    "training/test_lightgbm_search.py",
    "training/test_left_out.py",
    "scorecard/test_sql.py",
    "training/test_mlflow_store.py",
    "decision_log/test_survival.py",
    "training/test_hiding.py",
    "decision_log/test_retried_requests.py",
)


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "loadscopereorder"):  # pytest-xdist's: deal in the order of collection, which is ours
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {Path(__file__).parent / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: no search for what can be freed needs to look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def bank(tmp_path_factory) -> Path:
    """A simulated bank of 1,500 clients, all eight tables as Parquet."""
    return simulate(tmp_path_factory.mktemp("simulated") / "bank", 1500, seed=11)
