"""The rows of a table: values without a lossless form, missing keys and numbers, rows that come twice, labels."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from credit.tables.columns import Table
from credit.tables.findings import Finding, Kind
from credit.tables.schema import TARGET
from credit.tables.table_files import Source
from credit.tables.value_forms import GAPS_AS_WORDS, Form, cast_that_mends, number_notation

#: Kind of a column -> what it should hold, in words.
WANTED = {"integer": "whole numbers", "number": "numbers", "text": "text"}

#: What an empty history comes to.
NO_ROWS = (
    "it has no rows, so features would say that nobody has such a history; write or download it again, or take it away "
    "where the history is not known"
)

#: Tables in which a key comes once: a client, a loan. The others have a row for each of its months or payments.
_ONE_ROW_A_KEY = ("application_train", "application_test", "bureau", "previous_application", "truth")

#: As much of a damaged text is quoted, characters; and so many columns are named in a note.
_SHOWN, _NAMED = 60, 4


def counts(
    table: Table, raw: pl.LazyFrame, forms: Sequence[Form], names: Mapping[str, str], *, every: bool
) -> dict[str, Any]:
    """What is counted over all rows in one streaming pass; ``nan``: the columns in which NaN was read as a gap.

    ``table``: what the schema says. ``raw``: the file as it is. ``forms``: of its columns. ``names``: column -> its
    name in the file. ``every``: whether every column is asked for, since of a CSV file only what is asked for is
    parsed.
    """
    numbers = [form.column.name for form in forms if form.column.kind == "number"]
    asked = [form.column.name for form in forms if every or form.column.kind == "integer"]
    unique = [table.key] if table.name in _ONE_ROW_A_KEY else []
    lossy = {f"lossy {form.column.name}": form.lossy for form in forms if form.lossy is not None}
    noted = {f"{note} {form.column.name}": mark for form in forms for note, mark in form.marks}
    unlisted = {f"unlisted {form.column.name}": form.unlisted for form in forms if form.unlisted is not None}
    marks = lossy | noted | unlisted
    # Of numbers as they are parsed one look says whether all are finite; only where they are not, a second says what.
    parsed = [form.column.name for form in forms if every and form.column.kind == "number" and form.lossy is None]
    rest = [name for name in numbers if name not in parsed]
    counted = raw.select(
        *(form.values for form in forms if form.column.name not in parsed),
        *(pl.col(names[name]).alias(name) for name in parsed),
        *(expression.alias(name) for name, expression in marks.items()),
    ).select(
        pl.col(asked).null_count(),
        *(pl.col(name).is_finite().sum().alias(f"finite {name}") for name in parsed),
        pl.col(list(marks)).sum() if marks else pl.len().alias("no marks"),
        *(pl.col(name).is_infinite().sum().alias(f"infinite {name}") for name in rest),
        *(pl.col(name).drop_nulls().n_unique().alias(f"unique {name}") for name in unique),
        pl.len().alias("rows"),
    )
    found: dict[str, Any] = counted.collect(engine="streaming").row(0, named=True)
    found |= {f"infinite {name}": 0 for name in parsed}
    odd = [name for name in parsed if found[f"finite {name}"] + found[name] < found["rows"]]
    if odd:
        infinite = raw.select(pl.col(names[name]).is_infinite().sum().alias(f"infinite {name}") for name in odd)
        found |= infinite.collect(engine="streaming").row(0, named=True)
    found["nan"] = [
        name for name in odd if found[f"finite {name}"] + found[name] + found[f"infinite {name}"] < found["rows"]
    ]
    return found


def spelled(
    raw: pl.LazyFrame, forms: Sequence[Form], counts: Mapping[str, Any]
) -> tuple[list[Form], dict[str, tuple[str, ...]]]:
    """The forms with texts in other spellings read as the published ones, and the notes about them by column."""
    odd = [form for form in forms if form.unlisted is not None and counts[f"unlisted {form.column.name}"]]
    if not odd:
        return list(forms), {}
    texts = raw.select(
        form.values.filter(form.other_spellings).unique().implode().alias(form.column.name) for form in odd
    )
    found = texts.collect(engine="streaming").row(0, named=True)
    changed = {form.column.name: form.spelled(found[form.column.name]) for form in odd}
    notes = {name: notes for name, (_, notes) in changed.items() if notes}
    return [changed[form.column.name][0] if form.column.name in changed else form for form in forms], notes


def seen(
    forms: Sequence[Form], counts: Mapping[str, Any], spelled: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Published name -> what is unlike the published form in that column, for the columns of which anything is.

    ``spelled``: what is known of its texts already. Of a column with a value that is refused, ``note`` would say that
    all were taken: it is left out.
    """
    found = {
        form.column.name: [form.note] * bool(form.note and not counts.get(f"lossy {form.column.name}"))
        + [note for note, _ in form.marks if counts[f"{note} {form.column.name}"]]
        + [GAPS_AS_WORDS] * (form.column.name in counts["nan"])
        + list(spelled.get(form.column.name, ()))
        for form in forms
    }
    return {name: list(dict.fromkeys(notes)) for name, notes in found.items() if notes}


