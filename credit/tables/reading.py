"""Read a folder of Home Credit tables, CSV or Parquet, and say all that is wrong with it before any work starts."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from credit.program import PROGRAM
from credit.tables import csv_files, row_checks
from credit.tables.column_names import matched
from credit.tables.columns import Table
from credit.tables.file_damage import READER_ERRORS, unreadable
from credit.tables.findings import Finding
from credit.tables.row_checks import WANTED
from credit.tables.schema import TABLES, TARGET
from credit.tables.table_files import Source, locate, places, whole_folder
from credit.tables.value_forms import cast_of_type, of_type
from credit.tables.write_protection import TRUTH

#: What helps a bank that does not have all tables.
SOME_TABLES = "A bank without some of the tables names those it has to check, features and train: --tables application"

#: Types that DuckDB and Spark read from Parquet as Polars does. Unsigned 64 bits, 128 bits and 16-bit floats are not.
_PLAIN_TYPES = (
    *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32),
    *(pl.Float32, pl.Float64, pl.String, pl.Boolean),
)


class TablesWarning(UserWarning):
    """A folder can be used, but what comes of it is hardly what is wanted."""


class TablesError(ValueError):
    """A folder cannot be used.

    ``findings``: each thing that is wrong with it. ``problems``: one sentence for each.
    """

    def __init__(self, folder: Path, findings: Sequence[Finding]):
        self.findings = tuple(findings)
        self.problems = [finding.sentence for finding in findings]
        listed = "\n".join(f"  - {problem}" for problem in self.problems)
        many = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        some = "" if all(finding.kind != "missing table" for finding in findings) else f"{SOME_TABLES}\n"
        super().__init__(
            f"{folder} is not a usable folder of Home Credit tables ({many}):\n{listed}\n{some}"
            f"Mend the files, or make a simulated bank: {PROGRAM} simulate --out data/bank"
        )


@dataclass(frozen=True)
class Opened:
    """A table as it was opened, and what is wrong or odd about it.

    ``frame``: columns of the schema in its order and types, null for a gap; None after an error. ``source``: its files,
    None where there are none. ``plain``: every engine reads these files alike, without what Polars does to them here.
    """

    frame: pl.LazyFrame | None
    findings: tuple[Finding, ...]
    source: Source | None = None
    plain: bool = False

    @property
    def usable(self) -> pl.LazyFrame:
        """The frame of a table without errors. Raises ``ValueError`` where there are some."""
        if self.frame is None:
            raise ValueError(" ".join(finding.sentence for finding in self.findings))
        return self.frame


def read(folder: str | Path, names: Iterable[str] = tuple(TABLES)) -> dict[str, pl.LazyFrame]:
    """Open the named tables of a folder: ``NAME.csv``, ``NAME.parquet``, or a folder of such parts (see ``sources``).

    ``names``: published table names (see ``TABLES``). Returns a dict of lazy frames whose columns are those of the
    schema, in its order and types, with NaN turned into null. Values are taken in every form that loses nothing (see
    ``forms``). Columns that the schema does not know are left out.

    A CSV file is parsed once in full here, so that a text in a number column is known now and not after an hour.

    Raises ``TablesError``, naming every missing table, missing column, value without a lossless form, infinite number,
    row with another number of fields, missing or repeated key at once. Warns (``TablesWarning``) of a history without
    rows and of forms that differ from the published one. Much else may be wrong with the rows: ``quality`` looks at
    it, and takes longer.
    """
    return {name: opened.frame for name, opened in open_tables(folder, names).items() if opened.frame is not None}


def open_tables(folder: str | Path, names: Iterable[str] = tuple(TABLES)) -> dict[str, Opened]:
    """As ``read``, and what is known of each file."""
    folder, names = Path(folder), tuple(names)
    if cause := unusable(folder, names):
        raise TablesError(folder, [cause])
    opened = {name: open_table(folder, TABLES[name]) for name in names}
    findings = [finding for one in opened.values() for finding in one.findings]
    if errors := [finding for finding in findings if finding.severity == "error"]:
        raise TablesError(folder, errors)
    for finding in findings:
        warnings.warn(finding.sentence, TablesWarning, stacklevel=3)
    return opened


def unusable(folder: Path, names: tuple[str, ...] = tuple(TABLES)) -> Finding | None:
    """The one cause for which nothing of a folder can be read: it is not there, it is a file, the tables are packed."""
    if not folder.is_dir():
        what = "does not exist"
        if folder.exists():
            what = "is a file" if folder.suffix != ".zip" else f"is a zip archive; unpack it: unzip {folder} -d tables"
        sentence = f"the folder {what}; give the folder that holds application_train.csv"
        return Finding("missing folder", sentence)
    return whole_folder(folder, names)


def open_table(folder: Path, wanted: Table) -> Opened:
    """One table of a folder, as ``read`` opens it, and what is wrong with it."""
    source = locate(folder, wanted.name)
    if isinstance(source, Finding):
        return Opened(None, (source,))
    try:
        opened = (_open_parquet if source.format == "parquet" else _open_csv)(source, wanted)
    except READER_ERRORS as error:
        opened = Opened(None, (unreadable(source.path, wanted.name, error),), source)
    failed = any(finding.severity == "error" for finding in opened.findings)
    return replace(opened, frame=None) if failed else opened


def open_truth(folder: Path) -> Opened | None:
    """The true probabilities of a simulated bank, looked through as its tables are; None of a real one.

    Raises ``TablesError`` where the file cannot be read.
    """
    if not places(folder, TRUTH.name):
        return None
    truth = open_table(folder, TRUTH)
    if truth.findings:
        raise TablesError(folder, truth.findings)
    return truth


def _open_parquet(source: Source, table: Table) -> Opened:
    schemas: dict[str, pl.Schema] = {}
    for part in source.parts:
        try:
            schema = pl.scan_parquet(part.path, hive_partitioning=False).collect_schema()
        except READER_ERRORS as error:
            return Opened(None, (unreadable(part.path, table.name, error),), source)
        given = {name: pl.String() for name, _ in part.values if name not in schema}
        schemas[source.name_of(part)] = pl.Schema({**schema, **given})
    found = [matched(where, table, list(schema)) for where, schema in schemas.items()]
    findings = [finding for _, some in found for finding in some]
    if any(finding.severity == "error" for finding in findings):
        return Opened(None, tuple(findings[:1] if len(schemas) > 1 else findings), source)
    raw, schema = _whole_parquet(source, [names for names, _ in found], list(schemas.values()))
    names = found[0][0] if list(schema) == list(next(iter(schemas.values()))) else {name: name for name in table.names}
    kinds = (*schema.values(), *(kind for one in schemas.values() for kind in one.values()))
    alike = all(one == schemas[next(iter(schemas))] for one in schemas.values())
    # Of parts whose types differ DuckDB takes the first one's for all, and rounds or refuses the values of the others.
    same_names = all(name == actual for name, actual in names.items())
    once = len({name.strip().lower() for name in schema}) == len(schema)
    plain = (same_names and once and alike) and (
        all(type(kind) in _PLAIN_TYPES for kind in kinds) and not any(part.values for part in source.parts)
    )
    return _judged(source, table, raw, dict(schema), names, findings[: len(found[0][1])], plain)


def _whole_parquet(
    source: Source, names: Sequence[Mapping[str, str]], schemas: Sequence[pl.Schema]
) -> tuple[pl.LazyFrame, pl.Schema]:
    """All parts as one frame: at once where they are alike, else under the published names and in the widest types."""
    if all(schema == schemas[0] for schema in schemas) and not any(part.values for part in source.parts):
        return pl.scan_parquet(source.files, hive_partitioning=False), schemas[0]
    frames = []
    for part, known in zip(source.parts, names, strict=True):
        frame = pl.scan_parquet(part.path, hive_partitioning=False)
        present = frame.collect_schema()
        frame = frame.with_columns(
            pl.lit(text, pl.String).alias(name) for name, text in part.values if name not in present
        )
        frames.append(frame.select(pl.col(actual).alias(name) for name, actual in known.items()))
    whole = pl.concat(frames, how="vertical_relaxed")
    return whole, whole.collect_schema()


def _open_csv(source: Source, table: Table) -> Opened:
    damage = csv_files.damaged(source)
    if damage is not None and damage.kind != "cut short":
        return Opened(None, (damage,), source)
    headers = {source.name_of(part): csv_files.header(part.path) for part in source.parts}
    first = next(iter(headers.values()))
    for where, other in headers.items():
        if other != first:
            sentence = (
                f"{where}: its header differs from that of {next(iter(headers))}; write all parts with one header"
            )
            return Opened(None, (Finding("missing column", sentence, table.name),), source)
    names, findings = matched(source.path.name, table, first)
    if damage is not None and not any(finding.severity == "error" for finding in findings):
        findings.append(damage)
    if any(finding.severity == "error" for finding in findings):
        return Opened(None, tuple(findings), source)
    columns = {names[column.name]: column for column in table.columns}
    kinds: dict[str, pl.DataType] = {name: csv_files.fast_type(column) for name, column in columns.items()}
    once = len({name.strip().lower() for name in first}) == len(first)
    plain = once and all(name == actual for name, actual in names.items())
    # Read as an enumeration, a text that is not published is an error, and the others cost half of a look at each.
    texts = {name: pl.Enum(column.values) for name, column in columns.items() if column.kind == "text"}
    published = _scan(source, {**kinds, **texts})
    try:
        return _judged(source, table, _scan(source, kinds), kinds, names, findings, plain, len(first), published)
    except READER_ERRORS:
        rows = csv_files.as_texts(source).select(pl.len()).collect(engine="streaming").item()
        if cut := csv_files.cut_wrong(source, len(first), rows):
            return Opened(None, (cut,), source)
        slow = csv_files.not_fast(source, columns)
        kinds |= dict.fromkeys(slow, pl.String())
        return _judged(source, table, _scan(source, kinds), kinds, names, findings, plain and not slow, len(first))


def _scan(source: Source, kinds: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    return pl.scan_csv(source.files, schema_overrides=dict(kinds), infer_schema=False)


def _judged(
    source: Source,
    table: Table,
    raw: pl.LazyFrame,
    kinds: Mapping[str, pl.DataType],
    names: Mapping[str, str],
    findings: Sequence[Finding],
    plain: bool,
    width: int = 0,
    published: pl.LazyFrame | None = None,
) -> Opened:
    """The table in its types, where every value has a form that loses nothing and every row is whole.

    ``raw``: the files' own columns, of the types ``kinds``. ``names``: published name -> name in the files. ``width``:
    of a CSV file, the number of its columns. ``published``: the same as ``raw``, but an error where a text is not
    published.
    """
    file = source.path.name
    of_csv = source.format == "csv"
    forms = {
        column.name: of_type(column, kinds[names[column.name]], names[column.name], of_csv=of_csv)
        for column in table.columns
    }
    wrong = [
        Finding(
            "wrong type",
            f"{file}: column {name} has type {kinds[names[name]]}, {WANTED[table[name].kind]} wanted; "
            f"{cast_of_type(table[name], kinds[names[name]])}",
            table.name,
            name,
        )
        for name, form in forms.items()
        if form is None
    ]
    if wrong:
        return Opened(None, (*findings, *wrong), source)
    taken = [form for form in forms.values() if form is not None]
    if published is not None:
        taken = [replace(form, unlisted=None) for form in taken]
    counts = row_checks.counts(table, raw if published is None else published, taken, names, every=of_csv)
    rows = counts["rows"]
    if of_csv and (cut := csv_files.cut_wrong(source, width, rows)):
        return Opened(None, (cut,), source)
    wrong = [
        *row_checks.lossy(source, table, raw, taken, names, counts),
        *row_checks.wrong_rows(file, table, counts, kinds, names),
    ]
    taken, spelled = row_checks.spelled(raw, taken, counts)
    seen = row_checks.seen(taken, counts, spelled)
    frame = raw.select(form.values for form in taken)
    if not wrong and TARGET in table.names:
        wrong = list(row_checks.wrong_labels(file, table, frame, rows))
    sheet = csv_files.ends_as_a_sheet(source, rows)
    notes = [*row_checks.notes(file, table, seen), *([sheet] if sheet else [])]
    # DuckDB and Spark take texts in other spellings as they are, and read NaN in a CSV file in their own ways.
    plain = plain and not seen
    return Opened(frame, (*findings, *wrong, *notes), source, plain)
