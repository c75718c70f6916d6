"""An additive model as a scorecard: for each column bins, and for each bin what it adds to the log odds of default.

Trees that each read a single column add up, column by column, to a step function of that column. Its steps are the
bins, the gap is one of its own, and

    log odds = base + sum over the columns of what the client's bin adds,   held within low and high

says exactly what the model says. Each column is centred: over the rows of the training its bins add 0 on average, so
the base is the average row's, and what a bin adds tells it from that.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit.model.scorer import Floats
from credit.scorecard.tree_nodes import BoostedTrees, Leaf, Node, NotExportable, leaf_values, leaves, splits


@dataclass(frozen=True)
class Bins:
    """One column of a scorecard.

    - ``column``: its name
    - ``upper``: (k,) increasing; bin i holds values above ``upper[i - 1]`` and at most ``upper[i]``, the last the rest
    - ``adds``: (k + 1,) what each bin adds to the calibrated log odds of default
    - ``gap``: what a client adds of whom the column is not known
    """

    column: str
    upper: tuple[float, ...]
    adds: tuple[float, ...]
    gap: float

    def of(self, x: Floats) -> Floats:
        """What clients add whose values are ``x`` (n,), NaN for a gap."""
        places: NDArray[np.intp] = np.searchsorted(np.array(self.upper), x, side="left")  # NaN comes last
        adds: Floats = np.array([*self.adds, self.gap], dtype=np.float64)
        found: Floats = adds[np.where(np.isnan(x), len(self.adds), places)]
        return found


@dataclass(frozen=True)
class Scorecard:
    """``base``: log odds of the average row of the training. ``low``, ``high``: within which log odds are held."""

    base: float
    columns: tuple[Bins, ...]
    low: float
    high: float

    def log_odds(self, values: Mapping[str, Floats], clients: int) -> Floats:
        """Calibrated log odds of default (clients,); ``values``: column -> (clients,), NaN for a gap."""
        total = np.full(clients, self.base)
        for bins in self.columns:
            total += bins.of(values[bins.column])
        held: Floats = np.clip(total, self.low, self.high)
        return held


def is_additive(model: BoostedTrees) -> bool:
    """Whether each tree reads one column at most."""
    return all(len({split.column for split in splits(tree)}) <= 1 for tree in model.trees)


def scorecard(model: BoostedTrees) -> Scorecard:
    """The scorecard of an additive model, columns in the order of `_weight`, the heaviest first.

    Raises `NotExportable` where a tree reads more than one column: then no points of single columns add up to it.
    """
    if not is_additive(model):
        two = next(names for tree in model.trees if len(names := dict.fromkeys(s.column for s in splits(tree))) > 1)
        raise NotExportable(
            f"this model is not additive: a tree reads {' and '.join([*two][:2])} together, so it has no points for "
            "single columns; name the tables of a training, and an additive model is trained for it: --data DIR"
        )
    constant = sum(tree.value for tree in model.trees if isinstance(tree, Leaf))
    of_column: dict[str, list[Node]] = {}
    for tree in model.trees:
        for split in splits(tree):
            of_column.setdefault(split.column, []).append(tree)
            break
    columns, means = [], []
    for column, own in of_column.items():
        means.append(sum(_mean(tree) for tree in own))
        columns.append(_bins(column, own, means[-1], model.slope))
    base = model.intercept + model.slope * (constant + sum(means))
    low, high = (model.intercept + model.slope * end for end in (-model.limit, model.limit))
    return Scorecard(base, tuple(sorted(columns, key=_weight, reverse=True)), low, high)


def _bins(column: str, own: list[Node], mean: float, slope: float) -> Bins:
    upper = sorted({split.threshold for tree in own for split in splits(tree) if math.isfinite(split.threshold)})
    # A bin is met at its upper end, the last one beyond all; the gap stands behind them.
    met = np.array([*upper, np.inf, np.nan], dtype=np.float64)
    adds = np.zeros(len(met))
    for tree in own:
        adds += leaf_values(tree, {column: met}, len(met))
    *values, gap = (slope * (adds - mean)).tolist()
    return Bins(column, tuple(upper), tuple(values), gap)


def _mean(tree: Node) -> float:
    """What a tree says of its training rows on average; 0 where it does not say how many there are."""
    counts = [leaf.clients for leaf in leaves(tree)]
    return float(np.average([leaf.value for leaf in leaves(tree)], weights=counts)) if sum(counts) else 0.0


def _weight(bins: Bins) -> float:
    """How far apart the bins of a column are, the gap left aside, in log odds."""
    return max(bins.adds) - min(bins.adds)
