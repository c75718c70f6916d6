"""Decisions to write into a log, and a PostgreSQL server to write them to, behind a pooler where a test wants one."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import inspect, text

from credit.decision_log import Columns, Decision
from credit.decision_log.encoding import to_bytes

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
        "sent": "application,bureau",
    }
    x = to_bytes(np.array(inputs, dtype=np.float64))
    return Decision(caller=caller, client=client, model_hash=HASH, columns=columns, inputs=x, **{**row, **values})


def emptied(log):
    """The PostgreSQL database without any table."""
    with log._engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            connection.execute(text(f"DROP TABLE {name} CASCADE"))
    return log


class PostgreSQL:
    """A PostgreSQL server of the tests' own, which can be stopped and started again.

    ``password``: the user's, None where everybody is let in. ``certificate``: a trustme certificate, for TLS.
    ``primary``: a server that is up and lets everybody in, whose standby this one is.
    """

    def __init__(self, password=None, certificate=None, primary=None):
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
            self.port = probe.getsockname()[1]
        entry = ["-A", "trust"]
        if password is not None:
            self._give("password", password.encode())
            entry = ["-A", "scram-sha-256", "--pwfile", "password"]
        if primary is None:
            self._run("initdb", "-D", "data", "-U", "teller", *entry, "-N")
        else:
            at = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "teller"]
            self._run("pg_basebackup", *at, "-D", "data", "-R", "-c", "fast", "-N")
        self._options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        if certificate is not None:
            self._give("data/server.crt", b"".join(part.bytes() for part in certificate.cert_chain_pems))
            self._give("data/server.key", certificate.private_key_pem.bytes())
            self._options += " -c ssl=on"
        word = "" if password is None else f":{password}"
        self.address = f"postgres://teller{word}@127.0.0.1:{self.port}/postgres"

    def _give(self, name, content):
        file = self.folder / name
        file.write_bytes(content)
        file.chmod(0o600)
        if self._user:
            shutil.chown(file, self._user)

    def start(self):
        self._run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", f"{self._options} -c fsync=off", "start")

    def stop(self):
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def promote(self):
        """Make a standby the server that writes."""
        self._run("pg_ctl", "-D", "data", "-w", "promote")

    def _run(self, *words):
        subprocess.run(
            [self._programs / words[0], *words[1:]],
            user=self._user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )


class PgBouncer:
    """A PgBouncer of the tests' own in transaction mode, in front of a `PostgreSQL` that is up.

    ``servers``: so many connections to the server, which all clients share. ``port``: a free one where None.
    ``password``: the user's, here and at the server, None where everybody is let in. ``certificate``: a trustme
    certificate; then it takes encrypted connections alone.
    """

    def __init__(self, server, servers=3, port=None, password=None, certificate=None):
        # Debian puts it where only administrators look.
        program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if program is None:
            pytest.skip("there is no PgBouncer on this machine (pgbouncer is neither on PATH nor in /usr/sbin)")
        # It refuses to run as the superuser, as PostgreSQL does.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="pooler-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = port or probe.getsockname()[1]
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        major, minor = map(int, re.search(r"PgBouncer (\d+)\.(\d+)", version).groups())
        written = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "trust" if password is None else "scram-sha-256",
            "auth_file": self.folder / "users",
            "pool_mode": "transaction",
            "default_pool_size": servers,
            **({"max_prepared_statements": 0} if (major, minor) >= (1, 21) else {}),
        }
        if certificate is not None:
            chain = b"".join(part.bytes() for part in certificate.cert_chain_pems)
            for name, content in (("cert", chain), ("key", certificate.private_key_pem.bytes())):
                (self.folder / name).write_bytes(content)
                (self.folder / name).chmod(0o600)
                written[f"client_tls_{name}_file"] = self.folder / name
            written["client_tls_sslmode"] = "require"
        lines = "".join(f"{name} = {value}\n" for name, value in written.items())
        (self.folder / "ini").write_text(f"[databases]\n* = host=127.0.0.1 port={server.port}\n[pgbouncer]\n{lines}")
        (self.folder / "users").write_text(f'"teller" "{password or ""}"\n')
        if self._user:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, self._user)
        self.servers = servers
        self.address = f"postgres://teller@127.0.0.1:{self.port}/postgres"
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen([program, "ini"], user=self._user, cwd=self.folder, stderr=log)
        self._wait()

    def _wait(self):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self.process.poll() is None, (self.folder / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self):
        self.process.kill()  # which of its signals ends it at once depends on its version
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


#: A loss of all, a margin of 0.19, reviews of 10 each that find half of the errors.
RULE = '{"margin":0.19,"loss_given_default":1.0,"review":{"cost":10.0,"skill":0.5,"capacity":null}}'


def referred(client=1, amount=1000.0, probability=0.1, **values):
    """A decision left to a person, by `RULE`."""
    row = {"decision": "refer", "rule": RULE, "route": "/score", **values}
    return decision(client=client, inputs=(amount, 0.5), probability=probability, **row)
