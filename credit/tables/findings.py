"""A finding: one thing that is wrong or odd about a folder of tables."""

from dataclasses import dataclass
from typing import Literal, get_args

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

#: A code is a kind of one word: "missing-table". docs/codes.md has cause and cure of each, and a test holds it.
CODES: tuple[str, ...] = tuple(kind.replace(" ", "-") for kind in get_args(Kind))

#: What is wrong with a file itself: an error of these kinds is never ignored, for the table cannot be read.
UNREADABLE: frozenset[Kind] = frozenset(
    (
        *("missing folder", "missing table", "two files", "unreadable", "cut short", "ragged", "spaced"),
        *("missing column", "wrong type", "infinite", "missing key"),
    )
)

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

    @property
    def code(self) -> str:
        """The kind as a code."""
        return self.kind.replace(" ", "-")

    @property
    def may_be_ignored(self) -> bool:
        """Whether the table can be used with it."""
        return self.severity != "error" or self.kind not in UNREADABLE
