"""The command about intervals: how sure answers are, measured for a model that is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from credit.cli.choices import MODEL
from credit.cli.terminal import user_errors

if TYPE_CHECKING:
    from credit.model.manifest_parts import Intervals


@click.command()
@MODEL
@click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    help="The tables of the training, whose test clients the model has not learnt from.",
)
@click.option("--apply", "then_apply", is_flag=True, help="Write the intervals into the folder.")
def intervals(bundle: Path, folder: Path, then_apply: bool) -> None:
    """How sure the model's probabilities are: default rates of clients held out, by the answer and what is known.

    A training measures it at its end. For a model that was trained before that, this command does. No decision changes.
    """
    from credit.training.remeasured_intervals import apply, measure

    with user_errors():
        found = measure(bundle, folder)
        if then_apply:
            apply(bundle, found)
    for sentence in _described(found):
        click.echo(sentence)
    click.echo(
        f"written to {bundle}; restart the server to answer with it"
        if then_apply
        else "nothing was changed; --apply writes it into the folder"
    )


def _described(found: "Intervals") -> Iterator[str]:
    for rates in found["rates"]:
        known = ", ".join(rates["known"]) or "the amounts of the loan alone"
        yield (
            f"{rates['clients']:,} clients, {rates['defaults']:,} defaults, {len(rates['scores'])} bins: known {known}"
        )
    if not found["rates"]:
        yield "too few of the test clients defaulted: no default rate has an interval"
    left = found["left"]
    if left is None:
        yield (
            "the bank knows no true probabilities, so a client's own interval is that of the answer if all were known"
        )
    else:
        spread = ", ".join(f"{one:.2f}" for one in left["spread"])
        yield f"true log odds spread around the answer of all that is known by {spread}, from low to high answers"
