"""Compare the simulated bank with the real one, figure by figure, and whether each lies within its range.

Default rates and AUCs are taken from the true probabilities, not from the drawn defaults: each client counts as a
defaulter with weight p and as a good client with weight 1 - p. That is what the drawn figures scatter around, without
the scatter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from credit.simulate.column_sampling import profile
from credit.simulate.default_rate_bins import bins_of
from credit.tables.schema import NO_DATE

#: What a good loan earns, as a share of AMT_CREDIT; a defaulted one loses all of it.
MARGIN = 0.19
#: AUC of the true probability: as much as the whole data can tell, somewhat above the best published models.
TRUTH_AUC = (0.82, 0.01)
#: Cost in millions of accepting and of refusing 10,000 clients of the real bank.
ACCEPT_ALL, REFUSE_ALL = 449.0, 1050.0
#: Rank correlations from here on count as strong.
STRONG = 0.1


@dataclass(frozen=True)
class Figure:
    """One figure of the real bank beside the simulated one.

    ``group`` says what kind of figure it is; ``tolerance`` is the largest allowed distance, in the figure's unit.
    """

    group: str
    name: str
    real: float
    simulated: float
    tolerance: float

    @property
    def within(self) -> bool:
        """Whether the simulated figure lies within the tolerance of the real one."""
        return bool(abs(self.simulated - self.real) <= self.tolerance + 1e-9)


def soft_auc(score: np.ndarray, probability: np.ndarray) -> float:
    """Expected ROC AUC of a score when client i defaults with probability p_i; missing scores are left out.

    AUC = P(score of a defaulter > score of a good client) + half of P(equal).
    """
    known = ~np.isnan(score)
    score, probability = score[known], probability[known]
    values, place = np.unique(score, return_inverse=True)
    bad = np.bincount(place, probability, len(values))
    good = np.bincount(place, 1 - probability, len(values))
    below = np.cumsum(good) - good
    return float((bad * (below + good / 2)).sum() / (bad.sum() * good.sum()))


def chance_of_auc(probability: np.ndarray) -> float:
    """Two standard errors of the soft AUC of a score that has nothing to do with the probabilities.

    AUC - 1/2 = cov(rank, p) / (mean p (1 - mean p)), and a rank in (0, 1) has the standard deviation 1/sqrt(12).
    """
    mean = float(probability.mean())
    return 2 * float(probability.std()) / np.sqrt(12 * len(probability)) / (mean * (1 - mean))


def looks(column: str, known: dict[str, Any], values: pl.Series, group: str) -> Iterator[Figure]:
    """Missing share, category shares (total variation distance) and quantiles of one column.

    ``column``: its name. ``known``: what profile.json says of the real one. ``values``: the simulated one, null where
    missing. ``group``: under which the figures stand.
    """
    yield Figure(group, f"{column} missing", known["missing"], values.null_count() / len(values), 0.03)
    present = values.drop_nulls()
    if column == "DAYS_EMPLOYED":
        present = present.filter(present != NO_DATE)
    if "values" in known:
        shares = {key: share[0] if isinstance(share, list) else share for key, share in known["values"].items()}
        if present.dtype != pl.String:
            shares = {float(key): share for key, share in shares.items()}
            present = present.cast(pl.Float64)
        counted = present.value_counts(normalize=True)
        ours = dict(zip(counted[:, 0].to_list(), counted[:, 1].to_list(), strict=True))
        distance = sum(abs(shares.get(key, 0.0) - ours.get(key, 0.0)) for key in shares.keys() | ours.keys()) / 2
        yield Figure(group, f"{column} total variation distance", 0.0, distance, 0.05)
        return
    points = dict(map(tuple, known["quantiles"]))
    spread = known["range"] if "range" in known else (points.get(0.0), points.get(1.0))
    for rank in (0.05, 0.25, 0.5, 0.75, 0.95):
        if rank in points:
            room = 0.0 if spread[0] is None else 0.02 * (spread[1] - spread[0])
            quantile = float(np.quantile(present.to_numpy(), rank))
            yield Figure(
                group, f"{column} quantile {rank}", points[rank], quantile, max(0.15 * abs(points[rank]), room)
            )


def application_looks(application: pl.DataFrame) -> Iterator[Figure]:
    """Missing shares, category shares and quantiles of every column of application_train."""
    for column, known in profile()["application"].items():
        yield from looks(column, known, application[column], "application")


def application_risk(application: pl.DataFrame, probability: np.ndarray) -> Iterator[Figure]:
    """Default rates by decile and value of every application column within 2 points, its AUC within 0.02."""
    for column, known in profile()["application"].items():
        place, names, rates = bins_of(column, application[column])
        for i, (name, rate) in enumerate(zip(names, rates, strict=True)):
            inside = place == i
            if rate is None:
                continue
            if not inside.any():  # the real bank has clients there: never in range
                yield Figure("default rate", f"{column} {name}", rate, float("nan"), 0.02)
                continue
            ours = probability[inside]
            # Few clients in a bin leave chance in its composition: two standard errors of it are allowed on top.
            chance = 2 * float(ours.std()) / np.sqrt(len(ours))
            yield Figure("default rate", f"{column} {name}", rate, float(ours.mean()), 0.02 + chance)
        if "auc" in known:
            numbers = application[column].cast(pl.Float64).to_numpy()
            if column == "DAYS_EMPLOYED":
                numbers = np.where(numbers == NO_DATE, np.nan, numbers)
            seen = probability[~np.isnan(numbers)]
            yield Figure("AUC", column, known["auc"], soft_auc(numbers, probability), 0.02 + chance_of_auc(seen))


def correlations(application: pl.DataFrame) -> Iterator[Figure]:
    """Pairs of columns with a rank correlation of at least 0.1, and all of the external scores: within 0.05."""
    columns = profile()["spearman"]["columns"]
    matrix = np.array(profile()["spearman"]["matrix"])
    ours = spearman(application, columns)
    for i, first in enumerate(columns):
        for j in range(i):
            if abs(matrix[i, j]) < STRONG and not first.startswith("EXT_SOURCE"):
                continue
            yield Figure("rank correlation", f"{first} ~ {columns[j]}", matrix[i, j], ours[i, j], 0.05)


def spearman(application: pl.DataFrame, columns: list[str]) -> np.ndarray:
    """Rank correlation matrix over the pairs of known values; no date counts as missing."""
    frame = application.select(pl.col(columns).cast(pl.Float64))
    if "DAYS_EMPLOYED" in columns:
        frame = frame.with_columns(pl.when(pl.col("DAYS_EMPLOYED") < NO_DATE).then("DAYS_EMPLOYED"))
    known = frame.select(pl.all().is_not_null()).to_numpy()
    # Ranks once per column instead of once per pair: where missingness is unrelated to the value it is the same.
    ranks = frame.select(pl.all().rank("average")).to_numpy()
    filled = np.where(known, ranks, 0.0)
    weight = known.astype(float)
    count = weight.T @ weight
    sums, squares, products = filled.T @ weight, (filled**2).T @ weight, filled.T @ filled
    mean_i, mean_j = sums / count, sums.T / count
    covariance = products / count - mean_i * mean_j
    variance_i, variance_j = squares / count - mean_i**2, squares.T / count - mean_j**2
    correlation: np.ndarray = covariance / np.sqrt(variance_i * variance_j)
    return correlation


def money(application: pl.DataFrame, probability: np.ndarray) -> Iterator[Figure]:
    """Default rate, AUC of the truth, and the cost of accepting and of refusing everybody, per 10,000 clients."""
    amount = application["AMT_CREDIT"].to_numpy()
    scale = 10_000 / len(amount) / 1e6
    accept, refuse = (probability * amount).sum() * scale, MARGIN * ((1 - probability) * amount).sum() * scale
    yield Figure("truth", "default rate", profile()["default_rate"], float(probability.mean()), 0.003)
    yield Figure("truth", "AUC of the true probability", TRUTH_AUC[0], soft_auc(probability, probability), TRUTH_AUC[1])
    yield Figure("money", "accepting everybody, millions", ACCEPT_ALL, float(accept), 0.05 * ACCEPT_ALL)
    yield Figure("money", "refusing everybody, millions", REFUSE_ALL, float(refuse), 0.05 * REFUSE_ALL)
