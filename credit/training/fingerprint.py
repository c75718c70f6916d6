"""A fingerprint of the clients that a model learns from: the same for the same data, wherever and however it was made.

Sums over a history are added in the order in which threads and machines finish, and so differ in their last bits from
run to run. A hash of their bytes would call that other data. So the fingerprint is the SHA-256 of three things:

- the features' names, and the number of clients;
- what is exact: SK_ID_CURR, the outcome and the recipe's features of the application, as a hash of each client's bits
  (SplitMix64), the hashes added up modulo 2^64, so that the clients' order does not matter;
- of every feature, how many clients lack it, and the sums of its positive and of its negative values to nine
  significant digits, each client with a weight from 1 to 2 that depends on SK_ID_CURR alone. Last bits change such a
  sum by 1e-16 of it and its digits in one of some 100,000 fingerprints; another value in another client changes it.

Source: G. Steele, D. Lea and C. Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit import features

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bits = NDArray[np.uint64]

#: The features that are taken or divided from one row of the application table, and so are the same on every engine.
EXACT = frozenset(one.name for one in features.FEATURES if one.table == "application" and one.family == "recipe")
#: Significant digits of the sums that count.
DIGITS = 9
#: Clients that are looked at at once.
_BLOCK = 4_096


@dataclass(frozen=True)
class Content:
    """What a fingerprint is made from; contents of some of the clients each are added with ``+``.

    ``columns``: (k,) names of the features. ``clients``: how many. ``exact``: sum of the hashes, modulo 2^64.
    ``missing``: (k,) clients without the feature. ``sums``: (2, k) of the weighted positive and negative values.
    """

    columns: tuple[str, ...]
    clients: int
    exact: int
    missing: Integers
    sums: Floats

    @classmethod
    def of(cls, columns: tuple[str, ...], client: Integers, x: Floats, defaulted: Integers) -> "Content":
        """Of clients ``client`` (n,), SK_ID_CURR, with features ``x`` (n, k) named ``columns``, NaN for missing, and
        outcomes ``defaulted`` (n,).
        """
        key = mixed(client.astype(np.uint64))
        bits = mixed(key ^ defaulted.astype(np.uint64))
        for place in (place for place, name in enumerate(columns) if name in EXACT):
            bits = mixed(bits ^ bits_of(x[:, place]))
        weight = 1.0 + uniform(key)[:, None]
        missing, sums = np.zeros(len(columns), dtype=np.int64), np.zeros((2, len(columns)))
        for start in range(0, len(client), _BLOCK):
            rows = slice(start, start + _BLOCK)
            unknown = np.isnan(x[rows])
            known = weight[rows] * np.where(unknown, 0.0, x[rows])
            missing += unknown.sum(axis=0)
            sums[0] += np.maximum(known, 0.0).sum(axis=0)
            sums[1] -= np.minimum(known, 0.0).sum(axis=0)
        return cls(columns, len(client), int(bits.sum()), missing, sums)

    def __add__(self, other: "Content") -> "Content":
        if self.columns != other.columns:
            raise ValueError("contents of different features have no sum; take the same features in the same order")
        return Content(
            self.columns,
            self.clients + other.clients,
            (self.exact + other.exact) % 2**64,
            self.missing + other.missing,
            self.sums + other.sums,
        )

    def fingerprint(self) -> str:
        """64 hexadecimal digits."""
        totals = (f"{name} {gaps} {above:.{DIGITS - 1}e} {below:.{DIGITS - 1}e}" for name, gaps, above, below in zip(
            self.columns, self.missing, *self.sums, strict=True
        ))  # fmt: skip
        return hashlib.sha256("\n".join([f"{self.clients} {self.exact}", *totals]).encode()).hexdigest()


def mixed(bits: Bits) -> Bits:
    """A step of SplitMix64: every bit that goes in changes half of those that come out."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def bits_of(values: Floats) -> Bits:
    """The bits of numbers (n,); every NaN has the same, and a negative zero those of zero."""
    return np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)


def uniform(bits: Bits) -> Floats:
    """Numbers in [0, 1) of evenly spread bits (n,)."""
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
