"""What the pack is made of: lines that answer what a text asks for, and sections with tables."""

from collections.abc import Mapping
from typing import Any

import msgspec

#: What a line is: answered by the product, stated by the bank, without an answer, or not asked of such a system.
STATUSES = ANSWERED, STATED, MISSING, NOT_APPLICABLE = ("answered", "stated", "missing", "not applicable")


class Line(msgspec.Struct, frozen=True):
    """One answer to one question.

    - ``id``: by which a statement of the bank names it, such as 1a.provider
    - ``what``: what is asked for, in words
    - ``annex``: the item of annex IV that asks for it, such as 1a; empty where none does
    - ``guidance``: the topic of SR 26-2 that it belongs to; empty where none
    - ``text``: the answer; empty where it is missing
    - ``source``: file and field, command, setting or page from which it comes
    - ``section``: of the pack, where the details are; empty where the line is all
    - ``status``: one of answered, stated, missing, not applicable
    - ``wanted``: of a missing line, what is wanted and from where
    """

    id: str
    what: str
    annex: str = ""
    guidance: str = ""
    text: str = ""
    source: str = ""
    section: str = ""
    status: str = ANSWERED
    wanted: str = ""


class Table(msgspec.Struct, frozen=True):
    """``title``; ``columns``: headings; ``rows``: texts; ``source``: where they come from. ``numbers``: the positions
    of the columns that hold numbers. ``file``: of the pack, which has all rows where ``rows`` is a part; empty without.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    source: str
    numbers: frozenset[int] = frozenset()
    file: str = ""


class Finding(msgspec.Struct, frozen=True):
    """``matter``; ``figures``: with their 95 % intervals; ``verdict``; ``section``: of the pack, with the details."""

    matter: str
    figures: str
    verdict: str
    section: str


class Picture(msgspec.Struct, frozen=True):
    """``svg``: made here, with no text of a bundle in it. ``reads``: the sentence that reads it. ``source``."""

    svg: str
    reads: str
    source: str


class Section(msgspec.Struct, frozen=True):
    """``id``: by which lines and headings name it. ``notes``: sentences above its tables. ``missing``: what is not
    known and why, each as what is missing and what to do. ``files``: of the pack, name -> bytes. ``markup``: HTML
    that stands below the tables, made from a text of the bundle. ``pictures``: above the tables.
    """

    id: str
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    files: dict[str, bytes] = {}
    markup: str = ""
    pictures: tuple[Picture, ...] = ()


def at(manifest: Mapping[str, Any], *path: str) -> Any:
    """The value of a manifest there; None where there is none, or a number that is not finite.

    >>> at({"model": {"trees": 12}}, "model", "trees"), at({"model": {"trees": 12}}, "data", "clients")
    (12, None)
    """
    found: Any = manifest
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    return None if isinstance(found, float) and (found != found or abs(found) == float("inf")) else found


def figure(value: Any, form: str = ".4g") -> str:
    """A number for a page; a dash for None. A whole number has commas, whatever ``form`` says.

    >>> figure(0.80361), figure(61826), figure(None), figure(0.5, ".1%"), figure(True)
    ('0.8036', '61,826', '-', '50.0%', 'yes')
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return format(value, form) if isinstance(value, float) else str(value)


def plural(count: int, noun: str, several: str = "") -> str:
    """A count with its noun. ``several``: the noun's plural where it is not the noun with an s.

    >>> plural(1, "problem"), plural(1200, "problem"), plural(2, "entry", "entries")
    ('1 problem', '1,200 problems', '2 entries')
    """
    return f"{count:,} {noun if count == 1 else several or f'{noun}s'}"


def with_interval(found: Any, form: str = ".3f") -> str:
    """An estimate with its 95 % interval; a dash for None. ``found``: with low, high and estimate or value."""
    if found is None:
        return "-"
    middle = found.estimate if hasattr(found, "estimate") else found.value
    return f"{middle:{form}} ({found.low:{form}} to {found.high:{form}})"


def csv_bytes(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> bytes:
    """A table as CSV in UTF-8, lines ended by a newline on every system.

    >>> csv_bytes(("a", "b"), (("1", 'say "x", y'),))
    b'a,b\\n1,"say ""x"", y"\\n'
    """
    lines = [",".join(_cell(cell) for cell in row) for row in (columns, *rows)]
    return ("\n".join(lines) + "\n").encode()


def _cell(text: str) -> str:
    # A program of spreadsheets takes a cell that begins so for a formula.
    text = f"'{text}" if text.startswith(("=", "@", "\t", "\r")) else text
    return '"' + text.replace('"', '""') + '"' if any(one in text for one in ',"\n\r') else text
