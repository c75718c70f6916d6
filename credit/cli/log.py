"""Commands about the decision log: bring its tables up to date, verify, show, replay, erase."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from credit.cli.choices import MODEL, NUMBER
from credit.cli.terminal import progress, user_errors
from credit.i18n.plural import things
from credit.program import PROGRAM

DATABASE = click.option(
    "--database",
    default=lambda: os.environ.get("DATABASE_URL") or "decisions.db",
    show_default="DATABASE_URL, else decisions.db",
    help="File or address of the log.",
)


@click.group()
def log() -> None:
    """Find decisions again, prove that they are unaltered, erase inputs."""


@contextmanager
def opened(database: str, make: bool = False) -> Iterator[Any]:
    """The log; errors in one sentence. A file that is not there is made only with ``make``."""
    from credit.decision_log import Log, LogError, address
    from credit.decision_log.sqlite import file_of

    with user_errors():
        try:
            file = file_of(address(database))
            if file is not None and not make and not file.is_file():
                raise LogError(f"there is no file {file}: name the log with --database")
            found = Log(database)
            try:
                yield found
            finally:
                found.close()
        except LogError as error:
            raise ValueError(f"The decision log {database_name(database)} cannot be used: {error}") from None


def database_name(database: str) -> str:
    """The address without its password."""
    from credit.decision_log import LogError, address
    from credit.decision_log.database_url import named

    try:
        return named(address(database))
    except LogError:
        return "of DATABASE_URL"


@log.command()
@DATABASE
def upgrade(database: str) -> None:
    """Make the tables, or bring them up to date. Heroku's release phase runs this."""
    from credit.decision_log.migration import revision
    from credit.decision_log.schema import REVISION

    with opened(database, make=True) as found:
        with found.reading() as connection:
            there = revision(connection)
        newer = "" if there == REVISION else f", newer than {REVISION} of this program, which uses them as they are"
        click.echo(f"{found.name}: the tables are of version {there}{newer}")


