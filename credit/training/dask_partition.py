"""The clients of a folder of features that is too large for one machine: who teaches, who validates, who is judged on.

The files are cut into pieces, and a piece is all that one worker holds at a time. A client's part is decided from that
client's own row: who is a test client by ``credit.training.split_membership``, the same for every training; of the
others a hash of the person and the seed draws the validation part. The same person has the same part wherever the rows
lie, and rows need not be compared with each other. The hash is that of ``credit.training.fingerprint``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from credit import features
from credit.features.engines import ABOUT
from credit.features.needed_tables import histories_of
from credit.program import PROGRAM
from credit.tables import TARGET
from credit.training.fingerprint import Content, mixed, uniform
from credit.training.split_membership import COLUMNS, is_test, persons

KEY, AMOUNT = "SK_ID_CURR", "AMT_CREDIT"
#: The probability with which the outcomes of a simulated bank were drawn; known to the judgement, no feature.
TRUTH = "PROBABILITY_OF_DEFAULT"
#: The parts, by number.
TRAIN, VALIDATION, TEST = range(3)
#: Of the features, those without which there is no decision to judge and no person to tell apart.
_NEEDED = (AMOUNT, *COLUMNS[1:])
#: Clients in a piece at most: some 200 MB of features.
LARGEST_PIECE = 25_000


class FeaturesError(ValueError):
    """A folder of features cannot be trained on; the text says what is wrong and how to make one."""

    def __init__(self, folder: Path, problem: str):
        super().__init__(
            f"{folder} is not a folder of features to train on: {problem}. Make one from a folder of tables: "
            f"{PROGRAM} features TABLES --target --out FEATURES/"
        )


@dataclass(frozen=True)
class Folder:
    """A folder of features: its files, the number of clients in each, the features in it in frozen order, whether the
    bank is simulated, so that the truth is known, and what the features command has written ``about`` the tables.
    """

    files: tuple[Path, ...]
    sizes: tuple[int, ...]
    columns: tuple[str, ...]
    simulated: bool
    about: dict[str, object]

    @property
    def clients(self) -> int:
        """How many clients there are."""
        return sum(self.sizes)


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, following each other."""

    file: str
    first: int
    rows: int

    def read(self, columns: list[str] | None = None) -> pl.DataFrame:
        """These rows; all columns, or those named."""
        scan = pl.scan_parquet(self.file).slice(self.first, self.rows)
        return (scan if columns is None else scan.select(columns)).collect()


@dataclass(frozen=True)
class Shares:
    """How the persons are dealt: the shares of ``validation`` and ``test``, and the seed of all but the test part."""

    validation: float
    test: float
    seed: int

    def part(self, clients: pl.DataFrame) -> NDArray[np.int64]:
        """(n,) TRAIN, VALIDATION or TEST for each client."""
        person = persons(clients)
        validation = lot(person, self.seed) * (1 - self.test) < self.validation
        return np.where(is_test(person, self.test), TEST, np.where(validation, VALIDATION, TRAIN))

    def fold(self, clients: pl.DataFrame, folds: int) -> NDArray[np.int64]:
        """(n,) a fold for each client, which has nothing to do with its part."""
        return (lot(persons(clients), self.seed, stream=1) * folds).astype(np.int64)


def lot(person: NDArray[np.int64], seed: int, stream: int = 0) -> NDArray[np.float64]:
    """(n,) an evenly spread number in [0, 1) for each person of ``credit.training.split_membership.persons``.

    ``stream``: another one gives other numbers, independent of the first. The numbers are the same on every machine.
    """
    begin = mixed(np.array([2 * seed + stream], dtype=np.uint64))
    return uniform(mixed(begin ^ person.astype(np.uint64)))


