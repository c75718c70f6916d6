"""Calibration, ranking and stability of one model, quarter by quarter, from the decisions of the log.

A decision belongs to the quarter of the Monday of its week. Each client counts once a week, as in the costs
(`credit.decision_log.outcomes.decided`).

Calibration and ranking are those of loans that the machine has accepted and no person decided on, in weeks of which
nine tenths of the outcomes of accepted loans are known (`credit.decision_log.maturity`): defaults are known before
repayments are, and a person knows more than the model. Accepted loans are alike in what the model reads, so it ranks
them worse than all who apply; what was to be expected of them stands next to the area.

Stability is that of the probabilities of all clients on whom was decided, against those of the training in the bundle's
profile: the population stability index, and what chance alone hardly exceeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from credit.decision.intervals import Interval, roc_auc, wilson
from credit.decision_log.decision_arrays import Decided
from credit.decision_log.maturity import mature
from credit.monitoring import calibration_intervals
from credit.monitoring.alarms import ALARMING
from credit.monitoring.performance import Estimate, expected_roc_auc
from credit.monitoring.population_stability import MUCH, SOME, level, psi
from credit.monitoring.profile import Profile


@dataclass(frozen=True)
class Quarter:
    """What the log says of a quarter; None is what too few clients or outcomes leave open.

    - ``quarter``: such as 2026-Q4
    - ``decided``: clients on whom was decided, each once a week
    - ``accepted``: of them, by the machine or a person
    - ``open``: of them, who wait for a person
    - ``known``: the share of the accepted whose outcome is known, in [0, 1]
    - ``counted``: accepted by the machine alone, of known outcome, in weeks whose outcomes are nearly complete
    - ``defaults``: of the counted
    - ``predicted``: the mean probability of default of the counted
    - ``observed``: their default rate, with Wilson's interval
    - ``slope``, ``intercept``: of the calibration line (`credit.monitoring.calibration_intervals`)
    - ``roc_auc``: of the counted, and ``expected_roc_auc`` where the probabilities are right
    - ``psi``: of the probabilities of all who were decided on, against the training's
    - ``chance``: what chance alone exceeds once in a thousand quarters of as many clients, ``average``: what it gives
      on average
    - ``shift``: by what is judged: ``psi`` less ``average`` where it is above ``chance``, else 0
    - ``level``: the verdict on ``shift``: stable, moved or drifted
    """

    quarter: str
    decided: int
    accepted: int
    open: int
    known: float | None
    counted: int
    defaults: int
    predicted: float | None
    observed: Interval | None
    slope: Interval | None
    intercept: Interval | None
    roc_auc: Interval | None
    expected_roc_auc: Estimate | None
    psi: float | None
    chance: float | None
    average: float | None
    shift: float | None
    level: str | None

    @property
    def enough(self) -> bool:
        """Whether there are outcomes enough for a slope and an area."""
        return self.intercept is not None


def quarters(decided: Decided, profile: Profile | None) -> tuple[Quarter, ...]:
    """The quarters in which the model has decided, in order of time.

    ``decided``: decisions of any models; those of the model at hand count (``of_model``). ``profile``: of its training
    clients, None where the bundle has none: then there is no stability.
    """
    own = decided.where(decided.of_model)
    if not len(own):
        return ()
    names = quarter_names(own.week)
    accepted = ~own.refused & ~own.open
    told = ~np.isnan(own.defaulted)
    ripe = mature(own.week, accepted, told)
    counted = accepted & told & ripe & ~own.by_person
    return tuple(
        _quarter(name, own.where(here), accepted[here], counted[here], profile)
        for name in sorted(set(names.tolist()))
        for here in [names == name]
    )


def quarter_names(days: Sequence[object] | NDArray[np.datetime64]) -> NDArray[np.str_]:
    """(n,) the quarter of each day, datetime64[D].

    >>> quarter_names(np.array(["2025-12-29", "2026-04-01"], dtype="datetime64[D]")).tolist()
    ['2025-Q4', '2026-Q2']
    """
    months = np.asarray(days, dtype="datetime64[M]").astype(np.int64)
    return np.array([f"{1970 + month // 12}-Q{month % 12 // 3 + 1}" for month in months.tolist()], dtype=np.str_)


def _quarter(
    name: str, some: Decided, accepted: NDArray[np.bool_], counted: NDArray[np.bool_], profile: Profile | None
) -> Quarter:
    y, p = some.defaulted[counted], some.probability[counted]
    known = float((~np.isnan(some.defaulted[accepted])).mean()) if accepted.any() else None
    defaults = int(y.sum())
    observed = None
    if len(y):
        low, high = (float(end) for end in wilson(defaults, len(y)))
        observed = Interval(defaults / len(y), low, high)
    intercept = calibration_intervals.intercept(y, p)
    stability = _stability(some.probability, profile)
    return Quarter(
        quarter=name,
        decided=len(some),
        accepted=int(accepted.sum()),
        open=int(some.open.sum()),
        known=known,
        counted=len(y),
        defaults=defaults,
        predicted=float(p.mean()) if len(p) else None,
        observed=observed,
        slope=calibration_intervals.slope(y, p),
        intercept=intercept,
        roc_auc=roc_auc(y, p),
        expected_roc_auc=None if intercept is None else expected_roc_auc(p, defaults),
        **stability,
    )


class _Stability(TypedDict):
    psi: float | None
    chance: float | None
    average: float | None
    shift: float | None
    level: str | None


def _stability(probability: NDArray[np.float64], profile: Profile | None) -> _Stability:
    """Of the probabilities against the profile's, by the rule of `credit.monitoring.population_stability.compare`; None
    for fewer clients than an index can alarm from.
    """
    if profile is None or profile.probability is None or len(probability) < ALARMING:
        return _Stability(psi=None, chance=None, average=None, shift=None, level=None)
    bins, before = profile.probability
    now = np.array(bins.count(np.ascontiguousarray(probability)))
    index, chance, average = (float(one[0]) for one in psi(before[None, :], now[None, :]))
    shift = max(index - average, 0.0) if index > chance else 0.0
    return _Stability(psi=index, chance=chance, average=average, shift=shift, level=level(shift, SOME, MUCH))
