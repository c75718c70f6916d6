"""Commands that train."""

from pathlib import Path

import click

from credit.cli.terminal import show, steps, told


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--clients", default=None, type=int, help="Draw a stratified sample of that many clients.  [default: all]"
)
@click.option("--seed", default=7, help="Same seed and data, same model.")
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder to export to.")
@click.option(
    "--tables", default="all", type=click.Choice(["all", "application"]), help="Use all tables, or no history."
)
def train(folder: Path, clients: int | None, seed: int, bundle: Path, tables: str) -> None:
    """Train on a folder of tables, compare the models, search the threshold, export the best."""
    from credit import training
    from credit.training import tracking

    with told(), steps() as step:
        tracking.open_store()
        table = training.train(folder, bundle, clients, seed, tables == "application", step)
    show(table)
    click.echo(f"exported to {bundle}; serve it with: python -m credit serve")
