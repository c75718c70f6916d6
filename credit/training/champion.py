"""The champion: LightGBM, its settings searched by Optuna, as few trees as do the same.

Most of a thousand columns tell nothing that others do not tell better, and the noise of all of them together costs a
model of few defaults more than they bring. So columns are ranked by what they gain in a first model, and the search
says how many of the best are read. The ranking of a fold is made without that fold's clients: predictions out of fold
stay predictions for clients of whom nothing was known.

Each trial learns on four folds and stops early by the log loss on the fifth, for each of the five folds that the other
models are compared on. The log loss is a proper score: it is least for true probabilities, and it is far less noisy
than money. No class weights and no resampling, which would make the probabilities none.

The search ends after a number of trials or a time, whichever comes first, and goes on where it stopped: trials stand in
an Optuna study on disk, under the fingerprint of data, folds and seed. Each proposal depends on the seed, on its
number and on the trials before it alone, so that the same number of trials gives the same model, in one go or in five.

The champion also learns from copies of the clients of whom less is known (`credit.training.hiding`): of each client as
it is and of its copies, and it is judged on both alike. Trials make do with one copy, the model that is kept gets all;
leaf sizes and L2 grow with the number of rows a client has, so that they mean as many clients.

Of the model found, the cross-validated AUC is told for each number of trees, and the smallest number within 0.0005 of
the best is kept: it serves faster and explains faster.
Sources: G. Ke et al., LightGBM, NeurIPS 2017; T. Akiba et al., Optuna, KDD 2019.
"""

import hashlib
import json
import shlex
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from credit import cost as money
from credit import lfs
from credit.calibration import Calibrated, choose
from credit.chosen import ChosenColumns
from credit.training import hiding, sqlite_file
from credit.training.comparison import Contender
from credit.training.dataset import Dataset, Split
from credit.training.hiding import Hiding, copies_for, with_copies

Floats = NDArray[np.float64]

NAME = "Champion"
#: Trials of a search that is not told otherwise; a first look at a bank.
TRIALS = 4
#: Trees are counted in steps of this.
STEP = 20
#: The smallest model whose AUC is so near to the best one's is kept.
NEAR = 0.0005
#: Copies that a trial of the search learns from.
TRIED_COPIES = 1
#: With more copies than in the trials a model may grow on for longer before it is at its best.
LONGER = 1.5
#: A search that finds no end of trees stops here.
MOST_TREES = 3000
#: The search reads no fewer and no more of the ranked columns.
FEWEST_COLUMNS, MOST_COLUMNS = 100, 600
#: Early stopping waits so many trees for a better log loss.
PATIENCE = 80

#: What is not searched. Folds learn side by side on one thread each; the same on any machine.
FIXED: dict[str, Any] = {
    "learning_rate": 0.06,
    "subsample_freq": 1,
    "max_bin": 127,
    "deterministic": True,
    "force_col_wise": True,
    "n_jobs": 1,
    "verbose": -1,
}
#: The first models, by whose gains columns are ranked: each meets all of them, and learns fast. One alone ranks by
#: chance as much as by merit.
RANKING: dict[str, Any] = {
    "learning_rate": 0.15,
    "num_leaves": 4,
    "colsample_bytree": 0.06,
    "subsample": 0.8,
    "reg_lambda": 50.0,
    "min_child_samples": 40,
}
RANKING_TREES, RANKINGS = 200, 3
#: Where a search begins, and how many leaves it tries. What a value means depends on what else is known: trees of four
#: leaves rank as well, but are too sure of nobody where the external scores are missing (slope 1.2 of the calibration).
FIRST: dict[str, Any] = {
    "columns": 400,
    "num_leaves": 10,
    "colsample_bytree": 0.25,
    "subsample": 0.85,
    "reg_lambda": 30.0,
    "min_child_samples": 30,
}


@dataclass(frozen=True)
class Trial:
    """One set of parameters: ``log_loss`` out of fold, ``trees`` at which each fold stopped, ``seconds`` it took."""

    number: int
    parameters: dict[str, Any]
    log_loss: float
    trees: list[int]
    seconds: float


#: Called after each trial with it and the number wanted.
Told = Callable[[Trial, int], None]


