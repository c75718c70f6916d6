"""The trees of a LightGBM model as plain values: splits with a side for the gap, and leaves in log odds.

A client goes to the left of a split where its value is at most the threshold, and a gap goes to one fixed side. That is
all there is to a tree of numbers, so it can be said in any language that compares doubles. What is more than that
(sets of categories, zeros that count as gaps, lines in the leaves, averages of trees) is refused.
Reference: ``Tree::NumericalDecision`` of LightGBM 4.7.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.model import Scorer
from credit.model.calibration import Calibration
from credit.model.lightgbm_fast import FURTHEST, TOLERANCE, probe, trees

Floats = NDArray[np.float64]

#: Objectives whose raw score is the log odds of default.
_LOG_ODDS = ("binary sigmoid:1", "cross_entropy")
#: Uncalibrated log odds are held within these: beyond, the exponential of some database is an error, and the
#: probability is 0 or 1 to 300 digits.
_UNCALIBRATED = 700.0


class NotExportable(ValueError):
    """A model that cannot be written down exactly: why, and what to do, in one sentence."""


@dataclass(frozen=True)
class Leaf:
    """``value``: in log odds. ``clients``: how many rows of the training lie in it."""

    value: float
    clients: int


@dataclass(frozen=True)
class Split:
    """``column``: that it reads. To the left goes a value <= ``threshold``, and a gap where ``gap_left``; every number
    does at a threshold of infinity.
    """

    column: str
    threshold: float
    gap_left: bool
    left: "Node"
    right: "Node"


Node = Split | Leaf

#: LightGBM takes a number that is no further from 0 than this for 0 (its ``kZeroThreshold``, a single).
_ZERO = float(np.float32(1e-35))
#: LightGBM writes an infinite threshold, at which a gap is parted from all numbers, as this one.
_INFINITE = 1e300


@dataclass(frozen=True)
class BoostedTrees:
    """log odds = intercept + slope * (sum of the ``trees``, held within -``limit`` and ``limit``).

    - ``trees``: whose leaves add up to the model's log odds before its calibration
    - ``slope``, ``intercept``: of the calibration, in log odds
    - ``limit``: beyond which the sum is taken to be there, > 0
    """

    trees: tuple[Node, ...]
    slope: float
    intercept: float
    limit: float

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the trees read, each once, in the order in which the trees meet them."""
        return tuple(dict.fromkeys(split.column for tree in self.trees for split in splits(tree)))

    def log_odds(self, values: Mapping[str, Floats], clients: int) -> Floats:
        """Calibrated log odds of default (clients,); ``values``: column -> (clients,), NaN for a gap."""
        total = np.zeros(clients)
        for tree in self.trees:
            total += leaf_values(tree, values, clients)
        return self.intercept + self.slope * np.clip(total, -self.limit, self.limit)


def boosted_trees(model: Scorer) -> BoostedTrees:
    """The trees of a loaded model. Raises `NotExportable` where they do not say all that the model does.

    That they do is tried: on a few hundred random clients, gaps included, they must give the model's probability within
    1e-12.
    """
    parts = trees(model.model)
    if parts is None:
        raise NotExportable(
            f"a {model.manifest['model']['name']} is not made of LightGBM's trees, so it has no exact form in SQL; "
            "export an additive model that is trained for it: --to points --data DIR"
        )
    dumped = parts.booster.dump_model()
    if dumped["objective"] not in _LOG_ODDS or dumped.get("average_output"):
        raise NotExportable(
            f"the trees of this model (objective {dumped['objective']}) do not add up to log odds, so they are not "
            f"exported; train it with one of {', '.join(_LOG_ODDS)}"
        )
    positions = range(len(model.columns)) if parts.positions is None else parts.positions.tolist()
    read = [model.columns[position] for position in positions]
    found = tuple(_node(tree["tree_structure"], read) for tree in dumped["tree_info"])
    calibrated = parts.calibration != Calibration()
    made = BoostedTrees(
        found, parts.calibration.slope, parts.calibration.intercept, FURTHEST if calibrated else _UNCALIBRATED
    )
    clients = _tried(made, model)
    values = {name: clients[:, model.index[name]] for name in made.columns}
    theirs = 1 / (1 + np.exp(-made.log_odds(values, len(clients))))
    if not np.allclose(theirs, model.probability(clients), rtol=0, atol=TOLERANCE):
        raise NotExportable(
            "the trees of this model do not give its probabilities within 1e-12, so they are not exported; train it "
            "again with this version"
        )
    return made


def splits(node: Node) -> Iterator[Split]:
    """All splits of a tree, from its root."""
    if isinstance(node, Split):
        yield node
        yield from splits(node.left)
        yield from splits(node.right)


def leaves(node: Node) -> Iterator[Leaf]:
    """All leaves of a tree, from the left."""
    if isinstance(node, Leaf):
        yield node
    else:
        yield from leaves(node.left)
        yield from leaves(node.right)


def leaf_values(node: Node, values: Mapping[str, Floats], clients: int) -> Floats:
    """What a tree says of each client, array (clients,), in log odds; arguments as `BoostedTrees.log_odds`."""
    if isinstance(node, Leaf):
        return np.full(clients, node.value)
    x = values[node.column]
    left = np.where(np.isnan(x), node.gap_left, x <= node.threshold)
    return np.where(left, leaf_values(node.left, values, clients), leaf_values(node.right, values, clients))


def _node(written: Mapping[str, Any], columns: list[str]) -> Node:
    if "leaf_value" in written:
        if written.get("leaf_coeff"):
            raise NotExportable("this model has lines in its leaves (linear_tree), which are not exported")
        return Leaf(float(written["leaf_value"]), int(written.get("leaf_count", 0)))
    column = columns[int(written["split_feature"])]
    if written["decision_type"] != "<=":
        raise NotExportable(f"this model splits {column} by a set of categories, which is not exported")
    threshold, missing = _exact(float(written["threshold"])), written["missing_type"]
    if missing == "Zero":
        raise NotExportable(f"this model takes 0 in {column} for a gap (zero_as_missing), which is not exported")
    # Where no gap was met in training LightGBM takes one for 0.
    gap_left = bool(written["default_left"]) if missing == "NaN" else threshold >= 0
    left, right = (_node(written[side], columns) for side in ("left_child", "right_child"))
    return Split(column, threshold, gap_left, left, right)


def _exact(threshold: float) -> float:
    """The threshold that parts all doubles as LightGBM does, which rounds those next to 0 to it before it compares."""
    if threshold >= _INFINITE:
        return np.inf
    if abs(threshold) > _ZERO:
        return threshold
    return _ZERO if threshold >= 0 else float(np.nextafter(-_ZERO, -np.inf))


def _tried(made: BoostedTrees, model: Scorer) -> Floats:
    """Clients (n, columns) that meet both sides of many splits: random ones, and values on the splits themselves."""
    clients = probe(len(model.columns))
    generator = np.random.default_rng(len(made.trees))
    for split in (split for tree in made.trees for split in splits(tree)):
        rows = generator.integers(0, len(clients), 2)
        if np.isfinite(split.threshold):
            clients[rows, model.index[split.column]] = split.threshold, np.nextafter(split.threshold, np.inf)
    return clients
