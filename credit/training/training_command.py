"""The command that trains a model again, as far as its manifest says: the model card and the evidence pack name it."""

import shlex
from collections.abc import Mapping
from typing import Any


def training_command(manifest: Mapping[str, Any], program: str = "credit") -> str:
    """What trains this model again: data, size, seed, columns left out, costs, reviews. ``program``: how it is called.

    >>> training_command({"data": {"folder": "bank"}, "model": {"seed": 7}, "costs": {"margin": 0.19}})
    'credit train bank --seed 7 --margin 0.19'
    """
    data, model = manifest.get("data") or {}, manifest.get("model") or {}
    costs = manifest.get("costs") or {}
    words = [*program.split(), "train", data.get("folder") or "FOLDER"]
    for option, value in (
        ("--clients", model.get("clients")),
        ("--seed", model.get("seed")),
        ("--without", ",".join(data["without"]) if data.get("without") else None),
        ("--label-one-means", data.get("label_one_means")),
        ("--margin", costs.get("margin")),
        ("--lgd", costs.get("loss_given_default")),
        *_review(manifest.get("review")),
    ):
        if value is not None:
            words += [option, f"{value:.10g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)


def _review(review: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    if review is None:
        return []
    capacity = review.get("capacity")
    of_cost = ("--review-cost", review.get("cost")) if capacity is None else ("--review-capacity", capacity)
    return [of_cost, ("--review-skill", review.get("skill"))]
