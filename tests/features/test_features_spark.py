"""PySpark makes the same features. Skipped where PySpark or Java is missing; neither is needed otherwise."""

import os
import shutil

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit.features import EXTRA, RECIPE, build

pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed: pip install pyspark")

KEY = "SK_ID_CURR"


@pytest.fixture(scope="module")
def session():
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("PySpark needs Java 17 or later, and there is none on this machine")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").appName("features").config("spark.ui.enabled", "false")
    # Plans of this width outgrow what Spark compiles into one method: interpreting them is faster than trying.
    builder = builder.config("spark.sql.codegen.wholeStage", "false").config("spark.sql.shuffle.partitions", "2")
    spark = builder.getOrCreate()
    yield spark
    spark.stop()


@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("default")
def test_pyspark_gives_the_same_features(session, tmp_path, random_tables, as_lazy):
    frames = as_lazy(random_tables(60, 21))
    tables = {}
    for name, frame in frames.items():
        frame.sink_parquet(tmp_path / f"{name}.parquet")
        tables[name] = session.read.parquet(str(tmp_path / f"{name}.parquet"))
    columns = (*RECIPE, *EXTRA)
    build(tables, columns=columns).write.parquet(str(tmp_path / "features"))
    built = pl.read_parquet(tmp_path / "features" / "*.parquet").sort(KEY)
    expected = build(frames, columns=columns).collect().sort(KEY)
    assert built.columns == expected.columns
    assert_frame_equal(built, expected, rel_tol=1e-9, abs_tol=1e-9)
