"""Start the server: what must be right before, and a first request to paste."""

import json
import os
import socket
import sys
from pathlib import Path

from credit import scorer

#: A first client to try: few of the features, in the units of the application table.
EXAMPLE = {
    "SK_ID_CURR": 155312,
    "AMT_INCOME_TOTAL": 180000,
    "AMT_CREDIT": 450000,
    "AMT_ANNUITY": 24000,
    "DAYS_BIRTH": -14000,
    "DAYS_EMPLOYED": -2100,
    "EXT_SOURCE_2": 0.61,
    "EXT_SOURCE_3": 0.48,
}


def check_port(host: str, port: int) -> None:
    """Raises ``OSError``, saying what to do, where the port cannot be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        if os.name == "posix":  # as the server does: a port that was just left may be taken again
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(
                f"port {port} on {host} cannot be used ({error.strerror or error}); stop the program that listens "
                f"there, or choose another: make serve PORT={port + 1}, or python -m credit serve --port {port + 1}"
            ) from None


def example(bundle: str | Path, host: str, port: int) -> str:
    """A curl line that scores a client with the model in ``bundle``. Raises ``BundleError`` if it cannot be loaded."""
    columns = scorer.load(bundle).columns
    client = {name: value for name, value in EXAMPLE.items() if name == "SK_ID_CURR" or name in columns}
    return (
        f"curl -s -H 'Content-Type: application/json' http://{host}:{port}/predict_proba \\\n"
        f"     -d '{json.dumps(client)}'"
    )


def start(bundle: str | Path, host: str, port: int) -> None:
    """Become the server; does not return before it stops."""
    root = Path(__file__).parent.parent
    environment = {**os.environ, "BUNDLE": str(bundle), "OMP_NUM_THREADS": "1"}
    if os.name == "posix":
        command = [sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "--chdir", str(root), "app:app"]
        os.chdir(root)
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell, our own arguments
    os.environ.update(environment)
    sys.path.insert(0, str(root))
    from werkzeug.serving import run_simple  # gunicorn needs a POSIX system

    from app import app

    run_simple(host, port, app, threaded=True)
