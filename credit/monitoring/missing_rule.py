"""The rule: a column is suddenly missing where more clients lack it than chance and the training explain.

Of the training clients a share s lacked it. It is suddenly missing where at least `CLIENTS` clients were looked at, and
it is certain that more than bar(s) = 2 s + 0.02 lack it now, or more than halfway from s to all where that is less.
Twice as many and two points more are no change of the customers but of the source; a shift below that is drift, which
/drift shows.

*Certain*: were the true share bar(s), k or more of n clients would lack the column with a probability of at most
exp(-n KL(k/n, bar(s))), where KL(f, p) = f ln(f / p) + (1 - f) ln((1 - f) / (1 - p)) (Chernoff's bound of the binomial
tail; Hoeffding 1963, theorem 1). That must be below `FALSE_ALARM`. For k = n it is bar(s)^n, and no bound but exact.

Worked out for s = 0.002: 30 of 30 alarm, and so do 11 of 30 and 62 of 1,000; 10 of 30, 3 of 1,000 and 1 of 1 do not.
For s = 0.56, where bar(s) is 0.78, 84 of 84 alarm, and 83 of 83 do not.
"""

from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: A column is watched that at most this share of the training clients lacks. The published application columns fall
#: apart there: 63 of 120 lack at most 1.9 % (credit/tables/ranges.json), the others 13.5 % and more. Scores of other
#: providers are watched whatever that share is: none moves a probability as much, and each has a source of its own.
NEARLY_ALWAYS = 0.02

#: The same for clients without any row in a history: 14 % have no loan in the bureau, 5 % none before at the bank.
NEARLY_ALWAYS_ROWS = 0.2

#: Of fewer clients nothing is said: a program that is tried out sends some without most columns.
CLIENTS = 30

#: The chance of an alarm without a cause, for one column at one look: a thousand columns, looked at a thousand times,
#: give one in a thousand.
FALSE_ALARM = 1e-9

#: An alarm begins above this many times the training's share, and this much more.
_TIMES, _MORE = 2.0, 0.02


def bar(share: ArrayLike) -> NDArray[np.float64]:
    """The share of clients, in [0, 1], beyond which a column is suddenly missing that ``share`` lacked in training."""
    s = np.asarray(share, dtype=np.float64)
    return np.minimum(_TIMES * s + _MORE, (1 + s) / 2)


def suddenly_missing(missing: ArrayLike, clients: float, share: ArrayLike) -> NDArray[np.bool_]:
    """Which columns are suddenly missing.

    ``missing``: array (n_columns,), how many of the ``clients`` lack each. ``share``: array (n_columns,), which part of
    the training clients did, in [0, 1].
    """
    p = bar(share)
    if clients < CLIENTS:
        return np.zeros(p.shape, dtype=bool)
    f = np.clip(np.asarray(missing, dtype=np.float64) / clients, 0.0, 1.0)
    beyond = f > p
    with np.errstate(divide="ignore", invalid="ignore"):
        known = np.where(f < 1, (1 - f) * np.log((1 - f) / (1 - p)), 0.0)
        divergence = np.where(beyond, f * np.log(f / p) + known, 0.0)
    return beyond & (clients * divergence > -log(FALSE_ALARM))
