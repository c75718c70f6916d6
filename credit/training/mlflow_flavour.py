"""A bundle as a model of MLflow: MLmodel and its companions, with the columns by name.

MLmodel names credit.model.mlflow_pyfunc as what loads and checks; so `mlflow.pyfunc.load_model(folder).predict(frame)`
takes a frame whose columns are in any order. The flavour of scikit-learn stays beside it, for arrays.
"""

import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.models import Model, ModelSignature
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.types import ColSpec, Schema, TensorSpec

from credit.model import load_bundle
from credit.model.manifest import FILES, MANIFEST, PROFILE

#: What MLflow is to say about the packages that the model needs; without it MLflow spends half a minute finding out.
REQUIREMENTS = [f"{name}=={version(name)}" for name in ("scikit-learn", "lightgbm", "numpy", "cloudpickle")]

_LOADER = "credit.model.mlflow_pyfunc"


def signature(columns: Sequence[str]) -> ModelSignature:
    """Every column a double by its name; out come (clients, 2) floats."""
    made = ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in columns]),
        outputs=Schema([TensorSpec(np.dtype(np.float64), (-1, 2))]),
    )
    # MLflow's word for a model that checks what it is given by itself, as ours does.
    made._is_signature_from_type_hint = True
    return made


def write(model: Any, columns: Sequence[str], folder: Path, described: Model | None = None) -> None:
    """Write model.pkl and what MLflow says about it into ``folder``, which must not be there yet.

    ``described``: what MLflow knows of it already, such as its run.
    """
    described = Model() if described is None else described
    mlflow.sklearn.save_model(
        model,
        str(folder),
        mlflow_model=described,
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
        pip_requirements=REQUIREMENTS,
        signature=signature(columns),
        pyfunc_predict_fn="predict_proba",
    )
    described.flavors[mlflow.pyfunc.FLAVOR_NAME][mlflow.pyfunc.MAIN] = _LOADER
    described.save(str(folder / MLMODEL_FILE_NAME))


def save_model(path: str, mlflow_model: Model, bundle: Path) -> None:
    """The bundle in ``path``, under the name by which MLflow's ``Model.log`` calls a flavour."""
    loaded = load_bundle(bundle)
    write(loaded.model, loaded.columns, Path(path), mlflow_model)
    for name in (MANIFEST, *FILES, PROFILE):
        if (bundle / name).exists():
            shutil.copy(bundle / name, path)
