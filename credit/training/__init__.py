"""From tables to an exported model, in the steps that the notebooks tell one by one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from credit import features
from credit.models import CANDIDATES, Candidate, candidate
from credit.training import tracking
from credit.training.comparison import Contender, cheapest, compare, search
from credit.training.dataset import Dataset, Split, dataset, prepare, split
from credit.training.export import export
from credit.training.judgement import (
    Threshold,
    closing_table,
    out_of_fold_table,
    search_threshold,
    test_table,
    with_best,
)

__all__ = [
    "Contender",
    "Dataset",
    "Split",
    "Threshold",
    "application_columns",
    "cheapest",
    "closing_table",
    "compare",
    "dataset",
    "export",
    "prepare",
    "record_comparison",
    "search_threshold",
    "settle",
    "split",
    "train",
    "with_best",
]

#: Told what is being done, how far it is and how far it goes: ("Random Forest", 1, 2).
Progress = Callable[[str, int, int], None]


def application_columns(data: Dataset) -> Dataset:
    """The same clients with the columns of the application table alone: what a bank knows that asks nobody else."""
    own = {feature.name for feature in features.FEATURES if feature.table.startswith("application")}
    kept = [number for number, name in enumerate(data.columns) if name in own]
    columns = tuple(data.columns[number] for number in kept)
    return Dataset(
        data.client,
        data.x[:, kept],
        columns,
        data.defaulted,
        data.amount,
        data.person,
        data.true_probability,
        data.source,
    )


def record_comparison(
    data: Dataset, parts: Split, contenders: list[Contender], original: Contender, settings: dict[str, Any]
) -> pl.DataFrame:
    """One MLflow run a model, one for the application columns alone, one for the best; returns the closing table.

    ``original``: LightGBM on the application columns. ``settings``: seed, clients and the like, recorded
    with each run. What the next step needs is kept with the run "Best Model".
    """
    table = closing_table(data, parts, contenders)
    rows = {row["model"]: row for row in table.iter_rows(named=True)}
    own = application_columns(data)
    with tracking.run(tracking.ORIGINAL_COLUMNS) as run:
        run.parameters({**settings, **original.parameters, "model": original.name, "columns": len(own.columns)})
        run.metrics(_numbers(closing_table(own, parts, [original]).row(2, named=True)))
        run.facts({"columns": own.columns}, "columns")
    for one in contenders:
        with tracking.run(one.name) as run:
            run.parameters({**settings, **one.parameters, "columns": len(data.columns)})
            run.metrics({**_numbers(rows[one.name]), "calibration_slope": one.calibration.slope})
            run.facts({"searched": [{"parameters": p, "cv_cost": c} for p, c in one.searched]}, "grid")
    best = cheapest(contenders)
    with tracking.run(tracking.BEST_MODEL) as run:
        run.parameters({**settings, **best.parameters, "model": best.name, "columns": len(data.columns)})
        run.metrics(_numbers(rows[best.name]))
        run.table(out_of_fold_table(data, parts, best), "out_of_fold")
        run.table(test_table(data, parts, best), "test")
        run.table(table, "closing_table")
        training = {
            **settings,
            "training_clients": len(parts.train),
            "parameters": best.parameters,
            "columns": len(data.columns),
        }
        run.facts({"name": best.name, "columns": data.columns, "data": data.source, "training": training}, "best")
        run.keep(best.model, "model")
    return table


def settle(bundle: str | Path) -> tuple[Threshold, pl.DataFrame]:
    """Search the threshold of the newest "Best Model", record it as "Best Threshold", export to ``bundle``.

    Returns the threshold and the closing table with the best model at it. Raises ``TrackingError`` where notebook 2
    (or the step before) has not run.
    """
    with tracking.latest(tracking.BEST_MODEL) as finished:
        facts, model = finished.facts("best"), finished.kept("model")
        out_of_fold, test, table = (finished.table(name) for name in ("out_of_fold", "test", "closing_table"))
    threshold = search_threshold(
        out_of_fold["TARGET"].to_numpy(),
        out_of_fold["PROBABILITY_OF_DEFAULT"].to_numpy(),
        out_of_fold["AMT_CREDIT"].to_numpy(),
    )
    closing = with_best(table, facts["name"], threshold, test)
    export(bundle, model, facts["name"], tuple(facts["columns"]), threshold, test, facts["data"], facts["training"])
    with tracking.run(tracking.BEST_THRESHOLD) as run:
        run.parameters({"model": facts["name"], **{k: v for k, v in facts["training"].items() if k != "parameters"}})
        run.metrics(
            {"best_threshold": threshold.value, "best_cost": threshold.cost, "break_even": threshold.break_even}
        )
        run.cost_curve(threshold.curve)
        run.table(closing, "closing_table")
    return threshold, closing


def train(
    folder: str | Path,
    bundle: str | Path = "mlruns_reduced",
    clients: int | None = None,
    seed: int = 7,
    application_only: bool = False,
    progress: Progress | None = None,
    candidates: Sequence[Candidate] = CANDIDATES,
) -> pl.DataFrame:
    """All steps in one: what notebooks 1 to 3 do, without the pictures. Returns the closing table.

    The tracking store must be open, see ``tracking.open_store``. Raises what ``prepare`` and ``split`` raise.
    """
    tell = progress or (lambda *_: None)
    tell("features", 1, 1)
    prepared = prepare(folder, clients, seed, application_only)
    data = dataset(prepared, {"folder": Path(folder).resolve().name, "seed": seed})
    parts = split(data, seed)
    contenders = compare(data, parts, seed, candidates, tell)
    best = cheapest(contenders)
    original = search(candidate("LightGBM"), application_columns(data), parts, seed)
    record_comparison(data, parts, contenders, original, {"seed": seed, "clients": len(data)})
    tell(f"threshold and export of {best.name}", 1, 1)
    return settle(bundle)[1]


def _numbers(row: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in row.items() if isinstance(value, int | float)}
