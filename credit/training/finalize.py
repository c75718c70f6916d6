"""From the best model to a served one: threshold, reviews, points, the duel with the shipped model, the export."""

import math
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from credit.decision.cost import Costs
from credit.decision.exposure import Exposure
from credit.decision.points import Scale
from credit.decision.review import Plan, Review
from credit.model import adopt_bundle, load_bundle
from credit.training import plots, tracking
from credit.training.bootstrap import Redrawn, redraw
from credit.training.client_attributes import ALWAYS, Attribute
from credit.training.evaluation import AS_SERVED, gains, with_best
from credit.training.export import Shipment, export
from credit.training.fairness_gate import Gate, held_to_fairness, hold
from credit.training.metrics import calibration_error, calibration_in_the_large, calibration_line
from credit.training.mlflow_store import TrackingError
from credit.training.promotion import duel, held_to_sense
from credit.training.result import Outcome
from credit.training.shipped import check, equal, register_shipped
from credit.training.shipped import shipped as shipped_model
from credit.training.threshold_rule import Threshold, choose_threshold
from credit.training.training_terms import terms_of


@dataclass(frozen=True)
class Finalized:
    """What was settled.

    ``threshold``, with the curves of ``redrawn`` clients; ``costs`` of errors, by which the models were searched;
    ``review``: who is referred; the ``exposure`` that other costs need; ``outcome``.
    """

    threshold: Threshold
    redrawn: Redrawn
    costs: Costs
    review: Review
    exposure: Exposure
    outcome: Outcome


