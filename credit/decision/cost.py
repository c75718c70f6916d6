"""What a wrong decision costs, and the threshold that follows from it.

A client whose probability of default is at or above the threshold t is refused. With the amount of the loan A_i, the
margin m and the loss given default l,

    C(t) = l * sum of A_i over defaulters below t  +  m * sum of A_i over good clients at or above t.

The first sum is the false negatives (the loan is lost), the second the false positives (its margin is forgone). Costs
are positive and in the currency of AMT_CREDIT; less is better. Accepting client i costs p * l * A_i in expectation and
refusing (1 - p) * m * A_i: the amount cancels, and accepting is right if and only if p < m / (m + l).
Source: C. Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001, equation 2.

Five clients with loans of 100, the fourth and the fifth default. From 0.16 on the third is refused, and 19 of margin
are forgone; the fourth is accepted, and 100 are lost. From 0.10 on both who default are refused:

>>> defaulted, amount = [0, 0, 0, 1, 1], [100, 100, 100, 100, 100]
>>> probability = [0.02, 0.05, 0.20, 0.12, 0.40]
>>> cost_curve(defaulted, probability, amount, thresholds=[0.10, 0.16]).tolist()
[19.0, 119.0]
>>> refused = [p >= 0.10 for p in probability]
>>> cost(defaulted, refused, amount)
19.0
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: What a good loan earns, as a share of AMT_CREDIT (0.19: the convention of the system that this project follows).
MARGIN = 0.19
#: What a defaulted loan loses, as a share of AMT_CREDIT.
LOSS_GIVEN_DEFAULT = 1.0
#: The thresholds among which the best is searched: 0.01, 0.02, ..., 0.99.
THRESHOLDS: NDArray[np.float64] = np.arange(1, 100) / 100

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Costs:
    """What errors cost, as shares of AMT_CREDIT: one value for training, decisions and all that is said of them.

    - ``margin``: forgone with a refused client who would have repaid, share of AMT_CREDIT, finite, > 0
    - ``loss_given_default``: lost with an accepted client who defaults, share of AMT_CREDIT, finite, > 0

    Raises ``ValueError`` for a share outside its range.
    """

    margin: float = MARGIN
    loss_given_default: float = LOSS_GIVEN_DEFAULT

    def __post_init__(self) -> None:
        _check_shares(self.margin, self.loss_given_default)

    @property
    def break_even(self) -> float:
        """The probability of default at which accepting and refusing cost the same."""
        return break_even_probability(self.margin, self.loss_given_default)

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> "Costs":
        """Those under ``costs`` in a model's manifest; the usual ones where there is no such part.

        Versions that did not write that part knew no other costs. Raises ``ValueError`` for a part that lacks a share,
        or whose shares are not numbers above 0.
        """
        written = manifest.get("costs")
        if written is None:
            return cls()
        try:
            return cls(float(written["margin"]), float(written["loss_given_default"]))
        except (KeyError, TypeError):
            raise ValueError(
                f"costs must give margin and loss_given_default as shares of the loan, not {written!r}"
            ) from None

    def to_dict(self) -> dict[str, float]:
        """As the manifest has them, and as keyword arguments of this module's functions."""
        return asdict(self)


def break_even_probability(margin: float = MARGIN, loss_given_default: float = LOSS_GIVEN_DEFAULT) -> float:
    """The probability of default at which accepting and refusing cost the same: m / (m + l), 0.1597 by default.

    There a loan of 100 loses as much in expectation as a refusal forgoes:

    >>> p = break_even_probability(margin=0.19, loss_given_default=1.0)
    >>> round(p, 4)
    0.1597
    >>> round(100 * 1.0 * p, 2), round(100 * 0.19 * (1 - p), 2)
    (15.97, 15.97)

    A bank that gets half of a defaulted loan back accepts more clients:

    >>> round(break_even_probability(margin=0.19, loss_given_default=0.5), 4)
    0.2754

    Raises ``ValueError`` where a share is not positive.
    """
    _check_shares(margin, loss_given_default)
    return margin / (margin + loss_given_default)


def client_costs(
    defaulted: ArrayLike,
    refused: ArrayLike,
    amount: ArrayLike,
    margin: float = MARGIN,
    loss_given_default: float = LOSS_GIVEN_DEFAULT,
) -> Floats:
    """What each decision costs, array (n_clients,), in the currency of ``amount``.

    ``defaulted``, ``refused``: arrays (n_clients,) of 0/1. ``amount``: (n_clients,), AMT_CREDIT, >= 0. ``margin``,
    ``loss_given_default``: shares of ``amount``, > 0. Raises ``ValueError`` where lengths differ, a value is missing or
    an amount is negative.
    """
    _check_shares(margin, loss_given_default)
    bad, no, loan = _checked(defaulted, refused, amount)
    return loan * (loss_given_default * bad * (1 - no) + margin * (1 - bad) * no)


