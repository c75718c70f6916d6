"""The columns of applications in a folder beside those of a model's training clients, for ``check``.

`credit.tables.quality` holds columns against the published rows, and calls it an error where at least a hundred rows
lack a column that is filled in nearly all of those. A bank's own training clients say more: which of its columns are
nearly always known, and that thirty clients without one are enough.

A folder without application_train is one to be scored: there a history that is absent is unknown for every client, as
``score`` takes it, and no error. One that is there and empty is an error already.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from credit.features.needed_columns import own_columns
from credit.model.manifest import BundleError
from credit.model.manifest_parts import Manifest
from credit.monitoring.missing_rule import suddenly_missing
from credit.monitoring.missing_sources import Causes, facts, sentence
from credit.monitoring.profile import Profile
from credit.tables.findings import Finding, Kind
from credit.tables.quality import Quality
from credit.tables.quality_findings import PUBLISHED, Own
from credit.tables.schema import TABLES
from credit.tables.table_files import is_absent, places

#: The model that tables are held against where no other is named.
BUNDLE = Path("mlruns_reduced")

_TABLE = frozenset(TABLES["application_test"].names)

_KINDS = ("empty column", "missing value")

#: So many columns that no client has get a sentence each. More are those of a bank that never collected them, and of
#: these one sentence says it; the table of findings names each.
_SENTENCES = 4

_UNKNOWN = "is not read: for all clients this history is unknown, which is not the same as none"


def own_ways(manifest: Manifest, profile: Profile | None) -> Own:
    """What the bank of a model does not collect or often lacks, and the ranges of its amounts where it lends in another
    currency than the published one: by the model's manifest and the profile of its training clients, which alone counts
    texts.
    """
    data, features = manifest.get("data") or {}, manifest.get("features") or {}
    nobody = frozenset(data.get("no_values", ()))
    shares = {} if profile is None else dict(zip(profile.texts, profile.none / profile.clients, strict=True))
    shares |= {name: share for name, share in features.get("missing", {}).items() if name in _TABLE}
    shares |= dict.fromkeys(own_columns(nobody), 1.0)
    return Own(shares, {name: (least, most) for name, (least, most) in data.get("amount_ranges", {}).items()})


def own_ways_of(bundle: Path) -> Own:
    """The same of the model in ``bundle``; those of the published data where it cannot be read, which
    `compare_with_training` says.
    """
    try:
        return own_ways(*facts(bundle))
    except BundleError:
        return PUBLISHED


def missing_histories(folder: Path, histories: Sequence[str]) -> tuple[str, ...] | None:
    """Of ``histories`` those that are absent from a folder to be scored; None for a folder of another kind.

    The rows of bureau_balance say nothing without bureau, and are absent with it.
    """
    if not places(folder, "application_test") or not is_absent(folder, "application_train"):
        return None
    absent = {name for name in histories if is_absent(folder, name)}
    return tuple(name for name in histories if name in absent or (name == "bureau_balance" and "bureau" in absent))


def with_missing_histories(report: Quality, absent: Sequence[str]) -> Quality:
    """``report`` of a folder to be scored, with a warning that it is one, and one for each ``absent`` history."""
    first = "application_train is not in the folder: these tables can be scored, and no model learns from them"
    found = [
        Finding("missing table", first, "application_train", severity="warning"),
        *(Finding("missing table", f"{name} {_UNKNOWN}", name, severity="warning") for name in absent),
    ]
    return replace(report, findings=(*report.errors, *report.warnings, *found, *report.notes))


def compare_with_training(report: Quality, bundle: Path) -> Quality:
    """``report`` with a warning for each column that is suddenly missing, if it has no error for that column already.

    Where more than four columns have no value at all, their warnings share one sentence.

    The warning of an absent history says how often it was unknown in training, where that was rare.

    Where the model in ``bundle`` cannot be read, or does not say what was missing in training, a note says so; nothing
    is unpickled.
    """
    try:
        causes = Causes.read(bundle)
        why = "" if len(causes) else f"{bundle} does not say how often columns were missing in training"
    except BundleError as error:
        causes, why = None, str(error)
    if causes is None or why:
        said = f"which columns are suddenly missing was not checked: {why}"
        return replace(report, findings=(*report.findings, Finding("not checked", said, severity="note")))
    columns = _in_one_sentence(_warnings(report, causes))
    found = {(one.table, one.column) for one in columns}

    def other(findings: Sequence[Finding]) -> list[Finding]:
        """Those that no warning about the training's clients is about."""
        return [one for one in findings if one.kind not in _KINDS or (one.table, one.column) not in found]

    tables = [_beside(one, report, causes) for one in other(report.warnings)]
    return replace(report, findings=(*report.errors, *tables, *columns, *other(report.notes)))


def _beside(warning: Finding, report: Quality, causes: Causes) -> Finding:
    """The warning of an absent history with the share of the training clients that lacked it."""
    clients = report.rows.get("application_test", 0)
    for cause in causes.all:
        if cause.kind == "table" and cause.name == warning.table and suddenly_missing(clients, clients, cause.share):
            return replace(warning, sentence=sentence(cause.said, clients, clients, cause.share))
    return warning


def _in_one_sentence(warnings: Iterator[tuple[Finding, float]]) -> list[Finding]:
    """``warnings``, each with the share of the training clients that lacked its column; of many columns of a table that
    no client has one sentence says it.
    """
    found = list(warnings)
    shared: dict[str | None, str] = {}
    for table in dict.fromkeys(one.table for one, _ in found):
        empty = [(one, share) for one, share in found if one.table == table and one.kind == "empty column"]
        if len(empty) > _SENTENCES:
            names = ", ".join(str(one.column) for one, _ in empty[:_SENTENCES])
            most = max(share for _, share in empty)
            trained = f"missing for at most {most:.1%} of" if most else "missing for none of"
            shared[table] = (
                f"{table}: {len(empty)} columns ({names} and {len(empty) - _SENTENCES} more) are missing for all "
                f"{empty[0][0].rows:,} clients, and each was {trained} the training clients: ask who delivers them; if "
                "the bank does not collect them, train a model on its own tables"
            )
    return [
        replace(one, sentence=shared[one.table]) if one.kind == "empty column" and one.table in shared else one
        for one, _ in found
    ]


def _warnings(report: Quality, causes: Causes) -> Iterator[tuple[Finding, float]]:
    """A warning for each column that is suddenly missing, and the share of the training clients that lacked it."""
    errors = {(one.table, one.column) for one in report.errors if one.kind in _KINDS}
    for table, missing in report.missing.items():
        if not table.startswith("application"):
            continue
        rows = report.rows[table]
        for cause in causes.all:
            if cause.kind != "column" or cause.name not in missing or (table, cause.name) in errors:
                continue
            lacking = missing[cause.name]
            if suddenly_missing(lacking, rows, cause.share):
                said = f"{table}: {sentence(cause.said, lacking, rows, cause.share)}"
                kind: Kind = "empty column" if lacking == rows else "missing value"
                warning = Finding(kind, said, table, cause.name, lacking, lacking / rows, severity="warning")
                yield warning, cause.share
