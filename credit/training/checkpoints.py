"""What a training has finished so far, kept in a folder, so that one that was interrupted goes on where it stopped.

A step is kept under a name and everything that it depends on: clients, folds, seed, costs, the code and the versions of
the packages. Anything else makes another folder, so that nothing is ever taken from another training. Steps are
pickles of this machine's user; each is loaded only where its bytes have the SHA-256 that was written after it.

The folder of a training is removed when the training has ended, and those that nobody has gone on with for a week are
removed when the next one begins.
"""

import hashlib
import json
import os
import platform
import shutil
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import joblib

from credit.decision.cost import Costs
from credit.files.output import write_then_rename
from credit.training.dataset import Dataset, Split

Result = TypeVar("Result")

#: Where trainings keep them, of the project's folder.
FOLDER = Path("run/checkpoints")
#: What decides what a model is, beside this project's code.
_PACKAGES = ("joblib", "lightgbm", "numpy", "polars", "scikit-learn", "scipy")
#: A training that nobody has gone on with for so many seconds is forgotten.
_FORGOTTEN = 7 * 24 * 3600


class Checkpoints:
    """Finished steps in ``folder``; None keeps nothing and makes every step anew.

    ``told``: called with a sentence where a step of an earlier command, an interrupted training or a look, is used
    again: one that was there at the beginning. A training that needs the same step twice makes it once, and says
    nothing of it.
    """

    def __init__(self, folder: Path | None = None, told: Callable[[str], None] = lambda _: None) -> None:
        self.folder, self._told = folder, told
        self._there = frozenset() if folder is None else frozenset(path.stem for path in folder.glob("*.sha256"))

    @classmethod
    def of(
        cls,
        root: str | Path,
        data: Dataset,
        parts: Split,
        seed: int,
        costs: Costs,
        told: Callable[[str], None] = lambda _: None,
        changes: tuple[object, ...] = (),
    ) -> "Checkpoints":
        """Those of one training, in a folder of its own in ``root``. ``changes``: of the usual training, whose ``repr``
        says all.

        ``data``, ``parts``, ``seed``, ``costs``: on which all steps depend. ``told``: as the class says.
        """
        described = {
            "clients": data.source["fingerprint"],
            "columns": data.columns,
            "seed": seed,
            "costs": costs.to_dict(),
            "code": code(),
            "processor": platform.machine(),
            "versions": {name: version(name) for name in _PACKAGES},
            **({"changes": repr(changes)} if changes else {}),
        }
        digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
        for positions in (parts.train, parts.test, parts.fold):
            digest.update(positions.tobytes())
        root = Path(root)
        _forget(root)
        return cls(root / digest.hexdigest()[:16], told)

    def step(self, name: str, make: Callable[[], Result], *depends: object) -> Result:
        """What ``make`` gave in an earlier training, else what it gives now, which is kept.

        ``depends``: what else the result depends on, of values whose ``repr`` says all. A step that cannot be kept or
        read, for a full or damaged disk, is made all the same; a warning says so.
        """
        if self.folder is None:
            return make()
        place = self.folder / f"{hashlib.sha256(repr((name, *depends)).encode()).hexdigest()[:16]}.joblib"
        kept = self._read(place, name)
        if kept is not None:
            if place.stem in self._there:
                self._told(f"{name}: used again as an earlier command left it")
            return kept[0]
        result = make()
        self._write(place, name, result)
        return result

    def remove(self) -> None:
        """Remove all steps: the training has ended, and another one with the same name begins anew."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, place: Path, name: str) -> tuple[Any] | None:
        """The result in a tuple, for it may be None itself; None where there is none."""
        try:
            written, expected = place.read_bytes(), _hash_of(place).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            warnings.warn(f"the kept step {name} in {place} cannot be read ({error}) and is made anew", stacklevel=3)
            return None
        if hashlib.sha256(written).hexdigest() != expected:
            warnings.warn(f"the kept step {name} in {place} is damaged and is made anew", stacklevel=3)
            return None
        os.utime(place.parent)
        return (joblib.load(BytesIO(written)),)

    def _write(self, place: Path, name: str, result: object) -> None:
        buffer = BytesIO()
        joblib.dump(result, buffer)
        written = buffer.getbuffer()
        try:
            # The hash comes last: a step without it was not finished, and is no step.
            for path, content in (
                (place, written),
                (_hash_of(place), hashlib.sha256(written).hexdigest().encode("ascii")),
            ):
                with write_then_rename(path) as new:
                    new.write_bytes(content)
        except OSError as error:
            warnings.warn(f"the step {name} cannot be kept in {place} ({error}); the training goes on", stacklevel=3)


#: Keeps nothing.
NONE = Checkpoints()


def code() -> str:
    """The SHA-256 of the package's source and data files: with other code, a step may come to something else."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in (".py", ".json"):
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _hash_of(place: Path) -> Path:
    return place.with_suffix(".sha256")


def _forget(root: Path) -> None:
    """Remove the folders of trainings that nobody has gone on with."""
    if not root.is_dir():
        return
    for folder in root.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > _FORGOTTEN:
            shutil.rmtree(folder, ignore_errors=True)
