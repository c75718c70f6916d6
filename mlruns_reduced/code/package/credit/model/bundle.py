"""Saving and loading mlruns_reduced/: what serving needs and nothing else.

    model.pkl        a classifier whose predict_proba(X)[:, 1] is the calibrated probability of default (cloudpickle)
    columns.pkl      the list of its columns
    best_threshold   a text file with one number: the probability at which a loan is refused
    profile.json     what the features of the training clients look like, for drift; a bundle may do without
    manifest.json    the SHA-256 of each of them, the versions that wrote them, the data, the metrics

A pickle can run code and goes stale with the libraries that wrote it. So loading compares hashes and versions before
it unpickles anything, and refuses in one clear sentence. This finds a file that was damaged, cut short, swapped or
mixed up with another export. Anyone who may write the folder may write its manifest too: keep it as safe as the code.
"""

import hashlib
import io
import os
import platform
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import cloudpickle
import joblib
import msgspec
import numpy as np

from credit.model import manifest as manifests
from credit.model.manifest import (
    COLUMNS,
    FILES,
    FORMAT,
    MANIFEST,
    MODEL,
    PROFILE,
    RESTORE,
    THRESHOLD,
    BundleError,
    aside,
)
from credit.model.manifest_parts import Manifest
from credit.model.scorer import Scorer


