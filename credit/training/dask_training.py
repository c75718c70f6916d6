"""Train LightGBM on features that do not fit one machine: Dask workers hold the clients, one model comes back.

The clients come from a folder of Parquet files, as ``python -m credit features --target`` writes it; who teaches and
who judges is settled by ``credit.training.dask_partition``. Most clients teach; one part chooses among the parameters,
calibrates and sets the threshold; the last is only judged on. These two are small and come to the machine that asks,
where all that follows is what a training on one machine does too.
"""

import contextlib
import io
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import cycle
from operator import itemgetter
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import polars as pl
from distributed import Client
from lightgbm import Booster, DaskLGBMClassifier, LGBMClassifier
from numpy.typing import NDArray
from sklearn.model_selection import ParameterGrid

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.model.calibration import Calibrated, calibrate
from credit.program import PROGRAM
from credit.tables import TARGET, TablesWarning, label
from credit.training import (
    Outcome,
    Progress,
    application_columns,
    dask_columns,
    finalize,
    knowledge_states,
    monotone_check,
    record_comparison,
)
from credit.training.candidates import Candidate, candidate
from credit.training.dask_partition import (
    TEST,
    TRAIN,
    TRUTH,
    VALIDATION,
    Piece,
    Shares,
    fingerprint,
    look,
    numbers,
    open_folder,
    pieces,
)
from credit.training.dataset import FOLDS, TEST_SHARE, Dataset, Split
from credit.training.hiding import Hiding, copies_for, with_copies
from credit.training.leaf_counts import leaf_counts, with_counts
from credit.training.model_comparison import Contender, cheapest
from credit.training.no_values import sentences
from credit.training.shipped import check
from credit.training.split_membership import persons
from credit.training.training_terms import Terms, terms_of

Floats = NDArray[np.float64]

#: The validation part and the test part have so many clients at most, some 400 MB each on the machine that asks. More
#: would tell little more: the saving then has a standard deviation of about one point.
LARGEST_PART = 50_000


