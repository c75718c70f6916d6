"""A new threshold for new costs, from what the bundle keeps: no training, no client."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credit import cost as money
from credit import manifest as manifests
from credit import scorer
from credit.exposure import Exposure
from credit.manifest import MANIFEST, BundleError
from credit.training.card import NAME as MODEL_CARD
from credit.training.card import card

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
    "calibration_in_the_large",
    "calibration_error",
)


@dataclass(frozen=True)
class Proposal:
    """A threshold for given costs, and what it brings.

    ``margin``, ``loss_given_default``: shares of the loan. ``best``: of least cost on the training clients, out of
    fold. ``break_even``: where theory puts it. ``refer``: the band around it. ``now``: the bundle's threshold.
    ``cost``, ``cost_now``, ``everybody``: at the best threshold, at the present one, and of accepting everybody, at
    the new costs, in the currency of AMT_CREDIT.
    """

    margin: float
    loss_given_default: float
    best: float
    break_even: float
    refer: tuple[float, float]
    now: float
    cost: float
    cost_now: float
    everybody: float

    @property
    def saving(self) -> float:
        """Against accepting everybody, as a share of it."""
        return money.saving(self.cost, self.everybody)

    @property
    def saving_now(self) -> float:
        """The same, if the present threshold stays."""
        return money.saving(self.cost_now, self.everybody)


def propose(
    bundle: str | Path = "mlruns_reduced", margin: float | None = None, loss_given_default: float | None = None
) -> Proposal:
    """The threshold of least cost for a margin and a loss given default; those of the bundle where not given.

    Raises ``BundleError`` where the bundle cannot be used or keeps no amounts, ``ValueError`` for shares that are none.
    """
    manifest = manifests.verify(bundle)
    now = scorer.threshold(bundle)
    exposure = _exposure(bundle, manifest)
    usual = {"margin": money.MARGIN, "loss_given_default": money.LOSS_GIVEN_DEFAULT}
    costs = usual | manifest.get("costs", {})
    m = costs["margin"] if margin is None else margin
    loss = costs["loss_given_default"] if loss_given_default is None else loss_given_default
    for name, share in (("margin", m), ("loss given default", loss)):
        if not 0 < share <= 1:
            raise ValueError(
                f"the {name} is a share of the loan, above 0 and at most 1, but it is {share:g}; 0.15 is 15 %"
            )
    curve = exposure.curve(m, loss)
    best, cost = money.best_threshold(curve)
    return Proposal(
        margin=m,
        loss_given_default=loss,
        best=best,
        break_even=money.break_even_probability(m, loss),
        refer=exposure.refer(best, m, loss),
        now=now,
        cost=cost,
        cost_now=exposure.cost(now, m, loss),
        everybody=exposure.accept_everybody(loss),
    )


def apply(bundle: str | Path, proposal: Proposal) -> None:
    """Write a proposal into the bundle: threshold, costs, refer band. The model stays as it is, byte by byte.

    What was measured of decisions at the old threshold is taken out of manifest and model card: nobody has measured it
    at the new one. The folder is written anew beside and renamed. Raises ``BundleError`` as ``propose`` does.
    """

    def changed(manifest: dict[str, Any]) -> dict[str, Any]:
        return {
            **manifest,
            "costs": {"margin": proposal.margin, "loss_given_default": proposal.loss_given_default},
            "threshold": {
                "best": proposal.best,
                "break_even": proposal.break_even,
                "out_of_fold_cost": proposal.cost,
            },
            "refer": {"low": proposal.refer[0], "high": proposal.refer[1]},
            "metrics": {name: manifest["metrics"][name] for name in _LASTING if name in manifest.get("metrics", {})},
            "gains": {},
            "groups": [],
            "known": [],
        }

    columns = scorer.load(bundle).columns
    scorer.rewrite(bundle, proposal.best, changed, lambda full: {MODEL_CARD: card(full, columns=columns)})


def _exposure(bundle: str | Path, manifest: dict[str, Any]) -> Exposure:
    try:
        return Exposure.read(manifest["exposure"])
    except (KeyError, TypeError, ValueError):
        raise BundleError(
            f"{Path(bundle) / MANIFEST} keeps no amounts by probability, so no threshold can be searched from it; "
            "retrain with this version: python -m credit train"
        ) from None
