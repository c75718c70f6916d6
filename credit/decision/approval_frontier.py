"""How much is lost for how many approvals: the frontier of a model on given clients, and where a policy lies.

Accepting a client of probability p whose loan A loses p * l * A in expectation and earns the margin m with the chance
1 - p. Clients are ranked by what accepting costs less what refusing costs, for each unit of the loan,

    p * l - (1 - p) * m,        which is 0 at the break-even probability m / (m + l),

and the k clients of lowest rank are accepted, for every k. Where all have the same m and l that is the ranking by p, so
that a policy of one threshold lies on the frontier. One of rules, or of a threshold that the costs do not imply, lies
above it: the vertical distance is what the rule costs for as many approvals. Source: D. J. Hand and W. E. Henley,
Statistical Classification Methods in Consumer Credit Scoring, JRSS A 160, 1997, section 5 (strategy curve).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.decision.segments import ClientTerms
from credit.model.quantities import Count, NotNegative, Share

Floats = NDArray[np.float64]

#: The frontier has a point at each of so many steps of the share of approvals.
STEPS = 100


@dataclass(frozen=True)
class Approvals:
    """What so many approvals cost.

    - ``share``: of the clients who are accepted, in [0, 1]
    - ``clients``: how many that are
    - ``loss``: what their loans lose in expectation, in the currency of AMT_CREDIT
    - ``cost``: the loss, and the margin forgone with those who are refused; less is better
    """

    share: Share
    clients: Count
    loss: NotNegative
    cost: NotNegative


@dataclass(frozen=True)
class Frontier:
    """The line of the lowest loss, and two policies; a client whom a policy refers counts as its threshold decides.

    - ``points``: from no approval to all, in steps of a hundredth
    - ``best``: the point of least cost
    - ``old``: the old policy
    - ``new``: the new one
    """

    points: tuple[Approvals, ...]
    best: Approvals
    old: Approvals
    new: Approvals


def frontier(
    probability: Floats, amount: Floats, terms: ClientTerms, old: NDArray[np.bool_], new: NDArray[np.bool_]
) -> Frontier:
    """Of n clients; arrays (n,): ``probability`` of default, ``amount`` AMT_CREDIT, whom ``old`` and ``new`` refuse.
    ``terms``: each client's margin and loss given default.

    Three loans of 100 with a margin of 0.2 and a loss of 1. Accepting the first alone loses 5 and forgoes 18 and 10:

    >>> from credit.decision.cost import Costs
    >>> p, refused = np.array([0.05, 0.10, 0.50]), np.array([False, True, True])
    >>> found = frontier(p, np.full(3, 100.0), ClientTerms.same(3, 1 / 6, Costs(0.2, 1.0)), refused, ~refused)
    >>> found.old
    Approvals(share=0.3333333333333333, clients=1, loss=5.0, cost=33.0)
    >>> (found.best.clients, round(found.best.cost, 9)), (found.new.clients, found.new.loss)
    ((2, 25.0), (2, 60.0))
    """
    loss = probability * terms.loss_given_default * amount
    forgone = (1 - probability) * terms.margin * amount
    rank = np.argsort(probability * terms.loss_given_default - (1 - probability) * terms.margin, kind="stable")
    lost = np.concatenate([[0.0], np.cumsum(loss[rank])])
    left = np.concatenate([[0.0], np.cumsum(forgone[rank])])
    n = len(probability)
    costs = lost + left[-1] - left

    def at(k: int) -> Approvals:
        return Approvals(k / n, k, float(lost[k]), float(costs[k]))

    def of(refused: NDArray[np.bool_]) -> Approvals:
        accepted = int((~refused).sum())
        own = float(loss[~refused].sum())
        return Approvals(accepted / n, accepted, own, own + float(forgone[refused].sum()))

    steps = dict.fromkeys(round(n * step / STEPS) for step in range(STEPS + 1))
    return Frontier(tuple(at(k) for k in steps), at(int(np.argmin(costs))), of(old), of(new))
