"""What commands share on the terminal: errors in words, progress, files written to a temporary path and renamed."""

import importlib.util
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


def write_frame(made: Any, out: Path) -> tuple[int, int]:
    """Write a lazy frame to a temporary path, then rename; returns rows and columns."""
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


def show(what: Any, bundle: Path = Path("mlruns_reduced")) -> None:
    """Print what a training for the model in ``bundle`` came to."""
    from credit.training.report import outcome

    outcome(what, bundle=bundle)


@contextmanager
def user_errors() -> Iterator[None]:
    """Print errors and warnings about the user's input as sentences, without a traceback; an error exits with 1."""
    from credit.model.manifest import BundleError
    from credit.tables import TablesWarning
    from credit.tables.file_damage import READER_ERRORS

    users: tuple[type[BaseException], ...] = (ValueError, LookupError, OSError, BundleError, *READER_ERRORS)
    usual = warnings.showwarning

    def warn(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, TablesWarning):
            click.echo(f"warning: {message}", err=True)
        else:
            usual(message, category, *rest, **more)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", TablesWarning)
            warnings.showwarning = warn
            yield
    except users as error:  # a TablesError is a ValueError
        # A KeyError would quote its text.
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        click.echo(f"error: {text}", err=True)
        sys.exit(1)


@contextmanager
def progress(what: str) -> Iterator[Any]:
    """A bar on the terminal, where rich is installed: serving does without; yields step(done, total)."""
    if importlib.util.find_spec("rich") is None:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def steps() -> Iterator[Any]:
    """A line for each step as it begins, with the time since the start; yields step(what, number, total)."""
    began = time.monotonic()

    def step(what: str, number: int, total: int) -> None:
        seconds = round(time.monotonic() - began)
        click.echo(f"{seconds // 60}:{seconds % 60:02} {what}" + (f", {number} of {total}" if total > 1 else ""))

    yield step
