"""The command about the threshold: new costs, no training."""

from pathlib import Path

import click

from credit.cli.choices import TERMS, Given
from credit.cli.terminal import user_errors


@click.command()
@TERMS
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
@click.option("--apply", "then_apply", is_flag=True, help="Write threshold, costs and reviews into the folder.")
def threshold(
    given: Given,
    bundle: Path,
    then_apply: bool,
) -> None:
    """The threshold and who is referred for other costs, without training: from what the model's folder keeps of it."""
    from credit.training.rethreshold import apply, propose

    with user_errors():
        found = propose(bundle, *given)
        if then_apply:
            apply(bundle, found)
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
    if then_apply:
        click.echo(f"written to {bundle}; restart the server to decide by it")
    elif found.changes:
        click.echo("nothing was changed; --apply writes it into the folder")


def _reviews(review: object, referred: float | None) -> str:
    from credit.decision.review import Review

    if not isinstance(review, Review):
        return "referred: no client; give --review-cost, or train again to refer by a capacity"
    share = "" if referred is None else f", some {referred:.1%} of the training clients"
    return f"referred: whom a review at {review.cost:,.0f} with a skill of {review.skill:g} pays for{share}"
