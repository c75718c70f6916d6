"""The smallest change that leads to acceptance, among what can be proposed (`credit.whatif.proposals`).

The measure is `credit.whatif.loan_terms.size`: |ln| of the factors of the loan, of its number of annuities and of the
income, added up. The proposals of a coarse grid are scored from the smallest to the largest until one is accepted. Then
the grid is made twice as fine, again and again, and those of its proposals that are smaller than what was found are
scored in the same order. Trees do not answer smoothly, so only looking at all of them shows that none is smaller. On
the grid of `SmallestChange.step` none is; a finer one that has more than `_MOST` smaller proposals is searched along
its three directions and around what was found, and no further.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.decision.policy import ACCEPT
from credit.model import Scorer
from credit.whatif.levers import Levers
from credit.whatif.proposals import Proposal, Proposals

Floats = NDArray[np.float64]

#: The grids, in ln of a factor: 0.05 is 5 %. The first is always looked at in full, if need be.
_STEPS = (0.05, 0.025, 0.0125, 0.00625)
#: So many proposals of a finer grid are looked at: about a fifth of a second.
_MOST = 1500
#: So many are scored at first, and each time twice as many: the nearest may already be accepted.
_BATCH = 64


@dataclass(frozen=True)
class SmallestChange:
    """``changes``: column -> its new value, None where no proposal leads to acceptance; ``size``: of the change, then.
    ``probability``: of default after it, or the lowest that any proposal has. ``tried``: how many were looked at.
    ``step``: of the finest grid on which no smaller one is accepted.
    """

    changes: dict[str, float] | None
    size: float | None
    probability: float
    tried: int
    step: float


def smallest(
    scorer: Scorer, levers: Levers, x: Floats, decide: Callable[[Floats, Floats], list[str]]
) -> SmallestChange:
    """The smallest proposal to the client ``x`` (columns,) after which ``decide`` accepts; see the module.

    ``scorer``: the model. ``levers``: what can be changed of a client. ``decide``: from probabilities (n,) and features
    (n, columns) to decisions.
    """
    proposals = Proposals(levers.by_name, scorer.index, x)
    best: Proposal | None = None
    probability, finest = math.inf, _STEPS[0]
    seen: set[tuple[tuple[str, float], ...]] = set()
    for step in _STEPS:
        below, near = (math.inf, None) if best is None else (best.size, best.factors)
        some, whole = proposals.at(step, below, near, most=math.inf if step == _STEPS[0] else _MOST)
        fresh = [one for one in some if _key(one) not in seen]
        for batch in _batches(fresh):
            seen.update(map(_key, batch))
            X = changed(scorer, levers, x, [one.change for one in batch])
            p = scorer.probability(X)
            accepted = [place for place, decision in enumerate(decide(p, X)) if decision == ACCEPT]
            if accepted:
                best, probability = batch[accepted[0]], float(p[accepted[0]])
                break
            if best is None:
                probability = min(probability, float(p.min()))
        if whole:
            finest = step
    if not seen:
        probability = float(scorer.probability(x[None, :])[0])
    if best is None:
        return SmallestChange(None, None, probability, len(seen), finest)
    return SmallestChange(best.change, best.size, probability, len(seen), finest)


def changed(
    scorer: Scorer, levers: Levers, x: Floats, changes: Sequence[Mapping[str, float] | Mapping[str, float | str]]
) -> Floats:
    """The client ``x`` (columns,) with each of the n ``changes`` (lever -> value), array (n, columns).

    ``scorer``: the model with these columns. ``levers``: what can be changed of a client. What is made from a changed
    column moves along.
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


def _key(one: Proposal) -> tuple[tuple[str, float], ...]:
    """Two proposals of different grids may be the same amounts."""
    return tuple(sorted(one.change.items()))


def _batches(some: Sequence[Proposal]) -> Iterator[Sequence[Proposal]]:
    first, many = 0, _BATCH
    while first < len(some):
        yield some[first : first + many]
        first, many = first + many, 2 * many
