"""From the best model to a served one: threshold, refer band, points, the duel with the shipped model, the export."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from credit import cost as money
from credit import scorer
from credit.exposure import Exposure
from credit.points import Scale
from credit.training import pictures, tracking
from credit.training.bootstrap import Redrawn, redraw
from credit.training.export import Shipment, export
from credit.training.judgement import Threshold, gains, search_threshold, with_best
from credit.training.metrics import calibration_error, calibration_in_the_large, calibration_line
from credit.training.outcome import Outcome
from credit.training.promotion import duel
from credit.training.shipped import check, equal, keep


@dataclass(frozen=True)
class Settled:
    """``threshold``, with the curves of ``redrawn`` clients; the ``exposure`` that other costs need; ``outcome``."""

    threshold: Threshold
    redrawn: Redrawn
    exposure: Exposure
    outcome: Outcome


def settle(
    bundle: str | Path,
    force: bool = False,
    scale: Scale | None = None,
    ship: bool = True,
) -> Settled:
    """Search the threshold of the newest "Best Model", record it as "Best Threshold", export to ``bundle``.

    A model that equals the one in ``bundle`` is not exported: no byte of the folder changes. ``force``: export it all
    the same, and also one that is worse. ``scale``: of the points, the usual one without.
    ``ship``: False for a challenger, which never takes the place of what is in ``bundle`` here. A model that is not
    shipped is registered all the same, with all that serving needs, and the outcome says why. Raises
    ``TrackingError`` where notebook 2 (or the step before) has not run, and what ``shipped.check`` raises.
    """
    check(bundle)
    with tracking.latest(tracking.BEST_MODEL) as finished:
        facts, model = finished.facts("best"), finished.kept("model")
        profile = finished.kept("profile") if finished.has("profile") else None
        out_of_fold, test, table, judges = (
            finished.table(name) for name in ("out_of_fold", "test", "closing_table", "judges")
        )
    y, p, amount = (out_of_fold[name].to_numpy() for name in ("TARGET", "PROBABILITY_OF_DEFAULT", "AMT_CREDIT"))
    threshold = search_threshold(y, p, amount)
    redrawn = redraw(y, p, amount)
    closing = with_best(table, facts["name"], threshold, test)
    found = gains(test, threshold.value, facts["predecessor_threshold"])
    costs = {"margin": money.MARGIN, "loss_given_default": money.LOSS_GIVEN_DEFAULT}
    calibration = {"calibration_slope": calibration_line(y, p)[0]}
    calibration["calibration_in_the_large"] = calibration_in_the_large(y, p)
    calibration["calibration_error"] = calibration_error(y, p).estimate
    verdict = duel(bundle, judges, test, threshold.value, costs, facts["data"])
    shipment = Shipment(
        model=model,
        name=facts["name"],
        columns=tuple(facts["columns"]),
        threshold=threshold,
        refer=redrawn.refer(threshold.value),
        exposure=Exposure.of(y, p, amount),
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
    )
    with ExitStack() as opened:
        staging = opened.enter_context(tempfile.TemporaryDirectory())
        made = export(Path(staging) / tracking.BUNDLE, shipment)
        same = ship and not force and equal(bundle, made, judges)
        shipped = ship and not same and (verdict.allowed or force)
        reason = _equal_to(bundle, len(judges)) if same else verdict.reason
        if shipped or same:
            keep(bundle)  # what makes way can be gone back to, also where nobody has registered it
        if shipped:
            scorer.adopt(bundle, made)
        run = opened.enter_context(tracking.run(tracking.BEST_THRESHOLD))
        run.data(facts["data"])
        run.parameters({"model": facts["name"], **{k: v for k, v in facts["training"].items() if k != "parameters"}})
        run.parameters({**costs, "shipped": shipped, "verdict": reason})
        run.metrics(
            {
                "best_threshold": threshold.value,
                "best_cost": threshold.cost,
                "break_even": threshold.break_even,
                **{f"out_of_fold_{name}": value for name, value in calibration.items()},
                "refer_low": shipment.refer[0],
                "refer_high": shipment.refer[1],
            }
        )
        run.cost_curve(threshold.curve)
        everybody = money.accept_everybody(y, amount)
        run.figure(pictures.cost_curve(threshold, redrawn, everybody), "cost_curve")
        run.figure(pictures.sensitivity(shipment.exposure), "sensitivity")
        run.table(closing, "closing_table")
        # Whom it has learnt from: a challenger is not judged on them in the shadow.
        run.table(out_of_fold.select("SK_ID_CURR"), tracking.TRAINING_CLIENTS)
        kept = Path(bundle) if shipped or same else made
        run.folder(kept, tracking.BUNDLE)
        if not same:  # else it is registered: it is the champion
            number = run.register(kept, champion=shipped)
            allowed = "yes" if verdict.allowed else "no"
            tracking.note(number, allowed=allowed, reason=reason, against=verdict.against or "")
    return Settled(
        threshold,
        redrawn,
        shipment.exposure,
        Outcome(closing, found, shipment.refer, shipped, reason, verdict.allowed, same),
    )


def _equal_to(bundle: str | Path, judges: int) -> str:
    return (
        f"the model in {bundle} is the same: the same data, columns, threshold and figures, and the same probabilities "
        f"of {judges:,} test clients"
    )
