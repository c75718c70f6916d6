"""`credit.model.mlflow_pyfunc` under the name that bundles of before version 0.2 hold."""

from credit.model.mlflow_pyfunc import ByName, _load_pyfunc

__all__ = ["ByName", "_load_pyfunc"]
