"""Options that several commands have: which tables, and what the label means."""

from pathlib import Path

import click

#: What TARGET 1 may stand for. The module that knows what to make of it loads Polars, for which --help does not wait.
MEANINGS = ("defaulted", "repaid")

TABLES = click.option(
    "--tables",
    default=None,
    metavar="NAMES",
    help="The tables to use, such as application,bureau; application alone has no history.  [default: all]",
)
OF_BUNDLE = click.option(
    "--bundle",
    default=None,
    type=click.Path(path_type=Path),
    help="Use the tables that the model in this folder needs, and no other.",
)
LABEL = click.option(
    "--label-one-means",
    default=None,
    type=click.Choice(MEANINGS),
    help="What TARGET 1 stands for; repaid turns the label round.  [default: defaulted, if the share of 1 allows it]",
)


def chosen_tables(tables: str | None, bundle: Path | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The history tables that the options name, and the columns of the model in ``bundle``, none without it.

    Raises ``ValueError`` for both options at once and for an unknown table, ``BundleError``.
    """
    from credit import scorer
    from credit.features.needed import histories_of, named_histories

    if bundle is None:
        return named_histories(tables or "all"), ()
    if tables is not None:
        raise ValueError("--tables and --bundle both choose the tables; leave one out")
    columns = tuple(scorer.load(bundle).columns)
    return histories_of(columns), columns
