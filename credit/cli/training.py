"""Commands that train."""

import sys
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
@click.option("--trials", default=None, type=click.IntRange(1), help="Trials of the champion's search.  [default: 12]")
@click.option("--minutes", default=None, type=float, help="Stop that search after so long; run again to go on with it.")
@click.option(
    "--engine",
    default="local",
    type=click.Choice(["local", "dask"]),
    help="Compare the models here; or train LightGBM on Dask workers, where FOLDER holds features: see docs/scale.md.",
)
@click.option(
    "--scheduler", default=None, help="Of Dask, such as tcp://host:8786.  [default: processes on this machine]"
)
@click.option("--workers", default=None, type=click.IntRange(1), help="Dask processes on this machine.  [default: 2]")
@click.option("--force", is_flag=True, help="Export the model even if the one in the bundle is better.")
def train(
    folder: Path,
    clients: int | None,
    seed: int,
    bundle: Path,
    tables: str,
    trials: int | None,
    minutes: float | None,
    engine: str,
    scheduler: str | None,
    workers: int | None,
    force: bool,
) -> None:
    """Train on a folder of tables, compare the models, search the threshold, export the best.

    Run check first: it also finds what can be read and makes models wrong nonetheless, such as rows that are there
    twice or lost.
    """
    from credit.tables import keep_folder
    from credit.training import tracking

    with told(), steps() as step:
        keep_folder(bundle)
        if engine == "dask":
            if clients is not None or tables != "all":
                raise ValueError("--clients and --tables choose among tables; leave them out with --engine dask")
            if trials or minutes:
                raise ValueError("--trials and --minutes are of the search on one machine; leave them out with dask")
            if scheduler and workers:
                raise ValueError("--workers starts processes on this machine; a scheduler has its own: leave one out")
            from credit.training import distributed, parts

            parts.open_folder(folder)  # what is wrong with it is told before workers are started
            with distributed.cluster(scheduler, workers or 2) as client:
                tracking.open_store()
                outcome = distributed.train(folder, client, bundle, seed, step, force=force)
        else:
            if scheduler or workers:
                raise ValueError("--scheduler and --workers are of Dask; add --engine dask")
            from credit import training
            from credit.training import champion

            tracking.open_store()
            outcome = training.train(
                folder,
                bundle,
                clients,
                seed,
                tables == "application",
                step,
                trials=trials or champion.TRIALS,
                minutes=minutes,
                study="optuna.db",
                force=force,
            )
    show(outcome)
    if not outcome.shipped:
        sys.exit(1)
    click.echo(f"exported to {bundle}; serve it with: python -m credit serve")
