"""The quality of a folder of tables: what is wrong with it, and what is merely odd.

An **error** makes features wrong; a **note** is a peculiarity that the published data have too and that the features
allow for. What cannot be read, and whatever ``read`` refuses, is an error. A **warning** is what another bank may well
have and a model of its own learns with, or comes from holding tables against a model's training clients
(`credit.monitoring.missing_in_tables`), which is not done here. Beyond that:

| kind | what is counted | an error |
|---|---|---|
| duplicate | a loan's month that comes again; an instalment payment that is there in every field | widespread |
| orphan | rows whose client is in neither application table | widespread |
| orphan | rows whose loan or previous application is not in its table | above a fifth of the rows |
| future | days or months after the application, in columns whose published values lie before it | widespread |
| out of range | numbers outside the published range | widespread [2] |
| unknown value | texts that are none of the published ones | widespread |
| empty table | a history table without rows: nobody would have that history | always |
| empty column | no value at all, where the published column has some | nearly always filled there [1] |
| missing value | missing 10 points more often than in the published data | nearly always filled there [1] |
| label | more than half of the clients defaulted, unless that is what 1 means; one outcome alone | always |
| label | a default rate outside 0.5 to 40 % | never |
| sentinel | 365243 for no date; the texts XNA and XAP | never |

*Widespread*: more than 1 % of the rows, and 10 of them. A file that was doubled, a sign or a unit that was changed, or
words in another language touch far more; the published oddities (an income of 117,000,000, an update up to 372 days
after the application, repeated payments) far less. No published row lacks its client, where both application tables
are there (with one of them alone it is not checked); but a ninth of bureau_balance lack their loan, and some rows of
instalments and cards their previous application. *Nearly always filled*: missing in at most 1 % of the published rows.

[1] Not in application_train: a bank need not collect what another one publishes, and a model of its own learns with the
gaps. There it is a warning, but for the amount of the loan, by which decisions are judged. In application_test it is a
warning where application_train of the folder lacks the column, too.

[2] Where more than half of the loans of application_train lie outside the published range, the bank lends in another
currency: its amounts are a warning, and those of other tables too. The application_test beside it is held against the
range of its amounts, and the applications of a bank whose model is known against that of its training clients. An
amount that is alone in another unit is an error. Days outside, in at most a tenth of the rows, are another bank's
clients, such as those under 21.

Features make future days missing, count unknown texts as none of the known ones, and take numbers as they are.

Not found: rows that are lost at a line's end, in a table to which no other points.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from credit.codes import refuse_unknown
from credit.tables import label
from credit.tables.counting import again, expressions
from credit.tables.file_damage import READER_ERRORS, unreadable
from credit.tables.findings import CODES, Finding
from credit.tables.quality_findings import PUBLISHED, Own, Teller
from credit.tables.reading import open_table, unusable
from credit.tables.row_checks import NO_ROWS
from credit.tables.schema import HISTORIES, TABLES, TARGET


@dataclass(frozen=True)
class Quality:
    """The report: rows of every table that could be read, in published order, and all findings, errors first.

    ``missing``: table -> column -> rows without a value, of the same tables. ``ignored``: code -> how many findings are
    left out, see `without`.
    """

    folder: Path
    rows: dict[str, int]
    findings: tuple[Finding, ...]
    missing: dict[str, dict[str, int]] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)

    def without(self, codes: Collection[str]) -> "Quality":
        """The report without the findings of these codes, which are counted. An error of a file that cannot be read
        stays. Raises ``ValueError`` for a code that no finding has.
        """
        refuse_unknown(codes, CODES, "a finding")
        away = [one for one in self.findings if one.code in codes and one.may_be_ignored]
        counted = Counter([one.code for one in away])
        return replace(
            self,
            findings=tuple(one for one in self.findings if one not in away),
            ignored={code: counted[code] for code in CODES if counted[code]},
        )

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
        if self.ignored:
            each = ", ".join(f"{code} {count}" for code, count in self.ignored.items())
            lines.append(f"{_counted(sum(self.ignored.values()), 'finding')} ignored: {each}")
        said = dict.fromkeys(finding.sentence for finding in (*self.errors, *self.warnings))  # several may share one
        return "\n".join([*lines, *(f"  - {sentence}" for sentence in said)])

    @property
    def _verdict(self) -> str:
        return "features would be wrong; mend the files:" if self.errors else "the tables can be used"

    def json(self) -> str:
        """The report for programs: folder, usable, numbers by severity, rows by table, findings with their fields and
        codes, and how many of which code are ignored.
        """
        report = {
            "folder": str(self.folder),
            "usable": not self.errors,
            "errors": len(self.errors),
            "warnings": len(self.warnings),
            "notes": len(self.notes),
            "rows": self.rows,
            "findings": [{**asdict(finding), "code": finding.code} for finding in self.findings],
            "ignored": self.ignored,
        }
        return json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)


def quality(
    folder: str | Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    names: Sequence[str] = tuple(TABLES),
    label_one_means: str | None = None,
    own: Own = PUBLISHED,
) -> Quality:
    """Check a folder of the eight tables. Nothing is written, and what is wrong is reported, not raised.

    ``folder``: in which the tables are. ``names``: the tables to judge, where not all are needed. ``label_one_means``:
    see ``credit.tables.label``. ``own``: the ways of the bank as a model of its clients knows them; application_train
    says more where it is judged.

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
    train = "application_train"
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
                rows[name], counted, found = _judged(name, files[name], tables, own)
                names_there = [column for column in TABLES[name].names if f"{column} missing" in counted]
                missing[name] = {column: counted[f"{column} missing"] for column in names_there}
                findings += found
                if name == train:
                    own = Own.of(counted, [one for one in found if one.severity == "warning"], own) if counted else own
                    findings += _labels(files[name], tables[name], label_one_means)
            except READER_ERRORS as error:
                findings.append(unreadable(files[name], name, error))
        progress(number, steps)
    order = {name: number for number, name in enumerate(TABLES)}
    findings.sort(key=lambda one: (one.severity != "error", order.get(one.table or "", -1)))
    return Quality(folder, rows, tuple(findings), missing)


