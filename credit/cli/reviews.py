"""Commands about reviews: the cases that wait, one case, what a person decides about it."""

import json
import math
import re
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any, NoReturn

import click

from credit.cli.choices import NUMBER, Share
from credit.cli.log import DATABASE, opened

#: What the log has for the id of the request, of what comes from a command.
_REQUEST = "command line"

_REVIEWER = click.option("--reviewer", required=True, help="Who decides, as in API_KEYS: a pseudonym.")
_REASON = click.option("--reason", required=True, help="A code that 'reviews reasons' lists.")
_WORDS = click.option("--words", default=None, help="What the reason leaves out, up to 2,000 characters.")


@click.group()
def reviews() -> None:
    """Decide on referred clients, override decisions, have one looked at again."""


@reviews.command("list")
@DATABASE
@click.option(
    "--order",
    type=click.Choice(["oldest", "dearest"]),
    default=None,
    help="Longest waiting, also without it, or most at stake first.",
)
@click.option("--client", default=None, type=NUMBER, help="All decisions about this client, newest first.")
@click.option("--size", default=20, type=click.IntRange(1, 200), help="Cases of a page.")
@click.option("--after", default=None, help="The cursor that the page before has printed.")
@click.option("--json", "as_json", is_flag=True, help="Print the page as JSON.")
def list_cases(database: str, order: Any, client: int | None, size: int, after: str | None, as_json: bool) -> None:
    """Show the cases that wait for a person, page by page, or all decisions about a client."""
    from credit.decision_log import case_queue, client_cases

    if client is not None and order is not None:
        raise click.UsageError("--order is of the open cases; a client's newest decision comes first: leave it out")
    with opened(database) as log:
        if client is None:
            found = case_queue.page(log, order or "oldest", size, after)
        else:
            found = client_cases.page(log, client, size, after)
    if as_json:
        cases = [{**asdict(one), "deciders": sorted(one.deciders)} for one in found.cases]
        click.echo(json.dumps({"cases": cases, "next": found.after, "total": found.total}))
        return
    for one in found.cases:
        stake = "not known" if one.at_stake is None else f"{one.at_stake:,.2f}"
        by = "" if one.rule is None else f"  rule {one.rule}"
        click.echo(
            f"decision {one.decision}  client {one.client}  {_state(one)}{by}  probability "
            f"{one.probability:.4f}  at stake {stake}  sent by {one.caller}"
        )
    what = "open case" if client is None else "decision"
    click.echo(f"{found.total:,} {what}{'' if found.total == 1 else 's'}")
    if found.after is not None:
        click.echo(f"next page: --after {found.after}")


def _state(one: Any) -> str:
    """Whether a case waits, and else what was decided."""
    if one.kind is not None:
        return f"{one.kind} since {one.opened[:16]}"
    if one.trial:
        return f"trial at {one.decided[:16]}, {one.made}"
    return f"closed, {one.made} at {one.decided[:16]}, {one.final} in the end"


@reviews.command("reasons")
@click.option("--lang", type=click.Choice(["en", "fr"]), default="en", help="The language of the names.")
def list_reasons(lang: str) -> None:
    """List the reasons: code, the verdicts that it may be given for, name."""
    from credit.decision.review_reasons import REASONS

    for one in REASONS:
        click.echo(f"{one.code:22} {', '.join(one.of):32} {one.text(lang)}")


@reviews.command()
@click.argument("number", type=NUMBER)
@DATABASE
def show(number: int, database: str) -> None:
    """Print a decision as JSON, with what people made of it."""
    from credit.decision_log import reviews as logged

    with opened(database) as log:
        case, decision = logged.case_of(log, number), log.find(number)
    status = {"status": "open" if case.open else "closed", "kind": case.kind, "opened": case.opened}
    made = [_as_json(one) for one in case.reviews]
    content = {**status, "final": case.final, "decision": decision, "reviews": made}
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))


