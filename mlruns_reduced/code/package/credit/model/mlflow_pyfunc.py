"""The bundle as MLflow loads it: `mlflow.pyfunc.load_model(folder).predict(X)` asks this module, by MLmodel.

Features are found by name, whatever order and company they come in. MLflow's own check of a signature would refuse
whole numbers of 64 bits, and repeat the client's row in its errors; MLmodel says that the check is made here. pandas is
not imported: what is handed over is read as it is. MLflow, which has called, is asked for its exception alone.
"""

import difflib
import warnings
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from numbers import Real
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from credit.model import bundle
from credit.model.scorer import Scorer

Floats = NDArray[np.float64]

#: A text is none, also where NumPy could read it.
_NUMBERS = (Real, Decimal, np.bool_)
#: So many missing or ignored columns are named.
_NAMED = 5
#: Columns of the tables that no model reads: of them nothing need be said.
_NO_FEATURES = frozenset(("SK_ID_CURR", "TARGET"))


def _load_pyfunc(folder: str) -> "ByName":
    """Called by MLflow with the folder of MLmodel. Raises ``BundleError`` for files that are not the exported ones."""
    return _OfMlflow(bundle.load_bundle(Path(folder)))


class ByName:
    """Probabilities for features by name."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def predict_proba(self, X: Any) -> Floats:
        """Array (n_clients, 2): chance of repaying, chance of default.

        ``X``: a frame of pandas, Polars or PyArrow, lists of numbers by name, or a list of such clients, with at least
        the columns of the model, in any order; numbers of any width, Boolean flags, and gaps as null or NaN. Other
        columns are ignored, and a ``UserWarning`` names them. Or an array (n_clients, n_columns), or a list of rows,
        whose columns are those of columns.pkl in their order. Raises ``ValueError``, which names columns and repeats no
        value.
        """
        if isinstance(X, list) and X and all(isinstance(one, Mapping) for one in X):
            X = {name: [one[name] for one in X] for name in X[0] if all(name in one for one in X)}
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        if isinstance(X, Mapping):
            found = self._of_lists(X)
        elif isinstance(frame, nw.DataFrame):
            found = self._of_frame(frame)
        else:
            found = _numbers(np.asarray(X), "the array")
        default = self.scorer.probability(np.ascontiguousarray(found)) if len(found) else np.empty(0)
        return np.column_stack([1 - default, default])

    def _of_frame(self, frame: nw.DataFrame[Any]) -> Floats:
        self._refuse_missing(frame.columns)
        return np.column_stack([_column(frame[name], name) for name in self.scorer.columns])

    def _of_lists(self, given: Mapping[str, Any]) -> Floats:
        self._refuse_missing(list(given))
        columns = {name: np.atleast_1d(np.asarray(given[name])) for name in self.scorer.columns}
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"the columns hold {min(lengths)} to {max(lengths)} values: all must hold one of a client")
        return np.column_stack([_numbers(values, name) for name, values in columns.items()])

    def _refuse_missing(self, given: Sequence[str]) -> None:
        there = set(given)
        missing = [name for name in self.scorer.columns if name not in there]
        if not missing:
            self._tell_ignored(given)
            return
        more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
        unknown = [str(name) for name in given if name not in self.scorer.index]
        near = difflib.get_close_matches(missing[0], unknown, n=1)
        raise ValueError(
            f"of the {len(self.scorer.columns):,} columns that the model reads, these are missing: "
            f"{', '.join(missing[:_NAMED])}{more}. "
            + (f"Is {near[0]} meant to be {missing[0]}?" if near else "Send a column of NaN for an unknown feature.")
        )

    def _tell_ignored(self, given: Sequence[str]) -> None:
        ignored = [str(name) for name in given if name not in self.scorer.index and name not in _NO_FEATURES]
        if ignored:
            more = f" and {len(ignored) - _NAMED:,} more" if len(ignored) > _NAMED else ""
            warnings.warn(
                f"the model does not read these columns, which make no difference: {', '.join(ignored[:_NAMED])}{more}",
                UserWarning,
                stacklevel=4,
            )


class _OfMlflow(ByName):
    """The same with refusals that MLflow's server passes on: of any other error it says that it was unexpected."""

    def predict_proba(self, X: Any) -> Floats:
        """As `ByName.predict_proba`; what it raises is a ``ValueError`` and an ``MlflowException``, status 400."""
        try:
            return super().predict_proba(X)
        except ValueError as error:
            raise _invalid_input()(str(error)) from None


@cache
def _invalid_input() -> type[ValueError]:
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

    class InvalidInput(MlflowException, ValueError):
        """What was handed to the model cannot be used; one sentence, which repeats no value."""

        def __init__(self, sentence: str) -> None:
            self._sentence = sentence
            MlflowException.__init__(self, sentence, error_code=INVALID_PARAMETER_VALUE)

        @property
        def message(self) -> str:
            return self._sentence

        @message.setter
        def message(self, _longer: str) -> None:
            """Keep the sentence: MLflow's server would put the client's whole row before it."""

    return InvalidInput


def _column(values: nw.Series[Any], name: str) -> Floats:
    """The numbers of one column of a frame, NaN for a gap."""
    if values.dtype.is_numeric() or values.dtype == nw.Boolean:
        return np.asarray(values.cast(nw.Float64).to_numpy(), dtype=np.float64)
    return _numbers(np.asarray(values.to_list(), dtype=object), name)


def _numbers(values: NDArray[Any], name: str) -> Floats:
    """The same numbers as floats, NaN for None; texts are not numbers here, also where they look like some."""
    if values.dtype.kind == "O":
        odd = {type(value).__name__ for value in values.flat if not (value is None or isinstance(value, _NUMBERS))}
    else:
        odd = set() if values.dtype.kind in "fiub" else {str(values.dtype)}
    if odd:
        raise ValueError(f"{name} must hold numbers or gaps, not {', '.join(sorted(odd))}")
    return values.astype(np.float64)
