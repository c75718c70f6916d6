"""Commands about the bank's own rules: check a file, and see what it would change before it goes live."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from credit.cli.choices import MODEL
from credit.cli.log import DATABASE, opened
from credit.cli.terminal import user_errors, write_frame
from credit.i18n.plural import things, verb

if TYPE_CHECKING:
    from credit.decision.policy import Policy
    from credit.model import Scorer
    from credit.training.policy_comparison import Part, PolicyComparison

#: In place of a file: no rules, the model alone.
NO_RULES = "none"


@click.group()
def policy() -> None:
    """Check the bank's own rules, and compare them before they go live."""


@policy.command("check")
@click.argument("rules", type=click.Path(path_type=Path))
@MODEL
def check_rules(rules: Path, bundle: Path) -> None:
    """Check a file of the bank's rules for the model of a bundle, and list them.

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
    click.echo(f"{things(len(found.bank_rules.rules), 'rule')}, {found.bank_rules.hash}; policy {found.identity}")


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
@click.option("--out", type=click.Path(path_type=Path), help="Write who changes sides: .parquet or .csv.")
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
    out: Path | None,
    as_json: bool,
) -> None:
    """Who changes sides with the rules NEW in place of OLD, what it costs in expectation, by rule and by group.

    OLD and NEW are files of the bank's rules, or none for the model alone. The costs are by the model's own
    probabilities.
    """
    from credit.decision.policy import Policy
    from credit.model import load_bundle
    from credit.training.policy_comparison import compare

    with user_errors():
        if (portfolio is None) == (not of_log):
            raise ValueError(
                "name the clients to decide on: --portfolio FOLDER, or --log for those of the decision log"
            )
        model = load_bundle(bundle)
        before, after = (Policy(model, None if name == NO_RULES else name) for name in (old, new))
        on = _day(day, (before, after))
        if portfolio is not None:
            found = compare(model, before, after, [_portfolio(model, portfolio, application)], on)
        else:
            with opened(database) as log:
                found = compare(model, before, after, _applications(log, model, last), on)
        if out is not None:
            write_frame(found.changed.lazy(), out)
    if as_json:
        told = {name: value for name, value in asdict(found).items() if name != "changed"}
        click.echo(json.dumps({**told, "on": found.on.isoformat(), "cost": found.cost}))
    else:
        for line in _lines(found):
            click.echo(line)
    if out is not None:
        height = found.changed.height
        click.echo(f"{out}: {things(height, 'client')} who {verb(height, 'changes', 'change')} sides", err=True)


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


def _portfolio(model: "Scorer", folder: Path, application: str) -> "Part":
    """The clients of a folder that are decided on."""
    from credit.decision.portfolio import read_for, rows_of

    made, x, decided = rows_of(read_for(model, folder, application), model, application)
    return made["SK_ID_CURR"].to_numpy()[decided], x[decided]


def _applications(log: Any, model: "Scorer", last: int) -> Iterator["Part"]:
    """Of the log, the newest decision of each client and week that was made of the model's columns."""
    from credit.decision_log import Columns
    from credit.training.shadow import applications

    for clients, _, _, _, X in applications(log, Columns(model.columns), {}, (), last):
        yield clients, X


def _lines(found: "PolicyComparison") -> Iterator[str]:
    """The comparison as text."""
    changed = sum(one.clients for one in found.moves)
    yield (
        f"{things(found.clients, 'client')} by the rules in force on {found.on}: {_change_sides(changed)}, "
        f"{changed / found.clients:.2%}"
    )
    if found.without_amount:
        are = verb(found.without_amount, "is", "are")
        yield f"{found.without_amount:,} more {are} left out: their loan has no amount"
    for name, counts in (("old", found.decisions_old), ("new", found.decisions_new)):
        yield f"{name}: " + ", ".join(f"{one} {count:,}" for one, count in counts.items())
    share = f", {found.cost / found.everybody:+.2%} of what accepting everybody costs" if found.everybody else ""
    yield (
        f"expected cost: {found.cost_old:,.0f} old, {found.cost_new:,.0f} new: {_money(found.cost)}{share}, by the "
        "model's own probabilities"
    )
    if not found.reviewed:
        yield "the model does not say what a review costs: a referred client counts as the threshold decides"
    for move in found.moves:
        yield (
            f"  {move.old} -> {move.new}: {things(move.clients, 'client')}, {move.amount:,.0f} of loans, "
            f"{_money(move.cost)}"
        )
    for rule in found.rules:
        unknown = f", {rule.unknown:,} of them for a missing value" if rule.unknown else ""
        yield (
            f"  rule {rule.rule} ({rule.policy}): decides on {rule.decided:,}{unknown}; the model alone would decide "
            f"{rule.changed:,} otherwise, {_money(rule.cost)}"
        )
    for group in found.groups:
        yield (
            f"  {group.attribute} {group.group}: {things(group.clients, 'client')}, accepted {group.accepted_old:.1%} "
            f"old, {group.accepted_new:.1%} new ({group.low:.1%} to {group.high:.1%}), "
            f"{_change_sides(group.changed)}, {_money(group.cost)}"
        )


def _change_sides(count: int) -> str:
    return f"{count:,} {verb(count, 'changes', 'change')} sides"


def _money(cost: float) -> str:
    if round(cost) == 0:
        return "costs nothing"
    return f"{'costs' if cost > 0 else 'saves'} {abs(cost):,.0f}"
