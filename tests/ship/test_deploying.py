"""scripts/smoke.py against servers, whole and broken; scripts/heroku.py against a platform API of the tests' own."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from shipped import ROOT, free_port, running

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


@contextlib.contextmanager
def served(handler):
    """A server in a thread; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def open_service(slug, tmp_path_factory):
    with running(slug, tmp_path_factory.mktemp("open"), WEB_CONCURRENCY="1") as (_, port, _seconds):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def closed_service(slug, tmp_path_factory):
    keys = f"smoke:{hashlib.sha256(KEY.encode()).hexdigest()}"
    with running(slug, tmp_path_factory.mktemp("closed"), WEB_CONCURRENCY="1", API_KEYS=keys) as (
        _,
        port,
        _seconds,
    ):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")
class TestSmoke:
    def test_a_service_that_works_passes(self, open_service):
        code, said = run("smoke.py", open_service)
        assert (code, said.count("right  ")) == (0, 11), said

    def test_with_keys_it_is_seen_to_be_closed_and_with_one_to_work(self, closed_service):
        code, said = run("smoke.py", closed_service)
        assert (code, "closed scoring wants a key" in said) == (0, True), said
        code, said = run("smoke.py", closed_service, SMOKE_KEY=KEY)
        assert (code, said.count("right  "), KEY in said) == (0, 12, False), said

    def test_a_wrong_key_is_told_without_being_shown(self, closed_service):
        code, said = run("smoke.py", closed_service, SMOKE_KEY="not this one")
        assert (code, "the key in SMOKE_KEY is not one of the service's" in said, "not this one" in said) == (
            1,
            True,
            False,
        )

    def test_a_service_without_its_log_does_not_pass(self, slug, tmp_path):
        (tmp_path / "directory").mkdir()
        settings = {"WEB_CONCURRENCY": "1", "DATABASE_URL": f"sqlite:///{tmp_path}/directory"}
        with running(slug, tmp_path, **settings) as (_, port, _seconds):
            code, said = run("smoke.py", f"http://127.0.0.1:{port}", "--patience", "1")
        assert code == 1
        assert "wrong  GET /ready: answers 503" in said

    def test_nobody_there_is_told(self):
        code, said = run("smoke.py", f"http://127.0.0.1:{free_port()}", "--patience", "0.1")
        assert (code, "no answer from" in said) == (1, True)

    def test_somebody_else_there_is_told(self):
        class Else(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"[]")

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_):
                pass

        with served(Else) as address:
            code, said = run("smoke.py", address)
        assert code == 1
        assert "Traceback" not in said
        assert said.count("wrong  ") >= 8

    def test_what_is_no_address_is_told(self):
        code, said = run("smoke.py", "example.org")
        assert (code, "'example.org' is not an address" in said) == (1, True)


class Heroku:
    """A platform API with releases; ``after`` what is pushed, they come about one look later."""

    def __init__(self):
        self.releases = [
            {"id": f"id-{n}", "version": n, "status": "succeeded", "current": n == 12} for n in range(1, 13)
        ]
        self.asked = []

    def push(self, status):
        if status == "succeeded":
            for one in self.releases:
                one["current"] = False
        version = self.releases[-1]["version"] + 1
        current = status == "succeeded"
        self.releases.append({"id": f"id-{version}", "version": version, "status": status, "current": current})
        return self.releases[-1]

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
                if self.path == "/apps/bank/releases":
                    self.answer(206, sorted(heroku.releases, key=lambda one: -one["version"])[:20])
                else:
                    self.answer(200, {"web_url": "https://bank.example/"})
                for one in heroku.releases:
                    if one["status"] == "pending":
                        heroku.releases.remove(one)
                        heroku.push("succeeded")

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.allowed():
                    assert body["release"] in {one["id"] for one in heroku.releases}
                    self.answer(201, heroku.push("succeeded"))

            def log_message(self, *_):
                pass

        return Handler


class TestHeroku:
    @pytest.fixture
    def heroku(self):
        one = Heroku()
        with served(one.handler()) as address:
            one.environ = {"HEROKU_API": address, "HEROKU_APP": "bank", "HEROKU_API_KEY": KEY}
            yield one

    def test_the_release_that_runs_and_the_address_are_told(self, heroku):
        assert run("heroku.py", "current", **heroku.environ) == (0, "12\n")
        assert run("heroku.py", "address", **heroku.environ) == (0, "https://bank.example/\n")
        releases = "application/vnd.heroku+json; version=3", "version ..; order=desc, max=20"
        assert heroku.asked[0] == ("GET", "/apps/bank/releases", *releases)

    def test_a_new_release_is_waited_for(self, heroku):
        heroku.push("pending")
        assert run("heroku.py", "wait", "--after", "12", "--pause", "0.1", **heroku.environ) == (0, "13\n")

    def test_where_nothing_new_was_pushed_what_runs_is_told(self, heroku):
        assert run("heroku.py", "wait", "--after", "12", **heroku.environ) == (0, "12\n")

    def test_a_release_that_failed_fails(self, heroku):
        heroku.push("failed")
        code, said = run("heroku.py", "wait", "--after", "12", **heroku.environ)
        assert (code, said[:19]) == (1, "release v13 failed:")

    def test_back_runs_what_ran_before(self, heroku):
        heroku.push("succeeded")
        assert run("heroku.py", "back", "12", **heroku.environ) == (0, "14\n")
        assert run("heroku.py", "wait", "--after", "13", **heroku.environ) == (0, "14\n")
        assert run("heroku.py", "back", "99", **heroku.environ)[0] == 1

    def test_a_wrong_key_is_told_without_being_shown(self, heroku):
        code, said = run("heroku.py", "current", **{**heroku.environ, "HEROKU_API_KEY": "another key"})
        assert (code, "Heroku answers 401" in said, "another key" in said) == (1, True, False)

    def test_without_settings_it_says_which(self):
        assert run("heroku.py", "current") == (1, "HEROKU_APP and HEROKU_API_KEY are needed in the environment.\n")
