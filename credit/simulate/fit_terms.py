"""The pieces of the truth while it is fitted: per column a design, the moments to match, and how its table is told."""

from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtri

from credit.simulate.column_sampling import profile
from credit.simulate.housing import MEASURES, OTHERS
from credit.simulate.validation import soft_auc

HOUSING = {f"{measure}_AVG" for measure in MEASURES} | set(OTHERS)
#: Clients behind the real default rates: how far to trust them.
REAL_CLIENTS = 64_287


def in_a_block(column: str) -> bool:
    """Columns that are missing with others, one of which says for all whether missing matters.

    TOTALAREA_MODE speaks for the building, AMT_REQ_CREDIT_BUREAU_YEAR for the bureau, FLAG_OWN_CAR for the car's age.
    """
    speaks = column in ("TOTALAREA_MODE", "AMT_REQ_CREDIT_BUREAU_YEAR")
    return not speaks and (column in HOUSING or column == "OWN_CAR_AGE" or column.startswith("AMT_REQ_"))


def heights_of_auc(numbers: np.ndarray, knots: np.ndarray, auc: float, mean: float) -> np.ndarray:
    """Log odds at the knots, linear in the normal score of the rank, for which the AUC and the mean rate come out.

    ``numbers``: (n,) the clients' values, none missing. ``knots``: (m,) ascending. ``auc``: below 0.5 for a line that
    falls. ``mean``: default rate of these clients. Returns (m,).
    """
    ranks = (np.searchsorted(np.sort(numbers), knots, "left") + np.searchsorted(np.sort(numbers), knots, "right")) / 2
    scores = ndtri(np.clip(ranks / len(numbers), 0.005, 0.995))
    slope = np.sqrt(2) * ndtri(auc)
    for _ in range(12):
        heights = slope * scores
        level = logit(mean)
        for _ in range(20):
            level += logit(mean) - logit(expit(np.interp(numbers, knots, heights + level)).mean())
        reached = soft_auc(numbers, expit(np.interp(numbers, knots, heights + level)))
        slope += np.clip(np.sqrt(2) * (ndtri(auc) - ndtri(reached)), -0.5, 0.5)
    heights_found: np.ndarray = heights + level
    return heights_found


