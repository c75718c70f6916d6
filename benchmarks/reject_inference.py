"""Reject inference, graded by the truth of simulated banks: what each method loses, with intervals over banks.

python benchmarks/reject_inference.py                          20 banks of 20,000 applicants, on 20,000 fresh ones each
python benchmarks/reject_inference.py --seeds 1 --columns all  one bank, with all features in place of sixty
python benchmarks/reject_inference.py --out grades.parquet     goes on from the banks in that file, and keeps each one

Each bank has three histories: an earlier policy refused one in ten, four in ten, or four in ten with an officer who saw
more than the columns hold (`credit.training.hidden_outcomes`). Per history and method: points lost against deciding by
the true probabilities (a point: 1 % of what accepting everybody costs), the same against doing nothing and against
knowing all outcomes, what was paid for outcomes, and AUC and calibration among all fresh applicants. Intervals are
Student's t over the banks, of differences within a bank. Right value: in no bank does a model lose less than the truth.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from scipy.special import stdtrit

from credit.decision.cost import Costs
from credit.features import COLUMNS as ALL_COLUMNS
from credit.training.graded_columns import COLUMNS
from credit.training.hidden_outcomes import ALL, NOTHING, POLICIES, EarlierPolicy, bank, graded


def one_bank(
    seed: int, clients: int, judges: int, columns: tuple[str, ...], policies: tuple[EarlierPolicy, ...] = POLICIES
) -> pl.DataFrame:
    """The grades of one simulated bank, with its seed and its settings."""
    found = graded(*bank(clients, judges, seed, columns), seed, policies, costs=Costs())
    return with_settings(found.with_columns(seed=pl.lit(seed, pl.Int64)), clients, judges, len(columns))


def with_settings(grades: pl.DataFrame, clients: int, judges: int, features: int) -> pl.DataFrame:
    """The grades with the columns by which `kept` knows what made them."""
    named = {"clients": clients, "judges": judges, "features": features}
    return grades.with_columns(pl.lit(value, pl.Int64).alias(name) for name, value in named.items())


def kept(
    path: Path, clients: int, judges: int, features: int, policies: tuple[EarlierPolicy, ...] = POLICIES
) -> pl.DataFrame:
    """The grades in a file that an earlier run has written, no rows where there is no file.

    Raises ``ValueError`` for a file of other settings, whose banks are no draws of the same.
    """
    if not path.exists():
        return pl.DataFrame()
    found = pl.read_parquet(path)
    asked: dict[str, object] = {"clients": clients, "judges": judges, "features": features}
    for name, value in asked.items():
        other = sorted({*found[name].to_list()} - {value})
        if other:
            raise ValueError(f"{path} has banks of {name} {other[0]:,}, not {value:,}; name another file by --out")
    names = {one.name for one in policies}
    if {*found["policy"]} != names:
        raise ValueError(
            f"{path} has other earlier policies than {', '.join(sorted(names))}; name another file by --out"
        )
    return found


def keep(grades: pl.DataFrame, path: Path) -> None:
    """Write the grades of all banks so that a run that is stopped meanwhile loses none."""
    new = path.with_name(f"{path.name}.new")
    grades.write_parquet(new)
    new.replace(path)


def mean_interval(values: pl.Series, level: float = 0.95) -> tuple[float, float, float]:
    """Mean and ends of its interval by Student's t; the ends are NaN for a single value."""
    numbers = values.to_numpy()
    n, mean = len(numbers), float(numbers.mean())
    if n < 2:
        return mean, float("nan"), float("nan")
    half = float(stdtrit(n - 1, (1 + level) / 2)) * float(numbers.std(ddof=1)) / n**0.5
    return mean, mean - half, mean + half


