"""Commands that end in a running server."""

import sys
from pathlib import Path

import click

from credit.cli.choices import MODEL, TERMS, WITHOUT, Given
from credit.cli.terminal import show, user_errors


@click.command()
@click.option("--clients", default=10_000, help="Clients of the simulated bank.")
@click.option("--seed", default=7, help="Seed of the bank and of the training.")
@click.option("--host", default="127.0.0.1", help="Address to serve on.")
@click.option("--port", default=8000, envvar="PORT", show_envvar=True, help="Port to serve on.")
@click.option("--serve/--no-serve", "then_serve", default=True, help="Start the server at the end.")
@WITHOUT
@TERMS
@click.option("--force", is_flag=True, help="Export the model even where it is worse than the one that is there.")
@click.option(
    "--keep-outputs", is_flag=True, help="Take the outputs into notebooks/, the tables into README.md and docs."
)
def run(
    clients: int,
    seed: int,
    host: str,
    port: int,
    then_serve: bool,
    without: str | None,
    given: Given,
    force: bool,
    keep_outputs: bool,
) -> None:
    """From nothing to a running service: bank, notebooks, model, server. What is there already is used again.

    Costs and reviews that are not given are those of the model that is there, else the usual ones.
    """
    _see_notebooks()
    from credit.cli import notebook_runner
    from credit.training.left_out import named_columns
    from credit.training.report import PAGES, into
    from credit.training.training_terms import terms_of

    with user_errors():
        if then_serve:
            _free(host, port)
        bundle = notebook_runner.ROOT / "mlruns_reduced"
        terms = terms_of(bundle, *given)
        outcome = notebook_runner.run(clients, seed, force, terms=terms, without=named_columns(without))
        if keep_outputs:
            notebook_runner.keep_outputs()
            for page in PAGES:
                into(notebook_runner.ROOT / page, outcome)
    show(outcome)
    if then_serve:
        _serve(Path("mlruns_reduced"), host, port)


@click.command()
@MODEL
@click.option("--host", default="127.0.0.1", help="Address to serve on.")
@click.option("--port", default=8000, envvar="PORT", show_envvar=True, help="Port to serve on.")
def serve(bundle: Path, host: str, port: int) -> None:
    """Serve the model over HTTP."""
    with user_errors():
        _free(host, port)
    _serve(bundle, host, port)


def _see_notebooks() -> None:
    root = Path(__file__).parents[2]
    if not (root / "notebooks").is_dir():
        click.echo(
            "error: run executes the notebooks of the project, which an installed package does not have; here: "
            "credit simulate, credit train, credit serve",
            err=True,
        )
        sys.exit(1)


def _serve(bundle: Path, host: str, port: int) -> None:
    from credit.web.server import check_settings, example, start

    with user_errors():
        check_settings(bundle)
        line = example(bundle, host, port)
    click.echo(
        f"\nServing {bundle} on http://{host}:{port} (Ctrl+C stops it). "
        f"Score a client from another terminal:\n\n{line}\n"
    )
    start(bundle, host, port)


def _free(host: str, port: int) -> None:
    from credit.web.port import check

    check(host, port)
