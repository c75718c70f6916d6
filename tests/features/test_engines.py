"""Polars and DuckDB make the same features of the same files; PySpark's turn is in test_features_spark.py."""

import os
import shutil
import socket
import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit.features import COLUMNS, EXTRA, RECIPE, engines
from credit.simulate import simulate
from credit.tables import TABLES, TablesError

KEY = "SK_ID_CURR"
ALL = (*RECIPE, *EXTRA)
FEW = ("AMT_CREDIT", "OWN_CAR_AGE", "BUREAU_AMT_CREDIT_SUM_SUM", "INSTALMENTS_ROWS")


def made(folder, out, engine="polars", **kwargs) -> pl.DataFrame:
    engines.write(folder, out, engine, **kwargs)
    if str(out).endswith(".csv"):
        return pl.read_csv(out, schema_overrides=dict.fromkeys(kwargs["columns"], pl.Float64)).sort(KEY)
    return pl.read_parquet(f"{out}/*.parquet" if out.is_dir() else out).sort(KEY)


@pytest.fixture(scope="module")
def csv(bank, tmp_path_factory):
    """The bank as CSV: a column that no schema knows, columns in another order, a NaN."""
    folder = tmp_path_factory.mktemp("csv")
    for name in TABLES:
        frame = pl.read_parquet(bank / f"{name}.parquet")
        frame = frame.select(pl.lit("x, y").alias("A, QUOTED"), *reversed(frame.columns))
        if name == "application_train":
            frame = frame.with_columns(
                OWN_CAR_AGE=pl.when(pl.int_range(pl.len()) == 0).then(float("nan")).otherwise("OWN_CAR_AGE")
            )
        frame.write_csv(folder / f"{name}.csv")
    return folder


def test_all_columns_of_2000_clients_are_the_same_on_duckdb(tmp_path, random_tables, add_clients, assert_close):
    folder = simulate(tmp_path / "bank", 2000, seed=3)
    add_clients(folder, random_tables(60, 21))
    streamed = made(folder, tmp_path / "polars.parquet", columns=ALL)
    duck = made(folder, tmp_path / "duckdb.parquet", "duckdb", columns=ALL)
    assert duck.height == 2060
    assert duck.columns == [KEY, *ALL]
    assert set(duck.dtypes[1:]) == {pl.Float64}
    assert_close(duck, streamed, 1e-9)


#: Of the files below, one has a gap as NaN, which is noted.
NOTED = pytest.mark.filterwarnings("ignore:.*OWN_CAR_AGE writes gaps as words")


@pytest.mark.parametrize("form", ["csv", "parquet", "parquet without types"])
def test_whole_numbers_that_no_client_has_are_missing_on_every_engine(bank, tmp_path, form):
    folder = tmp_path / "bank"
    folder.mkdir()
    gaps = pl.lit(None, pl.Null if form == "parquet without types" else pl.Int64)
    frame = pl.read_parquet(bank / "application_train.parquet").with_columns(
        CNT_CHILDREN=gaps, FLAG_DOCUMENT_3=gaps, DAYS_REGISTRATION=gaps
    )
    if form == "csv":
        frame.write_csv(folder / "application_train.csv")
    else:
        frame.write_parquet(folder / "application_train.parquet")
    columns = ("AMT_CREDIT", "CNT_CHILDREN", "FLAG_DOCUMENT_3", "FLAG_DOCUMENT_2", "DAYS_REGISTRATION")
    polars, duck = (made(folder, tmp_path / f"{one}.parquet", one, columns=columns) for one in ("polars", "duckdb"))
    assert_frame_equal(polars, duck)
    for name in ("CNT_CHILDREN", "FLAG_DOCUMENT_3", "DAYS_REGISTRATION"):
        assert polars[name].null_count() == len(polars) == len(frame)
    assert polars["FLAG_DOCUMENT_2"].null_count() == 0


@NOTED
@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_csv_files_give_what_parquet_files_give(engine, bank, csv, tmp_path):
    expected = made(bank, tmp_path / "parquet.parquet", columns=FEW)
    first = pl.read_parquet(bank / "application_train.parquet")[KEY][0]
    expected = expected.with_columns(OWN_CAR_AGE=pl.when(pl.col(KEY) != first).then("OWN_CAR_AGE"))
    assert_frame_equal(made(csv, tmp_path / "csv.parquet", engine, columns=FEW), expected, rel_tol=1e-9)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_every_form_holds_the_same_numbers(engine, bank, tmp_path):
    one = made(bank, tmp_path / "one.parquet", engine, columns=FEW)
    assert_frame_equal(made(bank, tmp_path / "one.csv", engine, columns=FEW), one, rel_tol=1e-12)
    assert_frame_equal(made(bank, tmp_path / "many", engine, columns=FEW), one, rel_tol=1e-12)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many", "one.csv", "one.parquet"]


