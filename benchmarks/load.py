"""An hour's traffic in ten minutes, of every kind, against the server as the Procfile starts it.

    python benchmarks/load.py                 # ten minutes; 36,000 requests, 60 a second
    python benchmarks/load.py --minutes 1     # as ci.yml does it: the same pace, 3,600 requests
    python benchmarks/load.py --database postgresql://teller@127.0.0.1:5432/empty
    python benchmarks/load.py --faults        # ten minutes at 60 % of the maximum, and what may go wrong goes wrong

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
lost either. With --faults their rate is the maximum, the log is in a PostgreSQL that is made for it (initdb must be
there), and decisions have an Idempotency-Key. After a quarter of the time a worker is killed, in the middle all workers
give way to new ones (SIGHUP), after three quarters the database is started again. What has no answer, 503 or 409 with
Retry-After is sent again, a decision under its key, until it is answered; any other error, a 503 without Retry-After, a
client decided twice or lost counts as wrong. Memory is then compared within the last quarter.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from faults import PostgreSQL, strike
from servers import ROOT, Server, procfile
from sqlalchemy import text
from traffic import FIRST, Fields, Request, Traffic

from credit.decision_log import address
from credit.decision_log.database import connected

CONNECTIONS = 8
WARM = 3000  # requests: after so many the allocator has what it needs
#: A request with a key is sent again for so long: a key that a killed worker has claimed is free after 60 seconds.
PATIENCE = 100.0  # seconds
#: Between a connection that broke and the next one.
PAUSE = 0.1  # seconds


@dataclass
class Seen:
    """What came of it. ``times``: kind -> seconds. ``decided``: decision number -> (client, probability). ``errors``:
    what a sender saw and sent its request again for.
    """

    times: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    decided: dict[int, tuple[int, float]] = field(default_factory=dict)
    unnumbered: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, float]] = field(default_factory=list)


class Connection:
    """A connection that is kept open, and opened anew where it broke."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: Request) -> tuple[int, str | None, bytes]:
        """Status, Retry-After and body. Raises OSError, EOFError or asyncio.LimitOverrunError without an answer."""
        try:
            if self._reader is None or self._writer is None:
                opened = await asyncio.open_connection(self._host, self._port, limit=1 << 24)
                self._reader, self._writer = opened
            self._writer.write(request.message(f"{self._host}:{self._port}"))
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            body = await self._reader.readexactly(int(length[1]) if length else 0)
        except BaseException:
            self.close()
            raise
        if b"connection: close" in head.lower():
            self.close()
        after = re.search(rb"(?i)\r\nretry-after: *(\d+)", head)
        return int(head.split(b" ", 2)[1]), after[1].decode() if after else None, body

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def connection(host: str, port: int, plan: list[tuple[float, Request]], began: float, seen: Seen) -> None:
    """Send ``plan``'s requests at their times, one after the other."""
    kept = Connection(host, port)
    for at, request in plan:
        due = began + at
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        answer = await answered(kept, request, seen)
        if answer is None:
            continue
        status, body = answer
        seen.times.setdefault(request.kind, []).append(time.perf_counter() - due)
        seen.statuses[request.kind, status] += 1
        if status != request.status:
            seen.wrong.append(f"{request.kind} {request.method} {request.route}: {status}, not {request.status}")
        elif request.clients:
            note(request, json.loads(body), seen)
    kept.close()


async def answered(kept: Connection, request: Request, seen: Seen) -> tuple[int, bytes] | None:
    """Status and body; None without one. What decides on nobody, and what has a key, is sent again until it has one."""
    until = time.perf_counter() + PATIENCE
    while True:
        try:
            status, after, body = await kept.ask(request)
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            what, wait = f"no answer ({type(error).__name__})", PAUSE
        else:
            if status not in (409, 503) or after is None:
                return status, body
            what, wait = f"{status} with Retry-After: {after}", float(after)
        if (request.clients and not request.key) or time.perf_counter() > until:
            seen.wrong.append(f"{request.kind} {request.route}: {what}")
            return None
        seen.errors[what] += 1
        await asyncio.sleep(wait)


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
        with suppress(OSError):  # a worker has ended in between
            seen.memory.append((time.perf_counter() - began, server.memory("Pss_Anon")))


async def send(
    server: Server, plans: list[list[tuple[float, Request]]], seen: Seen, faults: Coroutine[None, None, None] | None
) -> None:
    began = time.perf_counter() + 0.5
    asides = [asyncio.create_task(watch(server, began, seen))]
    if faults is not None:
        asides.append(asyncio.create_task(faults))
    await asyncio.gather(*(connection("127.0.0.1", server.port, plan, began, seen) for plan in plans))
    if faults is not None:
        await asides[1]
    asides[0].cancel()


