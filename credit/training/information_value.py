"""Whether knowing more is bought for the right clients: the money that is saved, in the order of the expected worth."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.policy import Policy
from credit.decision.value_of_information import Worth
from credit.features.information_sources import PARTS, Part
from credit.model import Scorer
from credit.training.dataset import Dataset
from credit.training.hiding import Hiding

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bought:
    """What one ``part`` saves, bought for a growing share of the clients who lack it and all of whose rest is known.

    ``share``: (n + 1,) of the clients, from 0 to 1, those first for whom it is expected to be worth most. ``saved``: (n
    + 1,) of what accepting all of them costs. ``random``: (n + 1,) the same for clients drawn at random.
    ``expected``: what the rule itself expects to be saved by buying for all.
    """

    part: Part
    share: Floats
    saved: Floats
    random: Floats
    expected: float

    def times(self, share: float) -> float:
        """How many times as much is saved as at random, where the part is bought for this share of the clients."""
        return float(np.interp(share, self.share, self.saved) / np.interp(share, self.share, self.random))


def bought(model: Scorer, clients: Dataset, part: Part) -> Bought:
    """Ask the model about ``clients`` without the part and with it.

    Money by the true probabilities of a simulated bank, else by the outcomes. Raises ``ValueError`` where the model's
    manifest does not say what knowing more is worth.
    """
    rules = Policy(model)
    if rules.unknown is None:
        raise ValueError("this model's manifest does not say what knowing more would be worth; export the model again")
    hiding = Hiding(clients.columns)
    columns = np.tile([name in part.columns for name in hiding.of_column], (len(clients), 1))
    tables = [np.full(len(clients), table in part.tables) for table in hiding.of_table]
    known = clients.x.astype(np.float64)
    x = hiding.hidden(known, tables, columns)
    before, after = model.probability(x), model.probability(known)
    worth = np.array([_worth(found, part) for found in rules.unknown.of(x, before)])
    chance = clients.defaulted.astype(np.float64) if clients.true_probability is None else clients.true_probability
    costs = Costs.of(model.manifest)
    everybody = money.expected_cost(chance, np.zeros(len(chance)), clients.amount, **costs.to_dict())
    gain = _costs(chance, before >= model.threshold, clients.amount, costs)
    gain -= _costs(chance, after >= model.threshold, clients.amount, costs)
    order = np.argsort(-worth, kind="stable")
    saved = np.concatenate([[0.0], np.cumsum(gain[order])]) / everybody
    share = np.arange(len(chance) + 1) / len(chance)
    return Bought(part, share, saved, share * saved[-1], float(worth.sum() / everybody))


def all_parts(model: Scorer, clients: Dataset) -> list[Bought]:
    """`bought` for each part that the model knows of."""
    known = {row["part"] for row in model.manifest.get("unknown", {}).get("spreads", [])}
    return [bought(model, clients, part) for part in PARTS if part.name in known]


def _worth(found: list[Worth], part: Part) -> float:
    return next((one.worth or 0.0 for one in found if one.part == part), 0.0)


def _costs(chance: Floats, refused: NDArray[np.bool_], amount: Floats, costs: Costs) -> Floats:
    """(n,) expected cost of each decision."""
    return np.where(refused, costs.margin * (1 - chance), costs.loss_given_default * chance) * amount
