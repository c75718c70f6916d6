"""The forms in which a value of a column is taken: every one that loses nothing, and no other.

| column | forms that are taken |
|---|---|
| whole number | 5, 5.0, 5.00, 5e0; any width of integer or float whose values are whole; decimals without a fraction |
| number | the same, with fractions; 16-bit floats with a note, since they hold three digits |
| flag (0 and 1 alone) | besides 0 and 1: true and false, True and False |
| text for no and yes (N and Y, No and Yes) | besides the texts: 0 and 1, true and false |
| text whose vocabulary has numbers (STATUS) | besides the texts: the whole numbers themselves |
| any | a column of gaps alone, of whatever type; in files, the words in ``GAPS`` for a gap |

In files a text may stand for a number: it is parsed as a field of a CSV file. In JSON, which has numbers, it may not.
What would lose something (a fraction in a whole number, a number beyond 64 bits) is refused.

This module is the one definition for CSV and Parquet files, for every engine, and for the bodies of requests.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from credit.tables.schema import Column

#: The types of the columns of a table that was read.
TYPES: dict[str, pl.DataType] = {"integer": pl.Int64(), "number": pl.Float64(), "text": pl.String()}

#: Whole numbers up to this size are exact in a 64-bit float.
LARGEST_EXACT = 2**53

#: What other programs write for a gap. None of these words is in a published vocabulary.
GAPS = ("NA", "N/A", "n/a", "<NA>", "NULL", "null", "Null", "NaN", "nan", "-nan", "None", "none", "\\N", "#N/A")

#: The words for true and false.
TRUE, FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


class NotTaken(ValueError):
    """A value has no lossless form in its column."""


def of_json(column: Column, value: Any) -> int | float | str | None:
    """The value of ``column`` that a value of JSON stands for; null stays None, whether or not it may be missing.

    Raises `NotTaken` where ``value`` is none of the column's forms (see the table of this module).
    """
    if value is None:
        return None
    if column.kind == "text":
        return _text(column, value)
    if isinstance(value, bool):
        if column.is_flag:
            return int(value)
    elif isinstance(value, int):
        return value
    elif isinstance(value, float) and (column.kind == "number" or value.is_integer()):
        return value if column.kind == "number" else int(value)
    raise NotTaken(column.name)


def _text(column: Column, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and value == value // 1:
        if column.is_yes_or_no and value in (0, 1):
            return column.values[int(value)]
        if not isinstance(value, bool) and str(int(value)) in column.values:
            return str(int(value))
    raise NotTaken(column.name)


@dataclass(frozen=True)
class Form:
    """How the values of one column are taken from the form in which a file holds them.

    ``values``: an expression over the file's own columns: the values, as Int64, Float64 or String, null for a gap,
    under the published name. ``lossy``: true in a row whose value has no lossless form; None where none can be.
    ``other``: true in a row of a text column whose text stands for a gap or for another text (``spelled`` puts that
    right); None elsewhere. ``note``: what is unlike the published form, empty for that form itself.
    """

    column: Column
    values: pl.Expr
    lossy: pl.Expr | None = None
    other: pl.Expr | None = None
    note: str = ""

    @property
    def spelled(self) -> "Form":
        """The same with the texts that stand for gaps, or for other texts, put right."""
        values = self.values.replace(other_spellings(self.column))
        return replace(self, values=values.alias(self.column.name), other=None, note=GAPS_NOTE)


#: Notes: what a file's columns hold, unlike the published ones.
GAPS_NOTE = "hold words such as NA for gaps, or true, false, 0 and 1 for texts"
POINT_NOTE = "hold whole numbers with a decimal point, flags as words, or words such as NA for gaps"
_FLOAT_NOTE = "hold whole numbers as floats"
_HALF_NOTE = "hold 16-bit floats, of which three digits are exact and which end at 65,504"
_FLAG_NOTE = "hold flags as true and false"
_DECIMAL_NOTE = "hold decimals"
_NUMBER_NOTE = "hold numbers where texts are published"
_TEXT_NOTE = "hold numbers as texts"


def of_type(column: Column, dtype: pl.DataType, name: str | None = None) -> Form | None:
    """The form of a column that a file holds under ``name`` (the published one where None) with a Polars ``dtype``.

    None where no value of that type has a lossless form in the column: a date, a list.
    """
    source = pl.col(name or column.name)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        source, dtype = source.cast(pl.String), pl.String()
    if dtype == pl.Binary:
        taken = of_type(column, pl.String(), name)
        return None if taken is None or column.kind != "text" else replace(taken, values=taken.values.cast(pl.String))
    form: Form | None
    if dtype == pl.Null:
        form = Form(column, source.cast(TYPES[column.kind]))
    elif column.kind == "text":
        form = _as_text(column, source, dtype)
    elif dtype == pl.String:
        form = _parsed(column, source)
    elif dtype == pl.Boolean:
        form = Form(column, source.cast(TYPES[column.kind]), note=_FLAG_NOTE) if column.is_flag else None
    elif dtype.is_numeric():
        form = _number(column, source, dtype)
    else:
        return None
    return None if form is None else replace(form, values=form.values.alias(column.name))


def other_spellings(column: Column) -> dict[str, str | None]:
    """What another program may have written in a text column -> the published text that it stands for, None for a gap.

    Beside words for gaps: 0, 1, true and false for no and yes, and numbers of the vocabulary with a decimal point.
    """
    found: dict[str, str | None] = dict.fromkeys(GAPS)
    if column.is_yes_or_no:
        no, yes = column.values
        found |= dict.fromkeys((*FALSE, "0", "0.0"), no) | dict.fromkeys((*TRUE, "1", "1.0"), yes)
    return found | {f"{value}.0": value for value in column.values if value.isdigit()}


def _as_text(column: Column, source: pl.Expr, dtype: pl.DataType) -> Form | None:
    if dtype == pl.String:
        return Form(column, source, other=source.is_in(tuple(other_spellings(column))))
    numbers = [value for value in column.values if value.isdigit()]
    if dtype == pl.Boolean and column.is_yes_or_no:
        no, yes = (pl.lit(value) for value in column.values)
        return Form(column, pl.when(source).then(yes).when(~source).then(no), note=_FLAG_NOTE)
    if not dtype.is_numeric() or not (column.is_yes_or_no or numbers):
        return None
    known = (
        {"0": column.values[0], "1": column.values[1]}
        if column.is_yes_or_no
        else dict(zip(numbers, numbers, strict=True))
    )
    number = source.cast(pl.Float64).fill_nan(None)
    text = pl.when(number == number.floor()).then(number.cast(pl.Int64, strict=False)).cast(pl.String)
    values = text.replace_strict(known, default=None, return_dtype=pl.String)
    return Form(column, values, number.is_not_null() & values.is_null(), note=_NUMBER_NOTE)


def _parsed(column: Column, source: pl.Expr) -> Form:
    """Numbers that are written as texts, as in a CSV file."""
    text = source.str.strip_chars()
    text = pl.when(~text.is_in(("", *GAPS))).then(text)
    if column.is_flag:
        text = text.replace(dict.fromkeys(TRUE, "1") | dict.fromkeys(FALSE, "0"))
    number = text.cast(pl.Float64, strict=False)
    if column.kind == "number":
        return Form(column, number.fill_nan(None), text.is_not_null() & number.is_null(), note=_TEXT_NOTE)
    whole = pl.when(_is_whole(number)).then(number).cast(pl.Int64, strict=False)
    values = pl.coalesce(text.cast(pl.Int64, strict=False), whole)
    return Form(column, values, text.is_not_null() & values.is_null(), note=_TEXT_NOTE)


def _number(column: Column, source: pl.Expr, dtype: pl.DataType) -> Form:
    wide = source.cast(pl.Float64)
    if column.kind == "number":
        note = _HALF_NOTE if dtype == pl.Float16 else _DECIMAL_NOTE if dtype.is_decimal() else ""
        lossy = None
        if dtype.is_decimal():
            lossy = wide.cast(dtype, strict=False).ne_missing(source)
        elif dtype in (pl.Int64, pl.UInt64, pl.Int128, pl.UInt128):
            lossy = wide.abs() > LARGEST_EXACT
        return Form(column, wide.fill_nan(None), lossy, note=note)
    if dtype.is_float():
        known = wide.fill_nan(None)
        values = pl.when(_is_whole(known)).then(known).cast(pl.Int64, strict=False)
        # A 32-bit float is exact up to 2**24 only: a larger whole number may be another than the one that was meant.
        exact = 2**11 if dtype == pl.Float16 else 2**24 if dtype == pl.Float32 else LARGEST_EXACT
        lossy = known.is_not_null() & (values.is_null() | (known.abs() > exact))
        return Form(column, values, lossy, note="" if column.decimal and dtype == pl.Float64 else _FLOAT_NOTE)
    values = source.cast(pl.Int64, strict=False)
    if dtype.is_decimal():
        return Form(column, values, values.cast(dtype, strict=False).ne_missing(source), note=_DECIMAL_NOTE)
    lossy = source.is_not_null() & values.is_null() if dtype in (pl.UInt64, pl.Int128, pl.UInt128) else None
    return Form(column, values, lossy)


def _is_whole(number: pl.Expr) -> pl.Expr:
    return (number == number.floor()) & (number.abs() <= LARGEST_EXACT)


#: Kind of a column -> the type in pandas that holds its values.
_PANDAS = {"integer": "Int64", "number": "float64", "text": "string"}


def cast_that_mends(column: Column, text: str = "") -> str:
    """What mends a column whose values do not fit, of which ``text`` is one: the end of a sentence."""
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return "write numbers without commas between thousands (pandas: read_csv(..., thousands=','))"
    if re.fullmatch(r"[-+]?\d+,\d+", text):
        return "write decimals with a point (pandas: read_csv(..., decimal=','))"
    if column.kind == "integer" and re.fullmatch(r"[-+]?\d*\.\d+", text):
        return f"give whole numbers (pandas: table[{column.name!r}].round().astype('Int64'))"
    if column.kind == "text":
        return f"give the published texts, not codes of them (pandas: table[{column.name!r}].astype('string'))"
    or_empty = ", or leave the fields empty" if column.kind == "number" else ""
    return f"give the numbers{or_empty} (pandas: table[{column.name!r}].astype({_PANDAS[column.kind]!r}))"
