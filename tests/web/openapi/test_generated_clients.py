"""Clients in other languages: generators make them of /openapi.json, compilers take them, and they talk to a server.

`make clients` installs what this needs into .venv-clients, which has nothing of the project: what the programs in
tests/support/clients/ learn, they learn over HTTP.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.server import ROOT, Server

PROGRAMS = ROOT / "tests" / "support" / "clients"
HOME = ROOT / ".venv-clients"
KEY = "open sesame"

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="gunicorn runs on POSIX systems only"),
    pytest.mark.skipif(not (HOME / "ready").exists(), reason="no generators of clients: make clients installs them"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """With the shipped model, and a caller who may do everything."""
    keys = f"ann:{hashlib.sha256(KEY.encode()).hexdigest()}:admin"
    found = Server(tmp_path_factory.mktemp("server"), ROOT / "mlruns_reduced", WEB_CONCURRENCY="1", API_KEYS=keys)
    found.wait()
    yield found
    found.stop()
    assert "Unexpected" not in found.written()


@pytest.fixture
def document(server, tmp_path):
    """openapi.json in a folder of its own."""
    status, found = server.ask("/openapi.json")
    assert status == 200
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(found))
    return file


def run(*words, folder):
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def expect(learnt, server):
    """What a client has learnt is what plain HTTP says."""
    key = {"Authorization": f"Bearer {KEY}"}
    sent = {
        "SK_ID_CURR": 155312,
        "NAME_CONTRACT_TYPE": "Cash loans",
        "AMT_CREDIT": 450000,
        "AMT_ANNUITY": 24500,
        "AMT_GOODS_PRICE": 450000,
        "EXT_SOURCE_2": 0.57,
    }
    (scored,) = server.ask("/score", sent, key)[1]["scores"]
    assert type(scored["client"]) is int  # "client n° 155312" is of /predict alone
    assert {name: learnt[name] for name in ("client", "decision", "probability")} == {
        name: scored[name] for name in ("client", "decision", "probability")
    }
    assert learnt["language"] == "fr"
    assert learnt["reviewed"] == "counteroffer"
    assert learnt["refused"][:2] == [422, "body-refused"]
    assert ["AMT_CREDIT", "missing-amount"] in learnt["refused"][2]
    assert learnt["keyless"] == [401, "unauthorized"]


def test_a_python_client_is_made_and_used(document, server):
    folder, python = document.parent, HOME / "bin" / "python"
    (folder / "settings.yml").write_text("post_hooks: []\n")  # else ruff formats 200 modules
    words = ["generate", "--path", document, "--output-path", "bank_client", "--meta", "none"]
    generator = HOME / "bin" / "openapi-python-client"
    # A warning is a part of the document that the client would lack.
    run(generator, *words, "--config", "settings.yml", "--fail-on-warning", folder=folder)
    run(python, "-m", "compileall", "-q", "bank_client", folder=folder)
    shutil.copy(PROGRAMS / "use.py", folder)
    expect(json.loads(run(python, "use.py", f"http://127.0.0.1:{server.port}", KEY, folder=folder)), server)


def test_a_typescript_client_is_made_compiled_and_used(document, server):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine: apt-get install nodejs npm, as .ci/run does")
    folder, programs = document.parent, HOME / "node_modules"
    (folder / "node_modules").symlink_to(programs)
    for name in ("use.ts", "tsconfig.json", "package.json"):
        shutil.copy(PROGRAMS / name, folder)
    run(node, programs / "openapi-typescript" / "bin" / "cli.js", document, "--output", "api.d.ts", folder=folder)
    # Its compiler refuses a verdict that there is not, and a client without amounts: use.ts says where.
    run(node, programs / "typescript" / "bin" / "tsc", "--project", ".", folder=folder)
    program = Path("compiled") / "use.js"
    expect(json.loads(run(node, program, f"http://127.0.0.1:{server.port}", KEY, folder=folder)), server)
