"""How fast and how lean the features are made: beside plain pandas, as the bank grows, and on a folder of any size.

    python benchmarks/features.py                    # 30,000 simulated clients beside pandas, then growth 1x to 8x
    python benchmarks/features.py --clients 5000     # the same, smaller
    python benchmarks/features.py --folder DIR       # a folder of tables, Parquet or CSV: every client, every column
    python benchmarks/features.py --folder DIR --engine duckdb --table application_train --recipe

Every run has a process of its own, from the start of Python to a Parquet file of features, checks of the tables
included. It reports its wall time, its processor time and its largest resident memory, libraries included; beside it
stands how much of the memory came after the libraries were there. Ratios are of one session on one machine: both sides
read the same files and write Parquet with the same compression (snappy, pandas' default).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

REPEAT = 3  # the fastest of three runs counts: the others met a busier machine

#: Stands for the clients of application_train and application_test together.
BOTH = "both"


def measured(engine: str, folder: Path, clients: str = "application_train", recipe: bool = True) -> dict[str, float]:
    """Seconds, processor seconds and megabytes of one run in a process of its own."""
    command = [sys.executable, __file__, "--run", engine, "--folder", str(folder), "--table", clients]
    started = time.perf_counter()
    done = subprocess.run([*command, *(["--recipe"] if recipe else [])], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{engine} failed:\n{done.stderr}")
    return {"seconds": time.perf_counter() - started, **json.loads(done.stdout.splitlines()[-1])}


def best(engine: str, folder: Path) -> dict[str, float]:
    """The fastest of some runs."""
    return min((measured(engine, folder) for _ in range(REPEAT)), key=lambda run: run["seconds"])


def run(engine: str, folder: Path, clients: str, recipe: bool) -> dict[str, float]:
    """Make the features of a folder once, into a Parquet file, and report what it took."""
    make = ENGINES[engine]()
    libraries = largest_memory()
    with tempfile.TemporaryDirectory() as out:
        make(folder, clients, Path(out) / "features.parquet", recipe)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "processor": used.ru_utime + used.ru_stime,
        "megabytes": largest_memory(),
        "work": largest_memory() - libraries,
    }


def largest_memory() -> float:
    """Largest resident memory of this process so far, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands the largest memory of the parent down to ru_maxrss
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (1024**2 if sys.platform == "darwin" else 1024)


Maker = Callable[[Path, str, Path, bool], None]


def with_pandas() -> Maker:
    """Imports what public notebooks need, and returns how they make the recipe's features."""
    import pandas_features

    def make(folder: Path, clients: str, target: Path, recipe: bool) -> None:
        if clients == BOTH or not recipe:
            raise ValueError("pandas makes the features of the recipe, for one application table")
        pandas_features.features(folder, clients).to_parquet(target)

    return make


def with_polars() -> Maker:
    import polars as pl

    from credit.features import COLUMNS, RECIPE, build
    from credit.tables import HISTORIES, TABLES, read

    def make(folder: Path, clients: str, target: Path, recipe: bool) -> None:
        both = ("application_train", "application_test")
        tables = read(folder, (*(both if clients == BOTH else (clients,)), *HISTORIES))
        if clients == BOTH:  # read every history once, not twice
            names = TABLES["application_test"].names
            tables[BOTH] = pl.concat([tables.pop(name).select(names) for name in both])
        build(tables, clients, RECIPE if recipe else COLUMNS).sink_parquet(target, compression="snappy")

    return make


def with_duckdb() -> Maker:
    import duckdb

    from credit.features import COLUMNS, RECIPE, build
    from credit.tables import HISTORIES, TABLES

    def make(folder: Path, clients: str, target: Path, recipe: bool) -> None:
        both = ("application_train", "application_test")
        with duckdb.connect() as connection:
            names = (*(both if clients == BOTH else (clients,)), *HISTORIES)
            tables = {name: connection.from_parquet(str(folder / f"{name}.parquet")) for name in names}
            if clients == BOTH:
                columns = ", ".join(TABLES["application_test"].names)
                train, test = (tables.pop(name).project(columns) for name in both)
                tables[BOTH] = train.union(test)
            build(tables, clients, RECIPE if recipe else COLUMNS).to_parquet(str(target), compression="snappy")

    return make


