"""How fast one client is scored from raw tables, beside building the plan of the features anew for each request.

    python benchmarks/client.py                      # a simulated client with about 300 rows of history
    python benchmarks/client.py --requests 500 --rows 300

The app runs in this process, as one worker of the server runs it (one thread for numerical libraries), with the shipped
model and with a model of all features; requests are posted with Flask's test client. Told in milliseconds: the features
inside the app, i.e. from the tables, checked, to the array for the model; the whole request, with JSON, checks,
remarks, model and log; the processor time of it; and the plain way, which builds the plan and runs it, once a request.
Both ways take turns, so that a busy machine slows both, and they must give the same features. At last the application
alone, a published row, beside the same client with its finished features by name: at most twice the processor time is
asked for.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit.features import COLUMNS, build
from credit.features.raw_rows import APPLICATION, SCHEMAS, checked, frames
from credit.model import save_bundle
from credit.simulate import simulate
from credit.tables import HISTORIES, read
from credit.web.payload.raw_tables import Tables

KEY, LOAN = "SK_ID_CURR", "SK_ID_BUREAU"
ROOT = Path(__file__).parent.parent
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
CLIENTS = 3000  # enough to find a client with rows in every history and about as many as asked for


class Constant:
    """A model of all features: what it answers is of no interest here, and takes no time."""

    classes_ = np.array([0, 1])
    n_features_in_ = len(COLUMNS)

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


class Clock:
    """Seconds of every call of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.seconds: list[float] = []

    def __call__(self, *args: Any) -> Any:
        started = time.perf_counter()
        try:
            return self.function(*args)
        finally:
            self.seconds.append(time.perf_counter() - started)


def someone(folder: Path, rows: int) -> dict[str, list[dict[str, Any]]]:
    """The tables of the client with rows in every history and altogether nearest to ``rows``, as a request has them."""
    bank = {name: frame.collect() for name, frame in read(simulate(folder / "bank", CLIENTS, seed=5)).items()}
    bank["bureau_balance"] = bank["bureau_balance"].join(bank["bureau"].select(LOAN, KEY), on=LOAN)
    number = bank["application_train"].select(KEY)
    for name in HISTORIES:
        number = number.join(bank[name].group_by(KEY).len(name), on=KEY)
    total = pl.sum_horizontal(HISTORIES)
    chosen = number.sort((total - rows).abs(), KEY).row(0, named=True)
    print(", ".join(f"{name} {chosen[name]}" for name in HISTORIES), "rows")
    bank[APPLICATION] = bank["application_train"]
    mine = {name: bank[name].filter(pl.col(KEY) == chosen[KEY]) for name in SCHEMAS}
    return {name: mine[name].select(*schema).to_dicts() for name, schema in SCHEMAS.items()}


def plain(tables: dict[str, list[dict[str, Any]]], columns: tuple[str, ...]) -> np.ndarray:
    """The features as they are made without a plan that is kept."""
    given = {name: frame.lazy() for name, frame in frames(checked(tables)).items()}
    made = build(given, APPLICATION, columns).collect(engine="in-memory")
    return made.select(columns).cast(pl.Float64).to_numpy()


def told(what: str, seconds: list[float]) -> None:
    middle, p99 = (1000 * np.quantile(seconds, share) for share in (0.5, 0.99))
    print(f"  {what:<34}{middle:8.1f} ms median{p99:8.1f} ms p99")


def measure(bundle: Path, log: Path, tables: dict[str, list[dict[str, Any]]], requests: int) -> None:
    """Post the tables again and again, the plain way in between, and tell what took how long."""
    from credit.web.application import create_app

    started = time.perf_counter()
    app = create_app(bundle, database=log)
    ready = time.perf_counter() - started
    bodies = app.extensions["service"].bodies
    columns, body = bodies.columns, json.dumps(tables).encode()
    reader: Tables = bodies._tables
    features = reader._plan.values_of = Clock(reader._plan.values_of)
    client = app.test_client()
    post = Clock(lambda: client.post("/predict_proba", data=body, content_type="application/json"))
    other = Clock(lambda: plain(tables, columns))
    np.testing.assert_array_equal(features(tables)[1], other())
    first = post()
    assert first.status_code == 200, first.text
    print(f"{len(columns):,} columns, {len(body) / 1000:.0f} kB; app ready after {ready:.1f} s")
    told("the first request", post.seconds)

    every = max(1, requests // 30)  # thirty of the plain way are enough, and they are slow
    processor = []
    for clock in (features, post, other):
        clock.seconds.clear()
    for number in range(requests):
        used = time.process_time()
        assert post().status_code == 200
        processor.append(time.process_time() - used)
        if number % every == 0:
            other()
    told("features inside the app", features.seconds)
    told("the whole request", post.seconds)
    told("processor of the whole request", processor)
    told("features, plan built per request", other.seconds)
    print(f"  ratio of the medians: {np.median(other.seconds) / np.median(features.seconds):.1f}")


def published_row(bundle: Path, log: Path, tables: dict[str, list[dict[str, Any]]], requests: int) -> None:
    """Post the application alone, and in turn what the app makes of it, by name; tell the processor time of both."""
    from credit.web.application import create_app

    app = create_app(bundle, database=log)
    bodies = app.extensions["service"].bodies
    _, (values,) = bodies._tables._plan.values({APPLICATION: tables[APPLICATION]})
    named = {
        name: None if value != value else value for name, value in zip(bodies.columns, values.tolist(), strict=True)
    }
    asked = {
        "a published row": {APPLICATION: tables[APPLICATION]},
        "every feature by name": {KEY: tables[APPLICATION][0][KEY], **named},
    }
    client = app.test_client()
    used: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(requests):
        for name, body in asked.items():
            written = json.dumps(body).encode()
            began = time.process_time()
            answer = client.post("/predict_proba", data=written, content_type="application/json")
            used[name].append(time.process_time() - began)
            assert answer.status_code == 200, answer.text
    print("Processor of a request, log included")
    for name, seconds in used.items():
        told(name, seconds)
    row, features = (float(np.median(seconds)) for seconds in used.values())
    print(f"  ratio of the medians: {row / features:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300, help="requests for each model")
    parser.add_argument("--rows", type=int, default=300, help="rows of history of the client")
    chosen = parser.parse_args()
    if not os.environ.keys() >= ONE_THREAD.keys():  # as gunicorn.conf.py: read by the libraries when they are loaded
        os.execve(sys.executable, [sys.executable, __file__, *sys.argv[1:]], {**ONE_THREAD, **os.environ})
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        tables = someone(Path(folder), chosen.rows)
        manifest = {"data": {"simulated": True}, "model": {"name": "constant"}}
        whole = save_bundle(Path(folder) / "whole", Constant(), COLUMNS, 0.5, manifest)
        for bundle in (ROOT / "mlruns_reduced", whole):
            measure(bundle, Path(folder) / f"{bundle.name}.db", tables, chosen.requests)
        published_row(ROOT / "mlruns_reduced", Path(folder) / "row.db", tables, chosen.requests)


if __name__ == "__main__":
    main()
