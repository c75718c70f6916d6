"""Read a folder of Home Credit tables, CSV or Parquet, and say all that is wrong with it before any work starts."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from credit.tables.schema import TABLES, TARGET, Column, Table

TYPES: dict[str, pl.DataType] = {"integer": pl.Int64(), "number": pl.Float64(), "text": pl.String()}

#: Tables in which a key comes once: a client, a loan. The others have a row for each of its months or payments.
_ONE_ROW_A_KEY = ("application_train", "application_test", "bureau", "previous_application")

_NUMERIC_NAMES = {"integer": "whole numbers", "number": "numbers", "text": "text"}


class TablesError(ValueError):
    """A folder cannot be used; ``problems`` has one sentence for each thing that is wrong with it."""

    def __init__(self, folder: Path, problems: list[str]):
        self.problems = problems
        listed = "\n".join(f"  - {problem}" for problem in problems)
        many = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(
            f"{folder} is not a usable folder of Home Credit tables ({many}):\n{listed}\n"
            "Mend the files, or make a simulated bank: python -m credit simulate --out data/bank"
        )


def read(folder: str | Path, names: Iterable[str] = tuple(TABLES)) -> dict[str, pl.LazyFrame]:
    """Open the named tables of a folder, each ``NAME.csv`` or ``NAME.parquet``.

    ``names``: published table names (see ``TABLES``). Returns a dict of lazy frames whose columns are those of the
    schema, in its order and types, with NaN turned into null. Columns that the schema does not know are left out.

    A CSV file is parsed once in full here, so that a text in a number column is told now and not after an hour.

    Raises ``TablesError``, naming every missing table, missing column, wrong type, missing or repeated key at once.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise TablesError(folder, [f"the folder {what}; give the folder that holds application_train.csv"])
    frames: dict[str, pl.LazyFrame] = {}
    problems: list[str] = []
    for name in names:
        frame, found = _open(folder, TABLES[name])
        problems += found
        if frame is not None:
            frames[name] = frame
    if problems:
        raise TablesError(folder, problems)
    return frames


def _open(folder: Path, table: Table) -> tuple[pl.LazyFrame | None, list[str]]:
    present = [path for path in (folder / f"{table.name}.parquet", folder / f"{table.name}.csv") if path.exists()]
    if not present:
        zipped = [path.name for path in sorted(folder.glob(f"{table.name}*.zip"))]
        hint = f"; unzip {zipped[0]} first" if zipped else ""
        return None, [f"{table.name}: there is neither {table.name}.csv nor {table.name}.parquet{hint}"]
    if len(present) > 1:
        return None, [f"{table.name}: there is both {present[0].name} and {present[1].name}; remove one of them"]
    path = present[0]
    reader = _open_parquet if path.suffix == ".parquet" else _open_csv
    try:
        frame, problems = reader(path, table)
        if frame is not None and not problems:
            problems = _wrong_rows(path, table, frame)
    except (pl.exceptions.PolarsError, OSError) as error:
        return None, [f"{path.name}: it cannot be read: {_first_line(error)}"]
    return (None, problems) if problems else (frame, [])


def _open_parquet(path: Path, table: Table) -> tuple[pl.LazyFrame | None, list[str]]:
    scan = pl.scan_parquet(path)
    schema = scan.collect_schema()
    problems = _missing_columns(path, table, list(schema))
    for column in table.columns:
        kind = schema.get(column.name)
        if kind is not None and not _fits(column, kind):
            problems.append(f"{path.name}: column {column.name} has type {kind}, {_NUMERIC_NAMES[column.kind]} wanted")
    return (None, problems) if problems else (scan.select(_cast(column) for column in table.columns), [])


def _open_csv(path: Path, table: Table) -> tuple[pl.LazyFrame | None, list[str]]:
    header = pl.scan_csv(path, infer_schema=False).collect_schema().names()
    problems = _missing_columns(path, table, header) or _cut_short(path)
    if problems:
        return None, problems
    kinds = {column.name: TYPES[column.kind] for column in table.columns}
    scan = pl.scan_csv(path, schema_overrides=kinds, infer_schema=False)
    frame = scan.select(_cast(column) for column in table.columns)
    try:
        # Parses every value and keeps none: the counts are all that is collected.
        frame.select(pl.all().null_count()).collect(engine="streaming")
    except pl.exceptions.ComputeError:
        return None, _unreadable_values(path, table)
    return frame, []


