"""How many training clients lie in every leaf of a LightGBM model, counted.

LightGBM's contributions are averages over training clients: each branch weighs as many clients as the model's text says
that it holds. On one machine LightGBM counts them. On several (``tree_learner=data``, what Dask does) it estimates: the
share of the second derivatives, p (1 - p) of each client, in place of the share of the clients, so that the likely
defaulters weigh too much and the base value is too high. Seen in LightGBM 4.7.0. The estimates change no prediction;
they are replaced by counts here. Reference: S. Lundberg and others, From local explanations to global understanding
with explainable AI for trees, 2020, algorithm 1, which LightGBM's ``pred_contrib`` follows.
"""

import re

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray

from credit.training.model_text import ModelText, list_of, with_line

Counts = NDArray[np.int64]

#: Clients whose leaves are looked up at a time: with 1,000 trees some 80 MB.
_AT_ONCE = 20_000


def leaf_counts(model: str, x: NDArray[np.floating]) -> Counts:
    """The clients of ``x`` (n, columns) in every leaf, array (trees, most leaves): 0 beyond a tree's own leaves.

    ``model``: the text of a booster, as ``Booster.model_to_string`` gives it. Counts of parts of the clients add up.
    """
    booster = Booster(model_str=model)
    sizes = [int(number) for number in re.findall(r"^num_leaves=(\d+)$", model, re.MULTILINE)]
    counts = np.zeros((len(sizes), max(sizes, default=0)), dtype=np.int64)
    for start in range(0, len(x), _AT_ONCE):
        some = x[start : start + _AT_ONCE]
        leaves = np.asarray(booster.predict(some, pred_leaf=True, num_threads=1), dtype=np.int64)
        for tree, column in enumerate(leaves.reshape(len(some), -1).T):
            counts[tree] += np.bincount(column, minlength=counts.shape[1])
    return counts


def with_counts(model: str, counts: Counts) -> str:
    """The text of the same ``model`` with ``counts`` (trees, most leaves) of `leaf_counts` in it.

    Raises ValueError where there are no clients, and for counts of another number of trees.
    """
    parts = ModelText.of(model)
    if len(parts.trees) != len(counts):
        raise ValueError(f"the model has {len(parts.trees)} trees, and the counts are of {len(counts)}")
    if counts.size and not counts[0].sum():
        raise ValueError("the leaves of a model are counted on training clients, and there are none")
    trees = tuple(_tree(text, own) for text, own in zip(parts.trees, counts, strict=True))
    return str(ModelText(parts.head, trees, parts.tail))


def _tree(text: str, counts: Counts) -> str:
    """One tree: a branch holds what its two sides hold; a side below 0 is leaf -(1 + side), others are branches."""
    leaves = int(list_of("num_leaves", text)[0])
    if leaves == 1:
        return text
    left, right = list_of("left_child", text), list_of("right_child", text)
    branches = [0] * len(left)
    # A branch is made by splitting a leaf that was there: its number is higher than that of the branch above it.
    for branch in reversed(range(len(left))):
        branches[branch] = sum(
            int(counts[-1 - side]) if side < 0 else branches[side] for side in (left[branch], right[branch])
        )
    text = with_line("leaf_count", lambda _: " ".join(map(str, counts[:leaves].tolist())), text)
    return with_line("internal_count", lambda _: " ".join(map(str, branches)), text)