def lost(database: str, before: int, seen: Seen) -> list[str]:
    """What the log lacks of what was answered, and what it has beside that."""
    engine = connected(address(database))
    with engine.connect() as log:
        rows = log.execute(text("SELECT id, client, probability FROM decisions WHERE id > :id"), {"id": before}).all()
        twice = log.execute(
            text(  # client 0 is asked for until the server answers
                "SELECT COUNT(*) FROM (SELECT client FROM decisions WHERE client > 0 GROUP BY client "
                "HAVING COUNT(*) > 1) AS again"
            )
        ).scalar_one()
    engine.dispose()
    there = {row.id: (row.client, row.probability) for row in rows}
    missing = [number for number, told in seen.decided.items() if there.get(number) != told]
    found = [f"{len(missing)} of {len(seen.decided)} answered decisions are not in the log"] if missing else []
    if twice:
        found.append(f"{twice} clients are decided twice")
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
    parser.add_argument("--faults", action="store_true", help="kill a worker, restart all, restart the database")
    parser.add_argument("--share", type=float, default=0.6, help="of the maximum rate, with --faults  [0.6]")
    chosen = parser.parse_args()
    if chosen.faults and chosen.database:
        parser.error("--faults makes a database of its own, which it may start again: leave --database out")
    if chosen.minutes * 60 < 16:
        parser.error("--minutes: at least 0.3, so that a quarter of the time has two looks at the memory")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        database = chosen.database or f"sqlite:///{folder}/decisions.db"
        postgresql = None
        if chosen.faults:
            postgresql = running.enter_context(PostgreSQL())
            database = postgresql.address
        words = procfile()
        settings = {"DATABASE_URL": database, "LOG_REQUESTS": "0"}
        server = Server(words, "/score", FIRST, Path(folder) / "log", settings)
        try:
            server.start()
            first = json.loads(server.post(FIRST)[1])["scores"][0]["decision_id"]
            columns = features(server)
            traffic = iter(Traffic(columns, chosen.seed, keyed=chosen.faults))
            warm = [[(0.0, next(traffic)) for _ in range(WARM // CONNECTIONS)] for _ in range(CONNECTIONS)]
            first_seen, began = Seen(), time.perf_counter()
            asyncio.run(send(server, warm, first_seen, None))
            most = WARM / (time.perf_counter() - began)
            rate = chosen.share * most if chosen.faults else chosen.rate
            number = round(60 * chosen.minutes * rate)
            plans: list[list[tuple[float, Request]]] = [[] for _ in range(CONNECTIONS)]
            for place in range(number):
                plans[place % CONNECTIONS].append((place / rate, next(traffic)))
            faults = None if postgresql is None else strike(server, postgresql, 60 * chosen.minutes)
            seen = Seen(wrong=first_seen.wrong, decided=first_seen.decided, unnumbered=first_seen.unnumbered)
            used, began = server.processor(), time.perf_counter()
            asyncio.run(send(server, plans, seen, faults))
            seconds, used = time.perf_counter() - began, server.processor() - used
        finally:
            server.stop()
        written = (Path(folder) / "log").read_text()
        wrong = [*seen.wrong[:5], *lost(database, first, seen)]
        if not chosen.faults and "Traceback" in written:
            wrong.append(f"the server's log has errors: {written[-1000:]}")
        verify = [sys.executable, "-m", "credit", "log", "verify"]
        environ = {"PATH": "/usr/bin:/bin", "DATABASE_URL": database, "PYTHONPATH": str(ROOT)}
        whole = subprocess.run(verify, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        if whole.returncode:
            wrong.append(f"the chain of hashes is broken: {whole.stdout[-300:]}{whole.stderr[-300:]}")
    answered = sum(seen.statuses.values())
    broken = sum(count for (_, status), count in seen.statuses.items() if status >= 500)
    memory = (
        seen.memory[3 * len(seen.memory) // 4 :] if chosen.faults else seen.memory
    )  # all workers are new ones there
    before, after = quarter(memory, 1), quarter(memory, 3)
    of = "last quarter's " if chosen.faults else ""
    if after > 1.05 * before:
        wrong.append(f"memory grows: {before:.0f} MB in the {of}second quarter, {after:.0f} MB in the last")
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
    for what, times in seen.errors.most_common():
        print(f"  {what}: {times}, each sent again, decisions under their key, and answered")
    if chosen.faults:
        print(f"  {rate:.0f} requests a second, {100 * chosen.share:.0f} % of {most:.0f}")
        some = seen.memory[:: -(-len(seen.memory) // 20)]
        print("  memory over time, MB: " + " ".join(f"{mb:.0f}" for _, mb in some))
    print(f"  {decided:,} decisions answered; numbered and found again in the log: {len(seen.decided):,}")
    print(
        f"  memory {before:.0f} MB in the {of}second quarter, {after:.0f} MB in the last; "
        + ("" if chosen.faults else f"{100 * used / seconds:.0f} % of a core")  # a killed worker's time is not known
    )
    result |= {"decisions": decided, "memory": [before, after], "processor": used / seconds, "wrong": wrong}
    result |= {"rate": rate, "maximum": most, "errors": dict(seen.errors)}
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
