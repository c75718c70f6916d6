"""The application's own 121 columns, then and now: the verdict by ranks, and beside it what Evidently says.

Evidently compares numbers by the Wasserstein distance in units of the reference's standard deviation, texts and numbers
that stand for a few classes (flags, ratings) by the Jensen-Shannon distance. Which test a column gets depends on the
schema, not on the sample as by Evidently's default. One client with a very large value decides the first of the two,
see `credit.monitoring.rank_distance`: so the distance by ranks decides of numbers, and Evidently's is told beside it.
One client moves the Jensen-Shannon distance, of shares, hardly at all, so that it decides of classes. From 0.1 on a
column has drifted, if it is also beyond what chance alone exceeds once in twenty: of few clients two samples of one
population lie 0.1 apart in many columns. Where chance alone reaches 0.1, a column without drift has too few to tell. Of
n and m known values chance does not exceed

    ranks:   sqrt(12) * 0.576 * sqrt(1/n + 1/m), the 95 % quantile of the mean of a Brownian bridge's absolute value
    classes: sqrt(q * (1/n + 1/m) / 8), q the 95 % quantile of chi-squared with (classes - 1) degrees of freedom

so that ranks want some 400 clients, two classes 48 and the 58 kinds of employers 950. Sources: B. Johnson, T. Killeen,
An explicit formula for the c.d.f. of the L1 norm of the Brownian bridge, 1983; D. Endres, J. Schindelin, A new metric
for probability distributions, 2003 (the distance is chi-squared for near distributions).
"""

import itertools
import math
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import chdtri

from credit.features.application import CODES
from credit.monitoring.column_verdicts import DISTANCE, RANKS, ColumnDrift
from credit.monitoring.profile import Floats
from credit.monitoring.rank_distance import rank_distance
from credit.monitoring.text_columns import VOCABULARIES, text_columns
from credit.tables import TABLES, read
from credit.tables.table_files import places

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of Evidently's own dependencies
    from evidently import DataDefinition, Dataset, Report  # type: ignore[import-untyped]
    from evidently.metrics import ValueDrift  # type: ignore[import-untyped]

#: So many clients are drawn from each side at most: 121 columns are then tested within seconds.
CLIENTS = 20_000

#: Of fewer clients, on either side, two samples of one population lie `DISTANCE` apart in some columns.
ENOUGH = 3_000

NUMBER, CLASSES, EMPTY, KEY = "wasserstein", "jensenshannon", "empty", "key"
_TOLD = {
    NUMBER: "Wasserstein distance (normed)",
    CLASSES: "Jensen-Shannon distance",
    EMPTY: "has values or has none",
    KEY: "none: it says who a client is",
}
_KEY = "SK_ID_CURR"

_ONCE_IN_TWENTY = 0.05
#: The same of the distance of ranks: in units of the ranks' standard deviation, 1 / sqrt(12).
_BRIDGE = math.sqrt(12) * 0.576

#: The bins of the two distributions that are shown; of texts the most frequent ones, and the rest together.
SHOWN = 10

#: Numbers that stand for few classes.
_CLASSES = ("FLAG_", "REG_", "LIVE_", "REGION_RATING_")

_TABLE = TABLES["application_test"]


def applications(folder: str | Path, table: str, clients: int = CLIENTS, seed: int = 0) -> pl.DataFrame:
    """The 121 columns of ``table`` in ``folder``, of at most so many ``clients``, drawn evenly with ``seed``. Raises
    ``TablesError``.
    """
    names = [column.name for column in _TABLE.columns]
    found = read(folder, (table,))[table].select(names).collect(engine="streaming")
    return found if found.height <= clients else found.sample(clients, seed=seed)


def table_in(folder: str | Path) -> str:
    """The applications of now in a folder: the new ones, application_test, where there are any."""
    return next(
        (
            name
            for name in ("application_test", "application_train")
            # A packed file counts, too: anyone who reads it says how to unpack it.
            if places(Path(folder), name) or any(Path(folder).glob(f"{name}.*"))
        ),
        "application_test",
    )


def from_features(columns: Sequence[str], X: Floats) -> pl.DataFrame:
    """The application's columns again, of clients with features ``X`` (n, k): those that the features tell of.

    A text is the one whose 0/1 feature is 1, and missing where none is.
    """
    place = {name: number for number, name in enumerate(columns)}
    groups = text_columns(columns)
    found: dict[str, pl.Series] = {}
    for column in _TABLE.columns:
        name = column.name
        if name in groups:
            which = X[:, groups[name]] == 1
            found[name] = _texts(VOCABULARIES[name], np.where(which.any(axis=1), which.argmax(axis=1), -1))
        elif name in CODES and name in place:
            found[name] = _texts(CODES[name], np.nan_to_num(X[:, place[name]], nan=-1))
        elif name in place:
            found[name] = pl.Series(X[:, place[name]], nan_to_null=True)
    return pl.DataFrame(found)


def _texts(texts: Sequence[str], which: Floats) -> pl.Series:
    """The texts at the positions ``which`` (n,), none at -1."""
    named = [*texts, None]
    return pl.Series([named[place] for place in which.astype(int).tolist()], dtype=pl.String)


