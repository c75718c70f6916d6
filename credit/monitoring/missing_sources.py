"""What can be missing by itself: a column of the application, a whole table. What is made of it is missing with it.

A model reads a thousand features, and a provider that is down takes dozens of them away. Each feature that is made by a
formula is missing because a column or a table is, so only these are watched, and each is said once.

| cause | a client lacks it where | watched where of the training clients |
|---|---|---|
| column | the feature that is the column is missing; of a text, where none of its 0/1 columns is 1 | <= 2 % lacked it |
| score | one of EXT_SOURCE_1 to 3 is missing | any share lacked it |
| table | the table was not sent: whether there is a history is missing, and all else of the table | <= 2 % lacked it |
| rows | no row of the table is known: it was not sent, or sent empty | <= 20 % had none |

A table that is not sent lacks its rows, too: the rows are then not said. Texts need the bundle's profile, which counts
the clients without any; tables need a model that reads whether there is a history (`credit.features.history_flags`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from credit.features import FEATURES, history_flags
from credit.features.information_sources import SCORES
from credit.model.manifest import MANIFEST, PROFILE, BundleError, check_hash, has_profile, read, sha256
from credit.model.manifest_parts import Manifest
from credit.monitoring.missing_rule import NEARLY_ALWAYS, NEARLY_ALWAYS_ROWS, bar, suddenly_missing
from credit.monitoring.profile import Profile
from credit.monitoring.text_columns import text_columns
from credit.tables import HISTORIES, TABLES

Floats = NDArray[np.float64]

#: Causes that are watched at most: a bound on what /metrics says. The published tables have some eighty.
MOST = 200


@dataclass(frozen=True)
class Cause:
    """``name``: of a column or a table. ``share``: of the training clients who lacked it, in [0, 1]. ``places``: the
    features, as positions among the model's, of which a client who does not lack it has one; ``text``: has one that
    is 1.
    """

    name: str
    kind: Literal["column", "table", "rows"]
    share: float
    places: tuple[int, ...]
    text: bool = False

    @property
    def labels(self) -> dict[str, str]:
        """How Prometheus tells it from others."""
        return {"rows_of" if self.kind == "rows" else self.kind: self.name}

    @property
    def said(self) -> str:
        """In words."""
        return {"column": "", "table": "table ", "rows": "every row of "}[self.kind] + self.name


class Causes:
    """The causes that are watched for a model, of ``columns``.

    ``missing``: feature -> the share of training clients without it. ``none``: text column -> the share of training
    clients with none of its texts. Features that are not named in ``missing`` are not watched.
    """

    def __init__(
        self, columns: Sequence[str], missing: Mapping[str, float], none: Mapping[str, float] | None = None
    ) -> None:
        found = [*_of_tables(columns, missing), *_of_columns(columns, missing, none or {})]
        self.all: tuple[Cause, ...] = tuple(found[:MOST])
        self.shares: Floats = np.array([cause.share for cause in self.all])
        self.bars: Floats = bar(self.shares)
        self._places = np.array([place for cause in self.all for place in cause.places], dtype=np.intp)
        self._number = np.array([not cause.text for cause in self.all for _ in cause.places], dtype=bool)
        self._starts = np.cumsum([0, *(len(cause.places) for cause in self.all)])[:-1]
        index = {(cause.kind, cause.name): place for place, cause in enumerate(self.all)}
        pairs = [(at, index.get(("table", cause.name))) for at, cause in enumerate(self.all) if cause.kind == "rows"]
        self._rows_and_tables = [(rows, table) for rows, table in pairs if table is not None]

    @classmethod
    def of(cls, columns: Sequence[str], manifest: Manifest, profile: Profile | None) -> "Causes":
        """Those of a model with this manifest and this profile of its training clients; none where neither says."""
        missing = (manifest.get("features") or {}).get("missing") or {}
        none = {} if profile is None else dict(zip(profile.texts, profile.none / profile.clients, strict=True))
        return cls(columns, missing, none)

    @classmethod
    def read(cls, bundle: str | Path) -> "Causes":
        """Those of the model in the folder ``bundle``, from its manifest and profile; nothing is unpickled.

        Raises `BundleError`.
        """
        manifest, profile = facts(bundle)
        columns = tuple((manifest.get("features") or {}).get("missing") or ())
        return cls.of(columns, manifest, profile)

    def __len__(self) -> int:
        return len(self.all)

    def lacking(self, X: Floats) -> NDArray[np.intp]:
        """Array (n_causes,): how many clients of ``X`` (n_clients, n_columns) lack each."""
        if not self.all:
            return np.zeros(0, dtype=np.intp)
        if len(X) == 1:  # the usual case, in some five microseconds; what is equal to itself is not NaN
            x = X[0].take(self._places)
            known = np.logical_or.reduceat((x == x) & ((x == 1) | self._number), self._starts)
            return (~known).astype(np.intp)
        return np.count_nonzero(self.without(X), axis=0)

    def without(self, X: Floats) -> NDArray[np.bool_]:
        """Array (n_clients, n_causes): which clients of ``X`` (n_clients, n_columns) lack which."""
        x = X.take(self._places, axis=1)
        return ~np.logical_or.reduceat((x == x) & ((x == 1) | self._number), self._starts, axis=1)

    def suddenly(self, lacking: Floats | NDArray[np.intp], clients: float) -> NDArray[np.bool_]:
        """Array (n_causes,): which are suddenly missing where ``lacking`` (n_causes,) of ``clients`` lack them."""
        return self.once(suddenly_missing(lacking, clients, self.shares))

    def once(self, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """``which`` (n_causes,) without the rows of tables that are among them themselves."""
        found = which.copy()
        for rows, table in self._rows_and_tables:
            found[rows] &= ~which[table]
        return found


def facts(bundle: str | Path) -> tuple[Manifest, Profile | None]:
    """Manifest and profile of the model in the folder ``bundle``; nothing is unpickled. Raises `BundleError`."""
    folder = Path(bundle)
    try:
        manifest = read(folder / MANIFEST)
        profile = None
        if has_profile(manifest):
            check_hash(folder / PROFILE, sha256(folder / PROFILE), manifest)
            profile = Profile.read((folder / PROFILE).read_bytes())
    except OSError as error:
        raise BundleError(f"{error.filename} cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise BundleError(f"{folder / PROFILE}: {error}.") from None
    return manifest, profile


def sentences(causes: Causes, X: Floats, tables: Sequence[str] | None = None) -> list[str]:
    """What is suddenly missing of clients ``X`` (n_clients, n_columns), a sentence each, without any client's value.

    ``tables``: only these histories are looked at; all where None.
    """
    lacking = causes.lacking(X)
    return [
        sentence(cause.said, int(lacking[at]), len(X), cause.share)
        for at in np.flatnonzero(causes.suddenly(lacking, len(X)))
        if (cause := causes.all[at]).kind == "column" or tables is None or cause.name in tables
    ]


def sentence(said: str, missing: int, clients: int, share: float) -> str:
    """What is suddenly missing, and what to do.

    ``said``: the column or the table, in words. ``missing``: how many of ``clients`` lack it. ``share``: of the
    training clients who lacked it, in [0, 1].
    """
    many = f"all {clients:,}" if missing == clients else f"{missing:,} of {clients:,}"
    trained = f"only for {share:.1%} of" if share else "for none of"
    return f"{said} is missing for {many} clients, and was {trained} the training clients: ask who delivers it"


def _of_tables(columns: Sequence[str], missing: Mapping[str, float]) -> Iterator[Cause]:
    place = {name: number for number, name in enumerate(columns) if name in missing}
    for table in HISTORIES:
        own = [one.name for one in FEATURES if one.table == table and not one.needs and one.name in place]
        history = [name for name in own if name in _HISTORIES]
        counted = [name for name in own if name not in _HISTORIES]
        # Of a client with any row the feature that is missing least is known.
        rows = min(counted, key=lambda name: missing[name], default=None)
        if history:
            # One by name may have what is made of a history, and not whether there is one: so both must be missing.
            known = [history[0], *([] if rows is None else [rows])]
            share = min(missing[name] for name in known)
            if share <= NEARLY_ALWAYS:
                yield Cause(table, "table", share, tuple(place[name] for name in known))
        if rows is not None and missing[rows] <= NEARLY_ALWAYS_ROWS:
            yield Cause(table, "rows", missing[rows], (place[rows],))


def _of_columns(columns: Sequence[str], missing: Mapping[str, float], none: Mapping[str, float]) -> Iterator[Cause]:
    place = {name: number for number, name in enumerate(columns) if name in missing}
    of_text = text_columns(columns)
    published = [column.name for column in TABLES["application_test"].columns]
    others = [name for name in place if name not in _MADE]  # a bank's own, made elsewhere
    for name in (*published, *others):
        if name in of_text:
            if none.get(name, 1.0) <= NEARLY_ALWAYS:
                yield Cause(name, "column", float(none[name]), of_text[name], text=True)
        elif name in place and (missing[name] <= NEARLY_ALWAYS or name in SCORES.columns):
            yield Cause(name, "column", missing[name], (place[name],))


_HISTORIES: frozenset[str] = frozenset(one.name for one in history_flags.FEATURES)
_MADE: frozenset[str] = frozenset(one.name for one in FEATURES)
