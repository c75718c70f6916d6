"""How far two samples of a number lie apart, by ranks: a distance that no single client decides.

With r(x) the share of the reference below x, and half of what is equal to x, the distance is that of Wasserstein
between the ranks of both sides, in units of the standard deviation of the reference's ranks:

    W(r(reference), r(current)) / sd(r(reference)),    W(a, b) = integral of |F_a(u) - F_b(u)| du

For a normal column that moves by a small part d of its standard deviation it is 0.98 d, so that the bar of the distance
by values, which Evidently reads, is the bar here too. By values one client decides: the standard deviation of incomes
with 117,000,000 among them is that client's. A rank lies between 0 and 1 whatever the value, so one client of n moves
the distance by at most 1 / (n sd). Where nearly all have one value the sd vanishes; it is taken as `LEAST` at least.
The ranks of tied values, "ridits": I. Bross, How to use ridit analysis, Biometrics 14, 1958.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance

Floats = NDArray[np.float64]

#: The standard deviation of ranks where one client in a hundred has another value than all others. A rarer value is
#: measured by this one, else the first client to have it would be drift.
LEAST = 0.05


def ridits(reference: Floats, values: Floats) -> Floats:
    """The rank of each of ``values`` (n,) in ``reference`` (m,), from 0 to 1: the share below, and half of the equal.

    Neither holds NaN.
    """
    rising = np.sort(reference)
    below, up_to = (np.searchsorted(rising, values, side) for side in ("left", "right"))
    found: Floats = (below + up_to) / (2 * len(rising))
    return found


def rank_distance(reference: Floats, current: Floats) -> float:
    """The distance, 0 for two equal distributions; ``reference`` (m,) and ``current`` (n,) hold no NaN.

    Raises ValueError where either has no value.
    """
    if not len(reference) or not len(current):
        raise ValueError("a distance wants values on both sides, and one has none")
    own = ridits(reference, reference)
    return float(wasserstein_distance(own, ridits(reference, current)) / max(own.std(), LEAST))
