"""What the manifest keeps as "intervals": how sure answers are, measured on clients from whom the model has not learnt.

The default rate by the answer is measured in every state of what is known: the same clients are answered with parts
hidden, and their outcomes are what they are. Of a simulated bank the true probabilities say besides how far clients
spread around the answer beyond what is not known of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import cast

import numpy as np
from numpy.typing import NDArray

from credit.decision.rate_intervals import LEVEL, RateTable
from credit.decision.value_of_information import Unknown
from credit.features.information_sources import PARTS
from credit.model.log_odds import log_odds
from credit.model.manifest_parts import Intervals, Left, Rates
from credit.training.answer_spreads import without
from credit.training.hiding import Hiding

Floats = NDArray[np.float64]

#: So many clients are answered in each state but the one in which all is known, where all are.
CLIENTS = 20_000
#: Formulas need several times the memory of the clients that they are worked out for: so many at a time.
_AT_A_TIME = 10_000
#: The true probabilities are looked at in so many bins of equally many clients.
_BINS = 5
#: A bin of fewer clients says little of a spread.
_FEWEST = 100
_DIGITS = 4


@dataclass(frozen=True)
class HeldOut:
    """Clients from whom the model has not learnt. ``x``: (n, k) features; ``defaulted``: (n,) 0/1; ``truth``: (n,)
    true probabilities of a simulated bank, or None.
    """

    x: Floats
    defaulted: NDArray[np.int64]
    truth: Floats | None


def measured(
    probability: Callable[[Floats], Floats],
    columns: tuple[str, ...],
    unknown: Unknown,
    held_out: HeldOut,
    out_of_fold: tuple[NDArray[np.int64], Floats] | None = None,
) -> Intervals:
    """``probability``: the model, (n, k) -> (n,). ``columns``: its k features. ``held_out``: the clients who judge.
    ``unknown``: of its manifest, which names the parts.

    ``out_of_fold``: outcomes and answers (m,) of the training clients by models that have not learnt from them. They
    are more than the held-out ones, and take their place where all is known.
    """
    rates, answers = [], _answered(probability, held_out.x)
    hiding = Hiding(columns)
    parts = [part for part in PARTS if part.name in unknown.names]
    y, x = held_out.defaulted[:CLIENTS], held_out.x[:CLIENTS]
    for state in product((True, False), repeat=len(parts)):
        known = [part.name for part, is_known in zip(parts, state, strict=True) if is_known]
        away = [part for part, is_known in zip(parts, state, strict=True) if not is_known]
        if not away:
            table = RateTable.of(held_out.defaulted, answers) if out_of_fold is None else RateTable.of(*out_of_fold)
        else:
            table = RateTable.of(y, _answered(lambda some: probability(without(hiding, some, away)), x))  # noqa: B023
        if table is not None:
            rates.append(cast(Rates, {"known": known, **table.to_dict()}))
    return Intervals(level=LEVEL, rates=rates, left=_left(unknown, held_out, answers))


def _answered(probability: Callable[[Floats], Floats], x: Floats) -> Floats:
    parts = [probability(x[first : first + _AT_A_TIME]) for first in range(0, len(x), _AT_A_TIME)]
    return np.concatenate([np.zeros(0), *parts])


def _left(unknown: Unknown, held_out: HeldOut, answers: Floats) -> Left | None:
    """Of the variance of the true log odds what is not that of parts that a client lacks; None without the truth."""
    truth = held_out.truth
    if truth is None or len(truth) < _BINS * _FEWEST:
        return None
    score = log_odds(answers)
    off = log_odds(truth) - score
    lacking = unknown.variance(unknown.shares(held_out.x), answers)
    scores, spread = [], []
    for rows in np.array_split(np.argsort(score, kind="stable"), _BINS):
        scores.append(round(float(score[rows].mean()), _DIGITS))
        spread.append(round(float(np.sqrt(max(off[rows].var() - lacking[rows].mean(), 0.0))), _DIGITS))
    if len(set(scores)) < _BINS:  # a model that gives many clients one answer: then one spread holds for all
        scores, spread = [round(float(score.mean()), _DIGITS)], [float(np.sqrt(np.square(spread).mean()))]
    return Left(clients=len(truth), scores=scores, spread=spread)
