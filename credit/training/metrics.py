"""What is measured of a model on clients it has not seen."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, roc_auc_score

from credit import cost as money


def measure(
    defaulted: ArrayLike,
    probability: ArrayLike,
    amount: ArrayLike,
    threshold: float,
    margin: float = money.MARGIN,
    loss_given_default: float = money.LOSS_GIVEN_DEFAULT,
) -> dict[str, float]:
    """Metrics of probabilities of default and of the decisions that the threshold makes of them.

    Arrays (n_clients,). ``roc_auc`` and ``brier`` come from the probabilities; ``accuracy`` and ``f1`` (of default)
    from the decisions; ``cost`` in the currency of ``amount``; ``saving`` as a share of what accepting everybody costs;
    ``refused`` the share of clients refused.
    """
    y, p = np.asarray(defaulted), np.asarray(probability, dtype=np.float64)
    refused = p >= threshold
    cost = money.cost(y, refused, amount, margin, loss_given_default)
    return {
        "accuracy": float(accuracy_score(y, refused)),
        "roc_auc": float(roc_auc_score(y, p)),
        "f1": float(f1_score(y, refused, zero_division=0)),
        "brier": float(brier_score_loss(y, p)),
        "refused": float(refused.mean()),
        "cost": cost,
        "saving": money.saving(cost, money.accept_everybody(y, amount, loss_given_default)),
    }
