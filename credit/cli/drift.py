"""Commands that watch a model: drift, the profile that it is told by, and who has defaulted."""

import json
import math
import sys
from pathlib import Path
from typing import Any

import click

from credit.cli.choices import LABEL, MODEL, Share
from credit.cli.log import DATABASE, opened
from credit.cli.terminal import user_errors
from credit.i18n.plural import things
from credit.monitoring.window import LONGEST

#: A job that is to watch and sees nothing ends with this.
BLIND = 3


class _Finite(click.FloatRange):
    """A number, which NaN is not."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found


_ABOVE_0 = _Finite(0, min_open=True)
_DAYS = _Finite(0, LONGEST, min_open=True)

_BUNDLE = click.option(
    "--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder of the model."
)


@click.command()
@click.option(
    "--reference", default=None, type=click.Path(path_type=Path), help="Folder of tables to compare the columns with."
)
@click.option("--current", required=True, help="Folder of tables of now, or the word log for the decision log.")
@click.option("--out", default=None, type=click.Path(path_type=Path), help="Write the report as a page, .html.")
@click.option(
    "--fail-on",
    default=None,
    type=_ABOVE_0,
    help="Exit with 1 where the verdict's index is that high, with 3 where there is no verdict.",
)
@click.option(
    "--fail-on-alarm", is_flag=True, help="Exit with 1 where there is an alarm, with 3 where the log is empty."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--moderate-at", "--some", default=0.10, type=_ABOVE_0, help="Index from which a feature has moved.")
@click.option("--drifted-at", "--much", default=0.25, type=_ABOVE_0, help="Index from which a feature has drifted.")
@click.option("--last", default=None, type=click.IntRange(1), help="Of the log: so many decisions.  [default: 5000]")
@click.option("--days", default=None, type=_DAYS, help="Of the log: those of so many days.")
@click.option("--sample", default=20_000, type=click.IntRange(100), help="Clients of each side that Evidently tests.")
@click.option("--margin", default=None, type=Share(), help="What a good loan earns.  [default: the model's]")
@click.option("--lgd", default=None, type=Share(), help="What a default loses.  [default: the model's]")
@click.option(
    "--mute",
    multiple=True,
    metavar="CODE",
    type=click.Choice(["model", "features", "texts", "costs", "calibration"]),
    help="Alarms of this code are counted alone, and are none to --fail-on-alarm; may be repeated.",
)
@DATABASE
@MODEL
def drift(
    reference: Path | None,
    current: str,
    out: Path | None,
    fail_on: float | None,
    fail_on_alarm: bool,
    as_json: bool,
    moderate_at: float,
    drifted_at: float,
    last: int | None,
    days: float | None,
    sample: int,
    margin: float | None,
    lgd: float | None,
    mute: tuple[str, ...],
    database: str,
    bundle: Path,
) -> None:
    """Compare the clients of now with those of the training, and tell what the decisions in the log cost.

    The verdict is made from every feature that the model reads, weighted by importance, and from the probability of
    default; with --reference Evidently tests the application's own columns as well, which takes some seconds more.
    """
    from credit.monitoring import drift_report
    from credit.monitoring.window import LAST, Window

    with user_errors():
        if out is not None and out.suffix != ".html":
            raise ValueError(f"{out} ends in {out.suffix or 'nothing'}; give a file that ends in .html")
        if moderate_at > drifted_at:
            raise ValueError(
                f"--moderate-at {moderate_at:g} is above --drifted-at {drifted_at:g}: what has drifted has moved, too"
            )
        if current != "log" and (last is not None or days is not None):
            raise ValueError("--last and --days are of the log: use them with --current log")
        settings = drift_report.Settings(bundle, reference, moderate_at, drifted_at, sample, margin, lgd)
        if current == "log":
            window = Window(last, days) if days is not None else Window(last or LAST)
            with opened(database) as log:
                found = drift_report.of_log(log, window, settings)
        else:
            found = drift_report.of_tables(Path(current), settings)
        found = found.muting(mute)
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(found.page(), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(found.as_json()))
    else:
        _say(found, out)
    if fail_on_alarm and found.alarms:
        sys.exit(1)
    if fail_on_alarm and found.drift is None and found.costs is None:
        click.echo("there is nothing to look at", err=True)
        sys.exit(BLIND)
    if fail_on is not None:
        if found.drift is None or not found.drift.enough:
            click.echo("there is no verdict to fail on: too little to compare", err=True)
            sys.exit(BLIND)
        if found.drift.score >= fail_on:
            sys.exit(1)


def _say(found: Any, out: Path | None) -> None:
    from credit.monitoring.column_verdicts import counted

    if found.note:
        click.echo(found.note)
    if found.columns:
        click.echo(counted(found.columns))
        for one in found.columns:
            if one.drifted or one.disputed:
                verdict = "drifted" if one.drifted else "too few" if one.too_few else "stable "
                click.echo(f"  {one.column:32} {one.type}  {verdict}  {_readings(one)}")
    if found.drift is not None:
        drift = found.drift
        levels = ", ".join(f"{count:,} {name}" for name, count in drift.counted().items())
        scored = "not known" if drift.probability is None else f"{drift.probability:.3f}"
        click.echo(f"features of {things(drift.clients, 'client')}: {levels}")
        for one in drift.features[:10]:
            if one.level != "stable":
                click.echo(f"  {one.feature:44} PSI {one.psi:.2f}, {100 * one.importance:.1f} % of the importance")
        verdict = drift.level if drift.enough else f"none, {things(drift.clients, 'client is', 'clients are')} too few"
        click.echo(f"weighted by importance {drift.weighted:.3f}, probability of default {scored}. Verdict: {verdict}")
    if found.costs is not None:
        total = found.costs.total
        saving = "" if total.saving is None else f", saving {100 * total.saving.value:.1f} %"
        click.echo(
            f"expected: default rate {100 * total.default_rate.value:.1f} %, cost {total.cost.value:,.0f}{saving}"
        )
        _say_realised(found.costs)
    if found.reviews is not None:
        _say_reviews(found.reviews)
    for alarm in found.alarms:
        click.echo(f"look: {alarm.text}")
    if found.muted:
        click.echo(f"muted alarms: {', '.join(found.muted)}")
    if out is not None:
        click.echo(f"the report is in {out}")


def _readings(one: Any) -> str:
    """What decides of a column, and where it is another distance, Evidently's beside it."""
    decides = f"{one.distance:.3f} {one.decides} (decides)"
    if one.decides == one.test:
        return decides
    return f"{decides}, {one.score:.3f} {one.test}" + (": not so by Evidently" if one.disputed else "")


