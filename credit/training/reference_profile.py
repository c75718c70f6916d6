"""A profile for a model that was exported without one, or for another time: no training is needed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from credit.features.needed_tables import histories_of
from credit.model import Scorer, load_bundle, rewrite_bundle
from credit.monitoring.profile import Profile
from credit.tables import HISTORIES
from credit.tables.table_files import places
from credit.training.dataset import TEST_SHARE, dataset, prepare, split
from credit.training.split_membership import share_of


@dataclass(frozen=True)
class Profiled:
    """``clients``: in the profile. ``scored``: whose probabilities of default are in it. ``training``: whether these
    are the model's own training clients, and the scored ones its test clients.
    """

    clients: int
    scored: int
    training: bool


def profile(
    folder: str | Path,
    bundle: str | Path,
    clients: int | None = None,
    seed: int = 7,
    label_one_means: str | None = None,
) -> Profiled:
    """Write into ``bundle`` the profile of the clients of application_train in ``folder``; model and columns stay.

    Where these are the clients that the model was trained on (``clients`` and ``seed`` as then), features are those of
    its training clients and probabilities those of its test clients, whom it has not seen. Else, and for a model whose
    test clients were drawn by another rule, both are of all of them. ``label_one_means``: what TARGET 1 stands for, see
    ``credit.tables.label``. Raises ``BundleError``, ``TablesError``, and ValueError for a model with features that are
    not made.
    """
    model = load_bundle(bundle)
    prepared = prepare(folder, clients, seed, _histories(model, Path(folder)), label_one_means)
    data = dataset(prepared, without=model.manifest["data"].get("without", ()), wanted=model.columns)
    learners = judges = np.arange(len(data))
    same = model.manifest["data"].get("fingerprint") == data.source["fingerprint"]
    training = same and share_of(model.manifest) == TEST_SHARE
    if training:
        parts = split(data, seed)
        learners, judges = parts.train, parts.test
    x = data.x[:, [data.columns.index(name) for name in model.columns]]
    made = Profile.of(model.columns, x[learners], model.probability(np.ascontiguousarray(x[judges])))
    rewrite_bundle(bundle, model.threshold, lambda manifest: manifest, profile=made.written())
    return Profiled(len(learners), len(judges), training)


def _histories(model: Scorer, folder: Path) -> tuple[str, ...]:
    """The history tables of the model's training where the folder has them all, for their clients are known by all of
    the features that were made of them; else those that the model's columns need.
    """
    needed = histories_of(model.columns)
    named = model.manifest["data"].get("tables", HISTORIES)
    trained = tuple(name for name in HISTORIES if name in named)
    return trained if all(places(folder, name) for name in trained) else needed
