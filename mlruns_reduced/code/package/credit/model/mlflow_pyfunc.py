"""The bundle as MLflow loads it: `mlflow.pyfunc.load_model(folder).predict(X)` asks this module, by MLmodel.

Features are found by name, whatever order and company they come in. MLflow's own check of a signature would refuse
whole numbers of 64 bits, and repeat the client's row in its errors; MLmodel says that the check is made here. pandas is
not imported: what is handed over is read as it is. MLflow, which has called, is asked for its exception alone.
"""

import difflib
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from numbers import Real
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from credit.model import bundle
from credit.model.scorer import Scorer

Floats = NDArray[np.float64]

#: A text is none, also where NumPy could read it.
_NUMBERS = (Real, Decimal, np.bool_)
#: NumPy's kinds of numbers and flags.
_NUMERIC = "fiub"
#: So many missing, doubled or ignored columns are named.
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
        frame = _frame(X)
        if isinstance(X, Mapping):
            found = self._of_lists(X)
        elif isinstance(frame, nw.DataFrame):
            found = self._of_frame(frame)
        else:
            found = self._of_array(X)
        default = self.scorer.probability(np.ascontiguousarray(found)) if len(found) else np.empty(0)
        return np.column_stack([1 - default, default])

    def _of_frame(self, frame: nw.DataFrame[Any]) -> Floats:
        self._refuse_missing(frame.columns)
        return np.column_stack([_column(frame[name], name) for name in self.scorer.columns])

    def _of_lists(self, given: Mapping[str, Any]) -> Floats:
        self._refuse_missing(list(given))
        columns = {name: np.atleast_1d(_array(given[name])) for name in self.scorer.columns}
        lengths = {name: len(values) for name, values in columns.items()}
        least, most = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
        if lengths[least] != lengths[most]:
            counts = f"{least} holds {lengths[least]:,} and {most} {lengths[most]:,}"
            raise ValueError(f"all columns must hold as many values, one for each client: {counts}")
        return np.column_stack([_numbers(values, name) for name, values in columns.items()])

    def _of_array(self, given: Any) -> Floats:
        values = _array(given)
        if values.ndim == 0:
            kind = "None" if given is None else type(given).__name__
            raise ValueError(f"X must be a frame, lists of numbers by name, a list of clients, or an array, not {kind}")
        if values.dtype.kind in _NUMERIC:
            return values.astype(np.float64)
        if values.shape[1:] != (len(self.scorer.columns),):
            return np.empty(values.shape)  # the scorer refuses the shape; of such an array no column can be named
        return np.column_stack([_numbers(values[:, place], name) for name, place in self.scorer.index.items()])

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


def _frame(given: Any) -> Any:
    """A frame as narwhals has it, and anything else as it is."""
    try:
        frame = nw.from_native(given, pass_through=True)
        names = frame.columns if isinstance(frame, nw.DataFrame) else []
    except DuplicateError:
        names = list(given.column_names if hasattr(given, "column_names") else given.columns)
    twice = [str(name) for name, times in Counter(names).items() if times > 1]
    if twice:
        more = f" and {len(twice) - _NAMED:,} more" if len(twice) > _NAMED else ""
        raise ValueError(f"these columns come more than once, send each once: {', '.join(twice[:_NAMED])}{more}")
    if isinstance(frame, nw.LazyFrame):
        raise ValueError(
            "X is a lazy frame, which holds no values yet: collect it first, as X.collect() of Polars does"
        )
    return frame


def _array(given: Any) -> NDArray[Any]:
    """As NumPy reads it, but for texts among numbers, which stay what they are, and lists of different lengths."""
    try:
        values = np.asarray(given)
    except ValueError:
        return np.asarray(given, dtype=object)
    return values if values.dtype.kind in _NUMERIC or isinstance(given, np.ndarray) else np.asarray(given, dtype=object)


def _column(values: nw.Series[Any], name: str) -> Floats:
    """The numbers of one column of a frame, NaN for a gap."""
    if values.dtype.is_numeric() or values.dtype == nw.Boolean:
        return np.asarray(values.cast(nw.Float64).to_numpy(), dtype=np.float64)
    return _numbers(np.asarray(values.to_list(), dtype=object), name)


def _numbers(values: NDArray[Any], name: str) -> Floats:
    """The same numbers as floats, NaN for None; texts are not numbers here, also where they look like some."""
    if values.ndim != 1:
        raise ValueError(f"{name} must hold one number or gap for each client, not lists of them")
    if values.dtype.kind == "O":
        odd = {type(value).__name__ for value in values.flat if not (value is None or isinstance(value, _NUMBERS))}
    else:
        odd = set() if values.dtype.kind in _NUMERIC else {str(values.dtype)}
    if odd:
        raise ValueError(f"{name} must hold numbers or gaps, not {', '.join(sorted(odd))}")
    try:
        return values.astype(np.float64)
    except (OverflowError, ValueError):  # a whole number of 400 digits; a signalling NaN of Decimal
        raise ValueError(f"{name} holds a number that a float of 64 bits cannot hold") from None
