"""Commands about the bank's own policy: check a file of rules and segments, and see what it would change."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from credit.cli.choices import LABEL, MODEL, Share
from credit.cli.log import DATABASE, opened
from credit.cli.policy_lines import lines
from credit.cli.terminal import user_errors, write_frame
from credit.i18n.plural import things, verb

if TYPE_CHECKING:
    from credit.decision.policy import Policy
    from credit.model import Scorer
    from credit.monitoring.policy_comparison import Part

#: In place of a file: no rules, the model alone.
NO_RULES = "none"


@click.group()
def policy() -> None:
    """Check the bank's own rules and segments, and compare policies before they go live."""


@policy.command("check")
@click.argument("rules", type=click.Path(path_type=Path))
@MODEL
def check_rules(rules: Path, bundle: Path) -> None:
    """Check a file of the bank's rules and segments for the model of a bundle, and list them.

    The server and every command that decides do the same before they begin.
    """
    from credit.decision.policy import Policy, today
    from credit.model import load_bundle

    with user_errors():
        found = Policy(load_bundle(bundle), rules)
    assert found.bank_rules is not None
    for rule in found.bank_rules.rules:
        since = "in force since" if rule.valid_from <= today() else "from"
        click.echo(
            f"{rule.name}: {rule.outcome}, {rule.stage} the model, {since} {rule.valid_from}; "
            f"where it is not known: {rule.if_unknown}"
        )
        click.echo(f"    {rule.reason['en']} / {rule.reason['fr']}")
    for segment in found.bank_rules.segments:
        since = "in force since" if segment.valid_from <= today() else "from"
        whom = f"; where it is not known: {segment.if_unknown}" if segment.condition else ", every other client"
        costs = segment.costs
        click.echo(
            f"segment {segment.name}: {since} {segment.valid_from}, margin {costs.margin:.1%}, loss given default "
            f"{costs.loss_given_default:.1%}, refused from {segment.threshold:.4f} on{whom}"
        )
    listed = things(len(found.bank_rules.rules), "rule")
    if found.bank_rules.segments:
        listed += f", {things(len(found.bank_rules.segments), 'segment')}"
    click.echo(f"{listed}, {found.bank_rules.hash}; policy {found.identity}")


@policy.command("compare")
@click.argument("old")
@click.argument("new")
@click.option("--portfolio", type=click.Path(path_type=Path), help="Folder of tables whose clients are decided on.")
@click.option("--application", default="application_test", type=click.Choice(["application_train", "application_test"]))
@click.option("--log", "of_log", is_flag=True, help="Decide on the applications of the decision log instead.")
@click.option("--last", default=100_000, help="The newest so many decisions of the log.")
@DATABASE
@MODEL
@click.option("--on", "day", help="The day of which rules are in force.  [default: when all of both are, or today]")
@click.option(
    "--valued-by",
    type=click.Choice(["old", "new"]),
    default="new",
    help="Whose margins and losses value both policies.",
)
@click.option(
    "--review-capacity",
    "capacity",
    type=Share(),
    help="Share of the clients for whose review there is time.  [default: the model's]",
)
@LABEL
@click.option("--out", type=click.Path(path_type=Path), help="Write who changes sides: .parquet or .csv.")
@click.option("--page", type=click.Path(path_type=Path), help="Write the comparison as a page with its chart, .html.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def compare_policies(
    old: str,
    new: str,
    portfolio: Path | None,
    application: str,
    of_log: bool,
    last: int,
    database: str,
    bundle: Path,
    day: str | None,
    valued_by: str,
    capacity: float | None,
    label_one_means: str | None,
    out: Path | None,
    page: Path | None,
    as_json: bool,
) -> None:
    """Who changes sides with the policy NEW in place of OLD, what it costs, by rule and by group, and what it loses.

    OLD and NEW are files of the bank's rules and segments, or none for the model alone. Costs are expected by the
    model's own probabilities, and realised of the clients whose outcome is known: those of the log, or TARGET in the
    portfolio.
    """
    from credit.decision.policy import Policy
    from credit.model import load_bundle
    from credit.monitoring.policy_clients import of_log as logged
    from credit.monitoring.policy_comparison import compare
    from credit.monitoring.policy_page import page as as_page

    with user_errors():
        if (portfolio is None) == (not of_log):
            raise ValueError(
                "name the clients to decide on: --portfolio FOLDER, or --log for those of the decision log"
            )
        if page is not None and page.suffix != ".html":
            raise ValueError(f"{page} ends in {page.suffix or 'nothing'}; give a file that ends in .html")
        model = load_bundle(bundle)
        before, after = (Policy(model, None if name == NO_RULES else name) for name in (old, new))
        on = _day(day, (before, after))
        if portfolio is not None:
            clients = [_portfolio(model, portfolio, application, label_one_means)]
            found = compare(model, before, after, clients, on, valued_by, capacity)
        else:
            with opened(database) as log:
                found = compare(model, before, after, logged(log, model, last), on, valued_by, capacity)
        if out is not None:
            write_frame(found.changed.lazy(), out)
        if page is not None:
            page.write_text(as_page(found), encoding="utf-8")
    if as_json:
        told = {name: value for name, value in asdict(found).items() if name != "changed"}
        click.echo(json.dumps({**told, "on": found.on.isoformat(), "cost": found.cost}))
    else:
        for line in lines(found):
            click.echo(line)
    if out is not None:
        height = found.changed.height
        click.echo(f"{out}: {things(height, 'client')} who {verb(height, 'changes', 'change')} sides", err=True)
    if page is not None:
        click.echo(f"{page}: the comparison as a page", err=True)


def _day(text: str | None, policies: tuple["Policy", ...]) -> date:
    """The day that is asked for; else the first on which every rule of both files is in force, today at the least."""
    from credit.decision.policy import today

    if text is None:
        begins = [one.bank_rules.last_valid_from() for one in policies if one.bank_rules is not None]
        return max([today(), *(day for day in begins if day is not None)])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--on is a day such as 2026-01-31, not {text[:40]!r}") from None


def _portfolio(model: "Scorer", folder: Path, application: str, label_one_means: str | None) -> "Part":
    """The clients of a folder that are decided on."""
    from credit.decision.portfolio import read_for
    from credit.monitoring.policy_clients import of_folder

    return of_folder(read_for(model, folder, application), model, application, label_one_means)