def _say_realised(costs: Any) -> None:
    real, total = costs.mature, costs.total
    if real is not None:
        click.echo(
            f"realised: default rate {100 * real.default_rate:.1f} % of {things(real.clients, 'client')} of the weeks "
            f"whose outcomes are known, of whom {100 * real.expected_default_rate.value:.1f} % were to be expected"
        )
        if real.roc_auc is not None and real.expected_roc_auc is not None:
            expected = real.expected_roc_auc
            click.echo(
                f"AUC of these {'accepted loans' if not real.refused else 'clients'}: {real.roc_auc:.3f}, expected "
                f"{expected.value:.3f} ({expected.low:.3f} to {expected.high:.3f})"
            )
    elif total.default_rate_bounds is not None:
        bounds = total.default_rate_bounds
        click.echo(
            f"realised: of no week are the outcomes of nine tenths of the accepted loans known; of all accepted loans "
            f"{100 * bounds.low:.1f} % to {100 * bounds.high:.1f} % default"
        )


def _say_reviews(reviews: Any) -> None:
    money, total = reviews.money, reviews.total
    if not reviews.referred and not total.overrides.count and not reviews.open:
        return
    click.echo(
        f"reviews: {things(reviews.referred, 'client was', 'clients were')} referred, {total.agreement.of:,} of them "
        f"decided by a person, {things(total.overrides.count, 'automatic decision')} changed, "
        f"{things(reviews.open, 'case waits', 'cases wait')}"
    )
    if total.agreement.share is not None:
        rate = total.agreement
        click.echo(
            f"people agree with the threshold in {100 * rate.share:.1f} % of reviews "
            f"({100 * rate.low:.1f} to {100 * rate.high:.1f})"
        )
    if money.reviews:
        click.echo(
            f"reviews of the referred were expected to earn {money.expected:,.0f} and cost {money.referred_cost:,.0f}; "
            f"all cost {money.cost:,.0f}; realised "
            f"{money.realised:,.0f} on {things(money.known, 'known outcome')}, whose reviews cost "
            f"{money.known_cost:,.0f}"
        )
    if money.kept:
        click.echo(f"the inputs of {things(money.kept, 'verdict')} of these are erased: their money is kept in sums")
    if money.erased:
        click.echo(
            f"{things(money.erased, 'verdict is', 'verdicts are')} in none of this money: the inputs are erased, and "
            "too few were erased together for a sum, or the sum reaches beyond these decisions"
        )
    if money.without_amount:
        missing = things(money.without_amount, "verdict is", "verdicts are")
        click.echo(f"{missing} in none of this money: the amount of the loan was never known")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_BUNDLE
@click.option("--clients", default=None, type=int, help="As for the training.  [default: all]")
@click.option("--seed", default=7, help="As for the training.")
@LABEL
@click.option("--overwrite", is_flag=True, help="Replace the profile that the bundle has.")
def profile(
    folder: Path, bundle: Path, clients: int | None, seed: int, label_one_means: str | None, overwrite: bool
) -> None:
    """Give a model the profile of the clients in FOLDER, for drift; training does so by itself."""
    with user_errors():
        from credit.model.manifest import PROFILE

        if (bundle / PROFILE).exists() and not overwrite:
            raise FileExistsError(
                f"{bundle / PROFILE} is what drift is measured against, usually the training clients; "
                "to replace it, pass --overwrite"
            )
        from credit.training.reference_profile import profile as write

        made = write(folder, bundle, clients, seed, label_one_means)
    whose = "its own training clients" if made.training else "these clients, who are not those that it was trained on"
    click.echo(f"{bundle} has a profile of {things(made.clients, 'client')} now: {whose}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@DATABASE
@click.option("--picture", default=None, type=click.Path(path_type=Path), help="Draw expected and realised, .png/.svg.")
@MODEL
def outcomes(file: Path, database: str, picture: Path | None, bundle: Path) -> None:
    """Tell the log who has defaulted, from a CSV FILE with the columns client (or decision) and defaulted (1 or 0).

    All are kept or none: clients about whom nothing was decided are named.
    """
    from credit.decision_log import outcomes as told_outcomes
    from credit.decision_log.latest_outcomes import FILE

    with opened(database) as log:
        found = told_outcomes.read_file(file)
        new = told_outcomes.record_outcomes(log, found, caller=FILE, everybodys=True)
        if picture is not None:
            from credit.decision.cost import Costs
            from credit.model import manifest as manifests
            from credit.monitoring import performance
            from credit.monitoring.performance_plot import draw

            costs = Costs.of(manifests.verify(bundle))
            account = performance.account(told_outcomes.decided(log), **costs.to_dict())
            if account is not None:
                draw(account).savefig(picture, bbox_inches="tight")
    click.echo(f"{things(len(found), 'outcome')}, {new:,} of them new")
