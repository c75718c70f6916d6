"""Log odds: the scale on which scores add up and probabilities spread alike."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Probabilities nearer to 0 or 1 than this are taken as this near, so that log odds stay finite.
NEAREST = 1e-6


def log_odds(probability: ArrayLike) -> NDArray[np.float64]:
    """ln(p / (1 - p)), of probabilities held within [1e-6, 1 - 1e-6]; same shape."""
    # Of one client numpy.clip takes longer than both logarithms.
    p = np.minimum(np.maximum(np.asarray(probability, dtype=np.float64), NEAREST), 1 - NEAREST)
    return np.asarray(np.log(p) - np.log1p(-p))
