"""Clients of now against a profile: the population stability index of every feature, and one verdict.

With the shares r of the profile and c of now in the same bins, the index is

    PSI = sum over bins of (c - r) * ln(c / r)

Missing is a bin, and so is "a value that no bin names". Half a client is added to every bin, so that an empty one
counts for something finite. By common use below 0.10 is stable and from 0.25 on another population. Of n and m clients
of one and the same population, PSI / (1/n + 1/m) is chi-squared with (bins - 1) degrees of freedom: what chance does is
taken off. Source: B. Yurdakul, Statistical Properties of the Population Stability Index, 2018.

The verdict is not "half of the columns": it is what drifted of what matters. Every feature's index is weighted with its
importance to the model, and beside it stands the index of the probability of default itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from credit.model.manifest_parts import Manifest
from credit.model.quantities import Share, one_of
from credit.monitoring.profile import Counts, Floats, Profile, Tally

#: By common use: below the first stable, from the second on another population.
SOME, MUCH = 0.10, 0.25
STABLE, MOVED, DRIFTED = LEVELS = ("stable", "moved", "drifted")

#: What a level is called by people.
LEVEL_WORDS = {
    "en": {one: one for one in LEVELS},
    "fr": {STABLE: "stable", MOVED: "en mouvement", DRIFTED: "en dérive"},
}

#: Fewer clients say nothing.
ENOUGH = 100

#: An index that chance alone exceeds once in so many features is none.
_ONCE_IN = 1_000


@dataclass(frozen=True)
class Shift:
    """What became of a feature.

    - ``feature``: its column
    - ``psi``: its population stability index
    - ``chance``: what chance alone hardly exceeds
    - ``missing_before``: the share of clients without a value, in the profile ...
    - ``missing``: ... and now.
    - ``new_before``: the share of clients with a value that the profile does not name, in the profile ...
    - ``new``: ... and now.
    - ``importance``: its share of what moves the model
    - ``level``: the verdict on it
    """

    feature: str
    psi: float
    chance: float
    missing_before: Share
    missing: Share
    new_before: Share
    new: Share
    importance: Share
    level: Annotated[str, one_of(LEVELS)]


@dataclass(frozen=True)
class Unknown:
    """A text column: the share of clients with none of its texts.

    - ``column``: its name
    - ``before``: in the profile
    - ``now``: among the clients of now
    """

    column: str
    before: Share
    now: Share


@dataclass(frozen=True)
class Comparison:
    """``clients``: how many there are now, ``before``: in the profile. ``features``: the most drifted first.
    ``weighted``: the indices of the features weighted by importance. ``probability``: the index of the probability of
    default, None where the profile knows none. ``importance_known``: else every feature counts alike. ``texts``: where
    the share without a known text has grown beyond chance, the furthest first. ``some``, ``much``: the thresholds.
    """

    clients: int
    before: int
    features: tuple[Shift, ...]
    weighted: float
    probability: float | None
    importance_known: bool
    texts: tuple[Unknown, ...]
    some: float
    much: float

    @property
    def enough(self) -> bool:
        """Whether there are clients enough for a verdict."""
        return self.clients >= ENOUGH

    @property
    def score(self) -> float:
        """The higher of the two indices that make the verdict; 0 for too few clients."""
        return max(self.weighted, self.probability or 0.0) if self.enough else 0.0

    @property
    def level(self) -> str:
        """The verdict."""
        return level(self.score, self.some, self.much)

    def counted(self) -> dict[str, int]:
        """How many features there are of each level."""
        return {one: sum(shift.level == one for shift in self.features) for one in LEVELS}


def level(score: float, some: float = SOME, much: float = MUCH) -> str:
    """One of `LEVELS`."""
    return DRIFTED if score >= much else MOVED if score >= some else STABLE


def compare(
    profile: Profile,
    now: Tally,
    probability: Floats | None = None,
    importance: Mapping[str, float] | None = None,
    some: float = SOME,
    much: float = MUCH,
) -> Comparison:
    """``profile``: of the training clients. ``now``: the clients of now in the profile's bins (`Profile.tally`).
    ``probability``: their probabilities of default. ``importance``: of each feature, in any unit; those that are not
    named count for nothing, and without any all count alike. ``some``, ``much``: the indices from which on a feature
    has moved and has drifted. Raises ValueError for thresholds that do not rise from above 0.
    """
    if not 0 < some <= much:
        raise ValueError(f"the thresholds must rise from above 0, not {some} and {much}")
    before, after = _table(profile.counts), _table(now.counts)
    indices, chance, likely = psi(before, after)
    weights = np.array([float((importance or {}).get(name, 0.0)) for name in profile.columns])
    known = weights.sum() > 0
    weights = weights / weights.sum() if known else np.full(len(weights), 1 / len(weights))
    drift = np.where(indices > chance, np.maximum(indices - likely, 0), 0)
    m, n = max(profile.clients, 1), max(now.clients, 1)
    features = []
    for k, name in enumerate(profile.columns):
        (new_before, missing_before), (new, missing) = profile.counts[k][-2:] / m, now.counts[k][-2:] / n
        features.append(
            Shift(
                feature=name,
                psi=float(indices[k]),
                chance=float(chance[k]),
                missing_before=float(missing_before),
                missing=float(missing),
                new_before=float(new_before),
                new=float(new),
                importance=float(weights[k]),
                level=level(float(drift[k]), some, much),
            )
        )
    order = sorted(range(len(features)), key=lambda k: (-drift[k], -indices[k], k))
    scored = None
    if profile.probability is not None and probability is not None:
        bins, counts = profile.probability
        scores = np.array(bins.count(np.ascontiguousarray(probability)))
        index, by_chance, expected = psi(counts[None, :], scores[None, :])
        scored = float(max(index[0] - expected[0], 0)) if index[0] > by_chance[0] else 0.0
    return Comparison(
        clients=now.clients,
        before=profile.clients,
        features=tuple(features[k] for k in order),
        weighted=float((weights * drift).sum()),
        probability=scored,
        importance_known=bool(known),
        texts=tuple(_unknown(profile, now)),
        some=some,
        much=much,
    )


def psi(before: Counts, after: Counts) -> tuple[Floats, Floats, Floats]:
    """Of counts (k, bins), padded with -1 where a feature has fewer bins, before and after: the index of each of the k
    features, what chance alone exceeds once in a thousand, and what it gives on average.

    Five bins of 1,000 clients each, the second feature's clients moved to the right, the third has three bins:

    >>> before = np.array([[200, 200, 200, 200, 200], [200, 200, 200, 200, 200], [400, 400, 200, -1, -1]])
    >>> after = np.array([[210, 195, 190, 205, 200], [100, 150, 200, 250, 300], [400, 400, 200, -1, -1]])
    >>> index, by_chance, on_average = psi(before, after)
    >>> index.round(3).tolist()
    [0.001, 0.135, 0.0]
    >>> by_chance.round(3).tolist()
    [0.037, 0.037, 0.028]
    """
    there = before >= 0
    sizes = there.sum(axis=1, keepdims=True)
    m, n = (np.where(there, counts, 0).sum(axis=1, keepdims=True) for counts in (before, after))
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.where(there, (before + 0.5) / (m + 0.5 * sizes), 1)
        c = np.where(there, (after + 0.5) / (n + 0.5 * sizes), 1)
        indices = np.where(there, (c - r) * np.log(c / r), 0).sum(axis=1)
    # A bin that is empty on both sides can hold no difference.
    free = np.maximum((there & (before + after > 0)).sum(axis=1) - 1, 1)
    spread = (1 / np.maximum(m, 1) + 1 / np.maximum(n, 1))[:, 0]
    return indices, chdtri(free, 1 / _ONCE_IN) * spread, free * spread


def importance_of(manifest: Manifest) -> dict[str, float]:
    """What every feature does for a model, as its manifest says: mean |contribution| to the log odds; {} where not."""
    found = manifest.get("features", {}).get("contribution", {})
    return {name: float(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _table(counts: Iterable[Counts]) -> NDArray[np.int64]:
    """Counts of features side by side, -1 where a feature has fewer bins than another."""
    rows = list(counts)
    found = np.full((len(rows), max(map(len, rows), default=0)), -1, dtype=np.int64)
    for place, row in enumerate(rows):
        found[place, : len(row)] = row
    return found


def _unknown(profile: Profile, now: Tally) -> list[Unknown]:
    m, n = profile.clients, max(now.clients, 1)
    found = []
    for place, name in enumerate(profile.texts):
        before, after = profile.none[place] / m, now.none[place] / n
        pooled = (profile.none[place] + now.none[place] + 1) / (m + n + 2)
        # Three standard errors and a bit: once in a thousand, as for the features.
        if after - before > 3.1 * np.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n)):
            found.append(Unknown(name, float(before), float(after)))
    return sorted(found, key=lambda one: one.before - one.now)
