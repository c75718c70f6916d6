"""A model's SQL on three databases: the booster's log odds within 1e-12, the same decisions, no Python beside it."""

import os
import shutil
import subprocess

import duckdb
import numpy as np
import polars as pl
import psycopg
import pytest
from support.command_line import credit
from support.logged import PostgreSQL
from support.shipped import ROOT
from support.written_trees import clients_of

from credit.decision.policy import Policy, today
from credit.features.loan_amounts import Amounts
from credit.model.lightgbm_fast import FURTHEST, trees
from credit.scorecard.column_bins import is_additive, scorecard
from credit.scorecard.dialects import DUCKDB, POSTGRESQL, SPARK
from credit.scorecard.sql import needed_columns, query
from credit.scorecard.tree_nodes import boosted_trees

CALIBRATED = ("LOG_ODDS", "PROBABILITY_OF_DEFAULT", "POINTS", "EXPECTED_LOSS", "DECISION", "REVIEW_WORTH")

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


def form_of(model):
    made = boosted_trees(model)
    return scorecard(made) if is_additive(made) else made


def frame_of(model, x, form):
    """The table that the query reads: NaN of even clients stays NaN, of odd ones it is NULL."""
    clients = np.arange(len(x)) + 100_001
    frame = pl.DataFrame({"SK_ID_CURR": clients})
    for name in needed_columns(model, form):
        values = pl.Series(name, x[:, model.index[name]])
        frame = frame.with_columns(
            pl.when((pl.col("SK_ID_CURR") % 2 == 1) & values.is_nan()).then(None).otherwise(values).alias(name)
        )
    return frame


def assert_same(found, model, x):
    """``found``: rows (SK_ID_CURR, `CALIBRATED`) in any order."""
    found = sorted(found)
    assert [row[0] for row in found] == list(range(100_001, 100_001 + len(x)))
    parts = trees(model.model)
    raw = np.clip(parts.booster.predict(parts.read(x), raw_score=True, num_threads=1), -FURTHEST, FURTHEST)
    log_odds = parts.calibration.intercept + parts.calibration.slope * raw
    np.testing.assert_allclose([row[1] for row in found], log_odds, rtol=0, atol=1e-12)
    decided = ~Amounts(model.columns).unusable(x).any(axis=1)
    assert 0 < (~decided).sum() < len(x) / 4
    assert [row[2] is not None for row in found] == decided.tolist()
    assert all(value is None for row in found if row[2] is None for value in row[2:])
    p, policy = model.probability(x), Policy(model)
    amount = policy.amounts(x)
    rows = [row for row in found if row[2] is not None]
    np.testing.assert_allclose([row[2] for row in rows], p[decided], rtol=0, atol=1e-12)
    assert [row[3] for row in rows] == np.array(policy.points(p))[decided].tolist()
    np.testing.assert_allclose(
        [row[4] for row in rows], np.array(policy.expected_losses(p, amount), dtype=float)[decided], atol=0.01
    )
    decisions = np.array(policy.decide(x, p, amount, today()).decisions)[decided]
    assert [row[5] for row in rows] == decisions.tolist()
    assert {*decisions} == {"accept", "refer", "refuse"}
    np.testing.assert_allclose(
        [row[6] for row in rows], np.array(policy.worths(p, amount), dtype=float)[decided], atol=0.01
    )


@pytest.fixture(scope="module")
def server():
    found = PostgreSQL()
    found.start()
    yield found
    found.stop()
    shutil.rmtree(found.folder, ignore_errors=True)


@pytest.fixture(params=["additive", "trees_of_five", "shipped"])
def bundle(request):
    """A scorecard, small trees, and the shipped model."""
    return ROOT / "mlruns_reduced" if request.param == "shipped" else request.getfixturevalue(request.param)


def test_duckdb_gives_what_the_booster_gives_of_10_000_clients(bundle, tmp_path):
    model, x = clients_of(bundle)
    form = form_of(model)
    frame_of(model, x, form).write_parquet(tmp_path / "features.parquet")
    with duckdb.connect() as database:
        # A table, and the file itself, whose statistics leave NaN out.
        database.execute(f"CREATE VIEW features AS SELECT * FROM '{tmp_path}/features.parquet'")
        assert_same(database.execute(query(model, form, DUCKDB)).fetchall(), model, x)


