"""The quality of a folder of tables: what is wrong with it, and what is merely odd.

An **error** makes features wrong; a **note** is a peculiarity that the published data have too and that the features
allow for. What cannot be read, and whatever ``read`` refuses, is an error. A **warning** comes from holding tables
against a model's training clients (`credit.monitoring.missing_in_tables`), which is not done here. Beyond that:

| kind | what is counted | an error |
|---|---|---|
| duplicate | a loan's month that comes again; an instalment payment that is there in every field | widespread |
| orphan | rows whose client is in neither application table | widespread |
| orphan | rows whose loan or previous application is not in its table | above a fifth of the rows |
| future | days or months after the application, in columns whose published values lie before it | widespread |
| out of range | numbers outside the published range | widespread |
| unknown value | texts that are none of the published ones | widespread |
| empty table | a history table without rows: nobody would have that history | always |
| empty column | no value at all, where the published column has some | nearly always filled in the published data |
| missing value | missing 10 points more often than in the published data | nearly always filled in the published data |
| label | more than half of the clients defaulted, unless that is what 1 means; one outcome alone | always |
| label | a default rate outside 0.5 to 40 % | never |
| sentinel | 365243 for no date; the texts XNA and XAP | never |

*Widespread*: more than 1 % of the rows, and 10 of them. A file that was doubled, a sign or a unit that was changed, or
words in another language touch far more; the published oddities (an income of 117,000,000, an update up to 372 days
after the application, repeated payments) far less. No published row lacks its client, where both application tables
are there (with one of them alone it is not checked); but a ninth of bureau_balance lack their loan, and some rows of
instalments and cards their previous application. *Nearly always filled*: missing in at most 1 % of the published rows.

Features make future days missing, count unknown texts as none of the known ones, and take numbers as they are.

Not found: rows that are lost at a line's end, in a table to which no other points.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from credit.tables import label
from credit.tables.columns import Column
from credit.tables.counting import NOT_AVAILABLE, RANGES, WHAT, again, expressions, published_name
from credit.tables.file_damage import READER_ERRORS, unreadable
from credit.tables.findings import Finding, Kind, Severity
from credit.tables.reading import open_table, unusable
from credit.tables.row_checks import NO_ROWS
from credit.tables.schema import HISTORIES, NO_DATE, TABLES, TARGET

#: Share of rows above which an oddity is no longer one of the published data, and the rows that it takes at least.
WIDESPREAD, AT_LEAST = 0.01, 10

#: Share of rows whose loan or previous application is nowhere, above which a table was cut short or is another bank's.
LOST = 0.2

#: In columns missing in at most this share of the published rows, lack of values is an error; elsewhere a note.
_NEARLY_ALWAYS_FILLED = 0.01

#: Points of the missing share beyond the published one that are told; and how many rows it takes to tell.
_MORE_MISSING, _ENOUGH_ROWS = 0.1, 100


@dataclass(frozen=True)
class Quality:
    """The report: rows of every table that could be read, in published order, and all findings, errors first.

    ``missing``: table -> column -> rows without a value, of the same tables.
    """

    folder: Path
    rows: dict[str, int]
    findings: tuple[Finding, ...]
    missing: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What makes features wrong."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What a model was not trained for."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What the features allow for."""
        return tuple(finding for finding in self.findings if finding.severity == "note")

    def __str__(self) -> str:
        """The report for people: rows of every table, all findings in columns, and what to do about the errors."""
        lines = [f"{name:22} {rows:>12,} rows" for name, rows in self.rows.items()]
        if self.findings:
            lines += ["", *_aligned([_HEADER, *(_cells(finding) for finding in self.findings)])]
        numbers = [_counted(len(self.errors), "error"), _counted(len(self.notes), "note")]
        if self.warnings:
            numbers.insert(1, _counted(len(self.warnings), "warning"))
        lines += ["", f"{', '.join(numbers)}: {self._verdict}"]
        return "\n".join([*lines, *(f"  - {finding.sentence}" for finding in (*self.errors, *self.warnings))])

    @property
    def _verdict(self) -> str:
        return "features would be wrong; mend the files:" if self.errors else "the tables can be used"

    def json(self) -> str:
        """The report for programs: folder, usable, numbers by severity, rows by table, findings with their fields."""
        report = {
            "folder": str(self.folder),
            "usable": not self.errors,
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "notes": len(self.notes),
            "rows": self.rows,
            "findings": [asdict(finding) for finding in self.findings],
        }
        return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)


