"""Every simulated client's true probability of default, a function of what the tables hold and of nothing else.

    p = 1 / (1 + exp(-eta)),   eta = constant + sum over columns of f_c(value of c) + sum over terms of w_t * g_t

where every f_c is a table read off ``truth.json``: a level per value of a column with few values, a line through a
few knots for a numeric column, and a level for "missing". The columns are those of the application and the history
quantities of ``credit.simulate.history_signals``. The terms g_t (``TERMS``) are products, ratios and kinks of the same
columns. The only chance is the final draw of TARGET with probability p.

``python -m credit.simulate.fit truth`` finds the tables: those for which the mean of p over the clients of every bin
of every column is the real default rate of that bin, for given weights of the terms.
"""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from credit.simulate.portable_arithmetic import exp
from credit.tables.schema import NO_DATE

#: Bounds of eta: no client is certain to pay or to default.
BOUNDS = (-7.5, 2.5)


@cache
def tables() -> dict[str, Any]:
    """The fitted tables of the truth (``truth.json``)."""
    loaded: dict[str, Any] = json.loads((files("credit.simulate") / "truth.json").read_text(encoding="utf-8"))
    return loaded


def probability_of_default(applications: pl.DataFrame, signals: pl.DataFrame) -> np.ndarray:
    """Array (n,): the true probability of default of every client of ``applications``.

    ``signals``: one row per client that has history, by SK_ID_CURR, as ``credit.simulate.history_signals`` makes it
    from the history tables; who is absent there has no history.
    """
    frame = joined(applications, signals)
    eta = np.full(len(frame), float(tables()["constant"]))
    for column, table in tables()["columns"].items():
        eta += contribution(frame[column], table)
    for term, weight in tables()["terms"].items():
        eta += weight * TERMS[term](frame)
    return np.asarray(1 / (1 + exp(-np.clip(eta, *BOUNDS))))


def joined(applications: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """The applications in their order with their clients' history quantities beside; missing without history."""
    return applications.join(signals, on="SK_ID_CURR", how="left", maintain_order="left")


def contribution(values: pl.Series, table: dict[str, Any]) -> np.ndarray:
    """f_c of one column: log odds (n,)."""
    if "levels" in table:
        levels = table["levels"]
        known = list(levels) if values.dtype == pl.String else [float(key) for key in levels]
        given = values if values.dtype == pl.String else values.cast(pl.Float64)
        found = given.replace_strict(known, list(levels.values()), default=0.0, return_dtype=pl.Float64)
        result = found.to_numpy()
        return np.where(values.is_null().to_numpy(), table.get("missing", 0.0), result)
    numbers = numeric(values)
    result = np.interp(numbers, table["knots"], table["heights"])
    return np.where(np.isnan(numbers), table.get("missing", 0.0), result)


def numeric(values: pl.Series) -> np.ndarray:
    """Floats with NaN for missing and for "no date"."""
    numbers = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(numbers == NO_DATE, np.nan, numbers)


def _ratio(frame: pl.DataFrame, above: str, below: str, otherwise: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = numeric(frame[above]) / numeric(frame[below])
    return np.where(np.isfinite(ratio), ratio, otherwise)


def _scores(frame: pl.DataFrame) -> np.ndarray:
    """The three external scores (3, n); a missing one is replaced by the middle of its scale."""
    return np.stack([np.nan_to_num(numeric(frame[f"EXT_SOURCE_{i}"]), nan=0.5) for i in (1, 2, 3)])


def _all_scores_low(frame: pl.DataFrame) -> np.ndarray:
    """Kink: how far the mean of the external scores falls short of 0.35, in tenths."""
    return 10 * np.maximum(0.35 - _scores(frame).mean(axis=0), 0)


def _scores_agree(frame: pl.DataFrame) -> np.ndarray:
    """Product of the second and third score's distances from their middle, in quarters of the scale."""
    scores = _scores(frame)
    return (scores[1] - 0.52) * (scores[2] - 0.51) * 16


def _young_and_new(frame: pl.DataFrame) -> np.ndarray:
    """Under 35 and less than two years with the employer, both in steps up to 1; no employer counts as 0."""
    age = -numeric(frame["DAYS_BIRTH"]) / 365.25
    years = -np.nan_to_num(numeric(frame["DAYS_EMPLOYED"]), nan=-10000.0) / 365.25
    return np.clip((35 - age) / 10, 0, 1) * np.clip((2 - years) / 2, 0, 1)


def _insured(frame: pl.DataFrame) -> np.ndarray:
    """Credit above the goods price, as a share of it, at most 0.3, in tenths."""
    return 10 * np.clip(_ratio(frame, "AMT_CREDIT", "AMT_GOODS_PRICE", 1.0) - 1, 0, 0.3)


def _strained(frame: pl.DataFrame) -> np.ndarray:
    """Annuity above a fifth of the income, in tenths of the income, at most 2."""
    return 10 * np.clip(_ratio(frame, "AMT_ANNUITY", "AMT_INCOME_TOTAL", 0.17) - 0.2, 0, 0.2)


def _middle_term(frame: pl.DataFrame) -> np.ndarray:
    """Hump over credit / annuity with its top at 19 months: 1 there, 0 from 9 months down and from 29 up."""
    return np.maximum(1 - np.abs(_ratio(frame, "AMT_CREDIT", "AMT_ANNUITY", 29.0) - 19) / 10, 0)


#: The terms of the truth by name: array (n,) each, of order 1.
TERMS: dict[str, Callable[[pl.DataFrame], np.ndarray]] = {
    "all_scores_low": _all_scores_low,
    "scores_agree": _scores_agree,
    "young_and_new": _young_and_new,
    "insured": _insured,
    "strained": _strained,
    "middle_term": _middle_term,
}
