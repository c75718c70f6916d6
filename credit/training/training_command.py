"""The command that trained a model, as its manifest says: the model card and the evidence pack name it."""

import re
import shlex
from collections.abc import Mapping
from typing import Any


def training_command(manifest: Mapping[str, Any], program: str = "credit") -> str:
    """The command of the training, as the manifest keeps it in ``model.command``.

    Older manifests keep none: for these it is made from data, size, seed, columns left out, costs and reviews, and
    ``program`` is how the program is called in it. A command that was kept stays as it is.

    >>> training_command({"data": {"folder": "bank"}, "model": {"seed": 7}, "costs": {"margin": 0.19}})
    'credit train bank --seed 7 --margin 0.19'
    >>> training_command({"model": {"command": "python -m credit challenge bank --explored 0.3"}})
    'python -m credit challenge bank --explored 0.3'
    """
    data, model = manifest.get("data") or {}, manifest.get("model") or {}
    if model.get("command"):
        return str(model["command"])
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


def trials_of(manifest: Mapping[str, Any]) -> int | None:
    """How many trials the search was asked for, where the command that the manifest keeps says so, else None.

    >>> trials_of({"model": {"command": "python -m credit train bank --trials 2"}})
    2
    """
    found = re.search(r"--trials[ =](\d+)", str((manifest.get("model") or {}).get("command") or ""))
    return None if found is None else int(found[1])


def _review(review: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    if review is None:
        return []
    capacity = review.get("capacity")
    of_cost = ("--review-cost", review.get("cost")) if capacity is None else ("--review-capacity", capacity)
    return [of_cost, ("--review-skill", review.get("skill"))]
