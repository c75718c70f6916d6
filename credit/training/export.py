"""Put what serving needs into one folder: model, columns, threshold, manifest."""

import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import polars as pl

from credit import cost as money
from credit import scorer
from credit.calibration import Calibrated
from credit.training.judgement import Threshold
from credit.training.metrics import measure

#: What MLflow is to say about the packages that the model needs; without it MLflow spends half a minute finding out.
_REQUIREMENTS = [f"{name}=={version(name)}" for name in ("scikit-learn", "lightgbm", "numpy", "cloudpickle")]


def export(
    folder: str | Path,
    model: Calibrated,
    name: str,
    columns: tuple[str, ...],
    threshold: Threshold,
    test: pl.DataFrame,
    data: dict[str, Any],
    training: dict[str, Any],
) -> Path:
    """Write ``folder`` (mlruns_reduced/): a model of MLflow's scikit-learn flavour, and what the app adds to it.

    ``test``: the table of ``test_table``, from which the manifest's metrics are measured. ``data``: where the clients
    came from. ``training``: seed, parameters and the like. Nothing is left half written.
    """
    y, p, amount = (test[column].to_numpy() for column in ("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    manifest = {
        "data": data,
        "model": {"name": name, **training},
        "calibration": {"slope": model.calibration.slope, "intercept": model.calibration.intercept},
        "costs": {"margin": money.MARGIN, "loss_given_default": money.LOSS_GIVEN_DEFAULT},
        "threshold": {"best": threshold.value, "break_even": threshold.break_even, "out_of_fold_cost": threshold.cost},
        "metrics": {"test_clients": len(y), **measure(y, p, amount, threshold.value)},
    }
    with tempfile.TemporaryDirectory() as staging:
        flavour = Path(staging) / "model"
        mlflow.sklearn.save_model(
            model,
            str(flavour),
            serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
            pip_requirements=_REQUIREMENTS,
            pyfunc_predict_fn="predict_proba",
        )
        return scorer.save(Path(folder), model, list(columns), threshold.value, manifest, extra_files=flavour)
