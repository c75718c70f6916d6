"""python -m credit: the same jobs as the Makefile, for those without make."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click

# What a command needs is imported inside it: MLflow alone takes seconds, and "--help" should answer at once.

_SETTINGS = {"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 110}
_FORMATS = click.Choice(["parquet", "csv"])


@click.group(context_settings=_SETTINGS)
def main() -> None:
    """Credit scoring for consumer loans, decided by what errors cost in money."""


@main.command()
@click.option("--clients", type=int, help="Clients of application_train.  [default: 10000; 20000 with --profile]")
@click.option("--out", default="data/bank", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--seed", default=7, help="Same seed, same bytes.")
@click.option("--format", "file_format", default="parquet", type=_FORMATS, help="File format of the eight tables.")
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

        with _told():
            figures, faithful = faithfulness.profile(clients or 20_000, seed)
        click.echo(faithfulness.told(figures))
        sys.exit(0 if faithful else 1)
    clients = 10_000 if clients is None else clients
    with _told(), _progress("simulating clients") as step:
        write(out, clients, seed=seed, format=file_format, quarter=quarter, overwrite=overwrite, progress=step)
    click.echo(
        f"{out}: a simulated bank of {clients:,} clients, seed {seed}; truth.parquet has their true probabilities"
    )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """Say what is wrong with a folder of the eight tables; exits with 1 if anything is."""
    import polars as pl

    from credit.tables import read

    with _told():
        for name, table in read(folder).items():
            rows = table.select(pl.len()).collect(engine="streaming").item()
            click.echo(f"{name:22} {rows:>12,} rows, {len(table.collect_schema())} columns: as published")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .parquet or .csv.")
@click.option(
    "--application", default="application_train", type=click.Choice(["application_train", "application_test"])
)
def features(folder: Path, out: Path, application: str) -> None:
    """Make the features of every client of a folder: one row a client."""
    from credit.features import build
    from credit.tables import HISTORIES, read

    with _told():
        made = build(read(folder, (application, *HISTORIES)), application)
        rows, columns = _write(made, out)
    click.echo(f"{out}: {rows:,} clients, {columns - 1} features")


@main.command()
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

    with _told(), _steps() as step:
        tracking.open_store()
        table = training.train(folder, bundle, clients, seed, tables == "application", step)
    _show(table)
    click.echo(f"exported to {bundle}; serve it with: python -m credit serve")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .parquet or .csv.")
@click.option("--application", default="application_test", type=click.Choice(["application_train", "application_test"]))
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
def score(folder: Path, out: Path, application: str, bundle: Path) -> None:
    """Decide on a whole portfolio: from tables to one decision a client."""
    from credit.portfolio import decide
    from credit.tables import HISTORIES, read

    with _told():
        decided = decide(read(folder, (application, *HISTORIES)), bundle, application)
        rows, _ = _write(decided.lazy(), out)
    refused = (decided["DECISION"] == "refuse").sum()
    click.echo(f"{out}: {rows:,} clients, {refused:,} of them refused")


@main.command()
@click.option("--clients", default=10_000, help="Clients of the simulated bank.")
@click.option("--seed", default=7, help="Seed of the bank and of the training.")
@click.option("--host", default="127.0.0.1", help="Address to serve on.")
@click.option("--port", default=8000, help="Port to serve on.")
@click.option("--serve/--no-serve", "then_serve", default=True, help="Start the server at the end.")
@click.option("--keep-outputs", is_flag=True, help="Take the outputs into notebooks/, the table into README.md.")
def run(clients: int, seed: int, host: str, port: int, then_serve: bool, keep_outputs: bool) -> None:
    """From nothing to a running service: bank, notebooks, model, server. What is there already is used again."""
    from credit import notebooks
    from credit.report import into

    with _told():
        if then_serve:
            _free(host, port)
        table = notebooks.run(clients, seed)
        if keep_outputs:
            notebooks.keep()
            into(notebooks.ROOT / "README.md", table)
    _show(table)
    if then_serve:
        _serve(Path("mlruns_reduced"), host, port)


@main.command()
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
@click.option("--host", default="127.0.0.1", help="Address to serve on.")
@click.option("--port", default=8000, help="Port to serve on.")
def serve(bundle: Path, host: str, port: int) -> None:
    """Serve the model over HTTP."""
    with _told():
        _free(host, port)
    _serve(bundle, host, port)


def _serve(bundle: Path, host: str, port: int) -> None:
    from credit.serving import example, start

    with _told():
        line = example(bundle, host, port)
    click.echo(
        f"\nServing {bundle} on http://{host}:{port} (Ctrl+C stops it). "
        f"Score a client from another terminal:\n\n{line}\n"
    )
    start(bundle, host, port)


def _free(host: str, port: int) -> None:
    from credit.serving import check_port

    check_port(host, port)


def _write(made: Any, out: Path) -> tuple[int, int]:
    """Write a lazy frame beside its place, then rename; returns rows and columns."""
    import polars as pl

    if out.suffix not in (".parquet", ".csv"):
        raise ValueError(f"{out} ends in {out.suffix or 'nothing'}; give a file that ends in .parquet or .csv")
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.part")
    try:
        if out.suffix == ".parquet":
            made.sink_parquet(beside)
        else:
            made.sink_csv(beside)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    scan = pl.scan_parquet(out) if out.suffix == ".parquet" else pl.scan_csv(out)
    return scan.select(pl.len()).collect().item(), len(scan.collect_schema())


def _show(table: Any) -> None:
    from credit.report import closing

    closing(table)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the user's input is told in its own words, without a traceback."""
    from credit.manifest import BundleError

    try:
        yield
    except (ValueError, LookupError, OSError, BundleError) as error:  # a TablesError is a ValueError
        # A KeyError would quote its text.
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        click.echo(f"error: {text}", err=True)
        sys.exit(1)


@contextmanager
def _progress(what: str) -> Iterator[Any]:
    """A bar on the terminal; yields step(done, total)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _steps() -> Iterator[Any]:
    """A line for each step as it begins, with the time since the start; yields step(what, number, total)."""
    began = time.monotonic()

    def step(what: str, number: int, total: int) -> None:
        seconds = round(time.monotonic() - began)
        click.echo(f"{seconds // 60}:{seconds % 60:02} {what}" + (f", {number} of {total}" if total > 1 else ""))

    yield step
