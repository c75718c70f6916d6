"""How fast the app scores a client, beside other ways to serve a model; all in one run, on the same body.

    python benchmarks/serving.py                               # the shipped model; some three minutes
    python benchmarks/serving.py --bundle FOLDER --seconds 5 --rounds 5
    python benchmarks/serving.py --only quiet constant --json  # some of them, for programs
    python benchmarks/serving.py --against REVISION            # an earlier build beside this one, with its model

Each server has 2 worker processes, with one thread for numerical libraries, and is loaded over 8 connections that are
kept open: a plain Flask app (joblib pipeline of imputer, scaler and LightGBM, on a DataFrame), MLflow's own server with
the same pipeline, this app without and with its decision log, and Flask that parses the body and answers a constant,
which is the limit. The body is one simulated client with every feature by name; MLflow wants it in a list under a name.
They take turns, round by round, and the medians are told: other work on the machine slows all of them. CPU is what a
server's processes used per request, which such work changes least. Beside an earlier build both serve the model of
that build, and are asked for the same thousand clients. Then many
clients in one request, start, memory and what the workers have loaded. Ends with 1 where an aim is missed
or unsure: requests per second and CPU disagree about it, as they do on a busy machine.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import joblib
import numpy as np
import polars as pl
import repeat
from earlier_build import checkout
from servers import ONE_THREAD, ROOT, WORKERS, Server, gunicorn, procfile
from verdict import EARLIER, SERVERS, UNWANTED, judged, table

CLIENT = "SK_ID_CURR"
CLIENTS = 3000  # of the simulated bank: enough for the pipeline to fit and for a thousand in one request
ROUTE = "/predict_proba"
CONNECTIONS = 8
ENOUGH, FEWEST = 200, 80  # requests in a round: wanted, and below which its figures are refused
LONGEST = 20.0  # seconds of a round that waits for them
WARM_UP = 3.0  # seconds


def simulated(folder: Path, columns: list[str]) -> tuple[pl.DataFrame, np.ndarray]:
    """Clients of a simulated bank with ``columns``, the one of whom most is known first, and who defaulted."""
    from credit.features import build
    from credit.simulate import simulate
    from credit.tables import read

    tables = read(simulate(folder / "bank", CLIENTS, seed=5))
    made = build(tables, columns=columns).collect().sort(pl.sum_horizontal(pl.col(columns).is_null()), CLIENT)
    known = tables["application_train"].select(CLIENT, "TARGET").collect()
    return made, made.select(CLIENT).join(known, on=CLIENT, how="left", maintain_order="left")["TARGET"].to_numpy()


def pipeline(clients: pl.DataFrame, defaulted: np.ndarray, columns: list[str], folder: Path) -> tuple[Path, Path]:
    """The plain way's model, fitted, as a joblib file and as an MLflow model.

    The latter without a signature: MLflow would cast and check every column by it, twice, and answer some twelve times
    slower. Of the bodies with features by name, "dataframe_records" is then its fastest.
    """
    os.environ.update({"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"})
    import mlflow
    import pandas as pd  # type: ignore[import-untyped]

    from credit.training.candidates import PREDECESSOR

    X = pd.DataFrame(clients.select(columns).fill_null(float("nan")).to_numpy(), columns=columns)
    model = PREDECESSOR.make(0).fit(X, defaulted)
    joblib.dump(model, folder / "pipeline.joblib")
    mlflow.sklearn.save_model(
        model,
        folder / "mlflow",
        serialization_format="cloudpickle",
        pip_requirements=[],
        pyfunc_predict_fn="predict_proba",
    )
    return folder / "pipeline.joblib", folder / "mlflow"


def made_servers(folder: Path, bundle: Path, body: dict[str, Any], models: tuple[Path, Path]) -> dict[str, Server]:
    """Every server, not started."""
    plain = folder / "plain"
    plain.mkdir()
    (plain / "gunicorn.conf.py").write_text("control_socket_disable = True\n")
    one = json.dumps(body).encode()
    records = json.dumps({"dataframe_records": [{name: v for name, v in body.items() if name != CLIENT}]}).encode()
    own = {"BUNDLE": str(bundle.resolve()), "DATABASE_URL": f"sqlite:///{folder}/decisions.db"}
    mlflow = ["-m", "mlflow", "models", "serve", "-m", str(models[1]), "--env-manager", "local", "--host", "127.0.0.1"]
    mlflow += ["--port", "{port}", "--workers", str(WORKERS)]

    def server(name: str, words: list[str], **more: Any) -> Server:
        return Server(words, more.pop("route", ROUTE), more.pop("body", one), folder / f"{name}.log", **more)

    return {
        "plain": server(
            "plain", gunicorn("benchmarks.plain_app:app"), environ={"PLAIN_MODEL": str(models[0])}, folder=plain
        ),
        "mlflow": server(
            "mlflow",
            [sys.executable, *mlflow],
            route="/invocations",
            body=records,
            environ={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DO_NOT_TRACK": "true"},
            folder=plain,
        ),
        "quiet": server("quiet", procfile("benchmarks.quiet_app:app"), environ=own),
        "logged": server("logged", procfile(), environ=own),
        "constant": server("constant", procfile("benchmarks.constant_app:app"), environ=own),
    }


def earlier(folder: Path, body: dict[str, Any]) -> Server:
    """The server of an earlier build, not started, with its decision log and the model in its checkout."""
    code = folder / EARLIER
    log = f"sqlite:///{folder}/earlier.db"
    environ = {"PYTHONPATH": str(code), "BUNDLE": str(code / "mlruns_reduced"), "DATABASE_URL": log}
    words = procfile(root=code)
    return Server(words, ROUTE, json.dumps(body).encode(), folder / "earlier.log", environ=environ, folder=code)


def alike(servers: Sequence[Server], clients: pl.DataFrame, columns: list[str]) -> dict[str, Any]:
    """How many clients get the same probability, to the last digit, of the first and of the last server."""
    body = json.dumps(clients.head(1000).select(CLIENT, *columns).to_dicts()).encode()
    first, last = (json.loads(server.post(body)[1])["prediction"] for server in (servers[0], servers[-1]))
    return {"clients": len(first), "same": sum(first[name] == last.get(name) for name in first)}


def take_turns(
    servers: dict[str, Server], folder: Path, rounds: int, seconds: float, wrk: bool
) -> dict[str, dict[str, Any]]:
    """Load each server in each round; medians over rounds, and the memory of its processes along the way.

    A round of a slow server lasts longer, for some ``ENOUGH`` requests: the end of a round cuts off what is under way,
    which would make a slow server slower than it is.
    Raises RuntimeError where a server answers anything but 2xx: its figures would mean nothing.
    """
    found: dict[str, list[repeat.Load]] = {name: [] for name in servers}
    memory: dict[str, list[float]] = {name: [] for name in servers}
    processor: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(rounds + 1):
        for name, server in servers.items():
            file = folder / f"{name}.json"
            file.write_bytes(server.body)
            lasts = WARM_UP
            if number:
                lasts = max(seconds, min(LONGEST, ENOUGH / max(1.0, found[name][0].rate)))
            used = server.processor() if linux() else float("nan")
            done = repeat.send(server.url, file, CONNECTIONS, lasts, wrk=wrk)
            if done.errors:
                raise RuntimeError(f"{name}: {done.errors} of {done.requests} requests failed")
            if number and done.requests < FEWEST:
                raise RuntimeError(f"{name}: {done.requests} requests in a round tell nothing; raise --seconds")
            found[name].append(done)
            if linux():
                memory[name].append(server.memory())
                processor[name].append((server.processor() - used) / done.requests)
    return {
        name: {
            "rate": median(one.rate for one in loads[1:]),  # the first one warms up
            "p50": median(one.p50 for one in loads[1:]),
            "p99": median(one.p99 for one in loads[1:]),
            "processor": 1000 * median(processor[name][1:]) if linux() else None,
            "requests": sum(one.requests for one in loads),
            "memory": memory[name],
            "rounds": [asdict(one) for one in loads],
        }
        for name, loads in found.items()
    }


def many(server: Server, bundle: Path, clients: pl.DataFrame, columns: list[str], wanted: int) -> dict[str, Any]:
    """Clients per second of one request that holds ``wanted`` of them, or as many as the server takes, and of the bare
    model in this process on the same array; one after the other, in turns.
    """
    from credit.model import lightgbm_fast, load_bundle

    loaded = load_bundle(bundle)
    trees = lightgbm_fast.trees(loaded.model)
    while True:
        some = clients.head(wanted)
        body = json.dumps(some.select(CLIENT, *columns).to_dicts()).encode()
        status, answer = server.post(body)
        if status == 200:
            break
        if status != 413:
            raise RuntimeError(f"{wanted} clients in one request: {status} {answer[:500]!r}")
        wanted = wanted * 9 // 10
    X = some.select(columns).fill_null(float("nan")).to_numpy().astype(np.float64, order="C")
    asked, bare = [], []
    for _ in range(15):
        began = time.perf_counter()
        server.post(body)
        asked.append(time.perf_counter() - began)
        began = time.perf_counter()
        if trees is None:
            loaded.model.predict_proba(X)
        else:
            trees.booster.predict(trees.read(X), num_threads=1)
        bare.append(time.perf_counter() - began)
    return {
        "clients": wanted,
        "megabytes": len(body) / 1e6,
        "rate": wanted / median(asked),
        "bare": wanted / median(bare),
        "what": "model.predict_proba" if trees is None else f"booster of {trees.booster.num_trees()} trees",
    }


def linux() -> bool:
    """Whether processes can be looked into as here."""
    return Path("/proc/self/smaps_rollup").exists()


def main() -> int:
    """Measure, print; 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=None, help="folder with the model  [default: mlruns_reduced]")
    parser.add_argument("--against", help="a revision of this repository, such as a tag or a commit: it and this build")
    parser.add_argument("--seconds", type=float, default=4.0, help="of load, for each server in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=1000, help="in one request; fewer where the server refuses them")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[name for name in SERVERS if name != EARLIER],
        default=None,
        help="servers to measure  [default: all]",
    )
    parser.add_argument("--python-load", action="store_true", help="do not use wrk, even where it is found")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if not os.environ.keys() >= ONE_THREAD.keys():  # read by the libraries when they are loaded
        os.execve(sys.executable, [sys.executable, __file__, *sys.argv[1:]], {**ONE_THREAD, **os.environ})
    sys.path.insert(0, str(ROOT))
    wrk = repeat.found() and not chosen.python_load
    wanted = chosen.only or (["logged"] if chosen.against else [name for name in SERVERS if name != EARLIER])
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        folder = Path(temporary)
        bundle = chosen.bundle or ROOT / "mlruns_reduced"
        if chosen.against:
            bundle = checkout(chosen.against, folder / EARLIER) / "mlruns_reduced"
        columns: list[str] = list(joblib.load(bundle / "columns.pkl"))
        clients, defaulted = simulated(folder, columns)
        models = pipeline(clients, defaulted, columns, folder)
        body = clients.select(CLIENT, *columns).row(0, named=True)
        servers = made_servers(folder, bundle, body, models)
        servers = {name: server for name, server in servers.items() if name in wanted}
        if chosen.against:
            servers[EARLIER] = earlier(folder, body)
        start = {}
        for name, server in servers.items():
            running.callback(server.stop)
            start[name] = server.start()
        result: dict[str, Any] = {
            "bundle": str(bundle),
            "columns": len(columns),
            "body": len(json.dumps(body)),
            "load": "wrk" if wrk else "benchmarks/repeat.py",
            "start": start,
            "servers": take_turns(servers, folder, chosen.rounds, chosen.seconds, wrk),
        }
        own = [server for name, server in servers.items() if name in ("quiet", "logged")]
        if own and linux():
            result["mapped"] = sorted({name for name in UNWANTED for server in own if server.mapped(name)})
        if own:
            result["many"] = many(own[0], bundle, clients, columns, chosen.clients)
        if chosen.against:
            result["alike"] = alike(list(servers.values()), clients, columns)
    result["aims"] = judged(result)
    if chosen.json:
        print(json.dumps(result, indent=2))
    else:
        print(f"{len(columns):,} columns, body {result['body'] / 1000:.1f} kB, {CONNECTIONS} connections, ", end="")
        print(
            f"{WORKERS} workers, load by {result['load']}, median of {chosen.rounds} rounds of {chosen.seconds:g} s\n"
        )
        print(*table(result), sep="\n")
    return 0 if all(one["reached"] for one in result["aims"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
