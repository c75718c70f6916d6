"""An hour's traffic in ten minutes, of every kind, against the server as the Procfile starts it.

    python benchmarks/load.py                 # ten minutes; 36,000 requests, 60 a second
    python benchmarks/load.py --minutes 1     # as ci.yml does it: the same pace, 3,600 requests
    python benchmarks/load.py --database postgresql://teller@127.0.0.1:5432/empty

Over 8 connections come single clients (72 %), batches of 50 (10 %), raw tables (8 %), questions about the model (4 %)
and what cannot be answered (6 %): broken JSON, unknown features, values of a wrong kind, another content type, clients
that come twice, routes that are not there. When each request is sent is set beforehand, and its latency counts from
there, so that a server that falls behind is seen to. Ends with 1 unless

- nothing is lost: every decision number that was answered is in the log with its client and probability, and the log
  has no other, and its chain of hashes is whole;
- no answer is a 5xx, and every answer has the status that it ought to have;
- memory is flat: the last quarter takes at most 5 % more than the second one, all processes together. Pages of files
  are left out: how much of these is counted depends on who else reads the same files.

3,000 requests as fast as they are answered come first, so that a server is measured that has worked; they must not be
lost either.
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from servers import ROOT, Server, procfile
from sqlalchemy import text

from credit.decision_log import address
from credit.decision_log.database import connected
from credit.web.payload.value_limits import Limit, limit

CONNECTIONS = 8
WARM = 3000  # requests: after so many the allocator has what it needs
JSON = "application/json"
Fields = dict[str, object]

#: The amounts of every client's loan, without which nothing is decided.
LOAN = {"AMT_CREDIT": 450000.0, "AMT_ANNUITY": 24500.0, "AMT_GOODS_PRICE": 450000.0}
FIRST = json.dumps({"SK_ID_CURR": 0, **LOAN}).encode()


@dataclass(frozen=True)
class Request:
    """What is sent, and the status that the answer ought to have. ``clients``: those that are decided on, in order."""

    kind: str
    method: str
    route: str
    status: int
    body: bytes = b""
    content: str = JSON
    clients: tuple[int, ...] = ()

    def message(self, host: str) -> bytes:
        head = f"{self.method} {self.route} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {self.content}\r\n"
        return f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode() + self.body


@dataclass
class Seen:
    """What came of it. ``times``: kind -> seconds. ``decided``: decision number -> (client, probability)."""

    times: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    decided: dict[int, tuple[int, float]] = field(default_factory=dict)
    unnumbered: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)


def _whole(one: Limit) -> float:
    """A whole number that a column can hold: 1 of a flag, 5,000 days ago, no child."""
    return 1.0 if one.kind == "flag" else min(max(-5000.0, one.low), one.high)


class Traffic:
    """Requests without end, the same for the same seed. ``columns``: the features of the model."""

    def __init__(self, columns: list[str], seed: int) -> None:
        self._columns = columns
        self._random = random.Random(seed)
        self._number = 0

    def __iter__(self) -> Iterator[Request]:
        kinds = (self._single, self._batch, self._tables, self._question, self._bad)
        while True:
            yield self._random.choices(kinds, (72, 10, 8, 4, 6))[0]()

    def _client(self) -> Fields:
        self._number += 1
        known = self._random.sample(self._columns, self._random.randint(1, min(60, len(self._columns))))
        draw = self._random.random
        # Days count back from the application; all else may be positive.
        values = {name: round(-draw() if name.startswith("DAYS_") else draw(), 6) for name in known}
        values |= {name: _whole(limit(name)) for name in known if limit(name).whole}
        return {"SK_ID_CURR": self._number, **values, **LOAN}

    def _decision(self, kind: str, body: object, clients: tuple[int, ...]) -> Request:
        route = self._random.choices(("/score", "/predict", "/predict_proba"), (60, 20, 20))[0]
        return Request(kind, "POST", route, 200, json.dumps(body).encode(), clients=clients)

    def _single(self) -> Request:
        client = self._client()
        return self._decision("single", client, (self._number,))

    def _batch(self) -> Request:
        bodies = [self._client() for _ in range(50)]
        return self._decision("batch of 50", bodies, tuple(range(self._number - 49, self._number + 1)))

    def _tables(self) -> Request:
        self._number += 1
        number, draw = self._number, self._random
        loans = [
            {
                "SK_ID_CURR": number,
                "SK_ID_BUREAU": place,
                "DAYS_CREDIT": -draw.randint(1, 2900),
                "CREDIT_TYPE": "Car loan",
            }
            for place in range(1, draw.randint(2, 30))
        ]
        application = {"SK_ID_CURR": number, **LOAN, "EXT_SOURCE_2": draw.random()}
        return self._decision("raw tables", {"application": application, "bureau": loans}, (number,))

    def _question(self) -> Request:
        route = self._random.choice(("/features", "/best_threshold", "/model", "/health", "/ready", "/metrics", "/"))
        return Request("question", "GET", route, 200)

    def _bad(self) -> Request:
        self._number += 1
        client: Fields = {"SK_ID_CURR": self._number, **LOAN, self._columns[0]: 1.0}
        body = json.dumps(client).encode()
        return self._random.choice(
            (
                Request("bad", "POST", "/predict", 400, body[:-1]),
                Request("bad", "POST", "/score", 422, json.dumps({**client, "AMT_CREDT": 1}).encode()),
                Request("bad", "POST", "/score", 422, json.dumps({**client, self._columns[0]: "many"}).encode()),
                Request("bad", "POST", "/predict_proba", 415, body, content="text/plain"),
                Request("bad", "POST", "/predict", 422, json.dumps([client, client]).encode()),
                Request("bad", "POST", "/predicted", 404, body),
                Request("bad", "GET", "/predict", 405),
            )
        )


async def connection(host: str, port: int, plan: list[tuple[float, Request]], began: float, seen: Seen) -> None:
    """Send ``plan``'s requests at their times, one after the other."""
    reader = writer = None
    for at, request in plan:
        await asyncio.sleep(max(0.0, began + at - time.perf_counter()))
        due = began + at
        try:
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
            writer.write(request.message(f"{host}:{port}"))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            seen.wrong.append(f"{request.kind} {request.route}: no answer ({error!r})")
            if writer is not None:
                writer.close()
            reader = writer = None
            continue
        seen.times.setdefault(request.kind, []).append(time.perf_counter() - due)
        status = int(head.split(b" ", 2)[1])
        seen.statuses[request.kind, status] += 1
        if status != request.status:
            seen.wrong.append(f"{request.kind} {request.method} {request.route}: {status}, not {request.status}")
        elif request.clients:
            note(request, json.loads(body), seen)
        if b"connection: close" in head.lower():
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