def quality(
    folder: str | Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    names: Sequence[str] = tuple(TABLES),
    label_one_means: str | None = None,
) -> Quality:
    """Check a folder of the eight tables. Nothing is written, and what is wrong is reported, not raised.

    ``names``: the tables to judge, where not all are needed. ``label_one_means``: see ``credit.tables.label``.

    ``progress``: called with the number of steps that are done, and of all: each table is opened, as ``read`` does,
    then judged in one streaming query. A table that cannot be read is told, and the others are judged nonetheless.
    """
    folder = Path(folder)
    if cause := unusable(folder, tuple(names)):
        return Quality(folder, {}, (cause,))
    tables: dict[str, pl.LazyFrame] = {}
    files: dict[str, Path] = {}
    rows: dict[str, int] = {}
    missing: dict[str, dict[str, int]] = {}
    findings: list[Finding] = []
    steps = 2 * len(names)
    for number, name in enumerate(names, 1):
        opened = open_table(folder, TABLES[name])
        findings += (finding for finding in opened.findings if finding.kind != "empty table" or opened.frame is None)
        if opened.frame is not None and opened.source is not None:
            tables[name], files[name] = opened.frame, opened.source.path
        progress(number, steps)
    for number, name in enumerate(names, len(names) + 1):
        if name in tables:
            try:
                rows[name], missing[name], found = _judged(name, files[name], tables)
                findings += found
                if name == "application_train":
                    findings += _labels(files[name], tables[name], label_one_means)
            except READER_ERRORS as error:
                findings.append(unreadable(files[name], name, error))
        progress(number, steps)
    order = {name: number for number, name in enumerate(TABLES)}
    findings.sort(key=lambda one: (one.severity != "error", order.get(one.table or "", -1)))
    return Quality(folder, rows, tuple(findings), missing)


def odd_values(tables: Mapping[str, pl.LazyFrame]) -> list[Finding]:
    """What `quality` calls an error of the values of tables that were read: texts that are not published, numbers
    outside the ranges, days in the future, each in more rows than chance would have it.

    ``tables``: published name -> frame, as ``read`` gives it. The sentences quote no value, so that they may be kept.
    """
    found: list[Finding] = []
    queries = [frame.select(pl.len().alias("rows"), *expressions(name)) for name, frame in tables.items()]
    for name, result in zip(tables, pl.collect_all(queries, engine="streaming"), strict=True):
        counted = result.row(0, named=True)
        if counted["rows"]:
            say = _Teller(name, name, counted["rows"], examples=False)
            kinds = ("unknown value", "out of range", "future")
            found += (one for one in say.columns(counted) if one.kind in kinds and one.severity == "error")
    return found


def _labels(path: Path, table: pl.LazyFrame, one_means: str | None) -> Iterator[Finding]:
    counted = label.with_meaning(table, one_means).select(pl.len().alias("clients"), pl.col(TARGET).sum())
    clients, defaults = counted.collect(engine="streaming").row(0)
    yield from label.findings(path.name, clients, defaults, one_means) if clients else ()


def _judged(name: str, path: Path, tables: dict[str, pl.LazyFrame]) -> tuple[int, dict[str, int], list[Finding]]:
    table = tables[name]
    keys = list(_keys(name))
    known = {key: parents for key, parents in keys if all(parent in tables for parent in parents)}
    queries = [table.select(pl.len().alias("rows"), *again(name), *expressions(name))]
    for key, parents in known.items():
        parent = pl.concat([tables[one].select(key) for one in parents]).unique()
        orphans = table.select(key).join(parent, on=key, how="semi" if name == "application_test" else "anti")
        queries.append(orphans.select(pl.len().alias("rows"), pl.col(key).first()))
    counted, *orphaned = (frame.row(0, named=True) for frame in pl.collect_all(queries, engine="streaming"))
    rows = counted["rows"]
    if rows == 0:
        return 0, {}, [Finding("empty table", f"{path.name}: {NO_ROWS}", name, rows=0)]
    say = _Teller(name, path.name, rows)
    found = [*say.duplicates(counted), *say.columns(counted)]
    for key, orphan in zip(known, orphaned, strict=True):
        found += say.orphans(key, known[key], orphan["rows"], orphan[key])
    for key, parents in keys:
        if key not in known:
            lacking = " and ".join(parent for parent in parents if parent not in tables)
            sentence = f"{path.name}: whether its {key} are known was not checked, for want of {lacking}"
            found.append(Finding("not checked", sentence, name, key, severity="note"))
    missing = {column: counted[f"{column} missing"] for column in TABLES[name].names if f"{column} missing" in counted}
    return rows, missing, found


