"""Commands that train."""

import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import click

from credit.cli.champions import in_shadow, take_place
from credit.cli.choices import LABEL, RULES, TABLES, TERMS, WITHOUT, Given, Share
from credit.cli.fairness_options import FAIRNESS, Fairness, show_alternatives
from credit.cli.log import DATABASE, opened
from credit.cli.terminal import show, steps, user_errors
from credit.model.manifest import bundle_option
from credit.program import PROGRAM

if TYPE_CHECKING:
    from credit.training.fairness_gate import Mode

_SEED = click.option("--seed", default=7, help="Same seed and data, same model.")
_EXPORT_TO = click.option(
    "--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder to export to."
)
_FORCE = click.option("--force", is_flag=True, help="Export the model even if it is not shown to be as good.")


class Search(NamedTuple):
    """What the options of a training on this machine say: whose clients, which tables, how long the search is."""

    folder: Path
    clients: int | None
    seed: int
    tables: str | None
    label_one_means: str | None
    trials: int | None
    minutes: float | None
    without: str | None


def _SEARCH(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument and the options of a search, handed on as one `Search`."""

    @wraps(command)
    def with_search(
        *,
        folder: Path,
        clients: int | None,
        seed: int,
        tables: str | None,
        label_one_means: str | None,
        trials: int | None,
        minutes: float | None,
        without: str | None,
        **options: Any,
    ) -> Any:
        """Run the command with ``folder``, ``clients``, ``seed``, ``tables``, ``label_one_means``, ``trials``,
        ``minutes`` and ``without`` as one `Search`.
        """
        search = Search(folder, clients, seed, tables, label_one_means, trials, minutes, without)
        return command(search=search, **options)

    for option in (
        click.option(
            "--minutes", default=None, type=float, help="Stop that search after so long; run again to go on with it."
        ),
        click.option(
            "--trials", default=None, type=click.IntRange(1), help="Trials of the champion's search.  [default: 4]"
        ),
        LABEL,
        WITHOUT,
        TABLES,
        _SEED,
        click.option(
            "--clients", default=None, type=int, help="Draw a stratified sample of that many clients.  [default: all]"
        ),
        click.argument("folder", type=click.Path(path_type=Path)),
    ):
        with_search = option(with_search)
    return with_search


@click.command()
@_SEARCH
@_EXPORT_TO
@TERMS
@FAIRNESS
@_FORCE
def train(search: Search, bundle: Path, given: Given, fairness: Fairness, force: bool) -> None:
    """Train on a folder of tables, compare the models, choose threshold and reviews, export the best.

    Costs and reviews that are not given are those of the model in the bundle, else the usual ones; which, is printed.

    Run check first: it also finds what can be read and makes models wrong nonetheless, such as rows that are there
    twice or lost.

    With --fairness and no point nothing is trained in full: the alternatives are shown, and kept for the next command.
    """
    with user_errors(), steps() as step:
        outcome = _trained(search, bundle, given, step, fairness, force=force)
    _report(outcome, bundle)


@click.command("train-dask")
@click.argument("folder", type=click.Path(path_type=Path))
@_SEED
@_EXPORT_TO
@LABEL
@WITHOUT
@click.option(
    "--scheduler", default=None, help="Of Dask, such as tcp://host:8786.  [default: processes on this machine]"
)
@click.option("--workers", default=None, type=click.IntRange(1), help="Dask processes on this machine.  [default: 2]")
@TERMS
@_FORCE
def train_dask(
    folder: Path,
    seed: int,
    bundle: Path,
    label_one_means: str | None,
    without: str | None,
    scheduler: str | None,
    workers: int | None,
    given: Given,
    force: bool,
) -> None:
    """Train LightGBM on Dask workers, on a FOLDER of features that does not fit one machine: see docs/scale.md.

    The features command makes such a folder. Costs and reviews are chosen as by train.
    """
    from credit.tables import refuse_overwrite_folder
    from credit.training import dask_cluster, dask_partition, dask_training, tracking
    from credit.training.left_out import named_columns

    with user_errors(), steps() as step:
        refuse_overwrite_folder(bundle)
        left_out = named_columns(without)
        terms = _terms(bundle, given)
        if scheduler and workers:
            raise ValueError("--workers starts processes on this machine; a scheduler has its own: leave one out")
        dask_partition.open_folder(folder)  # what is wrong with it is said before workers are started
        tracking.open_store()
        with dask_cluster.cluster(scheduler, workers or 2) as client:
            outcome = dask_training.train(
                folder,
                client,
                bundle,
                seed,
                step,
                force=force,
                label_one_means=label_one_means,
                terms=terms,
                without=left_out,
            )
    _report(outcome, bundle)


@click.command()
@_SEARCH
@click.option(
    "--bundle", default="mlruns_reduced", type=click.Path(path_type=Path), help="Folder with the champion's model."
)
@TERMS
@FAIRNESS
@click.option("--promote", "then_promote", is_flag=True, help="Export it where it is shown not to be worse.")
@click.option(
    "--explored",
    default=None,
    type=Share(),
    help="Learn also from the refused clients of the log whom reviews draw has drawn at this share: 0.05 or 5%.",
)
@DATABASE
@RULES
def challenge(
    search: Search,
    bundle: Path,
    given: Given,
    fairness: Fairness,
    then_promote: bool,
    explored: float | None,
    database: str,
    rules: Path | None,
) -> None:
    """Train a challenger, and hold it against the champion in the bundle: on test clients and on the decision log.

    Nothing is exported without --promote; the promote command does it later.
    """
    with user_errors(), steps() as step:
        if not bundle.exists():
            raise ValueError(
                f"there is no champion in {bundle} that a challenger could be held against; train one: "
                f"{PROGRAM} train {search.folder}{bundle_option(bundle)}"
            )
        if explored is not None and (fairness.look or fairness.point is not None or fairness.cost is not None):
            from credit.training.explored_refusals import NO_LOOK

            raise ValueError(NO_LOOK)
        drawn = None if explored is None else _explored(database, explored)
        first = partial(_see_what_a_challenger_needs, bundle, database, search)
        outcome = _trained(search, bundle, given, step, fairness, first, ship=False, explored=drawn)
    show(replace(outcome, shipped=True), bundle)
    _hold(outcome, bundle, database, then_promote, rules)


def _terms(bundle: Path, given: Given) -> Any:
    """Costs and reviews of a training, printed as it begins."""
    from credit.training.training_terms import terms_of

    terms = terms_of(bundle, *given)
    click.echo(terms.sentence)
    return terms


def _trained(
    search: Search,
    bundle: Path,
    given: Given,
    step: Any,
    fairness: Fairness,
    first: Callable[[], Collection[str] | None] = lambda: None,
    force: bool = False,
    ship: bool = True,
    explored: Any = None,
) -> Any:
    """What a training on this machine came to. ``first``: checks what has to be before hours of work, and says which
    features the model may read, None for all; ``force``, ``ship``, ``explored``: as `credit.training.train` takes them.
    Where alternatives are only looked at, the command ends here.
    """
    from credit import training
    from credit.features.needed_tables import named_histories
    from credit.tables import refuse_overwrite_folder
    from credit.training import checkpoints, lightgbm_search, tracking
    from credit.training.approval_ratios import FOUR_FIFTHS
    from credit.training.client_attributes import named_attributes
    from credit.training.left_out import named_columns

    refuse_overwrite_folder(bundle)
    without = named_columns(search.without)
    plan = training.FairnessPlan(named_attributes(fairness.by), fairness.point, fairness.cost)
    gate = training.Gate(cast("Mode", fairness.gate), FOUR_FIFTHS if fairness.least is None else fairness.least)
    terms = _terms(bundle, given)
    readable = first()
    tracking.open_store()
    whose = (search.clients, search.seed, named_histories(search.tables or "all"), step)
    how: dict[str, Any] = {
        "trials": search.trials or lightgbm_search.TRIALS,
        "minutes": search.minutes,
        "study": "optuna.db",
        "label_one_means": search.label_one_means,
        "terms": terms,
        "without": without,
        "readable": readable,
        "resume": checkpoints.FOLDER,
    }
    if fairness.look and not plan.takes:
        show_alternatives(training.find_alternatives(search.folder, bundle, plan.by, *whose, **how))
        click.echo(
            "Nothing is trained in full. To train a point: the same command with --fairness-point NUMBER, or with "
            "--fairness-cost POINTS; what was looked at is used again. Manifest and card then say what was looked at, "
            "also where the usual model is kept: --fairness-point 0."
        )
        sys.exit(0)
    return training.train(
        search.folder,
        bundle,
        *whose,
        **how,
        force=force,
        ship=ship,
        fairness=plan,
        gate=gate,
        show=show_alternatives,
        explored=explored,
    )


def _explored(database: str, share: float) -> Any:
    """The refused clients of the log who were accepted at random; says how many, and what is assumed."""
    from credit.training.explored_refusals import explored

    with opened(database) as log:
        log.prepare()
        found = explored(log, share)
    click.echo(found)
    return found


def _report(outcome: Any, bundle: Path) -> None:
    """Print what a training came to and where its model is; exit with 1 where it was not exported."""
    show(outcome, bundle)
    if not outcome.shipped and not outcome.equal:
        sys.exit(1)
    said = f"{'unchanged in' if outcome.equal else 'exported to'} {bundle}"
    click.echo(f"{said}; serve it with: {PROGRAM} serve{bundle_option(bundle)}")


def _see_what_a_challenger_needs(bundle: Path, database: str, search: Search) -> tuple[str, ...]:
    """Open all that is read after a long search: the store, the log, the champion. Return the features that the
    challenger may read, which are all in the log; those of which the champion had no values are not, and are left out.
    """
    from credit.decision_log.outcomes import known
    from credit.features.needed_tables import columns_of, named_histories
    from credit.model import load_bundle
    from credit.training import tracking
    from credit.training.left_out import features_left_out, named_columns
    from credit.training.shadow import check_columns, never_logged

    champion = load_bundle(bundle)
    tracking.open_store()
    with opened(database) as log:
        log.prepare()
        known(log)
    left_out = {*features_left_out(named_columns(search.without)), *never_logged(champion)}
    read = tuple(name for name in columns_of(named_histories(search.tables or "all")) if name not in left_out)
    check_columns(champion, read)
    return read


def _hold(outcome: Any, bundle: Path, database: str, promote: bool, rules: Path | None) -> None:
    """Say how the challenger does, and let it take the champion's place where it may."""
    from credit.training.result import force_command

    click.echo(f"challenger: {outcome.reason}")
    found = in_shadow(bundle, database, rules)
    objections = [*([] if outcome.allowed else [outcome.reason]), *([found.objection] if found.objection else [])]
    if objections:
        click.echo(f"It is not promoted by itself: {'; '.join(objections)}.")
        click.echo(f"To promote it anyway: {force_command(bundle)}")
        sys.exit(1)
    if promote:
        take_place(bundle, found)
    else:
        click.echo(f"It may take the champion's place: {PROGRAM} promote{bundle_option(bundle)}")
