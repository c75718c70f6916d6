"""A finding: one thing that is wrong or odd about a folder of tables."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "missing folder",
    "missing table",
    "two files",
    "unreadable",
    "cut short",
    "ragged",
    "spaced",
    "missing column",
    "wrong type",
    "infinite",
    "missing key",
    "missing value",
    "empty table",
    "empty column",
    "duplicate",
    "orphan",
    "future",
    "out of range",
    "unknown value",
    "sentinel",
    "other form",
    "label",
    "not checked",
]

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """What was found, where, how often.

    ``sentence``: file, rule, value and, for an error, the next step. ``table``: a published table name; None for the
    folder itself. ``column``: None where it is about whole rows or the whole table. ``rows``: how many rows have it;
    None where rows cannot be counted. ``share``: ``rows`` over the rows of the table, in [0, 1]. ``example``: one such
    value. ``severity``: ``error`` makes features wrong; a ``warning`` is what a model was not trained for, and somebody
    should be asked about; a ``note`` is a peculiarity that the features allow for.
    """

    kind: Kind
    sentence: str
    table: str | None = None
    column: str | None = None
    rows: int | None = None
    share: float | None = None
    example: str | int | float | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        return self.sentence