def note(request: Request, answer: Fields, seen: Seen) -> None:
    """Remember what was decided, to look for it in the log."""
    if request.route != "/score":
        told = answer["prediction"]
        assert isinstance(told, dict)
        if list(told) != [f"client n° {client}" for client in request.clients]:
            seen.wrong.append(f"{request.route}: another number of clients than was sent")
        seen.unnumbered += len(told)
        return
    scored = answer["scores"]
    assert isinstance(scored, list)
    if [one["client"] for one in scored] != list(request.clients):
        seen.wrong.append("/score: other clients than were sent")
    for one in scored:
        seen.decided[one["decision_id"]] = (one["client"], one["probability"])


async def watch(server: Server, began: float, seen: Seen) -> None:
    """Look at the memory every two seconds."""
    while True:
        await asyncio.sleep(2)
        seen.memory.append((time.perf_counter() - began, server.memory("Pss_Anon")))


async def send(server: Server, plans: list[list[tuple[float, Request]]], seen: Seen) -> None:
    began = time.perf_counter() + 0.5
    watcher = asyncio.create_task(watch(server, began, seen))
    await asyncio.gather(*(connection("127.0.0.1", server.port, plan, began, seen) for plan in plans))
    watcher.cancel()


def lost(database: str, before: int, seen: Seen) -> list[str]:
    """What the log lacks of what was answered, and what it has beside that."""
    engine = connected(address(database))
    with engine.connect() as log:
        rows = log.execute(text("SELECT id, client, probability FROM decisions WHERE id > :id"), {"id": before}).all()
    engine.dispose()
    there = {row.id: (row.client, row.probability) for row in rows}
    missing = [number for number, told in seen.decided.items() if there.get(number) != told]
    found = [f"{len(missing)} of {len(seen.decided)} answered decisions are not in the log"] if missing else []
    if len(there) != len(seen.decided) + seen.unnumbered:
        found.append(f"{len(there)} decisions in the log, {len(seen.decided) + seen.unnumbered} answered")
    return found