def odd_values(tables: Mapping[str, pl.LazyFrame], own: Own = PUBLISHED) -> list[Finding]:
    """What `quality` calls an error of the values of tables that were read: texts that are not published, numbers
    outside the ranges, days in the future, each in more rows than chance would have it.

    ``tables``: published name -> frame, as ``read`` gives it. ``own``: the ways of the bank whose they are.
    The sentences quote no value, so that they may be kept.
    """
    found: list[Finding] = []
    queries = [frame.select(pl.len().alias("rows"), *expressions(name, own.amounts)) for name, frame in tables.items()]
    for name, result in zip(tables, pl.collect_all(queries, engine="streaming"), strict=True):
        counted = result.row(0, named=True)
        if counted["rows"]:
            say = Teller(name, name, counted["rows"], examples=False, own=own)
            kinds = ("unknown value", "out of range", "future")
            found += (one for one in say.columns(counted) if one.kind in kinds and one.severity == "error")
    return found


def _labels(path: Path, table: pl.LazyFrame, one_means: str | None) -> Iterator[Finding]:
    counted = label.with_meaning(table, one_means).select(pl.len().alias("clients"), pl.col(TARGET).sum())
    clients, defaults = counted.collect(engine="streaming").row(0)
    yield from label.findings(path.name, clients, defaults, one_means) if clients else ()


def _judged(
    name: str, path: Path, tables: dict[str, pl.LazyFrame], own: Own
) -> tuple[int, dict[str, Any], list[Finding]]:
    """The rows of a table, what was counted in it (nothing where it has no rows), and the findings."""
    table = tables[name]
    keys = list(_keys(name))
    known = {key: parents for key, parents in keys if all(parent in tables for parent in parents)}
    queries = [table.select(pl.len().alias("rows"), *again(name), *expressions(name, own.amounts))]
    for key, parents in known.items():
        parent = pl.concat([tables[one].select(key) for one in parents]).unique()
        orphans = table.select(key).join(parent, on=key, how="semi" if name == "application_test" else "anti")
        queries.append(orphans.select(pl.len().alias("rows"), pl.col(key).first()))
    counted, *orphaned = (frame.row(0, named=True) for frame in pl.collect_all(queries, engine="streaming"))
    rows = counted["rows"]
    if rows == 0:
        return 0, {}, [Finding("empty table", f"{path.name}: {NO_ROWS}", name, rows=0)]
    say = Teller(name, path.name, rows, own=own)
    found = [*say.duplicates(counted), *say.columns(counted)]
    for key, orphan in zip(known, orphaned, strict=True):
        found += say.orphans(key, known[key], orphan["rows"], orphan[key])
    for key, parents in keys:
        if key not in known:
            lacking = " and ".join(parent for parent in parents if parent not in tables)
            sentence = f"{path.name}: whether its {key} are known was not checked, for want of {lacking}"
            found.append(Finding("not checked", sentence, name, key, severity="note"))
    return rows, counted, found


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
