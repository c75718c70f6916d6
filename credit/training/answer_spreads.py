"""How far the model's answers spread once a part is known that was not: measured on clients of whom all is known.

The same clients are answered with the part hidden and with it, for each way in which the other parts are known or
hidden. No outcome is looked at: the model's own fuller answer says what knowing the part does to its answer.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision.value_of_information import EDGES
from credit.features.information_sources import APPLICATION, PARTS, SCORES, ApplicationColumns, Part
from credit.model.log_odds import log_odds
from credit.training.hiding import Hiding

Floats = NDArray[np.float64]

#: So many clients are answered again and again.
CLIENTS = 5_000
#: A column that is missing of at most this share of the clients is one that is nearly always known.
RARELY_MISSING = 0.02
#: Between two edges fewer clients than this say little: then the spread over all of them is taken.
_FEWEST = 30


def measured(
    probability: Callable[[Floats], Floats],
    x: Floats,
    columns: tuple[str, ...],
    missing: dict[str, float],
    weights: dict[str, float],
    seed: int = 7,
) -> dict[str, Any]:
    """What the manifest keeps as "unknown".

    ``probability``: the model, (n, k) -> (n,). ``x``: (n, k) clients whom it has not seen. ``missing``: feature ->
    share of the training clients without it. ``weights``: feature -> mean |contribution|, by which columns are ordered.
    ``columns``: the names of the k features. ``seed``: of the draw of the columns that are hidden of an application of
    which half is known.
    """
    x = x[:CLIENTS]
    hiding = Hiding(columns)
    of_application = ApplicationColumns(columns)
    parts = [part for part in PARTS if _has(part, columns, hiding)]
    answers: dict[frozenset[str], Floats] = {}
    halves: dict[frozenset[str], Floats] = {}
    for state in product((False, True), repeat=len(parts)):
        away = [part for part, hidden in zip(parts, state, strict=True) if hidden]
        names = frozenset(part.name for part in away)
        answers[names] = log_odds(probability(without(hiding, x, away)))
        if APPLICATION in away:
            draw = np.random.default_rng(seed).random((len(x), len(hiding.of_column))) < 0.5
            halves[names] = log_odds(probability(without(hiding, x, away, draw)))
    rows = []
    for part in parts:
        others = [one.name for one in parts if one is not part]
        for state in product((False, True), repeat=len(others)):
            known = [name for name, is_known in zip(others, state, strict=True) if is_known]
            others_away = frozenset(others) - set(known)
            before, after = answers[others_away | {part.name}], answers[others_away]
            row: dict[str, Any] = {"part": part.name, "known": known, "spread": _spread(before, after)}
            if part is APPLICATION:
                row["half"] = _spread(halves[others_away | {part.name}], after)
            rows.append(row)
    usual = [
        name
        for name, places in of_application.places.items()
        if name in APPLICATION.columns and _rarely_missing(of_application, x, name, places, columns, missing)
    ]
    heaviest = {
        name: sum(weights.get(columns[place], 0.0) for place in places)
        for name, places in of_application.places.items()
    }
    return {
        "columns": sorted(usual, key=lambda name: -heaviest[name]),
        "spreads": rows,
        "scores": _of_scores(probability, hiding, x),
    }


def _of_scores(probability: Callable[[Floats], Floats], hiding: Hiding, x: Floats) -> dict[str, float]:
    """Score -> how much of the variance that knowing all scores has is that of knowing this one beside the others.

    Measured on the clients who have it and another; 0 where these are too few.
    """
    names = [name for name in SCORES.columns if name in hiding.of_column]
    places = [int(hiding.of_column[name][0]) for name in names]
    found = {}
    for name, place in zip(names, places, strict=True):
        others = [other for other in places if other != place]
        some = x[~np.isnan(x[:, place]) & ~np.isnan(x[:, others]).all(axis=1)]
        if len(some) < _FEWEST:
            found[name] = 0.0
            continue
        answers = []
        for away in ((), (name,), SCORES.columns):
            columns = np.tile([column in away for column in hiding.of_column], (len(some), 1))
            tables = [np.zeros(len(some), dtype=bool) for _ in hiding.of_table]
            answers.append(log_odds(probability(hiding.hidden(some, tables, columns))))
        whole, alone = ((answers[0] - one).var() for one in (answers[2], answers[1]))
        found[name] = round(float(min(alone / whole, 1.0)) if whole > 0 else 0.0, 4)
    return found


def _has(part: Part, columns: tuple[str, ...], hiding: Hiding) -> bool:
    """Whether the model reads the part, and can be told that it is not known."""
    return any(name in columns for name in part.histories) or any(name in hiding.of_column for name in part.columns)


def _rarely_missing(
    of_application: ApplicationColumns,
    x: Floats,
    name: str,
    places: NDArray[np.intp],
    columns: tuple[str, ...],
    missing: dict[str, float],
) -> bool:
    if len(places) == 1 and columns[places[0]] == name:
        return missing.get(name, 1.0) <= RARELY_MISSING
    return float(of_application.known(x, [name]).mean()) >= 1 - RARELY_MISSING  # a text: 0 where it is missing


def without(hiding: Hiding, x: Floats, away: Sequence[Part], draw: NDArray[np.bool_] | None = None) -> Floats:
    """``x`` (n, k) with the parts ``away`` hidden, whose columns ``hiding`` knows; of the application only what is in
    ``draw`` (n, columns), where there is one.
    """
    tables = [np.full(len(x), any(table in part.tables for part in away)) for table in hiding.of_table]
    columns = np.zeros((len(x), len(hiding.of_column)), dtype=bool)
    for part in away:
        mine = np.array([name in part.columns for name in hiding.of_column])
        columns |= mine if part is not APPLICATION or draw is None else mine & draw
    return hiding.hidden(x, tables, columns)


def _spread(before: Floats, after: Floats) -> list[float]:
    """Standard deviation of the difference of log odds, between the edges of ``before``."""
    difference = after - before
    bins = np.searchsorted(EDGES, before, side="right")
    found = []
    for number in range(len(EDGES) + 1):
        inside = difference[bins == number]
        found.append(round(float((inside if len(inside) >= _FEWEST else difference).std()), 4))
    return found
