"""The head of the model card: the same facts for programs, as YAML between two lines of dashes, as hubs read them.

Keys are those of the Hugging Face Hub's model cards (license, library_name, pipeline_tag, tags, model-index); ``data``
and ``sha256`` are this project's. Figures that were not measured are left out.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from credit.model.card_file import FENCE, without_head
from credit.training.model_card_figures import Facts

#: The repository's owner has chosen no licence yet; a hub's word for that.
LICENCE = "unknown"

_METRICS = {
    "roc_auc": "ROC AUC",
    "gini": "Gini",
    "ks": "Kolmogorov-Smirnov",
    "brier": "Brier score",
    "calibration_slope": "Calibration slope",
    "refused": "Share refused at the threshold",
}


def head(manifest: Mapping[str, Any]) -> str:
    """The head in YAML, with its two lines of dashes. ``manifest``: as `credit.training.model_card.card` takes it."""
    facts = Facts(manifest)
    simulated = facts.get("data", "simulated")
    measured = [
        {"type": name, "name": said, "value": round(float(value), 6)}
        for name, said in _METRICS.items()
        if (value := facts.get("metrics", name)) is not None
    ]
    data = {
        "simulated": simulated,
        "clients": facts.get("data", "clients"),
        "fingerprint": facts.get("data", "fingerprint"),
    }
    origin = "simulated bank" if simulated else "clients of a bank"
    told = {
        "license": LICENCE,
        "language": ["en"],
        "library_name": "sklearn",
        "pipeline_tag": "tabular-classification",
        "tags": ["credit-scoring", "probability-of-default", "tabular-classification", "mlflow", "lightgbm"],
        "data": {name: value for name, value in data.items() if value is not None},
        "threshold": facts.get("threshold", "best"),
        "sha256": facts.get("files", "model.pkl"),
        "model-index": [
            {
                "name": facts.get("model", "name"),
                "results": [
                    {
                        "task": {"type": "tabular-classification", "name": "probability of default"},
                        "dataset": {
                            "name": f"test clients of a {origin}, on the Home Credit tables",
                            "type": "simulated" if simulated else "private",
                        },
                        "metrics": measured,
                    }
                ],
            }
        ],
    }
    known = {name: value for name, value in told.items() if value is not None}
    return f"{FENCE}{yaml.safe_dump(known, sort_keys=False, allow_unicode=True, width=120)}{FENCE}"


def with_head(card: str, manifest: Mapping[str, Any]) -> str:
    """``card`` with this head in place of the one that it has, or none."""
    return f"{head(manifest)}\n{without_head(card)}"
