"""The plan of monitoring: what is watched, from which value on somebody has to look, and who acts."""

from collections.abc import Mapping
from typing import Any

from credit.decision_log.maturity import MATURE
from credit.evidence.alarm_states import NOT_MEASURED, AlarmState, alarm_states
from credit.evidence.contents import Section, Table, at
from credit.evidence.log_facts import LogFacts
from credit.evidence.service_settings import ServiceSettings
from credit.monitoring import missing_rule
from credit.monitoring.alarms import ALARMING, REGRET, SURPRISE
from credit.monitoring.background import EVERY
from credit.monitoring.population_stability import ENOUGH, MUCH, SOME
from credit.monitoring.window import LAST

_ROLES = {
    "score": "sends clients and outcomes",
    "review": "decides on referred clients, overrides decisions",
    "read": "reads drift and metrics",
    "admin": "everything",
}


def monitoring_plan(
    manifest: Mapping[str, Any], settings: ServiceSettings, profile: bool, facts: LogFacts | None
) -> Section:
    """The section. ``manifest``: of the model. ``settings``: of the environment in which the pack is made. ``profile``:
    whether the bundle has one. ``facts``: of the log, None without.
    """
    watched = (
        (
            "model",
            "what the model reads, weighted by importance, and its probabilities: population stability index",
            f"{SOME:g}: moved; {MUCH:g}: drifted; less what chance does, from {ALARMING} clients on",
            "GET /drift, credit drift --current log --fail-on 0.25",
            "credit.monitoring.population_stability, credit.monitoring.alarms",
        ),
        (
            "features",
            "each column that moves the model: population stability index",
            f"{MUCH:g}, less what chance does, from {ALARMING} clients on",
            "GET /drift",
            "credit.monitoring.alarms",
        ),
        (
            "texts",
            "share of clients with none of the texts that the model knows",
            "more than chance does once in a thousand looks, above the training's share",
            "GET /drift",
            "credit.monitoring.population_stability",
        ),
        (
            "costs",
            "what the threshold costs more than break-even would",
            f"{100 * REGRET:g} points, from {ENOUGH} decisions of this rule on",
            "GET /drift, credit drift --current log",
            "credit.monitoring.alarms",
        ),
        (
            "calibration",
            "defaults in weeks of which nine tenths of the outcomes are known, against those expected",
            f"{SURPRISE:g} standard errors, from {ENOUGH} clients on; outcomes of a week count from {MATURE:.0%} on",
            "GET /drift, POST /outcomes, credit outcomes FILE",
            "credit.monitoring.alarms, credit.decision_log.maturity",
        ),
        (
            "reasons",
            "share of the clients refused or referred who are given each reason, week by week",
            f"more than chance and five points off the training's share, in a week of {ENOUGH} clients or more",
            "GET /drift",
            "credit.monitoring.weekly_shares",
        ),
        (
            "known",
            "share of the clients of whom each table and external score is known, week by week",
            f"more than chance and five points off the training's share, in a week of {ENOUGH} clients or more",
            "GET /drift",
            "credit.monitoring.weekly_shares",
        ),
        (
            "suddenly missing",
            "columns and tables that nearly all training clients had",
            f"where chance gives it with a probability below {missing_rule.FALSE_ALARM:g}, from "
            f"{missing_rule.CLIENTS} clients on",
            "GET /metrics (credit_suddenly_missing), the server's log, credit check, credit score",
            "credit.monitoring.missing_rule",
        ),
    )
    now = alarm_states(None if facts is None else facts.look, _why_not(facts))
    rows = tuple(
        (*one[:3], *_now(one[0], now), "muted" if one[0] in settings.muted_alarms else "no", f"{one[3]}; {one[4]}")
        for one in watched
    )
    missing = []
    if not profile:
        missing.append(
            ("Profile of the training clients", "The bundle has none, so drift is not measured: credit profile FOLDER.")
        )
    if not settings.keys:
        missing.append(("Who may do what", "API_KEYS is not set in this environment, so all callers are one."))
    return Section(
        "monitoring",
        (
            f"The service works drift and costs out anew every {EVERY // 60} minutes while it is asked, from its "
            "own log. "
            "Thresholds are those of this version of the program; settings are those of the environment in which the "
            "pack was made, which should be the service's.",
            f"Value and state now are those of the newest {LAST:,} decisions of the log at hand, worked out for this "
            "pack as GET /drift does. A muted alarm is worked out as any other, and named by its code alone.",
            "No setting names who acts, within which time, and how often figures are reviewed: see 9.persons and "
            "9.frequency.",
        ),
        (
            Table(
                "What is watched",
                ("alarm", "what", "it rings from", "value now", "state now", "muted", "where it is seen; source"),
                rows,
                "constants of the modules named; decision log, as GET /drift works it out; MUTED_ALARMS",
            ),
            Table(
                "Settings that bear on control",
                ("setting", "value"),
                tuple(_settings(manifest, settings)),
                "environment",
            ),
            *_rules(settings),
        ),
        tuple(missing),
    )


def _now(name: str, states: Mapping[Any, AlarmState]) -> tuple[str, str]:
    """Value and state; what the server alone counts is not in the log."""
    if name not in states:
        return "counted by the running server, not in the log", NOT_MEASURED
    return states[name].value, states[name].state


def _why_not(facts: LogFacts | None) -> str:
    if facts is None:
        return "there is no log"
    return "nothing was looked at" if facts.proof.whole else "the chain of the log is broken"


def _settings(manifest: Mapping[str, Any], settings: ServiceSettings) -> list[tuple[str, str]]:
    review = at(manifest, "review") or {}
    cost = review.get("cost")
    reviewed = (
        "no client"
        if cost is None
        else f"settings, not measured: a review is taken to cost {cost:,.0f} and to put right "
        f"{review.get('skill', 0):.0%} of wrong decisions"
    )
    roles = [f"{count} {name} ({_ROLES[name]})" for name, count in settings.roles.items() if count]
    return [
        ("API_KEYS: keys, by role", f"{settings.keys}: {', '.join(roles)}" if settings.keys else "not set"),
        ("FOUR_EYES: nobody reviews what they sent", "on" if settings.four_eyes else "off"),
        ("SHOW_PROTECTED: reviewers see protected attributes", "on" if settings.show_protected else "off"),
        ("RATE_LIMIT", settings.rate or "not set"),
        ("MUTED_ALARMS", ", ".join(settings.muted_alarms) or "none"),
        ("MUTED_WARNINGS", ", ".join(settings.muted_warnings) or "none"),
        ("LETTER_PROFILE", settings.letters or "neutral"),
        ("referred to a person (manifest.json, review)", reviewed),
    ]


def _rules(settings: ServiceSettings) -> tuple[Table, ...]:
    if settings.rules is None:
        return ()
    return (
        Table(
            f"Rules of the bank, {settings.rules_hash[:12]}",
            ("rule", "stage", "outcome", "from"),
            settings.rules,
            f"the file of BANK_RULES; SHA-256 in the log {settings.rules_hash}",
        ),
    )
