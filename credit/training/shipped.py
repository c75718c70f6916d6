"""The shipped model: what is in the bundle, whether a new one equals it, and keeping it in the registry."""

import math
from pathlib import Path

import numpy as np
import polars as pl

from credit.model import Scorer, load_bundle
from credit.model import manifest as manifests
from credit.model.manifest import BundleError
from credit.training import tracking
from credit.training.model_identity import CLOSE, identity, same_values

#: What a manifest says about the export and not about the model.
_OF_EXPORT = ("created", "files", "versions")


def shipped(bundle: str | Path) -> Scorer | None:
    """The model in ``bundle``, None where there is none that can be used.

    Raises ``BundleError`` for a Git LFS pointer: there is a model, and it was only not fetched.
    """
    manifests.check_pointers(bundle)
    try:
        return load_bundle(bundle)
    except BundleError:
        return None


def equal(bundle: str | Path, new: str | Path, judges: pl.DataFrame) -> bool:
    """Whether the bundle ``new`` says and does what ``bundle`` does, the last bits aside.

    ``judges``: features of test clients, (n, k). The same are: columns, threshold, every entry of the manifests but for
    date, hashes and versions, and each client's probability. Bytes are not compared: a pickle of the same trees has
    others on another processor. Raises ``BundleError`` for a ``new`` that cannot be loaded.
    """
    here, other = shipped(bundle), load_bundle(new)
    if here is None or here.columns != other.columns or not math.isclose(here.threshold, other.threshold):
        return False
    if set(here.manifest["files"]) != set(other.manifest["files"]):
        return False
    entries = ({k: v for k, v in one.manifest.items() if k not in _OF_EXPORT} for one in (here, other))
    if not same_values(*entries):
        return False
    x = np.ascontiguousarray(judges.select(here.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy())
    return bool(np.allclose(here.probability(x), other.probability(x), rtol=0, atol=CLOSE))


def registered_as(alias: str) -> Scorer | None:
    """The model with that alias, None where no version has it. Raises ``TrackingError`` for one without files."""
    if alias not in tracking.aliases():
        return None
    with tracking.registered(alias, tracking.BUNDLE) as folder:
        return load_bundle(folder)


def check(bundle: str | Path) -> None:
    """Raise what `register_shipped` would raise, before a training and not after it.

    ``BundleError`` for a Git LFS pointer in ``bundle``, ``TrackingError`` for a champion that has lost its files.
    """
    if shipped(bundle) is not None:
        registered_as(tracking.CHAMPION)


def register_shipped(bundle: str | Path) -> None:
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
