"""The exported model decides on numbers in double precision as its training did on the same ones in single.

Trainings hold features in single precision. A service has them in double, and a value that lies within a rounding of a
split could fall to its other side: of some two thousand clients one would get another answer than the one that was
recorded. Rounding to the nearest single number never turns an order round. So there is a largest double number that
rounds to one on the left side of a split, and that is where the exported split lies. Nothing else of the model changes.
A model of another make than LightGBM's trees is wrapped, and rounds what it is handed
(`credit.model.single_precision`).
"""

from copy import copy
from typing import Any

import numpy as np
from lightgbm import Booster

from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated
from credit.model.column_subset import ChosenColumns
from credit.model.lightgbm_fast import trees
from credit.model.single_precision import SinglePrecision
from credit.training.model_text import ModelText, list_of, with_line

#: In LightGBM's decision_type: the split is on a set of categories, and its threshold is the number of that set.
_CATEGORICAL = 1


def for_service(model: Calibrated) -> Calibrated:
    """The same model for numbers in double precision: with other splits, or wrapped where it is no LightGBM's."""
    parts = trees(model)
    if parts is None:
        inner: Any = model.estimator
        return model if isinstance(inner, SinglePrecision) else Calibrated(SinglePrecision(inner), model.calibration)
    booster = Booster(model_str=widened(parts.booster.model_to_string(num_iteration=-1)))
    inner = model.estimator
    if isinstance(inner, ChosenColumns):
        inner = inner.estimator
    inner = copy(inner)
    if isinstance(inner, Boosted):
        inner.booster = booster
    else:
        inner._Booster = booster  # LightGBM's own classifier has no call for it
    if isinstance(model.estimator, ChosenColumns):
        inner = ChosenColumns(inner, model.estimator.positions, model.estimator.columns)
    return Calibrated(inner, model.calibration)


def widened(text: str) -> str:
    """The text of a LightGBM model with each threshold moved to `last_on_the_left`."""
    model = ModelText.of(text)
    return str(ModelText(model.head, tuple(_moved(tree) for tree in model.trees), model.tail))


def _moved(tree: str) -> str:
    if list_of("num_leaves", tree)[0] == 1:
        return tree
    kinds = list_of("decision_type", tree)

    def moved(thresholds: str) -> str:
        pairs = zip(thresholds.split(), kinds, strict=True)
        return " ".join(old if kind & _CATEGORICAL else f"{last_on_the_left(float(old)):.17g}" for old, kind in pairs)

    return with_line("threshold", moved, tree)


def last_on_the_left(threshold: float) -> float:
    """The largest double number that is at most ``threshold`` once it is rounded to single precision."""
    below = np.float32(threshold)
    if float(below) > threshold:
        below = np.nextafter(below, np.float32(-np.inf))
    above = np.nextafter(below, np.float32(np.inf))
    if not np.isfinite(above):
        return threshold
    middle = (float(below) + float(above)) / 2  # exact: a double has more than twice the digits
    # A number in the very middle is rounded to the even one of its neighbours.
    return middle if np.float32(middle) == below else float(np.nextafter(middle, -np.inf))
