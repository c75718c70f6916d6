"""Start the server: what must be right before, and a first request to paste."""

import os
import sys
from pathlib import Path

from credit.decision.policy import Policy
from credit.model import load_bundle
from credit.web import example_request
from credit.web.settings import MOST_WORKERS, Settings, whole


def check_settings(bundle: str | Path) -> None:
    """Raises ``ValueError``, saying what to do, where the environment says something that the server cannot do.

    ``bundle``: the folder of the model that is served, for the bank's rules.
    """
    from credit.decision_log import LogError, address
    from credit.decision_log.database import connected

    whole("WEB_CONCURRENCY", default=2, least=1, most=MOST_WORKERS)
    settings = Settings.from_environment()
    try:
        connected(address(settings.database))
    except LogError as error:
        raise ValueError(str(error)) from None
    for rules in (settings.rules, settings.next_rules):
        if rules is not None:
            Policy(load_bundle(bundle), rules)


def example(bundle: str | Path, host: str, port: int) -> str:
    """A curl line that scores a client with the model in ``bundle``. Raises ``BundleError`` if it cannot be loaded."""
    key = bool(os.environ.get("API_KEYS"))
    return example_request.curl(f"http://{host}:{port}/", load_bundle(bundle).columns, route="predict_proba", key=key)


def start(bundle: str | Path, host: str, port: int) -> None:
    """Become the server; does not return before it stops. Its log is in the working folder, as that of all commands."""
    environment = {**os.environ, "BUNDLE": str(Path(bundle).resolve())}
    environment.pop("PORT", None)  # the port is said
    if os.name == "posix":
        command = [sys.executable, "-m", "gunicorn", "--config", "python:credit.web.gunicorn_settings"]
        command += ["--bind", f"{host}:{port}", "credit.web.wsgi:app"]
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell, our own arguments
    os.environ.update(environment)
    from werkzeug.serving import run_simple  # gunicorn needs a POSIX system

    from credit.web.wsgi import app

    run_simple(host, port, app, threaded=True)
