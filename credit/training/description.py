"""What stands beside a model for other programs, written anew for a bundle that is there: no training is needed."""

from pathlib import Path

from credit.model import load_bundle
from credit.training import mlflow_flavour
from credit.training.model_card import NAME, card
from credit.training.model_card_head import with_head


def describe(bundle: str | Path) -> None:
    """Write into ``bundle`` what MLflow and hubs read of it: MLmodel, example, code, requirements, head of the card.

    Model, columns, threshold, profile and the card's text stay. A bundle without a card gets one from its manifest.
    Raises ``BundleError`` for a folder that cannot be loaded.
    """
    bundle = Path(bundle)
    loaded = load_bundle(bundle)
    there = bundle / NAME
    if there.is_file():
        page = with_head(there.read_text(encoding="utf-8"), loaded.manifest)
    else:
        page = card(loaded.manifest, columns=loaded.columns)
    mlflow_flavour.renew(bundle, {NAME: page})
