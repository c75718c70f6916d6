"""What MLflow calls to load a bundle: the package where it is installed, else the part of it that lies in the bundle.

The export copies this file into the bundle as code/credit_model_loader.py, and beside it, under code/package, the
modules that a model needs. These are looked at last and only where no package of this name is there: a bundle's part of
it must not stand in the way of the whole. MLflow puts the folder of this file, and not that one, before all others.
"""

import importlib
import sys
from pathlib import Path
from typing import Any


def _load_pyfunc(folder: str) -> Any:
    """Called by MLflow with the bundle's folder. Raises ``BundleError`` for files that are not the exported ones."""
    try:
        loader = importlib.import_module("credit.model.mlflow_pyfunc")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "credit":
            raise
        sys.path.append(str(Path(__file__).resolve().parent / "package"))
        importlib.invalidate_caches()
        loader = importlib.import_module("credit.model.mlflow_pyfunc")
    return loader._load_pyfunc(folder)
