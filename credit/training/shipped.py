"""The shipped model in the registry: what is in the bundle, whether it is the registered champion, and keeping it."""

from pathlib import Path

from credit import manifest as manifests
from credit import scorer
from credit.manifest import BundleError
from credit.scorer import Scorer
from credit.training import tracking


def identity(model: Scorer) -> str:
    """What decides: the model and its threshold. A threshold that was applied later makes another one."""
    return f"{model.model_hash} at {model.threshold:g}"


def shipped(bundle: str | Path) -> Scorer | None:
    """The model in ``bundle``, None where there is none that can be used.

    Raises ``BundleError`` for a Git LFS pointer: there is a model, and it was only not fetched.
    """
    manifests.check_pointers(bundle)
    try:
        return scorer.load(bundle)
    except BundleError:
        return None


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