def notes(file: str, table: Table, seen: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """What is unlike the published form and is read nonetheless: a note for each kind of it, not for each column."""
    columns: dict[str, list[str]] = defaultdict(list)
    for name, found in seen.items():
        for note in found:
            columns[note].append(name)
    for note, found in columns.items():
        one = found[0] if len(found) == 1 else None
        sentence = f"{file}: {_counted(found)} {note.replace('write ', 'writes ', 1) if one else note}"
        if one:
            sentence = sentence.replace(" hold ", " holds ", 1)
        yield Finding("other form", sentence, table.name, one, severity="note")


def _counted(columns: Sequence[str]) -> str:
    if len(columns) == 1:
        return f"the column {columns[0]}"
    more = f" and {len(columns) - _NAMED} more" if len(columns) > _NAMED else ""
    return f"{len(columns)} columns ({', '.join(columns[:_NAMED])}{more})"


def lossy(
    source: Source,
    table: Table,
    raw: pl.LazyFrame,
    forms: Sequence[Form],
    names: Mapping[str, str],
    counts: Mapping[str, Any],
) -> Iterator[Finding]:
    """The columns with values that have no lossless form, each with the first of them and what mends it.

    What has one cause in many columns, decimal commas for instance, is one finding.

    ``source``: the file. ``table``, ``raw``, ``forms``, ``names``: as of `counts`, which gives ``counts``.
    """
    alike: dict[tuple[str, str], list[tuple[str, int, str, str]]] = defaultdict(list)
    for form in forms:
        column, count = form.column, counts.get(f"lossy {form.column.name}")
        if not count or form.lossy is None:
            continue
        value = pl.col(names[column.name]).cast(pl.String)
        first = raw.with_row_index("row").filter(form.lossy).select("row", value.alias("text")).first().collect()
        row, text = first.row(0)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        # The header is line 1. Lines of many files, and those that hold quoted line breaks, are counted as rows.
        where = f"line {row + 2:,}" if source.format == "csv" and len(source.parts) == 1 else f"row {row + 1:,}"
        if text == names[column.name] and source.format == "csv":
            sentence = (
                f"{source.path.name}: {where} repeats the header, as where files were put together, and so do "
                f"{count - 1:,} more; take these lines out"
            )
            yield Finding("ragged", sentence, table.name, rows=count, share=count / counts["rows"])
            return
        if cause := number_notation(text):
            alike[cause].append((column.name, count, shown, where))
            continue
        sentence = (
            f"{source.path.name}: column {column.name} should hold {WANTED[column.kind]}, "
            f"but {count:,} of its values do not fit; the first is {shown!r} in {where}; "
            f"{cast_that_mends(column, text)}"
        )
        yield Finding("wrong type", sentence, table.name, column.name, count, count / counts["rows"], shown)
    for (how, step), columns in alike.items():
        name, count, shown, where = columns[0]
        which = _counted([column[0] for column in columns])
        verb = "holds" if len(columns) == 1 else "hold"
        sentence = f"{source.path.name}: {which} {verb} numbers {how}; the first is {shown!r} in {where}; {step}"
        one = name if len(columns) == 1 else None
        yield Finding("wrong type", sentence, table.name, one, count, count / counts["rows"], shown)


def wrong_rows(
    file: str, table: Table, counts: Mapping[str, Any], kinds: Mapping[str, pl.DataType], names: Mapping[str, str]
) -> Iterator[Finding]:
    """What whole rows must be: with finite numbers, a key, every whole number, and there once.

    ``file``: its name, for the sentences. ``table``, ``names``: as of `counts`, which gives ``counts``. ``kinds``: name
    in the file -> type of Polars.
    """
    rows = counts["rows"]
    for column in table.columns:
        name = column.name
        if column.kind == "number" and (infinite := counts[f"infinite {name}"]):
            cause = (
                "; 16-bit floats end at 65,504: write the column as float64" if kinds[names[name]] == pl.Float16 else ""
            )
            sentence = (
                f"{file}: column {name} is infinite in {infinite:,} of {rows:,} rows{cause}; give the numbers, or "
                "leave the fields empty"
            )
            yield Finding("infinite", sentence, table.name, name, infinite, infinite / rows)
    yield from _missing(file, table, counts)
    if rows == 0 and table.name.startswith("application"):
        sentence = f"{file}: it has no rows; write or download it again"
        yield Finding("empty table", sentence, table.name, rows=0)
    elif rows == 0:
        yield Finding("empty table", f"{file}: {NO_ROWS}", table.name, rows=0, severity="note")
    if table.name in _ONE_ROW_A_KEY:
        name = table.key
        again = rows - counts[name] - counts[f"unique {name}"]
        if again and not counts.get(f"lossy {name}"):
            sentence = f"{file}: {again:,} of {rows:,} rows repeat an {name} that is there; keep one row each"
            yield Finding("duplicate", sentence, table.name, name, again, again / rows)


def _missing(file: str, table: Table, counts: Mapping[str, Any]) -> Iterator[Finding]:
    """Whole numbers that are not there; those of many columns that are not there in as many rows are one finding.

    An application's whole number that no client has is one that the bank does not collect: it is missing, as where a
    request does not send it. Told to fill it in, a bank would have to invent it. ``quality`` says which these are.
    """
    rows = counts["rows"]
    alike: dict[tuple[Kind, int, str], list[str]] = defaultdict(list)
    for column in table.columns:
        name = column.name
        # A value without a lossless form may come out as a gap: where there is one, that is said and not the gaps.
        missing = counts[name] if column.kind == "integer" and not counts.get(f"lossy {name}") else 0
        collected = missing < rows or not table.name.startswith("application") or name in (table.key, TARGET)
        if missing and collected:
            step = "fill it in, or leave the rows out"
            if name == TARGET:
                step = "leave these rows out, or keep clients without an outcome in application_test"
            alike["missing key" if name.startswith("SK_ID_") else "missing value", missing, step].append(name)
    for (kind, missing, step), names in alike.items():
        one = names[0] if len(names) == 1 else None
        which = f"column {one} is" if one else f"{_counted(names)} are"
        every = "it" if one else "them"
        sentence = f"{file}: {which} missing in {missing:,} of {rows:,} rows; every row needs {every}: {step}"
        yield Finding(kind, sentence, table.name, one, missing, missing / rows)


def wrong_labels(file: str, table: Table, frame: pl.LazyFrame, rows: int) -> Iterator[Finding]:
    """Where TARGET is neither 0 nor 1. ``file``: its name, for the sentence. ``frame``: of ``table``, with so many
    ``rows``.
    """
    values = frame.group_by(TARGET).len().sort(TARGET).collect(engine="streaming")
    wrong = values.filter(~pl.col(TARGET).is_in([0, 1]))
    if wrong.height:
        seen, count = values[TARGET].to_list()[:5], int(wrong["len"].sum())
        sentence = f"{file}: {TARGET} must be 0 or 1, but the values are {seen}; correct them"
        yield Finding("out of range", sentence, table.name, TARGET, count, count / rows, wrong[TARGET][0])
