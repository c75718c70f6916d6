"""Keep what was trained in MLflow: SQLite beside the project, one run a model."""

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

from credit import cost as money

EXPERIMENT = "credit-scoring"
#: The runs besides one for each model.
ORIGINAL_COLUMNS, BEST_MODEL, BEST_THRESHOLD = "Original Columns", "Best Model", "Best Threshold"


class TrackingError(LookupError):
    """What a step needs from the step before is not in the tracking store."""


def open_store(folder: str | Path = ".") -> None:
    """Use ``folder``/mlflow.db for runs and ``folder``/mlartifacts for files; both are made where there are none."""
    # MLflow reports every table of a new database and warns that cloudpickle can run code; the first helps nobody, and
    # the second is why files are checked by their hash before they are loaded.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(EXPERIMENT, artifact_location=(folder / "mlartifacts").as_uri())
    mlflow.set_experiment(EXPERIMENT)


@contextmanager
def run(name: str, **tags: str) -> Iterator["Recorder"]:
    """A run of that name; what is recorded inside belongs to it."""
    with mlflow.start_run(run_name=name, tags=tags or None):
        yield Recorder()


class Recorder:
    """Records into the run that is open."""

    def parameters(self, values: Mapping[str, Any]) -> None:
        """Settings, as text."""
        mlflow.log_params({name: str(value)[:500] for name, value in values.items()})

    def metrics(self, values: Mapping[str, float]) -> None:
        """Numbers."""
        mlflow.log_metrics({name: float(value) for name, value in values.items()})

    def cost_curve(self, costs: np.ndarray) -> None:
        """The cost at each of ``credit.cost.THRESHOLDS`` as cost_threshold_0.01 ... cost_threshold_0.99."""
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

    def kept(self, name: str) -> Any:
        """An object kept under that name. Raises ``TrackingError``, and loads nothing, where its file was changed."""
        path = self.folder / f"{name}.joblib"
        if _sha256(path) != self.tags.get(f"sha256.{name}"):
            raise TrackingError(f"{path.name} is not the file that its run recorded; run notebook 2_models again")
        return joblib.load(path)


@contextmanager
def latest(name: str) -> Iterator[Finished]:
    """The files of the newest finished run of that name.

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
    with tempfile.TemporaryDirectory() as folder:
        mlflow.artifacts.download_artifacts(run_id=found[0].info.run_id, dst_path=folder)
        yield Finished(Path(folder), dict(found[0].data.tags))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
