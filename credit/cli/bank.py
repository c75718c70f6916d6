"""Commands about a folder of tables: make one, check one."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Literal

import click

from credit.cli.choices import LABEL, OF_BUNDLE, TABLES, chosen_tables
from credit.cli.terminal import progress, user_errors

FORMATS = click.Choice(["parquet", "csv", "published"])

_FORMAT = (
    "csv is the published form to the letter; published adds the two other files of the published folder, "
    "the description of the columns and the sample submission."
)


@click.command()
@click.option("--clients", type=int, help="Clients of application_train.  [default: 10000; 20000 with --profile]")
@click.option("--out", default="data/bank", type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--seed", default=7, help="Same seed, same bytes, on every processor.")
@click.option("--format", "file_format", default="parquet", type=FORMATS, help=_FORMAT)
@click.option("--quarter", default=0, help="Move the bank on by that many quarters of a year.")
@click.option("--overwrite", is_flag=True, help="Replace a simulated bank that is already there.")
@click.option("--profile", is_flag=True, help="Write nothing; print such a bank's figures next to the real ones.")
def simulate(
    clients: int | None,
    out: Path,
    seed: int,
    file_format: Literal["parquet", "csv", "published"],
    quarter: int,
    overwrite: bool,
    profile: bool,
) -> None:
    """Write a bank that does not exist: eight tables, and the true probability of every client.

    With --profile it exits with 1 where a figure is out of range.
    """
    from credit.simulate import simulate as write

    if profile:
        from credit.simulate import validation_report

        with user_errors():
            figures, faithful = validation_report.profile(clients or 20_000, seed)
        click.echo(validation_report.as_text(figures))
        sys.exit(0 if faithful else 1)
    clients = 10_000 if clients is None else clients
    with user_errors(), progress("simulating clients") as step:
        write(out, clients, seed=seed, format=file_format, quarter=quarter, overwrite=overwrite, progress=step)
    click.echo(
        f"{out}: a simulated bank of {clients:,} clients, seed {seed}; truth.parquet has their true probabilities"
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--json",
    "out",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Also write the report as JSON to that file; - prints the JSON alone.",
)
@TABLES
@OF_BUNDLE
@LABEL
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    help="Leave findings of this code out, such as out-of-range; may be repeated. They are counted.",
)
def check(
    folder: Path,
    out: Path | None,
    tables: str | None,
    bundle: Path | None,
    label_one_means: str | None,
    ignore: tuple[str, ...],
) -> None:
    """Report on the quality of a folder of the eight tables, or of those that --tables or a model's columns ask for.

    A warning names a column of the applications that is suddenly missing: nearly all clients had it in the training of
    the model in --bundle, or in mlruns_reduced where that is there. In a folder without application_train, which can
    only be scored, an absent history is a warning, too: it is unknown for all clients. So are columns that a bank does
    not collect, and another currency.

    Missing keys, orphans, duplicates, dates in the future, values out of range, unknown values, sentinels. An error
    makes features wrong: it exits with 1 if there is any. A note is a peculiarity that the features allow for.
    """
    from credit.codes import refuse_unknown
    from credit.monitoring.missing_in_tables import (
        BUNDLE,
        compare_with_training,
        missing_histories,
        own_ways_of,
        with_missing_histories,
    )
    from credit.tables import HISTORIES, refuse_overwrite
    from credit.tables.findings import CODES
    from credit.tables.quality import quality
    from credit.tables.reading import SOME_TABLES
    from credit.tables.table_files import places

    with user_errors():
        refuse_unknown(ignore, CODES, "a finding")
    alone = out == Path("-")
    with user_errors(), nullcontext(lambda done, total: None) if alone else progress("checking tables") as step:
        if out is not None and not alone:
            refuse_overwrite(folder, out)
        histories, _ = chosen_tables(tables, bundle)
        applications = ["application_train", "application_test"]
        if len(histories) < len(HISTORIES):  # a part of the tables may come with one of them
            applications = [name for name in applications if places(folder, name)] or applications
        absent = missing_histories(folder, histories)
        if absent is not None:
            applications = ["application_test"]
            histories = tuple(name for name in histories if name not in absent)
        own = own_ways_of(bundle or BUNDLE)
        report = quality(folder, step, (*applications, *histories), label_one_means, own)
        if absent is not None:
            report = with_missing_histories(report, absent)
        if bundle is not None or BUNDLE.is_dir():
            report = compare_with_training(report, bundle or BUNDLE)
        report = report.without(ignore)
    if alone:
        click.echo(report.json())
    else:
        click.echo(report)
        if tables is None and bundle is None and any(finding.kind == "missing table" for finding in report.errors):
            click.echo(SOME_TABLES)
        if out is not None:
            with user_errors():
                _save(report.json(), out)
            click.echo(f"{out}: the report as JSON")
    sys.exit(1 if report.errors else 0)


def _save(text: str, out: Path) -> None:
    """Write a text to a temporary path, then rename: an interrupted command leaves no half of it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_text(text + "\n", encoding="utf-8")
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
