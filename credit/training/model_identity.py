"""What makes two shipped models the same one: that they decide alike, whenever and wherever they were exported."""

import math
from typing import Any

from credit.decision.cost import Costs
from credit.decision.review import Review
from credit.model import Scorer

#: So far apart may the probabilities of one client be that two trainings of the same model give, on two processors.
CLOSE = 1e-9
#: And the numbers in their manifests, in relation to their size: some come from sums and searches.
CLOSE_IN_MANIFEST = 1e-6
#: What a manifest says of a training: two that agree on all of it have made the same model.
_OF_TRAINING = ("data", "model", "calibration", "metrics")


def identity(model: Scorer) -> str:
    """What decides: the model, its threshold, what errors cost and who is reviewed.

    Other costs or another review that were applied later make another one, as another threshold does. Raises
    ``ValueError`` for a manifest whose costs or review cannot be read.
    """
    costs, review = Costs.of(model.manifest), Review.of(model.manifest)
    parts = [
        f"{model.model_hash} at {model.threshold!r}",
        f"margin {costs.margin!r}",
        f"loss given default {costs.loss_given_default!r}",
    ]
    if review is not None:
        parts.append(f"review for {review.cost!r} with skill {review.skill!r}")
    return ", ".join(parts)


def alike(one: Scorer, other: Scorer) -> bool:
    """Whether both decide alike: the same file at the same threshold, costs and review, or two trainings of one model.

    The same trees do not make the same bytes: pickles of one forest differ between two loads of it. So of two files the
    manifests say it: the same data, parameters, calibration and figures, but for last bits.
    """
    here, there = identity(one), identity(other)
    if here == there:
        return True
    if here.removeprefix(one.model_hash) != there.removeprefix(other.model_hash) or one.columns != other.columns:
        return False
    mine, others = dict(one.manifest), dict(other.manifest)
    return all(name in mine and name in others and same_values(mine[name], others[name]) for name in _OF_TRAINING)


def same_values(one: Any, other: Any) -> bool:
    """Whether two values of JSON are equal, numbers but for last bits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_values(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_values, one, other))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=CLOSE_IN_MANIFEST, abs_tol=CLOSE)
    return bool(one == other)
