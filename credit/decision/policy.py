"""What the bank does with a client: accept, refer or refuse. The one rule by which everything here decides.

Probability of default and amount of the loan decide together. A person decides where a review is expected to save more
than it costs (`credit.decision.review`); of all other clients the threshold decides, from which on a loan is refused.
Costs, review and threshold come from the bundle that is served. What the manifest does not say is None, never a guess:
without a review no client is referred, without a scale there are no points.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision.cost import Costs
from credit.decision.points import Scale
from credit.decision.review import ACCEPT, DECISIONS, REFER, REFUSE, Review, at_stake, decided
from credit.decision.value_of_information import Unknown
from credit.model import Scorer
from credit.model.manifest import BundleError
from credit.model.manifest_parts import Manifest

__all__ = ["ACCEPT", "DECISIONS", "LOAN", "REFER", "REFUSE", "Policy", "Rule", "outdated"]

Floats = NDArray[np.float64]

LOAN = "AMT_CREDIT"


@dataclass(frozen=True)
class Rule:
    """From probabilities and amounts to decisions; all that a decision depends on beside them.

    - ``threshold``: the probability of default at or above which a loan is refused that no person reviews, in (0, 1)
    - ``costs``: of wrong decisions, shares of AMT_CREDIT
    - ``review``: what a review costs and finds; None where no person reviews

    Arrays are (n_clients,): ``probability`` of default in [0, 1], ``amount`` AMT_CREDIT, NaN where it is not known.
    Money is in its currency, rounded to a hundredth, and None where the amount is not known.
    """

    threshold: float
    costs: Costs
    review: Review | None

    def refused(self, probability: Floats) -> NDArray[np.bool_]:
        """Whether each loan is refused where no person reviews."""
        return np.greater_equal(probability, self.threshold)

    def decisions(self, probability: Floats, amount: Floats) -> list[str]:
        """Per client: refer where a review pays, else refuse from the threshold on, else accept.

        A loan whose amount is not known is not referred: what a review of it saves is not known.
        """
        made: list[str] = decided(probability, amount, self.threshold, self.costs, self.review).tolist()
        return made

    def stakes(self, probability: Floats, amount: Floats) -> list[float | None]:
        """Per client what the cheaper of both decisions costs in expectation."""
        return _money(at_stake(probability, amount, self.costs))

    def worths(self, probability: Floats, amount: Floats) -> list[float | None]:
        """Per client what a review saves in expectation, before its cost; None without a review.

        In this order, the highest first, referred clients are reviewed: so the money goes furthest.
        """
        if self.review is None:
            return [None] * len(probability)
        return _money(self.review.worth(probability, amount, self.costs))

    def bands(self, amount: Floats) -> list[dict[str, float] | None]:
        """Per client {"low", "high"}: between these probabilities, both excluded, a loan of its amount is referred.

        None where it never is: without a review, and for a loan that is too small to be worth one.
        """
        if self.review is None:
            return [None] * len(amount)
        found = (self.review.band(one, self.costs) for one in amount.tolist())
        return [None if band is None else {"low": band[0], "high": band[1]} for band in found]

    def expected_losses(self, probability: Floats, amount: Floats) -> list[float | None]:
        """Per client p * AMT_CREDIT * loss given default: what accepting loses in expectation."""
        return _money(probability * amount * self.costs.loss_given_default)

    def to_dict(self) -> dict[str, Any]:
        """Costs and review, as the decision log keeps them beside the threshold."""
        return {**self.costs.to_dict(), "review": None if self.review is None else self.review.to_dict()}

    @classmethod
    def of(cls, threshold: float, written: Mapping[str, Any]) -> "Rule":
        """What `to_dict` has written. Raises ``ValueError`` for anything else."""
        return cls(threshold, Costs.of({"costs": written}), Review.of(written))


class Policy(Rule):
    """The rule of one loaded model, and what else its manifest says of a client.

    ``scale``: of the points, or None. ``unknown``: what knowing more of a client would be worth, or None. Raises
    `BundleError` for a manifest whose costs, review, scale or unknown parts cannot be used.
    """

    def __init__(self, scorer: Scorer) -> None:
        manifest = scorer.manifest
        try:
            super().__init__(scorer.threshold, Costs.of(manifest), Review.of(manifest))
        except ValueError as error:
            raise BundleError(f"The manifest's rule cannot be used ({error}); export the model again.") from None
        self._loan = scorer.index.get(LOAN)
        self.scale = _scale(manifest.get("points"))
        written = manifest.get("unknown")
        self.unknown = (
            None
            if written is None
            else Unknown(scorer.columns, written, self.threshold, self.costs.margin, self.costs.loss_given_default)
        )

    def amounts(self, X: Floats) -> Floats:
        """(n_clients,): AMT_CREDIT of feature rows ``X`` (n_clients, n_columns).

        NaN where it is not known, is no amount, or is not read by the model.
        """
        if self._loan is None:
            return np.full(len(X), np.nan)
        amounts = X[:, self._loan]
        return np.where(np.isfinite(amounts) & (amounts > 0), amounts, np.nan)

    def points(self, probability: Floats) -> list[float | None]:
        """Per client the points, to a tenth, rounded so that the cut-off decides by them as the threshold does by the
        probability; None without a scale, and for a probability of exactly 0 or 1.
        """
        if self.scale is None:
            return [None] * len(probability)
        shown = self.scale.shown(probability, self.threshold)
        return [points if math.isfinite(points) else None for points in shown.tolist()]


def outdated(manifest: Manifest) -> str | None:
    """What to say of a manifest with the refer band of an earlier version and without a review; None of any other."""
    if manifest.get("refer") is None or manifest.get("review") is not None:
        return None
    return (
        "The model's manifest has the refer band of an earlier version, which decides nothing any more, and no review: "
        "no client is referred to a person. Train the model again, and it has one."
    )


def _money(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else round(value, 2) for value in values.tolist()]


def _scale(written: Any) -> Scale | None:
    try:
        return None if written is None else Scale.read(written)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"The manifest's points scale cannot be used ({error}); export the model again.") from None
