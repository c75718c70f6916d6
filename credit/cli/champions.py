"""credit promote, rollback, describe: which model is the champion, and what other programs read of it."""

from pathlib import Path
from typing import Any

import click

from credit.cli.choices import RULES
from credit.cli.log import DATABASE, opened
from credit.cli.terminal import user_errors
from credit.model.manifest import bundle_option
from credit.program import PROGRAM


@click.command()
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
@click.option("--force", is_flag=True, help="Whatever the judgements say; the log is not read.")
@DATABASE
@RULES
def promote(bundle: Path, force: bool, database: str, rules: Path | None) -> None:
    """Let the challenger take the champion's place, where test clients and the log show that it is not worse.

    The challenger is what the challenge command made last, or the model that train or run did not export.
    """
    from credit.training import challenger, tracking

    with user_errors():
        tracking.open_store()
        if force:
            said = tracking.notes(tracking.CHALLENGER).get("reason", "it was not held against the champion")
            click.echo(f"challenger: {said}; promoted by force")
            if replaced := challenger.costs_replaced(bundle):
                click.echo(f"costs: {replaced}")
    take_place(bundle, None if force else in_shadow(bundle, database, rules), force)


@click.command()
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
def rollback(bundle: Path) -> None:
    """Go back to the model that was shipped before this one. Running it again undoes the rollback."""
    with user_errors():
        from credit.training import challenger, tracking

        tracking.open_store()
        made = challenger.roll_back(bundle)
    click.echo(f"{bundle} holds {made.manifest['model']['name']} of {made.manifest['created']} now; restart the server")


@click.command()
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
def describe(bundle: Path) -> None:
    """Write anew what other programs read of a model: MLmodel with signature, example and code, the card's head.

    A training does so by itself. The model, its threshold and its figures stay as they are.
    """
    with user_errors():
        from credit.training.description import describe as write

        write(bundle)
    click.echo(f"{bundle} loads with mlflow.pyfunc.load_model now, also where this package is not installed")


def in_shadow(bundle: Path, database: str, rules: Path | None) -> Any:
    """How the challenger does on the log beside the champion in ``bundle``; printed. ``rules``: of the bank."""
    from credit.training import challenger

    with opened(database) as log:
        found = challenger.in_shadow(log, bundle, rules)
    click.echo(f"challenger: {found}")
    return found


def take_place(bundle: Path, found: Any, force: bool = False) -> None:
    """Let the challenger take the champion's place in ``bundle``. ``found``: how it does on the log, None where
    ``force`` is said.
    """
    from credit.training import challenger

    with user_errors():
        challenger.promote(bundle, found, force)
    back = f"{PROGRAM} rollback{bundle_option(bundle)}"
    click.echo(f"promoted to {bundle}; restart the server. {back} takes it back")
