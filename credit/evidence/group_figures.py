"""Fairness: how decisions fall on women and men and on bands of age, on test clients and in service."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from credit.decision.client_groups import AGE, AGES, FEWEST_SHOWN, GENDER, GENDERS, NOT_GIVEN, age, gender
from credit.decision.intervals import wilson
from credit.decision_log.reviewed_decisions import ReviewedDecisions
from credit.evidence.alternative_models import file_of_alternatives, gate_notes, legend, table_of_alternatives
from credit.evidence.contents import Section, Table, at, csv_bytes, figure
from credit.evidence.log_facts import LogFacts
from credit.evidence.quarter_tables import BROKEN, NO_LOG
from credit.explain.reasons import PROTECTED, group_of
from credit.training.approval_ratios import FOUR_FIFTHS, LEAST_SHARE, compare
from credit.training.model_card_figures import WITHHELD

FILE = "fairness.csv"

_COLUMNS = (
    *("attribute", "group", "clients", "accepted", "95 % interval", "accepted / highest", "95 % interval of the ratio"),
    *("four fifths", "referred", "refused", "predicted default", "observed default"),
    *("approved by the threshold", "good clients refused by the threshold", "defaulters approved by the threshold"),
)

#: So many of the columns are about the rule that is served.
_SERVED = 10

#: Words in the names of protected columns that come near religion or health.
_NEAR = ("Religion", "Medic")

#: What is said of a group by its ratio: whether the interval lies above four fifths, below, or on both sides.
KEPT, BROKEN_RULE, OPEN = "kept", "broken", "too few to tell"


def fairness(manifest: Mapping[str, Any], columns: tuple[str, ...], facts: LogFacts | None) -> Section:
    """The section. ``columns``: of the model. ``facts``: None without a log."""
    groups = manifest.get("groups") or []
    rows = tuple(_row(one) for one in groups)
    tables, missing = [], []
    if rows:
        source = "manifest.json, groups; credit.training.fairness"
        tables += [
            Table(
                "Test clients by gender and age, by the rule that is served",
                _COLUMNS[:_SERVED],
                tuple(row[:_SERVED] for row in rows),
                source,
                frozenset({2, 3, 4, 5, 6, 8, 9}),
                FILE,
            ),
            Table(
                "Calibration of the same groups, and errors by the threshold alone",
                (*_COLUMNS[:3], *_COLUMNS[_SERVED:]),
                tuple((*row[:3], *row[_SERVED:]) for row in rows),
                source,
                frozenset(range(2, 8)),
                FILE,
            ),
        ]
    else:
        missing.append(
            (
                "Fairness on test clients",
                "manifest.json has no groups: credit threshold --apply --data FOLDER measures them.",
            )
        )
    if (looked := table_of_alternatives(manifest)) is not None:
        tables.append(looked)
    if facts is None:
        missing.append(("Fairness in service", NO_LOG[1]))
    elif facts.reviewed is None:
        missing.append(("Fairness in service", BROKEN[1]))
    else:
        tables.append(
            Table(
                "In service by gender and age: what was done in the end, by the machine or a person",
                (
                    *("attribute", "group", "decisions", "accepted", "95 % interval", "accepted / highest"),
                    *("95 % interval of the ratio", "four fifths", "waiting for a person"),
                ),
                tuple(_in_service(facts.reviewed)),
                "decision log: decisions that are no trials, reviews",
                frozenset({2, 3, 4, 5, 6, 8}),
            )
        )
    if at(manifest, "data", "without"):
        left_out = f"Left out of the training on request: {', '.join(manifest['data']['without'])}."
    else:
        left_out = "No column was left out of the training on request (train --without)."
    missing.append(
        (
            "Origin, religion, health and other attributes",
            "No column says them, so nothing is measured by them; a bank that may keep them measures on its own. "
            f"{near_columns(columns)}",
        )
    )
    missing.append(("Two attributes at once, such as young men", "Groups are compared by one attribute at a time."))
    notes = (
        "The ratio is the share of a group that is accepted over that of the group in which it is highest. Below 0.8 "
        "the four-fifths rule of 29 CFR 1607.4 D sees evidence of adverse impact: a rule of thumb of hiring, and no "
        "law of lending.",
        "Accepted is by the rule that is served, without a person; approved is who is below the threshold. Good "
        "clients refused is a share of all who repaid, defaulters approved one of all who defaulted.",
        f"Groups of less than {LEAST_SHARE:.0%} of the clients have no ratio, and figures of fewer than {FEWEST_SHOWN} "
        "clients are withheld. Where the interval of a ratio holds 0.8 the clients are too few to tell.",
        *judged_of(manifest),
        *_verdicts(groups),
        *gate_notes(manifest),
        *legend(looked),
        left_out,
        _uses(columns),
    )
    files = {FILE: csv_bytes(_COLUMNS, rows)} if rows else {}
    return Section("fairness", notes, tuple(tables), tuple(missing), files | file_of_alternatives(looked))


def judged_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """How many of the test clients the groups are measured on; nothing where the manifest does not say."""
    judged = sum(one.get("clients") or 0 for one in manifest.get("groups") or [] if one.get("attribute") == AGE)
    tested = at(manifest, "metrics", "test_clients")
    if not judged or not tested:
        return ()
    if judged >= tested:
        return (f"Measured on all {tested:,} test clients.",)
    return (
        f"Measured on {judged:,} of the {tested:,} test clients, by a fixed draw; a training with this version "
        "measures all, and intervals are narrower then.",
    )


def near_columns(columns: tuple[str, ...]) -> str:
    """Which protected columns come near religion or health, and where all of the protected ones are listed."""
    near = [one for one in columns if group_of(one) == PROTECTED and any(word in one for word in _NEAR)]
    named = f" ({', '.join(near)})" if near else ""
    return (
        f"Columns that come near religion or health{named} are among the protected columns, all of which are marked in "
        "data_sheet.csv."
    )


def verdict_of(ratio: float | None, low: float | None, high: float | None) -> str:
    """The four-fifths rule's, by the interval; a dash for a group without one, such as the highest."""
    if ratio is None or low is None or high is None:
        return "-"
    return KEPT if low >= FOUR_FIFTHS else BROKEN_RULE if high < FOUR_FIFTHS else OPEN


