"""What a probability means for the bank: accept, refer or refuse; points; the loss to expect.

A probability inside the refer band of the model's manifest goes to a person: there the training could not tell the
costs of accepting and refusing apart (`credit.exposure`). Outside, the threshold decides. What the manifest does not
say is None, never a guess: a bundle without a scale has no points.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.manifest import BundleError
from credit.points import Scale
from credit.scorer import Scorer
from credit.unknown import Unknown

Floats = NDArray[np.float64]

#: In the order of rising risk.
ACCEPT, REFER, REFUSE = DECISIONS = ("accept", "refer", "refuse")

LOAN = "AMT_CREDIT"


class Verdicts:
    """The rules of one loaded model.

    ``refer``: {"low", "high"} of the band, None where the manifest has none. ``scale``: of the points, or None.
    ``loss_given_default``: the share of AMT_CREDIT that a default loses, or None. ``unknown``: what knowing more of a
    client would be worth, or None. Raises `BundleError` for a manifest whose numbers are none.
    """

    def __init__(self, scorer: Scorer) -> None:
        self._threshold = scorer.threshold
        self._loan = scorer.index.get(LOAN)
        manifest = scorer.manifest
        self.refer = _band(manifest.get("refer"))
        self.scale = _scale(manifest.get("points"))
        self.loss_given_default = _loss(manifest.get("costs"))
        self.unknown = self._unknown(scorer)

    def _unknown(self, scorer: Scorer) -> Unknown | None:
        written, costs = scorer.manifest.get("unknown"), scorer.manifest.get("costs")
        if written is None or costs is None or self.loss_given_default is None:
            return None
        return Unknown(scorer.columns, written, scorer.threshold, _margin(costs), self.loss_given_default)

    def decisions(self, probability: Floats) -> list[str]:
        """Per client, arrays (n_clients,), what to do: low <= p < high is referred, else p >= threshold refused."""
        found = np.where(probability >= self._threshold, REFUSE, ACCEPT)
        if self.refer is not None:
            inside = (probability >= self.refer["low"]) & (probability < self.refer["high"])
            found = np.where(inside, REFER, found)
        return found.tolist()

    def points(self, probability: Floats) -> list[float | None]:
        """Per client the points, to a tenth, rounded so that the cut-off decides by them as the threshold does by the
        probability; None without a scale, and for a probability of exactly 0 or 1.
        """
        if self.scale is None:
            return [None] * len(probability)
        shown = self.scale.shown(probability, self._threshold)
        return [points if math.isfinite(points) else None for points in shown.tolist()]

    def expected_losses(self, probability: Floats, X: Floats) -> list[float | None]:
        """Per client p * AMT_CREDIT * loss given default, to a hundredth, in the currency of AMT_CREDIT.

        ``X``: array (n_clients, n_columns). None where the amount is not known or not above 0, or the model does not
        read it, or the manifest says nothing of costs.
        """
        if self._loan is None or self.loss_given_default is None:
            return [None] * len(probability)
        losses = probability * X[:, self._loan] * self.loss_given_default
        known = np.isfinite(losses) & (X[:, self._loan] > 0)
        return [round(loss, 2) if one else None for loss, one in zip(losses.tolist(), known.tolist(), strict=True)]


def _band(written: Any) -> dict[str, float] | None:
    if written is None:
        return None
    try:
        band = {name: float(written[name]) for name in ("low", "high")}
    except (KeyError, TypeError, ValueError):
        band = {"low": math.nan, "high": math.nan}
    if not 0 <= band["low"] <= band["high"] <= 1:
        raise BundleError(
            f"The manifest's refer band must have low <= high in [0, 1], not {written!r}; export it again."
        )
    return band


def _scale(written: Any) -> Scale | None:
    try:
        return None if written is None else Scale.read(written)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"The manifest's points scale cannot be used ({error}); export the model again.") from None


def _margin(costs: Any) -> float:
    try:
        margin = float(costs["margin"])
    except (KeyError, TypeError, ValueError):
        margin = math.nan
    if not 0 < margin < math.inf:
        raise BundleError(f"The manifest's costs must give a margin above 0, not {costs!r}; export again.")
    return margin


def _loss(written: Any) -> float | None:
    if written is None:
        return None
    try:
        loss = float(written["loss_given_default"])
    except (KeyError, TypeError, ValueError):
        loss = math.nan
    if not 0 < loss < math.inf:
        raise BundleError(
            f"The manifest's costs must give a loss_given_default above 0, not {written!r}; export again."
        )
    return loss