def _keys(name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The keys of a table that point at others, with the tables that together should have them.

    Of application_test the published clients are not in application_train.
    """
    if name == "application_test":
        yield "SK_ID_CURR", ("application_train",)
    elif name == "bureau_balance":
        yield "SK_ID_BUREAU", ("bureau",)
    elif name in HISTORIES:
        yield "SK_ID_CURR", ("application_train", "application_test")
        if name not in ("bureau", "previous_application"):
            yield "SK_ID_PREV", ("previous_application",)


@dataclass(frozen=True)
class _Teller:
    """Turns the counts of one table into findings."""

    table: str
    file: str
    rows: int
    examples: bool = True

    def duplicates(self, counted: dict[str, Any]) -> Iterator[Finding]:
        if "different" in counted:
            again = self.rows - counted["different"]
            of = "row" if self.table == "installments_payments" else "month of a loan"
            yield from self._odd("duplicate", None, again, f"repeat a {of} that is there", "keep one row each")

    def orphans(self, key: str, parents: tuple[str, ...], rows: int, example: int | None) -> Iterator[Finding]:
        if rows == 0:
            return
        of = " or ".join(parents)
        if self.table == "application_test":
            told = f"have an {key} that {of} has too: their outcome is known already"
            yield self._finding("duplicate", key, rows, told, "keep each client in one of the tables", "note", example)
            return
        told = f"have an {key} that is not in {of}"
        step = f"was {of} cut short? Are the files of one bank and one date?"
        if key == "SK_ID_CURR":
            yield from self._odd("orphan", key, rows, told, step, example)
        else:
            severity: Severity = "error" if rows > LOST * self.rows else "note"
            yield self._finding("orphan", key, rows, told, step, severity, example)

    def columns(self, counted: dict[str, Any]) -> Iterator[Finding]:
        published = RANGES[published_name(self.table)]
        for column in TABLES[self.table].columns:
            if column.name in published:
                counts = {what: counted[f"{column.name} {what}"] for what in WHAT if f"{column.name} {what}" in counted}
                yield from self._missing(column, counts["missing"], published[column.name]["missing"])
                if column.kind == "text":
                    yield from self._texts(column, counts)
                else:
                    yield from self._numbers(column, counts, published[column.name])

    def _missing(self, column: Column, missing: int, published: float) -> Iterator[Finding]:
        severity: Severity = "error" if published <= _NEARLY_ALWAYS_FILLED else "note"
        told = f"have no {column.name}, against {published:.1%} of the published rows"
        if missing < _ENOUGH_ROWS or missing / self.rows <= published + _MORE_MISSING:
            if missing < self.rows:
                return
            severity = "note"
        kind: Kind = "empty column" if missing == self.rows else "missing value"
        yield self._finding(kind, column.name, missing, told, "was it lost in the export?", severity)

    def _texts(self, column: Column, counts: dict[str, Any]) -> Iterator[Finding]:
        told, step = "hold none of the published values", "they count as none of them; give the published spelling"
        yield from self._odd("unknown value", column.name, counts["unknown"], told, step, counts["example"])
        for text in NOT_AVAILABLE:
            if counts.get(text):
                told = f"hold {text}, which stands for not available or not applicable"
                yield self._finding("sentinel", column.name, counts[text], told, "", "note", text)

    def _numbers(self, column: Column, counts: dict[str, Any], published: dict[str, float]) -> Iterator[Finding]:
        least, most = published["min"], published["max"]
        if counts.get(str(NO_DATE)):
            told = f"hold {NO_DATE}, which stands for no date"
            yield self._finding("sentinel", column.name, counts[str(NO_DATE)], told, "", "note", NO_DATE)
        above, future = counts["above"], counts.get("future", 0)
        if future:
            told, step = "lie after the application, where published values lie before it", "days of the past are <= 0"
            yield from self._odd("future", column.name, future, told, step, counts["most"])
            above -= future  # each row is told once
        told = f"lie outside the published {least:,} to {most:,}"
        example = counts["most"] if above and not future else counts["least"] if counts["below"] else None
        yield from self._odd("out of range", column.name, counts["below"] + above, told, "is the unit right?", example)

    def _odd(
        self, kind: Kind, column: str | None, rows: int, told: str, step: str, example: Any = None
    ) -> Iterator[Finding]:
        """A finding that single rows of the published data have too: an error where it is widespread."""
        if rows:
            widespread = rows > WIDESPREAD * self.rows and rows >= AT_LEAST
            yield self._finding(kind, column, rows, told, step, "error" if widespread else "note", example)

    def _finding(
        self, kind: Kind, column: str | None, rows: int, told: str, step: str, severity: Severity, example: Any = None
    ) -> Finding:
        where = f"{column}: " if column else ""
        quoted = self.examples and example is not None and kind != "sentinel"
        shown = f", {example!r} for one" if quoted else ""
        sentence = f"{self.file}: {where}{rows:,} of {self.rows:,} rows {told}{shown}{'; ' if step else ''}{step}"
        return Finding(kind, sentence, self.table, column, rows, rows / self.rows, example, severity)


#: As much of an example is shown in the table, characters.
_EXAMPLE = 40

_HEADER = ("severity", "table", "column", "kind", "rows", "share", "example")


def _cells(finding: Finding) -> tuple[str, ...]:
    rows = "" if finding.rows is None else f"{finding.rows:,}"
    share = "" if finding.share is None else f"{finding.share:.4%}"
    example = "" if finding.example is None else str(finding.example)
    if isinstance(finding.example, float):
        example = f"{finding.example:.10g}"
    return (finding.severity, finding.table or "", finding.column or "", finding.kind, rows, share, example[:_EXAMPLE])


def _aligned(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for row in rows:
        cells = (
            cell.rjust(width) if name in ("rows", "share") else cell.ljust(width)
            for name, cell, width in zip(_HEADER, row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
