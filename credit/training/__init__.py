"""From tables to an exported model, in the steps that the notebooks show one by one."""

import os
import warnings
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

# Before any module imports MLflow, which would note an id in the home folder and send off what is called how often. The
# command line says the same, but a notebook comes here without it.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from credit.decision.cost import Costs
from credit.tables import HISTORIES, TablesWarning
from credit.training import lightgbm_search as champions
from credit.training.candidates import CANDIDATES, Candidate, candidate
from credit.training.checkpoints import Checkpoints
from credit.training.client_attributes import attributes, values_of
from credit.training.dataset import Dataset, Split, application_columns, dataset, prepare, source_of, split
from credit.training.evaluation import Gain, closing_table, with_best
from credit.training.explored_refusals import NO_LOOK, Explored, joined
from credit.training.fairness_frontier import Frontier, Point, taken
from credit.training.fairness_gate import Gate
from credit.training.fairness_search import FairnessPlan, search_frontier
from credit.training.finalize import Finalized, finalize
from credit.training.knowledge_states import table as known_states
from credit.training.lightgbm_search import Champion
from credit.training.model_comparison import Contender, cheapest, compare, predecessor, search
from credit.training.recording import record_best_model, record_comparison, record_frontier
from credit.training.result import Outcome
from credit.training.search_study import Trial, check_storage
from credit.training.shipped import check
from credit.training.threshold_rule import Threshold, choose_threshold
from credit.training.training_changes import NONE, Changes
from credit.training.training_terms import Terms, terms_of

__all__ = [
    "Champion",
    "Checkpoints",
    "Contender",
    "Dataset",
    "FairnessPlan",
    "Finalized",
    "Frontier",
    "Gain",
    "Gate",
    "Outcome",
    "Split",
    "Terms",
    "Threshold",
    "Trial",
    "application_columns",
    "cheapest",
    "choose_threshold",
    "closing_table",
    "compare",
    "dataset",
    "finalize",
    "find_alternatives",
    "known_states",
    "predecessor",
    "prepare",
    "record_best_model",
    "record_comparison",
    "search",
    "source_of",
    "split",
    "terms_of",
    "train",
    "with_best",
]

#: Told what is being done, how far it is and how far it goes: ("Random Forest", 1, 2).
Progress = Callable[[str, int, int], None]


