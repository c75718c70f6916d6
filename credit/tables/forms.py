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

from typing import Any

from credit.tables.schema import Column

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
