"""Common parts of expressions are worked out once, and nothing changes by it."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from credit.features import common_subexpressions
from credit.features.common_subexpressions import form_is_known, of_groups, of_rows

ROWS = pl.LazyFrame(
    {
        "key": [1, 1, 1, 2, 2, 3],
        "status": ["a", "b", None, "a", "a", "c"],
        "amount": [1.5, None, 4.0, 0.1, 0.2, None],
        "days": [-3, -1, -2, -5, -4, -6],
    }
)
RUNNING = pl.when(pl.col("status") == "a").then(pl.col("amount"))
EXPRESSIONS = {
    "running_min": RUNNING.min(),
    "running_mean": RUNNING.mean(),
    "running_sum": pl.when(RUNNING.count() > 0).then(RUNNING.sum()),
    "share": (pl.col("status") == "a").cast(pl.Int32).sum() / pl.len(),
    "share_again": (pl.col("status") == "a").cast(pl.Int32).sum() / pl.len(),
    "sum": pl.col("days").sum(),
    "sum_again": pl.col("days").sum(),
    "newest": pl.col("amount").sort_by("days").last(),
    "of_an_aggregate": (pl.col("amount") - pl.col("amount").mean()).max(),
}


def steps(plan):
    """The plan as Polars says it, unoptimised."""
    return plan.explain(optimizations=pl.QueryOptFlags.none())


@pytest.mark.parametrize("names", [list(EXPRESSIONS), ["running_min"], ["sum", "sum_again"]])
def test_groups_give_what_they_gave(names):
    expressions = [EXPRESSIONS[name].cast(pl.Float64).alias(name) for name in names]
    expected = ROWS.group_by("key", maintain_order=True).agg(expressions).collect()
    found = of_groups(ROWS, "key", expressions).collect().sort("key").select("key", pl.col(names).cast(pl.Float64))
    assert_frame_equal(found, expected, check_exact=True)


def test_rows_give_what_they_gave():
    late = pl.when(pl.col("days") < -2).then(pl.lit(1.0)).otherwise(pl.lit(0.0))
    expressions = [late.alias("late"), (late * pl.col("amount")).alias("late_amount"), (1 - late).alias("in_time")]
    assert_frame_equal(of_rows(ROWS, expressions).collect(), ROWS.select(expressions).collect(), check_exact=True)


def test_a_common_part_is_worked_out_once():
    expressions = [EXPRESSIONS[name].alias(name) for name in ("running_min", "running_mean", "running_sum")]
    assert steps(ROWS.group_by("key").agg(expressions)).count('== "a"') == 4
    assert steps(of_groups(ROWS, "key", expressions)).count('== "a"') == 1


def test_an_aggregate_is_taken_once():
    names = ["share", "share_again", "sum", "sum_again"]
    plan = steps(of_groups(ROWS, "key", [EXPRESSIONS[name].alias(name) for name in names]))
    assert plan.count(".sum()") == 3  # of the status, and of the days under two names
    assert plan.count("len()") == 1


def test_a_part_that_looks_at_other_rows_stays_where_it_is():
    """Days since the row before, of a client: among all rows it would be another number."""
    step = (pl.col("days") - pl.col("days").shift()).abs()
    expressions = [step.max().alias("longest"), step.min().alias("shortest")]
    found = of_groups(ROWS, "key", expressions).collect().sort("key")
    assert found.select("longest", "shortest").rows() == [(2, 1), (1, 1), (None, None)]


def test_the_installed_polars_writes_the_known_form():
    assert form_is_known()


@pytest.mark.parametrize("written", ["{}", "no JSON"])
def test_another_form_gets_the_plain_plan_with_the_same_values(monkeypatch, written):
    class OtherForm:
        class meta:
            @staticmethod
            def serialize(format):
                return written

    monkeypatch.setattr(common_subexpressions, "_PROBE", (OtherForm, '{"Alias": []}'))
    form_is_known.cache_clear()
    try:
        test_groups_give_what_they_gave(list(EXPRESSIONS))
        test_rows_give_what_they_gave()
        expressions = [EXPRESSIONS[name].alias(name) for name in ("running_min", "running_mean", "running_sum")]
        assert steps(of_groups(ROWS, "key", expressions)).count('== "a"') == 4  # nothing is shared
        twice = [(RUNNING + number).alias(f"{number}") for number in (1, 2)]
        assert steps(of_rows(ROWS, twice)) == steps(ROWS.select(twice))
    finally:
        form_is_known.cache_clear()