def summary(grades: pl.DataFrame) -> pl.DataFrame:
    """A row for each policy and method: means over the seeds, and intervals of lost points and of their differences.

    Columns: policy, method; lost, gained (against doing nothing, what was paid subtracted) and missing (against all
    outcomes known), each with its ends ``_low`` and ``_high``; the other columns of `Grade` as means.
    """
    rows = []
    for (policy,), of_policy in grades.group_by("policy", maintain_order=True):
        reference = {name: of_policy.filter(pl.col("method") == name).sort("seed")["lost"] for name in (NOTHING, ALL)}
        for (method,), some in of_policy.group_by("method", maintain_order=True):
            one = some.sort("seed")
            measured = {
                "lost": one["lost"],
                "gained": reference[NOTHING] - one["lost"] - one["paid"],
                "missing": one["lost"] - reference[ALL],
            }
            row: dict[str, object] = {"policy": policy, "method": method}
            for name, values in measured.items():
                row[name], row[f"{name}_low"], row[f"{name}_high"] = mean_interval(values)
            for name in ("learnt_from", "paid", "roc_auc", "slope", "in_the_large", "refused_error"):
                row[name] = one[name].mean()
            rows.append(row)
    return pl.DataFrame(rows)


def table(found: pl.DataFrame) -> list[str]:
    """The summary as tables in Markdown, one for each policy."""
    lines = []
    for (policy,), rows in found.group_by("policy", maintain_order=True):
        lines += [f"**The earlier policy {policy}**", ""]
        lines.append(
            "| method | outcomes | lost | gained against nothing, net of what is paid | paid | lost against all known "
            "| AUC | slope | in the large | error on the refused |"
        )
        lines.append("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
        for row in rows.iter_rows(named=True):
            gained, missing = (
                f"{row[name]:+.2f} ({row[f'{name}_low']:+.2f} to {row[f'{name}_high']:+.2f})"
                for name in ("gained", "missing")
            )
            lines.append(
                f"| {row['method']} | {row['learnt_from']:,.0f} | {row['lost']:.2f} | "
                f"{'' if row['method'] == NOTHING else gained} | {row['paid']:.2f} | "
                f"{'' if row['method'] == ALL else missing} | {row['roc_auc']:.4f} | {row['slope']:.3f} | "
                f"{row['in_the_large']:+.3f} | {row['refused_error']:+.2f} |"
            )
        lines.append("")
    return lines


def right(grades: pl.DataFrame) -> bool:
    """Whether no model decided better in expectation than the true probabilities, which is impossible."""
    return bool((grades["lost"] >= 0).all())


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="simulated banks")
    parser.add_argument("--first", type=int, default=1, help="the first seed; the others follow")
    parser.add_argument("--clients", type=int, default=20_000, help="applicants of each history")
    parser.add_argument("--judges", type=int, default=20_000, help="fresh applicants who judge")
    parser.add_argument("--columns", choices=["sixty", "all"], default="sixty", help="features that the models read")
    parser.add_argument("--policies", default="1,2,3", help="which of the earlier policies, parted by commas")
    parser.add_argument("--jobs", type=int, default=1, help="banks at a time")
    parser.add_argument("--out", help="Parquet file of the grades: banks in it are not made anew, others are added")
    given = parser.parse_args()
    columns = COLUMNS if given.columns == "sixty" else ALL_COLUMNS
    policies = tuple(POLICIES[int(number) - 1] for number in given.policies.split(","))
    seeds = range(given.first, given.first + given.seeds)
    grades = pl.DataFrame()
    if given.out:
        try:
            grades = kept(Path(given.out), given.clients, given.judges, len(columns), policies)
        except ValueError as error:
            parser.error(str(error))
    left = [seed for seed in seeds if grades.is_empty() or seed not in grades["seed"]]
    work = partial(one_bank, clients=given.clients, judges=given.judges, columns=tuple(columns), policies=policies)
    began = time.perf_counter()
    # Threads of Polars do not outlive a fork.
    with ProcessPoolExecutor(given.jobs, get_context("spawn")) as pool:
        for seed, part in zip(left, pool.map(work, left), strict=True):
            grades = pl.concat([grades, part]) if len(grades) else part
            print(f"bank {seed} after {time.perf_counter() - began:.0f} seconds", file=sys.stderr, flush=True)
            if given.out:  # also where a long run is stopped
                keep(grades, Path(given.out))
    grades = grades.filter(pl.col("seed").is_in([*seeds]))
    print("\n".join(table(summary(grades))))
    met = right(grades)
    print(f"Right value {'met' if met else 'MISSED'}: no model decides better in expectation than the truth.")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
