"""What decisions cost, week by week: in expectation as soon as they are made, in fact once it is known who defaulted.

For client i with probability p, amount A, margin m and loss given default l the decision costs

    granted: l * A if the client defaults        refused: m * A if the client would have repaid

so the expected cost is the sum of l * A * p over granted and m * A * (1 - p) over refused clients, and that of granting
everybody the sum of l * A * p over all. Given the probabilities, who defaults is a matter of chance, client by client:
from p * (1 - p) follows how far the realised figures may lie from the expected ones. That is what the intervals say (95
%, normal approximation, for ratios linearised); that the probabilities themselves may be off they do not say. The
realised figures do: outside the interval the probabilities were wrong, or the population has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from credit import cost as money

Floats = NDArray[np.float64]

#: From this share of told outcomes on, among granted loans, a week's default rate can be taken at its word.
MATURE = 0.9

#: Two-sided normal quantile of a 95 % interval.
_Z95 = 1.959964


class Estimate(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Decided:
    """Decisions on n clients, each once a week, in arrays (n,).

    ``week``: the Monday before, datetime64[D]. ``probability``: of default. ``refused``: bool; a decision left to a
    person counts as the threshold would have it. ``amount``: AMT_CREDIT, NaN where it is not known any more or never
    was. ``defaulted``: 1 or 0 where it was told, else NaN.
    """

    week: NDArray[np.datetime64]
    probability: Floats
    refused: NDArray[np.bool_]
    amount: Floats
    defaulted: Floats

    def __len__(self) -> int:
        return len(self.probability)

    def where(self, chosen: NDArray[np.bool_]) -> "Decided":
        """Some of them."""
        return Decided(*(getattr(self, one.name)[chosen] for one in fields(self)))


@dataclass(frozen=True)
class Realised:
    """Of the clients whose outcome was told: how many ``clients`` and how many of them ``refused``; the
    ``default_rate`` beside the ``expected_default_rate`` of the same clients, and how many standard errors it lies
    above (``surprise``); ``cost``, ``expected_cost`` and ``saving`` of those whose amount is known, in the currency of
    AMT_CREDIT and as a share of granting everybody; ``roc_auc`` of the probabilities. None where a figure cannot be
    made: of a saving, where less than `MATURE` of the refused clients' outcomes are known, for what refusing has kept
    from happening is then not known either.
    """

    clients: int
    refused: int
    default_rate: float
    expected_default_rate: Estimate
    surprise: float | None
    cost: float
    expected_cost: Estimate
    saving: float | None
    roc_auc: float | None


@dataclass(frozen=True)
class Period:
    """``begins``: the Monday of a week, None for all weeks together. ``clients``: how many were decided on; ``refused``
    of these. ``counted``: of how many the amount is known; the costs are theirs. ``default_rate``: to expect of all of
    them, were all granted. ``granted_default_rate``: to expect of those that were. ``cost``: of the decisions,
    ``everybody``: of granting everybody, in the currency of AMT_CREDIT. ``saving``: their difference as a share of
    ``everybody``. ``regret``: what deciding by the break-even probability would save beyond that, likewise.
    """

    begins: str | None
    clients: int
    refused: int
    counted: int
    default_rate: Estimate
    granted_default_rate: Estimate | None
    cost: Estimate
    everybody: float
    saving: Estimate | None
    regret: float | None
    realised: Realised | None


@dataclass(frozen=True)
class Account:
    """``weeks``: in order of time. ``total``: all of them together. ``mature``: what came in the weeks of which at
    least `MATURE` of the granted loans' outcomes were told, None where there is no such week: defaults are known before
    repayments are, so that a week of which some outcomes are told looks worse than it is. ``surprise``: how many
    standard errors more or fewer defaults than expected these weeks have, whatever becomes of the loans of which
    nothing was told: 0 where they could still make it what was expected. ``margin``, ``loss_given_default``: the costs.
    """

    weeks: tuple[Period, ...]
    total: Period
    mature: Realised | None
    surprise: float | None
    margin: float
    loss_given_default: float


def account(
    decided: Decided, margin: float = money.MARGIN, loss_given_default: float = money.LOSS_GIVEN_DEFAULT
) -> Account | None:
    """Week by week; None for no decisions. Raises ValueError for shares that are none."""
    money.break_even_probability(margin, loss_given_default)
    if not len(decided):
        return None
    weeks = np.unique(decided.week)
    told = ~np.isnan(decided.defaulted)
    ripe = [week for week in weeks if _told_of_granted(decided.where(decided.week == week)) >= MATURE]
    those = decided.where(np.isin(decided.week, ripe) & (told | ~decided.refused))
    mature = those.where(~np.isnan(those.defaulted))
    return Account(
        weeks=tuple(
            _period(decided.where(decided.week == week), margin, loss_given_default, str(week)) for week in weeks
        ),
        total=_period(decided, margin, loss_given_default, None),
        mature=_realised(mature, int(those.refused.sum()), margin, loss_given_default) if len(mature) else None,
        surprise=_certain_surprise(those),
        margin=margin,
        loss_given_default=loss_given_default,
    )


def _period(every: Decided, margin: float, loss: float, begins: str | None) -> Period:
    told = every.where(~np.isnan(every.defaulted))
    known = every.where(np.isfinite(every.amount) & (every.amount > 0))
    p, no, loan = known.probability, known.refused, known.amount
    granted = every.where(~every.refused)
    cost, everybody, saving = _expected(p, no, loan, margin, loss)
    regret = None
    if everybody > 0:
        wiser = p >= money.break_even_probability(margin, loss)
        regret = (cost.value - money.expected_cost(p, wiser, loan, margin, loss)) / everybody
    return Period(
        begins=begins,
        clients=len(every),
        refused=int(every.refused.sum()),
        counted=len(known),
        default_rate=_rate(every.probability),
        granted_default_rate=_rate(granted.probability) if len(granted) else None,
        cost=cost,
        everybody=everybody,
        saving=saving,
        regret=regret,
        realised=_realised(told, int(every.refused.sum()), margin, loss) if len(told) else None,
    )


def _told_of_granted(some: Decided) -> float:
    granted = some.where(~some.refused)
    return float((~np.isnan(granted.defaulted)).mean()) if len(granted) else 0.0


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


def _expected(
    p: Floats, no: NDArray[np.bool_], loan: Floats, margin: float, loss: float
) -> tuple[Estimate, float, Estimate | None]:
    """The expected cost, that of granting everybody, and the saving."""
    cost = money.expected_cost(p, no, loan, margin, loss)
    everybody = float((loss * loan * p).sum())
    # What a client's default changes: it adds the loss where granted, and takes the forgone margin away where refused.
    change, chance = np.where(no, -margin, loss) * loan, p * (1 - p)
    error = _Z95 * float(np.sqrt((change**2 * chance).sum()))
    saving = None
    if everybody > 0:
        ratio = cost / everybody
        off = _Z95 * float(np.sqrt(((change - ratio * loss * loan) ** 2 * chance).sum())) / everybody
        saving = Estimate(1 - ratio, 1 - ratio - off, 1 - ratio + off)
    return Estimate(cost, cost - error, cost + error), everybody, saving


def _realised(told: Decided, refused: int, margin: float, loss: float) -> Realised:
    """``refused``: how many clients were, whose outcomes were told and others."""
    y, p = told.defaulted, told.probability
    known = told.where(np.isfinite(told.amount) & (told.amount > 0))
    cost = money.cost(known.defaulted, known.refused, known.amount, margin, loss)
    everybody = money.accept_everybody(known.defaulted, known.amount, loss)
    spread = float(np.sqrt((p * (1 - p)).sum()))
    return Realised(
        clients=len(told),
        refused=int(told.refused.sum()),
        default_rate=float(y.mean()),
        expected_default_rate=_rate(p),
        surprise=float((y - p).sum()) / spread if spread > 0 else None,
        cost=cost,
        expected_cost=_expected(known.probability, known.refused, known.amount, margin, loss)[0],
        saving=1 - cost / everybody if everybody > 0 and known.refused.sum() >= MATURE * refused else None,
        roc_auc=roc_auc(y, p),
    )


def roc_auc(y: Floats, p: Floats) -> float | None:
    """The chance that who defaulted had the higher probability, ties counted half; None without one of each kind."""
    bad, good = p[y == 1], np.sort(p[y == 0])
    if not (len(bad) and len(good)):
        return None
    below, upto = np.searchsorted(good, bad, "left"), np.searchsorted(good, bad, "right")
    return float((below + upto).mean() / 2 / len(good))


def as_json(found: Account) -> dict[str, Any]:
    """An account as programs read it."""
    return {
        "margin": found.margin,
        "loss_given_default": found.loss_given_default,
        "total": _told(found.total),
        "mature": _told(found.mature),
        "surprise": found.surprise,
        "weeks": [_told(one) for one in found.weeks],
    }


def _told(one: Any) -> Any:
    if isinstance(one, Estimate):
        return one._asdict()
    if hasattr(one, "__dataclass_fields__"):
        return {field.name: _told(getattr(one, field.name)) for field in fields(one)}
    return one


def mondays(times: Sequence[str]) -> NDArray[np.datetime64]:
    """The Monday before each time, of ISO texts in UTC."""
    days = np.array([time[:10] for time in times], dtype="datetime64[D]")
    return days - ((days.astype(np.int64) + 3) % 7).astype("timedelta64[D]")  # 1 January 1970 was a Thursday
