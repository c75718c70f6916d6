"""The command about the threshold: new costs, no training."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from credit.cli.choices import MODEL, TERMS, Given
from credit.cli.terminal import user_errors

if TYPE_CHECKING:
    from credit.training.remeasure import Measured


@click.command()
@TERMS
@MODEL
@click.option(
    "--data",
    "folder",
    default=None,
    type=click.Path(path_type=Path),
    help="The tables of the training: measure savings and fairness at this threshold on their test clients.",
)
@click.option("--apply", "then_apply", is_flag=True, help="Write threshold, costs and reviews into the folder.")
def threshold(
    given: Given,
    bundle: Path,
    folder: Path | None,
    then_apply: bool,
) -> None:
    """The threshold and who is referred for other costs, without training: from what the model's folder keeps of it.

    Figures of the old threshold, fairness by gender and age among them, are taken out of manifest and model card with
    --apply, and measured anew with --data.
    """
    from credit.training.rethreshold import apply, propose

    measured = None
    with user_errors():
        found = propose(bundle, *given)
        if folder is not None:
            from credit.training.remeasure import measure

            measured = measure(bundle, folder, found.threshold.value, found.costs, found.review)
        if then_apply:
            apply(bundle, found, measured)
    click.echo(
        f"margin {found.costs.margin:.1%}, loss given default {found.costs.loss_given_default:.1%} of the loan\n"
        f"break-even probability   {found.costs.break_even:.4f}\n"
        f"threshold                {found.threshold.value:.4f}, saves {found.saving:.1%} of what accepting everybody "
        f"costs\n"
        f"threshold of the model   {found.now:g}, would save {found.saving_now:.1%}"
    )
    for sentence in found.threshold.sentences()[1:]:
        click.echo(sentence)
    click.echo(_reviews(found.review, found.referred))
    if measured is not None:
        for sentence in _measured(measured):
            click.echo(sentence)
    elif then_apply:
        click.echo(
            "savings and fairness on test clients are not measured at this threshold; to measure them, name the tables "
            "of the training: --data FOLDER"
        )
    if then_apply:
        click.echo(f"written to {bundle}; restart the server to decide by it")
    elif found.changes:
        click.echo("nothing was changed; --apply writes it into the folder")


def _measured(measured: "Measured") -> Iterator[str]:
    """What the rule does with the test clients, in all and by gender and age."""
    from credit.training.model_card_figures import reading

    served = measured.served
    yield (
        f"of {measured.metrics['test_clients']:,} test clients {served['accepted']:.1%} are accepted, "
        f"{served['referred']:.1%} referred and {served['refused']:.1%} refused, which saves {served['saving']:.1%}"
    )
    for ratio in (*measured.groups.four_fifths, *measured.groups.accepted):
        yield reading(ratio, measured.groups)


def _reviews(review: object, referred: float | None) -> str:
    from credit.decision.review import Review

    if not isinstance(review, Review):
        return "referred: no client; give --review-cost, or train again to refer by a capacity"
    share = "" if referred is None else f", some {referred:.1%} of the training clients"
    return f"referred: whom a review at {review.cost:,.0f} with a skill of {review.skill:g} pays for{share}"
