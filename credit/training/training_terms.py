"""What a training takes as given: what errors cost, and how many clients a person can review.

What is not given is taken from the model that is there, so that costs which ``threshold --apply`` has written are not
lost by the next training; where there is none, the usual values hold. The sentence says which came from where.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credit.decision.cost import LOSS_GIVEN_DEFAULT, MARGIN, Costs
from credit.decision.review import CAPACITY, SKILL, Plan, Review
from credit.model import manifest as manifests
from credit.model.manifest import MANIFEST, BundleError


@dataclass(frozen=True)
class Terms:
    """``costs``: of errors. ``plan``: of reviews. ``sentence``: both in words, with where each value came from."""

    costs: Costs
    plan: Plan
    sentence: str

    @property
    def options(self) -> str:
        """The options of a command that takes these terms whatever model is there."""
        return f"--margin {self.costs.margin!r} --lgd {self.costs.loss_given_default!r} {options_of(self.plan)}"


def options_of(plan: Plan) -> str:
    """A plan as options of a command."""
    amount = f"--review-capacity {plan.capacity!r}" if plan.cost is None else f"--review-cost {plan.cost!r}"
    return f"{amount} --review-skill {plan.skill!r}"


def terms_of(
    bundle: str | Path,
    margin: float | None = None,
    loss_given_default: float | None = None,
    review_cost: float | None = None,
    review_skill: float | None = None,
    review_capacity: float | None = None,
) -> Terms:
    """The given values, else those of the model in ``bundle``, else the usual ones.

    ``margin``, ``loss_given_default``: shares of the loan, above 0 and at most 1. ``review_cost``: in the currency of
    the loans; it and ``review_capacity`` exclude each other. ``review_skill``: share of the wrong decisions that a
    reviewer puts right. Raises ``ValueError`` for other values, and for a manifest whose costs or review cannot be used
    and are needed.
    """
    for name, share in (("margin", margin), ("loss given default", loss_given_default)):
        if share is not None and not 0 < share <= 1:
            raise ValueError(
                f"the {name} is a share of the loan, above 0 and at most 1, but it is {share:g}; 0.15 is 15 %"
            )
    if review_cost is not None and review_capacity is not None:
        raise ValueError(
            "the cost of a review and the capacity for reviews cannot both be given: the one follows from the other; "
            "leave out --review-cost or --review-capacity"
        )
    manifest, there = _manifest(bundle), f"as in {Path(bundle)}"
    written = None
    if "costs" in manifest and (margin is None or loss_given_default is None):
        written = _used(bundle, Costs.of, manifest, "--margin and --lgd")
    m, m_from = _first(margin, None if written is None else written.margin, MARGIN, there)
    loss, loss_from = _first(
        loss_given_default, None if written is None else written.loss_given_default, LOSS_GIVEN_DEFAULT, there
    )
    plan, plan_from = _plan(bundle, manifest, review_cost, review_skill, review_capacity, there)
    sentence = (
        f"costs: margin {m:.4g} of the loan ({m_from}), loss given default {loss:.4g} ({loss_from}); "
        f"reviews: {plan} ({plan_from})"
    )
    return Terms(Costs(m, loss), plan, sentence)


def _plan(
    bundle: str | Path,
    manifest: Mapping[str, Any],
    cost: float | None,
    skill: float | None,
    capacity: float | None,
    there: str,
) -> tuple[Plan, str]:
    chosen = cost is not None or capacity is not None
    review = None
    if not (chosen and skill is not None):
        review = _used(bundle, Review.of, manifest, "--review-capacity and --review-skill")
    before = None if review is None else Plan.of(review)
    found, _ = _first(skill, None if before is None else before.skill, SKILL, there)
    if chosen:
        return Plan(found, capacity, cost), "given"
    given = "" if skill is None else ", with the skill given"
    if before is None:
        return Plan(found, CAPACITY), f"usual{given}"
    return Plan(found, before.capacity, before.cost), f"{there}{given}"


def _first(given: float | None, written: float | None, usual: float, there: str) -> tuple[float, str]:
    if given is not None:
        return given, "given"
    return (usual, "usual") if written is None else (written, there)


def _manifest(bundle: str | Path) -> Mapping[str, Any]:
    """That of the model in ``bundle``; empty where there is none that can be read, whose place a new model takes."""
    path = Path(bundle) / MANIFEST
    if not path.is_file():
        return {}
    try:
        return manifests.read(path)
    except BundleError:
        return {}


def _used(bundle: str | Path, read: Any, manifest: Mapping[str, Any], options: str) -> Any:
    try:
        return read(manifest)
    except ValueError as error:
        raise ValueError(f"{Path(bundle) / MANIFEST}: {error}; give {options}") from None
