"""How many training clients lie in every leaf of a LightGBM model, counted.

LightGBM's contributions are averages over training clients: each branch weighs as many clients as the model's text says
that it holds. On one machine LightGBM counts them. On several (``tree_learner=data``, what Dask does) it estimates: the
share of the second derivatives, p (1 - p) of each client, in place of the share of the clients, so that the likely
defaulters weigh too much and the base value is too high. Seen in LightGBM 4.7.0. The estimates change no prediction;
they are replaced by counts here. Reference: S. Lundberg and others, From local explanations to global understanding
with explainable AI for trees, 2020, algorithm 1, which LightGBM's ``pred_contrib`` follows.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray

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
    head, *trees = re.split(r"(?=^Tree=\d+$)", model, flags=re.MULTILINE)
    if len(trees) != len(counts):
        raise ValueError(f"the model has {len(trees)} trees, and the counts are of {len(counts)}")
    if counts.size and not counts[0].sum():
        raise ValueError("the leaves of a model are counted on training clients, and there are none")
    last, end, tail = trees[-1].partition("end of trees") if trees else ("", "", "")
    trees = [_tree(text, own) for text, own in zip([*trees[:-1], last], counts, strict=True)] if trees else []
    # Readers find each tree by the bytes of those before it.
    sizes = " ".join(str(len(text.encode())) for text in trees)
    head = _line("tree_sizes", lambda _: sizes, head)
    return "".join([head, *trees, end, tail])


def _tree(text: str, counts: Counts) -> str:
    """One tree: a branch holds what its two sides hold; a side below 0 is leaf -(1 + side), others are branches."""
    leaves = int(_numbers("num_leaves", text)[0])
    if leaves == 1:
        return text
    left, right = _numbers("left_child", text), _numbers("right_child", text)
    branches = [0] * len(left)
    # A branch is made by splitting a leaf that was there: its number is higher than that of the branch above it.
    for branch in reversed(range(len(left))):
        branches[branch] = sum(
            int(counts[-1 - side]) if side < 0 else branches[side] for side in (left[branch], right[branch])
        )
    text = _line("leaf_count", lambda _: " ".join(map(str, counts[:leaves].tolist())), text)
    return _line("internal_count", lambda _: " ".join(map(str, branches)), text)


def _numbers(name: str, text: str) -> Sequence[int]:
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"a tree of the model's text has no line {name}: this version of LightGBM writes another form")
    return [int(number) for number in found[1].split()]


def _line(name: str, value: Callable[[str], str], text: str) -> str:
    """``text`` with another value in its one line ``name``. Raises ValueError where there is none."""
    changed, times = re.subn(rf"^{name}=.*$", lambda found: f"{name}={value(found[0])}", text, flags=re.MULTILINE)
    if times != 1:
        raise ValueError(f"the model's text has {times} lines {name}: this version of LightGBM writes another form")
    return changed
