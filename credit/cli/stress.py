"""A portfolio under stress."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from credit.cli.choices import MODEL, RULES
from credit.cli.terminal import user_errors

if TYPE_CHECKING:
    from credit.decision.stressed_portfolio import Stressed

#: Headings of the table and their widths.
_HEADS = ("", "mean p", "loss", "cost", "accept", "refer", "refuse", "changed", "loss anew", "cost anew")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--scenarios", type=click.Path(path_type=Path), help="File of scenarios, .toml.")
@click.option("--odds-times", type=float, help="One scenario: the odds of default times this.  [default: 1]")
@click.option("--margin-times", type=float, help="One scenario: the margins times this.  [default: 1]")
@click.option("--loss-times", type=float, help="One scenario: the loss given default times this.  [default: 1]")
@click.option("--application", default="application_test", type=click.Choice(["application_train", "application_test"]))
@MODEL
@RULES
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the expected losses, .png/.svg.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def stress(
    folder: Path,
    scenarios: Path | None,
    odds_times: float | None,
    margin_times: float | None,
    loss_times: float | None,
    application: str,
    bundle: Path,
    rules: Path | None,
    picture: Path | None,
    as_json: bool,
) -> None:
    """What the loans of a portfolio lose, and what is decided, before and under stress.

    FOLDER has the tables, as for score. A stress multiplies the odds of default, margins and losses, and shifts columns
    of the tables: as the file of --scenarios says, or as one scenario by the options. All money is in expectation, in
    the currency of AMT_CREDIT.
    """
    from credit.decision.policy import Policy, today
    from credit.decision.portfolio import read_for
    from credit.decision.stress_scenarios import load, of_factors
    from credit.decision.stressed_portfolio import sentence
    from credit.decision.stressed_portfolio import stress as stressed
    from credit.model import load_bundle

    with user_errors():
        factors = (odds_times, margin_times, loss_times)
        if (scenarios is None) == all(one is None for one in factors):
            raise ValueError(
                "say what to suppose: --scenarios FILE, or --odds-times, --margin-times and --loss-times, not both"
            )
        supposed = (
            load(scenarios)
            if scenarios is not None
            else (of_factors(*(1.0 if one is None else one for one in factors)),)
        )
        model = load_bundle(bundle)
        policy = Policy(model, rules)
        found = stressed(model, policy, read_for(model, folder, application), application, supposed, today())
        if picture is not None:
            from credit.monitoring.stress_plot import draw

            draw(found).savefig(picture, bbox_inches="tight")
    if as_json:
        click.echo(json.dumps({"scenarios": [asdict(one) for one in found], "read": sentence(found)}))
        return
    for line in _table(found):
        click.echo(line)
    click.echo(sentence(found))


def _table(rows: Sequence["Stressed"]) -> list[str]:
    """One row a scenario, numbers to the right."""
    cells = [_HEADS, *(_cells(one) for one in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(_HEADS))]
    lines = []
    for name, *values in cells:
        columns = [value.rjust(width) for value, width in zip(values, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *columns]))
    notes = [
        f"{one.scenario}: {one.held:,} values would leave what their column can be, and are held at its end"
        for one in rows
        if one.held
    ]
    first = rows[0]
    return [
        f"{first.clients:,} clients, {first.accepted:,} of them accepted before; mean p: of default, of all; loss: of "
        "the loans accepted before; cost: of the decisions of before; then what is decided anew",
        *lines,
        *notes,
    ]


def _cells(one: "Stressed") -> tuple[str, ...]:
    counts = (f"{one.decisions[name]:,}" for name in ("accept", "refer", "refuse"))
    money = (f"{value:,.0f}" for value in (one.loss_anew, one.cost_anew))
    first = (one.scenario, f"{one.default_rate:.2%}", f"{one.loss:,.0f}", f"{one.cost:,.0f}")
    return (*first, *counts, f"{one.changed:,}", *money)
