"""The form in which the competition hands its files out: pandas' CSV, and the two files beside the eight tables.

A whole number that pandas reads as int64 stands as 5, a float64 as 5.0 (also where every value is whole) and below
0.0001 as 8.17e-08, a gap as an empty field; a text with a comma stands in quotes; a line ends with \\n. Polars writes
the same but for numbers below 0.0001, where its exponents have one digit or are spelt out.
"""

import csv
import io
import re

import polars as pl

from credit.features import descriptions
from credit.tables.columns import Column
from credit.tables.schema import TABLES, TARGET

#: The names of the two other files of the published folder.
DESCRIPTION, SUBMISSION = "HomeCredit_columns_description.csv", "sample_submission.csv"
#: The probability that the sample submission gives to every client.
SAMPLE = 0.5
#: From here down pandas writes an exponent.
_EXPONENT_BELOW = 1e-4
#: What the description calls the two application tables, which have the same columns but for TARGET.
_APPLICATIONS = "application_{train|test}.csv"
#: The description is not UTF-8: its apostrophe is byte 0x92.
_APOSTROPHE = "\u2019"
#: Keys and the label, which have no words among the features': the column's name -> what it means.
_KEYS = {
    "SK_ID_CURR": f"Number of the application that is decided on; the client{_APOSTROPHE}s key in all tables",
    "SK_ID_PREV": "Number of an earlier application of the client to this bank",
    "SK_ID_BUREAU": "Number of a loan that the credit bureau knows; made up for these files",
    TARGET: "What is to be predicted: 1 where the client had difficulties to pay, 0 in all other cases",
}


def published(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of a table in order, in types and texts that ``write_csv`` of Polars writes as published."""
    return frame.select(_field(column, frame[column.name]) for column in TABLES[table].columns)


def _field(column: Column, values: pl.Series) -> pl.Series:
    if column.kind == "text":
        return values.cast(pl.String)
    if not column.decimal:
        return values.cast(pl.Int64)
    numbers = values.cast(pl.Float64)
    small = ((numbers.abs() < _EXPONENT_BELOW) & (numbers != 0)).fill_null(False)
    if not small.any():
        return numbers
    return numbers.cast(pl.String).scatter(small.arg_true(), [repr(value) for value in numbers.filter(small)])


def description() -> bytes:
    """HomeCredit_columns_description.csv in words of our own: a row per column, in Windows-1252 as published."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("", "Table", "Row", "Description", "Special"))
    number = 0
    for name, table in TABLES.items():
        if name == "application_test":
            continue
        of = "application" if name == "application_train" else name
        for column in table.columns:
            number += 1
            said, special = _described(of, column)
            rows.writerow((number, _APPLICATIONS if of == "application" else f"{name}.csv", column.name, said, special))
    return text.getvalue().encode("cp1252")


def _described(table: str, column: Column) -> tuple[str, str]:
    if column.name in _KEYS:
        return _KEYS[column.name], "" if column.name == TARGET else "made up"
    known = descriptions.column(table, column.name)
    # The words are those of features, where a text of two values has become 0 and 1.
    said = re.sub(r" \(0 = .*\)$", "", known.en) if column.kind == "text" else known.en
    special = "counted from the application" if known.unit in ("days", "months") else ""
    return said.replace("'", _APOSTROPHE), "normalised" if "normalised" in said else special


def submission(clients: pl.Series) -> bytes:
    """sample_submission.csv: every client of application_test, by SK_ID_CURR, with a probability of one half."""
    return pl.DataFrame({"SK_ID_CURR": clients}).with_columns(pl.lit(SAMPLE).alias(TARGET)).write_csv().encode()