def quarter(memory: list[tuple[float, float]], number: int) -> float:
    """Median MB in one of four quarters of the time."""
    part = [mb for _, mb in memory[number * len(memory) // 4 : (number + 1) * len(memory) // 4]]
    return sorted(part)[len(part) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--rate", type=float, default=60, help="requests a second: an hour's 36,000 in ten minutes [60]"
    )
    parser.add_argument("--database", help="address of an empty database for the log [a SQLite file]")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    chosen = parser.parse_args()
    if chosen.minutes * 60 < 16:
        parser.error("--minutes: at least 0.3, so that a quarter of the time has two looks at the memory")
    number = round(60 * chosen.minutes * chosen.rate)
    with tempfile.TemporaryDirectory() as folder:
        database = chosen.database or f"sqlite:///{folder}/decisions.db"
        words = procfile()
        settings = {"DATABASE_URL": database, "LOG_REQUESTS": "0"}
        server = Server(words, "/score", FIRST, Path(folder) / "log", settings)
        try:
            server.start()
            first = json.loads(server.post(FIRST)[1])["scores"][0]["decision_id"]
            columns = features(server)
            traffic = iter(Traffic(columns, chosen.seed))
            warm = [[(0.0, next(traffic)) for _ in range(WARM // CONNECTIONS)] for _ in range(CONNECTIONS)]
            plans: list[list[tuple[float, Request]]] = [[] for _ in range(CONNECTIONS)]
            for place in range(number):
                plans[place % CONNECTIONS].append((place / chosen.rate, next(traffic)))
            first_seen = Seen()
            asyncio.run(send(server, warm, first_seen))
            seen = Seen(wrong=first_seen.wrong, decided=first_seen.decided, unnumbered=first_seen.unnumbered)
            used, began = server.processor(), time.perf_counter()
            asyncio.run(send(server, plans, seen))
            seconds, used = time.perf_counter() - began, server.processor() - used
        finally:
            server.stop()
        written = (Path(folder) / "log").read_text()
        wrong = [*seen.wrong[:5], *lost(database, first, seen)]
        if "Traceback" in written:
            wrong.append(f"the server's log has errors: {written[-1000:]}")
        verify = [sys.executable, "-m", "credit", "log", "verify"]
        environ = {"PATH": "/usr/bin:/bin", "DATABASE_URL": database}
        whole = subprocess.run(verify, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        if whole.returncode:
            wrong.append(f"the chain of hashes is broken: {whole.stdout[-300:]}{whole.stderr[-300:]}")
    answered = sum(seen.statuses.values())
    broken = sum(count for (_, status), count in seen.statuses.items() if status >= 500)
    before, after = quarter(seen.memory, 1), quarter(seen.memory, 3)
    if after > 1.05 * before:
        wrong.append(f"memory grows: {before:.0f} MB in the second quarter, {after:.0f} MB in the last")
    if broken or answered != number:
        wrong.append(f"{broken} answers 5xx, {number - answered} of {number} requests without an answer")
    print(
        f"{answered:,} of {number:,} requests answered in {seconds:.0f} s over {CONNECTIONS} connections; 5xx: {broken}"
    )
    result: dict[str, object] = {"requests": number, "answered": answered, "seconds": seconds, "5xx": broken}
    for kind, times in sorted(seen.times.items()):
        told = sorted(times)
        p50, p99 = (1000 * told[min(len(told) - 1, int(share * len(told)))] for share in (0.5, 0.99))
        result[kind] = {"requests": len(told), "p50": p50, "p99": p99, "worst": 1000 * told[-1]}
        print(
            f"  {kind:12} {len(told):7,}   median {p50:6.1f} ms   p99 {p99:6.1f} ms   worst {1000 * told[-1]:6.1f} ms"
        )
    decided = len(seen.decided) + seen.unnumbered
    print(f"  {decided:,} decisions answered; numbered and found again in the log: {len(seen.decided):,}")
    print(
        f"  memory {before:.0f} MB in the second quarter, {after:.0f} MB in the last; "
        f"{100 * used / seconds:.0f} % of a core"
    )
    result |= {"decisions": decided, "memory": [before, after], "processor": used / seconds, "wrong": wrong}
    result["memory over time"] = [[round(at), round(mb, 1)] for at, mb in seen.memory]
    if chosen.json:
        chosen.json.write_text(json.dumps(result, indent=1) + "\n")
    print("\n".join(f"wrong: {one}" for one in wrong) or "nothing lost, no 5xx, memory flat, the log's chain whole")
    sys.exit(1 if wrong else 0)


def features(server: Server) -> list[str]:
    """The names of the model's features."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/features", timeout=30) as answer:
        return list(json.loads(answer.read())["columns"])


if __name__ == "__main__":
    main()
