"""The champion: LightGBM, its settings searched by Optuna, as few trees as do the same.

Each trial learns on four folds and stops early by the log loss on the fifth, of clients as they are and of a copy of
each of whom less is known (`credit.training.hiding`): where all is known of everybody, trees of a single split win,
which cannot learn what a gap means for the rest. The log loss is a proper score: it is least for true probabilities,
and it is far less noisy than money. No class weights and no resampling, which would make the probabilities none.

Trials are halved: each is judged on two of the folds first, and goes on to all five where it is among the better half
of those so far (K. Jamieson and A. Talwalkar, Non-stochastic Best Arm Identification, AISTATS 2016, in the asynchronous
form of L. Li et al., ASHA, MLSys 2020). They learn from at most `SEARCHED` clients; everybody teaches what follows.

The search ends after a number of trials or a time, whichever comes first, and goes on where it stopped: trials stand in
an Optuna study on disk, under the fingerprint of data, folds and seed. Each proposal depends on the seed, on its
number and on the trials before it alone, so that the same number of trials gives the same model, in one go or in five.

Teachers with these settings learn from clients of whom all is known that can be. The model that is kept is a pupil: it
learns from clients as they are and from up to four copies, with labels that mix the outcome and the teachers'
probability (`credit.training.distillation`), and it is judged on both alike. Outcomes alone teach as well where all is
known, and worse where little is: the noise of outcomes is that of one client, however many copies it has. So many
clients that this noise no longer matters have no teachers.

All of them are held to the signs that sense gives features (`credit.features.monotone_directions`), by LightGBM's
method "basic": a client who pays later, owes more, earns less or has lower scores never gets a better probability for
it. All of them learn from the same bins (`credit.training.folds`).

Of the pupil, the cross-validated AUC is worked out for each number of trees, and the smallest number within 0.0002 of
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
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.features import monotone_directions
from credit.files import git_lfs
from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated, calibrate
from credit.model.column_subset import ChosenColumns
from credit.training import checkpoints, distillation, hiding, monotone_check, sqlite_file
from credit.training.checkpoints import Checkpoints
from credit.training.dataset import Dataset, Split
from credit.training.folds import FIXED, Folds
from credit.training.freed_memory import give_back
from credit.training.model_comparison import Contender
from credit.training.model_text import narrowed

Floats = NDArray[np.float64]

NAME = "Champion"
#: Trials of a search that is not told otherwise; a first look at a bank.
TRIALS = 4
#: Trees are counted in steps of this.
STEP = 20
#: The smallest model whose AUC is so near to the best one's is kept.
NEAR = 0.0002
#: The pupil learns from several copies of a client, so that it may take larger steps than a trial: so many times its.
FASTER = 1.5
#: Each tree of the pupil draws so many rows at most: of a large bank's copies, a part teaches it as well as all.
ROWS_A_TREE = 500_000
#: A client as it is counts as much as so many of its copies.
AS_THEY_ARE = 2.0
#: No model has more trees than this.
MOST_TREES = 3000
#: Trials learn from so many training clients at most, the first ones of a draw.
SEARCHED = 30_000
#: So many folds judge every trial; the others judge those that go on.
FIRST_FOLDS = 2
#: Early stopping waits so many trees for a better log loss, and so many for a pupil whose AUC is better by `NEAR`.
PATIENCE, PUPIL_PATIENCE = 80, 200

#: Where a search begins.
FIRST: dict[str, Any] = {
    "learning_rate": 0.06,
    "num_leaves": 5,
    "colsample_bytree": 0.1,
    "subsample": 0.85,
    "reg_lambda": 55.0,
    "min_child_samples": 45,
}


@dataclass(frozen=True)
class Trial:
    """One set of parameters: ``log_loss`` out of fold, ``trees`` at which each fold stopped, ``seconds`` it took.

    ``first_log_loss``: by the first folds alone. ``halved``: it did not go on after these.
    """

    number: int
    parameters: dict[str, Any]
    log_loss: float
    first_log_loss: float
    trees: list[int]
    seconds: float
    halved: bool


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


def search(
    data: Dataset,
    parts: Split,
    seed: int = 7,
    trials: int = TRIALS,
    minutes: float | None = None,
    storage: str | Path | None = None,
    told: Told | None = None,
    *,
    costs: Costs,
    kept: Checkpoints = checkpoints.NONE,
) -> Champion:
    """Search the champion on the training clients; the test clients are not touched.

    ``trials``: how many in all, those of an earlier, interrupted search included. ``minutes``: stop proposing after so
    long; at least one trial is made. ``storage``: SQLite file of the study; nothing is kept without. ``told``: called
    after each trial with it and the number wanted, old trials included. ``costs``: of errors, at whose break-even
    probability the contender's ``cv_cost`` is counted; the search itself does not depend on them. ``kept``: where an
    earlier, interrupted training has kept teachers and pupils.
    """
    began = time.perf_counter()
    if trials < 1:
        raise ValueError(f"a search needs at least one trial, not {trials}")
    y, amount = data.defaulted[parts.train], data.amount[parts.train]
    prepared = Folds(data.x[parts.train], y, parts.folds, seed, data.columns)
    study = _study(data, parts, seed, storage)
    ended = study.get_trials(states=[optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED])
    done = [_read(number, one) for number, one in enumerate(ended[:trials])]
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
        result = _tried(number, _proposed(asked), prepared, seed, done)
        for name in _KEPT:
            asked.set_user_attr(name, getattr(result, name))
        if result.halved:
            asked.report(result.log_loss, 1)
            study.tell(asked, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(asked, result.log_loss)
        done.append(result)
        if told:
            told(result, trials)
    best = min((one for one in done if not one.halved), key=lambda one: (one.log_loss, one.number))
    contender, counts, aucs, trees = _settled(best, done, prepared, parts, seed, amount, costs, began, kept)
    del prepared
    give_back()
    return Champion(contender, done, counts, aucs, trees, finished=len(done) >= trials)


def check_storage(storage: str | Path) -> None:
    """Refuse a file of a study that Optuna cannot go on with: to be called before the work that precedes the search.

    Raises ``ValueError`` or ``OSError``, which say what is wrong with it and what to do.
    """
    path = Path(storage)
    wrong = sqlite_file.damage(path)
    if wrong == git_lfs.ADVICE:
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
    *(FIXED, FIRST, MOST_TREES, PATIENCE, SEARCHED, FIRST_FOLDS),
    *(hiding.COPIES, hiding.MOST_ROWS, hiding.DRAWN),  # the bins are those of the copies, too
)


def _study(data: Dataset, parts: Split, seed: int, storage: str | Path | None) -> optuna.Study:
    """The study of these clients, folds, seed and this search space; a new one where there is none."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sense = [
        monotone_directions.signs(data.columns),
        [monotone_directions.mixed(name) for name in data.columns],
        monotone_check.METHOD,
    ]
    asked = json.dumps([data.source["fingerprint"], data.columns, seed, *sense, *_SPACE, lgb.__version__])
    name = hashlib.sha256(asked.encode() + parts.train.tobytes() + parts.fold.tobytes()).hexdigest()[:16]
    if storage is not None:
        check_storage(storage)
    place = None if storage is None else _address(storage)
    return optuna.create_study(study_name=name, storage=place, direction="minimize", load_if_exists=True)


