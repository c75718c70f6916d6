"""What the features of the training clients look like: bins and counts, and no client in it.

A feature with few values has a bin for each value; any other has the intervals between its deciles. Beside them stand
how many clients lack the feature, and how many have a value that no bin names. The text columns of the application
reach a model as 0/1 columns; for each of them stands how many clients have none of its texts, which is what a text that
nobody knew at the training looks like afterwards.

Trainings hold features in single precision, the service in double: a share of 1/3 is two numbers, and the one is not
the other's value. So everything is compared in single precision.

Nothing in it is about fewer than `FEW` clients by name: rarer values are counted together, ends of intervals are
rounded, and where the outermost intervals end is not said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from credit.monitoring.text_columns import text_columns

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: The format that this code writes and reads.
FORMAT = 1

#: A feature with at most so many values has a bin for each; any other has about so many intervals.
MOST_VALUES = 12
INTERVALS = 10
#: A value of fewer clients has no bin of its own.
FEW = 10
#: The ends of intervals are taken from so many clients, drawn evenly; all are counted.
SAMPLED = 50_000
#: Significant digits of the ends of intervals.
_DIGITS = 5
#: Clients counted at a time: their features, column by column, stay in the processor's cache.
_AT_ONCE = 8_192


@dataclass(frozen=True)
class Bins:
    """How a feature is counted. ``values``: one bin each; else ``ends``: rising ends of intervals; an end belongs to
    the interval below it, and the last interval has none.
    """

    values: Floats | None
    ends: Floats | None

    @property
    def size(self) -> int:
        """The number of bins, without "missing" and "another value"."""
        return len(self.values) if self.values is not None else len(self.ends) + 1  # type: ignore[arg-type]

    @cached_property
    def _single(self) -> NDArray[np.float32]:
        """`values` or `ends` as they are compared: made once, however often clients are counted."""
        return single(self.values if self.values is not None else self.ends)  # type: ignore[arg-type]

    def count(self, column: NDArray[np.floating]) -> list[int]:
        """Of a contiguous array (n,): clients in each bin, with another value, and without any."""
        asked = single(column)
        known = len(column) - int(np.count_nonzero(np.isnan(asked)))
        # One comparison for each bin is faster than a search: it runs at the speed of memory, and NaN is in none.
        if self.values is not None:
            found = [int(np.count_nonzero(asked == value)) for value in self._single]
        else:
            below = [int(np.count_nonzero(asked <= end)) for end in self._single]
            found = [here - before for before, here in zip([0, *below], [*below, known], strict=True)]
        return [*found, known - sum(found), len(column) - known]

    @classmethod
    def of(cls, column: Floats) -> "Bins":
        """The bins of a feature, array (n,); ``column`` may be a sample."""
        known = np.sort(single(column[~np.isnan(column)])).astype(np.float64)
        starts = np.concatenate([[True], known[1:] != known[:-1]]) if len(known) else np.zeros(0, bool)
        if starts.sum() <= MOST_VALUES:
            values = known[starts]
            often = np.diff(np.append(np.flatnonzero(starts), len(known))) >= FEW
            return cls(values[often], None)
        places = np.arange(1, INTERVALS) * len(known) // INTERVALS - 1
        return cls(None, np.unique(rounded(known[places])))


def single(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """In single precision; what is too large for it is infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32, copy=False)


def rounded(values: Floats) -> Floats:
    """To five significant digits."""
    return np.array([float(f"{value:.{_DIGITS}g}") for value in values])


class Tally:
    """Counts clients into bins, some at a time: however many there are, few are in memory.

    ``counts``: for each column an array of its bins, another value, missing. ``none``: for each text column the clients
    with none of its texts. ``clients``: how many were counted.
    """

    def __init__(self, bins: Sequence[Bins], groups: Sequence[Sequence[int]] = ()) -> None:
        self._bins, self._groups = bins, [list(group) for group in groups]
        self.counts: list[Counts] = [np.zeros(one.size + 2, np.int64) for one in bins]
        self.none = np.zeros(len(groups), np.int64)
        self.clients = 0

    def add(self, X: Floats) -> None:
        """Count the clients of ``X`` (n, k), NaN for missing."""
        for start in range(0, len(X), _AT_ONCE):
            turned = np.ascontiguousarray(single(X[start : start + _AT_ONCE]).T)
            for bins, counts, column in zip(self._bins, self.counts, turned, strict=True):
                counts += bins.count(column)
            for place, group in enumerate(self._groups):
                asked = turned[group]
                told = ~np.isnan(asked).any(axis=0)  # of a client without these features nothing is said here
                self.none[place] += np.count_nonzero(told & (asked != 1).all(axis=0))
            self.clients += turned.shape[1]


