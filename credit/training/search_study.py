"""The Optuna study in which the trials of a search stand on disk: opened, checked, read, and what it proposes.

A study has the fingerprint of clients, folds, seed and search space as its name: with other values another one begins.
"""

import hashlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm as lgb
import optuna

from credit.features import monotone_directions
from credit.files import git_lfs
from credit.training import monotone_check, sqlite_file
from credit.training.dataset import Dataset, Split


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


def study(data: Dataset, parts: Split, seed: int, storage: str | Path | None, space: Sequence[Any]) -> optuna.Study:
    """The study of these clients, folds, seed and this search ``space``; a new one where there is none.

    ``data``, ``parts``: the clients and their folds. ``seed``: of the search. ``storage``: the SQLite file, checked
    first; None keeps the study in memory.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sense = [
        monotone_directions.signs(data.columns),
        [monotone_directions.mixed(name) for name in data.columns],
        monotone_check.METHOD,
    ]
    asked = json.dumps([data.source["fingerprint"], data.columns, seed, *sense, *space, lgb.__version__])
    name = hashlib.sha256(asked.encode() + parts.train.tobytes() + parts.fold.tobytes()).hexdigest()[:16]
    if storage is not None:
        check_storage(storage)
    place = None if storage is None else _address(storage)
    return optuna.create_study(study_name=name, storage=place, direction="minimize", load_if_exists=True)


#: Of a trial, what stands in the study beside its parameters.
KEPT = ("log_loss", "first_log_loss", "trees", "seconds", "halved")


def read(number: int, trial: optuna.trial.FrozenTrial) -> Trial:
    """A trial that has ended."""
    return Trial(number, dict(trial.params), **{name: trial.user_attrs[name] for name in KEPT})


def proposed(trial: optuna.trial.Trial) -> dict[str, Any]:
    """The next parameters that the study's sampler proposes."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.015, 0.12, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 2, 31, log=True),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.03, 0.3, log=True),
        "subsample": trial.suggest_float("subsample", 0.4, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1.0, 500.0, log=True),
        "min_child_samples": trial.suggest_int("min_child_samples", 10, 500, log=True),
    }
