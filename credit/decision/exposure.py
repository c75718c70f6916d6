"""How much is lent at which probability of default: all that a change of costs needs, and no client in it.

The amounts of the training clients, summed between one threshold and the next, apart for those who repaid and those
who defaulted. From them follow, exactly, the cost at every threshold for any margin and any loss given default: a new
threshold needs neither a training nor a client. The sums of squared amounts say how sure a difference in cost is, the
sums of each fold whether a search on the others would have gained on it, and the numbers of clients by probability and
amount how many a review would pay for.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.review import Plan, Review, at_stake

Floats = NDArray[np.float64]

#: Two-sided normal quantile of a 95 % interval.
_Z95 = 1.959964
#: Clients are counted by so many sizes of loan for each power of ten: 26 % from one to the next.
SIZES = 10
#: A cell of the counts is cut into so many parts each way where clients are ordered by what is at stake.
_PARTS = 8
_SUMS = ("defaulted", "repaid", "defaulted_squares", "repaid_squares")


@dataclass(frozen=True)
class Exposure:
    """Arrays (100,): element k is about the clients whose probability lies in [k / 100, (k + 1) / 100).

    - ``defaulted``: sums of AMT_CREDIT of those who defaulted, in its currency, >= 0
    - ``repaid``: sums of AMT_CREDIT of those who repaid, in its currency, >= 0
    - ``defaulted_squares``: sums of AMT_CREDIT squared of those who defaulted, in the currency squared, >= 0
    - ``repaid_squares``: sums of AMT_CREDIT squared of those who repaid, in the currency squared, >= 0
    - ``folds``: the same of the clients of each fold; empty where no folds were given
    - ``clients``: array (n, 3) of whole numbers k, j and the number of clients of element k who borrow from
      10 ** (j / SIZES) up to the next such amount; None in what earlier versions wrote
    """

    defaulted: Floats
    repaid: Floats
    defaulted_squares: Floats
    repaid_squares: Floats
    folds: tuple["Exposure", ...] = ()
    clients: NDArray[np.int64] | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls, defaulted: ArrayLike, probability: ArrayLike, amount: ArrayLike, fold: ArrayLike | None = None
    ) -> "Exposure":
        """Of clients whose probabilities come from models that had not seen them; arrays (n_clients,).

        ``defaulted``: 0/1. ``probability``: of default, in [0, 1]. ``amount``: AMT_CREDIT, in its currency. ``fold``:
        the number of each client's fold; None keeps no sums by fold. Raises ``ValueError`` where the shapes differ.
        """
        y, p, loan = (np.asarray(values, dtype=np.float64) for values in (defaulted, probability, amount))
        if not y.shape == p.shape == loan.shape or y.ndim != 1:
            raise ValueError(
                f"one outcome, probability and amount a client, but have {y.shape}, {p.shape}, {loan.shape}"
            )
        bins, size = np.searchsorted(money.THRESHOLDS, p, side="right"), len(money.THRESHOLDS) + 1

        def summed(values: Floats) -> Floats:
            return np.bincount(bins, values, minlength=size).astype(np.float64)

        parts: tuple[Exposure, ...] = ()
        if fold is not None:
            number = np.asarray(fold)
            parts = tuple(cls.of(y[here], p[here], loan[here]) for here in (number == one for one in np.unique(number)))
        good = 1 - y
        return cls(
            defaulted=summed(loan * y),
            repaid=summed(loan * good),
            defaulted_squares=summed(loan**2 * y),
            repaid_squares=summed(loan**2 * good),
            folds=parts,
            clients=_counted(bins, loan),
        )

    def curve(self, costs: Costs) -> Floats:
        """The cost at each of ``cost.THRESHOLDS``, (99,): what ``cost.cost_curve`` gives (`credit.decision.cost`)."""
        return _curve(self.defaulted, self.repaid, costs)

    def redrawn(self, costs: Costs, repeats: int = 500, seed: int = 0) -> Floats:
        """(repeats, 99): the curve on clients drawn anew, as many as come (Poisson), each sum apart from the others.

        The variance of a sum over clients drawn anew is the sum of the squares; the normal distribution stands in for
        the draw of the clients themselves, who are not here. `credit.training.bootstrap.redraw` draws them.
        """
        rng = np.random.default_rng(seed)
        bad, good = (
            np.maximum(sums + np.sqrt(squares) * rng.standard_normal((repeats, len(sums))), 0.0)
            for sums, squares in ((self.defaulted, self.defaulted_squares), (self.repaid, self.repaid_squares))
        )
        return _curve(bad, good, costs)

    def cost(self, threshold: float, costs: Costs) -> float:
        """The cost of refusing from a threshold in [0, 1] on.

        Exact for a whole hundredth. Between two of them the amounts are taken to lie evenly, since what is kept says
        nothing of the place within a hundredth.
        """
        ends = [costs.margin * self.repaid.sum(), *self.curve(costs), self.accept_everybody(costs)]
        return float(np.interp(threshold, np.arange(len(ends)) / 100, ends))

    def accept_everybody(self, costs: Costs) -> float:
        """The cost of refusing nobody."""
        return float(costs.loss_given_default * self.defaulted.sum())

    def variance(self, low: float, high: float, costs: Costs) -> float:
        """Of the difference in cost of refusing from ``low`` and from ``high`` on, for clients drawn anew."""
        squares = costs.loss_given_default**2 * self.defaulted_squares + costs.margin**2 * self.repaid_squares
        below = np.concatenate([[0.0], np.cumsum(squares)])
        at_low, at_high = np.interp([low, high], np.arange(len(below)) / 100, below)
        return float(abs(at_high - at_low))

    def alike(self, threshold: float, costs: Costs) -> tuple[float, float]:
        """The lowest and the highest threshold that cannot be told apart from this one by what they cost.

        Two are told apart where the difference in cost is more than 1.96 standard errors from 0. The bootstrap of
        ``credit.training`` gives the same interval from the clients themselves.
        """
        more = self.curve(costs) - self.cost(threshold, costs)
        error = np.sqrt([self.variance(one, threshold, costs) for one in money.THRESHOLDS])
        return ends(np.abs(more) <= _Z95 * error, threshold)

    def review(self, plan: Plan, costs: Costs) -> Review:
        """The review of a plan among these clients; a capacity is met to within some thousandths of the clients.

        Raises ``ValueError`` for a capacity where the clients were not counted.
        """
        if plan.capacity is None:
            assert plan.cost is not None  # a plan has one of both
            return Review(plan.cost, plan.skill)
        stake, weight = self._stakes(costs)
        order = np.argsort(-stake, kind="stable")
        reviewed = np.cumsum(weight[order]) / weight.sum()
        if plan.capacity == 0:
            return Review(np.inf, plan.skill, 0.0)
        place = int(np.searchsorted(reviewed, plan.capacity))
        least = 0.0 if place >= len(stake) - 1 else float(stake[order][place])
        return Review(plan.skill * least, plan.skill, plan.capacity)

    def referred(self, review: Review, costs: Costs) -> float:
        """The share of these clients for whom a review pays, as nearly as the counts tell. Errors as `review`."""
        stake, weight = self._stakes(costs)
        return float(weight[review.skill * stake > review.cost].sum() / weight.sum())

    def _stakes(self, costs: Costs) -> tuple[Floats, Floats]:
        """What is at stake in each part of a cell, and how many clients are there, evenly spread in the cell."""
        if self.clients is None or not len(self.clients):
            raise ValueError(
                "this model's manifest does not count its clients by amount, so no capacity can be met from it; give "
                "the cost of a review (--review-cost), or train again"
            )
        within = (np.arange(_PARTS) + 0.5) / _PARTS
        hundredth, size, count = (self.clients[:, place, None, None] for place in range(3))
        p = (hundredth + within[None, :, None]) / 100
        amount = 10 ** ((size + within[None, None, :]) / SIZES)
        p, amount, weight = np.broadcast_arrays(p, amount, count / _PARTS**2)
        return at_stake(p.ravel(), amount.ravel(), costs), weight.ravel()

    def written(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        full: dict[str, Any] = {name: np.round(getattr(self, name), 2).tolist() for name in _SUMS}
        if self.folds:
            full["folds"] = [
                {name: [float(f"{value:.9g}") for value in getattr(part, name).tolist()] for name in _SUMS}
                for part in self.folds
            ]
        return full if self.clients is None else {**full, "clients": self.clients.tolist()}

    @classmethod
    def read(cls, written: dict[str, Any]) -> "Exposure":
        """From a manifest. Raises ``KeyError``, ``TypeError`` or ``ValueError`` where ``written`` did not give it."""
        sums = {name: np.asarray(written[name], dtype=np.float64) for name in _SUMS}
        if any(part.shape != (len(money.THRESHOLDS) + 1,) for part in sums.values()):
            raise ValueError("an exposure has a sum for each hundredth of probability")
        counts = written.get("clients")
        clients = None if counts is None else np.asarray(counts, dtype=np.int64).reshape(-1, 3)
        return cls(**sums, folds=tuple(cls.read(one) for one in written.get("folds", ())), clients=clients)


def _curve(defaulted: Floats, repaid: Floats, costs: Costs) -> Floats:
    """(..., 99) of sums (..., 100)."""
    lost = np.cumsum(defaulted, axis=-1)[..., :-1]
    everything: Floats = repaid.sum(axis=-1, keepdims=True)
    forgone = everything - np.cumsum(repaid, axis=-1)[..., :-1]
    return costs.loss_given_default * lost + costs.margin * forgone


def _counted(bins: NDArray[np.int64], loan: Floats) -> NDArray[np.int64]:
    """(n, 3): hundredth, size of the loan, clients; loans of 0 have nothing at stake and count as loans of 1."""
    size = np.floor(np.log10(np.maximum(loan, 1.0)) * SIZES).astype(np.int64)
    cells, counts = np.unique(np.column_stack([bins, size]), axis=0, return_counts=True)
    return np.column_stack([cells, counts]).astype(np.int64)


def ends(same: NDArray[np.bool_], threshold: float) -> tuple[float, float]:
    """The lowest and the highest threshold of those marked in ``same`` (99,), and of ``threshold`` itself."""
    marked = np.append(money.THRESHOLDS[same], threshold)
    return float(marked.min()), float(marked.max())
