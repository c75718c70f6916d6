"""Keep what was trained in MLflow: a SQLite file in the project's folder, one run a model."""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import mlflow
import numpy as np
import polars as pl
from matplotlib.figure import Figure
from mlflow import MlflowClient
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from credit.decision import cost as money
from credit.model import Scorer, load_bundle
from credit.program import PROGRAM
from credit.training import mlflow_flavour, mlflow_store
from credit.training.mlflow_store import EXPERIMENT, TrackingError
from credit.training.model_identity import alike

#: Asks for the newest run of a name in place of one by its id; and the file in which a notebook leaves an id.
NEWEST, _HANDED_ON = "newest", "best_model"

#: The runs besides one for each model.
ORIGINAL_COLUMNS, BEST_MODEL, BEST_THRESHOLD = "Original Columns", "Best Model", "Best Threshold"
FAIRNESS = "Fairness"


#: The registered model and the aliases of its versions: the shipped one, the one that was not shipped beside it, and
#: the one that was shipped before.
MODEL, CHAMPION, CHALLENGER, PREVIOUS = "credit-scoring", "champion", "challenger", "previous"
#: What serving needs, recorded with each version.
BUNDLE = "bundle"
#: The table of whom a version has learnt from, SK_ID_CURR alone.
TRAINING_CLIENTS = "training_clients"


def open_store(folder: str | Path = ".") -> str:
    """Use ``folder``/mlflow.db for runs and ``folder``/mlartifacts for files; both are made where there are none.

    Returns the id of the experiment. A folder that was moved goes on with its own files. Raises ``TrackingError`` for a
    database that the installed MLflow cannot use, and says what to do.
    """
    # MLflow reports every table of a new database and warns that cloudpickle can run code; the first helps nobody, and
    # the second is why files are checked by their hash before they are loaded.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    mlflow_store.check(folder / mlflow_store.DATABASE)
    mlflow_store.bring_home(folder)
    mlflow.set_tracking_uri(f"sqlite:///{folder / mlflow_store.DATABASE}")
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(EXPERIMENT, artifact_location=(folder / mlflow_store.ARTIFACTS).as_uri())
    return str(mlflow.set_experiment(EXPERIMENT).experiment_id)


@contextmanager
def run(name: str, child: bool = False) -> Iterator["Recorder"]:
    """A run of that name, inside the open one if it is a ``child``; what is recorded inside belongs to it."""
    with mlflow.start_run(run_name=name, nested=child) as started:
        yield Recorder(started.info.run_id)


@contextmanager
def again(run_id: str) -> Iterator["Recorder"]:
    """A finished run, opened to record more."""
    with mlflow.start_run(run_id=run_id):
        yield Recorder(run_id)


@dataclass(frozen=True)
class Recorder:
    """Records into the run that is open, ``run_id``."""

    run_id: str

    def data(self, source: Mapping[str, Any]) -> None:
        """What the run learned from: the name of the folder, and the fingerprint of features and outcomes."""
        folder = str(source.get("folder", "data"))
        known = MetaDataset(CodeDatasetSource({"folder": folder}), folder, digest=str(source["fingerprint"])[:36])
        mlflow.log_input(known, context="training", tags={k: str(v)[:500] for k, v in source.items()})

    def parameters(self, values: Mapping[str, Any]) -> None:
        """Settings, as text."""
        mlflow.log_params({name: str(value)[:500] for name, value in values.items()})

    def metrics(self, values: Mapping[str, float]) -> None:
        """Numbers; what could not be measured (NaN) is left out."""
        mlflow.log_metrics({name: float(value) for name, value in values.items() if np.isfinite(value)})

    def cost_curve(self, costs: np.ndarray) -> None:
        """The cost at each of ``credit.decision.cost.THRESHOLDS`` as cost_threshold_0.01 ... cost_threshold_0.99."""
        self.metrics({f"cost_threshold_{t:.2f}": c for t, c in zip(money.THRESHOLDS, costs, strict=True)})

    def figure(self, figure: Figure, name: str) -> None:
        """A picture, as PNG."""
        mlflow.log_figure(figure, f"{name}.png")

    def table(self, frame: pl.DataFrame, name: str) -> None:
        """A table, as Parquet, for the next step."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.parquet"
            frame.write_parquet(path)
            mlflow.log_artifact(str(path))

    def facts(self, values: Mapping[str, Any], name: str) -> None:
        """Nested facts, as JSON."""
        mlflow.log_text(json.dumps(values, indent=2, default=str), f"{name}.json")

    def folder(self, path: Path, name: str) -> None:
        """The files of a folder, for another time."""
        mlflow.log_artifacts(str(path), name)

    def register(self, bundle: Path, champion: bool) -> int:
        """Log the model in the folder ``bundle`` and register it as ``MODEL``; returns its version.

        The run must have recorded the folder under `BUNDLE`, see `folder`.

        As ``champion`` it takes that alias, and the champion before it is the previous one where it was another model;
        otherwise it is the challenger. Raises ``BundleError`` for a folder that cannot be loaded.
        """
        logged = Model.log(None, name="model", flavor=mlflow_flavour, bundle=bundle)
        registry = MlflowClient()
        if not registry.search_registered_models(f"name = '{MODEL}'"):
            registry.create_registered_model(MODEL)
        number = int(registry.create_model_version(MODEL, logged.model_uri, self.run_id).version)
        if champion:
            _succeed(number)
        else:
            set_alias(CHALLENGER, number)
        return number

    def keep(self, thing: Any, name: str) -> None:
        """A Python object for the next step, with its SHA-256 as a tag of the run."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.joblib"
            joblib.dump(thing, path)
            mlflow.set_tag(f"sha256.{name}", _sha256(path))
            mlflow.log_artifact(str(path))


