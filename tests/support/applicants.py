"""The clients of a folder as a model reads them."""

import numpy as np
import polars as pl

from credit import features
from credit.tables import read


def made(folder, table="application_train"):
    """Every feature of the clients of a table, array (n, k)."""
    found = features.build(read(folder), table, features.COLUMNS).collect().sort("SK_ID_CURR")
    return np.ascontiguousarray(found.select(features.COLUMNS).cast(pl.Float64).fill_null(float("nan")).to_numpy())
