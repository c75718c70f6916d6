"""The forms in which a value of a column is taken: every one that loses nothing, and no other.

| column | forms that are taken |
|---|---|
| whole number | 5, 5.0, 5.00, 5e0; any width of integer or float whose values are whole; decimals without a fraction |
| number | the same, with fractions; 16-bit floats with a note, since they hold three digits |
| flag (0 and 1 alone) | besides 0 and 1: true and false, True and False |
| text for no and yes (N and Y, No and Yes) | besides the texts: 0 and 1, true and false |
| text whose vocabulary has numbers (STATUS) | besides the texts: the whole numbers themselves |
| text with a vocabulary | besides the texts: the same in other letter case or with blanks around it |
| whole number | of a file: not shortened by a spreadsheet (5.00E+06), whatever it stood for |
| any | a column of gaps alone, of whatever type; in files, the words in ``GAPS`` for a gap |

In files a text may stand for a number: it is parsed as a field of a CSV file. In JSON, which has numbers, it may not.
What would lose something (a fraction in a whole number, a number beyond 64 bits) is refused.

This module is the one definition for CSV and Parquet files, for every engine, and for the bodies of requests.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import polars as pl

from credit.tables.columns import Column

#: The types of the columns of a table that was read.
TYPES: dict[str, pl.DataType] = {"integer": pl.Int64(), "number": pl.Float64(), "text": pl.String()}

#: Whole numbers up to this size are exact in a 64-bit float.
LARGEST_EXACT = 2**53

#: What other programs write for a gap, in small letters. None of these words is in a published vocabulary.
GAP_WORDS = (
    *("na", "n/a", "<na>", "null", "(null)", "#null!", "nan", "-nan", "nat", "none", "\\n", "#n/a", "#n/a n/a", "#na"),
    *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", ".", "-", "--", "?"),
)

#: The same as they are written.
GAPS = tuple(
    dict.fromkeys(
        ("NaN", "NaT", "-NaN", *(write(word) for word in GAP_WORDS for write in (str.upper, str.lower, str.capitalize)))
    )
)

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
        return value if value in column.values else _published(column.values).get(value.strip().lower(), value)
    if isinstance(value, int | float) and value == value // 1:
        if column.is_yes_or_no and value in (0, 1):
            return column.values[int(value)]
        if not isinstance(value, bool) and str(int(value)) in column.values:
            return str(int(value))
    raise NotTaken(column.name)


@lru_cache
def _published(values: tuple[str, ...]) -> dict[str, str]:
    """A published text in small letters -> that text."""
    return {value.lower(): value for value in values}


# What a file holds unlike the published one, and what is made of it.
GAPS_AS_WORDS = 'write gaps as words, such as NA, or as ""; they are read as gaps'
_POINTS = "write whole numbers with a decimal point; they are read as whole numbers"
_FLOATS = "hold whole numbers as floats; they are read as whole numbers"
_HALVES = "hold 16-bit floats, of which three digits are exact; write them as float64 if their source has more"
_FLAGS = "hold flags as true and false; they are read as 1 and 0"
_CODES = "hold numbers, or true and false, where texts are published; they are read as those texts"
_DECIMALS = "hold decimals of a fixed precision; they are read as 64-bit numbers"
_TEXTS = "hold numbers as texts; they are read as numbers"
_LETTERS = "write published texts in other letters or with blanks around them; they are read as those texts"

#: A whole number as a spreadsheet shows one that is too long for its cell, 5.00E+06: it has fewer decimals than the
#: exponent moves, and so not all of its digits. Programs write a small e, and every digit.
_EXPONENT = r"^-?\d(?:\.(\d*))?E\+?(\d+)$"


@dataclass(frozen=True)
class Form:
    """How the values of one column are taken from the form in which a file holds them.

    ``values``: an expression over the file's own columns: the values, as Int64, Float64 or String, null for a gap,
    under the published name. ``lossy``: true in a row whose value has no lossless form; None where none can be.
    ``note``: what is unlike the published form, empty for that form itself. ``marks``: more such notes, each with an
    expression that is true in the rows that it is about. ``unlisted``: true in a row whose text is not published; some
    of these texts may stand for one that is (see ``spelled``), but few files hold any.
    """

    column: Column
    values: pl.Expr
    lossy: pl.Expr | None = None
    note: str = ""
    marks: tuple[tuple[str, pl.Expr], ...] = ()
    unlisted: pl.Expr | None = None

    @property
    def other_spellings(self) -> pl.Expr:
        """True in a row whose text is not published and stands for a gap or for a text that is."""
        known = [*_published(self.column.values), *GAP_WORDS, "", *(text.lower() for text in _codes(self.column))]
        return _small(self.values).is_in(known) & ~self.values.is_in(self.column.values)

    def spelled(self, texts: Iterable[str]) -> tuple["Form", tuple[str, ...]]:
        """The same with these ``texts`` read as what they stand for, and the notes about them."""
        codes = _codes(self.column)
        meant: dict[str, str | None] = {}
        notes = set()
        for text in texts:
            small = text.strip().lower()
            if small in codes:
                meant[text], note = codes[small], _CODES
            elif small in _published(self.column.values):
                meant[text], note = _published(self.column.values)[small], _LETTERS
            else:
                meant[text], note = None, GAPS_AS_WORDS
            notes.add(note)
        if not meant:
            return self, ()
        return replace(self, values=self.values.replace(meant).alias(self.column.name)), tuple(sorted(notes))


def of_type(column: Column, dtype: pl.DataType, name: str, *, of_csv: bool = False) -> Form | None:
    """The form of ``column`` that a file holds under ``name`` with a Polars ``dtype``. ``of_csv``: all are texts there.

    None where no value of that type has a lossless form in the column: a date, a list.
    """
    source = pl.col(name or column.name)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        source, dtype = source.cast(pl.String), pl.String()
    if dtype == pl.Binary and column.kind == "text":
        source, dtype = source.cast(pl.String), pl.String()
    form: Form | None
    if dtype == pl.Null:
        form = Form(column, source.cast(TYPES[column.kind]))
    elif column.kind == "text":
        form = _as_text(column, source, dtype)
    elif dtype == pl.String:
        form = _parsed(column, source) if of_csv else replace(_parsed(column, source), note=_TEXTS)
    elif dtype == pl.Boolean:
        form = Form(column, source.cast(TYPES[column.kind]), note=_FLAGS) if column.is_flag else None
    elif dtype.is_numeric():
        form = _number(column, source, dtype)
    else:
        return None
    return None if form is None else replace(form, values=form.values.alias(column.name))


def _as_text(column: Column, source: pl.Expr, dtype: pl.DataType) -> Form | None:
    codes = _codes(column)
    if dtype == pl.String:
        # One look at the texts for all that may be unlike the published ones: in the longest table each is felt.
        return Form(column, source, unlisted=~source.is_in(column.values))
    if dtype == pl.Boolean and column.is_yes_or_no:
        no, yes = (pl.lit(value) for value in column.values)
        return Form(column, pl.when(source).then(yes).when(~source).then(no), note=_CODES)
    if dtype.is_numeric() and not codes:  # gaps alone, as pandas writes an empty column; a value has no form
        known = source.cast(pl.Float64).fill_nan(None)
        return Form(column, pl.lit(None, pl.String), known.is_not_null())
    if not dtype.is_numeric():
        return None
    number = source.cast(pl.Float64).fill_nan(None)
    text = pl.when(number == number.floor()).then(number.cast(pl.Int64, strict=False)).cast(pl.String) + pl.lit(".0")
    values = text.replace_strict(codes, default=None, return_dtype=pl.String)
    return Form(column, values, number.is_not_null() & values.is_null(), note=_CODES)


def _codes(column: Column) -> dict[str, str]:
    """What another program may write for a published text, in small letters: 0, 1, true, false for no and yes, 2.0 for
    the text 2.
    """
    if not column.is_yes_or_no:
        return {f"{value}.0": value for value in column.values if value.isdigit()}
    no, yes = column.values
    return dict.fromkeys(("false", "0", "0.0"), no) | dict.fromkeys(("true", "1", "1.0"), yes)


def _small(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().str.to_lowercase()


def _parsed(column: Column, source: pl.Expr) -> Form:
    """Numbers that are written as texts, as in a CSV file."""
    given = source.str.strip_chars()
    text = pl.when(~given.is_in(("", *GAPS))).then(given).otherwise(None)
    marks = [(GAPS_AS_WORDS, given.is_in(GAPS))]
    if column.is_flag:
        marks.append((_FLAGS, given.is_in((*TRUE, *FALSE))))
        # Not by Expr.replace, which Polars 2.1 plans anew, and slowly, wherever the expression below comes again.
        text = pl.when(text.is_in(TRUE)).then(pl.lit("1")).when(text.is_in(FALSE)).then(pl.lit("0")).otherwise(text)
    number = text.cast(pl.Float64, strict=False)
    if column.kind == "number":
        return Form(column, number.fill_nan(None), text.is_not_null() & number.is_null(), marks=tuple(marks))
    direct = text.cast(pl.Int64, strict=False)
    whole = pl.when(_is_whole(number)).then(number).cast(pl.Int64, strict=False)
    if not column.decimal:
        marks.append((_POINTS, direct.is_null() & whole.is_not_null()))
    values = pl.coalesce(direct, whole)
    lossy = text.is_not_null() & values.is_null()
    if not column.is_flag:
        kept = text.str.extract(_EXPONENT, 1).str.len_chars().fill_null(0)
        lossy |= (kept < text.str.extract(_EXPONENT, 2).cast(pl.Int64, strict=False)).fill_null(False)
    return Form(column, values, lossy, marks=tuple(marks))


def _number(column: Column, source: pl.Expr, dtype: pl.DataType) -> Form:
    wide = source.cast(pl.Float64)
    if column.kind == "number":
        note = _HALVES if dtype == pl.Float16 else _DECIMALS if dtype.is_decimal() else ""
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
        return Form(column, values, lossy, note="" if column.decimal and dtype == pl.Float64 else _FLOATS)
    values = source.cast(pl.Int64, strict=False)
    if dtype.is_decimal():
        return Form(column, values, values.cast(dtype, strict=False).ne_missing(source), note=_DECIMALS)
    lossy = source.is_not_null() & values.is_null() if dtype in (pl.UInt64, pl.Int128, pl.UInt128) else None
    return Form(column, values, lossy)


def _is_whole(number: pl.Expr) -> pl.Expr:
    # A larger one, and 2**53 itself, may have been another number before it was made a float.
    return (number == number.floor()) & (number.abs() < LARGEST_EXACT)


_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")

#: Kind of a column -> the type in pandas that holds its values.
_PANDAS = {"integer": "Int64", "number": "float64", "text": "string"}

#: A text that is a number to people -> how it is written, and what mends that for all columns of a file at once.
_WRITTEN = {
    r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?": (
        "with commas between thousands",
        "write them without (pandas: read_csv(..., thousands=','))",
    ),
    r"[-+]?\d+,\d+": ("with a decimal comma", "write a point (pandas: read_csv(..., decimal=','))"),
    r"[-+]?\d{1,3}(\.\d{3})+,\d+": (
        "with points between thousands and a decimal comma",
        "write them without, and a decimal point (pandas: read_csv(..., thousands='.', decimal=','))",
    ),
    r"[-+]?\d{1,3}([ '\u2019\u00a0\u202f]\d{3})+([.,]\d+)?": (
        "with blanks or apostrophes between thousands",
        "write them without, and a decimal point (pandas: read_csv(..., thousands=' ') or thousands=\"'\")",
    ),
    r"[$€£¥]\s?[-+]?\d[\d.,]*|[-+]?\d[\d.,]*\s?([$€£¥%]|[A-Z]{3})": (
        "with a currency or a percent sign",
        "write the numbers alone, a share of 1 for a percentage",
    ),
}


def number_notation(text: str) -> tuple[str, str] | None:
    """How a text that is a number to people is written, and what mends it; None for any other text."""
    return next((found for pattern, found in _WRITTEN.items() if re.fullmatch(pattern, text)), None)


def cast_of_type(column: Column, dtype: pl.DataType) -> str:
    """What mends a column of a type of which no value has a form: the end of a sentence."""
    name = f"table[{column.name!r}]"
    days = column.name.startswith("DAYS_")
    if days and dtype == pl.Duration:
        return f"give whole days (pandas: {name}.dt.days)"
    if days and dtype.is_temporal():
        return f"give days before the application, 0 or less (pandas: ({name} - day_of_application).dt.days)"
    if dtype.is_nested():
        return f"give one value a row (pandas: {name}.str[0] for lists of one, {name}.str['field'] for objects)"
    return cast_that_mends(column)


def cast_that_mends(column: Column, text: str = "") -> str:
    """What mends a column whose values do not fit, of which ``text`` is one: the end of a sentence."""
    if column.kind == "integer" and re.match(_EXPONENT, text):
        return (
            "a spreadsheet has shortened the numbers: take the original file, or show the column as whole numbers there"
        )
    if column.kind == "integer" and re.fullmatch(r"[-+]?\d*\.\d+", text):
        return f"give whole numbers (pandas: table[{column.name!r}].round().astype('Int64'))"
    if column.kind == "text":
        return f"give the published texts, not codes of them (pandas: table[{column.name!r}].astype('string'))"
    or_empty = ", or leave the fields empty" if column.kind == "number" else ""
    if text and not _NUMBER.fullmatch(text.strip()):
        # What no number can be made of; astype would end in an error, where this makes a gap of it.
        cast = f"pd.to_numeric(table[{column.name!r}], errors='coerce')"
        return f"give the numbers{or_empty or ', or leave the rows out'} (pandas: {cast})"
    return f"give the numbers{or_empty} (pandas: table[{column.name!r}].astype({_PANDAS[column.kind]!r}))"
