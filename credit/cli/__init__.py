"""python -m credit: the same jobs as the Makefile, for those without make."""

import os
import signal
import sys
from typing import Any

import click

from credit import __version__

# What a command needs is imported inside it: MLflow alone takes seconds, and "--help" should answer at once.
from credit.cli.bank import check, simulate
from credit.cli.champions import describe, promote, rollback
from credit.cli.drift import drift, outcomes, profile
from credit.cli.evidence import evidence
from credit.cli.extras import missing
from credit.cli.interval_measurement import intervals
from credit.cli.letter import letter
from credit.cli.log import log
from credit.cli.model_export import export
from credit.cli.policy import policy
from credit.cli.portfolio import features, score
from credit.cli.reviews import reviews
from credit.cli.running import run, serve
from credit.cli.stress import stress
from credit.cli.threshold import threshold
from credit.cli.tracking import mlflow
from credit.cli.training import challenge, train, train_dask
from credit.program import PROGRAM

__all__ = ["main"]


class _Renamed(click.Group):
    """Options that have become commands keep working for a release, and say what to write from now on.

    A command that needs packages of an extra which is not installed says which.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """The command; a package that is not there is a sentence."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            if (said := missing(error)) is None:
                raise
            click.echo(f"error: {said}", err=True)
            sys.exit(1)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """``train --challenger`` is ``challenge``, ``train --engine dask`` is ``train-dask``."""
        if args[:1] == ["train"]:
            args = _without_old_options(args)
        return super().resolve_command(ctx, args)


def _without_old_options(args: list[str]) -> list[str]:
    """The words of today for ``train ...`` as it was in 0.1."""
    rest, challenger, dask = [], False, False
    words = iter(args[1:])
    for word in words:
        if word == "--challenger":
            challenger = True
        elif word == "--engine" or word.startswith("--engine="):
            engine = word.partition("=")[2] or next(words, "")
            if engine not in ("local", "dask"):
                raise click.UsageError(f"{engine!r} is no engine of a training; leave --engine out, or see train-dask")
            dask = engine == "dask"
        else:
            rest.append(word)
    if challenger and dask:
        raise click.UsageError("a challenger is trained on this machine: leave --engine dask out")
    command = "challenge" if challenger else "train-dask" if dask else "train"
    if command != "train":
        click.echo(f"note: this is a command of its own now: {PROGRAM} {command}", err=True)
    return [command, *rest]


@click.group(
    cls=_Renamed,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 110},
)
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
    train_dask,
    challenge,
    threshold,
    intervals,
    score,
    export,
    policy,
    stress,
    run,
    serve,
    log,
    reviews,
    letter,
    evidence,
    drift,
    outcomes,
    profile,
    promote,
    rollback,
    describe,
    mlflow,
):
    main.add_command(command)
