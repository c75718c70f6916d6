"""Commands that turn a folder of tables into one file, a row for each client: features, decisions."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from credit.cli.choices import LABEL, MODEL, OF_BUNDLE, RULES, TABLES, chosen_tables
from credit.cli.terminal import progress, user_errors, write_frame
from credit.i18n.plural import things

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    # A string: a path would lose the / at the end.
    type=str,
    help="File to write, .parquet or .csv; or a new folder, with a / at the end, for many Parquet files.",
)
@click.option(
    "--application", default="application_train", type=click.Choice(["application_train", "application_test"])
)
@click.option("--engine", default="polars", type=click.Choice(["polars", "duckdb", "spark"]), help="What computes.")
@click.option("--master", default="local[*]", help="Spark's master, such as spark://host:7077.")
@click.option("--target", is_flag=True, help="Add TARGET, as training from these files wants it.")
@TABLES
@OF_BUNDLE
@LABEL
def features(
    folder: Path,
    out: str,
    application: str,
    engine: str,
    master: str,
    target: bool,
    tables: str | None,
    bundle: Path | None,
    label_one_means: str | None,
) -> None:
    """Make the features of every client of a folder: one row a client.

    Of all tables, of those that --tables names, or the columns that the model in --bundle reads.

    Run check first: it also finds what can be read and makes features wrong nonetheless, such as rows that are there
    twice or lost.
    """
    from credit.features import engines
    from credit.features.needed_tables import columns_of, histories_of

    with user_errors():
        histories, wanted = chosen_tables(tables, bundle)
        made = wanted or columns_of(histories)
        about = _about(folder, histories_of(made), label_one_means) if target else None
        rows, columns = engines.write(folder, out, engine, application, target, master, made, label_one_means, about)
    click.echo(f"{out}: {things(rows, 'client')}, {things(columns, 'feature')}")


def _about(folder: Path, histories: tuple[str, ...], label_one_means: str | None) -> dict[str, object]:
    """What a training on these features says of the tables in its manifest."""
    from credit.training.dataset import source_of

    return source_of(folder, histories, label_one_means)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write: .parquet or .csv.")
@click.option("--application", default="application_test", type=click.Choice(["application_train", "application_test"]))
@MODEL
@click.option(
    "--reasons", type=click.Choice(["en", "fr"]), help="Add the reasons of who is not accepted, in English or French."
)
@RULES
def score(folder: Path, out: Path, application: str, bundle: Path, reasons: str | None, rules: Path | None) -> None:
    """Decide on a whole portfolio: from tables to one decision a client, by the rule of the service.

    Each row has the probability of default, points, the expected loss, the decision (accept, refer, refuse), the worth
    of a review and the known tables; with rules of the bank, the rule that has decided. Review referred clients in the
    order of REVIEW_WORTH, the highest first: so the time of the reviewers saves most.

    A history table that is not in the folder is unknown of all clients; one without rows says that they have none.

    Run check first: it also finds what can be read and makes decisions wrong nonetheless, such as rows that are there
    twice or lost.
    """
    from credit.decision.policy import outdated
    from credit.decision.portfolio import beyond_capacity, decide, read_for
    from credit.model import load_bundle
    from credit.monitoring.background import read_profile
    from credit.monitoring.missing_in_tables import own_ways
    from credit.monitoring.missing_sources import Causes, sentences
    from credit.tables import refuse_overwrite
    from credit.tables.quality import odd_values

    with user_errors():
        refuse_overwrite(folder, out)
        model = load_bundle(bundle)
        if (warning := outdated(model.manifest)) is not None:
            click.echo(f"warning: {warning}", err=True)
        tables = read_for(model, folder, application)
        found = read_profile(model, bundle)
        profile = None if isinstance(found, str) else found
        for finding in odd_values(tables, own_ways(model.manifest, profile)):
            click.echo(f"warning: {finding.sentence}", err=True)
        causes = Causes.of(model.columns, model.manifest, profile)

        def warn(x: "NDArray[np.float64]") -> None:
            # Of a table that has no rows at all it was said when it was read.
            present = [name for name, frame in tables.items() if frame.head(1).collect().height]
            for sentence in sentences(causes, x, present):
                click.echo(f"warning: {sentence}", err=True)

        with nullcontext(lambda done, total: None) if reasons is None else progress("reasons") as step:
            decided = decide(tables, model, application, warn, reasons, step, rules)
        rows, _ = write_frame(decided.lazy(), out)
    if (warning := beyond_capacity(decided, model, bundle)) is not None:
        click.echo(f"warning: {warning}", err=True)
    refused, referred = ((decided["DECISION"] == one).sum() for one in ("refuse", "refer"))
    undecided = decided["DECISION"].null_count()
    rest = f", {undecided:,} not decided on" if undecided else ""
    click.echo(f"{out}: {things(rows, 'client')}, {refused:,} of them refused, {referred:,} referred to a person{rest}")