def _unreadable_values(path: Path, table: Table) -> list[str]:
    """Name every column of a CSV file that holds something else than its type, with the first such value."""
    raw = pl.scan_csv(path, infer_schema=False, truncate_ragged_lines=True).with_row_index("row", offset=2)
    problems = []
    for column in table.columns:
        if column.kind == "text":
            continue
        value = pl.col(column.name)
        wrong = value.is_not_null() & value.str.strip_chars().cast(TYPES[column.kind], strict=False).is_null()
        first = raw.filter(wrong).select("row", column.name, pl.len().alias("count")).first().collect()
        if first.height:
            row, text, count = first.row(0)
            problems.append(
                f"{path.name}: column {column.name} should hold {_NUMERIC_NAMES[column.kind]}, "
                f"but {count:,} of its values are none; the first is {text!r} in line {row:,}"
            )
    return problems or [f"{path.name}: a line has more fields than the header; is a quote or a separator missing?"]


def _missing_columns(path: Path, table: Table, present: list[str]) -> list[str]:
    missing = [name for name in table.names if name not in present]
    if not missing:
        return []
    if len(present) == 1:
        return [
            f"{path.name}: its first line has a single field, {present[0][:60]!r}; fields must be set apart by commas"
        ]
    unknown = [name for name in present if name not in table.names]
    told = []
    for name in missing:
        near = get_close_matches(name, unknown, n=1)
        told.append(f"{name} (is it {near[0]}?)" if near else name)
    columns = "column" if len(missing) == 1 else f"{len(missing)} columns"
    return [f"{path.name}: {columns} missing: {', '.join(told)}"]


def _wrong_rows(path: Path, table: Table, frame: pl.LazyFrame) -> list[str]:
    """What whole rows must be: with a key, with every whole number, with a label that is 0 or 1, and there once."""
    wanted = [column.name for column in table.columns if column.kind == "integer"]
    unique = [table.key] if table.name in _ONE_ROW_A_KEY else []
    counts = (
        frame.select(
            pl.col(wanted).null_count(),
            *(pl.col(name).drop_nulls().n_unique().alias(f"unique {name}") for name in unique),
            pl.len().alias("rows"),
        )
        .collect(engine="streaming")
        .row(0, named=True)
    )
    rows = counts["rows"]
    problems = [
        f"{path.name}: column {name} is missing in {counts[name]:,} of {rows:,} rows; every row needs it"
        for name in wanted
        if counts[name]
    ]
    if rows == 0 and table.name.startswith("application"):
        problems.append(f"{path.name}: it has no rows")
    for name in unique:
        again = rows - counts[name] - counts[f"unique {name}"]
        if again:
            problems.append(
                f"{path.name}: {again:,} of {rows:,} rows repeat an {name} that is there; keep one row each"
            )
    if TARGET in wanted and not problems:
        values = frame.select(pl.col(TARGET).unique().sort()).collect(engine="streaming")[TARGET].to_list()
        if not set(values) <= {0, 1}:
            problems.append(f"{path.name}: {TARGET} must be 0 or 1, but the values are {values[:5]}")
    return problems


def _cut_short(path: Path) -> list[str]:
    """A CSV file that was copied or downloaded in part ends in the middle of a line."""
    with path.open("rb") as file:
        file.seek(0, 2)
        if file.tell() == 0:
            return []  # told as an empty file
        file.seek(-1, 2)
        if file.read(1) in b"\r\n":
            return []
    return [
        f"{path.name}: its last line does not end, so the file may have been cut short; copy or download it again, or "
        "add a line break if it is whole"
    ]


def _fits(column: Column, kind: pl.DataType) -> bool:
    if column.kind == "text":
        return kind in (pl.String, pl.Categorical, pl.Enum)
    return kind.is_integer() or (kind.is_float() and column.kind == "number") or kind == pl.Null


def _cast(column: Column) -> pl.Expr:
    expression = pl.col(column.name).cast(TYPES[column.kind])
    return expression.fill_nan(None) if column.kind == "number" else expression


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
