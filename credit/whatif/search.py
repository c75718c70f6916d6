"""The smallest change of what can be changed that leads to acceptance, found by looking at a few hundred changes.

All candidates are scored in one batch: less to borrow (the purchase shrinks with the loan, or more of it is paid down),
over fewer or more annuities, with more income, with a document or a way to reach the client handed in. The smallest of
those that are accepted is then drawn back towards the client, as far as acceptance allows, in a second, smaller batch.

The size of a change is |ln| of the factors of the loan, of its number of annuities and of the income, added up, and
`HANDED_IN` for each thing handed in: a loan 10 % smaller weighs as much as an income 11 % higher. Trees do not answer
smoothly, so that no search but a complete one finds the very smallest; this one says how many changes it looked at.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.scorer import Scorer
from credit.verdicts import ACCEPT
from credit.whatif.levers import Lever, Levers

Floats = NDArray[np.float64]

LOAN, ANNUITY, GOODS, INCOME = "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL"

#: The loan is proposed at these shares of what was asked for: below half of it, it is another loan.
_LOANS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
#: The number of annuities, as a factor, within what the published loans have: from 8 to 45 annuities repay one.
_TERMS = (1.0, 0.9, 1.11, 0.8, 1.25)
SHORTEST, LONGEST = 8.0, 45.0
#: The income, as a factor: what a client who told too little, or brings along a second one, can prove.
_INCOMES = (1.0, 1.1, 1.2)
#: What a document or a way to reach the client weighs.
HANDED_IN = 0.1
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
    candidates = sorted(_candidates(levers.by_name, start), key=lambda one: one[0])
    if not candidates:
        return Found(None, float(scorer.probability(x[None, :])[0]), 0)
    changes = [change for _, change in candidates]
    X = changed(scorer, levers, x, changes)
    probability = scorer.probability(X)
    accepted = np.array([decision == ACCEPT for decision in decide(probability, X)])
    if not accepted.any():
        return Found(None, float(probability.min()), len(changes))
    best = int(np.argmax(accepted))
    nearer = [*_between(levers.by_name, start, changes[best])]
    if not nearer:
        return Found(changes[best], float(probability[best]), len(changes))
    X = changed(scorer, levers, x, nearer)
    closer = scorer.probability(X)
    good = [place for place, decision in enumerate(decide(closer, X)) if decision == ACCEPT]
    tried = len(changes) + len(nearer)
    if not good:
        return Found(changes[best], float(probability[best]), tried)
    return Found(nearer[good[0]], float(closer[good[0]]), tried)


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


def _candidates(levers: Mapping[str, Lever], start: Mapping[str, float]) -> Iterator[tuple[float, dict[str, float]]]:
    """Size and change of every candidate."""
    seen: set[tuple[tuple[str, float], ...]] = set()
    missing = [name for name, lever in levers.items() if lever.kind == "switch" and lever.proposed and start[name] == 0]
    for loan, term, income, with_goods in itertools.product(_LOANS, _TERMS, _INCOMES, (True, False)):
        handed = [None, *missing] if loan in _LOANS_WITH and term == income == 1 and with_goods else [None]
        for extra in handed:
            change = _amounts(levers, start, loan, term, income, with_goods)
            if change is None or (extra is None and not change):
                continue
            size = abs(math.log(loan)) + abs(math.log(term)) + abs(math.log(income))
            if extra is not None:
                change, size = {**change, extra: 1.0}, size + HANDED_IN
            key = tuple(sorted(change.items()))
            if key not in seen:
                seen.add(key)
                yield size, change


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
    if term != 1:
        before, after = (one[LOAN] / one[ANNUITY] for one in (start, {**start, **change}))
        if not (SHORTEST <= after <= LONGEST or abs(math.log(after / before)) < 0.01):
            return None
    return change


def _between(
    levers: Mapping[str, Lever], start: Mapping[str, float], change: Mapping[str, float]
) -> Iterator[dict[str, float]]:
    """From the client towards ``change``, the amounts step by step, what is handed in from the first."""
    amounts = {name: value for name, value in change.items() if levers[name].kind == "amount"}
    if not amounts:
        return
    seen = []
    for step in range(0 if len(amounts) < len(change) else 1, _STEPS):
        part = {
            name: rounded(start[name] * (value / start[name]) ** (step / _STEPS)) for name, value in amounts.items()
        }
        one = {**change, **part} if step else {name: v for name, v in change.items() if name not in amounts}
        if one not in seen:
            seen.append(one)
            yield one


def rounded(amount: float) -> float:
    """To three figures: nobody agrees on a loan of 412,837.4."""
    step = 10.0 ** (math.floor(math.log10(amount)) - 2)
    return round(round(amount / step) * step, 6)