@reviews.command()
@click.argument("number", type=NUMBER)
@click.argument("verdict", type=click.Choice(["accept", "counteroffer", "refuse"]))
@DATABASE
@_REASON
@_WORDS
@click.option("--amount", default=None, type=float, help="Of a counteroffer: the amount of the loan.")
@click.option("--annuity", default=None, type=float, help="Of a counteroffer: the annuity.")
@click.option("--months", default=None, type=int, help="Of a counteroffer: until the loan is repaid.")
@_REVIEWER
def decide(
    number: int,
    verdict: str,
    database: str,
    reason: str,
    words: str | None,
    amount: float | None,
    annuity: float | None,
    months: int | None,
    reviewer: str,
) -> None:
    """Decide on an open case, or in place of the machine; 1 where it is decided already, and says how.

    With FOUR_EYES=1 in the environment nobody decides on a client whom they have sent, or on a case twice.
    """
    from credit.decision_log import review_rulings
    from credit.decision_log import reviews as logged
    from credit.letters import without_letter
    from credit.web.settings import four_eyes

    with opened(database) as log:
        eyes = four_eyes()
        given = (amount, annuity, months) != (None, None, None)
        terms = review_rulings.Terms(amount, annuity, months) if given else None
        ruling = review_rulings.Ruling(verdict, reason, words, terms)
        row = log.find(number)
        no_letter = {} if row is None else without_letter(log, row)
        try:
            found = logged.decide(log, number, ruling, _pseudonym(reviewer), _REQUEST, eyes)
        except (logged.CaseConflict, logged.OwnDecision) as error:
            _refuse(error)
    click.echo(f"decision {number}: {found.kind} {found.id}, {found.verdict} by {found.reviewer}")
    if reason in no_letter.get(verdict, ()):
        click.echo(f"warning: no letter can be written for the reason {reason}: write to the client", err=True)


@reviews.command()
@click.argument("number", type=NUMBER)
@DATABASE
@_REASON
@_WORDS
@_REVIEWER
def reopen(number: int, database: str, reason: str, words: str | None, reviewer: str) -> None:
    """Have a decision looked at again, for example at the client's request; 1 where its case is open."""
    from credit.decision_log import reviews as logged

    with opened(database) as log:
        try:
            found = logged.reopen(log, number, reason, words, _pseudonym(reviewer), _REQUEST)
        except logged.CaseConflict as error:
            _refuse(error)
    click.echo(f"decision {number}: reopened by {found.reviewer}, and waits for a person")


@reviews.command()
@DATABASE
@click.option("--share", required=True, type=Share(), help="Of the refused, such as 0.05 or 5%.")
@click.option(
    "--since", default=None, type=click.DateTime(["%Y-%m-%d"]), help="Refusals from that day on, UTC.  [default: all]"
)
@click.option("--accept", "then_accept", is_flag=True, help="Write the acceptances into the log; needs --reviewer.")
@click.option("--reviewer", default=None, help="Who accepts, as in API_KEYS: a pseudonym.")
def draw(database: str, share: float, since: datetime | None, then_accept: bool, reviewer: str | None) -> None:
    """Draw refused applications at random, to accept them and learn what becomes of them; say what that costs.

    The hash of a decision draws it: the same share draws the same again. No refusal by a rule of the bank is drawn.
    """
    from credit.decision.review_reasons import DRAWN
    from credit.decision_log import exploration
    from credit.i18n.plural import things

    if then_accept and reviewer is None:
        raise click.UsageError("--accept writes into the log who accepts: name a --reviewer")
    with opened(database) as log:
        refused = exploration.refusals(log, "" if since is None else since.date().isoformat())
        chosen = exploration.drawn(refused, share)
        for one in chosen:
            what = "not known" if math.isnan(one.price) else f"{one.price:,.2f} for a loan of {one.amount:,.2f}"
            click.echo(f"decision {one.decision}  client {one.client}  price {what}")
        click.echo(
            f"{len(chosen):,} of {things(len(refused), 'refusal')} drawn; by the probabilities of the model, to accept "
            f"them costs {exploration.total_price(chosen):,.2f} more than to refuse them"
        )
        if then_accept:
            done = exploration.accept(log, chosen, _pseudonym(reviewer or ""), _REQUEST)
            click.echo(f"accepted in the log: {len(done):,}, each with the reason {DRAWN}")


def _refuse(error: Exception) -> NoReturn:
    click.echo(f"error: {error}", err=True)
    sys.exit(1)


def _pseudonym(name: str) -> str:
    """As API_KEYS has names: what the log keeps for ever is a short word."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,200}", name):
        raise ValueError(f"a reviewer is 1 to 200 letters, digits, '.', '_' or '-', not {name[:40]!r}")
    return name


def _as_json(one: Any) -> dict[str, Any]:
    import msgspec

    return {**asdict(one), "terms": None if one.terms is None else msgspec.structs.asdict(one.terms)}
