"""The worker extends that of the installed gunicorn: each method takes what gunicorn hands to it."""

import json
import os
import subprocess
import sys

import pytest
from support.server import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only")

# In a process of its own: the module holds a file and a pipe for as long as the server runs.
PROGRAM = """
import inspect, json
from gunicorn.workers.gthread import ThreadWorker
from credit.web.gunicorn_worker import Worker
names = [name for name, value in vars(Worker).items() if inspect.isfunction(value)]
both = (Worker, ThreadWorker)
taken = {name: [list(inspect.signature(getattr(one, name)).parameters) for one in both] for name in names}
print(json.dumps(taken))
"""


def test_every_method_takes_what_gunicorn_hands_to_it():
    # gunicorn 23 handed finish_request one argument less. The error stayed in the callback of a future: no connection
    # was kept or closed, and a browser waited for its page for ever.
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    taken = json.loads(done.stdout)
    assert taken.keys() == {"load_wsgi", "enqueue_req", "finish_request", "handle_request", "handle_error"}
    assert {name: ours for name, (ours, _) in taken.items()} == {name: theirs for name, (_, theirs) in taken.items()}


# What a request outside the app ends in, and what is answered and written then.
FAILED = """
import logging, socket
from credit.web.gunicorn_worker import Worker
logging.basicConfig(level=logging.INFO)
worker = object.__new__(Worker)
worker.log = logging.getLogger("server")
near, far = socket.socketpair()
try:
    raise ValueError("client 77777777")
except ValueError as error:
    worker.handle_error(None, near, ("127.0.0.1", 1), error)
near.close()
print(far.recv(65536).decode())
"""


def test_what_fails_outside_the_app_is_written_without_its_words():
    done = subprocess.run([sys.executable, "-c", FAILED], cwd=ROOT, capture_output=True, text=True, check=True)
    head, _, body = done.stdout.partition("\n\n")
    assert head.startswith("HTTP/1.1 500 ")
    assert json.loads(body)["code"] == "internal"
    assert "error outside the app: ValueError" in done.stderr
    assert "Traceback" in done.stderr
    assert "77777777" not in done.stderr + done.stdout
