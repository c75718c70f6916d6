"""What decisions at a threshold come to on the test clients: the parts of a manifest that another threshold changes.

An export measures them, and so does a new threshold for a model that is there (`credit.training.remeasure`).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from credit.decision.cost import Costs
from credit.decision.intervals import Interval, roc_auc, saving
from credit.decision.review import Review, decided
from credit.monitoring import calibration_intervals
from credit.training.evaluation import Gain, as_served
from credit.training.fairness import Groups, by_group
from credit.training.metrics import calibration_error, measure
from credit.training.review_savings import threshold_costs


def metrics(test: pl.DataFrame, threshold: float, costs: Costs) -> dict[str, Any]:
    """Ranking, calibration and cost with their intervals, a bound null where too few defaulted for one.

    ``test``: the table of `credit.training.evaluation.judged_table`.
    """
    y, p, amount = (test[name].to_numpy() for name in ("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    everybody = threshold_costs(y, np.zeros(len(y)), amount, costs)
    saved = saving(threshold_costs(y, p >= threshold, amount, costs), everybody, everybody)
    off = calibration_error(y, p)
    return {
        "test_clients": len(y),
        **measure(y, p, amount, threshold, costs),
        **_ends(saved, "saving_"),
        **_ends(roc_auc(y, p), "roc_auc_"),
        "calibration_error_low": off.low,
        "calibration_error_high": off.high,
        **_ends(calibration_intervals.slope(y, p), "calibration_slope_"),
        **_ends(calibration_intervals.intercept(y, p), "calibration_in_the_large_"),
    }


def served(test: pl.DataFrame, threshold: float, costs: Costs, review: Review | None) -> dict[str, float | None]:
    """Shares accepted, referred and refused by the rule that is served, and what it saves, reviews included.

    ``test``: the test clients, as `metrics` takes them. ``threshold``: the probability at or above which a loan is
    refused that no person reviews. ``costs``: of errors. ``review``: None refers no client.
    """
    row = as_served(test, threshold, review, costs)
    return {
        "accepted": 1 - row.referred - row.refused,
        "referred": row.referred,
        "refused": row.refused,
        "saving": row.saving,
        "saving_low": row.saving_low,
        "saving_high": row.saving_high,
        "expected_saving": row.expected_saving,
    }


def gains_as_dict(gains: Iterable[Gain]) -> dict[str, dict[str, float | None]]:
    """What is saved beyond other rules, by the name of the other rule."""
    return {
        one.than: {
            "points": None if one.points is None else one.points.estimate,
            **_ends(one.points, ""),
            "share": one.share,
            "expected_points": one.expected_points,
            "expected_share": one.expected_share,
        }
        for one in gains
    }


def groups(clients: pl.DataFrame, threshold: float, costs: Costs, review: Review | None) -> Groups:
    """Decisions by gender and age. ``clients``: as `metrics` takes them, with CODE_GENDER and DAYS_BIRTH.
    ``threshold``, ``costs``, ``review``: as of `served`.
    """
    p, amount = (clients[name].to_numpy() for name in ("PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    decisions = decided(p, amount, threshold, costs, review)
    return by_group(clients.with_columns(DECISION=pl.Series(decisions)), threshold)


def groups_as_rows(found: Groups) -> list[dict[str, Any]]:
    """As the manifest keeps them: a row a group, null where something could not be measured or is withheld, see
    `credit.training.fairness.Groups.shown`.
    """
    return [
        {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
        for row in found.shown.fill_nan(None).to_dicts()
    ]


def _ends(found: Interval | None, of: str) -> dict[str, float | None]:
    """Low and high of an interval, null where too few defaulted for one."""
    low, high = (None, None) if found is None else (found.low, found.high)
    return {f"{of}low": low, f"{of}high": high}