def cost(
    defaulted: ArrayLike,
    refused: ArrayLike,
    amount: ArrayLike,
    margin: float = MARGIN,
    loss_given_default: float = LOSS_GIVEN_DEFAULT,
) -> float:
    """The cost of all decisions together: the sum of ``client_costs``, with its arguments and errors.

    ``defaulted``, ``refused``, ``amount``: arrays (n_clients,). ``margin``, ``loss_given_default``: shares of
    ``amount``, > 0. The result is in the currency of ``amount``.
    """
    return float(client_costs(defaulted, refused, amount, margin, loss_given_default).sum())


def lending_costs(
    defaulted: ArrayLike,
    lent: ArrayLike,
    amount: ArrayLike,
    margin: float = MARGIN,
    loss_given_default: float = LOSS_GIVEN_DEFAULT,
) -> Floats:
    """What it costs to lend a share of each amount, array (n_clients,), in the currency of ``amount``.

    ``defaulted``: (n_clients,) 0/1, or the probability, for the cost to expect. ``lent``: (n_clients,) 0 where refused,
    1 where accepted as applied for, and between at other terms. ``amount``: (n_clients,), AMT_CREDIT. ``margin``,
    ``loss_given_default``: shares of it, > 0. The share that is lent is lost in a default, and of the rest the margin
    is forgone: for 0 and 1 it is `client_costs`.

    Of 1,000 with a margin of 0.19, 600 are lent: the loss in a default is 600, else a margin of 76 is forgone.

    >>> lending_costs([1, 0], [0.6, 0.6], [1000, 1000]).round(6).tolist()
    [600.0, 76.0]

    Raises ``ValueError`` for shares of costs that are not positive.
    """
    _check_shares(margin, loss_given_default)
    bad, share, loan = (np.asarray(one, dtype=np.float64) for one in (defaulted, lent, amount))
    return loan * (loss_given_default * bad * share + margin * (1 - bad) * (1 - share))


def cost_curve(
    defaulted: ArrayLike,
    probability: ArrayLike,
    amount: ArrayLike,
    thresholds: ArrayLike = THRESHOLDS,
    margin: float = MARGIN,
    loss_given_default: float = LOSS_GIVEN_DEFAULT,
) -> Floats:
    """C(t) for every threshold at once, array (n_thresholds,): clients are sorted once, however many thresholds.

    ``probability``: (n_clients,), chance of default in [0, 1]. ``thresholds``: (n_thresholds,), in any order; a client
    at or above one is refused. ``defaulted``, ``amount``, ``margin``, ``loss_given_default``: as of ``cost``, with its
    errors.
    """
    _check_shares(margin, loss_given_default)
    bad, p, loan = _checked(defaulted, probability, amount)
    order = np.argsort(p, kind="stable")
    # lost[k], good[k]: bad and good loans among the k clients of lowest probability, when these are accepted.
    lost = np.concatenate([[0.0], np.cumsum((loan * bad)[order])])
    good = np.concatenate([[0.0], np.cumsum((loan * (1 - bad))[order])])
    accepted = np.searchsorted(p[order], np.asarray(thresholds, dtype=np.float64), side="left")
    return loss_given_default * lost[accepted] + margin * (float(good[-1]) - good[accepted])


