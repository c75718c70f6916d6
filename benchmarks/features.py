"""How fast and how lean the features are made: beside plain pandas, as the bank grows, and on a folder of any size.

    python benchmarks/features.py                    # 30,000 simulated clients beside pandas, then growth 1x to 8x
    python benchmarks/features.py --clients 5000     # the same, smaller
    python benchmarks/features.py --folder DIR       # a folder of tables alone: seconds, memory, rows per second
    python benchmarks/features.py --folder DIR --engine duckdb --extra

Every run has a process of its own, which reports its wall time, its processor time and its largest resident memory
including libraries. Ratios are of one session on one machine; both sides read the same Parquet files.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEAT = 3  # the fastest of three runs counts: the others met a busier machine


def measured(engine: str, folder: Path, clients: str, extra: bool = False) -> dict[str, float]:
    """Seconds, processor seconds and megabytes of one run in a process of its own."""
    command = [sys.executable, __file__, "--run", engine, "--folder", str(folder), "--table", clients]
    done = subprocess.run([*command, *(["--extra"] if extra else [])], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{engine} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def best(*args, **kwargs) -> dict[str, float]:
    """The fastest of some runs."""
    return min((measured(*args, **kwargs) for _ in range(REPEAT)), key=lambda run: run["seconds"])


def run(engine: str, folder: Path, clients: str, extra: bool) -> dict[str, float]:
    """Make the features of a folder once, into a Parquet file, and report what it took."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        target = Path(out) / "features.parquet"
        if engine == "pandas":
            import pandas_features

            pandas_features.features(folder, clients).to_parquet(target)
        else:
            with_columns(engine, folder, clients, target, extra)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - started,
        "processor": used.ru_utime + used.ru_stime,
        "megabytes": largest_memory(),
    }


def largest_memory() -> float:
    """Largest resident memory of this process so far, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands the largest memory of the parent down to ru_maxrss
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (1024**2 if sys.platform == "darwin" else 1024)


def with_columns(engine: str, folder: Path, clients: str, target: Path, extra: bool) -> None:
    from credit.features import EXTRA, RECIPE, build
    from credit.tables import HISTORIES, read

    columns = (*RECIPE, *EXTRA) if extra else RECIPE
    names = (clients, *HISTORIES)
    if engine == "polars":
        build(read(folder, names), clients, columns).sink_parquet(target)
    else:
        import duckdb

        with duckdb.connect() as connection:
            tables = {name: connection.from_parquet(str(folder / f"{name}.parquet")) for name in names}
            build(tables, clients, columns).to_parquet(str(target))


def compare(folder: Path) -> None:
    """Our features against pandas', every column: a fast wrong answer is no answer."""
    import numpy as np
    import pandas_features

    from credit.features import RECIPE, build
    from credit.tables import HISTORIES, read

    theirs = pandas_features.features(folder).sort_index()
    ours = build(read(folder, ("application_train", *HISTORIES))).collect().sort("SK_ID_CURR")
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
    print(f"{name:<28}{took['seconds']:9.2f} s{took['processor']:9.2f} s processor{took['megabytes']:9.0f} MB")


def beside_pandas(bank: Path) -> None:
    compare(bank)
    pandas = best("pandas", bank, "application_train")
    polars = best("polars", bank, "application_train")
    told("pandas", pandas)
    told("credit.features", polars)
    print(
        f"ratio: {pandas['seconds'] / polars['seconds']:.1f} times as fast, "
        f"{polars['megabytes'] / pandas['megabytes']:.2f} of the memory"
    )


def growth(bank: Path, clients: int, folder: Path) -> None:
    from credit.tables import read, sample

    base = None
    for times in (1, 2, 4, 8):
        number = clients * times // 8
        part = folder / f"x{times}"
        part.mkdir()
        if number == clients:
            part = bank
        else:
            for name, frame in sample(read(bank), number, seed=1).items():
                frame.sink_parquet(part / f"{name}.parquet")
        took = best("polars", part, "application_train")
        told(f"{times}x: {number:,} clients", took)
        base = base or took["seconds"] / number
        print(f"{'':<28}{took['seconds'] / number / base:9.2f} of the time per client at 1x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=30_000, help="clients of the simulated bank")
    parser.add_argument("--folder", type=Path, help="measure this folder of tables instead of a simulated bank")
    parser.add_argument("--engine", choices=["polars", "duckdb"], default="polars", help="for --folder")
    parser.add_argument("--table", default="application_train", help="the table that names the clients")
    parser.add_argument("--extra", action="store_true", help="with the features beyond the recipe")
    parser.add_argument("--run", choices=["polars", "duckdb", "pandas"], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.run:
        print(json.dumps(run(chosen.run, chosen.folder, chosen.table, chosen.extra)))
    elif chosen.folder:
        told(
            f"{chosen.engine}, {chosen.folder.name}", measured(chosen.engine, chosen.folder, chosen.table, chosen.extra)
        )
    else:
        from credit.simulate import simulate

        with tempfile.TemporaryDirectory() as folder:
            print(f"simulating {chosen.clients:,} clients ...")
            bank = simulate(Path(folder) / "bank", chosen.clients, seed=3)
            beside_pandas(bank)
            growth(bank, chosen.clients, Path(folder))


if __name__ == "__main__":
    main()