def open_folder(folder: str | Path) -> Folder:
    """Look at the names, sizes and columns of the Parquet files of a folder; no row is read.

    Raises ``FeaturesError`` for a folder without such files, and where the columns are not those of
    ``python -m credit features --target``: a choice among the features will do, in any order.
    """
    folder = Path(folder).resolve()
    if not folder.is_dir():
        raise FeaturesError(folder, "it is a file" if folder.exists() else "it does not exist")
    if any(folder.glob("application_train.*")):
        raise FeaturesError(folder, "it holds the tables themselves")
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise FeaturesError(folder, "there is no .parquet file in it")
    columns: dict[Path, list[str]] = {}
    sizes = []
    for file in files:
        try:
            scan = pl.scan_parquet(file)
            columns[file] = list(scan.collect_schema())
            sizes.append(scan.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, OSError) as error:
            raise FeaturesError(folder, f"{file.name} cannot be read ({str(error).splitlines()[0]})") from error
        if sorted(columns[file]) != sorted(columns[files[0]]):
            raise FeaturesError(folder, f"{file.name} has other columns than {files[0].name}")
    present = set(columns[files[0]])
    missing = [name for name in (KEY, TARGET, *_NEEDED) if name not in present]
    if missing:
        raise FeaturesError(folder, f"the column {missing[0]} is missing")
    unknown = sorted(present - {KEY, TARGET, TRUTH, *features.RECIPE, *features.EXTRA})
    if unknown:
        near = get_close_matches(unknown[0], features.COLUMNS, n=1)
        hint = f" (is it {near[0]}?)" if near else ""
        raise FeaturesError(folder, f"{unknown[0]} is not a feature{hint}")
    if not sum(sizes):
        raise FeaturesError(folder, "there are no rows in it")
    made = tuple(name for name in (*features.RECIPE, *features.EXTRA) if name in present)
    return Folder(tuple(files), tuple(sizes), made, TRUTH in present, _about(folder, made))


class _About(msgspec.Struct, omit_defaults=True):
    """What `credit.training.dataset.source_of` says of the tables."""

    tables: list[str]
    folder: str = ""
    simulation_seed: int | None = None
    label_one_means: str | None = None


def _about(folder: Path, made: tuple[str, ...]) -> dict[str, object]:
    """What is said of the tables that the features were made from; what they need where nothing is said."""
    place = folder / ABOUT
    if not place.exists():
        return {"tables": ["application", *histories_of(made)]}
    try:
        said: dict[str, object] = msgspec.to_builtins(msgspec.json.decode(place.read_bytes(), type=_About))
    except (msgspec.DecodeError, OSError) as error:
        raise FeaturesError(folder, f"{ABOUT} cannot be read ({error})") from error
    return said


def pieces(folder: Folder, workers: int) -> list[Piece]:
    """Cut the files so that no piece is too large for a worker and every worker has two at least."""
    size = max(1, min(LARGEST_PIECE, -(-folder.clients // (2 * workers))))
    return [
        Piece(str(file), first, min(size, rows - first))
        for file, rows in zip(folder.files, folder.sizes, strict=True)
        for first in range(0, rows, size)
    ]


def look(piece: Piece, shares: Shares) -> list[list[int]]:
    """For each part, how many of the piece's clients are in it and how many of those defaulted."""
    frame = piece.read([KEY, TARGET, *_NEEDED])
    part, bad = shares.part(frame), frame[TARGET].to_numpy()
    return [[int((part == one).sum()), int(bad[part == one].sum())] for one in (TRAIN, VALIDATION, TEST)]


def fingerprint(cut: Sequence[Piece], columns: tuple[str, ...], client: Any) -> str:
    """That of all the pieces' clients, see ``credit.training.fingerprint``; the workers read them.

    However the clients lie in files, and whichever engine made the features, it is the one of a training on one machine
    on the same features.
    """
    contents = client.gather(client.map(partial(_content, columns=columns), cut))
    return reduce(add, contents).fingerprint()


def numbers(frame: pl.DataFrame, columns: tuple[str, ...]) -> NDArray[np.float64]:
    """(n, k) features, NaN for missing."""
    return np.ascontiguousarray(frame.select(columns).cast(pl.Float64).fill_null(float("nan")).to_numpy())


def _content(piece: Piece, columns: tuple[str, ...]) -> Content:
    frame = piece.read([KEY, TARGET, *columns])
    return Content.of(columns, frame[KEY].to_numpy(), numbers(frame, columns), frame[TARGET].to_numpy())
