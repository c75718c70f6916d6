"""Commands that turn a folder of tables into one file, a row for each client: features, decisions."""

from pathlib import Path

import click

from credit.cli.terminal import told, written


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .parquet or .csv.")
@click.option(
    "--application", default="application_train", type=click.Choice(["application_train", "application_test"])
)
def features(folder: Path, out: Path, application: str) -> None:
    """Make the features of every client of a folder: one row a client."""
    from credit.features import build
    from credit.tables import HISTORIES, read

    with told():
        made = build(read(folder, (application, *HISTORIES)), application)
        rows, columns = written(made, out)
    click.echo(f"{out}: {rows:,} clients, {columns - 1} features")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .parquet or .csv.")
@click.option("--application", default="application_test", type=click.Choice(["application_train", "application_test"]))
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
def score(folder: Path, out: Path, application: str, bundle: Path) -> None:
    """Decide on a whole portfolio: from tables to one decision a client."""
    from credit.portfolio import decide
    from credit.tables import HISTORIES, read

    with told():
        decided = decide(read(folder, (application, *HISTORIES)), bundle, application)
        rows, _ = written(decided.lazy(), out)
    refused = (decided["DECISION"] == "refuse").sum()
    click.echo(f"{out}: {rows:,} clients, {refused:,} of them refused")