def save_bundle(
    folder: str | Path,
    model: Any,
    columns: Sequence[str],
    threshold: float,
    manifest: Mapping[str, Any],
    extra_files: Path | None = None,
    pages: Callable[[Manifest], dict[str, str]] | None = None,
    profile: bytes | None = None,
) -> Path:
    """Write a bundle into ``folder``, replacing what is there; returns the folder.

    ``columns``: the features in the order in which ``model`` reads them. ``threshold``: the probability at or above
    which a loan is refused. ``manifest``: at least ``data`` with ``simulated`` and ``model`` with ``name``; ``format``,
    ``created``, ``files`` and ``versions`` are filled in here. ``extra_files``: a folder as MLflow writes it (MLmodel
    and its companions), copied beside; if it holds a model.pkl, that file is kept and must answer as ``model`` does.
    ``pages``: from the full manifest to texts by file name, such as the model card, written beside. ``profile``: as
    ``credit.monitoring.profile`` writes it.

    Everything is written into a new folder beside and loaded once as a check; only then do two renames swap it in. An
    interruption leaves the old folder, or both under neighbouring names, never a half-written one. Raises
    `BundleError` for a bundle that could not be loaded again.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _finish_interrupted(folder)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        if extra_files is not None:
            shutil.copytree(extra_files, new, dirs_exist_ok=True)
        if not (new / MODEL).exists():
            (new / MODEL).write_bytes(cloudpickle.dumps(model))
        joblib.dump(list(columns), new / COLUMNS)
        (new / THRESHOLD).write_text(f"{float(threshold)!r}\n", encoding="ascii")
        if profile is not None:
            (new / PROFILE).write_bytes(profile)
        written = (*FILES, *([PROFILE] if profile is not None else []))
        full = {
            **manifest,
            "format": FORMAT,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": {name: manifests.sha256(new / name) for name in written},
            # A folder that is written anew elsewhere holds the model of the processor that trained it.
            "versions": {"processor": platform.machine(), **manifest.get("versions", {}), **manifests.versions()},
        }
        _finish(new, folder, cast(Manifest, full), pages, model)  # which loads it, and so checks it
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def rewrite_bundle(
    folder: str | Path,
    threshold: float,
    changed: Callable[[Manifest], Manifest],
    pages: Callable[[Manifest], dict[str, str]] | None = None,
    profile: bytes | None = None,
    instead_of: str | None = None,
) -> Path:
    """Give a bundle another threshold, and what ``changed`` makes of its manifest; model and columns stay as they are.

    ``folder``: of the bundle. ``threshold``: the new one. ``pages``, ``profile``: as for ``save``; without a profile
    the one that is there stays. ``instead_of``: a folder in the bundle that ``pages`` write anew. Written beside and
    renamed, as there. Raises `BundleError` for a bundle that cannot be loaded, before or after.
    """
    folder = Path(folder)
    if folder.resolve() == manifests.PACKAGED:
        raise BundleError(
            f"{folder} is the model of the installed package, which stays as it was shipped: copy it, "
            f"cp -r {shlex.quote(str(folder))} {manifests.BUNDLE}, and change the copy"
        )
    manifest = manifests.verify(folder)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.resolve().parent))
    try:
        shutil.copytree(folder, new, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        if instead_of is not None:
            shutil.rmtree(new / instead_of, ignore_errors=True)
        (new / THRESHOLD).write_text(f"{float(threshold)!r}\n", encoding="ascii")
        full = changed(manifest)
        full["files"] = {**manifest["files"], THRESHOLD: manifests.sha256(new / THRESHOLD)}
        if profile is not None:
            (new / PROFILE).write_bytes(profile)
            full["files"][PROFILE] = manifests.sha256(new / PROFILE)
        _finish(new, folder, full, pages)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def adopt_bundle(folder: str | Path, source: str | Path) -> Path:
    """Let a copy of the bundle in ``source`` take the place of what is in ``folder``.

    Written beside and renamed, as in ``save``. Raises `BundleError` for a bundle that cannot be loaded.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _finish_interrupted(folder)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.resolve().parent))
    try:
        shutil.copytree(source, new, dirs_exist_ok=True)
        load_bundle(new)
        _install(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def _finish(
    new: Path,
    folder: Path,
    manifest: Manifest,
    pages: Callable[[Manifest], dict[str, str]] | None,
    model: Any = None,
) -> None:
    """Write manifest and pages, load the new folder as a check, and only then let it take the old one's place."""
    (new / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    for name, text in (pages(manifest) if pages else {}).items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).write_text(text, encoding="utf-8")
    loaded = load_bundle(new)
    if model is not None:
        _check_same(loaded, model)
    _install(new, folder)


def _install(new: Path, folder: Path) -> None:
    """What is on the disk takes the old folder's place."""
    new.chmod(0o755)  # mkdtemp's folder is the owner's alone
    for path in new.rglob("*"):
        _to_disk(path)
    _swap(new, folder)


def read_threshold(folder: str | Path) -> float:
    """The threshold of a bundle whose files were checked. Raises `BundleError`."""
    manifests.verify(folder)
    return manifests.threshold(Path(folder) / THRESHOLD)


def load_bundle(folder: str | Path) -> Scorer:
    """The scorer in ``folder``, after every check. Raises `BundleError` with one sentence that says what to do.

    Hashes and versions are compared before a byte is unpickled. To be called in the process that scores: LightGBM's
    threads do not survive a fork.
    """
    # Here and not above: anyone who only imports the app, and loads no model, does not wait for scikit-learn and
    # LightGBM.
    from credit.model import lightgbm_fast

    folder = Path(folder)
    manifest = manifests.verify(folder)
    columns = _columns(folder / COLUMNS, manifest)
    threshold = manifests.threshold(folder / THRESHOLD)
    model = _unpickled(folder / MODEL, manifest)
    _check_model(model, folder / MODEL, len(columns))
    lightgbm_fast.one_thread(model)
    scorer = Scorer(model, columns, threshold, manifest, lightgbm_fast.default_probability(model, len(columns)))
    _check_answer(scorer, folder / MODEL)
    return scorer


def _columns(path: Path, manifest: Manifest) -> list[str]:
    columns = _unpickled(path, manifest)
    if not isinstance(columns, list) or not columns or not all(isinstance(name, str) for name in columns):
        raise BundleError(f"{path} must hold a list of column names, not {type(columns).__name__}. {RESTORE}")
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise BundleError(f"{path} names {repeated[0]!r} more than once; a column has one place. {RESTORE}")
    unfit = [name for name in columns if any(letter in '"\\' or letter < " " for letter in name)]
    if unfit:
        raise BundleError(
            f"{path} names {unfit[0]!r}; quotation marks, \\ and control characters cannot be sent. {RESTORE}"
        )
    if "SK_ID_CURR" in columns:
        raise BundleError(f"{path} names SK_ID_CURR, which says who a client is and is never a feature. {RESTORE}")
    return columns


def _unpickled(path: Path, manifest: Manifest) -> Any:
    data = path.read_bytes()
    manifests.check_hash(path, hashlib.sha256(data).hexdigest(), manifest)  # of the very bytes that are unpickled
    try:
        return joblib.load(io.BytesIO(data))
    except Exception as error:  # a pickle may raise anything: a missing module, an attribute that moved
        raise BundleError(f"{path} cannot be unpickled ({_brief(error)}). {RESTORE}") from error


def _check_model(model: Any, path: Path, columns: int) -> None:
    if not callable(getattr(model, "predict_proba", None)):
        raise BundleError(f"{path} holds a {type(model).__name__}, which has no predict_proba. {RESTORE}")
    classes = len(getattr(model, "classes_", ()))
    if classes != 2:
        raise BundleError(f"{path} must know two classes, repaid and default; it knows {classes}. {RESTORE}")
    wanted = getattr(model, "n_features_in_", columns)
    if wanted != columns:
        raise BundleError(f"{path} wants {wanted} columns, and {COLUMNS} names {columns}. {RESTORE}")


def _check_answer(scorer: Scorer, path: Path) -> None:
    """A client of whom nothing is known must get a probability: NaN is how a missing feature reaches the model."""
    try:
        answer = scorer.probability(np.full((1, len(scorer.columns)), np.nan))
    except Exception as error:  # whatever the model's own code raises
        raise BundleError(f"{path} cannot score a client with missing features ({_brief(error)}). {RESTORE}") from error
    if answer.shape != (1,) or not 0 <= answer[0] <= 1:
        raise BundleError(f"{path} must answer one probability in [0, 1], not {answer!r}. {RESTORE}")


def _check_same(scorer: Scorer, model: Any) -> None:
    from credit.model import lightgbm_fast

    clients = lightgbm_fast.probe(len(scorer.columns))
    if not np.allclose(
        scorer.probability(clients), model.predict_proba(clients)[:, 1], rtol=0, atol=lightgbm_fast.TOLERANCE
    ):
        raise BundleError(f"The written {MODEL} does not answer as the model that was handed over; export it again.")


def _brief(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def _finish_interrupted(folder: Path) -> None:
    kept = aside(folder)
    if kept.is_dir() and not folder.exists():
        kept.rename(folder)
    shutil.rmtree(kept, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    kept = aside(folder)
    if folder.exists():
        folder.rename(kept)
    try:
        new.rename(folder)
    except OSError:
        if kept.exists():
            kept.rename(folder)
        raise
    shutil.rmtree(kept, ignore_errors=True)
    _to_disk(folder.parent)


def _to_disk(path: Path) -> None:
    """Bytes reach the disk before the names that point at them."""
    if os.name != "posix":
        return  # elsewhere a file opened for reading cannot be flushed
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
