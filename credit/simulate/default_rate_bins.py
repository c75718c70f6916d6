"""Bins of the published default rates: values of a column with few values, deciles of a numeric one."""

import math

import numpy as np
import polars as pl

from credit.simulate.column_sampling import profile
from credit.tables.schema import NO_DATE


def bins_of(column: str, values: pl.Series) -> tuple[np.ndarray, list[str], list[float | None]]:
    """Bin of every client, the bins' names and the real default rates (None where the profile gives none).

    The last bin is "missing" (or the sentinel of DAYS_EMPLOYED); rare values share a bin "rare".
    """
    known = profile()["application"][column]
    if "values" in known:
        keys = list(known["values"])
        given = values if values.dtype == pl.String else values.cast(pl.Float64)
        typed: list[object] = keys if values.dtype == pl.String else [float(key) for key in keys]
        code = given.replace_strict(typed, list(range(len(keys))), default=len(keys), return_dtype=pl.Int64)
        place = np.where(values.is_null().to_numpy(), len(keys) + 1, code.to_numpy())
        rates: list[float | None] = [known["values"][key][1] for key in keys]
        names = [*keys, "unlisted", "missing"]
        return place, names, [*rates, None, known.get("default_rate_if_missing")]
    ends = np.array([_upper(end) for end, _ in known["bins"]])
    rates = [rate for _, rate in known["bins"]]
    numbers = values.cast(pl.Float64).to_numpy()
    place = np.searchsorted(ends[:-1], numbers, side="left")
    gone = np.isnan(numbers)
    rate_if_missing = known.get("default_rate_if_missing")
    if column == "DAYS_EMPLOYED":
        gone, rate_if_missing = numbers == NO_DATE, known["default_rate_if_sentinel"]
    names = [*(f"<= {end:g}" for end, _ in known["bins"]), "missing"]
    return np.where(gone, len(ends), place), names, [*rates, rate_if_missing]


def _upper(end: float) -> float:
    """The largest value that may belong to a bin whose end is told as ``end``.

    Ends are told with three digits below 1 and with five above: without half a unit of the last one, a value that many
    clients share (0.1034, told as 0.103) would fall into the next bin.
    """
    if end == 0:
        return 0.0
    digits = 3 if abs(end) < 1 else 5
    return end + 0.5 * 10.0 ** (math.floor(math.log10(abs(end))) - digits + 1)
