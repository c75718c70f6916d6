"""A new threshold for new costs, from what the bundle keeps: no training, and no client but to measure it on."""

from dataclasses import dataclass
from pathlib import Path

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.review import Review
from credit.model import load_bundle, read_threshold, rewrite_bundle
from credit.model import manifest as manifests
from credit.model.manifest import MANIFEST, BundleError
from credit.model.manifest_parts import Manifest
from credit.program import PROGRAM
from credit.training.decision_figures import groups_as_rows
from credit.training.model_card import NAME as MODEL_CARD
from credit.training.model_card import card
from credit.training.remeasure import Measured
from credit.training.threshold_rule import Threshold, threshold_of
from credit.training.training_terms import terms_of

#: Metrics of the manifest that hold at any threshold; the others were measured at the one that is replaced.
_LASTING = (
    "test_clients",
    "roc_auc",
    "roc_auc_low",
    "roc_auc_high",
    "gini",
    "ks",
    "brier",
    "calibration_slope",
    "calibration_slope_low",
    "calibration_slope_high",
    "calibration_in_the_large",
    "calibration_in_the_large_low",
    "calibration_in_the_large_high",
    "calibration_error",
)


@dataclass(frozen=True)
class Proposal:
    """A threshold and reviews for given costs, and what they bring.

    ``costs``: of errors. ``threshold``: by the rule of a training (`credit.training.threshold_rule`), from the sums of
    the training clients. ``review``: who is referred, None where nothing tells. ``referred``: the share of the training
    clients, None where they are not counted by amount. ``now``: the bundle's threshold. ``cost_now``, ``everybody``:
    at it, and of accepting everybody, at the new costs, in the currency of AMT_CREDIT. ``changes``: whether anything is
    other than the bundle has it.
    """

    costs: Costs
    threshold: Threshold
    review: Review | None
    referred: float | None
    now: float
    cost_now: float
    everybody: float
    changes: bool

    @property
    def saving(self) -> float:
        """Against accepting everybody, as a share of it, without reviews."""
        return money.saving(self.threshold.cost, self.everybody)

    @property
    def saving_now(self) -> float:
        """The same, if the present threshold stays."""
        return money.saving(self.cost_now, self.everybody)


def propose(
    bundle: str | Path = "mlruns_reduced",
    margin: float | None = None,
    loss_given_default: float | None = None,
    review_cost: float | None = None,
    review_skill: float | None = None,
    review_capacity: float | None = None,
) -> Proposal:
    """Threshold and reviews for a margin, a loss given default and reviews; those of the bundle where not given.

    ``margin``, ``loss_given_default``, ``review_cost``, ``review_skill``, ``review_capacity``: as of `terms_of`, None
    for those of ``bundle``.

    Raises ``BundleError`` where the bundle cannot be used or keeps no amounts, ``ValueError`` for shares that are none
    and as `terms_of` does.
    """
    manifest = manifests.verify(bundle)
    now = read_threshold(bundle)
    exposure = _exposure(bundle, manifest)
    terms = terms_of(bundle, margin, loss_given_default, review_cost, review_skill, review_capacity)
    costs, written = terms.costs, Review.of(manifest)
    same = costs == Costs.of(manifest)
    asked = any(value is not None for value in (review_cost, review_skill, review_capacity))
    if same and not asked:
        review = written
    elif exposure.clients is None and terms.plan.capacity is not None and not asked:
        review = None  # an earlier version neither referred by a review nor counted its clients
    else:
        review = exposure.review(terms.plan, costs)
    threshold = threshold_of(exposure, costs)
    return Proposal(
        costs=costs,
        threshold=threshold,
        review=review,
        referred=None if review is None or exposure.clients is None else exposure.referred(review, costs),
        now=now,
        cost_now=exposure.cost(now, costs),
        everybody=exposure.accept_everybody(costs),
        changes=not same or review != written or threshold.value != now,
    )


def apply(bundle: str | Path, proposal: Proposal, measured: Measured | None = None) -> None:
    """Write a proposal into the bundle: threshold, costs, reviews. The model stays as it is, byte by byte.

    ``measured``: the figures of the proposal on the test clients, which take the place of those at the old threshold in
    manifest and model card. Without them these are taken out: nobody has measured them at the new one. What needs the
    training again (the closing table, and what is known of a client) is taken out in any case. The folder is written
    anew beside and renamed. Raises ``BundleError`` as ``propose`` does.
    """

    def changed(manifest: Manifest) -> Manifest:
        lasting = {name: manifest["metrics"][name] for name in _LASTING if name in manifest.get("metrics", {})}
        full: Manifest = {
            **manifest,
            "costs": proposal.costs.to_dict(),
            "threshold": proposal.threshold.to_dict(),
            "metrics": lasting if measured is None else {**measured.metrics, **lasting},
            "gains": {} if measured is None else measured.gains,
            "groups": [] if measured is None else groups_as_rows(measured.groups),
            "known": [],
        }
        full.pop("refer", None)  # earlier versions referred by a band of probabilities
        full.pop("review", None)
        full.pop("served", None)
        if proposal.review is not None:
            full["review"] = proposal.review.to_dict()
        if measured is not None:
            full["served"] = measured.served
        return full

    columns = load_bundle(bundle).columns
    groups = None if measured is None else measured.groups
    rewrite_bundle(
        bundle, proposal.threshold.value, changed, lambda full: {MODEL_CARD: card(full, groups, columns=columns)}
    )


def _exposure(bundle: str | Path, manifest: Manifest) -> Exposure:
    try:
        return Exposure.read(manifest["exposure"])
    except (KeyError, TypeError, ValueError):
        raise BundleError(
            f"{Path(bundle) / MANIFEST} keeps no amounts by probability, so no threshold can be searched from it; "
            f"retrain with this version: {PROGRAM} train"
        ) from None
