"""The closing table: what every model costs out of fold and on the test clients, and the best one at its threshold."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit import cost as money
from credit.training import bootstrap
from credit.training.comparison import Contender
from credit.training.dataset import Dataset, Split
from credit.training.metrics import measure

Floats = NDArray[np.float64]

ACCEPT_EVERYBODY, REFUSE_EVERYBODY, TRUE_PROBABILITY = "accept everybody", "refuse everybody", "the true probability"
#: Ends the name of the row in which the best model refuses at the searched threshold.
AT_ITS_THRESHOLD = " at its threshold"


@dataclass(frozen=True)
class Threshold:
    """The threshold of least cost on out-of-fold predictions of the training clients.

    ``value``: refuse at or above. ``cost``: at it, in the currency of AMT_CREDIT. ``curve``: (99,) the cost at each of
    ``credit.cost.THRESHOLDS``. ``break_even``: where theory puts it; the distance of both is a test of calibration.
    """

    value: float
    cost: float
    curve: Floats
    break_even: float


def search_threshold(
    defaulted: NDArray[np.int64],
    out_of_fold: Floats,
    amount: Floats,
    margin: float = money.MARGIN,
    loss_given_default: float = money.LOSS_GIVEN_DEFAULT,
) -> Threshold:
    """Try 0.01, 0.02, ..., 0.99 on clients that the model had not seen; arrays (n_train,)."""
    curve = money.cost_curve(defaulted, out_of_fold, amount, margin=margin, loss_given_default=loss_given_default)
    value, cost = money.best_threshold(curve)
    return Threshold(value, cost, curve, money.break_even_probability(margin, loss_given_default))


def out_of_fold_table(data: Dataset, parts: Split, contender: Contender) -> pl.DataFrame:
    """One row a training client: SK_ID_CURR, TARGET, AMT_CREDIT, FOLD, PROBABILITY_OF_DEFAULT out of fold."""
    return pl.DataFrame(
        {
            "SK_ID_CURR": data.client[parts.train],
            "TARGET": data.defaulted[parts.train],
            "AMT_CREDIT": data.amount[parts.train],
            "FOLD": parts.fold,
            "PROBABILITY_OF_DEFAULT": contender.out_of_fold,
        }
    )


def test_table(data: Dataset, parts: Split, contender: Contender) -> pl.DataFrame:
    """One row a test client, as ``out_of_fold_table``, by the model fitted on all training clients."""
    table = pl.DataFrame(
        {
            "SK_ID_CURR": data.client[parts.test],
            "TARGET": data.defaulted[parts.test],
            "AMT_CREDIT": data.amount[parts.test],
            "PROBABILITY_OF_DEFAULT": contender.model.predict_proba(data.x[parts.test])[:, 1],
        }
    )
    if data.true_probability is not None:
        table = table.with_columns(TRUE_PROBABILITY=data.true_probability[parts.test])
    return table


def closing_table(data: Dataset, parts: Split, contenders: Iterable[Contender]) -> pl.DataFrame:
    """One row a decision rule, judged on the test clients.

    Columns: model; threshold; cv_cost and test_cost in the currency of AMT_CREDIT; saving against accepting everybody
    as a share, with saving_low and saving_high, its 95 % interval by a bootstrap over the test clients; accuracy,
    roc_auc, f1, brier, refused; seconds. Models refuse at the break-even probability. Where the bank is simulated, the
    last row decides by the probability with which the outcomes were drawn: no rule is better in expectation, though on
    few clients another may have more luck.
    """
    break_even = money.break_even_probability()
    y, amount = data.defaulted[parts.test], data.amount[parts.test]
    y_train, amount_train = data.defaulted[parts.train], data.amount[parts.train]
    rate = float(y_train.mean())
    rows = [
        _row(ACCEPT_EVERYBODY, y, np.full(len(y), rate), amount, 1.0, money.accept_everybody(y_train, amount_train)),
        _row(REFUSE_EVERYBODY, y, np.full(len(y), rate), amount, 0.0, money.refuse_everybody(y_train, amount_train)),
    ]
    for one in contenders:
        p = one.model.predict_proba(data.x[parts.test])[:, 1]
        rows.append(_row(one.name, y, p, amount, break_even, one.cv_cost, one.seconds))
    if data.true_probability is not None:
        truth = data.true_probability
        cv_cost = money.cost(y_train, truth[parts.train] >= break_even, amount_train)
        rows.append(_row(TRUE_PROBABILITY, y, truth[parts.test], amount, break_even, cv_cost))
    return pl.DataFrame(rows)


def with_best(table: pl.DataFrame, name: str, threshold: Threshold, test: pl.DataFrame) -> pl.DataFrame:
    """The closing table with a row for the best model at its own threshold, before that of the true probability."""
    y, p, amount = (test[column].to_numpy() for column in ("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    best = pl.DataFrame(
        [_row(name + AT_ITS_THRESHOLD, y, p, amount, threshold.value, threshold.cost)], schema=table.schema
    )
    truth = pl.col("model") == TRUE_PROBABILITY
    return pl.concat([table.filter(~truth), best, table.filter(truth)])


def _row(
    name: str,
    y: NDArray[np.int64],
    p: Floats,
    amount: Floats,
    threshold: float,
    cv_cost: float,
    seconds: float | None = None,
) -> dict[str, object]:
    measured = measure(y, p, amount, threshold)
    everybody = money.client_costs(y, np.zeros(len(y)), amount)
    interval = bootstrap.saving(money.client_costs(y, p >= threshold, amount), everybody, everybody)
    return {
        "model": name,
        "threshold": threshold,
        "cv_cost": cv_cost,
        "test_cost": measured["cost"],
        "saving": measured["saving"],
        "saving_low": interval.low,
        "saving_high": interval.high,
        **{key: measured[key] for key in ("accuracy", "roc_auc", "f1", "brier", "refused")},
        "seconds": seconds,
    }
