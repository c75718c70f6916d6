"""The same features on three engines: Polars on one machine, DuckDB on one machine, PySpark on many.

The expressions are those of ``credit.features.batch`` throughout. What an engine adds is how it opens a folder of
tables and how it writes what comes out. Whatever the engine, ``credit.tables.read`` looks the folder through first, so
that the same sentences tell what is wrong with it; then the engine opens the same files itself, with the names, order
and types of the schema and with null for NaN. Files that engines read in different ways (words for gaps, flags as
words, folders by a column) are first written as plain Parquet by Polars, beside the output.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import narwhals.stable.v2 as nw
import polars as pl

from credit.features import COLUMNS, build
from credit.features.needed_tables import histories_of
from credit.files.output import check_place, form_of, write_then_rename
from credit.tables import TABLES, TARGET, Table, label, refuse_overwrite
from credit.tables.csv_files import header, is_read_alike, text_kind, unique_names
from credit.tables.reading import Opened, open_tables, open_truth
from credit.tables.write_protection import TRUTH

#: Clients in each file of a folder that Polars writes: some 300 MB in memory.
CLIENTS_A_FILE = 50_000

#: What a folder of features says of the tables that they were made from.
ABOUT = "tables.json"


class EngineError(ValueError):
    """An engine is not installed, or could not do its work; the text says what to do."""


@dataclass(frozen=True)
class Engine:
    """How an engine opens the files of a table of the schema, and how it writes a frame.

    ``open(opened, table, scratch)``: ``scratch`` is a folder for tables that it would read otherwise than Polars does.
    ``write(frame, path, form)``: ``form`` is parquet or csv for one file, folder for a folder of Parquet files.
    """

    open: Callable[[Opened, Table, Path], Any]
    write: Callable[[Any, Path, str], None]


def write(
    folder: str | Path,
    out: str | Path,
    engine: str = "polars",
    application: str = "application_train",
    target: bool = False,
    master: str = "local[*]",
    columns: Sequence[str] = COLUMNS,
    label_one_means: str | None = None,
    about: Mapping[str, object] | None = None,
) -> tuple[int, int]:
    """Make the features of every client of a folder of tables; returns the number of clients and of features.

    ``folder``: of the tables. ``application``: the table whose clients get features; application_train alone has a
    target. ``out``: a file that ends in .parquet or .csv, or, where it ends in / or has no ending, a new folder of
    Parquet files. Either is written beside its place and then renamed; a table of the folder is never replaced.
    ``engine``: one of ``ENGINES``; ``master``: Spark's. ``target``: after SK_ID_CURR comes TARGET and, where the bank
    is simulated, PROBABILITY_OF_DEFAULT (the truth): what training from this file wants. ``columns``: as for
    ``credit.features.batch``; only the tables that they are made from are read. ``label_one_means``: see
    ``credit.tables.label``, and for ``target`` alone. ``about``: what a training on a folder of features has to know of
    the tables, written beside its files as `ABOUT`.

    Raises ``TablesError`` for a folder that cannot be used, ``LabelError`` for a label that seems turned round,
    ``ValueError`` for an ``out`` or a ``target`` that cannot be, ``EngineError`` where the engine is not installed or
    fails.
    """
    form = form_of(str(out))
    folder, out = Path(folder), Path(out)
    if target and application != "application_train":
        raise ValueError(f"{application} has no {TARGET}; leave out --target, or use --application application_train")
    check_place(out, form)
    refuse_overwrite(folder, out)
    if label_one_means is not None and not target:
        raise ValueError("--label-one-means is of the label, which --target adds; add --target, or leave it out")
    opened = open_tables(folder, (application, *histories_of(columns)))
    if target:
        applications = label.with_meaning(opened[application].usable, label_one_means)
        label.check(applications.select(TARGET).collect(engine="streaming")[TARGET], label_one_means)
    if target and (truth := open_truth(folder)):
        opened[TRUTH.name] = truth
    with _ENGINES[engine](master) as chosen, write_then_rename(out) as place:
        scratch = place.with_name(f"{place.name}.tables")
        scratch.mkdir()
        tables = {name: chosen.open(one, TABLES.get(name, TRUTH), scratch) for name, one in opened.items()}
        known = tables.pop(TRUTH.name, None)
        made = build(tables, application, columns)
        if target:
            made = _with_target(made, tables[application], known, columns, label_one_means == "repaid")
        chosen.write(made, place, form)
        if form == "folder" and about is not None:
            (place / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about)) + b"\n")
    scan = pl.scan_csv(out) if form == "csv" else pl.scan_parquet(out / "*.parquet" if form == "folder" else out)
    return scan.select(pl.len()).collect().item(), len(columns)


def _files(opened: Opened, name: str, scratch: Path) -> list[Path]:
    """The files of a table that every engine reads alike: its own where they are plain, else written by Polars.

    So what is taken as what (see ``credit.tables.value_forms``) is decided once and not by each engine.
    """
    if opened.plain and opened.source is not None:
        files = opened.source.files
        if opened.source.format == "parquet" or all(map(is_read_alike, files)):
            return files
    place = scratch / f"{name}.parquet"
    opened.usable.sink_parquet(place)
    return [place]


def _with_target(made: Any, applications: Any, known: Any, columns: Sequence[str], turned: bool) -> Any:
    target = nw.col(TARGET) if not turned else (1 - nw.col(TARGET)).alias(TARGET)
    labels = nw.from_native(applications).lazy().select(TABLES["application_train"].key, target)
    if known is not None:
        labels = labels.join(nw.from_native(known).lazy(), on=TRUTH.key, how="left")
    features = nw.from_native(made).lazy()
    return (
        labels.join(features, on=TRUTH.key, how="left").select(*labels.collect_schema().names(), *columns).to_native()
    )


@contextmanager
def _polars(_master: str) -> Iterator[Engine]:
    def open_(opened: Opened, table: Table, scratch: Path) -> pl.LazyFrame:
        return opened.usable

    def write_(frame: pl.LazyFrame, place: Path, form: str) -> None:
        if form == "csv":
            frame.sink_csv(place)
        elif form == "parquet":
            frame.sink_parquet(place)
        else:
            parts = pl.PartitionBy(
                place,
                max_rows_per_file=CLIENTS_A_FILE,
                approximate_bytes_per_file=None,
                file_path_provider=lambda part: f"part-{part.index_in_partition:05}.parquet",
            )
            frame.sink_parquet(parts, mkdir=True)

    yield Engine(open_, write_)


@contextmanager
def _duckdb(_master: str) -> Iterator[Engine]:
    try:
        import duckdb
    except ModuleNotFoundError:
        raise EngineError("DuckDB is not installed in this environment: pip install 'credit[train]'") from None
    types = {"integer": "BIGINT", "number": "DOUBLE", "text": "VARCHAR"}

    def open_(opened: Opened, table: Table, scratch: Path) -> Any:
        files = _files(opened, table.name, scratch)
        kinds = {column.name: types[column.kind] for column in table.columns}
        if files[0].suffix == ".csv":
            # A whole number that is published with a decimal point is read as it is written, and then cast.
            written = {column.name: types[text_kind(column)] for column in table.columns}
            relation = connection.read_csv(
                [str(file) for file in files],
                header=True,
                auto_detect=False,
                columns={name: written.get(name, "VARCHAR") for name in unique_names(header(files[0]))},
                delimiter=",",
                quotechar='"',
                escapechar='"',
            )
        else:
            relation = connection.read_parquet([str(file) for file in files], hive_partitioning=False)
        return relation.select(*(cast(name, kind) for name, kind in kinds.items()))

    def cast(name: str, kind: str) -> Any:
        value = duckdb.ColumnExpression(name).cast(kind)
        if kind == "DOUBLE":
            value = duckdb.CaseExpression(duckdb.FunctionExpression("isnan", value), duckdb.ConstantExpression(None))
            value = value.otherwise(duckdb.ColumnExpression(name).cast(kind))
        return value.alias(name)

    def write_(relation: Any, place: Path, form: str) -> None:
        if form == "csv":
            relation.to_csv(str(place), header=True)
        else:
            relation.to_parquet(str(place), per_thread_output=form == "folder")

    with tempfile.TemporaryDirectory() as spill, duckdb.connect() as connection:
        # Rows in any order need less memory, and what does not fit goes to files that are gone afterwards.
        connection.execute("SET preserve_insertion_order = false")
        # The statistics of a Parquet file leave NaN out. By them DuckDB 2.0 takes isnan() and comparisons for settled,
        # and NaN stays where null is meant.
        connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        connection.execute("SET temp_directory = ?", [spill])
        try:
            yield Engine(open_, write_)
        except duckdb.Error as error:
            raise EngineError(f"DuckDB could not make the features: {_told(error)}") from error


@contextmanager
def _spark(master: str) -> Iterator[Engine]:
    session, ours = _session(master)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import functions, types

    kinds = {"integer": types.LongType(), "number": types.DoubleType(), "text": types.StringType()}

    def open_(opened: Opened, table: Table, scratch: Path) -> Any:
        files = _files(opened, table.name, scratch)
        paths = [_uri(file) for file in files]
        reader = session.read.options(**_WITHOUT_CHECKSUMS)
        if files[0].suffix == ".csv":
            written = {column.name: kinds[text_kind(column)] for column in table.columns}
            names = unique_names(header(files[0]))
            schema = types.StructType([types.StructField(n, written.get(n, types.StringType())) for n in names])
            frame = reader.csv(paths, schema=schema, header=True, quote='"', escape='"', mode="FAILFAST")
        else:
            frame = reader.parquet(*paths)
        return frame.select(*(cast(column.name, column.kind) for column in table.columns))

    def cast(name: str, kind: str) -> Any:
        value = functions.col(f"`{name}`").cast(kinds[kind])
        return (functions.nanvl(value, functions.lit(None)) if kind == "number" else value).alias(name)

    def write_(frame: Any, place: Path, form: str) -> None:
        parts = place if form == "folder" else place.with_name(f"{place.name}.parts")
        frame.write.parquet(_uri(parts))
        for path in parts.iterdir():  # checksums and a mark of success, which other readers take for data
            if path.suffix != ".parquet":
                path.unlink()
        whole = pl.scan_parquet(parts / "*.parquet")
        if form == "csv":
            whole.sink_csv(place)
        elif form == "parquet":
            whole.sink_parquet(place)

    try:
        yield Engine(open_, write_)
    except (Py4JError, PySparkException) as error:
        raise EngineError(f"Spark at {master} could not make the features: {_told(error)}") from error
    finally:
        if ours:
            session.stop()


def _session(master: str) -> tuple[Any, bool]:
    """A session of Spark, and whether it was started here: a notebook's own is used as it is and left running."""
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise EngineError("PySpark is not installed in this environment; add it with: make spark") from None
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineError(
            "Spark needs Java 17 or later, and there is none on this machine; install it first (on Debian: "
            "apt-get install default-jre-headless)"
        )
    running = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("credit features")
    # A plan of a thousand columns outgrows what the JVM compiles as one method: trying costs more than it saves.
    builder = builder.config("spark.sql.codegen.wholeStage", "false")
    try:
        session = (builder if running else builder.master(master)).getOrCreate()
    except (Py4JError, PySparkException) as error:
        raise EngineError(f"Spark did not start with the master {master}: {_told(error)}") from error
    session.sparkContext.setLogLevel("ERROR")
    return session, running is None


#: Hidden .crc files beside the parts are marks of the program that wrote them; other engines do not look at them.
_WITHOUT_CHECKSUMS = {
    "fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "fs.file.impl.disable.cache": "true",  # else the session's first file system of that kind is used again
}


def _uri(path: Path) -> str:
    # Without the scheme a cluster would look in its own default file system.
    return f"file://{path.resolve()}"


def _told(error: Exception) -> str:
    """The first line of an error, and the file that is named further down."""
    text = str(error)
    first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
    named = re.search(r"[^\s/\\'\"]+\.(?:csv|parquet)\b", text)
    return first if named is None or named[0] in first else f"{first} ({named[0]})"


_ENGINES: dict[str, Callable[[str], AbstractContextManager[Engine]]] = {
    "polars": _polars,
    "duckdb": _duckdb,
    "spark": _spark,
}

#: The names of the engines, the default first.
ENGINES = tuple(_ENGINES)
