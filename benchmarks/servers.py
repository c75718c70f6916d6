"""The servers that are measured: how each is started, found ready, looked at and ended."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORKERS = 2
#: One core's work per process, as gunicorn.conf.py has it: for all alike.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
_OWN = ("API_KEYS", "WEB_CONCURRENCY", "PORT", "BUNDLE", "DATABASE_URL", "TRUST_PROXY", "GUNICORN_CMD_ARGS")


class Server:
    """A server in a process group of its own; ``start`` returns at its first answer.

    ``words``: the command, in which {port} stands for a free port. ``route``: where the body is posted. ``body``: the
    bytes of a request that it answers. ``log``: the file for what it writes. ``folder``: where it is started; gunicorn
    takes the gunicorn.conf.py that it finds there.
    """

    def __init__(
        self,
        words: Sequence[str],
        route: str,
        body: bytes,
        log: Path,
        environ: Mapping[str, str] | None = None,
        folder: Path = ROOT,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{route}"
        self.body = body
        self._words = [word.replace("{port}", str(self.port)) for word in words]
        self._log = log
        self._folder = folder
        clean = {name: value for name, value in os.environ.items() if name not in _OWN}
        self._environ = {**clean, **ONE_THREAD, "PYTHONPATH": str(ROOT), **(environ or {})}

    def start(self, patience: float = 120.0) -> float:
        """Start it; seconds to its first answer with 200. Raises RuntimeError where none comes."""
        began = time.perf_counter()
        with self._log.open("w") as errors:
            self._process = subprocess.Popen(
                self._words, cwd=self._folder, env=self._environ, stdout=errors, stderr=errors, start_new_session=True
            )
        while time.perf_counter() - began < patience and self._process.poll() is None:
            try:
                status, answer = self.post(self.body)
            except OSError:
                time.sleep(0.02)
                continue
            if status != 200:
                raise RuntimeError(f"{self.url} answers {status}: {answer[:500]!r}")
            return time.perf_counter() - began
        raise RuntimeError(f"{' '.join(self._words)} gave no answer:\n{self._log.read_text()[-3000:]}")

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and answer. Raises OSError where no answer comes."""
        asked = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def stop(self) -> None:
        """End it and whatever it started."""
        if not hasattr(self, "_process"):
            return
        for word in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, word)
                self._process.wait(10)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue

    def processes(self) -> list[int]:
        """The first process and all that come of it: MLflow's workers are the children of a child. Linux only."""
        found = [self._process.pid]
        for one in found:  # which grows
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        return found

    def processor(self) -> float:
        """Seconds of processor used so far, the system's calls included. Linux only."""
        ticks = 0
        for one in self.processes():
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # utime and stime, see man 5 proc
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self, kind: str = "Pss") -> float:
        """MB of all processes together: PSS, in which a page that several share counts once. Linux only.

        ``kind``: "Pss_Anon" leaves out the pages of files. Of those, less counts here while others read the same files.
        """
        kilobytes = 0
        for one in self.processes():
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            kilobytes += next((int(line.split()[1]) for line in rollup if line.startswith(f"{kind}:")), 0)
        return kilobytes / 1000

    def mapped(self, package: str) -> bool:
        """Whether a process has a compiled module of ``package`` in memory. Linux only."""
        return any(f"/{package}/" in Path(f"/proc/{one}/maps").read_text() for one in self.processes())


def free_port() -> int:
    """A port on this machine that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def gunicorn(app: str) -> list[str]:
    """As most people start it: two workers, else the defaults."""
    return [sys.executable, "-m", "gunicorn", "--workers", str(WORKERS), "--bind", "127.0.0.1:{port}", app]


def procfile(app: str = "app:app", root: Path = ROOT) -> list[str]:
    """The command of the Procfile in ``root``, on this machine alone, for ``app``."""
    lines = (root / "Procfile").read_text().splitlines()
    words = shlex.split(next(line for line in lines if line.startswith("web:")).removeprefix("web:"))
    place = words.index("gunicorn")
    words[place : place + 1] = [sys.executable, "-m", "gunicorn"]
    return [*words[:-1], "--bind", "127.0.0.1:{port}", "--workers", str(WORKERS), app]
