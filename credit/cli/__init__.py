"""python -m credit: the same jobs as the Makefile, for those without make."""

import click

# What a command needs is imported inside it: MLflow alone takes seconds, and "--help" should answer at once.
from credit.cli.bank import check, simulate
from credit.cli.portfolio import features, score
from credit.cli.service import run, serve
from credit.cli.training import train

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 110})
def main() -> None:
    """Credit scoring for consumer loans, decided by what errors cost in money."""


for command in (simulate, check, features, train, score, run, serve):
    main.add_command(command)
