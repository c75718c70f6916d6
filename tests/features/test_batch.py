"""Building the features: one row per client, whatever the order, the sample, the engine and the tables given."""

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from credit.features import COLUMNS, EXTRA, RECIPE, ClientPlan, build, history_flags
from credit.simulate import simulate
from credit.tables import TABLES, read

KEY = "SK_ID_CURR"
ALL = (*RECIPE, *EXTRA)


def features(frames, **kwargs):
    return build(frames, **kwargs).collect().sort(KEY)


def test_there_is_one_row_per_client_with_the_frozen_columns(random_tables, as_lazy):
    for clients, seed in ((1, 1), (30, 2)):
        built = features(as_lazy(random_tables(clients, seed)))
        assert built.height == clients
        assert built.columns == [KEY, *COLUMNS]
        assert set(built.dtypes[1:]) == {pl.Float64}
        assert built[KEY].n_unique() == clients


def test_the_columns_do_not_depend_on_the_sample(random_tables, as_lazy):
    frames = as_lazy(random_tables(20, 4))
    empty = {name: frame.clear() if name != "application_train" else frame for name, frame in frames.items()}
    assert build(empty).collect_schema() == build(frames).collect_schema()
    assert list(build(frames).collect_schema()) == [KEY, *COLUMNS]


def test_an_absent_history_table_differs_from_an_empty_one_in_saying_that_there_is_none(random_tables, as_lazy):
    frames = as_lazy(random_tables(20, 5))
    for name in set(frames) - {"application_train"}:
        without = {table: frame for table, frame in frames.items() if table != name}
        empty = features({**frames, name: frames[name].clear()})
        none = [feature.name for feature in history_flags.FEATURES if feature.table == name]
        assert len(none) == (name != "bureau_balance")
        assert [empty[column].to_list() for column in none] == [[0.0] * 20 for _ in none]
        expected = empty.with_columns(pl.lit(None, dtype=pl.Float64).alias(column) for column in none)
        assert_frame_equal(features(without), expected, rel_tol=1e-12)


def test_the_clients_may_come_from_application_test(random_tables, as_lazy):
    frames = as_lazy(random_tables(20, 6))
    renamed = {"application_test" if name == "application_train" else name: one for name, one in frames.items()}
    expected = features(frames)
    assert_frame_equal(features(renamed, application="application_test"), expected, rel_tol=1e-12)


def test_the_label_is_not_looked_at(random_tables, as_lazy):
    frames = as_lazy(random_tables(20, 7))
    labelled = frames["application_train"].with_columns(TARGET=pl.lit(1))
    assert features({**frames, "application_train": labelled}).columns == [KEY, *COLUMNS]


def test_chosen_features_come_in_the_order_asked_for(random_tables, as_lazy):
    frames = as_lazy(random_tables(20, 8))
    chosen = ["CARD_ROWS", "CREDIT_TO_LAST_APPLICATION", "AMT_CREDIT", "BUREAU_DAYS_CREDIT_MEAN"]
    built = features(frames, columns=chosen)
    assert built.columns == [KEY, *chosen]
    assert_frame_equal(built, features(frames, columns=ALL).select(KEY, *chosen), rel_tol=1e-12)


def test_no_value_is_nan_or_infinite(random_tables, as_lazy):
    built = features(as_lazy(random_tables(300, 9)), columns=ALL).drop(KEY)
    assert built.select(pl.all().is_finite().all()).row(0) == (True,) * len(ALL)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(random_tables, as_lazy, seed, order):
    tables = random_tables(12, seed)
    shuffled = {
        name: frame[order.sample(range(frame.height), frame.height)] if frame.height else frame
        for name, frame in tables.items()
    }
    assert_frame_equal(
        features(as_lazy(shuffled), columns=ALL), features(as_lazy(tables), columns=ALL), rel_tol=1e-12, abs_tol=1e-9
    )


def test_the_online_row_equals_the_batch_row_bit_for_bit(random_tables, as_lazy, as_requests):
    tables = random_tables(40, 10)
    batch = build(as_lazy(tables), columns=ALL).collect(engine="in-memory").sort(KEY)
    plan = ClientPlan(ALL)
    for client in tables["application"][KEY]:
        loans = tables["bureau"].filter(pl.col(KEY) == client)["SK_ID_BUREAU"].implode()
        alone = {
            name: frame.filter(pl.col("SK_ID_BUREAU").is_in(loans))
            if name == "bureau_balance"
            else frame.filter(pl.col(KEY) == client)
            for name, frame in tables.items()
        }
        assert plan.of_clients(as_requests(alone)).equals(batch.filter(pl.col(KEY) == client))


