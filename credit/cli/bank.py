"""Commands about a folder of tables: make one, check one."""

import sys
from pathlib import Path
from typing import Literal

import click

from credit.cli.terminal import progress, told

FORMATS = click.Choice(["parquet", "csv"])


@click.command()
@click.option("--clients", type=int, help="Clients of application_train.  [default: 10000; 20000 with --profile]")
@click.option("--out", default="data/bank", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--seed", default=7, help="Same seed, same bytes.")
@click.option("--format", "file_format", default="parquet", type=FORMATS, help="File format of the eight tables.")
@click.option("--quarter", default=0, help="Move the bank on by that many quarters of a year.")
@click.option("--overwrite", is_flag=True, help="Replace a simulated bank that is already there.")
@click.option("--profile", is_flag=True, help="Write nothing; print such a bank's figures beside the real ones.")
def simulate(
    clients: int | None,
    out: Path,
    seed: int,
    file_format: Literal["parquet", "csv"],
    quarter: int,
    overwrite: bool,
    profile: bool,
) -> None:
    """Write a bank that does not exist: eight tables, and the true probability of every client.

    With --profile it exits with 1 where a figure is out of range.
    """
    from credit.simulate import simulate as write

    if profile:
        from credit.simulate import faithfulness

        with told():
            figures, faithful = faithfulness.profile(clients or 20_000, seed)
        click.echo(faithfulness.told(figures))
        sys.exit(0 if faithful else 1)
    clients = 10_000 if clients is None else clients
    with told(), progress("simulating clients") as step:
        write(out, clients, seed=seed, format=file_format, quarter=quarter, overwrite=overwrite, progress=step)
    click.echo(
        f"{out}: a simulated bank of {clients:,} clients, seed {seed}; truth.parquet has their true probabilities"
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """Say what is wrong with a folder of the eight tables; exits with 1 if anything is."""
    import polars as pl

    from credit.tables import read

    with told():
        for name, table in read(folder).items():
            rows = table.select(pl.len()).collect(engine="streaming").item()
            click.echo(f"{name:22} {rows:>12,} rows, {len(table.collect_schema())} columns: as published")
