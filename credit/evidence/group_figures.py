"""Fairness: how decisions fall on women and men and on bands of age, on test clients and in service."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from credit.decision.client_groups import AGE, AGES, GENDER, GENDERS, NOT_GIVEN, age, gender
from credit.decision.intervals import wilson
from credit.decision_log.reviewed_decisions import ReviewedDecisions
from credit.evidence.alternative_models import file_of_alternatives, gate_notes, legend, table_of_alternatives
from credit.evidence.contents import Section, Table, at, csv_bytes, figure
from credit.evidence.log_facts import LogFacts
from credit.evidence.quarter_tables import BROKEN, NO_LOG

FILE = "fairness.csv"

#: Figures of fewer clients are withheld: with one or two they would be those of a person.
FEWEST = 10

#: Groups of less than this share of all are not compared, as in the model card (29 CFR 1607.15 A 2).
_LEAST_SHARE = 0.02

_COLUMNS = (
    *("attribute", "group", "clients", "accepted", "95 % interval", "accepted / highest", "95 % interval of the ratio"),
    *("referred", "refused", "predicted default", "observed default"),
)

_WITHHELD = "withheld"

#: Below this ratio the rule sees adverse impact (29 CFR 1607.4 D).
_FOUR_FIFTHS = 0.8


def fairness(manifest: Mapping[str, Any], columns: tuple[str, ...], facts: LogFacts | None) -> Section:
    """The section. ``columns``: of the model. ``facts``: None without a log."""
    groups = manifest.get("groups") or []
    rows = tuple(_row(one) for one in groups)
    tables, missing = [], []
    if rows:
        tables.append(
            Table(
                "Test clients by gender and age, by the rule that is served",
                _COLUMNS,
                rows,
                "manifest.json, groups; credit.training.fairness",
                frozenset(range(2, 11)),
                FILE,
            )
        )
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
                ("attribute", "group", "decisions", "accepted", "95 % interval", "accepted / highest", "waiting"),
                tuple(_in_service(facts.reviewed)),
                "decision log: decisions that are no trials, reviews",
                frozenset(range(2, 7)),
            )
        )
    if at(manifest, "data", "without"):
        left_out = f"Left out of the training on request: {', '.join(manifest['data']['without'])}."
    else:
        left_out = "No column was left out of the training on request (train --without)."
    missing.append(
        (
            "Origin, religion, disability and other attributes",
            "They are not in the data, so nothing is measured by them; a bank that may keep them measures on its own.",
        )
    )
    missing.append(("Two attributes at once, such as young men", "Groups are compared by one attribute at a time."))
    notes = (
        "The ratio is the share of a group that is accepted over that of the group in which it is highest. Below 0.8 "
        "the four-fifths rule of 29 CFR 1607.4 D sees evidence of adverse impact: a rule of thumb of hiring, and no "
        "law of lending.",
        f"Groups of less than {_LEAST_SHARE:.0%} of the clients have no ratio, and figures of fewer than {FEWEST} "
        "clients are withheld.",
        *_verdicts(groups),
        *gate_notes(manifest),
        *legend(looked),
        left_out,
        _uses(columns),
    )
    files = {FILE: csv_bytes(_COLUMNS, rows)} if rows else {}
    return Section("fairness", notes, tuple(tables), tuple(missing), files | file_of_alternatives(looked))


def _verdicts(groups: list[dict[str, Any]]) -> Iterator[str]:
    """By the four-fifths rule, of each attribute the group with the lowest ratio of those accepted."""
    for attribute in (GENDER, AGE):
        judged = [
            one
            for one in groups
            if one.get("attribute") == attribute and one.get("judged") and one.get("accepted_ratio_low") is not None
        ]
        if not judged:
            continue
        lowest = min(judged, key=lambda one: float(one["accepted_ratio"]))
        low, high = lowest["accepted_ratio_low"], lowest["accepted_ratio_high"]
        verdict = "kept" if low >= _FOUR_FIFTHS else "broken" if high < _FOUR_FIFTHS else "open: the interval holds 0.8"
        yield (
            f"By {attribute}, the lowest ratio is that of {lowest['group']}, {lowest['accepted_ratio']:.3f} "
            f"({low:.3f} to {high:.3f}). The four-fifths rule is {verdict}."
        )


def _uses(columns: tuple[str, ...]) -> str:
    used = [name for name in ("CODE_GENDER", "DAYS_BIRTH") if name in columns]
    if not used:
        return "The model reads neither CODE_GENDER nor DAYS_BIRTH; other columns may stand in for them."
    return f"The model reads {' and '.join(used)}. Whether it may is a question of law that no figure here answers."


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    begin = (str(one["attribute"]), str(one["group"]), figure(one["clients"]))
    if one["clients"] < FEWEST:
        return (*begin, *(_WITHHELD,) * 8)
    ratio = one.get("accepted_ratio") if one.get("judged") else None
    return (
        *begin,
        figure(one.get("accepted"), ".1%"),
        _ends(one, "accepted", ".1%"),
        figure(ratio, ".3f"),
        _ends(one, "accepted_ratio", ".3f") if one.get("judged") else "-",
        figure(one.get("referred"), ".1%"),
        figure(one.get("refused"), ".1%"),
        figure(one.get("predicted"), ".1%"),
        f"{figure(one.get('defaulted'), '.1%')} ({_ends(one, 'defaulted', '.1%')})",
    )


def _ends(one: Mapping[str, Any], name: str, form: str) -> str:
    low, high = one.get(f"{name}_low"), one.get(f"{name}_high")
    return "-" if low is None or high is None else f"{low:{form}} to {high:{form}}"


def _in_service(some: ReviewedDecisions) -> Iterator[tuple[str, ...]]:
    """A counteroffer counts as accepted. Who waits for a person is in no share."""
    done = ~np.isnan(some.lent)
    for attribute, of, values, names in (
        (GENDER, gender, some.gender, (*GENDERS.values(), NOT_GIVEN)),
        (AGE, age, some.birth, (*AGES, NOT_GIVEN)),
    ):
        group = np.array([of(value) for value in values.tolist()], dtype=object)
        members = {name: done & (group == name) for name in names}
        rates = {
            name: float((some.lent[here] > 0).mean())
            for name, here in members.items()
            if here.sum() >= FEWEST and here.sum() >= _LEAST_SHARE * done.sum()
        }
        highest = max(rates.values(), default=0.0)
        for name, here in members.items():
            count, waits = int(here.sum()), int((some.open & (group == name)).sum())
            if not count and not waits:
                continue
            if count < FEWEST:
                yield attribute, name, figure(count), _WITHHELD, _WITHHELD, _WITHHELD, _WITHHELD
                continue
            accepted = int((some.lent[here] > 0).sum())
            low, high = (float(end) for end in wilson(accepted, count))
            ratio = figure(rates[name] / highest, ".3f") if name in rates and highest > 0 else "-"
            yield (
                attribute,
                name,
                figure(count),
                f"{accepted / count:.1%}",
                f"{low:.1%} to {high:.1%}",
                ratio,
                figure(waits),
            )
