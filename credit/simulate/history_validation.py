"""Compare the simulated histories with the real ones: what their columns look like, and what they say about default.

The history features are plain aggregates per client (mean, largest, sum, share of a value, and some ratios and recent
counts), named as in the published profile: "DAYS_CREDIT mean", "share CREDIT_ACTIVE=Active", "debt over credit".
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from credit.simulate.column_sampling import profile
from credit.simulate.validation import Figure, looks, soft_auc

AUC_TOLERANCE, ROW_TOLERANCE = 0.04, 0.05
LATE = ("1", "2", "3", "4", "5")

#: Features beyond mean, max, sum, share and rows: table -> name -> aggregate per client.
SPECIAL: dict[str, dict[str, pl.Expr]] = {
    "bureau": {
        "debt over credit": pl.col("AMT_CREDIT_SUM_DEBT").sum() / pl.col("AMT_CREDIT_SUM").sum(),
        "opened last 365 days": (pl.col("DAYS_CREDIT") >= -365).sum(),
        "opened last 180 days": (pl.col("DAYS_CREDIT") >= -180).sum(),
        "newest active DAYS_CREDIT": pl.col("DAYS_CREDIT").filter(pl.col("CREDIT_ACTIVE") == "Active").max(),
        "newest closed DAYS_CREDIT": pl.col("DAYS_CREDIT").filter(pl.col("CREDIT_ACTIVE") == "Closed").max(),
        "active debt over credit": pl.col("AMT_CREDIT_SUM_DEBT").filter(pl.col("CREDIT_ACTIVE") == "Active").sum()
        / pl.col("AMT_CREDIT_SUM").filter(pl.col("CREDIT_ACTIVE") == "Active").sum(),
        "active credits": (pl.col("CREDIT_ACTIVE") == "Active").sum(),
    },
    "bureau_balance": {
        "late share": pl.col("STATUS").is_in(LATE).mean(),
        "late months of last 12": (pl.col("STATUS").is_in(LATE) & (pl.col("MONTHS_BALANCE") >= -12)).sum(),
    },
    "previous_application": {
        "asked over granted": (pl.col("AMT_APPLICATION") / pl.col("AMT_CREDIT"))
        .filter(pl.col("AMT_CREDIT") > 0)
        .mean(),
        "refused": (pl.col("NAME_CONTRACT_STATUS") == "Refused").sum(),
        "refused last 365 days": (
            (pl.col("NAME_CONTRACT_STATUS") == "Refused") & (pl.col("DAYS_DECISION") >= -365)
        ).sum(),
    },
    "POS_CASH_balance": {
        "late share": (pl.col("SK_DPD") > 0).mean(),
        "late months of last 12": ((pl.col("SK_DPD") > 0) & (pl.col("MONTHS_BALANCE") >= -12)).sum(),
        "late share (tolerance)": (pl.col("SK_DPD_DEF") > 0).mean(),
    },
    "credit_card_balance": {
        "utilisation mean": (pl.col("AMT_BALANCE") / pl.col("AMT_CREDIT_LIMIT_ACTUAL"))
        .filter(pl.col("AMT_CREDIT_LIMIT_ACTUAL") > 0)
        .mean(),
        "utilisation mean last 6 months": (pl.col("AMT_BALANCE") / pl.col("AMT_CREDIT_LIMIT_ACTUAL"))
        .filter((pl.col("AMT_CREDIT_LIMIT_ACTUAL") > 0) & (pl.col("MONTHS_BALANCE") >= -6))
        .mean(),
    },
}


def history_looks(tables: dict[str, pl.DataFrame], clients: int) -> Iterator[Figure]:
    """Columns, rows per client and shares of clients with history, for ``clients`` clients in all.

    Of bureau_balance only the rows are compared: it covers a third of the published training clients and nearly all
    later ones, which no single share describes.
    """
    published = profile()["rows"]
    everybody = sum(profile()["clients"].values())
    for name, columns in profile()["histories"].items():
        rows = published[name] / everybody
        yield Figure("rows", f"{name} rows per client", rows, tables[name].height / clients, ROW_TOLERANCE * rows)
        share = profile()["clients_with_rows"].get(name)
        if share is not None and "SK_ID_CURR" in tables[name].columns:
            ours = tables[name]["SK_ID_CURR"].n_unique() / clients
            yield Figure("rows", f"{name} clients with rows", share, ours, ROW_TOLERANCE * share)
        for column, known in columns.items():
            yield from looks(column, known, tables[name][column], name)


def history_risk(tables: dict[str, pl.DataFrame], probability: pl.DataFrame) -> Iterator[Figure]:
    """Single-feature AUCs of the histories against the true probability of default.

    ``probability``: SK_ID_CURR, PROBABILITY_OF_DEFAULT. A client counts where he has rows in the table.
    """
    for name, features in profile()["history_risk"].items():
        frame = history_features(tables, name, list(features)).join(probability, on="SK_ID_CURR")
        truth = frame["PROBABILITY_OF_DEFAULT"].to_numpy()
        for feature, known in features.items():
            score = frame[feature].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            yield Figure("history AUC", f"{name} {feature}", known["auc"], soft_auc(score, truth), AUC_TOLERANCE)


def history_features(tables: dict[str, pl.DataFrame], name: str, features: list[str]) -> pl.DataFrame:
    """One row per client with rows in the table: SK_ID_CURR and the named features; no finite value is missing."""
    table = tables[name]
    if "SK_ID_CURR" not in table.columns:
        table = table.join(tables["bureau"].select("SK_ID_CURR", "SK_ID_BUREAU"), on="SK_ID_BUREAU")
    made = table.group_by("SK_ID_CURR").agg(_aggregate(name, feature).alias(feature) for feature in features)
    return made.sort("SK_ID_CURR").with_columns(
        pl.when(pl.col(feature).cast(pl.Float64).is_finite()).then(pl.col(feature)) for feature in features
    )


def _aggregate(table: str, feature: str) -> pl.Expr:
    """The aggregate per client that a feature's name describes; raises ValueError if it describes none."""
    if feature in SPECIAL[table]:
        return SPECIAL[table][feature]
    if feature == "rows":
        return pl.len()
    if feature.startswith("share "):
        column, value = feature.removeprefix("share ").split("=", 1)
        return (pl.col(column) == value).mean()
    column, how = feature.rsplit(" ", 1)
    if how not in ("mean", "max", "sum"):
        raise ValueError(f"{feature!r} of {table} is not a feature: end it with mean, max or sum, or add it to SPECIAL")
    return getattr(pl.col(column), how)()


def spread_of(feature: pl.Series) -> list[float]:
    """The quantiles 5, 25, 50, 75 and 95 of a history feature, as the profile has them."""
    known = feature.drop_nulls().cast(pl.Float64).to_numpy()
    return [float(point) for point in np.quantile(known, [0.05, 0.25, 0.5, 0.75, 0.95])]
