"""The first page: what the model is, and of each matter its figures with intervals, a verdict, and where it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

from credit import __version__
from credit.decision.client_groups import AGE, GENDER
from credit.evidence.alarm_states import ringing
from credit.evidence.contents import Finding, at, plural
from credit.evidence.data_sheet import summary
from credit.evidence.group_figures import BROKEN_RULE, KEPT, OPEN, judged_of, verdict_of
from credit.evidence.log_facts import LogFacts
from credit.evidence.validation_notes import ends_of, tenths_outside
from credit.model import Scorer
from credit.monitoring.profile import Profile
from credit.monitoring.quarterly import quarters

_NO_FIGURE = "no figure"


def what_it_is(scorer: Scorer) -> str:
    """The model in a few sentences."""
    manifest = scorer.manifest
    return (
        f"{manifest['model']['name']} gives the probability of default of a consumer loan from {len(scorer.columns):,} "
        f"columns, and refuses from {scorer.threshold:.6g} on, unless a review by a person or a rule of the bank "
        f"decides. It learnt from {summary(manifest)}. SHA-256 of model.pkl: {scorer.model_hash}; exported on "
        f"{manifest['created']}; program credit {__version__}."
    )


def findings(scorer: Scorer, facts: LogFacts | None, profile: Profile | str) -> tuple[Finding, ...]:
    """Ranking, calibration, saving, fairness, stability and the chain of the log, in this order."""
    manifest: Mapping[str, Any] = scorer.manifest
    return (
        _ranking(manifest),
        _calibration(manifest),
        _saving(manifest),
        *_fairness(manifest),
        _in_service(facts, profile),
        _alarms(facts),
        _chain(facts),
    )


def _of_metric(manifest: Mapping[str, Any], name: str, form: str, said: str) -> str:
    value, ends = at(manifest, "metrics", name), ends_of(manifest, name)
    if value is None:
        return ""
    return f"{said} {value:{form}}" + ("" if ends is None else f" ({ends[0]:{form}} to {ends[1]:{form}})")


def _ranking(manifest: Mapping[str, Any]) -> Finding:
    area = _of_metric(manifest, "roc_auc", ".3f", "ROC AUC")
    ends = ends_of(manifest, "roc_auc")
    gains = [
        f"{100 * one['points']:+.1f} points ({100 * one['low']:+.1f} to {100 * one['high']:+.1f}) against {name}"
        for name, one in (manifest.get("gains") or {}).items()
        if one.get("points") is not None and name == "predecessor at its best"
    ]
    verdict = (
        "too few defaults to tell"
        if ends is None
        else "ranks better than chance"
        if ends[0] > 0.5
        else "not shown to rank better than chance"
    )
    return Finding("ranking", "; ".join((area, *gains)), verdict, "validation") if area else _none("ranking")


def _calibration(manifest: Mapping[str, Any]) -> Finding:
    parts = [
        one
        for one in (
            _of_metric(manifest, "calibration_slope", ".3f", "slope"),
            _of_metric(manifest, "calibration_in_the_large", "+.3f", "intercept at slope 1"),
            _of_metric(manifest, "calibration_error", "+.4f", "error from 0.10 to 0.25"),
        )
        if one
    ]
    rows = manifest.get("reliability") or []
    if not parts and not rows:
        return _none("calibration")
    outside = tenths_outside(manifest)
    if rows:
        parts.append(f"{len(rows) - len(outside)} of {len(rows)} tenths inside their interval")
    ends = ends_of(manifest, "calibration_error")
    verdict = "not judged: there is no interval"
    if ends is not None:
        holds = ends[0] <= 0 <= ends[1]
        verdict = "holds around the threshold" if holds else "is off around the threshold"
    if outside:
        verdict += f"; off in {'tenth' if len(outside) == 1 else 'tenths'} {', '.join(map(str, outside))}"
    return Finding("calibration", "; ".join(parts), verdict, "validation")


def _saving(manifest: Mapping[str, Any]) -> Finding:
    alone = _of_metric(manifest, "saving", ".1%", "by the threshold alone")
    served, ends = manifest.get("served") or {}, ends_of(manifest, "saving")
    if not alone:
        return _none("saving against accepting everybody")
    if served.get("saving") is not None and at(manifest, "review", "skill") is not None:
        low, high = served.get("saving_low"), served.get("saving_high")
        alone += f"; with reviews {served['saving']:.1%}" + (
            f" ({low:.1%} to {high:.1%})" if low is not None and high is not None else ""
        )
        alone += f", at an assumed skill of {manifest['review']['skill']:.0%}"
    verdict = (
        "too few defaults to tell"
        if ends is None
        else "saves, at the costs that are set"
        if ends[0] > 0
        else "not shown to save"
    )
    return Finding("saving against accepting everybody", alone, verdict, "validation")


def _fairness(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    groups = manifest.get("groups") or []
    for attribute in (GENDER, AGE):
        judged = [
            one
            for one in groups
            if one.get("attribute") == attribute and one.get("judged") and one.get("accepted_ratio_low") is not None
        ]
        name = f"fairness by {attribute}: acceptance over that of the highest group"
        if not judged:
            yield _none(name, "fairness")
            continue
        found = [
            verdict_of(one["accepted_ratio"], one["accepted_ratio_low"], one["accepted_ratio_high"]) for one in judged
        ]
        worst = next(verdict for verdict in (BROKEN_RULE, OPEN, KEPT) if verdict in found)
        said = "; ".join(
            f"{one['group']} {one['accepted_ratio']:.3f} ({one['accepted_ratio_low']:.3f} to "
            f"{one['accepted_ratio_high']:.3f})"
            for one, verdict in zip(judged, found, strict=True)
            if verdict != KEPT or len(judged) == 1 or worst == KEPT
        )
        few = f"; {' '.join(judged_of(manifest))}" if worst == OPEN else ""
        yield Finding(name, said, f"four fifths: {worst}{few}", "fairness")


def _in_service(facts: LogFacts | None, profile: Profile | str) -> Finding:
    name = "calibration and stability in service"
    if facts is None or facts.decided is None:
        return _none(name, "quarters")
    found = quarters(facts.decided, None if isinstance(profile, str) else profile)
    if not found:
        return _none(name, "quarters")
    last = found[-1]
    enough = [one for one in found if one.enough and one.slope is not None]
    said = [f"{last.quarter}: {plural(last.decided, 'decision')}"]
    if last.psi is not None:
        said.append(f"PSI {last.psi:.3f}, judged {last.shift:.3f}")
    if enough and (slope := enough[-1].slope) is not None:
        said.append(f"slope in {enough[-1].quarter} {slope.estimate:.2f} ({slope.low:.2f} to {slope.high:.2f})")
    verdict = f"stability: {last.level or 'too few clients to tell'}"
    verdict += "" if enough else "; calibration: not enough outcomes"
    return Finding(name, "; ".join(said), verdict, "quarters")


def _alarms(facts: LogFacts | None) -> Finding:
    if facts is None or facts.look is None:
        return _none("alarms", "monitoring")
    rings = ringing(facts.look)
    said = f"{plural(len(rings), 'alarm rings', 'alarms ring')}" if rings else "no alarm rings"
    return Finding("alarms", said, ", ".join(rings) or "quiet", "monitoring")


def _chain(facts: LogFacts | None) -> Finding:
    if facts is None:
        return Finding("chain of the decision log", _NO_FIGURE, "there is no log", "log")
    said = f"{plural(facts.proof.decisions, 'decision')}, {plural(facts.proof.reviews, 'review')}"
    return Finding(
        "chain of the decision log",
        said,
        "whole" if facts.proof.whole else f"BROKEN: {plural(facts.proof.found, 'problem')}",
        "log",
    )


def _none(what: str, section: str = "validation") -> Finding:
    return Finding(what, _NO_FIGURE, "missing", section)
