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


@pytest.fixture
def file(benchmark, grades, tmp_path):
    """Grades of three banks under the first policy, as a run that was stopped leaves them."""
    policy = benchmark.POLICIES[0]
    found = benchmark.with_settings(grades.with_columns(policy=pl.lit(policy.name)), 500, 300, 60)
    benchmark.keep(found, tmp_path / "grades.parquet")
    return tmp_path / "grades.parquet"


def test_a_run_goes_on_from_the_banks_in_its_file(benchmark, file, monkeypatch, capsys):
    asked = []

    def one_bank(seed, **settings):
        asked.append((seed, settings["clients"], settings["judges"], settings["policies"]))
        return (
            pl.read_parquet(file)
            .filter(pl.col("seed") == 0)
            .with_columns(seed=pl.lit(seed, pl.Int64), lost=pl.lit(8.0))
        )

    class Here:
        """Banks one after another in this process, where the work is that of the test."""

        def __init__(self, *_): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def map(self, work, seeds):
            return map(work, seeds)

    monkeypatch.setattr(benchmark, "one_bank", one_bank)
    monkeypatch.setattr(benchmark, "ProcessPoolExecutor", Here)
    words = ["bench", "--first", "1", "--seeds", "3", "--clients", "500", "--judges", "300", "--policies", "1"]
    monkeypatch.setattr("sys.argv", [*words, "--out", str(file)])
    with pytest.raises(SystemExit) as end:
        benchmark.main()
    assert end.value.code == 0
    # Banks 1 and 2 are in the file, 0 is not of this run and stays in it.
    assert asked == [(3, 500, 300, (benchmark.POLICIES[0],))]
    assert sorted({*pl.read_parquet(file)["seed"]}) == [0, 1, 2, 3]
    # Banks 1 and 2 lose 6 and 7 points by doing nothing, and bank 3 loses 8.
    assert f"| {benchmark.NOTHING} | 100 | 7.00 |" in capsys.readouterr().out


def test_a_file_of_other_settings_is_refused(benchmark, file):
    own = (500, 300, 60, benchmark.POLICIES[:1])
    assert benchmark.kept(file, *own)["seed"].n_unique() == 3
    assert benchmark.kept(file.with_name("none.parquet"), *own).is_empty()
    with pytest.raises(ValueError, match=r"has banks of clients 500, not 20,000; name another file"):
        benchmark.kept(file, 20_000, *own[1:])
    with pytest.raises(ValueError, match=r"has banks of features 60, not 1,084"):
        benchmark.kept(file, *own[:2], 1_084, own[3])
    with pytest.raises(ValueError, match=r"has other earlier policies than refuses 1 in 10, refuses 4 in 10"):
        benchmark.kept(file, *own[:3], benchmark.POLICIES)


def test_no_model_decides_better_than_the_truth(benchmark, grades):
    assert benchmark.right(grades)
    assert not benchmark.right(grades.with_columns(lost=pl.col("lost") - 4.5))