@dataclass(frozen=True)
class Finished:
    """The files of a finished run, in a folder that lasts as long as the block of ``latest``."""

    folder: Path
    tags: dict[str, str]

    def table(self, name: str) -> pl.DataFrame:
        """A table recorded under that name."""
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def facts(self, name: str) -> dict[str, Any]:
        """Facts recorded under that name."""
        return json.loads((self.folder / f"{name}.json").read_text())

    def has(self, name: str) -> bool:
        """Whether an object was kept under that name."""
        return f"sha256.{name}" in self.tags

    def kept(self, name: str) -> Any:
        """An object kept under that name. Raises ``TrackingError``, and loads nothing, where its file was changed."""
        path = self.folder / f"{name}.joblib"
        if _sha256(path) != self.tags.get(f"sha256.{name}"):
            raise TrackingError(f"{path.name} is not the file that its run recorded; run notebook 2_models again")
        return joblib.load(path)


@contextmanager
def registered(alias: str, name: str) -> Iterator[Path]:
    """The folder or file ``name`` that the run of the model with that alias has recorded, while the block lasts.

    Raises ``TrackingError`` where no model has the alias, or its run nothing of that name.
    """
    with _recorded(_version(alias), name, f", the {alias},") as path:
        yield path


@contextmanager
def _recorded(version: Any, name: str, called: str = "") -> Iterator[Path]:
    """The folder or file ``name`` that the run of that version has recorded, while the block lasts."""
    run_id = version.run_id
    if not any(one.path == name for one in MlflowClient().list_artifacts(run_id)):
        place = MlflowClient().get_run(run_id).info.artifact_uri
        raise TrackingError(
            f"version {version.version} of the model{called} has lost its files: there is no {name} in {place}. "
            f"Bring the folder {mlflow_store.ARTIFACTS} back, or move {mlflow_store.DATABASE} aside, and a new store "
            "is begun"
        )
    with tempfile.TemporaryDirectory() as folder:
        yield Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=name, dst_path=folder))


def _version(alias: str) -> Any:
    found = aliases().get(alias)
    if found is None:
        where = mlflow.get_tracking_uri()
        raise TrackingError(f"no model in {where} is the {alias} one; {_COME_BY[alias]}")
    return MlflowClient().get_model_version(MODEL, str(found))


#: How a version comes by an alias.
_COME_BY = {
    CHAMPION: f"train one: {PROGRAM} train DIR",
    CHALLENGER: f"train one: {PROGRAM} challenge DIR",
    PREVIOUS: "there is one as soon as another model was shipped after the first",
}


def aliases() -> dict[str, int]:
    """Alias -> version of the registered model; {} where none is registered."""
    if not MlflowClient().search_registered_models(f"name = '{MODEL}'"):
        return {}
    return {name: int(number) for name, number in MlflowClient().get_registered_model(MODEL).aliases.items()}


def set_alias(alias: str, version: int) -> None:
    """That version of the model has the alias from now on."""
    MlflowClient().set_registered_model_alias(MODEL, alias, str(version))


def set_champion(alias: str) -> None:
    """The version with that alias is the champion from now on, and the champion before it the previous one."""
    # The challenger keeps its alias until all else is written: a promotion that was stopped can go on from there.
    _succeed(aliases()[alias])
    if alias == CHALLENGER:
        MlflowClient().delete_registered_model_alias(MODEL, alias)


