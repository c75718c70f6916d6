"""From tables to an exported model, in the steps that the notebooks show one by one."""

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

# Before any module imports MLflow, which would note an id in the home folder and send off what is called how often. The
# command line says the same, but a notebook comes here without it.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from credit.tables import HISTORIES
from credit.training import lightgbm_search as champions
from credit.training.candidates import CANDIDATES, Candidate, candidate
from credit.training.checkpoints import Checkpoints
from credit.training.dataset import Dataset, Split, application_columns, dataset, prepare, source_of, split
from credit.training.evaluation import Gain, closing_table, with_best
from credit.training.finalize import Finalized, finalize
from credit.training.knowledge_states import table as known_states
from credit.training.lightgbm_search import Champion
from credit.training.model_comparison import Contender, cheapest, compare, predecessor, search
from credit.training.recording import record_best_model, record_comparison
from credit.training.result import Outcome
from credit.training.search_study import Trial, check_storage
from credit.training.shipped import check
from credit.training.threshold_rule import Threshold, choose_threshold
from credit.training.training_terms import Terms, terms_of

__all__ = [
    "Champion",
    "Checkpoints",
    "Contender",
    "Dataset",
    "Finalized",
    "Gain",
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
    so that the same training goes on there after an interruption; nothing is kept without.

    The tracking store must be open, see ``tracking.open_store``. Raises what ``prepare`` and ``split`` raise, and
    before any work what ``shipped.check`` and `search_study.check_storage` raise.
    """
    tell = progress or (lambda *_: None)
    check(bundle)
    if study is not None:
        check_storage(study)
    terms = terms or terms_of(bundle)
    costs = terms.costs
    tell("features", 1, 1)
    prepared = prepare(folder, clients, seed, histories, label_one_means)
    data = dataset(prepared, source_of(folder, histories, label_one_means), without, readable=readable)
    del prepared
    parts = split(data, seed)
    kept = Checkpoints()
    if resume is not None:
        kept = Checkpoints.of(resume, data, parts, seed, costs, lambda said: tell(said, 1, 1))
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
    )
    tell("the application columns alone, and the predecessor", 1, 1)
    original = search(candidate("LightGBM"), application_columns(data), parts, seed, costs=costs, kept=kept)
    before = predecessor(data, parts, seed, costs=costs, kept=kept)
    options = [f"--seed {seed}", f"--trials {trials}"]
    options += [f"--clients {clients}"] if clients is not None else []
    options += [f"--tables {','.join(('application', *histories))}"] if set(histories) < set(HISTORIES) else []
    options += [f"--label-one-means {label_one_means}"] if label_one_means is not None else []
    options += [f"--without {','.join(without)}"] if without else []
    command = f"python -m credit train {Path(folder).resolve().name} {' '.join(options)} {terms.options}"
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
    _, best = record_comparison(data, parts, contenders, original, settings, before, crowned, known, costs=costs)
    tell("threshold and export", 1, 1)
    outcome = finalize(bundle, best, force, ship=ship, plan=terms.plan).outcome
    kept.remove()
    return outcome