def _verdicts(groups: list[dict[str, Any]]) -> Iterator[str]:
    """By the four-fifths rule, of each attribute the lowest ratio of those accepted, and all others not shown kept."""
    for attribute in (GENDER, AGE):
        judged = [
            one
            for one in groups
            if one.get("attribute") == attribute and one.get("judged") and one.get("accepted_ratio_low") is not None
        ]
        if not judged:
            continue
        lowest, *others = sorted(judged, key=lambda one: float(one["accepted_ratio"]))
        verdict = {KEPT: "kept", BROKEN_RULE: "broken", OPEN: "open: the interval holds 0.8"}[_verdict(lowest)]
        also = [one for one in others if _verdict(one) != KEPT]
        named = "; ".join(f"{_with_ratio(one)}, {_verdict(one)}" for one in also)
        yield (
            f"By {attribute}, the lowest ratio is that of {_with_ratio(lowest)}. The four-fifths rule is {verdict}."
            + (f" Nor is it shown to be kept for {named}." if also else "")
        )


def _verdict(one: Mapping[str, Any]) -> str:
    return verdict_of(one["accepted_ratio"], one["accepted_ratio_low"], one["accepted_ratio_high"])


def _with_ratio(one: Mapping[str, Any]) -> str:
    low, high = one["accepted_ratio_low"], one["accepted_ratio_high"]
    return f"{one['group']}, {one['accepted_ratio']:.3f} ({low:.3f} to {high:.3f})"


def _uses(columns: tuple[str, ...]) -> str:
    used = [name for name in ("CODE_GENDER", "DAYS_BIRTH") if name in columns]
    if not used:
        return "The model reads neither CODE_GENDER nor DAYS_BIRTH; other columns may stand in for them."
    return f"The model reads {' and '.join(used)}. Whether it may is a question of law that no figure here answers."


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    begin = (str(one["attribute"]), str(one["group"]), figure(one["clients"]))
    if one["clients"] < FEWEST_SHOWN:
        return (*begin, *(WITHHELD,) * (len(_COLUMNS) - len(begin)))
    ratio = one.get("accepted_ratio") if one.get("judged") else None
    return (
        *begin,
        figure(one.get("accepted"), ".1%"),
        _ends(one, "accepted", ".1%"),
        figure(ratio, ".3f"),
        _ends(one, "accepted_ratio", ".3f") if one.get("judged") else "-",
        verdict_of(ratio, one.get("accepted_ratio_low"), one.get("accepted_ratio_high")),
        figure(one.get("referred"), ".1%"),
        figure(one.get("refused"), ".1%"),
        figure(one.get("predicted"), ".1%"),
        f"{figure(one.get('defaulted'), '.1%')} ({_ends(one, 'defaulted', '.1%')})",
        figure(one.get("approved"), ".1%"),
        figure(one.get("false_positive_rate"), ".1%"),
        figure(one.get("false_negative_rate"), ".1%"),
    )


def _ends(one: Mapping[str, Any], name: str, form: str) -> str:
    low, high = one.get(f"{name}_low"), one.get(f"{name}_high")
    return "-" if low is None or high is None else f"{low:{form}} to {high:{form}}"


def _in_service(some: ReviewedDecisions) -> Iterator[tuple[str, ...]]:
    """A counteroffer counts as accepted. Who waits for a person is in no share. Intervals of ratios as on test clients,
    see `credit.training.approval_ratios`.
    """
    done = ~np.isnan(some.lent)
    draws = np.random.default_rng(0)
    for attribute, of, values, names in (
        (GENDER, gender, some.gender, (*GENDERS.values(), NOT_GIVEN)),
        (AGE, age, some.birth, (*AGES, NOT_GIVEN)),
    ):
        group = np.array([of(value) for value in values.tolist()], dtype=object)
        rows: list[dict[str, Any]] = []
        for name in names:
            here = done & (group == name)
            count, waits = int(here.sum()), int((some.open & (group == name)).sum())
            if count or waits:
                judged = count >= FEWEST_SHOWN and count >= LEAST_SHARE * done.sum()
                rate = float((some.lent[here] > 0).mean()) if count else None
                rows.append({"group": name, "clients": count, "waits": waits, "judged": judged, "accepted": rate})
        compare(rows, attribute, draws, 2000, 0.95, "accepted", "accepted_ratio")
        yield from (_served_row(attribute, one) for one in rows)


def _served_row(attribute: str, one: Mapping[str, Any]) -> tuple[str, ...]:
    begin = (attribute, one["group"], figure(one["clients"]))
    if one["clients"] < FEWEST_SHOWN:
        return (*begin, *(WITHHELD,) * 6)
    low, high = (float(end) for end in wilson(round(one["accepted"] * one["clients"]), one["clients"]))
    ratio = one.get("accepted_ratio") if one["judged"] else None
    ends = (one.get("accepted_ratio_low"), one.get("accepted_ratio_high")) if one["judged"] else (None, None)
    return (
        *begin,
        f"{one['accepted']:.1%}",
        f"{low:.1%} to {high:.1%}",
        figure(ratio, ".3f"),
        _ends(one, "accepted_ratio", ".3f") if one["judged"] else "-",
        verdict_of(ratio, *ends),
        figure(one["waits"]),
    )
