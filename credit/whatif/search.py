"""The smallest change of what can be changed that leads to acceptance, found by looking at a few hundred changes.

All candidates are scored in one batch: less to borrow (the purchase shrinks with the loan, or more of it is paid down),
over fewer or more annuities, with more income, with a document or a way to reach the client handed in. The smallest of
those that are accepted (`credit.whatif.terms.size`) is drawn back towards the client in a second, smaller batch, as far
as acceptance allows; and in a third, all that it can do without is taken from it.

Trees do not answer smoothly, so that no search but a complete one finds the very smallest; this one says how many
changes it looked at, and that nothing can be left out of what it found.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.policy import ACCEPT
from credit.scorer import Scorer
from credit.whatif.levers import AMOUNTS, Lever, Levers
from credit.whatif.terms import ANNUITY, GOODS, INCOME, LOAN, broken, size

Floats = NDArray[np.float64]
Change = dict[str, float]

#: The loan is proposed at these shares of what was asked for: below half of it, it is another loan.
_LOANS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
#: The number of annuities, as a factor.
_TERMS = (1.0, 0.9, 1.11, 0.8, 1.25)
#: The income, as a factor: what a client who told too little, or brings along a second one, can prove.
_INCOMES = (1.0, 1.1, 1.2)
#: With one of these, so many of the smaller loans are tried.
_LOANS_WITH = _LOANS[:5]
#: Steps back from the best candidate towards the client.
_STEPS = 40


@dataclass(frozen=True)
class Found:
    """``changes``: lever -> its new value, None where no change was found that leads to acceptance. ``probability``: of
    default after it, or the lowest that any candidate has. ``tried``: how many changes were looked at.
    """

    changes: dict[str, float] | None
    probability: float
    tried: int


def smallest(scorer: Scorer, levers: Levers, x: Floats, decide: Callable[[Floats, Floats], list[str]]) -> Found:
    """The smallest change of the client ``x`` (columns,) after which ``decide`` accepts; see the module.

    ``decide``: from probabilities (n,) and features (n, columns) to decisions.
    """
    start = {name: float(x[scorer.index[name]]) for name, one in levers.by_name.items() if one.kind != "text"}
    tried = 0

    def first_accepted(changes: Sequence[Change]) -> tuple[Change | None, float]:
        """The first that is accepted and its probability; else None and the lowest probability."""
        nonlocal tried
        tried += len(changes)
        X = changed(scorer, levers, x, changes)
        probability = scorer.probability(X)
        for change, p, decision in zip(changes, probability.tolist(), decide(probability, X), strict=True):
            if decision == ACCEPT:
                return change, p
        return None, float(probability.min())

    candidates = sorted(_candidates(levers.by_name, start), key=lambda change: size(start, change, AMOUNTS))
    if not candidates:
        return Found(None, float(scorer.probability(x[None, :])[0]), 0)
    best, p = first_accepted(candidates)
    if best is None:
        return Found(None, p, tried)
    for fewer in (_between, _parts):
        if nearer := fewer(start, best):
            other, p_other = first_accepted(nearer)
            if other is not None:
                best, p = other, p_other
    return Found(best, p, tried)


def changed(
    scorer: Scorer, levers: Levers, x: Floats, changes: Sequence[Mapping[str, float] | Mapping[str, float | str]]
) -> Floats:
    """The client ``x`` (columns,) with each of the n ``changes`` (lever -> value), array (n, columns).

    What is made from a changed column moves along.
    """
    X = np.tile(x, (len(changes), 1))
    touched: set[str] = set()
    for row, change in enumerate(changes):
        for name, value in change.items():
            lever = levers.by_name[name]
            if isinstance(value, str):
                X[row, [scorer.index[column] for column in lever.columns]] = 0.0
                X[row, scorer.index[lever.columns[lever.values.index(value)]]] = 1.0
            else:
                X[row, scorer.index[name]] = value
            touched.add(name)
    levers.derived.follow(X, [name for name in levers.by_name if name in touched], x)
    return X


def _candidates(levers: Mapping[str, Lever], start: Mapping[str, float]) -> Iterator[Change]:
    """Every change that is looked at first, each once."""
    seen: set[tuple[tuple[str, float], ...]] = set()
    missing = [name for name, lever in levers.items() if lever.kind == "switch" and lever.proposed and start[name] == 0]
    for loan, term, income, with_goods in itertools.product(_LOANS, _TERMS, _INCOMES, (True, False)):
        handed = [None, *missing] if loan in _LOANS_WITH and term == income == 1 and with_goods else [None]
        for extra in handed:
            change = _amounts(levers, start, loan, term, income, with_goods)
            if change is None or (extra is None and not change):
                continue
            if extra is not None:
                change = {**change, extra: 1.0}
            key = tuple(sorted(change.items()))
            if key not in seen:
                seen.add(key)
                yield change


def _amounts(
    levers: Mapping[str, Lever], start: Mapping[str, float], loan: float, term: float, income: float, with_goods: bool
) -> dict[str, float] | None:
    """The amounts that change; None for a change that is none of this client's, or of no loan."""
    factors = {LOAN: loan, ANNUITY: loan / term, GOODS: loan if with_goods else 1.0, INCOME: income}
    known = {name for name in factors if name in levers and start[name] > 0}
    if term != 1 and not {LOAN, ANNUITY} <= known:
        return None
    change = {}
    for name, factor in factors.items():
        if factor == 1:
            continue
        if name not in known:
            if name in (GOODS, ANNUITY):
                continue  # they only follow the loan: nobody knows them, or the model does not read them
            return None
        lever = levers[name]
        value = rounded(start[name] * factor)
        if not lever.low <= value <= lever.high:
            return None
        change[name] = value
    return None if broken(start, {**start, **change}) else change


def _between(start: Mapping[str, float], change: Change) -> list[Change]:
    """From the client towards ``change``, its amounts step by step, the nearest first."""
    amounts = {name: value for name, value in change.items() if name in AMOUNTS}
    found: list[Change] = []
    for step in range(1, _STEPS) if amounts else ():
        part = {
            name: rounded(start[name] * (value / start[name]) ** (step / _STEPS)) for name, value in amounts.items()
        }
        one = {**change, **part}
        if one not in found and not broken(start, {**start, **one}):
            found.append(one)
    return found


def _parts(start: Mapping[str, float], change: Change) -> list[Change]:
    """What is left of ``change`` without some of it, the fewest columns first: of what is then accepted nothing can be
    left out. The price of the goods alone is no change: nobody borrows as much for less.
    """
    parts = [
        {name: change[name] for name in kept}
        for n in range(1, len(change))
        for kept in itertools.combinations(change, n)
        if GOODS not in kept or LOAN in kept
    ]
    possible = [part for part in parts if not broken(start, {**start, **part})]
    return sorted(possible, key=lambda part: (len(part), size(start, part, AMOUNTS)))


def rounded(amount: float) -> float:
    """To three figures: nobody agrees on a loan of 412,837.4."""
    return float(f"{amount:.3g}")
