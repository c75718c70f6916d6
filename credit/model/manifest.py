"""The manifest of mlruns_reduced/: what it must say, and what it says against what is there.

Nothing here unpickles anything or loads a numerical library.
"""

import hashlib
import math
import platform
import shlex
import string
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import msgspec

from credit.files import git_lfs
from credit.model.manifest_parts import Manifest
from credit.program import PROGRAM, RETRAIN, in_checkout

#: The folder of the model where no other is named, in the working folder.
BUNDLE = "mlruns_reduced"

#: The shipped model in an installed package, where the build puts it (scripts/wheel_contents.py); a checkout has it in
#: `BUNDLE` alone.
PACKAGED = Path(__file__).parents[1] / "shipped_model"


def usual_bundle() -> Path:
    """The folder that is read where no other is named: `BUNDLE` in the working folder, else `PACKAGED`.

    Where an export into `BUNDLE` was interrupted, that folder is meant all the same.
    """
    here = Path(BUNDLE)
    return PACKAGED if PACKAGED.is_dir() and not (here.exists() or aside(here).exists()) else here


def bundle_option(bundle: str | Path) -> str:
    """The end of a printed command that is about this bundle: nothing where it is the usual one."""
    return "" if Path(bundle) in (Path(BUNDLE), PACKAGED) else f" --bundle {shlex.quote(str(bundle))}"


#: The manifest's format that this code writes and reads.
FORMAT = 1

MANIFEST = "manifest.json"
MODEL = "model.pkl"
COLUMNS = "columns.pkl"
THRESHOLD = "best_threshold"
FILES = (MODEL, COLUMNS, THRESHOLD)
#: What the features of the training clients look like, for drift; a bundle may do without.
PROFILE = "profile.json"

#: A pickle wants the release series that wrote it: these must agree in major and minor version.
PICKLED_BY = ("scikit-learn", "lightgbm", "numpy")

RESTORE = (
    f"Restore the folder (git checkout {BUNDLE} brings the shipped one back), or retrain with {RETRAIN}."
    if in_checkout()
    else f"Restore the folder, or retrain with {RETRAIN}."
)


class BundleError(Exception):
    """A model folder that cannot be trusted or used: what is wrong with it, and what to do, in one message."""


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """What this process would write a bundle with: Python and the packages whose objects the pickles hold."""
    return {"python": platform.python_version()} | {
        name: version(name) for name in (*PICKLED_BY, "joblib", "cloudpickle")
    }


def verify(folder: str | Path) -> Manifest:
    """The manifest of a folder whose files are all there, unchanged, and written by the installed release series.

    Raises `BundleError` with one sentence that says what to do.
    """
    folder = Path(folder)
    if not folder.is_dir():
        kept = aside(folder)
        if kept.is_dir():
            raise BundleError(
                f"An export of {folder} was interrupted: rename {kept} to {folder}, or retrain with {RETRAIN}."
            )
        raise BundleError(f"There is no folder {folder} with a model. {RESTORE}")
    for name in (MANIFEST, *FILES):
        if not (folder / name).is_file():
            raise BundleError(f"{folder / name} is missing. {RESTORE}")
    try:
        check_pointers(folder)
        manifest = read(folder / MANIFEST)
        if has_profile(manifest) and not (folder / PROFILE).is_file():
            raise BundleError(f"{folder / PROFILE} is missing. {RESTORE}")
        check_files(folder, manifest)
    except OSError as error:
        path = error.filename or folder
        raise BundleError(f"{path} cannot be read ({error.strerror}). Check its permissions.") from None
    check_versions(folder, manifest)
    return manifest


def check_pointers(folder: str | Path) -> None:
    """Refuse a folder one of whose files is a Git LFS pointer: its model is not gone, only not fetched.

    A file that is missing is nothing to say here. Raises `BundleError`, ``OSError``.
    """
    for name in (MANIFEST, *FILES, PROFILE):
        if git_lfs.is_pointer(path := Path(folder) / name):
            raise BundleError(f"{path} {git_lfs.ADVICE}.")


def aside(folder: Path) -> Path:
    """Where the folder that an export replaces stands between the two renames."""
    return folder.with_name(f".{folder.name}.old")


