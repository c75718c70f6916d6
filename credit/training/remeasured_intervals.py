"""The intervals of a bundle that was exported without them, or measured on fewer clients: from its test clients."""

from pathlib import Path

import numpy as np

from credit.decision.cost import Costs
from credit.decision.policy import Policy
from credit.model import load_bundle, rewrite_bundle
from credit.model.manifest import MANIFEST, BundleError
from credit.model.manifest_parts import Intervals, Manifest
from credit.program import PROGRAM
from credit.training import interval_tables
from credit.training.interval_tables import HeldOut
from credit.training.remeasure import clients_held_out


def measure(bundle: str | Path, folder: str | Path) -> Intervals:
    """How sure the answers of the model in ``bundle`` are, on its test clients in ``folder``, the tables that it was
    trained on.

    Raises what `credit.training.remeasure.measure` does, and ``BundleError`` for a bundle that does not say how far
    answers spread.
    """
    model = load_bundle(bundle)
    if (unknown := Policy(model).unknown) is None:
        raise BundleError(
            f"{Path(bundle) / MANIFEST} does not say how far answers spread where less is known, which intervals are "
            f"made of; retrain with this version: {PROGRAM} train"
        )
    test, x = clients_held_out(model, bundle, folder, Costs.of(model.manifest))
    truth = test["TRUE_PROBABILITY"].to_numpy() if "TRUE_PROBABILITY" in test.columns else None
    held_out = HeldOut(x, test["TARGET"].to_numpy().astype(np.int64), truth)
    return interval_tables.measured(model.probability, model.columns, unknown, held_out)


def apply(bundle: str | Path, found: Intervals) -> None:
    """Write intervals into the manifest of ``bundle``. Model, threshold and costs stay as they are, and so does every
    decision: the log names the same model.

    The folder is written anew in another place and renamed. Raises ``BundleError``.
    """

    def changed(manifest: Manifest) -> Manifest:
        return {**manifest, "intervals": found}

    rewrite_bundle(bundle, load_bundle(bundle).threshold, changed)