def warning(reference: pl.DataFrame, current: pl.DataFrame) -> str:
    """A sentence where there are too few clients to tell drift from chance, else nothing."""
    few = min(reference.height, current.height)
    if few >= ENOUGH:
        return ""
    return (
        f"The columns were tested on {few:,} clients; below {ENOUGH:,} some of 121 columns lie {DISTANCE:g} apart by "
        "chance alone."
    )


def drifted_columns(reference: pl.DataFrame, current: pl.DataFrame) -> list[ColumnDrift]:
    """Every column that both have, the most drifted first: by what decides, then by Evidently."""
    reference, current = (side.with_columns(pl.selectors.float().fill_nan(None)) for side in (reference, current))
    both = [name for name in reference.columns if name in current.columns]
    texts = {name for name in both if reference[name].dtype == pl.String}
    classes = texts | {name for name in both if name.startswith(_CLASSES)}
    asked = [name for name in both if name != _KEY and reference[name].count() and current[name].count()]
    scores = _scores(reference.select(asked), current.select(asked), texts, classes) if asked else {}
    found = []
    for name in both:
        test = CLASSES if name in classes else NUMBER
        if name not in scores:
            test = KEY if name == _KEY else EMPTY
        # Where one side has no value at all there is nothing to measure a distance by, and no need to.
        score = scores.get(name, float(bool(reference[name].count()) != bool(current[name].count())))
        labels, before, now = _distributions(reference[name], current[name], name in classes)
        decides, distance, chance = _TOLD[test], score, 0.0
        if test == NUMBER:
            decides, distance = RANKS, rank_distance(*(_known(side[name]) for side in (reference, current)))
            chance = _BRIDGE * _spread(reference[name], current[name])
        elif test == CLASSES:
            seen = pl.concat([reference[name].drop_nulls(), current[name].drop_nulls().cast(reference[name].dtype)])
            chance = _of_classes(seen.n_unique()) * _spread(reference[name], current[name])
        drifted = distance >= max(DISTANCE, chance)
        found.append(
            ColumnDrift(
                column=name,
                type="cat" if name in texts else "num",
                labels=labels,
                before=before,
                now=now,
                drifted=drifted,
                decides=decides,
                distance=distance,
                test=_TOLD[test],
                score=score,
                evidently=score >= DISTANCE,
                chance=chance,
                too_few=not drifted and chance >= DISTANCE,
            )
        )
    return sorted(found, key=lambda one: (-one.distance, -one.score))


def _spread(reference: pl.Series, current: pl.Series) -> float:
    """By which distances of samples shrink with their sizes: sqrt(1/n + 1/m), of the values that are there."""
    return math.sqrt(1 / reference.count() + 1 / current.count())


def _of_classes(classes: int) -> float:
    """What the Jensen-Shannon distance of samples exceeds once in twenty, in units of `_spread`."""
    return math.sqrt(float(chdtri(classes - 1, _ONCE_IN_TWENTY)) / 8) if classes > 1 else 0.0


def _known(column: pl.Series) -> Floats:
    """The values (n,) of a column that are there."""
    return column.drop_nulls().cast(pl.Float64).to_numpy()


def _scores(reference: pl.DataFrame, current: pl.DataFrame, texts: set[str], classes: set[str]) -> dict[str, float]:
    names = reference.columns
    definition = DataDefinition(
        numerical_columns=[name for name in names if name not in texts],
        categorical_columns=[name for name in names if name in texts],
    )
    then, now = (
        Dataset.from_pandas(frame.with_columns(pl.selectors.numeric().cast(pl.Float64)).to_pandas(), definition)
        for frame in (reference, current)
    )
    # Not DataDriftPreset, which measures the same and then draws every column a second time, for nobody.
    asked = [
        ValueDrift(column=name, method=CLASSES if name in classes else NUMBER, threshold=DISTANCE) for name in names
    ]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        measured = Report(asked, include_tests=False).run(now, then).dict()["metrics"]
    return {m["config"]["column"]: float(m["value"]) for m in measured if "column" in m["config"]}


def _distributions(
    reference: pl.Series, current: pl.Series, classes: bool
) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]:
    """Labels and the shares of both sides in the same bins; of the clients who have a value."""
    sides = [side.drop_nulls() for side in (reference, current)]
    sides = [side if side.dtype == pl.String else side.cast(pl.Float64) for side in sides]
    if classes or reference.n_unique() <= SHOWN:
        order = pl.concat(sides).value_counts(sort=True).to_series().to_list()
        values = order[:SHOWN]
        labels = [value if isinstance(value, str) else f"{value:g}" for value in values]
        shares = [[float((side == value).sum()) / max(len(side), 1) for value in values] for side in sides]
        if len(order) > SHOWN:
            labels.append("others")
            shares = [[*some, max(1 - sum(some), 0.0)] for some in shares]
        return tuple(labels), tuple(shares[0]), tuple(shares[1])
    numbers = [side.to_numpy() for side in sides]
    # Where nearly all are, the outermost bins take in whatever lies beyond.
    low, high = np.quantile(np.concatenate(numbers), [0.01, 0.99])
    ends = np.linspace(low, high if high > low else low + 1, SHOWN + 1)
    counted = [np.histogram(np.clip(side, ends[0], ends[-1]), ends)[0] / max(len(side), 1) for side in numbers]
    labels = [f"{a:.4g} to {b:.4g}" for a, b in itertools.pairwise(ends)]
    return tuple(labels), tuple(counted[0].tolist()), tuple(counted[1].tolist())