@dataclass(frozen=True)
class Profile:
    """``columns``: the features. ``bins`` and ``counts`` of each, see `Tally`. ``texts``: text column -> positions of
    its 0/1 columns; ``none``: clients with none of its texts. ``clients``: how many were counted. ``probability``:
    the bins of the probability of default and its counts, of clients whom the model had not seen, or None.
    """

    columns: tuple[str, ...]
    bins: tuple[Bins, ...]
    counts: tuple[Counts, ...]
    texts: dict[str, tuple[int, ...]]
    none: Counts
    clients: int
    probability: tuple[Bins, Counts] | None

    @classmethod
    def of(cls, columns: Sequence[str], X: Floats | Iterable[Floats], probability: Floats | None = None) -> "Profile":
        """The profile of clients with features ``X`` (n, k), or of chunks of them that can be gone through twice.

        ``probability``: (m,), of default, of clients whom the model had not seen; not necessarily the same ones.
        Raises ValueError for no clients.
        """
        chunks = [X] if isinstance(X, np.ndarray) else X
        drawn = _sample(chunks)
        if not len(drawn):
            raise ValueError("a profile needs clients, and there are none")
        bins = tuple(Bins.of(column) for column in np.ascontiguousarray(drawn.T))
        texts = text_columns(columns)
        tally = Tally(bins, list(texts.values()))
        for chunk in chunks:
            tally.add(chunk)
        scored = None
        if probability is not None:
            p = np.ascontiguousarray(probability, dtype=np.float64)
            scored_bins = Bins.of(p)
            scored = scored_bins, np.array(scored_bins.count(p))
        return cls(tuple(columns), bins, tuple(tally.counts), texts, tally.none, tally.clients, scored)

    def tally(self) -> Tally:
        """An empty one with this profile's bins."""
        return Tally(self.bins, list(self.texts.values()))

    def written(self) -> bytes:
        """As a bundle keeps it: JSON, some 150 bytes a feature."""
        content = {
            "format": FORMAT,
            "clients": self.clients,
            "columns": {
                name: _written(bins, counts)
                for name, bins, counts in zip(self.columns, self.bins, self.counts, strict=True)
            },
            "texts": dict(zip(self.texts, self.none.tolist(), strict=True)),
            "probability": None if self.probability is None else _written(*self.probability),
        }
        return msgspec.json.encode(content) + b"\n"

    @classmethod
    def read(cls, written: bytes) -> "Profile":
        """What ``written`` gave. Raises ValueError for anything else."""
        try:
            content = msgspec.json.decode(written)
            if content["format"] != FORMAT:
                raise ValueError(f"its format is {content['format']!r}, and this version reads {FORMAT}")
            columns = tuple(content["columns"])
            bins, counts = zip(*map(_read, content["columns"].values()), strict=True)
            texts = text_columns(columns)
            none = np.array([content["texts"][name] for name in texts], dtype=np.int64)
            scored = content["probability"]
            return cls(
                columns, bins, counts, texts, none, int(content["clients"]), None if scored is None else _read(scored)
            )
        except (KeyError, TypeError, ValueError, AttributeError, msgspec.DecodeError) as error:
            raise ValueError(f"this is no profile of features ({type(error).__name__}: {error})") from None


def _sample(chunks: Iterable[Floats]) -> Floats:
    """At most `SAMPLED` clients, evenly from all."""
    total = sum(len(chunk) for chunk in chunks)
    step = max(1, -(-total // SAMPLED))
    parts, place = [], 0
    for chunk in chunks:
        parts.append(chunk[-place % step :: step].copy())  # a view would keep the whole chunk
        place += len(chunk)
    return np.concatenate(parts) if parts else np.zeros((0, 0))


def _written(bins: Bins, counts: Counts) -> dict[str, Any]:
    named = ("values", bins.values) if bins.values is not None else ("ends", bins.ends)
    return {named[0]: named[1].tolist(), "counts": counts.tolist()}  # type: ignore[union-attr]


def _read(written: Any) -> tuple[Bins, Counts]:
    values, ends = (
        None if name not in written else np.asarray(written[name], dtype=np.float64) for name in ("values", "ends")
    )
    if (values is None) == (ends is None):
        raise ValueError("a feature has either values or ends")
    bins, counts = Bins(values, ends), np.asarray(written["counts"], dtype=np.int64)
    if counts.shape != (bins.size + 2,) or (counts < 0).any():
        raise ValueError(f"a feature with {bins.size} bins has {bins.size + 2} counts, not {counts.shape}")
    return bins, counts