@dataclass(frozen=True)
class Champion:
    """The champion as a contender, and how it was found.

    ``trials``: in the order in which they were tried. ``tree_counts``, ``auc_by_trees``: (k,) each, out of fold, of
    the calibration's input: the mean over clients as they are and over copies of whom less is known. ``trees``: how
    many were kept. ``finished``: whether the wanted number of trials was reached; where time ended the search, the
    same seed need not give the same model.
    """

    contender: Contender
    trials: list[Trial]
    tree_counts: NDArray[np.int64]
    auc_by_trees: Floats
    trees: int
    finished: bool


class _Folds:
    """The training clients and their copies, their folds, and the ranking of the columns.

    ``x``: (n_train, k). ``rows``: ((copies + 1) * n_train, k) in single precision: all clients as they are, then the
    first copy of each, and so on. ``rankings``: one array (k,) of positions a fold, made without it, the best column
    first; the last of all folds.
    """

    def __init__(
        self,
        x: Floats,
        y: NDArray[np.int64],
        folds: Sequence[tuple[Any, Any]],
        seed: int,
        columns: Sequence[str],
    ) -> None:
        self.y, self.folds, self.clients = y, list(folds), len(y)
        self.copies = copies_for(len(y))
        self.rows = with_copies(x, Hiding(columns), self.copies, seed)
        everybody = np.arange(len(y))
        with ThreadPoolExecutor(2) as pool:
            learners = [*(learn for learn, _ in self.folds), everybody]
            self.rankings = list(pool.map(lambda rows: self._ranking(rows, seed), learners))

    def _ranking(self, clients: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
        merit = np.zeros(self.rows.shape[1])
        data = self._held(clients, None, TRIED_COPIES)
        for number in range(RANKINGS):
            settings = scaled({**FIXED, **RANKING, "random_state": seed + number}, TRIED_COPIES + 1)
            gain = lgb.train({**settings, "objective": "binary"}, data, RANKING_TREES).feature_importance("gain")
            merit += np.sqrt(gain / max(gain.sum(), 1.0))  # the root: a few columns gain most of all
        return np.argsort(-merit, kind="stable")

    def chosen(self, fold: int, columns: int) -> NDArray[np.int64]:
        """Positions of the best columns for a fold, increasing; -1 is all folds."""
        return np.sort(self.rankings[fold][:columns])

    def taught(
        self, clients: NDArray[np.int64], positions: NDArray[np.int64] | None, copies: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Rows and outcomes of clients and of their first copies, in the chosen columns."""
        wanted = np.concatenate([clients + number * self.clients for number in range(copies + 1)])
        x = self.rows[wanted] if positions is None else self.rows[np.ix_(wanted, positions)]
        return x, self.y[np.tile(clients, copies + 1)]

    def _held(self, clients: NDArray[np.int64], positions: NDArray[np.int64] | None, copies: int) -> lgb.Dataset:
        x, y = self.taught(clients, positions, copies)
        return lgb.Dataset(x, y, params={"max_bin": FIXED["max_bin"], "verbose": -1, "num_threads": 1})

    def learn(self, fold: int, parameters: dict[str, Any], trees: int, stop: bool, copies: int) -> lgb.Booster:
        """A booster of the chosen columns that has not seen a fold.

        With ``stop`` it stops early by that fold's clients, as they are and with less known of them.
        """
        settings = scaled(parameters, copies + 1)
        positions = self.chosen(fold, settings.pop("columns"))
        learn, judge = self.folds[fold]
        data = self._held(learn, positions, copies)
        judged = data.create_valid(*self.taught(judge, positions, 1)) if stop else None
        return lgb.train(
            {**settings, "objective": "binary", "metric": "binary_logloss"},
            data,
            num_boost_round=trees,
            valid_sets=[judged] if judged else None,
            callbacks=[lgb.early_stopping(PATIENCE, verbose=False)] if stop else None,
        )


def scaled(parameters: dict[str, Any], times: int) -> dict[str, Any]:
    """Parameters for data in which each client has ``times`` rows: a leaf then holds as many clients as before."""
    return {
        **parameters,
        "min_child_samples": parameters["min_child_samples"] * times,
        "reg_lambda": parameters["reg_lambda"] * times,
    }


def search(
    data: Dataset,
    parts: Split,
    seed: int = 7,
    trials: int = TRIALS,
    minutes: float | None = None,
    storage: str | Path | None = None,
    told: Told | None = None,
) -> Champion:
    """Search the champion on the training clients; the test clients are not touched.

    ``trials``: how many in all, those of an earlier, interrupted search included. ``minutes``: stop proposing after so
    long; at least one trial is made. ``storage``: SQLite file of the study; nothing is kept without. ``told``: called
    after each trial with it and the number wanted, old trials included.
    """
    began = time.perf_counter()
    if trials < 1:
        raise ValueError(f"a search needs at least one trial, not {trials}")
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    prepared = _Folds(data.x[parts.train], y, parts.folds, seed, data.columns)
    study = _study(data, parts, seed, storage)
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    done = [_read(number, one) for number, one in enumerate(complete[:trials])]
    for one in done:
        if told:
            told(one, trials)
    while len(done) < trials:
        if minutes is not None and done and time.perf_counter() - began > minutes * 60:
            break
        number = len(done)
        study.sampler = optuna.samplers.TPESampler(seed=seed + number, n_startup_trials=6, multivariate=False)
        if number == 0:
            study.enqueue_trial(FIRST)
        asked = study.ask()
        result = _tried(number, _proposed(asked), prepared, seed)
        asked.set_user_attr("trees", result.trees)
        asked.set_user_attr("seconds", result.seconds)
        study.tell(asked, result.log_loss)
        done.append(result)
        if told:
            told(result, trials)
    best = min(done, key=lambda one: (one.log_loss, one.number))
    contender, counts, aucs, trees = _settled(best, done, prepared, parts, seed, amount, began)
    return Champion(contender, done, counts, aucs, trees, finished=len(done) >= trials)


def check_storage(storage: str | Path) -> None:
    """Refuse a file of a study that Optuna cannot go on with: to be called before the work that precedes the search.

    Raises ``ValueError`` or ``OSError``, which say what is wrong with it and what to do.
    """
    path = Path(storage)
    wrong = sqlite_file.fault(path)
    if wrong == lfs.ADVICE:
        raise ValueError(f"{path} {wrong}")
    if wrong is None and path.exists():
        with sqlite_file.opened(path) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "studies" not in tables:
            wrong = "is a database of another program, not of Optuna"  # which would put its tables beside them
        else:
            try:
                optuna.storages.RDBStorage(_address(path))
            except RuntimeError as error:  # of another version; what to do with it depends on which is newer
                wrong = f"is of another version: {str(error).replace('$STORAGE_URL', _address(path)).rstrip('.')}"
    if wrong is not None:
        move = f"mv {shlex.quote(str(path))} {shlex.quote(f'{path}.old')}"
        raise ValueError(f"{path} {wrong}; or move it aside, and a new search begins: {move}")


def _address(storage: str | Path) -> str:
    return f"sqlite:///{Path(storage).resolve()}"


def smallest(counts: Iterable[int], aucs: Iterable[float], near: float = NEAR) -> int:
    """The least number of trees whose AUC is within ``near`` of the best."""
    pairs = list(zip(counts, aucs, strict=True))
    best = max(auc for _, auc in pairs)
    return min(count for count, auc in pairs if auc >= best - near)


#: What a study depends on beside the clients: another value, another study.
_SPACE = (
    *(FIXED, RANKING, RANKING_TREES, RANKINGS, FIRST, MOST_TREES, PATIENCE, FEWEST_COLUMNS, MOST_COLUMNS),
    *(TRIED_COPIES, hiding.DRAWN),
)


def _study(data: Dataset, parts: Split, seed: int, storage: str | Path | None) -> optuna.Study:
    """The study of these clients, folds, seed and this search space; a new one where there is none."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    asked = json.dumps([data.source["fingerprint"], data.columns, seed, *_SPACE, lgb.__version__])
    name = hashlib.sha256(asked.encode() + parts.train.tobytes() + parts.fold.tobytes()).hexdigest()[:16]
    if storage is not None:
        check_storage(storage)
    place = None if storage is None else _address(storage)
    return optuna.create_study(study_name=name, storage=place, direction="minimize", load_if_exists=True)


def _read(number: int, trial: optuna.trial.FrozenTrial) -> Trial:
    kept = trial.user_attrs
    return Trial(number, dict(trial.params), float(trial.values[0]), list(kept["trees"]), float(kept["seconds"]))


def _proposed(trial: optuna.trial.Trial) -> dict[str, Any]:
    return {
        "columns": trial.suggest_int("columns", FEWEST_COLUMNS, MOST_COLUMNS, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 8, 31, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.04, 0.3, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1.0, 500.0, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 10, 500, log=True),
    }


def _tried(number: int, parameters: dict[str, Any], prepared: _Folds, seed: int) -> Trial:
    began = time.perf_counter()
    settings = {**FIXED, **parameters, "random_state": seed}

    def judged(fold: int) -> tuple[int, float]:
        booster = prepared.learn(fold, settings, MOST_TREES, stop=True, copies=min(TRIED_COPIES, prepared.copies))
        return booster.best_iteration, booster.best_score["valid_0"]["binary_logloss"]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(judged, range(len(prepared.folds))))
    sizes = [len(judge) for _, judge in prepared.folds]
    loss = float(np.average([one for _, one in found], weights=sizes))
    return Trial(number, parameters, loss, [trees for trees, _ in found], time.perf_counter() - began)


def _settled(
    best: Trial,
    done: list[Trial],
    prepared: _Folds,
    parts: Split,
    seed: int,
    amount: Floats,
    began: float,
) -> tuple[Contender, NDArray[np.int64], Floats, int]:
    """The number of trees, the calibration and the model fitted on all training clients."""
    y = prepared.y
    settings = {**FIXED, **best.parameters, "random_state": seed}
    most = -(-round(LONGER * max(best.trees)) // STEP) * STEP
    counts = np.arange(STEP, most + STEP, STEP)

    def scores(fold: int) -> Floats:
        """(judged clients and a copy of each, k): log odds after each number of trees."""
        booster = prepared.learn(fold, settings, most, stop=False, copies=prepared.copies)
        x, _ = prepared.taught(prepared.folds[fold][1], prepared.chosen(fold, settings["columns"]), 1)
        steps = [
            booster.predict(x, raw_score=True, start_iteration=int(count) - STEP, num_iteration=STEP, num_threads=1)
            for count in counts
        ]
        return np.cumsum(np.column_stack(steps), axis=1)

    by_count = np.empty((2, len(y), len(counts)))  # all that is known, and less
    with ThreadPoolExecutor(2) as pool:
        for (_, judge), found in zip(prepared.folds, pool.map(scores, range(len(prepared.folds))), strict=True):
            by_count[:, judge] = found.reshape(2, len(judge), -1)
    aucs = np.mean([[roc_auc_score(y, column) for column in of.T] for of in by_count], axis=0)
    trees = smallest(counts.tolist(), aucs.tolist())
    raw = expit(by_count[:, :, int(np.flatnonzero(counts == trees)[0])])
    calibration, calibrated = choose(np.tile(y, 2), raw.ravel(), np.tile(parts.fold, 2))
    out_of_fold = calibrated[: len(y)]
    fitting = time.perf_counter()
    settings = scaled(settings, prepared.copies + 1)
    positions = prepared.chosen(-1, settings.pop("columns"))
    x, outcomes = prepared.taught(np.arange(len(y)), positions, prepared.copies)
    fitted = LGBMClassifier(n_estimators=trees, **settings).fit(x, outcomes)
    model = ChosenColumns(fitted, positions.tolist(), prepared.rows.shape[1])
    fit_seconds = time.perf_counter() - fitting
    refused = out_of_fold >= money.break_even_probability()
    contender = Contender(
        name=NAME,
        parameters={**best.parameters, "n_estimators": trees, "copies": prepared.copies},
        model=Calibrated(model, calibration),
        out_of_fold=out_of_fold,
        cv_cost=money.cost(y, refused, amount),
        searched=[({**one.parameters, "log_loss": one.log_loss}, float("nan")) for one in done],
        seconds=time.perf_counter() - began,
        fit_seconds=fit_seconds,
    )
    return contender, counts, aucs, trees
