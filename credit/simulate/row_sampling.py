"""Draws that every history table needs: rows of an owner, values from published quantiles, texts from shares.

All functions work on whole arrays and take a numpy ``Generator``, so that the same seed gives the same bytes.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from credit.simulate.portable_arithmetic import normal_cdf
from credit.tables.schema import TABLES

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Mean length of a month in days: 96 months are the 2,922 days that the histories reach back.
MONTH = 30.4375

#: The oldest day and the oldest month that a history tells.
FIRST_DAY = -2922
FIRST_MONTH = -96


def rows_of(counts: Integers) -> tuple[Integers, Integers]:
    """Owner and place of every row, when owner i has ``counts[i]`` rows: ([2, 0, 1]) -> ([0, 0, 2], [0, 1, 0])."""
    owner = np.repeat(np.arange(counts.size), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return owner, np.arange(owner.size) - first


def probability(score: ArrayLike) -> Floats:
    """The share of standard normal values below ``score``: turns a score into a uniform one or a probability."""
    return normal_cdf(score)


def mixed(rng: np.random.Generator, *parts: tuple[float, Floats]) -> Floats:
    """A standard normal score of weighted standard normal parts, filled up to variance 1 by noise of its own.

    The parts are taken as independent. Raises ValueError if the squares of the weights exceed 1.
    """
    told = sum(weight * weight for weight, _ in parts)
    if told > 1:
        raise ValueError(f"the squared weights of a score may not exceed 1, not {told:.3f}: lower one of them")
    score = rng.standard_normal(parts[0][1].size) * np.sqrt(1 - told)
    for weight, part in parts:
        score += weight * part
    return score


def from_quantiles(uniform: ArrayLike, quantiles: Mapping[float, float]) -> Floats:
    """The values at ``uniform`` (in [0, 1]) of the distribution with these quantiles, linear between them."""
    return np.interp(np.asarray(uniform, dtype=np.float64), list(quantiles), list(quantiles.values()))


def spread_evenly(rng: np.random.Generator, size: int) -> Floats:
    """Uniform numbers in random order, one from each of ``size`` equal parts of [0, 1): shares come out as asked."""
    return np.asarray((rng.permutation(size) + rng.random(size)) / max(size, 1), dtype=np.float64)


def from_shares(rng: np.random.Generator, size: int, shares: Mapping[str, float]) -> Integers:
    """Codes (places in ``shares``), spread evenly in proportion to the shares, in random order."""
    edges = np.cumsum(list(shares.values()))
    codes = np.searchsorted(edges / edges[-1], spread_evenly(rng, size), side="right")
    return np.minimum(codes, len(shares) - 1)


def from_rows(rng: np.random.Generator, row: Integers, table: Floats) -> Integers:
    """Codes drawn with the probabilities (up to a factor) in ``table[row]``; table: (groups, codes)."""
    edges = np.cumsum(table, axis=1)
    edges /= edges[:, -1:]
    return (rng.random(row.size)[:, None] > edges[row][:, :-1]).sum(axis=1)


def words(names: Sequence[str], codes: Integers) -> pl.Series:
    """The texts behind the codes; a negative code is a missing text."""
    texts = pl.Series([*names, None], dtype=pl.String)
    return texts.gather(pl.Series(np.where(codes < 0, len(names), codes)))


def money(amount: Floats, step: float = 4.5) -> Floats:
    """Amounts as the tables have them: multiples of ``step`` currency units, to three decimals."""
    return np.round(np.rint(amount / step) * step, 3)


def missing_where(values: ArrayLike, absent: ArrayLike) -> Floats:
    """Numbers with NaN where they are absent; ``frame`` turns NaN into null."""
    return np.where(absent, np.nan, np.asarray(values, dtype=np.float64))


def month_of(day: ArrayLike) -> Integers:
    """The month (0 = that of the application, -1 the one before, ...) in which a day <= 0 lies."""
    return np.floor(np.asarray(day) / MONTH).astype(np.int64)


def frame(table: str, columns: Mapping[str, ArrayLike | pl.Series]) -> pl.DataFrame:
    """A table with the schema's columns, order and types; NaN becomes null.

    Raises KeyError if a column of the schema is not among ``columns``.
    """
    made = []
    for column in TABLES[table].columns:
        values = columns[column.name]
        if isinstance(values, pl.Series):
            made.append(values.alias(column.name))
            continue
        numbers = np.asarray(values, dtype=np.int64 if column.kind == "integer" else np.float64)
        made.append(pl.Series(column.name, numbers + 0, nan_to_null=True))  # + 0: 0 in place of -0.0
    return pl.DataFrame(made)


def from_score(score: ArrayLike, shares: Mapping[str, float]) -> Integers:
    """Codes (places in ``shares``) of normal scores: the lowest scores get the first, in proportion to the shares."""
    edges = np.cumsum(list(shares.values()))
    return np.minimum(np.searchsorted(edges / edges[-1], probability(score), side="right"), len(shares) - 1)
