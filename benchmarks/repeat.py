"""Load for a server: connections that are kept open and send one body again and again; wrk, or its equivalent in here.

    python benchmarks/repeat.py http://127.0.0.1:8000/predict_proba body.json --connections 8 --seconds 5
    python benchmarks/repeat.py http://127.0.0.1:8000/predict_proba body.json --rate 100

With a rate, when each request is sent is set beforehand, and its latency counts from there. wrk cannot do that, and
else is taken where it is found on PATH. The equivalent is this file, run in a process of its own: asyncio, one
connection per task, the next request when the answer is complete. It costs the machine more than wrk does, so that
figures of the two are not to be compared.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count, repeat
from pathlib import Path
from urllib.parse import urlsplit

_SCRIPT = """
local file = assert(io.open({body!r}, "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
file:close()
done = function(summary, latency, requests)
  local wrong = summary.errors
  io.write(string.format(
    '\\nresult {{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    wrong.status + wrong.connect + wrong.write + wrong.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """What a load came to: ``requests`` answered in ``seconds``, ``p50`` and ``p99`` of the latency in milliseconds,
    ``errors``: answers other than 2xx and broken connections.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def send(url: str, body: Path, connections: int, seconds: float, *, wrk: bool, rate: float | None = None) -> Load:
    """Load ``url`` with ``body`` from another process, ``rate`` times a second or as fast as it answers.

    Raises RuntimeError where the load itself fails.
    """
    if wrk and rate is None:
        script = body.with_suffix(".lua")
        # Read errors are left out: a server that closes each connection after its answer gives them, rightfully.
        script.write_text(_SCRIPT.format(body=str(body)))
        # wrk's own timeout, 2 s, would tell a slow answer on a busy machine as a failed one.
        words = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
        words += ["-s", str(script), url]
    else:
        words = [sys.executable, __file__, url, str(body), f"--connections={connections}", f"--seconds={seconds}"]
        words += [] if rate is None else [f"--rate={rate}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("result ")]
    if done.returncode or not lines:
        raise RuntimeError(f"{words[0]} failed with {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return Load(**json.loads(lines[0].removeprefix("result ")))


def found() -> bool:
    """Whether wrk is there."""
    return shutil.which("wrk") is not None


async def _connection(
    host: str, port: int, message: bytes, until: float, times: list[float], wrong: list[int], due: Iterator[float]
) -> None:
    reader = writer = None
    for at in due:
        now = time.perf_counter()
        if at > now:
            await asyncio.sleep(at - now)
        if time.perf_counter() >= until:
            break
        began = at or time.perf_counter()
        try:
            if writer is None or reader is None:
                reader, writer = await asyncio.open_connection(host, port)
            writer.write(message)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        except (OSError, EOFError, ValueError):
            wrong[0] += 1
            reader = writer = None
            await asyncio.sleep(0.01)  # a server that has gone is not to be asked thousands of times
            continue
        times.append(time.perf_counter() - began)
        wrong[0] += not head.split(b" ", 2)[1].startswith(b"2")
        if b"connection: close" in head:
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


async def _load(url: str, body: bytes, connections: int, seconds: float, rate: float | None) -> Load:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    message = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    times: list[float] = []
    wrong = [0]
    began = time.perf_counter()
    until = began + seconds
    # All connections take the next moment from one row, so that an idle one sends what a busy one cannot.
    due = repeat(0.0) if rate is None else (began + number / rate for number in count())
    await asyncio.gather(*(_connection(host, port, message, until, times, wrong, due) for _ in range(connections)))
    spent, sorted_times = time.perf_counter() - began, sorted(times) or [float("nan")]
    p50, p99 = (
        1000 * sorted_times[min(len(sorted_times) - 1, int(share * len(sorted_times)))] for share in (0.5, 0.99)
    )
    return Load(len(times), spent, p50, p99, wrong[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("body", type=Path)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=None, help="requests per second  [default: as fast as answered]")
    chosen = parser.parse_args()
    load = asyncio.run(_load(chosen.url, chosen.body.read_bytes(), chosen.connections, chosen.seconds, chosen.rate))
    print("result", json.dumps(asdict(load)))


if __name__ == "__main__":
    main()
