"""A gunicorn as the Procfile starts it, for tests over HTTP."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from support.ports import free_port

ROOT = Path(__file__).parents[2]
JSON = {"Content-Type": "application/json"}


class Server:
    """A gunicorn that was started as the Procfile says, its address and what it wrote."""

    def __init__(self, folder, bundle, **environ):
        self.port = free_port()
        self.folder = folder
        self.log = folder / "stderr"
        web = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:"))
        line = web.removeprefix("web:").split()
        words = [str(Path(sys.executable).with_name("gunicorn")) if word == "gunicorn" else word for word in line]
        settings = {"PORT": str(self.port), "BUNDLE": str(bundle), "DATABASE_URL": f"sqlite:///{folder}/decisions.db"}
        clean = {name: value for name, value in os.environ.items() if name not in ("API_KEYS", "WEB_CONCURRENCY")}
        with self.log.open("w") as errors:
            self.process = subprocess.Popen(words, cwd=ROOT, env={**clean, **settings, **environ}, stderr=errors)

    def wait(self, seconds=120):
        """Wait until it answers; one that does not is ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, self.written()
            with contextlib.suppress(OSError):
                if self.ask("/health")[0] == 200:
                    return self
            time.sleep(0.1)
        self.process.terminate()
        self.process.wait(timeout=60)
        raise AssertionError(self.written())

    def ask(self, route, body=None, headers=None):
        """Status and decoded answer."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{route}", data, {**JSON, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                status, text = refused.code, refused.read().decode()
        return status, json.loads(text) if text.startswith("{") else text

    def workers(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def written(self):
        return self.log.read_text()
