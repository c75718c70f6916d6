"""What decisions cost, week by week: in expectation as soon as they are made, in fact once it is known who defaulted.

For client i with probability p, amount A, margin m and loss given default l the decision costs

    accepted: l * A if the client defaults       refused: m * A if the client would have repaid

where what a person has decided in the end counts, and not what the machine did. Of a counteroffer the share of A that
is lent counts as accepted, and the rest as refused (`credit.decision.cost.lending_costs`). A client who waits for a
person is in no cost. So the expected cost is the sum of l * A * p over accepted and m * A * (1 - p) over refused
clients, and that of accepting everybody the sum of l * A * p over all. Given the probabilities, who defaults is a
matter of chance, client by client: from p * (1 - p) follows how far the realised figures may lie from the expected
ones. That is what the intervals say (95 %, normal approximation, for ratios linearised); that the probabilities
themselves may be off they do not say. The realised figures do: outside the interval the probabilities were wrong, or
the population has changed.

Defaults are known before repayments are. Of a week whose first ten outcomes are known, often all ten have defaulted.
So realised figures are those of weeks whose outcomes are nearly complete (`maturity`); of others there are bounds. For
the same reason refused clients count only where nearly all of their outcomes are known, as in a simulation; else all
figures are of the accepted loans. These are alike in what the model reads, so that it ranks them worse than it ranks
all who apply. What to expect of them follows from their own probabilities: with p_i that of client i,

    AUC = sum of p_i * (1 - p_j) over pairs with p_i > p_j, ties half  /  sum of p_i * (1 - p_j) over all pairs, i /= j
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.decision import cost as money
from credit.decision.intervals import FEWEST_DEFAULTS, roc_auc
from credit.decision_log.decision_arrays import Decided
from credit.decision_log.maturity import MATURE
from credit.model.quantities import Count, Date, Share

Floats = NDArray[np.float64]

#: Two-sided normal quantile of a 95 % interval.
_Z95 = 1.959964


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval.

    - ``value``: the figure
    - ``low``: lower end of the interval
    - ``high``: upper end of the interval
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Realised:
    """What came of accepted loans whose outcomes are nearly complete, and of refused clients where theirs are.

    A figure that cannot be made is null: with fewer than ten defaults neither a saving nor an area, and no saving where
    the outcomes of less than nine tenths of the refused clients are known, for what refusing has kept from happening is
    then not known either.

    - ``clients``: how many have an outcome
    - ``refused``: how many of them were refused
    - ``default_rate``: of them
    - ``expected_default_rate``: of the same clients
    - ``surprise``: how many standard errors the default rate lies above the one expected
    - ``cost``: of those whose amount is known, in the currency of AMT_CREDIT
    - ``expected_cost``: of the same
    - ``saving``: against accepting everybody, as a share of its cost
    - ``roc_auc``: of the probabilities
    - ``expected_roc_auc``: of the same clients, with the 95 % that chance does (Hanley and McNeil, Radiology 143, 1982)
    """

    clients: Count
    refused: Count
    default_rate: Share
    expected_default_rate: Estimate
    surprise: float | None
    cost: float
    expected_cost: Estimate
    saving: float | None
    roc_auc: Share | None
    expected_roc_auc: Estimate | None


@dataclass(frozen=True)
class Bounds:
    """Between which shares the default rate of accepted loans lies.

    - ``low``: had all of unknown outcome repaid
    - ``high``: had all of unknown outcome defaulted
    """

    low: Share
    high: Share


@dataclass(frozen=True)
class Period:
    """The decisions of a week, or of all weeks together.

    - ``begins``: the Monday of the week; null for all weeks
    - ``clients``: how many were decided on, by the machine or a person
    - ``open``: how many of them wait for a person: they are in no cost
    - ``refused``: how many were refused
    - ``counted``: of how many the amount is known; the costs are theirs
    - ``erased``: of how many the amount was erased: they are in no cost of this week, expected or realised
    - ``default_rate``: to expect of all of them, were all accepted
    - ``accepted_default_rate``: to expect of those that were
    - ``granted_default_rate``: deprecated, as ``accepted_default_rate``
    - ``cost``: of the decisions, in the currency of AMT_CREDIT
    - ``everybody``: of accepting everybody
    - ``saving``: their difference, as a share of accepting everybody
    - ``regret``: what deciding by the break-even probability would save beyond that, likewise
    - ``known_outcomes``: of how many the outcome is known
    - ``told``: deprecated, as ``known_outcomes``
    - ``default_rate_bounds``: of the accepted loans; null where no outcome of theirs is known
    - ``realised``: null until the outcomes of nine tenths of the accepted loans are known
    """

    begins: Date | None
    clients: Count
    open: Count
    refused: Count
    counted: Count
    erased: Count
    default_rate: Estimate
    accepted_default_rate: Estimate | None
    granted_default_rate: Estimate | None
    cost: Estimate
    everybody: float
    saving: Estimate | None
    regret: float | None
    known_outcomes: Count
    told: Count
    default_rate_bounds: Bounds | None
    realised: Realised | None


@dataclass(frozen=True)
class Served:
    """What the decisions of the model that is served say of it; those of models before it say nothing.

    - ``counted``: how many it made at the threshold of now, and no rule of the bank, on clients whose amount is known
    - ``regret``: what deciding those by the break-even probability would save, as a share of accepting everybody
    - ``mature``: what came of its decisions at any threshold, in weeks whose outcomes are nearly complete
    - ``surprise``: how many standard errors more or fewer defaults than expected these weeks have, of the loans that no
      person has decided on: who finds the bad ones leaves fewer defaults than the probabilities say
    """

    counted: Count
    regret: float | None
    mature: Realised | None
    surprise: float | None


@dataclass(frozen=True)
class Account:
    """What the decisions cost.

    - ``margin``: what a good loan earns, as a share of AMT_CREDIT
    - ``loss_given_default``: what a defaulted one loses
    - ``total``: all weeks together
    - ``mature``: what came in weeks of which nine tenths of the accepted loans' outcomes are known; null without one
    - ``surprise``: how many standard errors more or fewer defaults than expected these weeks have, whatever becomes of
      the loans of which nothing is known, of those that no person has decided on: 0 where they could still make it what
      was expected
    - ``served``: of the model and threshold that are served now
    - ``weeks``: in order of time
    """

    margin: float
    loss_given_default: float
    total: Period
    mature: Realised | None
    surprise: float | None
    served: Served
    weeks: tuple[Period, ...]


def account(
    decided: Decided, margin: float = money.MARGIN, loss_given_default: float = money.LOSS_GIVEN_DEFAULT
) -> Account | None:
    """Week by week; None for no decisions. Raises ValueError for shares that are none."""
    money.break_even_probability(margin, loss_given_default)
    if not len(decided):
        return None
    weeks = np.unique(decided.week)
    mature, surprise = _mature(decided, margin, loss_given_default)
    return Account(
        margin=margin,
        loss_given_default=loss_given_default,
        total=_period(decided, margin, loss_given_default, None),
        mature=mature,
        surprise=surprise,
        served=_served(decided, margin, loss_given_default),
        weeks=tuple(
            _period(decided.where(decided.week == week), margin, loss_given_default, str(week)) for week in weeks
        ),
    )


def _served(decided: Decided, margin: float, loss: float) -> Served:
    mature, surprise = _mature(decided.where(decided.of_model), margin, loss)
    known = _with_amount(decided.where(decided.of_rule & ~decided.by_person))
    return Served(len(known), _regret(known, margin, loss), mature, surprise)


def _mature(decided: Decided, margin: float, loss: float) -> tuple[Realised | None, float | None]:
    """What came in the weeks whose outcomes are nearly complete, and by how much that surprises."""
    weeks = np.unique(decided.week)
    ripe = [_share_known(_accepted(decided.where(decided.week == week))) >= MATURE for week in weeks]
    those = _followed(decided.where(np.isin(decided.week, weeks[np.array(ripe, dtype=bool)])))
    return (_realised(those, margin, loss) if len(those) else None), _certain_surprise(those.where(~those.by_person))


def _period(every: Decided, margin: float, loss: float, begins: str | None) -> Period:
    known, accepted = _with_amount(every), _accepted(every)
    cost, everybody, saving = _expected(known, margin, loss)
    outcomes = int((~np.isnan(accepted.defaulted)).sum())
    defaults = float(np.nansum(accepted.defaulted))
    known_outcomes = int((~np.isnan(every.defaulted)).sum())
    of_accepted = _rate(accepted.probability) if len(accepted) else None
    return Period(
        begins=begins,
        clients=len(every),
        open=int(every.open.sum()),
        refused=int((every.refused & ~every.open).sum()),
        counted=len(known),
        erased=int((every.erased & ~every.open).sum()),
        default_rate=_rate(every.probability),
        accepted_default_rate=of_accepted,
        granted_default_rate=of_accepted,
        cost=cost,
        everybody=everybody,
        saving=saving,
        regret=_regret(known, margin, loss),
        known_outcomes=known_outcomes,
        told=known_outcomes,
        default_rate_bounds=Bounds(defaults / len(accepted), (defaults + len(accepted) - outcomes) / len(accepted))
        if outcomes
        else None,
        realised=_realised(_followed(every), margin, loss) if _share_known(accepted) >= MATURE else None,
    )


def _accepted(some: Decided) -> Decided:
    return some.where(~some.refused & ~some.open)


def _with_amount(some: Decided) -> Decided:
    return some.where(np.isfinite(some.amount) & (some.amount > 0) & np.isfinite(some.lent) & ~some.open)


def _share_known(some: Decided) -> float:
    """The share whose outcome is known; 0 of none."""
    return float((~np.isnan(some.defaulted)).mean()) if len(some) else 0.0


def _followed(some: Decided) -> Decided:
    """The accepted loans, and the refused clients where nearly all of their outcomes are known."""
    complete = _share_known(some.where(some.refused & ~some.open)) >= MATURE
    return some.where(~some.open) if complete else _accepted(some)


def _regret(known: Decided, margin: float, loss: float) -> float | None:
    p, loan = known.probability, known.amount
    everybody = float((loss * loan * p).sum())
    if not everybody > 0:
        return None
    wiser = np.where(p >= money.break_even_probability(margin, loss), 0.0, 1.0)
    cost, best = (float(money.lending_costs(p, lent, loan, margin, loss).sum()) for lent in (known.lent, wiser))
    return (cost - best) / everybody


def _certain_surprise(some: Decided) -> float | None:
    spread = float(np.sqrt((some.probability * (1 - some.probability)).sum()))
    if spread == 0:
        return None
    # Of whom nothing was told: had all repaid, had all defaulted.
    least = float(np.nansum(some.defaulted) - some.probability.sum()) / spread
    most = least + int(np.isnan(some.defaulted).sum()) / spread
    return least if least > 0 else min(most, 0.0)


def _rate(p: Floats) -> Estimate:
    error = _Z95 * float(np.sqrt((p * (1 - p)).sum())) / len(p)
    middle = float(p.mean())
    return Estimate(middle, max(middle - error, 0.0), min(middle + error, 1.0))


def _expected(known: Decided, margin: float, loss: float) -> tuple[Estimate, float, Estimate | None]:
    """The expected cost, that of accepting everybody, and the saving; of those whose amount is known."""
    p, loan, lent = known.probability, known.amount, known.lent
    cost = float(money.lending_costs(p, lent, loan, margin, loss).sum())
    everybody = float((loss * loan * p).sum())
    # What a client's default changes: it adds the loss where accepted, and takes the forgone margin away where refused.
    change, chance = (lent * loss - (1 - lent) * margin) * loan, p * (1 - p)
    error = _Z95 * float(np.sqrt((change**2 * chance).sum()))
    saving = None
    if everybody > 0:
        ratio = cost / everybody
        off = _Z95 * float(np.sqrt(((change - ratio * loss * loan) ** 2 * chance).sum())) / everybody
        saving = Estimate(1 - ratio, 1 - ratio - off, min(1 - ratio + off, 1.0))  # no more than all is saved
    return Estimate(cost, cost - error, cost + error), everybody, saving


def _realised(some: Decided, margin: float, loss: float) -> Realised:
    """Of clients whom `_followed` gives, nearly all of whose outcomes are known."""
    every, refused = some.where(~np.isnan(some.defaulted)), bool(some.refused.any())
    y, p = every.defaulted, every.probability
    known = _with_amount(every)
    cost = float(money.lending_costs(known.defaulted, known.lent, known.amount, margin, loss).sum())
    everybody = money.accept_everybody(known.defaulted, known.amount, loss)
    spread = float(np.sqrt((p * (1 - p)).sum()))
    ranked = roc_auc(y, p)
    enough = refused and known.defaulted.sum() >= FEWEST_DEFAULTS
    return Realised(
        clients=len(every),
        refused=int(every.refused.sum()),
        default_rate=float(y.mean()),
        expected_default_rate=_rate(p),
        surprise=float((y - p).sum()) / spread if spread > 0 else None,
        cost=cost,
        expected_cost=_expected(known, margin, loss)[0],
        saving=1 - cost / everybody if everybody > 0 and enough else None,
        roc_auc=None if ranked is None else ranked.estimate,
        expected_roc_auc=None if ranked is None else expected_roc_auc(p, int(y.sum())),
    )


def expected_roc_auc(p: Floats, defaults: int) -> Estimate | None:
    """The area to expect where the probabilities are right, with the 95 % that chance does.

    ``p``: (n,), of default. ``defaults``: how many did, between 1 and n - 1. None where no pair is to be expected.
    """
    values = np.sort(p)
    good = 1 - values
    sums = np.concatenate([[0.0], np.cumsum(good)])
    below, upto = sums[np.searchsorted(values, values, "left")], sums[np.searchsorted(values, values, "right")]
    pairs = float((values * (sums[-1] - good)).sum())
    if not pairs > 0:
        return None
    # A client is no pair with itself, and among its ties is itself.
    area = float((values * (below + (upto - below - good) / 2)).sum()) / pairs
    two_bad, two_good = area / (2 - area), 2 * area**2 / (1 + area)  # two bad clients above one good, and one above two
    repaid = len(p) - defaults
    variance = area * (1 - area) + (defaults - 1) * (two_bad - area**2) + (repaid - 1) * (two_good - area**2)
    error = _Z95 * float(np.sqrt(variance / (defaults * repaid)))
    return Estimate(area, max(area - error, 0.0), min(area + error, 1.0))
