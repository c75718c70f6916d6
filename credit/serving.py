"""Start the server: what must be right before, and a first request to paste."""

import os
import socket
import sys
from pathlib import Path

from credit import scorer, welcome


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
    key = bool(os.environ.get("API_KEYS"))
    return welcome.curl(f"http://{host}:{port}/", scorer.load(bundle).columns, route="predict_proba", key=key)


def start(bundle: str | Path, host: str, port: int) -> None:
    """Become the server; does not return before it stops."""
    root = Path(__file__).parent.parent
    environment = {**os.environ, "BUNDLE": str(Path(bundle).resolve())}
    if os.name == "posix":
        os.chdir(root)  # where gunicorn.conf.py and app.py are
        command = [sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}", "app:app"]
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell, our own arguments
    os.environ.update(environment)
    sys.path.insert(0, str(root))
    from werkzeug.serving import run_simple  # gunicorn needs a POSIX system

    from app import app

    run_simple(host, port, app, threaded=True)