def test_polars_cuts_a_folder_into_many_files(bank, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "CLIENTS_A_FILE", 400)
    assert engines.write(bank, f"{tmp_path}/many.parts/", columns=FEW) == (1500, 4)
    files = sorted((tmp_path / "many.parts").iterdir())
    assert [pl.read_parquet(file).height for file in files] == [400, 400, 400, 300]


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_the_outcome_and_the_truth_come_first_where_asked_for(engine, bank, tmp_path):
    built = made(bank, tmp_path / "f.parquet", engine, target=True, columns=FEW)
    assert built.columns == [KEY, "TARGET", "PROBABILITY_OF_DEFAULT", *FEW]
    told = pl.read_parquet(bank / "application_train.parquet").sort(KEY)
    assert built["TARGET"].to_list() == told["TARGET"].to_list()
    truth = pl.read_parquet(bank / "truth.parquet").filter(pl.col(KEY).is_in(told[KEY].implode())).sort(KEY)
    assert built["PROBABILITY_OF_DEFAULT"].to_list() == truth["PROBABILITY_OF_DEFAULT"].to_list()


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_new_clients_have_features_and_no_outcome(engine, bank, tmp_path):
    built = made(bank, tmp_path / "f.parquet", engine, application="application_test", columns=FEW)
    assert built[KEY].to_list() == sorted(pl.read_parquet(bank / "application_test.parquet")[KEY].to_list())
    with pytest.raises(ValueError, match="application_test has no TARGET; leave out --target"):
        engines.write(bank, tmp_path / "g.parquet", application="application_test", target=True)


@pytest.mark.parametrize("engine", engines.ENGINES)
def test_every_engine_tells_in_the_same_words_what_is_wrong_with_the_tables(engine, tmp_path, monkeypatch):
    # Spark itself is not needed to say so, but it is asked for first.
    monkeypatch.setattr(engines, "_session", lambda master: pytest.fail("started before the tables were read"))
    with pytest.raises(TablesError, match=r"bureau: there is neither bureau\.csv nor bureau\.parquet"):
        engines.write(tmp_path, tmp_path / "out" / "f.parquet", engine)
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten_but_a_file_of_features(bank, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tables.parquet").write_text("precious")
    with pytest.raises(ValueError, match="mine is a folder with files in it; remove it first or name another place"):
        engines.write(bank, tmp_path / "mine")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ValueError, match="file is a file; name another folder"):
        engines.write(bank, f"{tmp_path}/file/")
    (tmp_path / "f.parquet").write_text("old features")
    assert engines.write(bank, tmp_path / "f.parquet", columns=FEW) == (1500, 4)


@NOTED
def test_a_failure_is_told_with_the_file_and_leaves_nothing_half_written(csv, tmp_path, monkeypatch):
    damaged = tmp_path / "damaged"
    shutil.copytree(csv, damaged)
    checked = engines.open_tables(damaged)
    text = (damaged / "bureau.csv").read_text()
    (damaged / "bureau.csv").write_text(text + text.splitlines()[1].rsplit(",", 1)[0] + "\n")
    monkeypatch.setattr(engines, "open_tables", lambda folder, names: {name: checked[name] for name in names})
    with pytest.raises(engines.EngineError, match=r"^DuckDB could not make the features: .+ \(bureau\.csv\)$"):
        engines.write(damaged, tmp_path / "out" / "f.parquet", "duckdb", columns=FEW)
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_killed_run_left_is_cleared_away_by_the_next_and_that_of_a_running_one_is_not(bank, tmp_path):
    """A process that has ended and is waited for is there no more; this one is."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host, here = socket.gethostname(), os.getpid()
    stale, running, other, strange = (
        tmp_path / f".f.parquet.{host}-{ended.pid}-abc.part",
        tmp_path / f".f.parquet.{host}-{here}-abc.part",
        tmp_path / f".g.parquet.{host}-{ended.pid}-abc.part",
        tmp_path / f".f.parquet.not-{host}-{ended.pid}-abc.part",
    )
    for part in (stale, running, other, strange):
        part.mkdir()
        (part / "f.parquet").write_text("half")
    engines.write(bank, tmp_path / "f.parquet", columns=FEW)
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "f.parquet", running, other, strange])


def test_spark_says_what_it_lacks(bank, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(
        engines.EngineError, match="PySpark is not installed in this environment; add it with: make spark"
    ):
        engines.write(bank, tmp_path / "f.parquet", "spark")
    assert list(tmp_path.iterdir()) == []


def test_the_columns_are_those_that_a_model_sees(bank, tmp_path):
    assert engines.write(bank, tmp_path / "f.parquet") == (1500, len(COLUMNS))
