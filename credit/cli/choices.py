"""Options that several commands have: which tables, and what the label means."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click

from credit.model.manifest import BUNDLE, usual_bundle

#: The number of a client or of a decision, as far as a database counts.
NUMBER = click.IntRange(0, 2**63 - 1)


class Share(click.ParamType):
    """A share of one, as a number or in per cent: 0.15 and 15% are the same."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share as a number; fails for what is none, and says both ways of writing it."""
        if isinstance(value, float):
            return value
        text = str(value).strip()
        try:
            return float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            return self.fail(f"{value!r} is no share; write 0.15 or 15%", param, ctx)


#: What TARGET 1 may stand for. The module that knows what to make of it loads Polars, for which --help does not wait.
MEANINGS = ("defaulted", "repaid")

TABLES = click.option(
    "--tables",
    default=None,
    metavar="NAMES",
    help="The tables to use, such as application,bureau; application alone has no history.  [default: all]",
)
WITHOUT = click.option(
    "--without",
    default=None,
    metavar="NAMES",
    help="Columns that no model may read, nor any feature made of them: CODE_GENDER,DAYS_BIRTH, or the word protected.",
)
OF_BUNDLE = click.option(
    "--bundle",
    default=None,
    type=click.Path(path_type=Path),
    help="Use the tables that the model in this folder needs, and no other.",
)
#: Of commands that read a model; `usual_bundle` is asked when the command runs.
MODEL = click.option(
    "--bundle",
    default=usual_bundle,
    show_default=f"{BUNDLE}, else the installed package's",
    type=click.Path(path_type=Path),
    help="Folder of the model.",
)
_MARGIN = click.option(
    "--margin", type=Share(), help="What a good loan earns, as a share of it.  [default: the model's]"
)
_LGD = click.option(
    "--lgd", type=Share(), help="What a defaulted loan loses, as a share of it.  [default: the model's]"
)
_REVIEW_COST = click.option("--review-cost", type=float, help="What a review by a person costs, as the loans are in.")
_REVIEW_SKILL = click.option(
    "--review-skill", type=Share(), help="Share of wrong decisions that a review finds.  [default: the model's, or 0.5]"
)
_REVIEW_CAPACITY = click.option(
    "--review-capacity",
    type=Share(),
    help="Share of the clients that can be reviewed, in place of a cost.  [default: the model's, or 0.1]",
)


class Given(NamedTuple):
    """What the options about costs and reviews say, as `credit.training.training_terms.terms_of` takes it; None where
    an option was not given.
    """

    margin: float | None
    loss_given_default: float | None
    review_cost: float | None
    review_skill: float | None
    review_capacity: float | None


def TERMS(command: Callable[..., Any]) -> Callable[..., Any]:
    """--margin and --lgd, --review-cost, --review-skill and --review-capacity, handed on as one `Given`."""

    @wraps(command)
    def with_terms(
        *,
        margin: float | None,
        lgd: float | None,
        review_cost: float | None,
        review_skill: float | None,
        review_capacity: float | None,
        **options: Any,
    ) -> Any:
        """Run the command with ``margin`` and ``lgd`` (shares of the loan) and ``review_cost``, ``review_skill`` and
        ``review_capacity`` as one `Given`; None of what was not given.
        """
        return command(given=Given(margin, lgd, review_cost, review_skill, review_capacity), **options)

    return _MARGIN(_LGD(_REVIEW_COST(_REVIEW_SKILL(_REVIEW_CAPACITY(with_terms)))))


RULES = click.option(
    "--rules",
    default=lambda: os.environ.get("BANK_RULES") or None,
    show_default="BANK_RULES, else none",
    type=click.Path(path_type=Path),
    help="File of the bank's own rules.",
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
    from credit.features.needed_tables import histories_of, named_histories
    from credit.model import load_bundle

    if bundle is None:
        return named_histories(tables or "all"), ()
    if tables is not None:
        raise ValueError("--tables and --bundle both choose the tables; leave one out")
    columns = tuple(load_bundle(bundle).columns)
    return histories_of(columns), columns
