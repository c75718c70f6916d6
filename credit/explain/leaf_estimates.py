"""Whether the leaves of a LightGBM model hold estimates where its contributions need counts of training clients.

After a training on several machines LightGBM writes into every leaf the tree's clients times the leaf's share of the
second derivatives, p (1 - p) of each client; `credit.training.leaf_counts` puts counts there. Contributions made with
the estimates add up to the probability as well, so adding up cannot tell them apart. The model's text can: it holds the
second derivatives, too (``leaf_weight``), and estimates are proportional to them but for rounding. Counts are not, as
soon as the clients of a tree have different probabilities.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Rounding leaves an estimate of a leaf so many clients beside its share, in the median tree: measured 0.8 with 31
#: leaves, and 24 to 31 with counts, of 20,000 clients.
_ROUNDING = 2.0

#: Where clients are about as likely to default as each other, counts are as proportional as estimates, and right: trees
#: are looked at once those before them set the clients apart by a standard deviation of so much in log odds.
_APART = 0.1

#: Of fewer such trees, or fewer clients, rounding alone may hide the difference, and nothing is said.
_TREES, _CLIENTS = 10, 1_000


def estimated(model: str) -> bool:
    """Whether the leaves of ``model``, the text of a booster, hold estimates. False where that cannot be determined."""
    beside, variance = [], 0.0
    for counts, weights, values in _leaves(model):
        clients = counts.sum()
        if clients < _CLIENTS or not weights.sum() > 0:
            continue
        if variance >= _APART**2:
            beside.append(float(np.abs(counts - weights * clients / weights.sum()).mean()))
        # That of all trees together is larger still, for each goes on where those before it stopped.
        variance += float(np.average((values - np.average(values, weights=counts)) ** 2, weights=counts))
    return len(beside) >= _TREES and float(np.median(beside)) <= _ROUNDING


def _leaves(model: str) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Of each tree with more than one leaf: clients, second derivatives and value of its leaves, arrays (leaves,)."""
    lines: dict[str, list[str]] = {"leaf_count": [], "leaf_weight": [], "leaf_value": []}
    for line in model.splitlines():
        name, _, numbers = line.partition("=")
        if name in lines:
            lines[name].append(numbers)
    for texts in zip(*lines.values(), strict=True):
        counts, weights, values = (np.array(text.split(), dtype=np.float64) for text in texts)
        if len(counts) > 1:
            yield counts, weights, values
