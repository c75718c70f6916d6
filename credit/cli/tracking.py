"""The command that opens MLflow's pages."""

import os
import subprocess
import sys

import click

from credit.cli.terminal import user_errors
from credit.program import PROGRAM, in_checkout

#: What MLflow says by default and what this leaves out: its usage data, and workers for jobs that nothing here starts.
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to serve on.")
@click.option(
    "--port", default=5000, envvar="MLFLOW_PORT", show_envvar=True, type=click.IntRange(1, 65535), help="Port."
)
@click.option(
    "--allowed-hosts",
    default=None,
    envvar="MLFLOW_SERVER_ALLOWED_HOSTS",
    show_envvar=True,
    help="Names under which browsers may ask for the pages, such as 'box:*'.  [default: localhost, private addresses]",
)
def mlflow(host: str, port: int, allowed_hosts: str | None) -> None:
    """Open MLflow's pages on what was trained in this folder."""
    from pathlib import Path

    from credit.web.port import check

    with user_errors():
        if not Path("mlflow.db").exists():
            raise LookupError(
                f"there is no mlflow.db here, so nothing was trained here yet: {PROGRAM} train DIR"
                + (", or make run" if in_checkout() else "")
            )
        make = "make mlflow MLFLOW_PORT={port}, or " if in_checkout() else ""
        check(host, port, f"{make}{PROGRAM} mlflow --port {{port}}")
        from credit.training import tracking

        experiment = tracking.open_store()
    named = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else host  # noqa: S104 - only compared
    click.echo(
        f"what was trained: http://{named}:{port}/#/experiments/{experiment}/runs (in half a minute; Ctrl+C stops it)"
    )
    if allowed_hosts is None:
        click.echo("another host name in the address gets 403: allow it with --allowed-hosts 'NAME:*'")
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", "sqlite:///mlflow.db"]
    command += ["--host", host, "--port", str(port), "--workers", "1"]
    command += [] if allowed_hosts is None else ["--allowed-hosts", allowed_hosts]
    environment = {**_QUIET, **os.environ}
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell, our own arguments
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603
