"""The columns of applications in a folder beside those of a model's training clients, for ``check``.

`credit.tables.quality` holds columns against the published rows, and calls it an error where at least a hundred rows
lack a column that is filled in nearly all of those. A bank's own training clients say more: which of its columns are
nearly always known, and that thirty clients without one are enough. Histories are not looked at here: an empty one is
an error already.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from credit.absence.causes import Causes, sentence
from credit.absence.rule import suddenly_missing
from credit.manifest import BundleError
from credit.tables.finding import Finding, Kind
from credit.tables.quality import Quality

#: The model that tables are held against where no other is named.
BUNDLE = Path("mlruns_reduced")

_KINDS = ("empty column", "missing value")


def beside_training(report: Quality, bundle: Path) -> Quality:
    """``report`` with a warning for each column that is suddenly missing, if it has no error for that column already.

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
    warnings = list(_warnings(report, causes))
    found = {(one.table, one.column) for one in warnings}
    notes = (one for one in report.notes if one.kind not in _KINDS or (one.table, one.column) not in found)
    return replace(report, findings=(*report.errors, *warnings, *notes))


def _warnings(report: Quality, causes: Causes) -> Iterator[Finding]:
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
                yield Finding(kind, said, table, cause.name, lacking, lacking / rows, severity="warning")
