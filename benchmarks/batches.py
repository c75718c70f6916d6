"""How fast many clients in one request are scored, in every form in which they may be sent.

    python benchmarks/batches.py                      # the server with its decision log; two minutes
    python benchmarks/batches.py --quiet              # without the log, and so without reasons for it
    python benchmarks/batches.py --against REVISION   # an earlier build beside this one, with its model
    python benchmarks/batches.py --json

A thousand clients with every feature by name (48 MB), a thousand rows of the published table, as a list and under
"application" (3 MB), and the raw tables of a hundred clients; the last once in one request and once a request each. The
servers take turns, body by body. Given are clients a second by the clock, and by the processor time of the server,
which other work on the machine changes least; and beside them the trees alone, in this process, on the same clients:
no server is faster than they are. Ends with 1 where a hundred clients of raw tables in one request are not ten times as
fast as one after another, by processor time.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import joblib
import numpy as np
import polars as pl
from earlier_build import checkout
from servers import ONE_THREAD, ROOT, Server, procfile

KEY, LOAN = "SK_ID_CURR", "SK_ID_BUREAU"
ROUTE = "/predict_proba"
MANY, OF_TABLES = 1000, 100  # clients in one request
TIMES = 10.0  # as fast in one request as one after another
ALONE = "raw tables, one by one"


def bodies(folder: Path, columns: list[str]) -> tuple[dict[str, list[bytes]], np.ndarray]:
    """What is sent, form by form, as requests; and the features of the first `MANY` clients (n, columns)."""
    from credit.features import client_plan
    from credit.features.raw_rows import APPLICATION, SCHEMAS
    from credit.simulate import simulate
    from credit.tables import read

    bank = {name: frame.collect() for name, frame in read(simulate(folder / "bank", 1500, seed=5)).items()}
    bank["bureau_balance"] = bank["bureau_balance"].join(bank["bureau"].select(LOAN, KEY), on=LOAN)
    bank[APPLICATION] = bank["application_train"]
    numbers = bank[APPLICATION][KEY].head(MANY).to_list()

    def tables(some: list[int]) -> dict[str, list[dict[str, Any]]]:
        mine = {name: bank[name].filter(pl.col(KEY).is_in(some)) for name in SCHEMAS}
        return {name: mine[name].select(*schema).to_dicts() for name, schema in SCHEMAS.items()}

    whole = tables(numbers)
    found, X = client_plan(tuple(columns)).values(whole)
    named = [
        {KEY: number, **{name: None if v != v else v for name, v in zip(columns, row, strict=True)}}
        for number, row in zip(found, X.tolist(), strict=True)
    ]
    sent: dict[str, list[Any]] = {
        "every feature by name": [named],
        "published rows": [whole[APPLICATION]],
        "published rows, application": [{APPLICATION: whole[APPLICATION]}],
        "raw tables": [tables(numbers[:OF_TABLES])],
        ALONE: [tables([number]) for number in numbers[:OF_TABLES]],
    }
    return {name: [json.dumps(one).encode() for one in some] for name, some in sent.items()}, X


def clients_in(form: str) -> int:
    return OF_TABLES if form.startswith("raw") else MANY


def measure(servers: dict[str, Server], forms: dict[str, list[bytes]], rounds: int) -> dict[str, dict[str, Any]]:
    """Clients a second of each server and form: by the clock, and by the server's processor time."""
    seconds: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number in range(rounds + 1):
        for form, requests in forms.items():
            for name, server in servers.items():
                used, began = server.processor(), time.perf_counter()
                for body in requests:
                    status, answer = server.post(body)
                    if status != 200:
                        raise RuntimeError(f"{name}, {form}: {status} {answer[:500]!r}")
                if number:  # the first round warms up
                    took = time.perf_counter() - began, server.processor() - used
                    seconds.setdefault((name, form), []).append(took)
    found: dict[str, dict[str, Any]] = {name: {} for name in servers}
    for (name, form), took in seconds.items():
        clock, processor = (median(one) for one in zip(*took, strict=True))
        # The system counts hundredths of a second.
        found[name][form] = {"clock": clients_in(form) / clock, "processor": clients_in(form) / max(processor, 0.01)}
    return found


def trees_alone(bundle: Path, X: np.ndarray) -> float:
    """Clients a second of the booster in this process."""
    from credit.model import lightgbm_fast, load_bundle

    trees = lightgbm_fast.trees(load_bundle(bundle).model)
    if trees is None:
        return float("nan")
    read = trees.read(X)
    took = []
    for _ in range(7):
        began = time.process_time()
        trees.booster.predict(read, num_threads=1)
        took.append(time.process_time() - began)
    return len(X) / median(took)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", help="a revision of this repository, such as a tag or a commit")
    parser.add_argument("--quiet", action="store_true", help="without the decision log")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if not os.environ.keys() >= ONE_THREAD.keys():  # read by the libraries when they are loaded
        os.execve(sys.executable, [sys.executable, __file__, *sys.argv[1:]], {**ONE_THREAD, **os.environ})
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        folder = Path(temporary)
        code = {"this build": ROOT}
        if chosen.against:
            code["earlier build"] = checkout(chosen.against, folder / "earlier")
        bundle = [*code.values()][-1] / "mlruns_reduced"
        forms, X = bodies(folder, list(joblib.load(bundle / "columns.pkl")))
        first = json.dumps({KEY: 1, "AMT_CREDIT": 450000.0, "AMT_ANNUITY": 24500.0, "AMT_GOODS_PRICE": 450000.0})
        servers = {}
        for name, place in code.items():
            log = {"DATABASE_URL": f"sqlite:///{folder}/{name.partition(' ')[0]}.db", "LOG_REQUESTS": "0"}
            environ = {"PYTHONPATH": f"{place}:{place}/benchmarks", "BUNDLE": str(bundle), **log}
            words = procfile("benchmarks.quiet_app:app" if chosen.quiet else "app:app", root=place)
            servers[name] = Server(words, ROUTE, first.encode(), folder / f"{name}.log", environ, folder=place)
            running.callback(servers[name].stop)
            servers[name].start()
        found: dict[str, Any] = {"servers": measure(servers, forms, chosen.rounds), "trees": trees_alone(bundle, X)}
    own = found["servers"]["this build"]
    found["times"] = own["raw tables"]["processor"] / own[ALONE]["processor"]
    if chosen.json:
        print(json.dumps(found, indent=2))
    else:
        print(f"{'clients a second':<32}" + "".join(f"{name + ', ' + by:>26}" for name in code for by in BY))
        for form in forms:
            shown = "".join(f"{found['servers'][name][form][by]:26,.0f}" for name in code for by in BY)
            print(f"{form:<32}{shown}")
        print(f"{'the trees alone':<32}{found['trees']:52,.0f}")
        print(f"raw tables of {OF_TABLES} in one request: {found['times']:.1f} times as fast as one by one")
    return 0 if found["times"] >= TIMES else 1


BY = ("clock", "processor")

if __name__ == "__main__":
    raise SystemExit(main())
