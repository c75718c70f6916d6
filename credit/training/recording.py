"""What a training found, in MLflow: a run for each model, and all that the next step needs with "Best Model"."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from credit.decision.cost import Costs
from credit.model import lightgbm_fast
from credit.monitoring.profile import Profile
from credit.training import checkpoints, plots, split_membership, tracking
from credit.training import lightgbm_search as champions
from credit.training.checkpoints import Checkpoints
from credit.training.dataset import Dataset, Split, application_columns
from credit.training.evaluation import PREDECESSOR_AS_IT_WAS, closing_table, judged_table, out_of_fold_table
from credit.training.fairness_frontier import Frontier, Point
from credit.training.fairness_report import picture
from credit.training.lightgbm_search import Champion
from credit.training.model_comparison import Contender, best
from credit.training.pupil import NAME
from credit.training.search_study import Trial
from credit.training.training_changes import NONE, Changes

#: So many test clients' features are kept at most: on them a new model is held against the shipped one.
JUDGES = 20_000


def record_best_model(
    data: Dataset,
    parts: Split,
    seed: int = 7,
    trials: int = champions.TRIALS,
    minutes: float | None = None,
    storage: str | Path | None = None,
    told: champions.Told | None = None,
    *,
    costs: Costs,
    kept: Checkpoints = checkpoints.NONE,
    changes: Changes = NONE,
) -> tuple[Champion, str]:
    """Search the champion in a run of its own, each trial a child run as soon as it ends; arguments as ``search``.

    ``data``, ``parts``, ``seed``, ``trials``, ``minutes``, ``storage``, ``told``, ``costs``, ``kept``, ``changes``: as
    for ``search``. Returns the champion and the id of its run.
    """
    with tracking.run(NAME) as run:

        def tried(trial: Trial, wanted: int) -> None:
            with tracking.run(f"trial {trial.number}", child=True) as child:
                child.parameters(trial.parameters)
                child.metrics(
                    {"log_loss": trial.log_loss, "trees": float(np.mean(trial.trees)), "seconds": trial.seconds}
                )
            if told:
                told(trial, wanted)

        found = champions.search(
            data, parts, seed, trials, minutes, storage, tried, costs=costs, kept=kept, changes=changes
        )
        run.data(data.source)
        run.parameters({"seed": seed, "trials": len(found.trials), "finished": found.finished})
        run.figure(plots.trees(found), "auc_by_trees")
        return found, run.run_id


def record_comparison(
    data: Dataset,
    parts: Split,
    contenders: Sequence[Contender],
    original: Contender,
    settings: dict[str, Any],
    predecessor: Contender | None = None,
    crowned: tuple[Champion, str] | None = None,
    known: pl.DataFrame | None = None,
    *,
    costs: Costs,
    fairness: dict[str, Any] | None = None,
) -> tuple[pl.DataFrame, str]:
    """One MLflow run a model, one for the application columns alone, one for the best.

    Returns the closing table and the id of the run "Best Model", which the next step is given.

    ``data``, ``parts``: the clients and their parts. ``contenders``: the models. ``predecessor``: None without one.
    ``original``: LightGBM on the application columns. ``settings``: seed, clients and the like, recorded with each run.
    ``crowned``: what ``record_best_model`` gave; the champion then stands among the models. ``known``: the table of
    ``credit.training.knowledge_states``, of the champion, else of the first contender. ``costs``: of errors, by which
    all were searched; kept with what the next step needs in the run "Best Model", so that no later step takes others.
    ``fairness``: by which attributes approvals are compared, and what `record_frontier` gave. Where a point other than
    the unchanged one was taken, the champion is the best model: the others are not changed as it is.
    """
    models = [*contenders, *([crowned[0].contender] if crowned else [])]
    table = closing_table(data, parts, models, predecessor, costs=costs)
    rows = {row["model"]: row for row in table.iter_rows(named=True)}
    own = application_columns(data)
    with tracking.run(tracking.ORIGINAL_COLUMNS) as run:
        run.data(own.source)
        run.parameters({**settings, **original.parameters, "model": original.name, "columns": len(own.columns)})
        run.metrics(_numbers(closing_table(own, parts, [original], costs=costs).row(2, named=True)))
        run.facts({"columns": own.columns}, "columns")
    for one in contenders:
        with tracking.run(one.name) as run:
            _record(run, one, rows[one.name], data, settings)
            run.facts({"searched": [{"parameters": p, "cv_cost": c} for p, c in one.searched]}, "grid")
    if crowned:
        with tracking.again(crowned[1]) as run:
            _record(run, crowned[0].contender, rows[NAME], data, settings, told=False)
    if predecessor:
        with tracking.run(predecessor.name) as run:
            _record(run, predecessor, rows[PREDECESSOR_AS_IT_WAS], data, settings)
    chosen = best(models, NAME, data, parts, costs)
    if crowned and fairness and fairness.get("taken", {}).get("number"):
        chosen = crowned[0].contender
    with tracking.run(tracking.BEST_MODEL) as run:
        _record(run, chosen, rows[chosen.name], data, {**settings, "model": chosen.name})
        run.figure(plots.reliability(data.defaulted[parts.train], chosen.out_of_fold), "reliability")
        run.figure(plots.costs(table), "costs")
        run.table(out_of_fold_table(data, parts, chosen), "out_of_fold")
        others = [one for one in models if one is not chosen]
        run.table(judged_table(data, parts, chosen, predecessor, others), "test")
        run.table(table, "closing_table")
        run.table(judges_of(data, parts), "judges")
        measured = crowned[0].contender if crowned else contenders[0]
        states = known.to_dicts() if known is not None and chosen.name == measured.name else []
        run.facts(
            {
                **facts_of(data, parts, chosen, settings, predecessor),
                "known": states,
                "costs": costs.to_dict(),
                "fairness": fairness,
            },
            "best",
        )
        run.keep(Profile.of(data.columns, data.x[parts.train], chosen.out_of_fold).written(), "profile")
        run.keep(chosen.model, "model")
        return table, run.run_id


def record_frontier(frontier: Frontier, taken: Point | None, rule: str, source: dict[str, Any]) -> dict[str, Any]:
    """The alternatives that were looked at, in a run of their own; returns what the manifest says of them.

    ``frontier``: what was looked at. ``taken``: the point that is trained, by this ``rule``; None where it was only
    looked. ``source``: of the data.
    """
    said = {**frontier.to_dict(), "taken": None}
    if taken is not None:
        said["taken"] = {"number": taken.number, "name": taken.alternative.name, "rule": rule}
    with tracking.run(tracking.FAIRNESS) as run:
        run.data(source)
        run.parameters({"points": len(frontier.points), "looked_clients": frontier.looked})
        if taken is not None:
            run.parameters({"taken": taken.number, "taken_name": taken.alternative.name, "rule": rule})
            run.metrics({f"{part}_saving": judged.saving for part, judged in _both(taken)})
            run.metrics(
                {
                    f"{part}_ratio_{name}": one.ratio.estimate
                    for part, judged in _both(taken)
                    for name, one in judged.ratios.items()
                }
            )
        run.facts(said, "fairness")
        run.table(frontier.table(), "frontier")
        run.figure(picture(frontier, taken), "frontier")
    return said


def _both(point: Point) -> tuple[tuple[str, Any], ...]:
    return ("out_of_fold", point.out_of_fold), ("test", point.test)


def _record(
    run: tracking.Recorder,
    one: Contender,
    row: dict[str, Any],
    data: Dataset,
    settings: dict[str, Any],
    told: bool = True,
) -> None:
    if told:
        run.data(data.source)
        run.parameters(settings)
    run.parameters({**one.parameters, "columns": len(data.columns)})
    calibration = {"fitted_slope": one.calibration.slope, "fitted_intercept": one.calibration.intercept}
    run.metrics({**_numbers(row), **calibration, "seconds": one.seconds})


def facts_of(
    data: Dataset, parts: Split, chosen: Contender, settings: dict[str, Any], predecessor: Contender | None
) -> dict[str, Any]:
    """What an export says of a model beside its figures: name, columns, data, training, missing shares.

    ``data``, ``parts``: the clients and their parts. ``chosen``: the model. ``settings``: seed, clients and the like.
    ``predecessor``: whose threshold is kept, None without one.
    """
    boosted = lightgbm_fast.trees(chosen.model)
    # A round of LightGBM's in which no split is worth it leaves no tree.
    usual = getattr(chosen.model.estimator, "n_estimators", None)
    trees = usual if boosted is None else boosted.booster.num_trees()
    missing = np.isnan(data.x[parts.train]).mean(axis=0)
    return {
        "name": chosen.name,
        "columns": data.columns,
        "data": data.source,
        "training": {
            "training_clients": len(parts.train),
            **settings,
            **({} if parts.test_share is None else {"split": split_membership.split_as_dict(parts.test_share)}),
            "parameters": chosen.parameters,
            "columns": len(data.columns),
            **({"trees": int(trees)} if trees else {}),
        },
        "missing": {name: round(float(share), 4) for name, share in zip(data.columns, missing, strict=True)},
        "predecessor_threshold": predecessor.threshold if predecessor else None,
    }


def judges_of(data: Dataset, parts: Split) -> pl.DataFrame:
    """SK_ID_CURR, MEMBERSHIP and features of the test clients, or of ``JUDGES`` of them by a fixed draw.

    Features that the new model may not read are among them: the shipped one may read them, and groups are made by them.

    MEMBERSHIP is the person's number by ``credit.training.split_membership``: it says which models have not learnt from
    the client.
    """
    rows = parts.test
    if len(rows) > JUDGES:
        rows = np.sort(np.random.default_rng(0).choice(rows, JUDGES, replace=False))
    features = pl.DataFrame(data.x[rows], schema=list(data.columns), nan_to_null=True)
    if data.unread.width:
        features = features.hstack(data.unread[rows])
    features.insert_column(0, pl.Series(split_membership.NUMBER, split_membership.membership(data.person[rows])))
    return features.insert_column(0, pl.Series("SK_ID_CURR", data.client[rows]))


def _numbers(row: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in row.items() if isinstance(value, int | float)}
