"""Match the columns of a file with those of the schema, and report names that are wrong or odd."""

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from credit.tables.columns import Table
from credit.tables.csv_fields import QUOTED_STEP
from credit.tables.findings import Finding
from credit.tables.schema import TARGET

#: As much of a damaged text is quoted, characters; and so many columns are named in a note.
_SHOWN, _NAMED = 60, 4


def matched(file: str, table: Table, present: list[str]) -> tuple[dict[str, str], list[Finding]]:
    """Published name -> name in the file, and what is wrong or odd about the names.

    Letter case and blanks around a name make no difference, since no two published names differ by them.
    """
    near = defaultdict(list)
    for name in present:
        near[name.strip().lower()].append(name)
    names, findings, other = {}, list(_missing_columns(file, table, present, set(near))), []
    twice: list[Finding] = []
    for name in table.names:
        found = near.get(name.lower(), [])
        exact = [one for one in found if one == name]
        if len(exact or found) > 1:
            sentence = f"{file}: the column {name} comes {len(exact or found)} times; keep one of them"
            findings.append(Finding("duplicate", sentence, table.name, name))
        elif found:
            names[name] = (exact or found)[0]
            other += [] if exact else found
            if len(found) > 1:
                rest = next(one for one in found if one != name)
                sentence = f"{file}: beside {name} there is a column {rest!r}; {name} is read, and {rest!r} left out"
                twice.append(Finding("duplicate", sentence, table.name, name, severity="note"))
    if other and not findings:
        shown = ", ".join(repr(name) for name in other[:_NAMED])
        sentence = f"{file}: {len(other)} column names differ from the published ones in letter case or blanks: {shown}"
        findings.append(Finding("other form", sentence, table.name, severity="note"))
    return names, [*findings, *twice]


def _missing_columns(file: str, table: Table, present: list[str], near: set[str]) -> Iterator[Finding]:
    missing = [name for name in table.names if name.lower() not in near]
    if not missing:
        return
    if len(present) == 1:
        yield _single_field(file, table, present[0])
        return
    if len(missing) == len(table.names) and any(re.fullmatch(r"[-+]?\d+(\.\d*)?", name) for name in present):
        sentence = (
            f"{file}: its first line holds values and no names; write the names above them "
            f"(pandas: to_csv(..., header=True)), in the published order: {', '.join(table.names[:_NAMED])}, ..."
        )
        yield Finding("missing column", sentence, table.name)
        return
    unknown = [name for name in present if name.strip().lower() not in {known.lower() for known in table.names}]
    told = []
    for name in missing:
        close = get_close_matches(name, unknown, n=1)
        told.append(f"{name} (is it {close[0]}?)" if close else name)
    columns = "column" if len(missing) == 1 else f"{len(missing)} columns"
    sentence = f"{file}: {columns} missing: {', '.join(told)}"
    if table.name.startswith("application") and not {table.key, TARGET, "AMT_CREDIT"}.issuperset(missing):
        sentence += "; what the bank does not collect is written as a column without values"
    yield Finding("missing column", sentence, table.name, missing[0] if len(missing) == 1 else None)


def _single_field(file: str, table: Table, only: str) -> Finding:
    if only.split(",")[0].strip().lower() == table.names[0].lower():
        sentence = f"{file}: its first line is quoted as a whole, as spreadsheets do; {QUOTED_STEP}"
        return Finding("ragged", sentence, table.name)
    shown = only[:_SHOWN]
    step = "export it again so"
    for separator, written in ((";", ";"), ("\t", "\\t"), ("|", "|")):
        if separator in only:
            step = f"pandas: pd.read_csv(FILE, sep='{written}').to_csv(FILE, index=False)"
            break
    sentence = f"{file}: its first line has a single field, {shown!r}; fields must be set apart by commas: {step}"
    return Finding("unreadable", sentence, table.name, example=shown)