def train(
    folder: str | Path,
    client: Client,
    bundle: str | Path = "mlruns_reduced",
    seed: int = 7,
    progress: Progress | None = None,
    model: Candidate | None = None,
    force: bool = False,
    label_one_means: str | None = None,
    terms: Terms | None = None,
    without: Sequence[str] = (),
) -> Outcome:
    """Train on a folder of features, record it in MLflow, export to ``bundle``.

    ``folder``: Parquet files with SK_ID_CURR, TARGET and features, which every worker must find under the same path.
    ``client``: of the Dask cluster. ``seed``: of the validation part, the folds and LightGBM. ``progress``: called with
    a step's name, its number and of how many. ``model``: the LightGBM candidate and the parameters to choose from; that
    of ``credit.training.candidates`` without it. ``force``: ship it even if it is worse than what is shipped. In the
    closing table, cv_cost is what decisions cost on the validation part. The tracking store must be open, see
    ``tracking.open_store``.

    ``label_one_means``: "defaulted" where more than half of the clients did, see ``credit.tables.label``. ``without``:
    columns that no model may learn from, see ``credit.training.left_out``. Features of the application that no client
    has are left out, as in a training on one machine.

    Raises ``FeaturesError`` for a folder that cannot be used, ``LabelError`` for a label that seems turned round,
    ``ValueError`` for one with too few defaulters, and what ``shipped.check`` raises. ``terms``: costs and reviews,
    those of the model in ``bundle`` without.
    """
    tell = progress or (lambda *_: None)
    model = model or candidate("LightGBM")
    check(bundle)
    terms = terms or terms_of(bundle)
    costs = terms.costs
    tell("features", 1, 1)
    found = open_folder(folder)
    share = min(TEST_SHARE, LARGEST_PART / found.clients)
    shares = Shares(validation=share, test=share, seed=seed)
    cut = pieces(found, len(client.nthreads()))
    # (pieces, parts, 2): clients, defaulters
    counts = np.array(client.gather(client.map(partial(look, shares=shares), cut)))
    _see_label(int(counts[:, :, 0].sum()), int(counts[:, :, 1].sum()), label_one_means)
    _enough(counts.sum(axis=0))
    copies = copies_for(int(counts[:, TRAIN, 0].sum()) // len(client.nthreads()))
    columns, unread, said = dask_columns.chosen(client, cut, found, without)
    for sentence in sentences(said.get("no_values", [])):
        warnings.warn(sentence, TablesWarning, stacklevel=2)
    x, y = taught(client, cut, counts[:, TRAIN, 0], columns, shares, copies)
    source = {
        **found.about,
        **({} if label_one_means is None else {"label_one_means": label_one_means}),
        "folder": Path(folder).resolve().name,
        "simulated": found.simulated,
        "clients": found.clients,
        "default_rate": float(counts[:, :, 1].sum() / found.clients),
        "fingerprint": fingerprint(cut, columns, client),
        **said,
    }
    data, parts = judges(client, cut, columns, shares, source, unread)
    grid = list(ParameterGrid(model.grid))
    contenders = []
    for number, parameters in enumerate(grid, 1):
        tell(model.name, number, len(grid))
        contenders.append(_contender(client, x, y, model, seed, parameters, data, parts, copies, costs))
    searched = [(one.parameters, one.cv_cost) for one in contenders]
    best = replace(cheapest(contenders), searched=searched, seconds=sum(one.seconds for one in contenders))
    tell("the application columns alone", 1, 1)
    own = application_columns(data)
    alone = [columns.index(name) for name in own.columns]
    original = _contender(client, x[:, alone], y, model, seed, best.parameters, own, parts, copies, costs)
    known = knowledge_states.table(
        data, parts, best, seed, lambda case, number, of: tell(f"known: {case}", number, of), costs=costs
    )
    options = [f"--seed {seed}"]
    options += [f"--label-one-means {label_one_means}"] if label_one_means is not None else []
    options += [f"--without {','.join(without)}"] if without else []
    settings = {
        "seed": seed,
        "clients": found.clients,
        "engine": "dask",
        "command": f"python -m credit train-dask {Path(folder).resolve().name}/ {' '.join(options)} {terms.options}",
        "workers": len(client.nthreads()),
        "training_clients": int(counts[:, TRAIN, 0].sum()),
        "validation_clients": len(parts.train),
    }
    _, run_id = record_comparison(data, parts, [best], original, settings, known=known, costs=costs)
    tell("threshold and export", 1, 1)
    return finalize(bundle, run_id, force, plan=terms.plan).outcome


def _scaled(parameters: dict[str, Any], times: int) -> dict[str, Any]:
    """Parameters for data in which each client has ``times`` rows: a leaf then holds as many clients as before."""
    return {
        **parameters,
        "min_child_samples": parameters["min_child_samples"] * times,
        "reg_lambda": parameters["reg_lambda"] * times,
    }


def _see_label(clients: int, defaults: int, one_means: str | None) -> None:
    if one_means == "repaid":
        raise ValueError(
            "these features hold the label as it was written; turn it round when they are made: "
            f"{PROGRAM} features TABLES --target --label-one-means repaid --out FEATURES/"
        )
    for finding in label.findings("the features", clients, defaults, one_means):
        if finding.severity == "error":
            raise label.LabelError(finding.sentence)
        warnings.warn(finding.sentence, TablesWarning, stacklevel=3)


def fit(client: Client, x: Any, y: Any, model: Candidate, seed: int, parameters: dict[str, Any]) -> LGBMClassifier:
    """Fit ``model`` on Dask arrays ``x`` (n, k) and ``y`` (n,), each chunk where it lies; a plain classifier comes
    back.

    ``client``: of the Dask cluster. ``seed``: of LightGBM. ``parameters``: of LightGBM, in place of the candidate's
    own. Its leaves hold the counts of the clients of ``x``, for its explanations: see `credit.training.leaf_counts`.
    """
    settings = {**model.make(seed).get_params(), **parameters}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        # It warns whatever n_jobs is: on a cluster each worker's own number of threads counts. And it prints that it
        # looks for free ports.
        warnings.filterwarnings("ignore", "Parameter n_jobs will be ignored")
        fitted = DaskLGBMClassifier(client=client, **settings).fit(x, y)
    local = fitted.to_local().set_params(n_jobs=settings["n_jobs"])
    local._Booster = Booster(model_str=_counted(client, x, local.booster_.model_to_string()))
    return local


def _counted(client: Client, x: Any, model: str) -> str:
    """The text of a booster with the clients of ``x`` in its leaves, each chunk counted where it lies."""
    there = client.scatter(model, broadcast=True)
    chunks = x.rechunk({1: -1}).to_delayed().ravel()
    counts = client.gather(client.compute([dask.delayed(leaf_counts)(there, chunk) for chunk in chunks]))
    return with_counts(model, sum(counts[1:], start=counts[0]))


def _contender(
    client: Client,
    x: Any,
    y: Any,
    model: Candidate,
    seed: int,
    parameters: dict[str, Any],
    data: Dataset,
    parts: Split,
    copies: int,
    costs: Costs,
) -> Contender:
    """Fitted on the cluster, calibrated and judged on the validation part, which is ``train`` of ``parts``."""
    began = time.perf_counter()
    usual = {**model.make(seed).get_params(), **parameters}
    held = monotone_check.constraints(data.columns)
    fitted = fit(client, x, y, model, seed, {**_scaled(usual, copies + 1), **held})
    seconds = time.perf_counter() - began
    outcome = data.defaulted[parts.train]
    calibration, probability = calibrate(outcome, fitted.predict_proba(data.x[parts.train])[:, 1], parts.fold)
    total = money.cost(outcome, probability >= costs.break_even, data.amount[parts.train], **costs.to_dict())
    return Contender(
        name=model.name,
        parameters=parameters,
        model=Calibrated(fitted, calibration),
        out_of_fold=probability,
        cv_cost=total,
        searched=[(parameters, total)],
        seconds=seconds,
        fit_seconds=seconds,
    )


def _enough(counts: NDArray[np.int64]) -> None:
    clients, bad = counts[:, 0], counts[:, 1]
    if bad.min() < 2 * FOLDS:
        raise ValueError(
            f"only {int(bad.sum())} of {int(clients.sum()):,} clients defaulted; training, validation and test need at "
            f"least {2 * FOLDS} each: take more clients"
        )


def taught(
    client: Client,
    cut: Sequence[Piece],
    sizes: NDArray[np.int64],
    columns: tuple[str, ...],
    shares: Shares,
    copies: int = 0,
) -> tuple[Any, Any]:
    """The training part as Dask arrays x (n, k) and y (n,), held by the workers; ``sizes``: its clients in each piece.

    ``client``: of the Dask cluster. ``cut``: the pieces of the folder. ``columns``: the k features. ``shares``: how
    persons are dealt into parts. ``copies``: so many of each client follow, of whom less is known
    (`credit.training.hiding`); x is in single precision.

    The pieces are dealt in turn: LightGBM teaches where they lie, and left to itself a scheduler may give two small
    ones to the worker that is idle first. A piece whose worker has ended goes to another.
    """
    rows, labels = [], []
    wanted = [(piece, size) for piece, size in zip(cut, sizes, strict=True) if size]
    for number, ((piece, size), worker) in enumerate(zip(wanted, cycle(client.nthreads()))):
        there: dict[str, Any] = {"workers": [worker], "allow_other_workers": True}
        both = client.submit(_learn, piece, columns, shares, copies, shares.seed + number, **there)
        size = int(size) * (copies + 1)
        features, outcome = (client.submit(itemgetter(place), both, **there) for place in (0, 1))
        rows.append(dask.array.from_delayed(dask.delayed(features), (size, len(columns)), dtype=np.float32))
        labels.append(dask.array.from_delayed(dask.delayed(outcome), (size,), dtype=np.int64))
    return tuple(client.persist([dask.array.concatenate(rows), dask.array.concatenate(labels)]))


def _learn(
    piece: Piece, columns: tuple[str, ...], shares: Shares, copies: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    frame = piece.read()
    frame = frame.filter(shares.part(frame) == TRAIN)
    rows = with_copies(numbers(frame, columns), Hiding(columns), copies, seed)
    return rows, np.tile(frame[TARGET].to_numpy(), copies + 1)


def judges(
    client: Client,
    cut: Sequence[Piece],
    columns: tuple[str, ...],
    shares: Shares,
    source: dict[str, object],
    unread: Sequence[str] = (),
) -> tuple[Dataset, Split]:
    """The clients of validation, in place of ``train``, and of test; they come to this machine. ``client``: of the Dask
    cluster. ``cut``: the pieces of the folder. ``columns``: the features that models learn from. ``shares``: how
    persons are dealt into parts. ``source``: what the dataset says of the data. ``unread``: features that no model
    learns from, for those who judge.
    """
    asked = client.map(partial(_others, shares=shares), cut)
    told = pl.concat(client.gather(asked)).sort("SK_ID_CURR")
    part = told["PART"].to_numpy()
    validation = np.flatnonzero(part == VALIDATION)
    data = Dataset(
        client=told["SK_ID_CURR"].to_numpy(),
        x=numbers(told, columns).astype(np.float32),
        columns=columns,
        defaulted=told[TARGET].to_numpy(),
        amount=told["AMT_CREDIT"].to_numpy(),
        person=persons(told),
        true_probability=told[TRUTH].to_numpy() if TRUTH in told.columns else None,
        source=source,
        unread=told.select(unread).cast(pl.Float32),
    )
    return data, Split(validation, np.flatnonzero(part == TEST), told["FOLD"].to_numpy()[validation], shares.test)


def _others(piece: Piece, shares: Shares) -> pl.DataFrame:
    frame = piece.read()
    frame = frame.with_columns(PART=shares.part(frame), FOLD=shares.fold(frame, FOLDS))
    return frame.filter(pl.col("PART") != TRAIN)