def _succeed(number: int) -> None:
    """That version is the champion from now on; the previous one is the last champion that decides otherwise.

    To go back to a copy of the champion would change nothing. Raises ``TrackingError`` where one of both has lost its
    files.
    """
    before = aliases().get(CHAMPION)
    if before is not None and not alike(_model(before), _model(number)):
        set_alias(PREVIOUS, before)
    set_alias(CHAMPION, number)


def _model(number: int) -> Scorer:
    """The model of that version."""
    with _recorded(MlflowClient().get_model_version(MODEL, str(number)), BUNDLE) as folder:
        return load_bundle(folder)


def place_of(bundle: str | Path) -> str:
    """Where a bundle is, from the folder of the store: that stays so where both are moved together."""
    store = mlflow.get_tracking_uri().removeprefix("sqlite:///")
    return os.path.relpath(Path(bundle).resolve(), Path(store).resolve().parent)


def note(number: int, **said: str) -> None:
    """Note something on a version of the model, as its tags."""
    for name, text in said.items():
        MlflowClient().set_model_version_tag(MODEL, str(number), name, text[:5000])


def notes(alias: str) -> dict[str, str]:
    """What was noted on the version with that alias. Raises ``TrackingError`` where none has it."""
    return dict(_version(alias).tags)


def training_clients(alias: str) -> frozenset[int] | None:
    """Whom the version with that alias has learnt from, by SK_ID_CURR; None where its run has not recorded it.

    A model that a repository ships has no such record here, and neither has one that Dask workers have trained: their
    training clients never come to one machine. Raises ``TrackingError`` where no version has the alias.
    """
    version = _version(alias)
    name = f"{TRAINING_CLIENTS}.parquet"
    if not any(one.path == name for one in MlflowClient().list_artifacts(version.run_id)):
        return None
    if MlflowClient().get_run(version.run_id).data.params.get("engine") == "dask":
        return None
    with _recorded(version, name) as path:
        return frozenset(pl.read_parquet(path)["SK_ID_CURR"].to_list())


@contextmanager
def finished(run_id: str, name: str) -> Iterator[Finished]:
    """The files of that run, which is one of that name.

    Raises ``TrackingError`` where there is no such run, where it has another name and where it has not finished.
    """
    try:
        found = MlflowClient().get_run(run_id)
    except MlflowException:
        raise TrackingError(
            f"there is no run {run_id!r} in {mlflow.get_tracking_uri()}; run the notebooks in order"
        ) from None
    if found.info.run_name != name:
        raise TrackingError(f"the run {run_id!r} is {found.info.run_name!r} and not {name!r}; name one of these")
    if found.info.status != "FINISHED":
        raise TrackingError(f"the run {run_id!r} has not finished ({found.info.status}); run the step before it again")
    with tempfile.TemporaryDirectory() as folder:
        mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=folder)
        yield Finished(Path(folder), dict(found.data.tags))


def newest(name: str) -> str:
    """The id of the newest finished run of that name, which another training may have made: only for people who ask.

    Raises ``TrackingError`` where there is none.
    """
    found = mlflow.search_runs(
        experiment_names=[EXPERIMENT],
        filter_string=f"attributes.run_name = '{name}' and attributes.status = 'FINISHED'",
        order_by=["attributes.start_time DESC"],
        max_results=1,
        output_format="list",
    )
    if not found:
        raise TrackingError(
            f"there is no finished run {name!r} in {mlflow.get_tracking_uri()}; run the notebooks in order"
        )
    return str(found[0].info.run_id)


def hand_on(run_id: str, folder: str | Path = "run") -> None:
    """Leave in ``folder`` for the next notebook which run "Best Model" is this training's."""
    path = Path(folder) / _HANDED_ON
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{run_id}\n", encoding="utf-8")


def handed_on(asked: str | None = None, folder: str | Path = "run") -> str:
    """The id of the run "Best Model" to go on with: the one that the notebook before has left in ``folder``.

    ``asked``: another one by its id, or `NEWEST` for the newest of all, whichever training has made it. Raises
    ``TrackingError`` where there is none.
    """
    if asked is not None:
        return newest(BEST_MODEL) if asked == NEWEST else asked
    path = Path(folder) / _HANDED_ON
    if not path.is_file():
        raise TrackingError(
            f"{path} does not say which run {BEST_MODEL!r} to go on with: run notebook 2_models, or set BEST_RUN to "
            f"the id of a run or to {NEWEST!r}"
        )
    return path.read_text(encoding="utf-8").strip()


@contextmanager
def latest(name: str) -> Iterator[Finished]:
    """The files of the newest finished run of that name. Raises ``TrackingError`` where there is none."""
    with finished(newest(name), name) as files:
        yield files


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
