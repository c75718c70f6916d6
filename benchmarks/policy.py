"""What the shipped policy saves on clients it has never seen, beside the best threshold: the part "policy".

Clients of the simulated bank are drawn anew. Savings are expected ones, by the true probabilities with which outcomes
are drawn, in per cent of what accepting everybody costs. The best threshold is found on the same clients with the truth
in hand, which nobody has: it is the most that any threshold on this model could save.
"""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from credit.decision.cost import Costs
from credit.decision.review import REFER, Review, costs_with_reviews, decided
from credit.model import load_bundle
from credit.simulate import simulate
from credit.training.dataset import dataset, prepare
from credit.training.review_savings import threshold_costs

Floats = NDArray[np.float64]

BUNDLE = Path(__file__).parents[1] / "mlruns_reduced"
#: The shipped threshold saves at least so much of what the best one does.
RIGHT = 0.99


def best_threshold(p: Floats, truth: Floats, amount: Floats, costs: Costs) -> tuple[float, float]:
    """The threshold of least expected cost, and that cost; arrays (n_clients,).

    Every probability that a client has is tried, and one above all: who is refused costs the margin if good, who is
    accepted the loss if bad.
    """
    order = np.argsort(p)
    refused, accepted = costs.margin * (1 - truth) * amount, costs.loss_given_default * truth * amount
    more = np.concatenate([[0.0], np.cumsum((accepted - refused)[order])])  # accepting the k of the lowest probability
    tried = np.append(np.unique(p), np.inf)
    spent = refused.sum() + more[np.searchsorted(p[order], tried)]
    at = int(np.argmin(spent))
    return float(tried[at]), float(spent[at])


def policy(clients: int, seed: int) -> bool:
    """Print the savings. Returns whether the shipped threshold saves `RIGHT` of what the best one does."""
    model = load_bundle(BUNDLE)
    with tempfile.TemporaryDirectory() as place:
        data = dataset(prepare(simulate(Path(place) / "bank", clients, seed=seed), seed=seed))
    truth, amount = data.true_probability, data.amount
    assert truth is not None  # the bank is simulated
    x = np.ascontiguousarray(data.x[:, [data.columns.index(name) for name in model.columns]])
    p, costs, review = model.probability(x), Costs.of(model.manifest), Review.of(model.manifest)
    everybody = float(threshold_costs(truth, np.zeros(clients), amount, costs).sum())

    def saved(spent: float) -> float:
        return 100 * (1 - spent / everybody)

    by_threshold = threshold_costs(truth, p >= model.threshold, amount, costs)
    referred = decided(p, amount, model.threshold, costs, review) == REFER
    served = float(costs_with_reviews(by_threshold, referred, review).sum())
    best, least = best_threshold(p, truth, amount, costs)
    perfect = threshold_costs(truth, truth >= costs.break_even, amount, costs)
    share = saved(float(by_threshold.sum())) / saved(least)
    print(f"{clients:,} fresh simulated clients, {truth.mean():.2%} default; saved in expectation, in per cent:")
    print(f"  the shipped threshold {model.threshold:.4f}  {saved(float(by_threshold.sum())):6.2f}")
    print(f"  the best threshold    {best:.4f}  {saved(least):6.2f}")
    print(f"  with reviews, as served       {saved(served):6.2f}   ({referred.mean():.1%} referred)")
    print(f"  the true probability          {saved(float(perfect.sum())):6.2f}")
    print(f"The shipped threshold saves {share:.2%} of what the best one does. Right value: {RIGHT:.0%} at least.")
    return share >= RIGHT
