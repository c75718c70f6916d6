"""The pupil: the model that is kept, taught with the best trial's settings on clients as they are and on their copies.

Its labels mix the outcome and the teachers' probability (`credit.training.distillation`), and it is judged on clients
as they are and on a copy of each alike. Outcomes alone teach as well where all is known, and worse where little is: the
noise of outcomes is that of one client, however many copies it has. So many clients that this noise no longer matters
have no teachers.

Its cross-validated AUC is worked out for each number of trees, and the smallest number within 0.0001 of the best is
kept: it serves faster and explains faster. Clients of whom little is known gain most by the last trees.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from credit.decision import cost as money
from credit.decision.cost import Costs
from credit.model.boosted import Boosted
from credit.model.calibration import Calibrated, calibrate
from credit.model.column_subset import ChosenColumns
from credit.training import distillation, known_columns, monotone_check
from credit.training.checkpoints import Checkpoints
from credit.training.dataset import Split
from credit.training.folds import FIXED, Folds
from credit.training.model_comparison import Contender
from credit.training.model_text import narrowed
from credit.training.search_study import Trial

Floats = NDArray[np.float64]

#: What a model is called that the search has found.
NAME = "Champion"
#: Trees are counted in steps of this.
STEP = 20
#: The smallest model whose AUC is so near to the best one's is kept.
NEAR = 0.0001
#: The learning rate of the pupil, in units of the trial's. A pupil of few clients learns from several copies of each,
#: and larger steps lose nothing. A pupil of many clients gains from twice as many trees of half the step.
OF_FEW, OF_MANY = 1.5, 0.75
#: More training clients than these are many.
MANY = 100_000
#: Each tree of the pupil draws so many rows at most: of a large bank's copies, a part teaches it as well as all.
ROWS_A_TREE = 500_000
#: No model has more trees than this.
MOST_TREES = 5000
#: Early stopping waits so many trees for an AUC that is better by `NEAR`.
PATIENCE = 200


def smallest(counts: Iterable[int], aucs: Iterable[float], near: float = NEAR) -> int:
    """The least number of trees whose AUC is within ``near`` of the best."""
    pairs = list(zip(counts, aucs, strict=True))
    best = max(auc for _, auc in pairs)
    return min(count for count, auc in pairs if auc >= best - near)


class Judges:
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


def taught(
    prepared: Folds, fold: int, labels: list[Floats], settings: dict[str, Any], trees: int, **judges: Any
) -> lgb.Booster:
    """A model taught without a fold, by outcomes and teachers, on clients as they are and on all their copies.

    ``prepared``: the clients in their folds. ``fold``: the one left out. ``labels``: of those who learn without each
    fold, (n_train,) in [0, 1]. ``settings``: of LightGBM. ``trees``: how many at most. ``judges``: what
    `lightgbm.train` is told of those who judge it.
    """
    clients = prepared.without(fold)
    data = prepared.part(clients, prepared.copies, labels[fold][clients])
    wanted = {**settings, **prepared.signs, "objective": "cross_entropy", "metric": "None"}
    offered = known_columns.offered(prepared.columns, settings["colsample_bytree"])
    callbacks = [*judges.pop("callbacks", ()), *([] if offered is None else [offered])]
    return lgb.train(wanted, data, trees, callbacks=callbacks, **judges)


def teach_final(
    best: Trial,
    done: list[Trial],
    prepared: Folds,
    parts: Split,
    seed: int,
    amount: Floats,
    costs: Costs,
    began: float,
    kept: Checkpoints,
    weight: Floats | None = None,
) -> tuple[Contender, NDArray[np.int64], Floats, int]:
    """The number of trees, the calibration and the model taught on all training clients.

    ``best``: the trial whose parameters are taken. ``done``: all trials, kept with the model. ``prepared``: the clients
    in their folds. ``parts``: which are these. ``seed``: of the models. ``amount``: (n_train,), AMT_CREDIT. ``costs``:
    of errors. ``began``: when the search did, by ``time.perf_counter``. ``kept``: as for ``search``. ``weight``:
    (n_train,) of each in the calibration, see `Dataset`. Returns the contender, the numbers of trees that were judged,
    the AUC of each, and the number that is taken.
    """
    y = prepared.y
    settings = {**FIXED, **best.parameters, "random_state": seed}
    teacher_trees = max(1, round(float(np.mean(best.trees))))
    labels = kept.step(
        "Champion: teachers",
        lambda: distillation.labels(prepared, settings, teacher_trees),
        sorted(best.parameters.items()),
        teacher_trees,
    )
    settings["learning_rate"] *= OF_MANY if len(y) > MANY else OF_FEW
    settings["subsample"] = min(settings["subsample"], ROWS_A_TREE / (len(y) * (prepared.copies + 1)))

    def judged(fold: int) -> list[NDArray[np.float32]]:
        """Probabilities (2 judges,) after each `STEP` trees: of clients as they are, then of a copy of each."""
        clients = prepared.inside(fold)
        metric = Judges(y[clients])
        stop = lgb.early_stopping(PATIENCE, min_delta=NEAR, verbose=False)
        taught(
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
                    f"Champion: pupil of fold {fold}",
                    lambda: judged(fold),
                    sorted(settings.items()),
                    sorted(best.parameters.items()),  # of the teachers: large banks cut the pupil's share of rows
                    teacher_trees,
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
    both = None if weight is None else np.tile(weight, 2)
    calibration, calibrated = calibrate(np.tile(y, 2), raw.ravel(), np.tile(parts.fold, 2), both)
    out_of_fold = calibrated[: len(y)]
    fitting = time.perf_counter()
    alone = {
        **settings,
        "num_threads": 2,
    }  # no fold learns beside it, and LightGBM gives the same on any number of threads
    booster_of_all = taught(prepared, len(prepared.folds), labels, alone, trees)
    text, read = narrowed(booster_of_all.model_to_string(num_iteration=-1))
    booster, columns = lgb.Booster(model_str=text), [prepared.columns[place] for place in read]
    if disobeyed := monotone_check.against(booster, columns, prepared.more_signs):
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
