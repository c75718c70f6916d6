"""PySpark makes the same features. Skipped where PySpark or Java is missing; neither is needed otherwise."""

import os
import shutil
import warnings

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.other_programs import ALIKE

from credit.features import EXTRA, RECIPE, build, engines, history_flags
from credit.features.raw_rows import SCHEMAS
from credit.simulate import simulate
from credit.tables import TablesWarning
from credit.tables.reading import Opened
from credit.tables.table_files import Part, Source

pytest.importorskip("pyspark", reason="PySpark is not installed: make spark")

KEY = "SK_ID_CURR"
ALL = (*RECIPE, *EXTRA)

pytestmark = [
    # Most of the time goes into plans of a thousand columns, whatever the number of clients.
    pytest.mark.timeout(900),
    # PySpark 4.3 speaks of pandas 3 while it is imported, though nothing here uses pandas through it.
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    # The sockets between Python and the JVM are closed by the JVM's end, which Python only sees later.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


@pytest.fixture(scope="module")
def session():
    """A session that computes in the test's own process; the engine takes a running session as it is."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("PySpark needs Java 17 or later, and there is none on this machine")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("tests")
    settings = {
        "spark.ui.enabled": "false",
        # Few rows: compiling expressions takes longer than interpreting them, and more than two parts only wait.
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        # So short-lived a JVM never earns what its second compiler costs: a third of the processor's time.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    yield spark
    spark.stop()


def test_all_columns_of_2000_clients_are_those_of_polars(session, tmp_path, random_tables, add_clients, assert_close):
    folder = simulate(tmp_path / "bank", 2000, seed=3)
    add_clients(folder, random_tables(60, 21))
    assert engines.write(folder, f"{tmp_path}/spark/", "spark", columns=ALL) == (2060, len(ALL))
    assert {path.suffix for path in (tmp_path / "spark").iterdir()} == {".parquet"}
    built = pl.read_parquet(tmp_path / "spark" / "*.parquet").sort(KEY)
    engines.write(folder, tmp_path / "polars.parquet", columns=ALL)
    expected = pl.read_parquet(tmp_path / "polars.parquet").sort(KEY)
    assert built.columns == [KEY, *ALL]
    assert_close(built, expected, 1e-9)


def test_nan_is_a_gap_and_minus_zero_is_zero(session, tmp_path):
    """Spark by itself takes NaN for the largest value, and its filters pass over -0.0 in Parquet files."""
    folder = simulate(tmp_path / "bank", 60, seed=3)
    loans = pl.read_parquet(folder / "bureau.parquet")
    place = pl.int_range(pl.len())
    odd = pl.when(place.mod(3) == 0).then(float("nan")).when(place.mod(3) == 1).then(-0.0)
    loans = loans.with_columns(odd.otherwise(pl.col(name)).alias(name) for name in ("AMT_CREDIT_SUM", "AMT_ANNUITY"))
    columns = [name for name in ALL if name.startswith(("BUREAU_AMT_CREDIT_SUM_M", "BUREAU_AMT_ANNUITY_"))]
    columns.append("BUREAU_DEBT_TO_CREDIT")
    people = pl.read_parquet(folder / "application_train.parquet")
    tables = {"application_train": people, "bureau": loans}
    expected = build({name: frame.lazy() for name, frame in tables.items()}, columns=columns).collect().sort(KEY)
    for name, frame in tables.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    frames = {name: session.read.parquet(str(tmp_path / f"{name}.parquet")) for name in tables}
    build(frames, columns=columns).write.parquet(str(tmp_path / "made"))
    made = pl.read_parquet(tmp_path / "made" / "*.parquet").sort(KEY)
    assert (expected["BUREAU_AMT_ANNUITY_MAX"] == 0).any()
    assert_frame_equal(made, expected, rel_tol=1e-9, abs_tol=1e-9)


def test_a_client_without_a_history_is_told_from_one_of_whom_it_is_not_known(session):
    """Client 2 has a loan at the bureau, nobody has a previous application, and the other tables are not there."""
    types = {pl.Int64: "bigint", pl.Float64: "double", pl.String: "string"}
    rows = {
        "application": [{KEY: 1}, {KEY: 2}],
        "bureau": [{KEY: 2, "SK_ID_BUREAU": 7}],
        "previous_application": [],
    }
    tables = {
        name: session.createDataFrame(
            [tuple(row.get(column) for column in SCHEMAS[name]) for row in table],
            ", ".join(f"{column} {types[type(kind)]}" for column, kind in SCHEMAS[name].items()),
        )
        for name, table in rows.items()
    }
    made = build(tables, "application", [one.name for one in history_flags.FEATURES]).orderBy(KEY)
    assert {kind for _, kind in made.dtypes[1:]} == {"double"}
    assert [tuple(row) for row in made.collect()] == [
        (1, 0.0, 0.0, None, None, None),
        (2, 1.0, 0.0, None, None, None),
    ]


@pytest.mark.filterwarnings("ignore:.*OWN_CAR_AGE writes gaps as words")
def test_csv_files_and_one_file_give_the_same(session, bank, tmp_path):
    few = ("AMT_CREDIT", "OWN_CAR_AGE", "BUREAU_AMT_CREDIT_SUM_SUM")
    for path in bank.glob("*.parquet"):
        frame = pl.read_parquet(path)
        if path.stem == "truth":
            frame.write_parquet(tmp_path / path.name)
        else:
            if "OWN_CAR_AGE" in frame.columns:
                frame = frame.with_columns(pl.col("OWN_CAR_AGE").fill_null(float("nan")))
            frame.select(pl.lit('x, "y"').alias("UNKNOWN"), *reversed(frame.columns)).write_csv(
                tmp_path / f"{path.stem}.csv"
            )
    engines.write(bank, tmp_path / "expected.parquet", target=True, columns=few)
    expected = pl.read_parquet(tmp_path / "expected.parquet").sort(KEY)
    assert expected["OWN_CAR_AGE"].null_count() > 100
    for out in ("one.parquet", "one.csv"):
        assert engines.write(tmp_path, tmp_path / "out" / out, "spark", target=True, columns=few) == (1500, 3)
        read = pl.read_parquet if out.endswith("parquet") else pl.read_csv
        assert_frame_equal(read(tmp_path / "out" / out).sort(KEY), expected, rel_tol=1e-9)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["one.csv", "one.parquet"]


#: What Spark opens by itself, and of the rest, which Polars writes anew for every engine alike, one in each format.
FORMS = ("narrow and unsigned", "dictionaries", "whole numbers as floats")
CSV_FORMS = ("exponents", "columns turned round", "gaps as NA")
FOLDER_FORMS = ("parts of Spark", "folders by a needed column")


def test_every_form_of_the_tables_gives_the_same_features(session, bank, tmp_path):
    few = ("DAYS_REGISTRATION", "OWN_CAR_AGE", "OCCUPATION_TYPE_Drivers", "BUREAU_AMT_ANNUITY_MEAN")
    few = (*few, "BUREAU_CREDIT_TYPE_Microloan_SHARE", "INSTALMENTS_NUM_INSTALMENT_VERSION_DISTINCT")
    engines.write(bank, tmp_path / "expected.parquet", columns=few)
    expected = pl.read_parquet(tmp_path / "expected.parquet").sort(KEY)
    kinds = {"folders": FOLDER_FORMS, "CSV": CSV_FORMS, "Parquet": FORMS}
    for form in (f"{kind}: {name}" for kind, names in kinds.items() for name in names):
        folder = tmp_path / form
        folder.mkdir()
        ALIKE[form](bank, folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TablesWarning)
            engines.write(folder, tmp_path / "made.parquet", "spark", columns=few)
        made = pl.read_parquet(tmp_path / "made.parquet").sort(KEY)
        assert_frame_equal(made, expected, rel_tol=1e-9), form


def test_what_spark_says_is_told_in_a_line(session, bank, tmp_path, monkeypatch):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in bank.glob("*.parquet"):
        (damaged / path.name).symlink_to(path)
    (damaged / "truth.parquet").unlink()
    (damaged / "truth.parquet").write_text("no Parquet")
    # Our own look at the file would say so before Spark does.
    truth = Part(damaged / "truth.parquet")
    unseen = Opened(None, (), Source("truth", truth.path, "parquet", (truth,)), plain=True)
    monkeypatch.setattr(engines, "open_truth", lambda folder: unseen)
    with pytest.raises(engines.EngineError, match=r"^Spark at .* could not make the features: .+") as told:
        engines.write(damaged, tmp_path / "f.parquet", "spark", target=True, columns=("AMT_CREDIT",))
    assert "\n" not in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == ["damaged"]
