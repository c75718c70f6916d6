"""Read a folder of Home Credit tables, CSV or Parquet, and say all that is wrong with it before any work starts."""

import warnings
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from credit.tables.damage import READER_ERRORS, not_csv, unreadable
from credit.tables.fields import fields, ragged
from credit.tables.finding import Finding, Kind
from credit.tables.place import files, instead
from credit.tables.schema import TABLES, TARGET, Column, Table

TYPES: dict[str, pl.DataType] = {"integer": pl.Int64(), "number": pl.Float64(), "text": pl.String()}

#: Tables in which a key comes once: a client, a loan. The others have a row for each of its months or payments.
_ONE_ROW_A_KEY = ("application_train", "application_test", "bureau", "previous_application", "truth")

_INSTEAD = {"integer": "give the numbers", "number": "give the numbers, or leave the fields empty"}

#: As much of a damaged text is quoted, characters.
_SHOWN = 60

#: What an empty history comes to.
NO_ROWS = "it has no rows, so features would say that nobody has such a history; write or download it again"

_NUMERIC_NAMES = {"integer": "whole numbers", "number": "numbers", "text": "text"}


class TablesWarning(UserWarning):
    """A folder can be used, but what comes of it is hardly what is wanted."""


class TablesError(ValueError):
    """A folder cannot be used.

    ``findings``: each thing that is wrong with it. ``problems``: one sentence for each.
    """

    def __init__(self, folder: Path, findings: Sequence[Finding]):
        self.findings = tuple(findings)
        self.problems = [finding.sentence for finding in findings]
        listed = "\n".join(f"  - {problem}" for problem in self.problems)
        many = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(
            f"{folder} is not a usable folder of Home Credit tables ({many}):\n{listed}\n"
            "Mend the files, or make a simulated bank: python -m credit simulate --out data/bank"
        )