def finalize(
    bundle: str | Path,
    best: str,
    force: bool = False,
    scale: Scale | None = None,
    ship: bool = True,
    plan: Plan | None = None,
    gate: Gate | None = None,
) -> Finalized:
    """Choose the threshold of the model of the run ``best``, record it as "Best Threshold", export to ``bundle``.

    The costs of errors are those by which the models were searched. ``plan``: of the reviews; without, that of the
    model in ``bundle``, else the usual one.

    ``best``: the id of a run "Best Model", as ``recording.record_comparison`` returns it: the newest run of that name
    may be that of another training.
    A model that equals the one in ``bundle`` is not exported: no byte of the folder changes. ``force``: export it all
    the same, and also one that is worse. ``scale``: of the points, the usual one without.
    ``ship``: False for a challenger, which never takes the place of what is in ``bundle`` here. A model that is not
    shipped is registered all the same, with all that serving needs, and the outcome says why. ``gate``: of the ratios
    of approvals, by gender, age and the columns that the training compared; the usual one without. Raises
    ``TrackingError`` where there is no such run, and what ``shipped.check`` raises.
    """
    check(bundle)
    with tracking.finished(best, tracking.BEST_MODEL) as finished:
        facts, model = finished.facts("best"), finished.kept("model")
        profile = finished.kept("profile") if finished.has("profile") else None
        out_of_fold, test, table, judges = (
            finished.table(name) for name in ("out_of_fold", "test", "closing_table", "judges")
        )
    y, p, amount = (out_of_fold[name].to_numpy() for name in ("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    costs = _costs(facts)
    # Costs are sums of amounts: the loan of a client who stands for twenty applicants counts as twenty.
    lent = amount * out_of_fold["WEIGHT"].to_numpy() if "WEIGHT" in out_of_fold.columns else amount
    exposure = Exposure.of(y, p, lent, out_of_fold["FOLD"].to_numpy())
    redrawn = redraw(y, p, lent, costs)
    threshold = choose_threshold(y, p, lent, exposure, redrawn, costs)
    review = (plan or terms_of(bundle).plan).review(p, amount, costs)
    closing = with_best(table, facts["name"], threshold, review, test, out_of_fold, costs)
    found = gains(test, threshold.value, facts["predecessor_threshold"], costs)
    calibration = {"calibration_slope": calibration_line(y, p)[0]}
    calibration["calibration_in_the_large"] = calibration_in_the_large(y, p)
    calibration["calibration_error"] = calibration_error(y, p).estimate
    compared = (facts.get("fairness") or {}).get("attributes")
    held = hold(
        gate or Gate(),
        ALWAYS if compared is None else [Attribute.of(one) for one in compared],
        test,
        judges,
        threshold.value,
    )
    verdict = duel(bundle, judges, test, threshold.value, costs, facts["data"], review)
    shipment = Shipment(
        model=model,
        name=facts["name"],
        columns=tuple(facts["columns"]),
        threshold=threshold,
        review=review,
        exposure=exposure,
        scale=scale or Scale(),
        test=test,
        judges=judges,
        closing=closing,
        gains=found,
        data=facts["data"],
        training=facts["training"],
        missing=facts["missing"],
        known=facts["known"],
        out_of_fold=calibration,
        costs=costs,
        profile=profile,
        answers=(y, p),
        fairness={**(facts.get("fairness") or {}), **({} if held is None else {"gate": held.to_dict()})},
    )
    notes = (*threshold.sentences(), describe_reviews(review, closing), *(() if held is None else held.sentences))
    with ExitStack() as opened:
        staging = opened.enter_context(tempfile.TemporaryDirectory())
        made = export(Path(staging) / tracking.BUNDLE, shipment)
        verdict = held_to_sense(verdict, shipped_model(bundle), load_bundle(made))
        verdict = held_to_fairness(verdict, held)
        same = ship and not force and equal(bundle, made, judges)
        shipped = ship and not same and (verdict.allowed or force)
        reason = _equal_to(bundle, len(judges)) if same else verdict.reason
        if shipped or same:
            register_shipped(bundle)  # what makes way can be gone back to, also where nobody has registered it
        if shipped:
            adopt_bundle(bundle, made)
        run = opened.enter_context(tracking.run(tracking.BEST_THRESHOLD))
        run.data(facts["data"])
        run.parameters({"model": facts["name"], **{k: v for k, v in facts["training"].items() if k != "parameters"}})
        run.parameters({**costs.to_dict(), "shipped": shipped, "verdict": reason})
        run.parameters({f"review_{name}": value for name, value in review.to_dict().items()})
        run.parameters({"threshold_rule": "search" if threshold.taken else "break-even"})
        if held is not None:
            run.parameters({"fairness_gate": held.gate.mode, "fairness_least": held.gate.least})
            ratios = {name: one.ratio.estimate for name, one in held.ratios.items() if one is not None}
            run.metrics({f"ratio_{name}": value for name, value in ratios.items()})
        run.metrics(
            {
                # The exported threshold; beside it what the search alone found.
                "best_threshold": threshold.value,
                "best_cost": threshold.cost,
                "searched_threshold": threshold.searched.estimate,
                "searched_cost": float(threshold.curve.min()),
                "searched_low": threshold.searched.low,
                "searched_high": threshold.searched.high,
                "search_gain": threshold.gain.estimate,
                "search_gain_low": threshold.gain.low,
                "search_gain_high": threshold.gain.high,
                "break_even": threshold.break_even,
                **{f"out_of_fold_{name}": value for name, value in calibration.items()},
                "alike_low": threshold.alike[0],
                "alike_high": threshold.alike[1],
            }
        )
        run.cost_curve(threshold.curve)
        everybody = exposure.accept_everybody(costs)
        run.figure(plots.cost_curve(threshold, redrawn, everybody), "cost_curve")
        run.figure(plots.sensitivity(shipment.exposure), "sensitivity")
        run.table(closing, "closing_table")
        # Whom it has learnt from: a challenger is not judged on them in the shadow.
        run.table(out_of_fold.select("SK_ID_CURR"), tracking.TRAINING_CLIENTS)
        kept = Path(bundle) if shipped or same else made
        run.folder(kept, tracking.BUNDLE)
        if not same:  # else it is registered: it is the champion
            number = run.register(kept, champion=shipped)
            allowed = "yes" if verdict.allowed else "no"
            tracking.note(
                number, allowed=allowed, reason=reason, against=verdict.against or "", bundle=tracking.place_of(bundle)
            )
    return Finalized(
        threshold,
        redrawn,
        costs,
        review,
        exposure,
        Outcome(closing, found, notes, shipped, reason, verdict.allowed, same),
    )


def _costs(facts: dict[str, Any]) -> Costs:
    if "costs" not in facts:
        raise TrackingError(
            f"the run {tracking.BEST_MODEL!r} was recorded by an earlier version, which did not keep the costs "
            "by which it compared; run notebook 2 again"
        )
    return Costs.of(facts)


def _equal_to(bundle: str | Path, judges: int) -> str:
    return (
        f"the model in {bundle} is the same: the same data, columns, threshold and figures, and the same probabilities "
        f"of {judges:,} test clients"
    )


def describe_reviews(review: Review, closing: pl.DataFrame) -> str:
    """Who is referred, how many that are, and how a referral is counted in the closing table."""
    share = closing.filter(pl.col("model").str.ends_with(AS_SERVED))["referred"].item()
    if math.isinf(review.cost):
        return "No client is referred: the capacity for reviews is nothing."
    return (
        f"Referred are {share:.1%} of the test clients: those of whom a review, which costs {review.cost:,.4g} and "
        f"finds {review.skill:.0%} of the wrong decisions, saves more than it costs. As served, a referral is counted "
        "so: the share of wrong decisions that is not found, and the cost of the review."
    )