def test_postgresql_gives_what_the_booster_gives_of_10_000_clients(bundle, server, tmp_path):
    if (psql := shutil.which("psql")) is None:
        pytest.skip("there is no psql on this machine, which runs the query without Python")
    model, x = clients_of(bundle, seed=1)
    form = form_of(model)
    frame = frame_of(model, x, form)
    names = [POSTGRESQL.identifier(name) for name in frame.columns]
    with psycopg.connect(server.address) as database, database.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS bank CASCADE")
        cursor.execute("CREATE SCHEMA bank")
        columns = ", ".join([f"{names[0]} bigint", *(f"{name} double precision" for name in names[1:])])
        cursor.execute(f"CREATE TABLE bank.features ({columns})")
        with cursor.copy("COPY bank.features FROM STDIN") as copy:
            for row in frame.iter_rows():
                copy.write_row(row)
    script = tmp_path / "view.sql"
    script.write_text(f"CREATE VIEW bank.scores AS\n{query(model, form, POSTGRESQL, 'bank.features')};\n")
    done = subprocess.run(
        [psql, server.address, "-v", "ON_ERROR_STOP=1", "-q", "-f", script], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    with psycopg.connect(server.address) as database:
        assert_same(database.execute("SELECT * FROM bank.scores").fetchall(), model, x)


@pytest.fixture(scope="module")
def session():
    pytest.importorskip("pyspark", reason="PySpark is not installed: make spark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("PySpark needs Java 17 or later, and there is none on this machine")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("tests")
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",  # few rows: to compile takes longer than to interpret
        "spark.sql.adaptive.enabled": "false",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    yield spark
    spark.stop()


@pytest.mark.parametrize("which", ["additive", "trees_of_five"])
def test_spark_gives_what_the_booster_gives_of_10_000_clients(which, request, session, tmp_path):
    model, x = clients_of(request.getfixturevalue(which), seed=2)
    form = form_of(model)
    frame_of(model, x, form).write_parquet(tmp_path / "features.parquet")
    session.read.parquet(str(tmp_path / "features.parquet")).createOrReplaceTempView("features")
    assert_same([tuple(row) for row in session.sql(query(model, form, SPARK)).collect()], model, x)


def test_whole_numbers_and_singles_are_read_as_doubles(additive):
    model, x = clients_of(additive, 200)
    x[:, model.index["select"]] = np.round(np.nan_to_num(x[:, model.index["select"]]))
    form = form_of(model)
    frame = frame_of(model, x, form).with_columns(pl.col("select").cast(pl.Int32))
    with duckdb.connect() as database:
        database.register("features", frame.to_arrow())
        assert_same(database.execute(query(model, form, DUCKDB)).fetchall(), model, x)


def test_the_price_of_the_goods_is_not_wanted_of_a_revolving_loan(additive):
    model, x = clients_of(additive, 4)
    x[:, :3] = 1e5
    x[:, model.index["AMT_GOODS_PRICE"]] = np.nan
    x[:, model.index["NAME_CONTRACT_TYPE_Revolving_loans"]] = [0, 1, np.nan, 1]
    form = form_of(model)
    with duckdb.connect() as database:
        database.register("features", frame_of(model, x, form).to_arrow())
        found = database.execute(query(model, form, DUCKDB)).fetchall()
    assert [row[5] is not None for row in sorted(found)] == [False, True, False, True]


def test_the_command_writes_a_query_that_runs_as_it_is(trees_of_five, tmp_path):
    said = credit("export", "--to", "sql", "--bundle", trees_of_five, "--out", tmp_path / "score.sql", "--table", "a b")
    assert "reads SK_ID_CURR and 8 columns of a b" in said
    model, x = clients_of(trees_of_five, 500)
    with duckdb.connect() as database:
        database.register("a b", frame_of(model, x, form_of(model)).to_arrow())
        assert_same(database.execute((tmp_path / "score.sql").read_text()).fetchall(), model, x)


def test_a_parser_needs_no_great_depth(additive):
    model, _ = clients_of(additive, 1)
    text = query(model, boosted_trees(model), SPARK)
    depth = deepest = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    assert depth == 0
    assert deepest < 10
