"""Whether each alarm rings on the log at hand, and by which value: as GET /drift works it out."""

from dataclasses import dataclass

from credit.evidence.contents import plural
from credit.monitoring.alarms import ALARMING, CODES, Kind
from credit.monitoring.background import Look
from credit.monitoring.population_stability import DRIFTED, ENOUGH, Comparison
from credit.monitoring.weekly_shares import REASON, FollowedShare

RINGS, QUIET, TOO_LITTLE, NOT_MEASURED = "RINGS", "does not ring", "too little to tell", "not measured"


@dataclass(frozen=True)
class AlarmState:
    """``value``: what it is now, in words. ``state``: one of rings, does not ring, too little to tell, not measured."""

    value: str
    state: str


def alarm_states(look: Look | None, why: str) -> dict[Kind, AlarmState]:
    """Of each alarm. ``look``: at the log; None where there is none to look at, for the reason ``why``."""
    if look is None:
        return dict.fromkeys(CODES, AlarmState(why, NOT_MEASURED))
    ringing = {one.kind for one in look.alarms}
    found = {
        "model": _model(look.drift),
        "features": _features(look.drift),
        "texts": _texts(look.drift),
        "costs": _costs(look),
        "calibration": _calibration(look),
        "reasons": _weekly(look.weekly, of_reasons=True),
        "known": _weekly(look.weekly, of_reasons=False),
    }
    return {kind: _state(*found[kind], rings=kind in ringing) for kind in CODES}


def ringing(look: Look | None) -> tuple[str, ...]:
    """The alarms that ring, each once."""
    return () if look is None else tuple(dict.fromkeys(one.kind for one in look.alarms))


def _state(value: str, enough: bool, rings: bool) -> AlarmState:
    return AlarmState(value, RINGS if rings else QUIET if enough else TOO_LITTLE)


def _model(drift: Comparison | None) -> tuple[str, bool]:
    if drift is None:
        return "no profile, or no decision with inputs", False
    scored = "-" if drift.probability is None else f"{drift.probability:.3f}"
    value = f"features weighted {drift.weighted:.3f}, probability {scored}, of {plural(drift.clients, 'client')}"
    return value, drift.clients >= ALARMING


def _features(drift: Comparison | None) -> tuple[str, bool]:
    if drift is None:
        return "no profile, or no decision with inputs", False
    far = sum(one.level == DRIFTED and one.importance > 0 for one in drift.features)
    return f"{far:,} of {len(drift.features):,} features have drifted", drift.clients >= ALARMING


def _texts(drift: Comparison | None) -> tuple[str, bool]:
    if drift is None:
        return "no profile, or no decision with inputs", False
    return f"{plural(len(drift.texts), 'column')} with more clients without a known text", drift.enough


def _costs(look: Look) -> tuple[str, bool]:
    served = None if look.costs is None else look.costs.served
    if served is None or served.regret is None:
        return "no decision of this rule whose amount is known", False
    value = f"{100 * served.regret:.2f} points, of {plural(served.counted, 'decision')}"
    return value, served.counted >= ENOUGH


def _calibration(look: Look) -> tuple[str, bool]:
    served = None if look.costs is None else look.costs.served
    if served is None or served.mature is None:
        return "no week of which enough outcomes are known", False
    clients = plural(served.mature.clients, "client")
    if served.surprise is None:
        return f"{clients} in such weeks", False
    return f"{served.surprise:+.2f} standard errors, of {clients}", served.mature.clients >= ENOUGH


def _weekly(weekly: tuple[FollowedShare, ...], of_reasons: bool) -> tuple[str, bool]:
    of_kind = [one for one in weekly if (one.of == REASON) is of_reasons]
    judged = [one for one in of_kind if one.judged is not None and one.before is not None]
    if not judged:
        return f"no week of {ENOUGH} clients that the training's shares stand against", False
    return f"{sum(one.changed for one in judged):,} of {len(judged):,} shares have changed", True