#: Of a trial, what stands in the study beside its parameters.
_KEPT = ("log_loss", "first_log_loss", "trees", "seconds", "halved")


def _read(number: int, trial: optuna.trial.FrozenTrial) -> Trial:
    return Trial(number, dict(trial.params), **{name: trial.user_attrs[name] for name in _KEPT})


def _proposed(trial: optuna.trial.Trial) -> dict[str, Any]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.015, 0.12, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 2, 31, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.03, 0.3, log=True),
        "subsample": trial.suggest_float("subsample", 0.4, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1.0, 500.0, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 10, 500, log=True),
    }


def _tried(number: int, parameters: dict[str, Any], prepared: Folds, seed: int, before: Sequence[Trial]) -> Trial:
    """A trial; ``before``: those before it, with which it must keep up on the first folds."""
    began = time.perf_counter()
    settings = {**FIXED, **parameters, **prepared.signs, "random_state": seed}
    drawn = np.zeros(prepared.clients, dtype=bool)
    drawn[np.random.default_rng([seed, 2]).permutation(prepared.clients)[:SEARCHED]] = True

    def judged(fold: int) -> tuple[int, float, int]:
        learn, judge = (some[drawn[some]] for some in (prepared.without(fold), prepared.inside(fold)))
        booster = lgb.train(
            {**settings, "objective": "binary", "metric": "binary_logloss"},
            prepared.part(learn, 1),
            num_boost_round=MOST_TREES,
            valid_sets=[prepared.part(judge, 1)],
            callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
        )
        return booster.best_iteration, booster.best_score["valid_0"]["binary_logloss"], len(judge)

    def together(found: Sequence[tuple[int, float, int]]) -> float:
        return float(np.average([loss for _, loss, _ in found], weights=[judges for *_, judges in found]))

    folds = range(len(prepared.folds))
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(judged, folds[:FIRST_FOLDS]))
        first = together(found)
        better = sum(one.first_log_loss < first for one in before)
        halved = better >= max(1, (len(before) + 1) // 2)
        if not halved:
            found += pool.map(judged, folds[FIRST_FOLDS:])
    trees = [count for count, *_ in found]
    return Trial(number, parameters, together(found), first, trees, time.perf_counter() - began, halved)


class _Judges:
    """LightGBM's custom metric: the AUC of the judges, the mean over clients as they are and over a copy of each.

    ``y``: (n,) outcomes; what it is handed are the probabilities (2 n,) after a tree. ``kept``: those after each `STEP`
    trees, the only ones at which the AUC is counted.
    """

    def __init__(self, y: NDArray[np.int64]) -> None:
        self.y = y
        self.kept: list[NDArray[np.float32]] = []
        self._trees, self._area = 0, 0.5

    def __call__(self, p: Floats, data: lgb.Dataset) -> tuple[str, float, bool]:
        self._trees += 1
        if self._trees % STEP == 0:
            self.kept.append(p.astype(np.float32))
            self._area = float(np.mean([roc_auc_score(self.y, half) for half in p.reshape(2, -1)]))
        return "auc", self._area, True


def _pupil(
    prepared: Folds, fold: int, labels: list[Floats], settings: dict[str, Any], trees: int, **judges: Any
) -> lgb.Booster:
    """A model taught without a fold, by outcomes and teachers, on clients as they are and on all their copies.

    ``judges``: what `lightgbm.train` is told of those who judge it.
    """
    clients = prepared.without(fold)
    weight = np.array([AS_THEY_ARE, *[1.0] * prepared.copies])
    data = prepared.part(clients, prepared.copies, labels[fold][clients], weight)
    wanted = {**settings, **prepared.signs, "objective": "cross_entropy", "metric": "None"}
    return lgb.train(wanted, data, trees, **judges)


def _settled(
    best: Trial,
    done: list[Trial],
    prepared: Folds,
    parts: Split,
    seed: int,
    amount: Floats,
    costs: Costs,
    began: float,
    kept: Checkpoints,
) -> tuple[Contender, NDArray[np.int64], Floats, int]:
    """The number of trees, the calibration and the model taught on all training clients."""
    y = prepared.y
    settings = {**FIXED, **best.parameters, "random_state": seed}
    teacher_trees = max(1, round(float(np.mean(best.trees))))
    labels = kept.step(
        "Champion: teachers",
        lambda: distillation.labels(prepared, settings, teacher_trees),
        sorted(best.parameters.items()),
        teacher_trees,
    )
    settings["learning_rate"] *= FASTER
    settings["subsample"] = min(settings["subsample"], ROWS_A_TREE / (len(y) * (prepared.copies + 1)))

    def judged(fold: int) -> list[NDArray[np.float32]]:
        """Probabilities (2 judges,) after each `STEP` trees: of clients as they are, then of a copy of each."""
        clients = prepared.inside(fold)
        metric = _Judges(y[clients])
        stop = lgb.early_stopping(PUPIL_PATIENCE, min_delta=NEAR, verbose=False)
        _pupil(
            prepared,
            fold,
            labels,
            settings,
            MOST_TREES,
            valid_sets=[prepared.part(clients, 1)],
            feval=metric,
            callbacks=[stop],
        )
        return metric.kept

    with ThreadPoolExecutor(2) as pool:
        found = list(
            pool.map(
                lambda fold: kept.step(
                    f"Champion: pupil of fold {fold}", lambda: judged(fold), sorted(settings.items()), teacher_trees
                ),
                range(len(prepared.folds)),
            )
        )
    counts = np.arange(1, min(len(judges) for judges in found) + 1) * STEP
    by_count = np.empty((len(counts), 2, len(y)), dtype=np.float32)  # all that is known, and less
    for fold, judges in enumerate(found):
        by_count[:, :, prepared.inside(fold)] = np.reshape(judges[: len(counts)], (len(counts), 2, -1))
    aucs = np.mean([[roc_auc_score(y, one) for one in both] for both in by_count], axis=1)
    trees = smallest(counts.tolist(), aucs.tolist())
    raw = by_count[int(np.flatnonzero(counts == trees)[0])].astype(np.float64)
    calibration, calibrated = calibrate(np.tile(y, 2), raw.ravel(), np.tile(parts.fold, 2))
    out_of_fold = calibrated[: len(y)]
    fitting = time.perf_counter()
    alone = {
        **settings,
        "num_threads": 2,
    }  # no fold learns beside it, and LightGBM gives the same on any number of threads
    taught = _pupil(prepared, len(prepared.folds), labels, alone, trees)
    text, read = narrowed(taught.model_to_string(num_iteration=-1))
    booster, columns = lgb.Booster(model_str=text), [prepared.columns[place] for place in read]
    if disobeyed := monotone_check.against(booster, columns):
        raise RuntimeError(f"LightGBM did not keep the signs of {len(disobeyed)} features, such as {disobeyed[0]}")
    model = ChosenColumns(Boosted(booster), prepared.positions[read].tolist(), prepared.all_columns)
    fit_seconds = time.perf_counter() - fitting
    refused = out_of_fold >= costs.break_even
    contender = Contender(
        name=NAME,
        parameters={
            **best.parameters,
            "n_estimators": trees,
            "copies": prepared.copies,
            "teacher": distillation.share(len(y)),
            "pupil_learning_rate": settings["learning_rate"],
            "pupil_subsample": settings["subsample"],
        },
        model=Calibrated(model, calibration),
        out_of_fold=out_of_fold,
        cv_cost=money.cost(y, refused, amount, **costs.to_dict()),
        searched=[({**one.parameters, "log_loss": one.log_loss}, float("nan")) for one in done],
        seconds=time.perf_counter() - began,
        fit_seconds=fit_seconds,
    )
    return contender, counts, aucs, trees
