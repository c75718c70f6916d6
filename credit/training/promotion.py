"""Whether a new model may take the place of the shipped one: both decide on the same test clients."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from credit import cost as money
from credit import scorer
from credit.intervals import TOO_FEW, Interval, saving
from credit.manifest import BundleError
from credit.training.shipped import identity


@dataclass(frozen=True)
class Verdict:
    """``allowed``: whether the new model may be shipped. ``reason``: one sentence for people.

    ``gain``: what it saves beyond the shipped one, as a share of accepting everybody's cost; None where they were not
    compared. ``against``: the `identity` of the shipped one, None where there was none that can be used.
    """

    allowed: bool
    reason: str
    gain: Interval | None = None
    against: str | None = None


def duel(
    bundle: str | Path,
    judges: pl.DataFrame,
    test: pl.DataFrame,
    threshold: float,
    costs: Mapping[str, float],
    source: Mapping[str, object],
) -> Verdict:
    """Hold the new model, at its threshold, against the one in ``bundle``, at its own.

    ``judges``: SK_ID_CURR and features of test clients. ``test``: their TARGET, AMT_CREDIT and the new model's
    PROBABILITY_OF_DEFAULT. ``costs``: margin and loss_given_default. ``source``: of the new model's data. Refused is a
    new model that is surely worse: the 95 % interval of ``credit.intervals.saving`` lies below 0.
    """
    if not Path(bundle).exists():
        return Verdict(True, f"no model is shipped in {bundle} yet")
    try:
        shipped = scorer.load(bundle)
    except BundleError as error:
        return Verdict(True, f"the shipped model cannot be used ({error}), so the new one was not held against it")
    unmade = [name for name in shipped.columns if name not in judges.columns]
    # Where these tables do not make a column, the shipped model has to do without, as it would in service.
    judges = judges.with_columns(pl.lit(None, pl.Float64).alias(name) for name in unmade)
    asked = judges.join(test, on="SK_ID_CURR", how="inner", maintain_order="left", suffix="_JUDGED")
    x = asked.select(shipped.columns).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    amount = asked["AMT_CREDIT_JUDGED" if "AMT_CREDIT_JUDGED" in asked.columns else "AMT_CREDIT"].to_numpy()
    y, p = asked["TARGET"].to_numpy(), asked["PROBABILITY_OF_DEFAULT"].to_numpy()
    if not y.any():
        reason = "none of the test clients defaulted, so the models could not be told apart"
        return Verdict(True, reason, against=identity(shipped))

    def cost(refused: np.ndarray) -> np.ndarray:
        return money.client_costs(y, refused, amount, costs["margin"], costs["loss_given_default"])

    old = cost(shipped.refused(shipped.probability(np.ascontiguousarray(x))))
    gain = saving(cost(p >= threshold), old, cost(np.zeros(len(y))))
    if gain is None:
        reason = f"the same {len(y):,} test clients cannot show which model costs less: {TOO_FEW}"
        return Verdict(True, reason, against=identity(shipped))
    said = (
        f"on the same {len(y):,} test clients the new model saves {100 * gain.estimate:+.1f} points against the "
        f"shipped one (95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
    )
    if unmade:
        said += f", which had to do without {len(unmade):,} columns that were not made, such as {unmade[0]}"
    if gain.high >= 0:
        return Verdict(True, said, gain, identity(shipped))
    if shipped.manifest["data"].get("fingerprint") != source.get("fingerprint"):
        said += "; if the shipped one was trained on some of them, that flatters it"
    return Verdict(False, f"{said}: it is worse beyond chance", gain, identity(shipped))
