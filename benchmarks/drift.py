"""How fast drift is told of every feature, and how often a quiet bank raises an alarm.

python -m benchmarks.drift                 300,000 clients with 950 features, on one core
python -m benchmarks.drift --quiet 20      besides: 20 banks that only chance tells apart, by the shipped model
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from credit.drift import Profile, compare, importance_of

#: Clients made at a time: few are in memory.
CHUNK = 20_000


def clients(number: int, features: int, seed: int, shift: float) -> Iterator[np.ndarray]:
    """Chunks of clients: two thirds of the features with many values, the others with few, a tenth missing."""
    for start in range(0, number, CHUNK):
        rng = np.random.default_rng([seed, start])
        X = rng.standard_normal((min(CHUNK, number - start), features))
        X[:, ::3] = np.floor(2 * np.abs(X[:, ::3]))
        X[rng.random(X.shape) < 0.1] = np.nan
        X[:, 0] += shift
        yield X


class Again:
    """Chunks that can be gone through more than once."""

    def __init__(self, *settings: float) -> None:
        self._settings = settings

    def __iter__(self) -> Iterator[np.ndarray]:
        return clients(*self._settings)


def seconds(of: float) -> str:
    return f"{of:6.1f} s"


def speed(number: int, features: int) -> None:
    """The profile of so many clients, and so many others counted against it."""
    columns = [f"f{k}" for k in range(features)]
    began, cpu = time.perf_counter(), time.process_time()
    for _ in Again(number, features, 1, 0.0):
        pass
    making = time.process_time() - cpu
    began, cpu = time.perf_counter(), time.process_time()
    profile = Profile.of(columns, Again(number, features, 1, 0.0))
    # Going through the clients three times makes them three times, which is none of the profile's work.
    print(f"profile of {number:,} x {features}:  {seconds(time.process_time() - cpu - 3 * making)} of one core")
    counting = wall = 0.0
    tally = profile.tally()
    for X in clients(number, features, 2, 0.5):
        began, cpu = time.perf_counter(), time.process_time()
        tally.add(X)
        counting += time.process_time() - cpu
        wall += time.perf_counter() - began
    began, cpu = time.perf_counter(), time.process_time()
    found = compare(profile, tally)
    counting += time.process_time() - cpu
    wall += time.perf_counter() - began
    assert [one.feature for one in found.features if one.level != "stable"] == ["f0"]
    print(
        f"index of {number:,} x {features}:    {seconds(counting)} of one core, {seconds(wall)} on the clock (limit 15)"
    )
    print(f"the profile has {len(profile.written()) / 1000:,.0f} kB; at most {peak():,.0f} MB of memory were in use")


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def quiet(runs: int, number: int) -> None:
    """Banks with seeds of their own, decided on by the shipped model: none should raise an alarm."""
    import polars as pl

    from credit import scorer
    from credit.drift.alarms import alarms
    from credit.drift.checking import features_of
    from credit.drift.watch import costs_of, read_profile
    from credit.outcomes import Decided, account
    from credit.simulate import simulate

    bundle = "mlruns_reduced"
    model = scorer.load(bundle)
    profile = read_profile(model, bundle)
    if isinstance(profile, str):
        raise SystemExit(profile)
    assert profile is not None
    found: list[str] = []
    for seed in range(1000, 1000 + runs):
        with tempfile.TemporaryDirectory() as folder:
            bank = simulate(Path(folder) / "bank", number, seed=seed, test_clients=1)
            x = features_of(model, bank, "application_train")
            target = pl.read_parquet(bank / "application_train.parquet").sort("SK_ID_CURR")["TARGET"].to_numpy()
        p = model.probability(x)
        tally = profile.tally()
        tally.add(x)
        week = np.full(len(p), np.datetime64("2026-01-05"))
        decided = Decided(week, p, model.refused(p), x[:, model.index["AMT_CREDIT"]], target.astype(float))
        drift = compare(profile, tally, p, importance_of(model.manifest))
        raised = alarms(drift, account(decided, *costs_of(model.manifest)))
        found += [f"seed {seed}: {one.kind}: {one.text}" for one in raised]
        most = max(one.psi for one in drift.features)
        print(
            f"seed {seed}: verdict {drift.level}, index {drift.score:.3f}, largest PSI of a feature {most:.3f}, "
            f"{len(raised)} alarms"
        )
    print(f"{runs} quiet banks of {number:,} clients: {len(found)} alarms", *found, sep="\n  ")


def main() -> None:
    """As the command says."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--clients", type=int, default=300_000)
    asked.add_argument("--features", type=int, default=950)
    asked.add_argument("--quiet", type=int, default=0, help="so many quiet banks")
    asked.add_argument("--bank", type=int, default=2_000, help="clients of each")
    given = asked.parse_args()
    speed(given.clients, given.features)
    if given.quiet:
        quiet(given.quiet, given.bank)


if __name__ == "__main__":
    main()
