"""What a simulated client is like behind the tables.

A trait is never written to a table and never enters the true probability of default directly: it shapes what the
tables hold (late payments, debts, refusals), and the truth reads only the tables. Each trait is a standard normal
variable; together with the latent scores of the application's columns they are jointly normal, so that a client whose
external scores are good also tends to pay in time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from credit.simulate.portable_arithmetic import weighted

#: Trait -> application column -> correlation of the trait with the latent normal score of that column. A latent score
#: rises with the column's value (DAYS_BIRTH and DAYS_EMPLOYED: rises towards 0, that is, the younger and newer).
LOADINGS: dict[str, dict[str, float]] = {
    "discipline": {"EXT_SOURCE_2": 0.35, "EXT_SOURCE_3": 0.40, "EXT_SOURCE_1": 0.15, "DAYS_BIRTH": -0.08},
    "appetite": {"EXT_SOURCE_3": -0.45, "EXT_SOURCE_2": -0.15, "AMT_INCOME_TOTAL": 0.08},
    "leverage": {"EXT_SOURCE_3": -0.45, "EXT_SOURCE_2": -0.30, "DAYS_BIRTH": 0.08},
    "trend": {"EXT_SOURCE_3": -0.15},
    "tenure": {"EXT_SOURCE_3": 0.35, "EXT_SOURCE_2": 0.25, "DAYS_BIRTH": -0.10, "DAYS_LAST_PHONE_CHANGE": -0.35},
    "wealth": {"AMT_INCOME_TOTAL": 0.45, "AMT_GOODS_PRICE": 0.30, "EXT_SOURCE_2": 0.05},
}


@dataclass(frozen=True)
class Traits:
    """Six arrays of shape (n,), float64, each standard normal over the bank's clients.

    ``discipline``: pays in time. ``appetite``: seeks credit often. ``leverage``: how much is owed against what was
    granted, and how far cards are drawn. ``trend``: payment behaviour and borrowing of the last months against the
    time before; above 0 it gets worse. ``tenure``: how long known to lenders. ``wealth``: size of the amounts.
    """

    discipline: np.ndarray
    appetite: np.ndarray
    leverage: np.ndarray
    trend: np.ndarray
    tenure: np.ndarray
    wealth: np.ndarray

    def __len__(self) -> int:
        return len(self.discipline)

    def __getitem__(self, rows: np.ndarray | slice) -> "Traits":
        """The traits of some clients: ``rows`` as in NumPy indexing."""
        return Traits(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def draw(rng: np.random.Generator, n: int, latents: Mapping[str, np.ndarray] | None = None) -> Traits:
    """Draw the traits of ``n`` clients.

    ``latents``: application column -> array (n,), standard normal; the traits lean on them by ``LOADINGS`` and stay
    standard normal as far as those are. Without them the traits are independent of the application.
    """
    drawn = {}
    for trait, loadings in LOADINGS.items():
        noise = rng.standard_normal(n)
        if latents is None:
            drawn[trait] = noise
            continue
        columns = [column for column in loadings if column in latents]
        scores = np.stack([latents[column] for column in columns])
        weights = np.array([loadings[column] for column in columns])
        leaning = weighted(weights, scores)
        # The scores are correlated with each other, so the variance they explain is theirs, not a sum of squares.
        explained = min(float(leaning.var()), 0.9) if n > 1 else float((weights**2).sum())
        drawn[trait] = leaning + np.sqrt(1.0 - explained) * noise
    return Traits(**drawn)
