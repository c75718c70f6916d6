"""A bundle as a model of MLflow: MLmodel and its companions, with the columns by name.

MLmodel names a loader that asks credit.model.mlflow_pyfunc, which loads and checks; so
`mlflow.pyfunc.load_model(folder).predict(frame)` takes a frame whose columns are in any order. The loader and the
modules that it needs travel with the model, under code/: it answers where this package is not installed, too. The
flavour of scikit-learn stays beside it, for arrays, and needs the package.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import Model, ModelSignature
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.models.utils import SERVING_INPUT_FILENAME
from mlflow.types import ColSpec, Schema, TensorSpec

from credit import files, model
from credit.model import load_bundle, mlflow_loader, rewrite_bundle
from credit.model.manifest import FILES, MANIFEST, MODEL, PROFILE

#: What MLflow is to say about the packages that the model needs; without it MLflow spends half a minute finding out.
REQUIREMENTS = [
    f"{name}=={version(name)}"
    for name in ("scikit-learn", "lightgbm", "numpy", "scipy", "cloudpickle", "joblib", "msgspec", "narwhals")
]

#: The folder of the bundle that MLflow makes importable, and the module in it that loads the bundle.
CODE, _LOADER = "code", "credit_model_loader"

#: A made-up client, cut to what fits on a page: of the features that a model reads beside these, nothing is known.
_EXAMPLE: Mapping[str, float] = {
    "CODE_GENDER": 1.0,
    "AMT_INCOME_TOTAL": 180_000.0,
    "AMT_CREDIT": 450_000.0,
    "AMT_ANNUITY": 24_500.0,
    "AMT_GOODS_PRICE": 450_000.0,
    "DAYS_BIRTH": -14_600.0,
    "DAYS_EMPLOYED": -2_190.0,
    "EXT_SOURCE_2": 0.57,
    "EXT_SOURCE_3": 0.51,
}


def signature(columns: Sequence[str]) -> ModelSignature:
    """Every column a double by its name; out come (clients, 2) floats."""
    made = ModelSignature(
        inputs=Schema([ColSpec("double", name) for name in columns]),
        outputs=Schema([TensorSpec(np.dtype(np.float64), (-1, 2))]),
    )
    # MLflow's word for a model that checks what it is given by itself, as ours does.
    made._is_signature_from_type_hint = True
    return made


def example(columns: Sequence[str]) -> pd.DataFrame:
    """One made-up client with every column by its name, NaN where nothing is known."""
    return pd.DataFrame([[_EXAMPLE.get(name, np.nan) for name in columns]], columns=list(columns), dtype=np.float64)


def write(fitted: Any, columns: Sequence[str], folder: Path, described: Model | None = None) -> None:
    """Write model.pkl and what MLflow says about it into ``folder``, which must not be there yet.

    ``fitted``: the classifier. ``columns``: the features in the order in which it reads them. ``described``: what
    MLflow knows of it already, such as its run.
    """
    described = Model() if described is None else described
    mlflow.sklearn.save_model(
        fitted,
        str(folder),
        mlflow_model=described,
        serialization_format=mlflow.sklearn.SERIALIZATION_FORMAT_CLOUDPICKLE,
        pip_requirements=REQUIREMENTS,
        signature=signature(columns),
        input_example=example(columns),
        pyfunc_predict_fn="predict_proba",
    )
    # A server of a model that checks by itself takes columns under this key, and MLflow's own example has another.
    inputs = {name: [None if np.isnan(value) else value] for name, value in example(columns).iloc[0].items()}
    (folder / SERVING_INPUT_FILENAME).write_text(json.dumps({"inputs": inputs}, indent=2) + "\n", encoding="utf-8")
    _add_code(folder / CODE)
    described.flavors[mlflow.pyfunc.FLAVOR_NAME] |= {mlflow.pyfunc.MAIN: _LOADER, mlflow.pyfunc.CODE: CODE}
    described.save(str(folder / MLMODEL_FILE_NAME))


def renew(bundle: Path, pages: Mapping[str, str]) -> None:
    """Write anew what MLflow says about the model in ``bundle``, and ``pages`` (name of a file -> its text) beside it.

    model.pkl, columns, threshold and profile stay, byte by byte. Raises ``BundleError`` for a folder that cannot be
    loaded.
    """
    loaded = load_bundle(bundle)
    with tempfile.TemporaryDirectory() as staging:
        made = Path(staging) / "model"
        described = Model()
        write(loaded.model, loaded.columns, made, described)
        described.model_size_bytes = (bundle / MODEL).stat().st_size
        described.save(str(made / MLMODEL_FILE_NAME))
        texts = {
            path.relative_to(made).as_posix(): path.read_text(encoding="utf-8")
            for path in made.rglob("*")
            if path.is_file() and path != made / MODEL
        }
    rewrite_bundle(bundle, loaded.threshold, lambda full: full, lambda _: {**texts, **pages}, instead_of=CODE)


def _add_code(folder: Path) -> None:
    """Into ``folder`` the loader, and beside it the modules of this package that a loaded model needs."""
    package = folder / "package" / "credit"
    for part in (model, files):
        here = Path(part.__path__[0])
        target = package / here.name
        target.mkdir(parents=True)
        for module in sorted(here.glob("*.py")):
            shutil.copyfile(module, target / module.name)
    for name in ("__init__.py", "program.py"):
        shutil.copyfile(Path(model.__path__[0]).parent / name, package / name)
    shutil.copyfile(mlflow_loader.__file__, folder / f"{_LOADER}.py")


def save_model(path: str, mlflow_model: Model, bundle: Path) -> None:
    """The bundle in ``path``, under the name by which MLflow's ``Model.log`` calls a flavour."""
    loaded = load_bundle(bundle)
    write(loaded.model, loaded.columns, Path(path), mlflow_model)
    for name in (MANIFEST, *FILES, PROFILE):
        if (bundle / name).exists():
            shutil.copy(bundle / name, path)
