"""A CSV file before its values are read: its header, and the columns that cannot be read as their type."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from credit.tables.columns import Column, Kind
from credit.tables.csv_fields import fields
from credit.tables.file_damage import not_csv
from credit.tables.findings import Finding
from credit.tables.table_files import Source
from credit.tables.value_forms import TYPES

#: Bytes looked at together.
_BLOCK = 1 << 20

#: A sheet of a spreadsheet ends after so many lines, and what is longer is cut there without a word.
LINES_OF_A_SHEET = 1_048_576


def header(path: Path) -> list[str]:
    """The names in the first line, as they are: Polars would rename one that comes twice.

    Raises ``OSError``, and ``UnicodeDecodeError`` for another encoding than UTF-8.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])


def damaged(source: Source) -> Finding | None:
    """What the bytes of a table's files betray; None where nothing is seen."""
    for part in source.parts:
        found = not_csv(part.path, source.table)
        if found is not None:
            inside = "" if part.path == source.path else f"{source.path.name}/"
            return replace(found, sentence=f"{inside}{found.sentence}")
    return None


def unique_names(names: Sequence[str]) -> list[str]:
    """The names of a header with a number behind each that comes again, as engines want them; an empty one is named."""
    seen: Counter[str] = Counter()
    found = []
    for place, name in enumerate(names):
        seen[name.lower()] += 1
        again = seen[name.lower()] > 1
        found.append(f"{name}#{place}" if again or not name else name)
    return found


def text_kind(column: Column) -> Kind:
    """The kind of the texts in the column of a published file: whole numbers with a decimal point are numbers there."""
    return "number" if column.kind == "integer" and column.decimal else column.kind


def fast_type(column: Column) -> pl.DataType:
    """The type as which a column of a published file can be read at once, without looking at its texts."""
    return TYPES[text_kind(column)]


def as_texts(source: Source) -> pl.LazyFrame:
    """All columns of a table's files as texts, also of rows that are cut into too many fields."""
    return pl.scan_csv(source.files, infer_schema=False, truncate_ragged_lines=True)


def cut_wrong(source: Source, names: int, rows: int) -> Finding | None:
    """What is wrong with how rows are cut into the ``names`` fields of the header; ``rows``: of all files together."""
    if len(source.parts) == 1:
        return fields(source.parts[0].path, source.table, names, rows)
    for part in source.parts:
        # A part alone: in all of them together, too many fields in one would make up for too few in another.
        in_part = pl.scan_csv(part.path, infer_schema=False, truncate_ragged_lines=True).select(pl.len())
        if found := fields(part.path, source.table, names, in_part.collect(engine="streaming").item()):
            return replace(found, sentence=f"{source.path.name}/{found.sentence}")
    return None


def is_read_alike(path: Path) -> bool:
    """Whether the bytes of a CSV file hold nothing that Polars, DuckDB and Spark read in different ways.

    That are tabs, which some take as part of a number; backslashes before quotes; line breaks in quotes; and lines of
    which some end in CR LF and some in LF.
    """
    breaks = returns = quotes = 0
    last = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            joined = last + block
            if b"\t" in block or b'\\"' in joined:
                return False
            breaks += block.count(b"\n")
            returns += block.count(b"\r\n") + (last == b"\r" and block[:1] == b"\n")
            # Outside quotes, an even number of them comes before each line break.
            for line in block.split(b"\n")[:-1] if b'"' in block or quotes % 2 else ():
                quotes += line.count(b'"')
                if quotes % 2:
                    return False
            quotes += block[block.rfind(b"\n") + 1 :].count(b'"')
            last = block[-1:]
    return returns in (0, breaks)


def not_fast(source: Source, columns: Mapping[str, Column]) -> set[str]:
    """The names, among those of the header, of columns with a text that cannot be read as the column's fast type."""
    values = {name: pl.col(name) for name, column in columns.items() if column.kind != "text"}
    wrong = as_texts(source).select(
        (value.is_not_null() & value.cast(fast_type(columns[name]), strict=False).is_null()).any()
        for name, value in values.items()
    )
    return {name for name, found in wrong.collect(engine="streaming").row(0, named=True).items() if found}


def ends_as_a_sheet(source: Source, rows: int) -> Finding | None:
    """The note about a file of just as many lines as a sheet of a spreadsheet can hold."""
    if source.format != "csv" or rows + 1 != LINES_OF_A_SHEET or len(source.parts) > 1:
        return None
    sentence = (
        f"{source.path.name}: it has exactly {LINES_OF_A_SHEET:,} lines, where a spreadsheet cuts a longer table off; "
        "take the original file if it was saved by one"
    )
    return Finding("cut short", sentence, source.table, rows=rows, severity="note")
