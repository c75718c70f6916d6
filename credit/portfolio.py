"""Decide on a whole portfolio at once: tables in, one decision a client out."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit import features
from credit.cost import LOSS_GIVEN_DEFAULT
from credit.features.needed import histories_of
from credit.scorer import Scorer
from credit.tables import read


def read_for(model: Scorer, folder: str | Path, application: str) -> dict[str, pl.LazyFrame]:
    """The tables of a folder that a model's columns are made from, and no other.

    Raises ``TablesError``, and ``ValueError`` where the model wants features that are not made.
    """
    return read(folder, (application, *histories_of(model.columns)))


def decide(
    tables: Mapping[str, pl.LazyFrame],
    model: Scorer,
    application: str = "application_test",
    made_features: Callable[[NDArray[np.float64]], None] = lambda x: None,
) -> pl.DataFrame:
    """Score every client of the ``application`` table, with the histories among ``tables``, as `read_for` gives them.
    ``made_features``: called with what the model reads, array (n_clients, n_columns), before it is asked.

    Returns one row a client, sorted by SK_ID_CURR: SK_ID_CURR, AMT_CREDIT, PROBABILITY_OF_DEFAULT, EXPECTED_LOSS (if
    accepted, in the currency of AMT_CREDIT) and DECISION, "refuse" at or above the threshold and "accept" below it.

    Raises ``ValueError`` where the model wants features that are not made.
    """
    histories_of(model.columns)  # which names the features that are not made
    wanted = tuple(dict.fromkeys((*model.columns, "AMT_CREDIT")))
    made = features.build(tables, application, wanted).collect(engine="streaming").sort("SK_ID_CURR")
    x = made.select(model.columns).fill_null(float("nan")).to_numpy()
    x = np.ascontiguousarray(x, dtype=np.float64)
    made_features(x)
    probability = model.probability(x)
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
