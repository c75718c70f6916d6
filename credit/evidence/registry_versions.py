"""The versions of the model that MLflow's registry in a folder knows: when each was registered, and why."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec

#: A place on a machine: two parts or more, from the root on. Reasons of a promotion may name the folder of a model.
_PLACE = re.compile(r"(?<![\w./-])(?:[A-Za-z]:)?(?:[/\\][\w.@+-]+){2,}[/\\]?")


class RegisteredVersion(msgspec.Struct, frozen=True):
    """``number``. ``registered``: ISO time, UTC. ``aliases``: champion, challenger, previous. ``allowed``: yes or no,
    whether it was shown not to be worse; empty where it was not compared. ``reason``: what the comparison came to.
    """

    number: int
    registered: str
    aliases: tuple[str, ...]
    allowed: str
    reason: str


def registered_versions(folder: Path) -> tuple[RegisteredVersion, ...]:
    """Those in ``folder``/mlflow.db, the oldest first; nothing is written.

    Raises ``TrackingError`` for a database that the installed MLflow cannot use, and ``ModuleNotFoundError`` without
    MLflow.
    """
    from mlflow import MlflowClient

    from credit.training import mlflow_store, tracking

    database = (folder / mlflow_store.DATABASE).resolve()
    mlflow_store.check(database)
    address = f"sqlite:///{database}"
    client = MlflowClient(tracking_uri=address, registry_uri=address)
    if not (models := client.search_registered_models(f"name = '{tracking.MODEL}'")):
        return ()
    aliases: dict[str, list[str]] = {}
    for alias, number in models[0].aliases.items():
        aliases.setdefault(str(number), []).append(alias)
    found = client.search_model_versions(f"name = '{tracking.MODEL}'", max_results=10_000)
    return tuple(
        RegisteredVersion(
            number=int(one.version),
            registered=datetime.fromtimestamp(one.creation_timestamp / 1000, UTC).isoformat(timespec="seconds"),
            aliases=tuple(sorted(aliases.get(str(one.version), ()))),
            allowed=one.tags.get("allowed", ""),
            reason=without_places(one.tags.get("reason", "")),
        )
        for one in sorted(found, key=lambda one: int(one.version))
    )


def without_places(text: str) -> str:
    """``text`` with the last part alone of each place on a machine.

    >>> without_places("no model is shipped in /srv/bank/mlruns_reduced yet, 1/2 of 3/4")
    'no model is shipped in mlruns_reduced yet, 1/2 of 3/4'
    """
    return _PLACE.sub(lambda place: re.split(r"[/\\]", place[0].rstrip("/\\"))[-1], text)
