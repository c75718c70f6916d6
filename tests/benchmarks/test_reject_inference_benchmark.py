"""The benchmark of reject inference: means and intervals over banks, worked out by hand."""

import importlib.util
import math
from pathlib import Path

import polars as pl
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "reject_inference.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("reject_inference_benchmark", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def grades(benchmark):
    """Three banks: what is lost, and what exploring has paid."""
    lost = {benchmark.NOTHING: [5.0, 6.0, 7.0], "exploring": [4.0, 6.0, 5.0], benchmark.ALL: [4.0, 4.0, 4.0]}
    others = {"learnt_from": 100, "roc_auc": 0.7, "slope": 1.0, "in_the_large": 0.0, "refused_error": -1.0}
    return pl.DataFrame(
        {
            "policy": "one",
            "method": method,
            "seed": seed,
            "lost": points,
            "paid": 0.5 * (method == "exploring"),
            **others,
        }
        for method, three in lost.items()
        for seed, points in enumerate(three)
    )


def test_an_interval_of_three_banks(benchmark):
    # Mean 2, standard deviation 1; Student's t of two degrees of freedom is 4.303.
    mean, low, high = benchmark.mean_interval(pl.Series([1.0, 2.0, 3.0]))
    assert (mean, low, high) == pytest.approx((2, 2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))
    mean, low, high = benchmark.mean_interval(pl.Series([1.5]))
    assert mean == 1.5
    assert math.isnan(low)
    assert math.isnan(high)


def test_what_is_gained_is_net_of_what_was_paid_and_by_bank(benchmark, grades):
    rows = {row["method"]: row for row in benchmark.summary(grades).iter_rows(named=True)}
    exploring = rows["exploring"]
    assert exploring["lost"] == 5
    assert exploring["gained"] == pytest.approx((1 + 0 + 2) / 3 - 0.5)
    # Of 0.5, -0.5 and 1.5 the standard deviation is 1.
    assert exploring["gained_low"] == pytest.approx(0.5 - 4.302653 / math.sqrt(3))
    assert exploring["missing"] == pytest.approx(1)
    assert rows[benchmark.NOTHING]["gained"] == rows[benchmark.ALL]["missing"] == 0


def test_the_table_has_a_row_for_each_method(benchmark, grades):
    lines = benchmark.table(benchmark.summary(grades))
    assert lines[0] == "**The earlier policy one**"
    assert lines[5].startswith("| exploring | 100 | 5.00 | +0.50 (-1.98 to +2.98) | 0.50 | +1.00 ")


def test_no_model_decides_better_than_the_truth(benchmark, grades):
    assert benchmark.right(grades)
    assert not benchmark.right(grades.with_columns(lost=pl.col("lost") - 4.5))