def curve(
    numbers: np.ndarray, place: np.ndarray, filled: list[int], rates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Knots (the bins' medians and the outer ends) and log odds there, whose mean rate in every bin is the real one.

    ``numbers``: (n,) the clients' values. ``place``: (n,) the bin of each. ``filled``: the bins in which there are
    clients, and ``rates``: the default rate that each of these is to have, in (0, 1).
    """
    inner = np.array([np.median(numbers[place == i]) for i in filled])
    ends = np.nanquantile(numbers, [0.005, 0.995])
    knots, first = np.unique(
        np.concatenate([[min(ends[0], inner[0])], inner, [max(ends[1], inner[-1])]]), return_index=True
    )
    wanted = logit(rates)
    heights = wanted.copy()
    for _ in range(6):
        outer = [heights[0] + 0.5 * np.clip(heights[0] - heights[1], -1, 1)]
        far = [heights[-1] + 0.5 * np.clip(heights[-1] - heights[-2], -1, 1)]
        line = np.concatenate([outer, heights, far])[first]
        ours = expit(np.interp(numbers, knots, line))
        heights = heights + wanted - logit(np.array([ours[place == i].mean() for i in filled]))
    return knots, line


def beyond_chance(rates: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Rates of bins, drawn towards the mean as far as chance may have moved them (James-Stein, positive part)."""
    mean = profile()["default_rate"]
    error = mean * (1 - mean) / (REAL_CLIENTS * np.maximum(shares, 1e-9))
    distance = rates - mean
    kept = np.maximum(1 - error / np.maximum(distance**2, 1e-12), 0)
    drawn: np.ndarray = mean + kept * distance
    return drawn


def balanced(rates: np.ndarray) -> np.ndarray:
    """The same rates moved together in log odds so that their mean is the bank's: columns must not contradict there."""
    level, mean = 0.0, profile()["default_rate"]
    for _ in range(20):
        level += logit(mean) - logit(expit(logit(rates) + level).mean())
    balanced: np.ndarray = expit(logit(rates) + level)
    return balanced


def levels(column: str, names: list[str], design: np.ndarray, rates: np.ndarray) -> dict[str, Any]:
    """A height for each level of ``column``: ``names`` of the k levels, ``design`` (n, k) who has which, ``rates`` (k,)
    default rates.

    Clients with none of the levels have the bank's rate. Of a block that is missing together "missing" gets no height.
    """
    listed = design.any(axis=1)
    of_client = np.full(len(design), profile()["default_rate"])
    of_client[listed] = design[listed] @ rates
    # A single level says only what its own clients' rate is; several have to agree on the bank's.
    of_client = balanced(of_client) if len(names) > 1 else of_client
    level = None
    if in_a_block(column) and names[-1] == "missing":
        names, design = names[:-1], design[:, :-1]
        level = design.mean(axis=0) / design.mean(axis=0).sum()

    def table(heights: list[float]) -> dict[str, Any]:
        levels = dict(zip(names, heights, strict=True))
        gone = levels.pop("missing", None)
        return {"levels": levels} | ({} if gone is None else {"missing": gone})

    return piece(column, design, of_client, table, 0, level)


def line(
    column: str,
    numbers: np.ndarray,
    knots: np.ndarray,
    heights: np.ndarray,
    gone: float | None,
    free: bool = True,
    of_group: bool = False,
    sign: int = 0,
) -> dict[str, Any]:
    """A line of ``column`` through ``knots`` (m,), ascending; ``gone``: rate where missing, with a level of its own if
    ``free``.

    ``numbers``: (n,) the clients' values, NaN where missing. ``heights``: (m,) log odds from which the rates to match
    follow. ``of_group``: the rates are those of a group of clients and not to be moved to the bank's mean. ``sign``: +1
    for a line that must not fall, -1 for one that must not rise.
    """
    known = ~np.isnan(numbers)
    own = gone is not None and free
    position = np.interp(numbers[known], knots, np.arange(len(knots)))
    left = np.minimum(position.astype(int), len(knots) - 2)
    design = np.zeros((len(numbers), len(knots) + own), dtype=np.float32)
    rows = np.flatnonzero(known)
    design[rows, left] = 1 - (position - left)
    design[rows, left + 1] = position - left
    rates = np.full(len(numbers), profile()["default_rate"] if gone is None else gone)
    rates[known] = expit(np.interp(numbers[known], knots, heights))
    if own:
        design[~known, -1] = 1

    def table(found: list[float]) -> dict[str, Any]:
        line = {"knots": [float(f"{knot:.6g}") for knot in knots], "heights": found[: len(knots)]}
        return line | ({"missing": found[-1]} if own else {})

    level = None if own else design.mean(axis=0) / design.mean(axis=0).sum()
    return piece(column, design, rates if of_group else balanced(rates), table, len(knots), level, sign)


def piece(
    column: str,
    design: np.ndarray,
    rates: np.ndarray,
    table: Any,
    ordered: int,
    level: np.ndarray | None,
    sign: int = 0,
) -> dict[str, Any]:
    """What the fit needs to know of ``column``; see `levels` and `line`, which make it.

    ``design``: (n, k). ``rates``: (n,) of the clients, from which the moments to match are made. ``table``: from the k
    heights to what the file has of the column. ``ordered``: how many of the first heights follow each other, 0 for
    none. ``level``: weights with which the heights add up to the column's mean level, which is to stay 0; None where it
    is free. ``sign``: as of `line`.
    """
    parts = {"column": column, "design": design, "target": design.T @ rates, "table": table}
    return parts | {"ordered": ordered, "level": level, "sign": sign}
