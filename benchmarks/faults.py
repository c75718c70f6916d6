"""What may go wrong while a server works: a worker is killed, all give way to new ones, the database restarts."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from servers import Server, free_port


class PostgreSQL:
    """A PostgreSQL server of its own, whose commits wait for the disk, from entering to leaving."""

    @staticmethod
    def found() -> Path | None:
        """The folder of PostgreSQL's programs on this machine."""
        named = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))]
        return next((Path(path).resolve().parent for path in named if path), None)

    def __init__(self) -> None:
        programs = self.found()
        if programs is None:
            raise RuntimeError("there is no PostgreSQL: install it (Debian: postgresql), so that initdb is there")
        self._programs = programs
        self._user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as the superuser
        self._folder = Path(tempfile.mkdtemp(prefix="load-"))
        if self._user:
            shutil.chown(self._folder, self._user)
        self.port = free_port()
        self.address = f"postgresql://teller@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> "PostgreSQL":
        self._run("initdb", "-D", "data", "-U", "teller", "-A", "trust")
        self._control("start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._control("stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def restart(self) -> None:
        """Stop it, whoever is connected, and start it again."""
        self._control("restart")

    def _control(self, what: str) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        starts = [] if what == "stop" else ["-o", options]
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-m", "fast", *starts, what)

    def _run(self, program: str, *words: str) -> None:
        done = [self._programs / program, *words]
        subprocess.run(done, user=self._user, cwd=self._folder, check=True, stdout=subprocess.DEVNULL)


async def strike(server: Server, database: PostgreSQL, seconds: float) -> None:
    """Over so many seconds: a worker is killed, the workers are replaced, the database is started again."""
    began = time.perf_counter()
    first, *workers = server.processes()
    for at, what in ((0.25, "a worker is killed"), (0.5, "SIGHUP: new workers"), (0.75, "the database restarts")):
        await asyncio.sleep(max(0.0, began + at * seconds - time.perf_counter()))
        print(f"  after {time.perf_counter() - began:.0f} s: {what}", flush=True)
        if at == 0.25:
            os.kill(workers[0], signal.SIGKILL)
        elif at == 0.5:
            os.kill(first, signal.SIGHUP)
        else:
            await asyncio.to_thread(database.restart)