@log.command()
@DATABASE
@click.option("--since", help="An end that an earlier verification printed: prove that the log goes on from there.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def verify(database: str, since: str | None, as_json: bool) -> None:
    """Prove that no decision and no review was changed, put in or taken out; 1 where one was.

    Note the end that it prints somewhere else: who can rewrite the whole database can make a new chain, but none that
    goes through an end noted before.
    """
    from credit.decision_log import audit

    with opened(database) as found, progress("verifying decisions") as step:
        result = audit.verify(found, since, step)
    if as_json:
        told_result = {"whole": result.whole, "decisions": result.decisions, "reviews": result.reviews}
        told_result |= {"erased": result.erased}
        click.echo(json.dumps({**told_result, "end": result.end, "found": result.found, "problems": result.problems}))
    else:
        for problem in result.problems:
            click.echo(problem)
        if result.found > len(result.problems):
            click.echo(f"... and {result.found - len(result.problems):,} more.")
        word = "whole: nothing was changed, put in or taken out" if result.whole else "BROKEN"
        click.echo(
            f"{things(result.decisions, 'decision')}, {result.erased:,} of them with erased inputs, and "
            f"{things(result.reviews, 'review')}. The chain is {word}."
        )
        click.echo(f"end: {result.end}")
    sys.exit(0 if result.whole else 1)


@log.command()
@click.argument("number", type=NUMBER)
@DATABASE
def show(number: int, database: str) -> None:
    """Print a decision as JSON: what was sent, what was answered and why."""
    with opened(database) as found:
        decision = found.find(number)
        if decision is None:
            raise LookupError(f"There is no decision {number} in {found.name}.")
    click.echo(json.dumps(decision, indent=2, ensure_ascii=False))


@log.command()
@click.argument("number", type=NUMBER)
@DATABASE
@MODEL
def replay(number: int, database: str, bundle: Path) -> None:
    """Work a decision out again from its inputs, its model and its rule; 1 where anything is another.

    The rule (threshold, costs, review, the bank's own rules) is that of the log: it may have changed since.
    """
    import numpy as np

    from credit.decision.policy import Policy
    from credit.decision_log import audit
    from credit.decision_log.encoding import read
    from credit.model import load_bundle

    with opened(database) as found:
        model = load_bundle(bundle)
        inputs, logged = audit.replay(found, number, model.columns, model.model_hash)
        rule, on = audit.rule_of(found, logged)
    X = read(inputs)[None, :]
    again = float(model.probability(X)[0])
    same = abs(again - logged.probability) <= 1e-12  # another processor may round the last bit differently
    click.echo(
        f"decision {number}: probability {logged.probability!r} in the log, {again!r} worked out again: {_word(same)}"
    )
    if rule is None:
        click.echo(f"decision {number}: made before the log kept the rule, so that only the probability is compared")
        sys.exit(0 if same else 1)
    verdicts = rule.decide(X, np.array([logged.probability]), Policy(model).amounts(X), on)
    (decided,), (rule_decision,) = verdicts.decisions, verdicts.rule_decisions
    as_decided = decided == logged.decision and rule_decision == audit.rule_decision_of(logged)
    # Of a client in no segment the terms are those of the log; of one in a segment, those that its file says.
    (segment,), terms = verdicts.terms.segments, verdicts.terms
    as_decided &= segment == audit.segment_of(logged)
    as_decided &= (float(terms.threshold[0]), terms.costs(0)) == (logged.threshold, rule.costs)
    by = "threshold, costs and review" if rule_decision is None else f"rule {rule_decision.rule!r} of the bank"
    by += "" if segment is None else f", in segment {segment!r}"
    click.echo(f"decision {number}: {logged.decision} in the log, {decided} by its {by}: {_word(as_decided)}")
    sys.exit(0 if same and as_decided else 1)


def _word(same: bool) -> str:
    return "the same" if same else "NOT THE SAME"


#: Younger inputs are erased on purpose alone: until then a letter may be due that is worked out from them (12 CFR
#: 1002.9(a)(1)), and a client may contest the decision. Days.
_RECENT = 30


@log.command()
@DATABASE
@click.option("--older-than", "older", required=True, help="An age such as 180d, 26w or 2y.")
@click.option("--dry-run", is_flag=True, help="Say what would be erased, and erase nothing.")
@click.option("--yes", is_flag=True, help="Erase without asking: for jobs.")
@click.option(
    "--even-recent", is_flag=True, help="Take an age below 30 days, whose decisions are still explained and contested."
)
def purge(database: str, older: str, dry_run: bool, yes: bool, even_recent: bool) -> None:
    """Erase the inputs of decisions older than that, and the words of their reviews; the chain stays.

    Says first what would be erased, and asks. What is erased cannot be brought back, replayed or explained. An age
    below 30 days wants --even-recent as well, but for --dry-run.
    """
    from credit.decision_log import audit
    from credit.decision_log.erasable import erasable

    with opened(database) as found:
        age = audit.age(older)
        before = datetime.now(UTC) - age
        if age.days < _RECENT and not (even_recent or dry_run):
            raise ValueError(
                f"--older-than {older.strip()} erases {_recent(age.days)}, younger than {_RECENT} days: clients may "
                "still contest them, letters are still due, and without inputs no decision is explained, replayed or "
                f"reviewed. Give at least {_RECENT}d, look with --dry-run, or add --even-recent if you mean it"
            )
        would = erasable(found, before)
        click.echo(_would_be_erased(would, before))
        if dry_run or not (would.decisions or would.reviews):
            return
        if not yes:
            if not sys.stdin.isatty():
                raise ValueError("nobody is there to be asked: repeat the command with --yes, or look with --dry-run")
            meant = f" It takes {_recent(age.days)}." if age.days < _RECENT else ""
            if not click.confirm(f"Erase them?{meant} This cannot be undone."):
                click.echo("nothing is erased")
                sys.exit(1)
        erased = found.erase(before=before)
    lost = "has lost its" if erased == 1 else "have lost their"
    click.echo(f"{things(erased, 'decision')} from before {before:%Y-%m-%d %H:%M} UTC {lost} inputs")


def _recent(days: int) -> str:
    """What a purge of that age takes that is recent, in words."""
    return f"decisions that are {things(days, 'day')} old" if days else "every decision up to this moment"


def _would_be_erased(would: Any, before: datetime) -> str:
    """What a purge erases, in words: numbers and dates."""
    from credit.decision_log.kept_sums import FEWEST

    than = f"older than {before:%Y-%m-%d %H:%M} UTC"
    if not (would.decisions or would.reviews):
        return f"nothing to erase: no decision {than} has inputs, and no review of one has words"
    are, wait = "is" if would.decisions == 1 else "are", "waits" if would.open == 1 else "wait"
    found = [f"{would.decisions:,} of {things(would.all, 'decision')} with inputs {are} {than}"]
    if would.first is not None and would.last is not None:
        found.append(f"made from {would.first[:16].replace('T', ' ')} to {would.last[:16].replace('T', ' ')} UTC")
    if would.reviews:
        found.append(f"with the words or terms of {things(would.reviews, 'review')}")
    if would.open:
        found.append(f"and {would.open:,} of them {wait} for a person, and would leave the queue")
    said = ", ".join(found)
    if would.verdicts:
        said += (
            f". A person has decided on {would.verdicts:,} of them: what these reviews earned is kept in sums by "
            f"month, of {FEWEST} verdicts at least"
        )
    if would.without_outcome:
        said += (
            f". Of {would.without_outcome:,} no outcome is known, and what they earned never will be: record outcomes "
            f"first ({PROGRAM} outcomes)"
        )
    return said
