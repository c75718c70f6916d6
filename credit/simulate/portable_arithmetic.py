"""Arithmetic that gives the same bits on every processor: weighted sums, exp, log, powers, the normal distribution.

IEEE 754 prescribes every bit of a sum, a product, a quotient and a square root, and nothing of the rest. OpenBLAS has a
kernel per processor family and cuts a matrix product by the number of processors: each adds in an order of its own.
NumPy's exp, log and powers have variants for AVX-512, and glibc's have some with fused multiply-add. Their last bits
differ. External scores are not rounded and carry them into the tables, and a rounded amount flips where it lies near
an edge: another processor, another bank. So the simulator computes with what is here, IEEE operations in a fixed order.

Two things remain, and where they differ in a last bit, it counts only beside an edge: SciPy's ndtri, whose results are
rounded to four decimals, and the tails of NumPy's generators, which come from the C library's log1p (see ``on_grid``).

Sources: G. West, Better approximations to cumulative normal functions, Wilmott 2005 (Hart's algorithm 5666); G. Golub
and C. Van Loan, Matrix Computations, 4.2; W. Cody and W. Waite, Software Manual for the Elementary Functions, 1980.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

#: ln 2 in two parts; the first has so many zeros at its end that multiples of it are exact.
_LN2 = (6.93147180369123816490e-01, 1.90821492927058770002e-10)
#: 1 / k! from k = 13 down to 0: within half ln 2 the rest of the series is below 1e-17.
_EXP = tuple(1.0 / float(np.prod(np.arange(1, k + 1, dtype=np.float64))) for k in range(13, -1, -1))
#: 1, 1/3, 1/5, ... of the series of log, highest power first: the rest is below 1e-17 of it.
_LOG = tuple(1.0 / k for k in range(23, 0, -2))
#: Hart's rational approximation, highest power first, and where its continued fraction takes over.
_ABOVE = (3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
    221.213596169931, 220.206867912376)  # fmt: skip
_BELOW = (8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674,
    637.333633378831, 793.826512519948, 440.413735824752)  # fmt: skip
_FAR = 7.07106781186547
#: The square root of 2 pi.
_ROOT = 2.506628274631
#: Steps of the grid that ``on_grid`` rounds to.
_GRID = 2.0**30


def weighted(weights: ArrayLike, rows: Floats) -> Floats:
    """The sum of ``rows`` (k, n), each times its weight (k,), added row after row: (n,)."""
    total = np.zeros(rows.shape[1])
    for weight, row in zip(np.asarray(weights, dtype=np.float64), rows, strict=True):
        if weight != 0:
            total += weight * row
    return total


def cholesky(matrix: Floats) -> Floats:
    """The lower triangular L (k, k) with L L^T = ``matrix``. Raises ValueError where it is not positive definite."""
    rest, lower = np.array(matrix, dtype=np.float64), np.zeros(matrix.shape)
    for k in range(len(rest)):
        if not rest[k, k] > 0:
            raise ValueError(f"the matrix is not positive definite (row {k}); take nearest_correlation of it")
        lower[k:, k] = rest[k:, k] / np.sqrt(rest[k, k])
        rest[k:, k:] -= np.outer(lower[k:, k], lower[k:, k])
    return lower


def solve(matrix: Floats, right: ArrayLike) -> Floats:
    """x (k,) with ``matrix`` x = ``right``, for a positive definite matrix (k, k). Raises ValueError for another."""
    lower = cholesky(matrix)
    x = np.array(right, dtype=np.float64)
    for k in range(len(x)):
        x[k] /= lower[k, k]
        x[k + 1 :] -= lower[k + 1 :, k] * x[k]
    for k in reversed(range(len(x))):
        x[k] /= lower[k, k]
        x[:k] -= lower[k, :k] * x[k]
    return x


def exp(values: ArrayLike) -> Floats:
    """e to the power of ``values``, within two units of the last place; values beyond +-700 count as +-700."""
    x = np.clip(np.asarray(values, dtype=np.float64), -700.0, 700.0)
    power = np.rint(x / (_LN2[0] + _LN2[1]))
    rest = (x - power * _LN2[0]) - power * _LN2[1]
    return np.ldexp(_polynomial(_EXP, rest), power.astype(np.int64))


def log(values: ArrayLike) -> Floats:
    """The natural logarithm of positive ``values``, within 2e-16 or two units of the last place."""
    part, power = np.frexp(np.asarray(values, dtype=np.float64))
    low = part < np.sqrt(0.5)
    part, power = np.where(low, 2 * part, part), power - low
    ratio = (part - 1) / (part + 1)
    return power * _LN2[0] + (power * _LN2[1] + 2 * ratio * _polynomial(_LOG, ratio * ratio))


def logit(probability: ArrayLike) -> Floats:
    """The log odds of probabilities between 0 and 1, both excluded."""
    p = np.asarray(probability, dtype=np.float64)
    return log(p / (1 - p))


def power(base: ArrayLike, exponent: ArrayLike) -> Floats:
    """``base`` >= 0 to the power of ``exponent``; 0 to the power of what is above 0 is 0."""
    x = np.asarray(base, dtype=np.float64)
    times = np.asarray(exponent, dtype=np.float64)
    return np.where(x > 0, exp(times * log(np.where(x > 0, x, 1.0))), 0.0)


def normal_cdf(values: ArrayLike) -> Floats:
    """The share of standard normal values below ``values``, with an absolute error below 1e-14."""
    x = np.asarray(values, dtype=np.float64)
    size = np.minimum(np.abs(x), 38.0)
    density = exp(-0.5 * size * size)
    near = density * _polynomial(_ABOVE, size) / _polynomial(_BELOW, size)
    far = density / (size + 1 / (size + 2 / (size + 3 / (size + 4 / (size + 0.65))))) / _ROOT
    below = np.where(size < _FAR, near, far)
    return np.where(x > 0, 1 - below, below)


def on_grid(values: Floats) -> Floats:
    """``values`` rounded to multiples of 2^-30.

    The tails of NumPy's normal generator come from the C library's log1p, so one drawn number in four thousand may
    differ in its last bit: on the grid it does not, but in one of a million of those.
    """
    return np.rint(values * _GRID) / _GRID


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Horner's rule, the highest power first."""
    total = np.full(x.shape, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total