ENGINES: dict[str, Callable[[], Maker]] = {"pandas": with_pandas, "polars": with_polars, "duckdb": with_duckdb}


def compare(folder: Path) -> None:
    """Our features against pandas', every column: a fast wrong answer is no answer."""
    import numpy as np
    import pandas_features

    from credit.features import RECIPE, build
    from credit.tables import HISTORIES, read

    theirs = pandas_features.features(folder).sort_index()
    ours = build(read(folder, ("application_train", *HISTORIES)), columns=RECIPE).collect().sort("SK_ID_CURR")
    names = pandas_features.names(theirs.columns)
    if sorted(names.values()) != sorted(RECIPE):
        raise AssertionError("pandas and the recipe do not have the same columns")
    wrong = [
        name
        for column, name in names.items()
        if not np.allclose(
            theirs[column].to_numpy(dtype=float, na_value=np.nan),
            ours[name].cast(float).fill_null(float("nan")).to_numpy(),
            rtol=1e-9,
            atol=1e-6,
            equal_nan=True,
        )
    ]
    if wrong:
        raise AssertionError(f"{len(wrong)} columns differ from pandas: {wrong[:10]}")
    print(f"all {len(names)} columns equal pandas' on {ours.height:,} clients")


def told(name: str, took: dict[str, float]) -> None:
    print(
        f"{name:<30}{took['seconds']:8.2f} s{took['processor']:8.2f} s processor{took['megabytes']:7.0f} MB, "
        f"{took['work']:.0f} of them for the work",
        flush=True,
    )


def beside_pandas(title: str, bank: Path) -> None:
    pandas, polars = best("pandas", bank), best("polars", bank)
    told(f"{title}: pandas", pandas)
    told(f"{title}: credit.features", polars)
    print(
        f"  ratio: {pandas['seconds'] / polars['seconds']:.1f} times as fast, "
        f"{pandas['processor'] / polars['processor']:.1f} times less processor time, "
        f"{polars['megabytes'] / pandas['megabytes']:.2f} of the memory, {polars['work'] / pandas['work']:.2f} of that "
        "for the work"
    )


def growth(bank: Path, clients: int, folder: Path) -> None:
    from credit.tables import read, sample

    base = None
    for times in (1, 2, 4, 8):
        number = clients * times // 8
        part = folder / f"x{times}"
        if number == clients:
            part = bank
        else:
            part.mkdir()
            for name, frame in sample(read(bank), number, seed=1).items():
                frame.sink_parquet(part / f"{name}.parquet")
        took = best("polars", part)
        told(f"{times}x: {number:,} clients", took)
        base = base or took["seconds"] / number
        print(f"  {took['seconds'] / number / base:.2f} of the time per client at 1x")


def as_csv(bank: Path, folder: Path) -> Path:
    """The same tables as CSV files, as the competition hands them out."""
    from credit.tables import read

    folder.mkdir()
    for name, frame in read(bank).items():
        frame.sink_csv(folder / f"{name}.csv")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=30_000, help="clients of the simulated bank")
    parser.add_argument("--folder", type=Path, help="measure this folder of tables instead of a simulated bank")
    parser.add_argument("--engine", choices=["polars", "duckdb"], default="polars", help="for --folder")
    parser.add_argument(
        "--table",
        choices=[BOTH, "application_train", "application_test"],
        default=BOTH,
        help="for --folder: the table that names the clients",
    )
    parser.add_argument("--recipe", action="store_true", help="for --folder: the 795 columns of the recipe alone")
    parser.add_argument("--run", choices=list(ENGINES), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.run:
        print(json.dumps(run(chosen.run, chosen.folder, chosen.table, chosen.recipe)))
    elif chosen.folder:
        name = f"{chosen.engine}, {chosen.folder.name}"
        told(name, measured(chosen.engine, chosen.folder, chosen.table, chosen.recipe))
    else:
        from credit.simulate import simulate

        with tempfile.TemporaryDirectory() as folder:
            print(f"simulating {chosen.clients:,} clients ...", flush=True)
            bank = simulate(Path(folder) / "bank", chosen.clients, seed=3)
            compare(bank)
            beside_pandas("CSV", as_csv(bank, Path(folder) / "csv"))
            beside_pandas("Parquet", bank)
            growth(bank, chosen.clients, Path(folder))


if __name__ == "__main__":
    main()
