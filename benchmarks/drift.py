"""How fast drift is told of every feature, and how often a quiet bank raises an alarm.

python benchmarks/drift.py                   300,000 clients with 950 features, on one core
python benchmarks/drift.py --quiet 20        besides: 20 banks that only chance tells apart, by the shipped model
python benchmarks/drift.py --live 20         besides: what scoring waits while the service looks at its log all the time
"""

import argparse
import json
import resource
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from servers import Server, procfile

from credit.monitoring import Profile, compare, importance_of

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

    from credit.decision.cost import Costs
    from credit.decision_log.decision_arrays import Decided
    from credit.model import load_bundle
    from credit.monitoring.alarms import alarms
    from credit.monitoring.background import read_profile
    from credit.monitoring.drift_report import features_of
    from credit.monitoring.performance import account
    from credit.simulate import simulate

    bundle = "mlruns_reduced"
    model = load_bundle(bundle)
    profile = read_profile(model, bundle)
    if isinstance(profile, str):
        raise SystemExit(profile)
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
        raised = alarms(drift, account(decided, **Costs.of(model.manifest).to_dict()))
        found += [f"seed {seed}: {one.kind}: {one.text}" for one in raised]
        most = max(one.psi for one in drift.features)
        print(
            f"seed {seed}: verdict {drift.level}, index {drift.score:.3f}, largest PSI of a feature {most:.3f}, "
            f"{len(raised)} alarms"
        )
    print(f"{runs} quiet banks of {number:,} clients: {len(found)} alarms", *found, sep="\n  ")


def live(duration: float, decisions: int = 5_000) -> None:
    """How long one client after another waits for /score: nobody looking, and one look after another.

    In service a look begins at most every five minutes, and when somebody asks; here the next begins with the answer of
    the one before, each of another window, so that nothing is remembered.
    """
    with tempfile.TemporaryDirectory() as folder:
        environ = {"DATABASE_URL": f"sqlite:///{folder}/decisions.db", "WEB_CONCURRENCY": "1"}
        loan = {"AMT_CREDIT": 1e5, "AMT_ANNUITY": 1e4}
        body = json.dumps({"SK_ID_CURR": 0, "EXT_SOURCE_2": 0.5, **loan}).encode()
        server = Server([*procfile()[:-2], "1", "app:app"], "/score", body, Path(folder) / "stderr", environ)
        server.start()
        try:
            rng = np.random.default_rng(1)
            for first in range(1, decisions, 500):
                some = [{"SK_ID_CURR": first + k, "EXT_SOURCE_2": float(rng.random()), **loan} for k in range(500)]
                assert server.post(json.dumps(some).encode())[0] == 200
            alone = waits(server, body, duration)
            ended, looks = threading.Event(), []
            beside = threading.Thread(target=looking, args=(server, decisions, ended, looks))
            beside.start()
            together = waits(server, body, duration)
            ended.set()
            beside.join()
        finally:
            server.stop()
    for name, found in (("nobody looks", alone), (f"{len(looks)} looks, one after another", together)):
        print(f"/score, {name}: median {np.median(found):5.1f} ms, 99 % within {np.quantile(found, 0.99):5.1f} ms")
    print(f"a look at {decisions:,} decisions takes {np.median(looks):.1f} s beside scoring")


def waits(server: Server, body: bytes, duration: float) -> list[float]:
    """Milliseconds of each request in so many seconds."""
    found, until = [], time.perf_counter() + duration
    while (began := time.perf_counter()) < until:
        assert server.post(body)[0] == 200
        found.append(1000 * (time.perf_counter() - began))
    return found


def looking(server: Server, decisions: int, ended: threading.Event, looks: list[float]) -> None:
    """Ask for drift of one window after another, until it is ended; seconds of each look."""
    last = decisions
    while not ended.is_set():
        last, began = last - 1, time.perf_counter()
        while not ended.is_set():
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/drift?last={last}", timeout=30) as answer:
                if json.loads(answer.read())["status"] == "ready":
                    looks.append(time.perf_counter() - began)
                    break


def main() -> None:
    """As the command says."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--clients", type=int, default=300_000)
    asked.add_argument("--features", type=int, default=950)
    asked.add_argument("--quiet", type=int, default=0, help="so many quiet banks")
    asked.add_argument("--live", type=float, default=0, help="so many seconds of scoring, twice")
    asked.add_argument("--bank", type=int, default=2_000, help="clients of each")
    given = asked.parse_args()
    speed(given.clients, given.features)
    if given.quiet:
        quiet(given.quiet, given.bank)
    if given.live:
        live(given.live)


if __name__ == "__main__":
    main()
