"""The shipped model: what is in the bundle, whether a new one equals it, and keeping it in the registry."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit import manifest as manifests
from credit import scorer
from credit.manifest import BundleError
from credit.scorer import Scorer
from credit.training import tracking

#: So far apart may the probabilities of one client be that two trainings of the same model give, on two processors.
CLOSE = 1e-9
#: And the numbers in their manifests, in relation to their size: some come from sums and searches.
CLOSE_IN_MANIFEST = 1e-6
#: What a manifest says about the export and not about the model.
_OF_EXPORT = ("created", "files", "versions")


def identity(model: Scorer) -> str:
    """What decides: the model, its threshold, what errors cost and who is referred.

    A threshold, costs or reviews that were applied later make another one.
    """
    costs, review = (json.dumps(model.manifest.get(name), sort_keys=True) for name in ("costs", "review"))
    return f"{model.model_hash} at {model.threshold!r}, costs {costs}, review {review}"


def shipped(bundle: str | Path) -> Scorer | None:
    """The model in ``bundle``, None where there is none that can be used.

    Raises ``BundleError`` for a Git LFS pointer: there is a model, and it was only not fetched.
    """
    manifests.check_pointers(bundle)
    try:
        return scorer.load(bundle)
    except BundleError:
        return None


def equal(bundle: str | Path, new: str | Path, judges: pl.DataFrame) -> bool:
    """Whether the bundle ``new`` says and does what ``bundle`` does, the last bits aside.

    ``judges``: features of test clients, (n, k). The same are: columns, threshold, every entry of the manifests but for
    date, hashes and versions, and each client's probability. Bytes are not compared: a pickle of the same trees has
    others on another processor. Raises ``BundleError`` for a ``new`` that cannot be loaded.
    """
    here, other = shipped(bundle), scorer.load(new)
    if here is None or here.columns != other.columns or not math.isclose(here.threshold, other.threshold):
        return False
    if set(here.manifest["files"]) != set(other.manifest["files"]):
        return False
    entries = ({k: v for k, v in one.manifest.items() if k not in _OF_EXPORT} for one in (here, other))
    if not _same(*entries):
        return False
    x = np.ascontiguousarray(judges.select(here.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy())
    return bool(np.allclose(here.probability(x), other.probability(x), rtol=0, atol=CLOSE))


def _same(one: Any, other: Any) -> bool:
    """Whether two values of JSON are equal, numbers but for last bits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=CLOSE_IN_MANIFEST, abs_tol=CLOSE)
    return bool(one == other)


def registered_as(alias: str) -> Scorer | None:
    """The model with that alias, None where no version has it. Raises ``TrackingError`` for one without files."""
    if alias not in tracking.aliases():
        return None
    with tracking.registered(alias, tracking.BUNDLE) as folder:
        return scorer.load(folder)


def check(bundle: str | Path) -> None:
    """Raise what `keep` would raise, before a training and not after it.

    ``BundleError`` for a Git LFS pointer in ``bundle``, ``TrackingError`` for a champion that has lost its files.
    """
    if shipped(bundle) is not None:
        registered_as(tracking.CHAMPION)


def keep(bundle: str | Path) -> None:
    """Register the model in ``bundle`` as the champion where it is not: as the one that a repository ships, or one
    with another threshold than it was registered with. Other aliases stay as they are.
    """
    here = shipped(bundle)
    if here is None:
        return
    champion = registered_as(tracking.CHAMPION)
    if champion is not None and identity(champion) == identity(here):
        return
    before = tracking.aliases()
    with tracking.run("Shipped Model") as run:
        run.folder(Path(bundle), tracking.BUNDLE)
        run.register(Path(bundle), champion=True)
    for alias in (tracking.CHALLENGER, tracking.PREVIOUS):
        if alias in before:
            tracking.set_alias(alias, before[alias])
