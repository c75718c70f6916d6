"""The command that hands a model to other systems: as SQL, or as a scorecard."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from credit.cli.choices import MODEL
from credit.cli.terminal import user_errors

if TYPE_CHECKING:
    from credit.model import Scorer
    from credit.training.additive import AdditiveCost

#: Forms that do not give the same answer, and why.
_NOT_THE_SAME = {
    "onnx": "LightGBM's converter writes an ONNX model in single precision: probabilities differ by 1e-7, and a value "
    "on a split may fall to its other side; export --to sql, which is the same to 1e-12",
    "pmml": "converters to PMML and programs that read it are in Java, and nothing here checks that gaps and values on "
    "a split get the same answer there; export --to sql, which is the same to 1e-12",
}


@click.command()
@click.option(
    "--to",
    "form",
    required=True,
    type=click.Choice(["sql", "points", *_NOT_THE_SAME]),
    help="sql: one query, of any LightGBM model. points: a scorecard as CSV, pages and queries. Others are refused.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="File to write (sql), or a new folder (points)."
)
@MODEL
@click.option(
    "--dialect",
    default="duckdb",
    type=click.Choice(["duckdb", "postgresql", "spark"]),
    help="Whose SQL it is; points has all three.",
)
@click.option("--table", default="features", help="The table of features that the query reads.")
@click.option(
    "--data",
    "folder",
    default=None,
    type=click.Path(path_type=Path),
    help="Tables to train an additive model on, for a model that is not additive.",
)
@click.option("--clients", default=None, type=int, help="Of these a stratified sample.  [default: all]")
def export(
    form: str, out: Path, bundle: Path, dialect: str, table: str, folder: Path | None, clients: int | None
) -> None:
    """Write a model down for a database, or as a scorecard that a person can read.

    The query gives what score gives of the same features, and runs without Python. A scorecard needs an additive model:
    one that is none is left as it is, and with --data an additive one is trained for it, held against it on the same
    test clients, and written beside the scorecard.
    """
    from credit.model import load_bundle
    from credit.tables import refuse_overwrite_folder

    with user_errors():
        if form in _NOT_THE_SAME:
            raise ValueError(_NOT_THE_SAME[form])
        if os.environ.get("BANK_RULES"):
            click.echo("note: the rules of BANK_RULES are not exported; the query has the model's part alone", err=True)
        if form == "sql":
            if folder is not None:
                raise ValueError(
                    "--data trains an additive model, which --to points exports; leave it out for --to sql"
                )
            _write_query(load_bundle(bundle), out, dialect, table)
            return
        refuse_overwrite_folder(out)
        _write_scorecard(bundle, out, table, folder, clients)


def _write_query(model: "Scorer", out: Path, dialect: str, table: str) -> None:
    from credit.scorecard.column_bins import is_additive, scorecard
    from credit.scorecard.dialects import DIALECTS
    from credit.scorecard.sql import needed_columns, query
    from credit.scorecard.tree_nodes import boosted_trees

    trees = boosted_trees(model)
    form = scorecard(trees) if is_additive(trees) else trees
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(query(model, form, DIALECTS[dialect], table), encoding="utf-8")
    click.echo(f"{out}: reads SK_ID_CURR and {len(needed_columns(model, form)):,} columns of {table}")


def _write_scorecard(bundle: Path, out: Path, table: str, folder: Path | None, clients: int | None) -> None:
    from credit.decision.policy import Policy
    from credit.model import load_bundle
    from credit.scorecard.card_table import as_csv, as_html, rows
    from credit.scorecard.column_bins import is_additive, scorecard
    from credit.scorecard.dialects import DIALECTS
    from credit.scorecard.sql import query
    from credit.scorecard.tree_nodes import NotExportable, boosted_trees

    model, found = load_bundle(bundle), None
    try:
        trees = boosted_trees(model)
        additive = is_additive(trees)
    except NotExportable:
        if folder is None:
            raise
        additive = False
    if not additive:
        if folder is not None:
            found = _trained(bundle, folder, out, clients)
            model = load_bundle(out / "model")
            trees = boosted_trees(model)
        card = scorecard(trees)  # which says why it is refused
    else:
        card = scorecard(trees)
    said = [] if found is None else found.sentences()
    scale, threshold = Policy(model).scale, model.threshold
    out.mkdir(parents=True, exist_ok=True)
    files = {
        "scorecard.csv": as_csv(card, scale),
        "scorecard.en.html": as_html(card, scale, threshold, "en", said),
        "scorecard.fr.html": as_html(card, scale, threshold, "fr", said),
        **{f"score.{name}.sql": query(model, card, one, table) for name, one in DIALECTS.items()},
    }
    if found is not None:
        files["comparison.json"] = json.dumps(found.to_dict(), indent=2) + "\n"
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
    for sentence in said:
        click.echo(sentence)
    click.echo(f"{out}: {len(card.columns):,} columns, {len(rows(card, scale)):,} bins")


def _trained(bundle: Path, folder: Path, out: Path, clients: int | None) -> "AdditiveCost":
    from credit.cli.terminal import steps
    from credit.training.additive import train_additive

    with steps() as step:
        return train_additive(bundle, folder, out / "model", clients, lambda what: step(what, 1, 1))
