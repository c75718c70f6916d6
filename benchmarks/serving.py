"""How fast the app scores a client, beside other ways to serve a model; all in one run, on the same body.

    python benchmarks/serving.py                               # the shipped model; some ten minutes
    python benchmarks/serving.py --bundle FOLDER --seconds 5 --rounds 5
    python benchmarks/serving.py --only quiet constant --json  # some of them, for programs
    python benchmarks/serving.py --against REVISION            # an earlier build beside this one, with its model

Each server has 2 worker processes, with one thread for numerical libraries, and is loaded over 8 connections that are
kept open: a plain Flask app (joblib pipeline of imputer, scaler and LightGBM, on a DataFrame), MLflow's own server with
the same pipeline, this app without its decision log, with one in SQLite and with one in a PostgreSQL made for it (left
out where there is no initdb), and Flask that parses the body and answers a constant, which is the limit. The bodies are
what users send of one simulated client: every feature by name, the published row of the application, and the
raw tables with some 300 rows; the plain app and MLflow take the first alone, MLflow in a list under a name.
They take turns, round by round, and medians are given: other work on the machine slows all of them. CPU is what a
server's processes used per request, which such work changes least. Then each own server is asked at half the rate that
it managed, for its p99. Beside an earlier build both serve the model of that build, and are asked for the same thousand
clients. Then many clients in one request, start, memory and what the workers have loaded. Ends with 1 where an aim is
missed or unsure: requests per second and CPU disagree about it, as they do on a busy machine.
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
from faults import PostgreSQL
from servers import ONE_THREAD, ROOT, WORKERS, Server, gunicorn, procfile
from verdict import BODIES, EARLIER, FEATURES, OWN, SERVERS, UNWANTED, judged, table

CLIENT = "SK_ID_CURR"
CLIENTS = 3000  # of the simulated bank: enough for the pipeline to fit and for a thousand in one request
ROUTE = "/predict_proba"
TABLE_ROWS = 300  # of the client whose raw tables are sent
CONNECTIONS = 8
ENOUGH, FEWEST = 200, 80  # requests in a round: wanted, and below which its figures are refused
LONGEST = 20.0  # seconds of a round that waits for them
WARM_UP = 3.0  # seconds


def simulated(folder: Path, columns: list[str]) -> tuple[pl.DataFrame, np.ndarray, dict[str, dict[str, Any]]]:
    """Clients of a simulated bank with ``columns``, the one of whom most is known first, who defaulted, and what is
    sent: body by body.
    """
    from credit.features import build
    from credit.simulate import simulate
    from credit.tables import read

    tables = read(simulate(folder / "bank", CLIENTS, seed=5))
    made = build(tables, columns=columns).collect().sort(pl.sum_horizontal(pl.col(columns).is_null()), CLIENT)
    known = tables["application_train"].select(CLIENT, "TARGET").collect()
    sent = {FEATURES: made.select(CLIENT, *columns).row(0, named=True), **raw_bodies(folder / "bank")}
    defaulted = made.select(CLIENT).join(known, on=CLIENT, how="left", maintain_order="left")["TARGET"].to_numpy()
    return made, defaulted, sent


def raw_bodies(bank: Path) -> dict[str, dict[str, Any]]:
    """Published row, and raw tables, of the client of a bank whose tables have nearest to `TABLE_ROWS` rows."""
    from credit.features.raw_rows import APPLICATION, SCHEMAS
    from credit.tables import read

    frames = {name: frame.collect() for name, frame in read(bank).items()}
    frames["bureau_balance"] = frames["bureau_balance"].join(
        frames["bureau"].select("SK_ID_BUREAU", CLIENT), on="SK_ID_BUREAU"
    )
    frames[APPLICATION] = frames["application_train"]
    counted = pl.concat(frames[name].group_by(CLIENT).len() for name in SCHEMAS).group_by(CLIENT).agg(pl.sum("len"))
    number = counted.sort((pl.col("len").cast(pl.Int64) - TABLE_ROWS).abs(), CLIENT)[CLIENT][0]
    rows = {
        name: frames[name].filter(pl.col(CLIENT) == number).select(*schema).to_dicts()
        for name, schema in SCHEMAS.items()
    }
    return {"row": {APPLICATION: rows[APPLICATION][0]}, "tables": rows}


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


def made_servers(
    folder: Path, bundle: Path, sent: dict[str, dict[str, Any]], models: tuple[Path, Path], database: PostgreSQL | None
) -> dict[str, Server]:
    """Every server, not started; that with its log in PostgreSQL where there is one."""
    plain = folder / "plain"
    plain.mkdir()
    (plain / "gunicorn.conf.py").write_text("control_socket_disable = True\n")
    one = json.dumps(sent[FEATURES]).encode()
    own = {"BUNDLE": str(bundle.resolve()), "DATABASE_URL": f"sqlite:///{folder}/decisions.db"}
    mlflow = ["-m", "mlflow", "models", "serve", "-m", str(models[1]), "--env-manager", "local", "--host", "127.0.0.1"]
    mlflow += ["--port", "{port}", "--workers", str(WORKERS)]

    def server(name: str, words: list[str], **more: Any) -> Server:
        return Server(words, more.pop("route", ROUTE), more.pop("body", one), folder / f"{name}.log", **more)

    made = {
        "plain": server(
            "plain", gunicorn("benchmarks.plain_app:app"), environ={"PLAIN_MODEL": str(models[0])}, folder=plain
        ),
        "mlflow": server(
            "mlflow",
            [sys.executable, *mlflow],
            route="/invocations",
            body=json.dumps(records(sent[FEATURES])).encode(),
            environ={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DO_NOT_TRACK": "true"},
            folder=plain,
        ),
        "quiet": server("quiet", procfile("benchmarks.quiet_app:app"), environ=own),
        "logged": server("logged", procfile(), environ=own),
        "constant": server("constant", procfile("benchmarks.constant_app:app"), environ=own),
    }
    if database is not None:
        made["postgresql"] = server("postgresql", procfile(), environ={**own, "DATABASE_URL": database.address})
    return made


def records(client: dict[str, Any]) -> dict[str, Any]:
    """A client as MLflow's server takes it."""
    return {"dataframe_records": [{name: value for name, value in client.items() if name != CLIENT}]}


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
    servers: dict[str, Server],
    sent: dict[str, dict[str, Any]],
    folder: Path,
    rounds: int,
    seconds: float,
    wrk: bool,
) -> dict[str, dict[str, dict[str, Any]]]:
    """Load each server in each round with each body that it takes; body -> server -> medians over rounds, and the
    memory of the server's processes along the way.

    A round of a slow server lasts longer, for some ``ENOUGH`` requests: the end of a round cuts off what is under way,
    which would make a slow server slower than it is.
    Raises RuntimeError where a server answers anything but 2xx: its figures would mean nothing.
    """
    pairs = [(body, name) for body in sent for name in servers if body == FEATURES or name not in ("plain", "mlflow")]
    found: dict[tuple[str, str], list[repeat.Load]] = {pair: [] for pair in pairs}
    memory: dict[tuple[str, str], list[float]] = {pair: [] for pair in pairs}
    processor: dict[tuple[str, str], list[float]] = {pair: [] for pair in pairs}
    for number in range(rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
        for pair in pairs:
            body, name = pair
            server, file = servers[name], folder / f"{body}-{name}.json"
            file.write_text(json.dumps(records(sent[body]) if name == "mlflow" else sent[body]))
            lasts = WARM_UP
            if number:
                lasts = max(seconds, min(LONGEST, ENOUGH / max(1.0, found[pair][0].rate)))
            used = server.processor() if linux() else float("nan")
            done = repeat.send(server.url, file, CONNECTIONS, lasts, wrk=wrk)
            answered(name, done)
            if number and done.requests < FEWEST:
                raise RuntimeError(f"{name}: {done.requests} requests in a round say nothing; raise --seconds")
            found[pair].append(done)
            if linux():
                memory[pair].append(server.memory())
                processor[pair].append((server.processor() - used) / done.requests)
    result: dict[str, dict[str, dict[str, Any]]] = {body: {} for body in sent}
    for (body, name), loads in found.items():
        rate = median(one.rate for one in loads[1:])  # the first one warms up
        result[body][name] = {
            "rate": rate,
            "p50": median(one.p50 for one in loads[1:]),
            "p99": median(one.p99 for one in loads[1:]),
            "processor": 1000 * median(processor[body, name][1:]) if linux() else None,
            "requests": sum(one.requests for one in loads),
            "memory": memory[body, name],
            "rounds": [asdict(one) for one in loads],
        }
        if name in OWN:
            result[body][name]["half"] = at_half(servers[name], folder / f"{body}-{name}.json", rate, rounds, seconds)
    return result


def at_half(server: Server, body: Path, rate: float, rounds: int, seconds: float) -> float:
    """p99 in milliseconds, the median of ``rounds``, at half the rate that a server managed."""
    found = []
    for _ in range(rounds):
        done = repeat.send(server.url, body, CONNECTIONS, seconds, wrk=False, rate=rate / 2)
        answered(server.url, done)
        found.append(done.p99)
    return median(found)


def answered(name: str, done: repeat.Load) -> None:
    """Raises RuntimeError where a server answered anything but 2xx."""
    if done.errors:
        raise RuntimeError(f"{name}: {done.errors} of {done.requests} requests failed")


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
    parser.add_argument("--bodies", nargs="+", choices=list(BODIES), default=list(BODIES), help="what is sent")
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
        clients, defaulted, sent = simulated(folder, columns)
        models = pipeline(clients, defaulted, columns, folder)
        database = running.enter_context(PostgreSQL()) if "postgresql" in wanted and PostgreSQL.found() else None
        servers = made_servers(folder, bundle, sent, models, database)
        servers = {name: server for name, server in servers.items() if name in wanted}
        if "postgresql" in wanted and database is None:
            print("no initdb on this machine: nothing is measured with PostgreSQL", file=sys.stderr)
        if chosen.against:
            servers[EARLIER] = earlier(folder, sent[FEATURES])
        start = {}
        for name, server in servers.items():
            running.callback(server.stop)
            start[name] = server.start()
        result: dict[str, Any] = {
            "bundle": str(bundle),
            "columns": len(columns),
            "bodies": {body: len(json.dumps(sent[body])) for body in chosen.bodies},
            "load": "wrk" if wrk else "benchmarks/repeat.py",
            "start": start,
            "servers": take_turns(
                servers, {body: sent[body] for body in chosen.bodies}, folder, chosen.rounds, chosen.seconds, wrk
            ),
        }
        own = [server for name, server in servers.items() if name in OWN]
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
        print(f"{len(columns):,} columns, {CONNECTIONS} connections, ", end="")
        print(
            f"{WORKERS} workers, load by {result['load']}, median of {chosen.rounds} rounds of {chosen.seconds:g} s\n"
        )
        print(*table(result), sep="\n")
    return 0 if all(one["reached"] for one in result["aims"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