def read(folder: str | Path, names: Iterable[str] = tuple(TABLES)) -> dict[str, pl.LazyFrame]:
    """Open the named tables of a folder, each ``NAME.csv`` or ``NAME.parquet``.

    ``names``: published table names (see ``TABLES``). Returns a dict of lazy frames whose columns are those of the
    schema, in its order and types, with NaN turned into null. Columns that the schema does not know are left out.

    A CSV file is parsed once in full here, so that a text in a number column is told now and not after an hour.

    Raises ``TablesError``, naming every missing table, missing column, wrong type, infinite number, row with another
    number of fields, missing or repeated key at once. Warns (``TablesWarning``) of a history without rows. Much else
    may be wrong with the rows: ``quality`` looks at it, and takes longer.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        sentence = f"the folder {what}; give the folder that holds application_train.csv"
        raise TablesError(folder, [Finding("missing folder", sentence)])
    frames: dict[str, pl.LazyFrame] = {}
    findings: list[Finding] = []
    for name in names:
        frame, found = open_table(folder, TABLES[name])
        findings += found
        if frame is not None:
            frames[name] = frame
    if errors := [finding for finding in findings if finding.severity == "error"]:
        raise TablesError(folder, errors)
    for finding in findings:
        warnings.warn(finding.sentence, TablesWarning, stacklevel=2)
    return frames


def open_table(folder: Path, wanted: Table) -> tuple[pl.LazyFrame | None, list[Finding]]:
    """One table of a folder, as ``read`` opens it, and what is wrong with it: None in its place after an error."""
    name, present = wanted.name, files(folder, wanted.name)
    if not present:
        sentence = f"{name}: there is neither {name}.csv nor {name}.parquet{instead(folder, name)}"
        return None, [Finding("missing table", sentence, name)]
    if len(present) > 1:
        sentence = f"{name}: there is both {present[0].name} and {present[1].name}; remove one of them"
        return None, [Finding("two files", sentence, name)]
    path = present[0]
    reader = _open_parquet if path.suffix == ".parquet" else _open_csv
    try:
        frame, findings = reader(path, wanted)
        if frame is not None and not findings:
            findings = _wrong_rows(path, wanted, frame)
    except READER_ERRORS as error:
        findings = _unreadable_values(path, wanted) or _ragged(path, wanted) or [unreadable(path, name, error)]
    return (None, findings) if any(one.severity == "error" for one in findings) else (frame, findings)


def _open_parquet(path: Path, table: Table) -> tuple[pl.LazyFrame | None, list[Finding]]:
    scan = pl.scan_parquet(path)
    schema = scan.collect_schema()
    findings = _missing_columns(path, table, list(schema))
    for column in table.columns:
        kind = schema.get(column.name)
        if kind is not None and not _fits(column, kind):
            sentence = f"{path.name}: column {column.name} has type {kind}, {_NUMERIC_NAMES[column.kind]} wanted"
            findings.append(Finding("wrong type", sentence, table.name, column.name))
    return (None, findings) if findings else (scan.select(_cast(column) for column in table.columns), [])


def _open_csv(path: Path, table: Table) -> tuple[pl.LazyFrame | None, list[Finding]]:
    damage = not_csv(path, table.name)
    if damage is not None and damage.kind != "cut short":
        return None, [damage]
    header = pl.scan_csv(path, infer_schema=False).collect_schema().names()
    findings = _missing_columns(path, table, header) or ([damage] if damage else [])
    if findings:
        return None, findings
    kinds = {column.name: TYPES[column.kind] for column in table.columns}
    scan = pl.scan_csv(path, schema_overrides=kinds, infer_schema=False)
    return scan.select(_cast(column) for column in table.columns), []


def _ragged(path: Path, table: Table) -> list[Finding]:
    if path.suffix != ".csv":
        return []
    try:
        found = ragged(path, table.name, _columns(path))
    except READER_ERRORS:  # not even its header can be read
        return []
    return [found] if found else []


def _columns(path: Path) -> int:
    return len(pl.scan_csv(path, infer_schema=False).collect_schema())


def _unreadable_values(path: Path, table: Table) -> list[Finding]:
    """Name every column of a CSV file that holds something else than its type, with the first such value.

    Empty for other files, and for a CSV file that not even as text can be read.
    """
    if path.suffix != ".csv":
        return []
    raw = pl.scan_csv(path, infer_schema=False, truncate_ragged_lines=True).with_row_index("row", offset=2)
    try:
        rows = raw.select(pl.len()).collect(engine="streaming").item()
        return [
            finding
            for column in table.columns
            if column.kind != "text"
            for finding in _first_unreadable(path, table, column, raw, rows)
        ]
    except pl.exceptions.PolarsError:
        return []


def _first_unreadable(path: Path, table: Table, column: Column, raw: pl.LazyFrame, rows: int) -> list[Finding]:
    value = pl.col(column.name)
    wrong = value.is_not_null() & value.str.strip_chars().cast(TYPES[column.kind], strict=False).is_null()
    first = raw.filter(wrong).select("row", column.name, pl.len().alias("count")).first().collect()
    if first.is_empty():
        return []
    row, text, count = first.row(0)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    sentence = (
        f"{path.name}: column {column.name} should hold {_NUMERIC_NAMES[column.kind]}, "
        f"but {count:,} of its values are none; the first is {shown!r} in line {row:,}; {_step(column, text)}"
    )
    return [Finding("wrong type", sentence, table.name, column.name, count, count / rows, shown)]


def _step(column: Column, text: str) -> str:
    if column.kind == "integer" and text.strip().partition(".")[2].strip("0") == "" and "." in text:
        return f"write whole numbers without a decimal point, {text.strip().partition('.')[0]}"
    return _INSTEAD[column.kind]


def _missing_columns(path: Path, table: Table, present: list[str]) -> list[Finding]:
    missing = [name for name in table.names if name not in present]
    if not missing:
        return []
    if len(present) == 1:
        only = present[0][:_SHOWN]
        sentence = (
            f"{path.name}: its first line has a single field, {only!r}; fields must be set apart by commas: "
            "export it again so"
        )
        return [Finding("unreadable", sentence, table.name, example=only)]
    unknown = [name for name in present if name not in table.names]
    told = []
    for name in missing:
        near = get_close_matches(name, unknown, n=1)
        told.append(f"{name} (is it {near[0]}?)" if near else name)
    columns = "column" if len(missing) == 1 else f"{len(missing)} columns"
    sentence = f"{path.name}: {columns} missing: {', '.join(told)}"
    return [Finding("missing column", sentence, table.name, missing[0] if len(missing) == 1 else None)]


def _wrong_rows(path: Path, table: Table, frame: pl.LazyFrame) -> list[Finding]:
    """What whole rows must be: with every field, a key, every whole number, a label that is 0 or 1, and there once."""
    wanted = [column.name for column in table.columns if column.kind == "integer"]
    numbers = [column.name for column in table.columns if column.kind == "number"]
    unique = [table.key] if table.name in _ONE_ROW_A_KEY else []
    # Of a CSV file every column is counted, since only what is asked for is parsed.
    counted = wanted if path.suffix == ".parquet" else list(table.names)
    counts = (
        frame.select(
            pl.col(counted).null_count(),
            *(pl.col(name).is_infinite().sum().alias(f"infinite {name}") for name in numbers),
            *(pl.col(name).drop_nulls().n_unique().alias(f"unique {name}") for name in unique),
            pl.len().alias("rows"),
        )
        .collect(engine="streaming")
        .row(0, named=True)
    )
    rows = counts["rows"]
    if path.suffix == ".csv" and (cut := fields(path, table.name, _columns(path), rows)):
        return [cut]
    findings = []
    for name in numbers:
        if infinite := counts[f"infinite {name}"]:
            sentence = (
                f"{path.name}: column {name} is infinite in {infinite:,} of {rows:,} rows; give the numbers, or leave "
                "the fields empty"
            )
            findings.append(Finding("infinite", sentence, table.name, name, infinite, infinite / rows))
    for name in wanted:
        if counts[name]:
            kind: Kind = "missing key" if name.startswith("SK_ID_") else "missing value"
            sentence = (
                f"{path.name}: column {name} is missing in {counts[name]:,} of {rows:,} rows; every row needs it: "
                "fill it in, or leave the rows out"
            )
            findings.append(Finding(kind, sentence, table.name, name, counts[name], counts[name] / rows))
    if rows == 0 and table.name.startswith("application"):
        sentence = f"{path.name}: it has no rows; write or download it again"
        findings.append(Finding("empty table", sentence, table.name, rows=0))
    elif rows == 0:
        findings.append(Finding("empty table", f"{path.name}: {NO_ROWS}", table.name, rows=0, severity="note"))
    for name in unique:
        again = rows - counts[name] - counts[f"unique {name}"]
        if again:
            sentence = f"{path.name}: {again:,} of {rows:,} rows repeat an {name} that is there; keep one row each"
            findings.append(Finding("duplicate", sentence, table.name, name, again, again / rows))
    if TARGET in wanted and not findings:
        values = frame.group_by(TARGET).len().sort(TARGET).collect(engine="streaming")
        wrong = values.filter(~pl.col(TARGET).is_in([0, 1]))
        if wrong.height:
            seen, count = values[TARGET].to_list()[:5], int(wrong["len"].sum())
            sentence = f"{path.name}: {TARGET} must be 0 or 1, but the values are {seen}; correct them"
            findings.append(
                Finding("out of range", sentence, table.name, TARGET, count, count / rows, wrong[TARGET][0])
            )
    return findings


def _fits(column: Column, kind: pl.DataType) -> bool:
    if column.kind == "text":
        return kind in (pl.String, pl.Categorical, pl.Enum)
    return kind.is_integer() or (kind.is_float() and column.kind == "number") or kind == pl.Null


def _cast(column: Column) -> pl.Expr:
    expression = pl.col(column.name).cast(TYPES[column.kind])
    return expression.fill_nan(None) if column.kind == "number" else expression
