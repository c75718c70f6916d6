"""What has to be known to read the figures of the validation: intervals, assumptions, and the chart of reliability."""

from collections.abc import Iterator, Mapping
from typing import Any

from credit.evidence.contents import Picture, at
from credit.training.first_example import EXAMPLE, OF_EXAMPLE
from credit.training.model_card_figures import PREDECESSOR_IS
from credit.web.pages.model_plots import reliability


def ends_of(manifest: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    """The 95 % interval of a metric, None where the manifest has none; Gini's is that of the area, twice less one."""
    low, high = (at(manifest, "metrics", f"{name}_{end}") for end in ("low", "high"))
    if name == "gini" and low is None:
        area = ends_of(manifest, "roc_auc")
        return None if area is None else (2 * area[0] - 1, 2 * area[1] - 1)
    return None if low is None or high is None else (low, high)


def notes(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What has to be known to read the tables, a paragraph each."""
    if at(manifest, "metrics", "calibration_slope") is not None:
        ends = ends_of(manifest, "calibration_slope")
        without = " It has no interval here: trainings of this version measure one." if ends is None else ""
        yield (
            "The slope under metrics is that of the calibrated probabilities of test clients. Two more are in the "
            "file: calibration.slope is part of the model, the line laid over its raw score; "
            f"calibration.out_of_fold.calibration_slope checks the calibrated training clients, out of fold.{without}"
        )
    if manifest.get("served"):
        skill = at(manifest, "review", "skill")
        if skill is not None:
            yield (
                f"The saving with reviews assumes that a reviewer puts right {skill:.0%} of the wrong decisions, a "
                "setting that is not measured. The rule that decides by the true probability has no reviewer, so a "
                "saving with reviews may exceed it: the two are not to be compared."
            )
    if any(str(name).startswith("predecessor") for name in manifest.get("gains") or {}):
        yield PREDECESSOR_IS.replace("*", "")
    if manifest.get("known"):
        text = (
            "By what is known of a client: the same clients each time, with tables and columns hidden from the model. "
        )
        if at(manifest, "data", "simulated"):
            text += (
                "They are other clients than the test clients, simulated anew, and fewer; so the row “everything” "
                "differs from the figures above though nothing is hidden in it. "
            )
        if any(one.get("known") == OF_EXAMPLE for one in manifest["known"]):
            text += f"T{OF_EXAMPLE[1:]} are {', '.join(EXAMPLE)}."
        yield text.strip()


def tenths_outside(manifest: Mapping[str, Any]) -> list[int]:
    """Which tenths of the test clients, from 1, have a mean prediction outside the interval of the observed rate."""
    return [
        place
        for place, one in enumerate(manifest.get("reliability") or [], 1)
        if not one["low"] <= one["predicted"] <= one["high"]
    ]


def reliability_reads(manifest: Mapping[str, Any]) -> str:
    """The sentence that reads predicted against observed, tenth by tenth."""
    rows = manifest["reliability"]
    outside = tenths_outside(manifest)
    if not outside:
        return f"In each of the {len(rows)} tenths the mean prediction lies in the 95 % interval of the observed rate."
    named = "; ".join(
        f"tenth {place} (predicted {rows[place - 1]['predicted']:.2%}, observed {rows[place - 1]['observed']:.2%}, "
        f"{'too high' if rows[place - 1]['predicted'] > rows[place - 1]['high'] else 'too low'})"
        for place in outside
    )
    return (
        f"In {len(rows) - len(outside)} of {len(rows)} tenths the mean prediction lies in the 95 % interval of the "
        f"observed rate. Outside: {named}. By chance alone that happens to one in twenty."
    )


def chart(manifest: Mapping[str, Any]) -> tuple[Picture, ...]:
    """Predicted against observed; none where the manifest has no tenths."""
    if not manifest.get("reliability"):
        return ()
    rows = [{name: one[name] for name in ("predicted", "observed", "low", "high")} for one in manifest["reliability"]]
    title = "Predicted and observed default rates of tenths of the test clients, with 95 % intervals"
    drawn = reliability(rows, title, "predicted default rate", "observed default rate", "en")
    reads = f"{title}; on the line both are equal. {reliability_reads(manifest)}"
    return (Picture(drawn, reads, "manifest.json, reliability"),)
