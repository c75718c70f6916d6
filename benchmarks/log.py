"""How long the decision log takes for a request, and how long the plain way does: a statement and a commit a client.

python benchmarks/log.py                                     SQLite, in a folder of its own
python benchmarks/log.py --database postgresql://u:p@host/n  a PostgreSQL database that may be written into
python benchmarks/log.py --rows 20000                        also a page of refused decisions among so many

Both ways write the same rows to the same disk and wait for it. Eight threads at once show what writing together brings.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from sqlalchemy import insert, select

from credit.decision_log import Columns, Decision, Log
from credit.decision_log.audit import verify
from credit.decision_log.decision_filters import Filters
from credit.decision_log.encoding import to_bytes
from credit.decision_log.group_commit import written_row
from credit.decision_log.hash_chain import START
from credit.decision_log.schema import decisions

#: As many as the shipped model reads.
FEATURES = 1_044

TIME = "2026-01-01T00:00:00.000000+00:00"


#: What finds a caller's decisions of one kind.
DECIDED = next(index for index in decisions.indexes if index.name == "decisions_of_caller_decided")

#: One decision of so many is a refusal.
REFUSED = 10


def clients(number: int) -> list[Decision]:
    names = Columns(tuple(f"F{k}" for k in range(FEATURES)))
    rng = np.random.default_rng(7)
    return [
        Decision(
            request=f"request-{client}",
            caller="benchmark",
            client=client,
            columns=names,
            inputs=to_bytes(rng.standard_normal(FEATURES)),
            probability=float(rng.random()),
            threshold=0.16,
            decision="refuse" if client % REFUSED == 0 else "accept",
            refer=None,
            reasons=None,
            model_hash="0" * 64,
            sent="application,bureau",
        )
        for client in range(number)
    ]


def milliseconds(run: Callable[[], object], times: int) -> float:
    run()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        took.append(1000 * (time.perf_counter() - began))
    return median(took)


def plainly(log: Log, rows: list[Decision], ids: list[int]) -> None:
    """As a table is written to without thought, and without a chain: one statement and one commit a client."""
    for decision in rows:
        ids[0] -= 1  # below what the log itself gives
        row = written_row(decision, ids[0], TIME, START)
        with log._engine.begin() as connection:
            connection.execute(insert(decisions), row)


def together(run: Callable[[], object], threads: int, times: int) -> float:
    """Requests a second of several threads, each one after another."""

    def several() -> None:
        for _ in range(times):
            run()

    workers = [threading.Thread(target=several) for _ in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return threads * times / (time.perf_counter() - began)


def measure(log: Log) -> None:
    all_clients = clients(1_000)
    log.record(all_clients[:1])  # the tables, and the list of columns
    ids = [0]
    print(f"{log.name.split(':')[0]}, {FEATURES:,} features a client, median of a request")
    for number, times in ((1, 100), (50, 15), (1_000, 5)):
        rows = all_clients[:number]
        ours = milliseconds(lambda rows=rows: log.record(rows), times)
        plain = milliseconds(lambda rows=rows: plainly(log, rows, ids), max(3, times // 5))
        print(f"  {number:5,} clients: {ours:8.1f} ms, plainly {plain:8.1f} ms, {plain / ours:5.1f} times")
    one = all_clients[:1]
    ours, alone = together(lambda: log.record(one), 8, 60), together(lambda: log.record(one), 1, 100)
    print(f"  8 threads of one client: {ours:.0f} requests/s, one thread {alone:.0f}")
    with log.writing() as connection:
        connection.execute(decisions.delete().where(decisions.c.id < 0))
    print(f"  the chain is whole: {verify(log).whole}")


def pages(log: Log, rows: int, rounds: int) -> None:
    """A page of refused decisions and what writing costs, without and with the index, turn by turn: of each the
    quietest round, by the median of its requests.
    """
    some = clients(500)
    while (have := stored(log)) < rows:
        log.record(some[: rows - have])
    one, fifty = some[:1], some[:50]
    took: dict[tuple[str, bool], list[float]] = {}
    refused = Filters(decision="refuse")
    for _ in range(rounds):
        for indexed in (False, True):
            with log.writing() as connection:
                DECIDED.drop(connection, checkfirst=True)
                if indexed:
                    DECIDED.create(connection)
            for what, run, times in (
                ("a page of 20 refused", lambda: log.page("benchmark", 1, 20, refused, inputs=False), 3),
                ("a request of 1 client", lambda: log.record(one), 40),
                ("a request of 50 clients", lambda: log.record(fifty), 8),
            ):
                took.setdefault((what, indexed), []).append(milliseconds(run, times))
    print(f"  {stored(log):,} decisions, one in {REFUSED} refused, {rounds} rounds, without and with {DECIDED.name}")
    for what in dict.fromkeys(name for name, _ in took):
        without, with_index = (min(took[what, indexed]) for indexed in (False, True))
        print(f"  {what}: {without:.2f} ms, {with_index:.2f} ms, ratio {with_index / without:.3f}")


def stored(log: Log) -> int:
    with log.reading() as connection:
        return len(connection.execute(select(decisions.c.id)).all())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", help="address of a PostgreSQL database [a SQLite file]")
    parser.add_argument("--rows", type=int, metavar="N", help="measure a page among so many decisions [not measured]")
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="of that measurement [%(default)s]")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Log(chosen.database or Path(folder) / "decisions.db")
        try:
            measure(log)
            if chosen.rows:
                pages(log, chosen.rows, chosen.rounds)
        finally:
            log.close()


if __name__ == "__main__":
    main()
