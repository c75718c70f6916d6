"""When known outcomes can be taken at their word.

Defaults are known before repayments are: of the first outcomes of a week, often all have defaulted. So outcomes count
once nearly all of their week are known, of the loans that were given and of those that were not apart.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

#: From this share of known outcomes on, among the loans of a week, they can be taken at their word.
MATURE = 0.9


def mature(week: NDArray[Any], lent: Flags, known: Flags) -> Flags:
    """(n,) whether nearly all outcomes of a decision's ``week`` (n,) are ``known`` (n,), among those ``lent`` (n,) or
    among the others.

    >>> week = np.zeros(20, dtype=int)
    >>> known = np.arange(20) < 18
    >>> bool(mature(week, np.ones(20, bool), known).all()), bool(mature(week, known, known)[18:].any())
    (True, False)
    """
    _, number = np.unique(week, return_inverse=True)
    group = 2 * number + lent
    share = np.bincount(group, known) / np.maximum(np.bincount(group), 1)
    return np.asarray(share[group] >= MATURE, dtype=bool)