def read(path: Path) -> Manifest:
    """The manifest at ``path``, in the one form that the rest of the code relies on. Raises `BundleError`."""
    try:
        manifest: dict[str, Any] = msgspec.json.decode(path.read_bytes())  # as is checked below
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BundleError(f"{path} is not readable JSON ({error}). {RESTORE}") from None
    check(manifest, str(path))
    return cast(Manifest, manifest)


def check(manifest: Any, where: str) -> None:
    """Refuse a manifest that lacks what loading, the log or the welcome page need. Raises `BundleError`."""
    if not isinstance(manifest, dict):
        raise BundleError(f"{where} must hold a JSON object, not {type(manifest).__name__}. {RESTORE}")
    if manifest.get("format") != FORMAT:
        raise BundleError(
            f"{where} has format {manifest.get('format')!r}, and this version reads format {FORMAT}. "
            f"Use the version of the project that wrote it, or retrain with {RETRAIN}."
        )
    for name in FILES:
        if not _is_sha256(_at(manifest, "files", name)):
            raise BundleError(f"{where} must give the SHA-256 of {name} under files. {RESTORE}")
    if PROFILE in manifest["files"] and not _is_sha256(manifest["files"][PROFILE]):
        raise BundleError(f"{where} must give the SHA-256 of {PROFILE} under files. {RESTORE}")
    for name in ("python", *PICKLED_BY):
        if not isinstance(_at(manifest, "versions", name), str):
            raise BundleError(f"{where} must give the version of {name} under versions. {RESTORE}")
    if not isinstance(_at(manifest, "data", "simulated"), bool):
        raise BundleError(f"{where} must say under data whether it was simulated (true or false). {RESTORE}")
    if not isinstance(_at(manifest, "model", "name"), str):
        raise BundleError(f"{where} must give the model's name under model. {RESTORE}")
    try:
        datetime.fromisoformat(manifest.get("created", ""))
    except (TypeError, ValueError):
        raise BundleError(
            f"{where} must give an ISO time under created, not {manifest.get('created')!r}. {RESTORE}"
        ) from None


def check_files(folder: Path, manifest: Manifest) -> None:
    """Refuse a file that is not the one that was exported: its bytes are compared before anything is unpickled.

    What the threshold may be is said before: that file is a text, which somebody may have edited by hand.
    """
    threshold(folder / THRESHOLD)
    for name in (*FILES, *([PROFILE] if has_profile(manifest) else [])):
        check_hash(folder / name, sha256(folder / name), manifest)


def has_profile(manifest: Manifest) -> bool:
    """Whether the bundle was exported with a profile of its training clients."""
    return PROFILE in manifest["files"]


def check_hash(path: Path, found: str, manifest: Manifest) -> None:
    """Refuse a file whose SHA-256 is not the manifest's. Raises `BundleError`."""
    written = manifest["files"][path.name]
    if found != written:
        raise BundleError(
            f"{path} was changed after it was exported: its SHA-256 begins {found[:8]}, "
            f"the manifest says {written[:8]}. {RESTORE}"
        )


def threshold(path: Path) -> float:
    """The number in best_threshold, between 0 and 1. Raises `BundleError`."""
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found < 1:
        raise BundleError(
            f"{path} must hold one number between 0 and 1, not {text[:40]!r}. {RESTORE} "
            f"For another threshold: {PROGRAM} threshold --apply."
        )
    return found


def check_versions(folder: Path, manifest: Manifest) -> None:
    """Refuse pickles of another release series of scikit-learn, LightGBM or NumPy than the installed one."""
    for name in PICKLED_BY:
        here, written = version(name), manifest["versions"][name]
        if here.split(".")[:2] != written.split(".")[:2]:
            series = ".".join(written.split(".")[:2])
            raise BundleError(
                f"{folder} was written with {name} {written}, but {here} is installed. "
                f"Install {name}=={series}.*, or retrain with {RETRAIN}."
            )


def _at(manifest: dict[str, Any], section: str, name: str) -> Any:
    part = manifest.get(section)
    return part.get(name) if isinstance(part, dict) else None


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set(string.hexdigits.lower())
