"""Decisions to write into a log, and a PostgreSQL server to write them to."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import inspect, text

from credit.decisions import Columns, Decision
from credit.decisions.inputs import written

HASH = "ab" * 32
COLUMNS = Columns(("AMT_CREDIT", "odd n° / €"))


def decision(client=1, caller="ann", inputs=(1000.0, 0.1), columns=COLUMNS, **values):
    row = {
        "probability": 0.25,
        "threshold": 0.16,
        "decision": "refuse",
        "refer": None,
        "reasons": None,
        "request": "r1",
    }
    x = written(np.array(inputs, dtype=np.float64))
    return Decision(caller=caller, client=client, model_hash=HASH, columns=columns, inputs=x, **{**row, **values})


def emptied(log):
    """The PostgreSQL database without any table."""
    with log._engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            connection.execute(text(f"DROP TABLE {name} CASCADE"))
    return log


class PostgreSQL:
    """A PostgreSQL server of the tests' own, which can be stopped and started again."""

    def __init__(self):
        found = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))]
        self._programs = next((Path(path).resolve().parent for path in found if path), None)
        if self._programs is None:
            pytest.skip("there is no PostgreSQL on this machine (initdb is neither on PATH nor in /usr/lib/postgresql)")
        # It refuses to run as the superuser, and what pytest makes is closed to everybody else.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="decisions-"))
        if self._user:
            shutil.chown(self.folder, self._user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._run("initdb", "-D", "data", "-U", "teller", "-A", "trust", "-N")
        self.address = f"postgres://teller@127.0.0.1:{self._port}/postgres"

    def start(self):
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")

    def stop(self):
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def _run(self, *words):
        subprocess.run(
            [self._programs / words[0], *words[1:]],
            user=self._user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
