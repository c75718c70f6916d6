"""Calibration and stability by quarter, from the log, as a section."""

from credit.decision.client_groups import FEWEST_SHOWN
from credit.decision_log.maturity import MATURE
from credit.evidence.contents import Section, Table, csv_bytes, figure, with_interval
from credit.evidence.log_facts import LogFacts
from credit.monitoring.alarms import ALARMING
from credit.monitoring.population_stability import MUCH, SOME
from credit.monitoring.profile import Profile
from credit.monitoring.quarterly import Quarter, quarters
from credit.training.model_card_figures import WITHHELD

FILE = "quarters.csv"

#: In place of a figure for which there are too few outcomes.
NOT_ENOUGH = "not enough outcomes"

_COLUMNS = (
    *(
        "quarter",
        "decided",
        "accepted",
        "waiting for a person",
        "outcomes known",
        "counted",
        "defaults",
        "predicted",
        "observed",
    ),
    *(
        "slope",
        "intercept",
        "ROC AUC",
        "expected ROC AUC",
        "PSI",
        "PSI by chance once in a thousand",
        "PSI by chance on average",
        "PSI judged",
        "stability",
    ),
)

NO_LOG = ("Decision log", "There is none; name it with --database, and the pack proves it and reads it by quarter.")
BROKEN = (
    "Figures from the decision log",
    "Its chain is broken, and figures of an altered log prove nothing: find out what was changed with credit log "
    "verify, and restore a copy.",
)


def by_quarter(facts: LogFacts | None, profile: Profile | str) -> Section:
    """The section. ``facts``: None without a log. ``profile``: of the training clients, or why there is none."""
    if facts is None or facts.decided is None:
        return Section("quarters", missing=(NO_LOG if facts is None else BROKEN,))
    found = quarters(facts.decided, None if isinstance(profile, str) else profile)
    others = int((~facts.decided.of_model).sum())
    notes = [
        "Decisions of this model alone, each client once a week; a week belongs to the quarter of its Monday.",
        "Slope, intercept and ROC AUC are of loans that the machine accepted and no person decided on, in weeks of "
        f"which {MATURE:.0%} of the outcomes of accepted loans are known. With fewer than ten defaults none is given. "
        "Accepted loans are alike, so the model ranks them worse than all who apply: the area to be expected of them, "
        "if the probabilities are right, stands next to it.",
        "PSI compares the probabilities of all who were decided on with those of the training. As many clients of the "
        "very same population exceed the index under “by chance” once in 1,000 quarters (the 99.9 % quantile) and come "
        "to the one under “on average”. Judged is PSI less that average where it is above the quantile, else 0: below "
        f"{SOME:g} is stable, from {SOME:g} on moved, from {MUCH:g} on drifted, another population. Of fewer than "
        f"{ALARMING} clients there is none, as with the alarms.",
    ]
    if others:
        notes.append(f"{others:,} more decisions are of other models and are not in the table.")
    missing = [] if found else [("Decisions of this model", "The log has none: there is no quarter to show.")]
    if isinstance(profile, str):
        missing.append(("Stability by quarter", profile))
    if found and not any(one.enough for one in found):
        missing.append(
            (
                "Calibration and ranking in service",
                "Of no quarter are there outcomes enough: report them with POST /outcomes or credit outcomes FILE.",
            )
        )
    rows = tuple(_row(one) for one in found)
    tables = _tables(found)
    return Section("quarters", tuple(notes), tables, tuple(missing), {FILE: csv_bytes(_COLUMNS, rows)} if rows else {})


def _tables(found: tuple[Quarter, ...]) -> tuple[Table, ...]:
    if not found:
        return ()
    source = "decision log: decisions, reviews, outcomes; credit.monitoring.quarterly"
    calibration = tuple(
        (
            one.quarter,
            figure(one.counted),
            *_of_few(one, figure(one.defaults)),
            *_of_few(one, figure(one.predicted, ".2%"), with_interval(one.observed, ".2%")),
            *_or_few(one, with_interval(one.slope, ".2f"), with_interval(one.intercept, "+.2f")),
            *_or_few(one, with_interval(one.roc_auc)),
            *_or_few(one, with_interval(one.expected_roc_auc)),
        )
        for one in found
    )
    stability = tuple(
        (
            one.quarter,
            figure(one.decided),
            figure(one.accepted),
            figure(one.open),
            figure(one.known, ".1%"),
            figure(one.psi, ".3f"),
            figure(one.chance, ".3f"),
            figure(one.average, ".3f"),
            figure(one.shift, ".3f"),
            one.level or "-",
        )
        for one in found
    )
    return (
        Table(
            "Calibration and ranking, with 95 % intervals",
            (
                "quarter",
                "counted",
                "defaults",
                "predicted",
                "observed",
                "slope",
                "intercept",
                "ROC AUC",
                "to be expected",
            ),
            calibration,
            source,
            frozenset(range(1, 9)),
            FILE,
        ),
        Table(
            "Decisions and stability",
            (
                *("quarter", "decided", "accepted", "waiting for a person", "outcomes known"),
                *("PSI", "by chance", "on average", "judged", "stability"),
            ),
            stability,
            f"{source}; profile.json",
            frozenset(range(1, 9)),
            FILE,
        ),
    )


def _of_few(one: Quarter, *cells: str) -> tuple[str, ...]:
    """Withheld where they are figures of fewer clients than may be shown."""
    return (WITHHELD,) * len(cells) if 0 < one.counted < FEWEST_SHOWN else cells


def _or_few(one: Quarter, *cells: str) -> tuple[str, ...]:
    return cells if one.enough else (NOT_ENOUGH,) * len(cells)


def _row(one: Quarter) -> tuple[str, ...]:
    whole = (one.quarter, *(str(value) for value in (one.decided, one.accepted, one.open)))
    few = (lambda cell: cell) if one.enough else (lambda cell: NOT_ENOUGH)
    return (
        *whole,
        figure(one.known, ".6f"),
        str(one.counted),
        *_of_few(one, str(one.defaults), figure(one.predicted, ".6f"), with_interval(one.observed, ".6f")),
        few(with_interval(one.slope, ".6f")),
        few(with_interval(one.intercept, ".6f")),
        few(with_interval(one.roc_auc, ".6f")),
        few(with_interval(one.expected_roc_auc, ".6f")),
        figure(one.psi, ".6f"),
        figure(one.chance, ".6f"),
        figure(one.average, ".6f"),
        figure(one.shift, ".6f"),
        one.level or "-",
    )