def best_threshold(curve: ArrayLike, thresholds: ArrayLike = THRESHOLDS) -> tuple[float, float]:
    """The threshold of least cost and that cost. Where several are equally good: the middle one of their first run."""
    costs, grid = np.asarray(curve, dtype=np.float64), np.asarray(thresholds, dtype=np.float64)
    least = np.flatnonzero(costs == costs.min())
    run = least[: np.argmax(np.diff(least, append=np.inf) > 1) + 1]
    middle = run[len(run) // 2]
    return float(grid[middle]), float(costs[middle])


def accept_everybody(defaulted: ArrayLike, amount: ArrayLike, loss_given_default: float = LOSS_GIVEN_DEFAULT) -> float:
    """The cost of refusing nobody: every defaulted loan is lost."""
    return cost(defaulted, np.zeros(np.shape(defaulted)), amount, loss_given_default=loss_given_default)


def refuse_everybody(defaulted: ArrayLike, amount: ArrayLike, margin: float = MARGIN) -> float:
    """The cost of accepting nobody: the margin of every good loan is forgone."""
    return cost(defaulted, np.ones(np.shape(defaulted)), amount, margin=margin)


def expected_cost(
    probability: ArrayLike,
    refused: ArrayLike,
    amount: ArrayLike,
    margin: float = MARGIN,
    loss_given_default: float = LOSS_GIVEN_DEFAULT,
) -> float:
    """What decisions cost in expectation, where every client's true probability of default is known.

    ``probability``: (n_clients,), of a simulated bank. The chance of the drawn outcomes is out of it, and with it most
    of the noise of few clients. ``refused``, ``amount``, ``margin``, ``loss_given_default``: as of ``cost``. Raises
    ``ValueError`` as ``cost`` does, and for a probability outside [0, 1].
    """
    _check_shares(margin, loss_given_default)
    p = np.asarray(probability, dtype=np.float64)
    _, no, loan = _checked(np.zeros(p.shape), refused, amount)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("a true probability must be between 0 and 1")
    return float((loan * (loss_given_default * p * (1 - no) + margin * (1 - p) * no)).sum())


def saving(cost_of_decisions: float, cost_of_accepting_everybody: float) -> float:
    """What decisions save against accepting everybody, as a share of its cost: 0.10 is 10 %, negative is a loss."""
    if cost_of_accepting_everybody <= 0:
        raise ValueError(
            "no client defaulted, so accepting everybody costs nothing, and there is no saving; use more clients"
        )
    return 1 - cost_of_decisions / cost_of_accepting_everybody


def negative_cost(
    defaulted: ArrayLike,
    probability: ArrayLike,
    amount: ArrayLike,
    margin: float = MARGIN,
    loss_given_default: float = LOSS_GIVEN_DEFAULT,
) -> float:
    """Minus the cost of refusing at the break-even probability, so that greater is better.

    ``probability``: (n_clients,), of default. ``defaulted``, ``amount``: as of ``cost``. ``margin``,
    ``loss_given_default``: shares of ``amount``, > 0, from which the break-even probability follows.
    """
    refused = np.asarray(probability, dtype=np.float64) >= break_even_probability(margin, loss_given_default)
    return -cost(defaulted, refused, amount, margin, loss_given_default)


def cost_scorer(margin: float = MARGIN, loss_given_default: float = LOSS_GIVEN_DEFAULT) -> Callable[..., float]:
    """A scikit-learn scorer of ``negative_cost`` that asks for the amounts: ``search.fit(X, y, amount=amounts)``.

    It needs metadata routing: ``sklearn.set_config(enable_metadata_routing=True)`` or ``config_context``.
    """
    from sklearn import config_context
    from sklearn.metrics import make_scorer

    scorer: Any = make_scorer(
        negative_cost, response_method="predict_proba", margin=margin, loss_given_default=loss_given_default
    )
    with config_context(enable_metadata_routing=True):
        asking: Callable[..., float] = scorer.set_score_request(amount=True)
    return asking


def _check_shares(margin: float, loss_given_default: float) -> None:
    for name, value in (("margin", margin), ("loss given default", loss_given_default)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(
                f"the {name} is a share of the loan and must be above 0, but it is {value}; 0.19 means 19 %"
            )


def _checked(defaulted: ArrayLike, decision: ArrayLike, amount: ArrayLike) -> tuple[Floats, Floats, Floats]:
    bad, second, loan = (np.asarray(values, dtype=np.float64) for values in (defaulted, decision, amount))
    if not bad.shape == second.shape == loan.shape or bad.ndim != 1:
        raise ValueError(
            f"outcomes, decisions and amounts must be one value a client each, but have {bad.shape}, {second.shape} "
            f"and {loan.shape}"
        )
    for name, values in (("an outcome", bad), ("a decision or probability", second), ("an amount", loan)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} is missing or infinite; leave such clients out before counting costs")
    if not np.isin(bad, (0.0, 1.0)).all():
        raise ValueError("an outcome must be 0 (repaid) or 1 (defaulted)")
    if second.size and not ((second >= 0) & (second <= 1)).all():
        raise ValueError("a decision must be 0 or 1 and a probability between 0 and 1")
    if (loan < 0).any():
        raise ValueError("an amount is negative; AMT_CREDIT is the size of the loan")
    return bad, second, loan
