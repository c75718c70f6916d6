"""python -m credit: the same jobs as the Makefile, for those without make."""

import os
import signal
import sys

import click

from credit import __version__

# What a command needs is imported inside it: MLflow alone takes seconds, and "--help" should answer at once.
from credit.cli.bank import check, simulate
from credit.cli.drift import drift, outcomes, profile
from credit.cli.log import log
from credit.cli.portfolio import features, score
from credit.cli.service import run, serve
from credit.cli.threshold import threshold
from credit.cli.tracking import mlflow
from credit.cli.training import promote, rollback, train

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 110})
@click.version_option(__version__, prog_name="credit")
@click.pass_context
def main(context: click.Context) -> None:
    """Credit scoring for consumer loans, decided by what errors cost in money."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # else MLflow sends off what is called how often
    if context.invoked_subcommand not in ("run", "serve"):  # gunicorn has its own way to end
        # What is half written is removed when a job is told to end, as it is on Ctrl+C.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


for command in (
    simulate,
    check,
    features,
    train,
    threshold,
    score,
    run,
    serve,
    log,
    drift,
    outcomes,
    profile,
    promote,
    rollback,
    mlflow,
):
    main.add_command(command)
