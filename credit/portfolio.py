"""Decide on a whole portfolio at once: tables in, one decision a client out."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from credit import features, scorer
from credit.cost import LOSS_GIVEN_DEFAULT


def decide(
    tables: Mapping[str, pl.LazyFrame], bundle: str | Path = "mlruns_reduced", application: str = "application_test"
) -> pl.DataFrame:
    """Score every client of the ``application`` table, with the histories among ``tables``.

    Returns one row a client, sorted by SK_ID_CURR: SK_ID_CURR, AMT_CREDIT, PROBABILITY_OF_DEFAULT, EXPECTED_LOSS (if
    accepted, in the currency of AMT_CREDIT) and DECISION, "refuse" at or above the threshold and "accept" below it.

    Raises ``BundleError`` where the model cannot be used, ``ValueError`` where it wants features that are not made.
    """
    model = scorer.load(bundle)
    unknown = [name for name in model.columns if name not in features.COLUMNS]
    if unknown:
        raise ValueError(
            f"the model in {bundle} wants {len(unknown)} features that this version does not make, such as "
            f"{unknown[0]!r}; retrain with this version: python -m credit train"
        )
    wanted = tuple(dict.fromkeys((*model.columns, "AMT_CREDIT")))
    made = features.build(tables, application, wanted).collect(engine="streaming").sort("SK_ID_CURR")
    x = made.select(model.columns).fill_null(float("nan")).to_numpy()
    probability = model.probability(np.ascontiguousarray(x, dtype=np.float64))
    loss = model.manifest.get("costs", {}).get("loss_given_default", LOSS_GIVEN_DEFAULT)
    return pl.DataFrame(
        {
            "SK_ID_CURR": made["SK_ID_CURR"].cast(pl.Int64),
            "AMT_CREDIT": made["AMT_CREDIT"],
            "PROBABILITY_OF_DEFAULT": probability,
            "EXPECTED_LOSS": probability * made["AMT_CREDIT"].to_numpy() * loss,
            "DECISION": np.where(model.refused(probability), "refuse", "accept"),
        }
    )
