"""Options of trainings about less discriminatory alternatives and the fairness gate."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import click

from credit.cli.choices import Share

#: Of the gate. The module that knows what they mean loads Polars, for which --help does not wait.
MODES = ("off", "warn", "stop")


class Fairness(NamedTuple):
    """What the options say. ``look``: whether alternatives are looked at. ``by``, ``point``, ``cost``: as
    `credit.training.fairness_search.FairnessPlan` takes them; ``gate``, ``least``: as `fairness_gate.Gate` does.
    """

    look: bool
    by: tuple[str, ...]
    point: int | None
    cost: float | None
    gate: str
    least: float | None


def FAIRNESS(command: Callable[..., Any]) -> Callable[..., Any]:
    """--fairness, --fairness-by, --fairness-point, --fairness-cost, --fairness-gate and --fairness-least, handed on as
    one `Fairness`.
    """

    @wraps(command)
    def with_fairness(
        *,
        fairness: bool,
        fairness_by: tuple[str, ...],
        fairness_point: int | None,
        fairness_cost: float | None,
        fairness_gate: str,
        fairness_least: float | None,
        **options: Any,
    ) -> Any:
        """Run the command with ``fairness``, ``fairness_by``, ``fairness_point``, ``fairness_cost``, ``fairness_gate``
        and ``fairness_least`` as one `Fairness`; a point or a cost asks for the look, too.
        """
        look = fairness or fairness_point is not None or fairness_cost is not None
        asked = Fairness(look, fairness_by, fairness_point, fairness_cost, fairness_gate, fairness_least)
        return command(fairness=asked, **options)

    for option in (
        click.option(
            "--fairness-least", default=None, type=Share(), help="The least ratio of that gate.  [default: 0.8]"
        ),
        click.option(
            "--fairness-gate",
            default="warn",
            show_default=True,
            type=click.Choice(MODES),
            help="A ratio of approvals surely below the least one: nothing, a warning, or no export by itself.",
        ),
        click.option(
            "--fairness-cost",
            default=None,
            type=float,
            help="Train the point with the highest of the lowest ratios that costs at most so many points.",
        ),
        click.option("--fairness-point", default=None, type=click.IntRange(0), help="Train the point of this number."),
        click.option(
            "--fairness-by",
            multiple=True,
            metavar="COLUMN",
            help="Also compare approvals by this column; may be given several times.",
        ),
        click.option(
            "--fairness",
            is_flag=True,
            help="Look at less discriminatory alternatives: show what they save and how alike they approve.",
        ),
    ):
        with_fairness = option(with_fairness)
    return with_fairness


def show_alternatives(frontier: Any, taken: Any = None) -> None:
    """Print the alternatives that were looked at, and write their table and their picture."""
    from credit.training import fairness_report

    fairness_report.show(frontier, taken)
    folder = fairness_report.write(frontier, taken=taken)
    click.echo(f"{folder / fairness_report.PICTURE} and {folder / fairness_report.TABLE} are written")
    if taken is not None:
        click.echo(f"point {taken.number} is trained: {taken.alternative.name}")
