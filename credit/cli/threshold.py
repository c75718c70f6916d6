"""The command about the threshold: new costs, no training."""

from pathlib import Path

import click

from credit.cli.terminal import told


@click.command()
@click.option("--margin", type=float, help="What a good loan earns, as a share of it.  [default: the model's]")
@click.option("--lgd", type=float, help="What a defaulted loan loses, as a share of it.  [default: the model's]")
@click.option("--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model.")
@click.option("--apply", "then_apply", is_flag=True, help="Write threshold, costs and refer band into the folder.")
def threshold(margin: float | None, lgd: float | None, bundle: Path, then_apply: bool) -> None:
    """Search the threshold for other costs, without training: on what the model's folder keeps of its training."""
    from credit.training.threshold import apply, propose

    with told():
        found = propose(bundle, margin, lgd)
        if then_apply:
            apply(bundle, found)
    click.echo(
        f"margin {found.margin:.1%}, loss given default {found.loss_given_default:.1%} of the loan\n"
        f"break-even probability   {found.break_even:.4f}\n"
        f"best threshold           {found.best:.2f}, saves {found.saving:.1%} of what accepting everybody costs\n"
        f"threshold of the model   {found.now:g}, would save {found.saving_now:.1%}\n"
        f"refer band               {found.refer[0]:.2f} to {found.refer[1]:.2f}: the decision makes no sure difference"
    )
    if then_apply:
        click.echo(f"written to {bundle}; restart the server to decide by it")
    elif found.best != found.now:
        click.echo("nothing was changed; --apply writes it into the folder")