def test_the_streaming_engine_gives_the_same_features(random_tables, as_lazy):
    frames = as_lazy(random_tables(300, 11))
    streamed = build(frames, columns=ALL).collect(engine="streaming").sort(KEY)
    in_memory = build(frames, columns=ALL).collect(engine="in-memory").sort(KEY)
    assert_frame_equal(streamed, in_memory, rel_tol=1e-9, abs_tol=1e-9)


def test_a_simulated_bank_has_the_same_features_on_polars_and_duckdb(tmp_path):
    folder = simulate(tmp_path / "bank", 300, seed=1)
    frames = read(folder)
    with duckdb.connect() as connection:
        relations = {name: connection.from_parquet(str(folder / f"{name}.parquet")) for name in frames}
        built = build(relations).pl().sort(KEY)
    assert_frame_equal(built, features(frames), rel_tol=1e-9, abs_tol=1e-9)
    assert built.height == 300


def test_duckdb_gives_the_same_features(random_tables, as_lazy):
    frames = as_lazy(random_tables(120, 12))
    with duckdb.connect() as connection:
        relations = {name: connection.from_arrow(frame.collect().to_arrow()) for name, frame in frames.items()}
        built = build(relations, columns=ALL).pl().sort(KEY)
    assert built.columns == [KEY, *ALL]
    assert set(built.dtypes[1:]) == {pl.Float64}
    assert_frame_equal(built, features(frames, columns=ALL), rel_tol=1e-9, abs_tol=1e-9)


def test_duckdb_knows_clients_without_a_table(random_tables, as_lazy):
    frames = as_lazy(random_tables(20, 13))
    del frames["bureau_balance"], frames["previous_application"]
    chosen = [
        name for name in ALL if name.startswith(("BUREAU_MONTHS", "BUREAU_LAST", "PREVIOUS_AMT", "PREVIOUS_LAST"))
    ]
    with duckdb.connect() as connection:
        relations = {name: connection.from_arrow(frame.collect().to_arrow()) for name, frame in frames.items()}
        built = build(relations, columns=chosen).pl().sort(KEY)
    assert_frame_equal(built, features(frames, columns=chosen), rel_tol=1e-9, abs_tol=1e-9)


def with_gaps(frames, gap):
    """Every fifth number of each table is ``gap``, and no other is missing."""
    found = {}
    for name, frame in frames.items():
        numbers = [column.name for column in TABLES[name].columns if column.kind == "number"]
        place, gap_here = pl.int_range(pl.len()).mod(5), pl.lit(gap, pl.Float64)
        found[name] = frame.with_columns(
            pl.when(place == number % 5).then(gap_here).otherwise(pl.col(column).fill_null(1.0)).alias(column)
            for number, column in enumerate(numbers)
        )
    return found


@pytest.fixture(scope="module")
def gaps_as_null(random_tables, as_lazy):
    return features(with_gaps(as_lazy(random_tables(60, 17)), None), columns=ALL)


@pytest.mark.parametrize("engine", ["polars", "duckdb", "duckdb over Parquet"])
def test_nan_is_a_gap_as_null_is(random_tables, as_lazy, gaps_as_null, engine, tmp_path):
    """By itself, a largest value among NaN is a number on Polars and NaN on DuckDB and Spark.

    The statistics of Parquet files leave NaN out, and DuckDB 2.0 takes ``isnan`` for false by them where a column has
    no null, as none here has but for the gaps.
    """

    def built(frames):
        if engine == "polars":
            return features(frames, columns=ALL)
        with duckdb.connect() as connection:
            if engine == "duckdb":
                relations = {name: connection.from_arrow(frame.collect().to_arrow()) for name, frame in frames.items()}
            else:
                for name, frame in frames.items():
                    frame.sink_parquet(tmp_path / f"{name}.parquet")
                relations = {name: connection.read_parquet(str(tmp_path / f"{name}.parquet")) for name in frames}
            return build(relations, columns=ALL).pl().sort(KEY)

    assert gaps_as_null["BUREAU_AMT_CREDIT_SUM_MAX"].null_count() < gaps_as_null.height
    made = built(with_gaps(as_lazy(random_tables(60, 17)), float("nan")))
    assert_frame_equal(made, gaps_as_null, rel_tol=1e-9, abs_tol=1e-9)