def train(
    folder: str | Path,
    bundle: str | Path = "mlruns_reduced",
    clients: int | None = None,
    seed: int = 7,
    histories: Sequence[str] = HISTORIES,
    progress: Progress | None = None,
    candidates: Sequence[Candidate] = CANDIDATES,
    trials: int = champions.TRIALS,
    minutes: float | None = None,
    study: str | Path | None = None,
    force: bool = False,
    ship: bool = True,
    label_one_means: str | None = None,
    terms: Terms | None = None,
    without: Sequence[str] = (),
    readable: Collection[str] | None = None,
    resume: str | Path | None = None,
    fairness: FairnessPlan | None = None,
    gate: Gate | None = None,
    show: Callable[[Frontier, Point], None] | None = None,
    explored: Explored | None = None,
) -> Outcome:
    """All steps in one: what notebooks 1 to 3 do, without the pictures.

    ``folder``: of the tables. ``bundle``: to which the model is exported. ``clients``, ``seed``: as for ``prepare``;
    the seed also deals the folds and is that of the models. ``progress``: called with a step's name, its number and of
    how many. ``candidates``: which models are compared with the champion.
    ``histories``, ``label_one_means``: as for ``prepare``. ``trials``, ``minutes``, ``study``: of the champion's
    search, see ``champion.search``. ``force``: ship a model that is worse than the shipped one. ``ship``: False for a
    challenger, see ``finalize``. ``terms``: what errors and reviews cost; without, as ``terms_of`` the bundle.
    ``without``: columns that no model may learn from, see ``credit.training.left_out``. ``readable``: of a challenger,
    the features that it may read, see ``dataset``. ``resume``: folder in which finished steps are kept until the end,
    so that the same training goes on there after an interruption; nothing is kept without. ``fairness``: which less
    discriminatory alternative is trained, of those that are looked at first; ``show``: called with the frontier and the
    point that is taken. ``gate``: as for `finalize`. ``explored``: of a challenger, refused clients of the log who were
    accepted at random and join those of the tables; not with a ``fairness`` that takes a point, whose looks count
    each client once.

    The tracking store must be open, see ``tracking.open_store``. Raises what ``prepare`` and ``split`` raise, and
    before any work what ``shipped.check`` and `search_study.check_storage` raise, and ValueError for ``explored`` with
    a point that is taken.
    """
    tell = progress or (lambda *_: None)
    plan = fairness or FairnessPlan()
    if explored is not None and plan.takes:
        raise ValueError(NO_LOOK)
    check(bundle)
    if study is not None:
        check_storage(study)
    terms = terms or terms_of(bundle)
    costs = terms.costs
    tell("features", 1, 1)
    prepared = prepare(folder, clients, seed, histories, label_one_means)
    source = source_of(folder, histories, label_one_means)
    data = dataset(prepared, source, without, readable=readable)
    if explored is not None:
        data = joined(data, explored)
    parts = split(data, seed)
    kept = looks = _checkpoints(resume, data, parts, seed, costs, tell)
    compared: dict[str, Any] | None = None
    changes = NONE
    if plan.takes:
        frontier = search_frontier(
            data, parts, plan.by, seed, trials, minutes, study, costs=costs, kept=looks, progress=tell
        )
        point, rule = taken(frontier, plan.point, plan.cost)
        compared = record_frontier(frontier, point, rule, data.source)
        if show is not None:
            show(frontier, point)
        if point.number:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TablesWarning)  # said of the same tables before
                data = dataset(prepared, source, (*without, *point.alternative.without), readable=readable)
            y = data.defaulted[parts.train]
            changes = point.alternative.changes(frontier.attributes, values_of(data), parts.train, y, data.columns)
            kept = _checkpoints(resume, data, parts, seed, costs, tell, changes)
    elif plan.by:
        compared = {"attributes": [one.to_dict() for one in attributes(plan.by, values_of(data))]}
    del prepared
    contenders = compare(data, parts, seed, candidates, tell, costs=costs, kept=kept)
    crowned = record_best_model(
        data,
        parts,
        seed,
        trials,
        minutes,
        study,
        lambda trial, wanted: tell("Champion", trial.number + 1, wanted),
        costs=costs,
        kept=kept,
        changes=changes,
    )
    tell("the application columns alone, and the predecessor", 1, 1)
    original = search(candidate("LightGBM"), application_columns(data), parts, seed, costs=costs, kept=kept)
    before = predecessor(data, parts, seed, costs=costs, kept=kept)
    options = [f"--seed {seed}", f"--trials {trials}"]
    options += [f"--clients {clients}"] if clients is not None else []
    options += [f"--tables {','.join(('application', *histories))}"] if set(histories) < set(HISTORIES) else []
    options += [f"--label-one-means {label_one_means}"] if label_one_means is not None else []
    options += [f"--without {','.join(without)}"] if without else []
    options += plan.options
    options += [f"--explored {explored.share:g}"] if explored is not None else []
    verb = "train" if explored is None else "challenge"  # which alone reads the log
    command = f"python -m credit {verb} {Path(folder).resolve().name} {' '.join(options)} {terms.options}"
    known = known_states(
        data,
        parts,
        crowned[0].contender,
        seed,
        lambda case, number, of: tell(f"known: {case}", number, of),
        costs=costs,
        kept=kept,
    )
    settings = {"seed": seed, "clients": len(data), "command": command}
    _, best = record_comparison(
        data, parts, contenders, original, settings, before, crowned, known, costs=costs, fairness=compared
    )
    tell("threshold and export", 1, 1)
    outcome = finalize(bundle, best, force, ship=ship, plan=terms.plan, gate=gate).outcome
    kept.remove()
    looks.remove()
    return outcome


def find_alternatives(
    folder: str | Path,
    bundle: str | Path = "mlruns_reduced",
    by: Sequence[str] = (),
    clients: int | None = None,
    seed: int = 7,
    histories: Sequence[str] = HISTORIES,
    progress: Progress | None = None,
    trials: int = champions.TRIALS,
    minutes: float | None = None,
    study: str | Path | None = None,
    label_one_means: str | None = None,
    terms: Terms | None = None,
    without: Sequence[str] = (),
    readable: Collection[str] | None = None,
    resume: str | Path | None = None,
) -> Frontier:
    """Look at the less discriminatory alternatives to a training, and train none of them in full.

    ``folder``, ``bundle``, ``clients``, ``seed``, ``histories``, ``progress``, ``trials``, ``minutes``, ``study``,
    ``label_one_means``, ``terms``, ``without``, ``readable`` and errors are those of `train`; ``by``: columns by which
    approvals are compared beside gender and age. What was looked at stays in ``resume``, so that `train` with the same
    arguments and a point does not look again.
    """
    tell = progress or (lambda *_: None)
    if study is not None:
        check_storage(study)
    costs = (terms or terms_of(bundle)).costs
    tell("features", 1, 1)
    prepared = prepare(folder, clients, seed, histories, label_one_means)
    data = dataset(prepared, source_of(folder, histories, label_one_means), without, readable=readable)
    del prepared
    parts = split(data, seed)
    kept = _checkpoints(resume, data, parts, seed, costs, tell)
    frontier = search_frontier(data, parts, by, seed, trials, minutes, study, costs=costs, kept=kept, progress=tell)
    record_frontier(frontier, None, "", data.source)
    return frontier


def _checkpoints(
    resume: str | Path | None,
    data: Dataset,
    parts: Split,
    seed: int,
    costs: Costs,
    tell: Progress,
    changes: Changes = NONE,
) -> Checkpoints:
    """Those of a training with ``changes`` of the usual one; none where there is no folder for them."""
    if resume is None:
        return Checkpoints()
    return Checkpoints.of(resume, data, parts, seed, costs, lambda said: tell(said, 1, 1), changes.key)
