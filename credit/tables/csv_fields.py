"""How the rows of a CSV file are cut into fields: as many as the header has, and none that begins with a space.

Polars fills up a row that ends early, so that a row cut short would pass for one whose last columns are missing; a row
with too many fields it refuses without a word on where it is. A space after a comma belongs to a text and not to a
number, and a number of spaces alone is missing to Polars and an error to DuckDB and Spark. So commas are looked at,
byte by byte: some milliseconds for 10 MB. Only where they do not add up are the rows looked at one by one.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from credit.tables.findings import Finding

#: What mends a file whose rows are quoted as a whole: each such row is parsed once more.
QUOTED_STEP = (
    "take the outer quotes away, for instance with python -c 'import csv, sys; "
    "rows = (next(csv.reader(row)) if len(row) == 1 else row for row in csv.reader(sys.stdin)); "
    'csv.writer(sys.stdout, lineterminator="\\n").writerows(rows)\' < OLD.csv > NEW.csv'
)

#: Bytes looked at together: few enough to stay in the processor's cache.
_CHUNK = 1 << 20

_COMMA, _QUOTE, _SPACE = b',"\x20'


def fields(path: Path, table: str, columns: int, rows: int) -> Finding | None:
    """What is wrong with the fields of a CSV file that has a header of so many ``columns``, and so many ``rows``.

    ``path``: of the file. ``table``: whose it is, for the finding. Rows that have more fields must have been refused
    before: one of them could make up for one that has fewer.
    """
    commas = _commas(path)
    if commas.number != (columns - 1) * (rows + 1):
        return ragged(path, table, columns)
    if commas.spaced is None:
        return None
    line = _line(path, commas.spaced)
    sentence = f"{path.name}: in line {line:,} a space follows a comma; it would belong to the field: take it out"
    return Finding("spaced", sentence, table)


def ragged(path: Path, table: str, columns: int) -> Finding | None:
    """The rows with another number of fields than ``columns``, from a look at every row; None where there is none."""
    first, wrong, rows, quoted, blank = (0, 0), 0, -1, 0, 0  # the header is no row
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        # A quote that is left open ends nowhere: its field is as long as the file.
        csv.field_size_limit(max(csv.field_size_limit(), path.stat().st_size))
        lines = csv.reader(file)
        try:
            begins = 1  # a row with a line break in quotes is longer than a line
            for row in lines:
                rows += 1
                if len(row) != columns:
                    first = first if wrong else (begins, len(row))
                    wrong += 1
                    quoted += len(row) == 1 and len(next(csv.reader(row), [])) == columns
                    blank += not any(field.strip() for field in row)
                begins = lines.line_num + 1
        except csv.Error:  # a line break of old Macintoshes: others tell that
            return None
    if not wrong:
        return None
    if quoted == wrong:
        sentence = (
            f"{path.name}: {wrong:,} of {rows:,} rows are quoted as a whole, as spreadsheets save rows that hold a "
            f"quoted comma; the first is in line {first[0]:,}; {QUOTED_STEP}"
        )
        return Finding("ragged", sentence, table, rows=wrong, share=wrong / max(rows, 1))
    if blank == wrong:
        told = "1 line is blank" if blank == 1 else f"{blank:,} lines are blank"
        sentence = (
            f"{path.name}: {told}, the first is line {first[0]:,}; take them out: sed -i '/^[[:space:]]*$/d' FILE"
        )
        return Finding("ragged", sentence, table, rows=wrong, share=wrong / max(rows, 1))
    sentence = (
        f"{path.name}: {wrong:,} of {rows:,} rows have another number of fields than the {columns} of the header; the "
        f"first is in line {first[0]:,} and has {first[1]}; mend the rows (is a quote left open?), or copy or download "
        "the file again"
    )
    return Finding("ragged", sentence, table, rows=wrong, share=wrong / max(rows, 1))


@dataclass(frozen=True)
class _Commas:
    """Outside quotes: how many there are, and the place in the file of the first space that follows one."""

    number: int
    spaced: int | None


def _commas(path: Path) -> _Commas:
    number, spaced, quoted, start = 0, None, 0, 0
    # Each chunk has the last byte of the one before in front: a space that begins it may follow a comma.
    buffer = bytearray(1 + _CHUNK)
    with path.open("rb") as file:
        while size := file.readinto(memoryview(buffer)[1:]):
            chunk = np.frombuffer(buffer, np.uint8, size, 1)
            is_comma = chunk == _COMMA
            quotes = np.flatnonzero(chunk == _QUOTE)
            spaces = (chunk == _SPACE) & (np.frombuffer(buffer, np.uint8, size) == _COMMA)
            if quotes.size or quoted:
                # Quotes cut the chunk in stretches, in turn outside and inside; a doubled one cuts off nothing.
                commas = np.flatnonzero(is_comma)
                cuts = np.concatenate(([0], np.searchsorted(commas, quotes), [commas.size]))
                number += int(np.diff(cuts)[quoted::2].sum())
                places = np.flatnonzero(spaces)
                places = places[(np.searchsorted(quotes, places) + quoted) % 2 == 0]
                quoted = (quoted + quotes.size) % 2
            else:
                number += int(np.count_nonzero(is_comma))
                places = np.flatnonzero(spaces)
            if spaced is None and places.size:
                spaced = start + int(places[0])
            buffer[0], start = buffer[size], start + size
    return _Commas(number, spaced)


def _line(path: Path, place: int) -> int:
    """The number of the line in which a byte of a file is."""
    lines = 1
    with path.open("rb") as file:
        while place > 0:
            read = file.read(min(place, _CHUNK))
            lines, place = lines + read.count(b"\n"), place - len(read)
    return lines
