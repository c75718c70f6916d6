"""Servers that a deployment meets, as far as it meets them: Heroku's platform API, and the service, whole or wrong."""

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

from support.shipped import ROOT

KEY = "a key that nobody may see"


def run(script, *words, **environ):
    """Exit status and all that was written."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *words],
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def called(script, *words, **environ):
    """The same without a process: a Python of its own takes longer to start than a check takes."""
    said, status = io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", [script, *words]),
        mock.patch.dict(os.environ, environ, clear=True),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            runpy.run_path(str(ROOT / "scripts" / script), run_name="__main__")
        except SystemExit as ended:
            status = ended.code or 0
    if isinstance(status, str):  # as Python itself ends: the text is written, and the status is 1
        said.write(f"{status}\n")
        status = 1
    return status, said.getvalue()


@contextlib.contextmanager
def served(handler):
    """A server in a thread; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Heroku:
    """A platform API. v1 and v2 have no code, as a new app with an add-on; v3 to v12 are of the commits c3 to c12.

    A release that is pending succeeds one look later; ``slow`` looks pass before what was pushed is seen at all.
    """

    def __init__(self, code=True):
        self.releases, self.asked, self.slow = [], [], 0
        self.push(slug=None)
        self.push(slug=None)
        for version in range(3, 13 if code else 3):
            self.push(slug={"id": f"s{version}"})

    def push(self, status="succeeded", slug=...):
        """Another release; without ``slug`` of new code."""
        version = len(self.releases) + 1
        slug = {"id": f"s{version}"} if slug is ... else slug
        one = {"id": f"id-{version}", "version": version, "status": status, "slug": slug, "current": False}
        self.releases.append(one)
        self.settle(one, status)
        return one

    def settle(self, release, status):
        release["status"] = status
        if status == "succeeded":
            for one in self.releases:
                one["current"] = one is release

    def handler(self):
        heroku = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status, content):
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def allowed(self):
                heroku.asked.append((self.command, self.path, self.headers["Accept"], self.headers["Range"]))
                if self.headers["Authorization"] == f"Bearer {KEY}":
                    return True
                self.answer(401, {"id": "unauthorized", "message": "Invalid credentials provided."})
                return False

            def do_GET(self):
                if not self.allowed():
                    return
                if self.path.startswith("/apps/bank/slugs/s"):
                    self.answer(200, {"id": self.path[17:], "commit": f"c{self.path[18:]}"})
                elif self.path == "/apps/bank/releases":
                    seen = heroku.releases if heroku.slow == 0 else heroku.releases[:-1]
                    self.answer(206, sorted(seen, key=lambda one: -one["version"])[:20])
                    if heroku.slow:
                        heroku.slow -= 1
                    else:
                        for one in heroku.releases:
                            if one["status"] == "pending":
                                heroku.settle(one, "succeeded")
                else:
                    self.answer(200, {"web_url": "https://bank.example/"})

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.allowed():
                    (old,) = (one for one in heroku.releases if one["id"] == body["release"])
                    self.answer(201, heroku.push(slug=old["slug"]))

            def log_message(self, *_):
                pass

        return Handler

    @contextlib.contextmanager
    def up(self):
        """The settings with which scripts/heroku.py asks it."""
        with served(self.handler()) as address:
            yield {"HEROKU_API": address, "HEROKU_APP": "bank", "HEROKU_API_KEY": KEY}


class Service:
    """Answers as the service does, but for what ``wrong`` says: case -> (status, content).

    A case is a route, or what is odd about a request: "broken", "field", "tables", "wrong key". ``key``: of its one
    caller; without it everybody may score.
    """

    def __init__(self, wrong=None, key=None):
        self.key = key
        self.answers = {
            "/health": (200, {"status": "alive"}),
            "/ready": (200, {"status": "ready", "log": True}),
            "/": (200, "<!doctype html><html></html>"),
            "/features": (200, {"columns": ["A", "B"]}),
            "/best_threshold": (200, {"best_threshold": 0.19}),
            "/openapi.json": (200, {"openapi": "3.1.0", "paths": {"/predict": {}}}),
            "/predict": (200, {"prediction": {"client n° 0": "No"}}),
            "/predict_proba": (200, {"prediction": {"client n° 0": 0.3}}),
            "/score": (200, {"clients": [{"decision_id": 1}]}),
            "/data/0": (204, ""),
            "broken": (400, {"error": "no JSON"}),
            "field": (422, {"error": "no", "details": [{"field": "AMT_CREDT"}]}),
            "tables": (200, {"prediction": {"client n° 0": 0.3}}),
            "wrong key": (401, {"error": "no such key"}),
            **(wrong or {}),
        }

    def case(self, method, path, authorization, data):
        if method == "GET":
            return path
        if self.key is not None and authorization != f"Bearer {self.key}":
            return "wrong key"
        if method == "DELETE":
            return path
        try:
            body = json.loads(data)
        except ValueError:
            return "broken"
        return "field" if "AMT_CREDT" in body else "tables" if "application" in body else path

    def handler(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do(self):
                data = self.rfile.read(int(self.headers["Content-Length"] or 0))
                case = service.case(self.command, self.path, self.headers["Authorization"], data)
                status, content = service.answers[case]
                text = content if isinstance(content, str) else json.dumps(content)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_DELETE = do

            def log_message(self, *_):
                pass

        return Handler
