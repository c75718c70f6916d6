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

Teachers with the best trial's settings learn from clients of whom all is known that can be
(`credit.training.distillation`), and the model that is kept is their pupil (`credit.training.pupil`).

All of them are held to the signs that sense gives features (`credit.features.monotone_directions`), by LightGBM's
method "basic": a client who pays later, owes more, earns less or has lower scores never gets a better probability for
it. All of them learn from the same bins (`credit.training.folds`).
Sources: G. Ke et al., LightGBM, NeurIPS 2017; T. Akiba et al., Optuna, KDD 2019.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
from numpy.typing import NDArray

from credit.decision.cost import Costs
from credit.training import checkpoints, hiding, pupil, search_study
from credit.training.checkpoints import Checkpoints
from credit.training.dataset import Dataset, Split
from credit.training.folds import FIXED, Folds
from credit.training.freed_memory import give_back
from credit.training.model_comparison import Contender
from credit.training.search_study import Trial
from credit.training.training_changes import NONE, Changes

Floats = NDArray[np.float64]

#: Trials of a search that is not told otherwise; a first look at a bank.
TRIALS = 4
#: Trials learn from so many training clients at most, the first ones of a draw.
SEARCHED = 30_000
#: So many folds judge every trial; the others judge those that go on.
FIRST_FOLDS = 2

#: Early stopping of a trial waits so many trees for a better log loss.
PATIENCE = 80

#: Where a search begins.
FIRST: dict[str, Any] = {
    "learning_rate": 0.06,
    "num_leaves": 5,
    "colsample_bytree": 0.1,
    "subsample": 0.85,
    "reg_lambda": 55.0,
    "min_child_samples": 45,
}


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
    changes: Changes = NONE,
) -> Champion:
    """Search the champion on the training clients; the test clients are not touched.

    ``data``, ``parts``: the clients and their folds. ``seed``: of proposals, copies and models.
    ``trials``: how many in all, those of an earlier, interrupted search included. ``minutes``: stop proposing after so
    long; at least one trial is made. ``storage``: SQLite file of the study; nothing is kept without. ``told``: called
    after each trial with it and the number wanted, old trials included. ``costs``: of errors, at whose break-even
    probability the contender's ``cv_cost`` is counted; the search itself does not depend on them. ``kept``: where an
    earlier, interrupted training has kept teachers and pupils. ``changes``: of the usual training; where they give the
    parameters, these are the one trial.
    """
    began = time.perf_counter()
    if changes.parameters is not None:
        trials = 1
    amount = data.amount[parts.train]
    prepared = folds_of(data, parts, seed).changed(changes)
    done = trials_of(prepared, data, parts, seed, trials, minutes, storage, told)
    best = best_of(done)
    weight = data.weight_of(parts.train)
    contender, counts, aucs, trees = pupil.teach_final(
        best, done, prepared, parts, seed, amount, costs, began, kept, weight
    )
    del prepared
    give_back()
    return Champion(contender, done, counts, aucs, trees, finished=len(done) >= trials)


def folds_of(data: Dataset, parts: Split, seed: int) -> Folds:
    """The training clients with their copies, cut into the bins from which all models of a training learn."""
    return Folds(data.x[parts.train], data.defaulted[parts.train], parts.folds, seed, data.columns)


def best_of(done: Sequence[Trial]) -> Trial:
    """The trial with the least log loss of those that all folds have judged."""
    return min((one for one in done if not one.halved), key=lambda one: (one.log_loss, one.number))


def trials_of(
    prepared: Folds,
    data: Dataset,
    parts: Split,
    seed: int = 7,
    trials: int = TRIALS,
    minutes: float | None = None,
    storage: str | Path | None = None,
    told: Told | None = None,
) -> list[Trial]:
    """The trials of a search on ``prepared``, in their order; ``data``, ``parts``, ``seed``, ``trials``, ``minutes``,
    ``storage`` and ``told`` are as for `search`.

    Raises ``ValueError`` for fewer than one.
    """
    began = time.perf_counter()
    if trials < 1:
        raise ValueError(f"a search needs at least one trial, not {trials}")
    changes = prepared.changes
    study = search_study.study(data, parts, seed, storage, (*_SPACE, *changes.key))
    ended = study.get_trials(states=[optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED])
    done = [search_study.read(number, one) for number, one in enumerate(ended[:trials])]
    for one in done:
        if told:
            told(one, trials)
    while len(done) < trials:
        if minutes is not None and done and time.perf_counter() - began > minutes * 60:
            break
        number = len(done)
        study.sampler = optuna.samplers.TPESampler(seed=seed + number, n_startup_trials=6, multivariate=False)
        if number == 0:
            study.enqueue_trial(dict(changes.parameters or FIRST))
        asked = study.ask()
        result = tried(number, search_study.proposed(asked), prepared, seed, done)
        for name in search_study.KEPT:
            asked.set_user_attr(name, getattr(result, name))
        if result.halved:
            asked.report(result.log_loss, 1)
            study.tell(asked, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(asked, result.log_loss)
        done.append(result)
        if told:
            told(result, trials)
    return done


#: What a study depends on beside the clients: another value, another study.
_SPACE = (
    *(FIXED, FIRST, pupil.MOST_TREES, PATIENCE, SEARCHED, FIRST_FOLDS),
    *(hiding.COPIES, hiding.MOST_ROWS, hiding.DRAWN),  # the bins are those of the copies, too
)


def drawn_clients(clients: int, seed: int, most: int) -> NDArray[np.bool_]:
    """(n_train,) the training clients from which trials learn, at most so many; fewer are the first of one draw."""
    drawn = np.zeros(clients, dtype=bool)
    drawn[np.random.default_rng([seed, 2]).permutation(clients)[:most]] = True
    return drawn


def tried(number: int, parameters: dict[str, Any], prepared: Folds, seed: int, before: Sequence[Trial]) -> Trial:
    """A trial of these ``parameters`` on the folds; ``before``: those before it, with which it must keep up on the
    first folds.

    ``number``: of the trial, from 0. ``prepared``: the clients in their folds. ``seed``: of the sample and of the
    models.
    """
    began = time.perf_counter()
    settings = {**FIXED, **parameters, **prepared.signs, "random_state": seed}
    drawn = drawn_clients(prepared.clients, seed, SEARCHED)

    def judged(fold: int) -> tuple[int, float, int]:
        learn, judge = (some[drawn[some]] for some in (prepared.without(fold), prepared.inside(fold)))
        booster = lgb.train(
            {**settings, "objective": "binary", "metric": "binary_logloss"},
            prepared.part(learn, 1),
            num_boost_round=pupil.MOST_TREES,
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
