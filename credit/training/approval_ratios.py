"""Approval rates of groups beside each other: the four-fifths ratio, its interval, and how far a model moves it.

    approval rate of the group with the lowest / approval rate of the group with the highest

Below 0.8, the Uniform Guidelines on Employee Selection Procedures of the United States (29 CFR 1607.4 D, 1978) see
evidence of adverse impact. It is a rule of thumb, of hiring, that lenders have borrowed, and no law of lending. Groups
of less than 2 % of the clients are shown and not judged (1607.15 A 2; Federal Register 44, 1979, question 16).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.decision.intervals import Interval

#: The ratio below which the rule sees adverse impact, and the share of the clients below which a group is not judged.
FOUR_FIFTHS, LEAST_SHARE = 0.8, 0.02

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FourFifths:
    """The lowest approval rate of an attribute's groups over the highest.

    ``attribute``: gender, age, or another column. ``of``: approved, by the threshold, or accepted, by the rule that is
    served. ``lowest``, ``highest``: the groups, chosen once, on all clients; the interval of ``ratio`` is that of these
    two. Among several groups of equal merit it is therefore somewhat too low.
    """

    attribute: str
    lowest: str
    highest: str
    ratio: Interval
    of: str = "approved"

    @property
    def verdict(self) -> str:
        """As `against` four fifths."""
        return self.against(FOUR_FIFTHS)

    def against(self, least: float) -> str:
        """ "kept" or "broken" where the whole interval lies on that side of ``least``, else "open"."""
        if self.ratio.low >= least:
            return "kept"
        return "broken" if self.ratio.high < least else "open"


def compare(
    rows: list[dict[str, Any]],
    attribute: str,
    rng: np.random.Generator,
    repeats: int,
    level: float,
    rate: str,
    ratio: str,
) -> list[FourFifths]:
    """Fill in the rows' ``ratio`` of ``rate``; the four-fifths ratio where there is one.

    ``rows``: one for each group of ``attribute``, with group, clients, judged and ``rate``, in [0, 1]. ``rng``: draws
    the clients of the bootstrap ``repeats`` times. ``level``: of the intervals, in (0, 1). Returns one ratio, or none
    where fewer than two groups are judged or nobody is approved.
    """
    judged = [number for number, row in enumerate(rows) if row["judged"]]
    if not judged:
        return []
    highest = max(judged, key=lambda number: rows[number][rate])
    lowest = min(judged, key=lambda number: rows[number][rate])
    top = rows[highest][rate]
    if top == 0:  # nobody is approved: no rate is a share of nothing
        return []
    drawn = _drawn_rates(rows, rng, repeats, rate)
    for number, row in enumerate(rows):
        if row["clients"]:
            row[ratio] = row[rate] / top
            if number != highest:
                row[f"{ratio}_low"], row[f"{ratio}_high"] = _interval(drawn[:, number], drawn[:, highest], level)
    if len(judged) < 2:
        return []
    if lowest == highest:  # all are approved alike: the last of them stands for the lowest
        lowest = judged[-1]
    low = rows[lowest]
    interval = Interval(low[ratio], low[f"{ratio}_low"], low[f"{ratio}_high"])
    return [FourFifths(attribute, low["group"], rows[highest]["group"], interval, rate)]


def _drawn_rates(rows: list[dict[str, Any]], rng: np.random.Generator, repeats: int, rate: str) -> Floats:
    """(repeats, groups) rates in bootstrap samples, NaN where a sample has no client of a group.

    Drawing n clients with replacement draws how many fall into each cell of group and decision: a multinomial.
    """
    n = np.array([row["clients"] for row in rows])
    passed = np.array([round((row[rate] or 0) * row["clients"]) for row in rows])
    lent = 0.5 * (n > 0)
    cells = np.concatenate([passed + lent, n - passed + lent])
    drawn = rng.multinomial(int(n.sum()), cells / cells.sum(), size=repeats)
    approved, everybody = drawn[:, : len(rows)], drawn[:, : len(rows)] + drawn[:, len(rows) :]
    return np.divide(approved, everybody, out=np.full(approved.shape, np.nan), where=everybody > 0)


def _interval(rate: Floats, reference: Floats, level: float) -> tuple[float, float]:
    known = np.isfinite(rate) & (reference > 0)
    if not known.any():
        return 0.0, float("inf")
    low, high = np.quantile(rate[known] / reference[known], [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def ratio_of(
    attribute: str,
    names: Sequence[str],
    group: ArrayLike,
    approved: ArrayLike,
    repeats: int = 2000,
    level: float = 0.95,
    seed: int | np.random.Generator = 0,
) -> FourFifths | None:
    """The four-fifths ratio of these decisions; None where there are no two groups to compare, or nobody is approved.

    ``attribute``: its name. ``names``: of the groups. ``group``: (n_clients,) the name of each client's; ``approved``:
    (n_clients,) true or false. ``repeats``, ``level``, ``seed``: of the bootstrap, as
    `credit.training.fairness.by_group` takes them; a generator goes on with its draws.
    """
    of, passed = np.asarray(group), np.asarray(approved, dtype=bool)
    rows: list[dict[str, Any]] = []
    for name in names:
        inside = of == name
        n = int(inside.sum())
        if n:
            judged = n >= LEAST_SHARE * len(of)
            rows.append({"group": name, "clients": n, "judged": judged, "approved": float(passed[inside].mean())})
    found = compare(rows, attribute, np.random.default_rng(seed), repeats, level, "approved", "ratio")
    return found[0] if found else None


def ratio_change(
    before: FourFifths,
    after: FourFifths,
    group: ArrayLike,
    approved_before: ArrayLike,
    approved_after: ArrayLike,
    repeats: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """By how much the ratio of one model is above that of another, on the same clients: what they share cancels.

    ``before``, ``after``: their ratios of one attribute, `ratio_of`. ``group``, ``approved_before``,
    ``approved_after``: (n_clients,), as there, and so are ``repeats``, ``level`` and ``seed``. Each keeps the two
    groups of its ratio. Clients are drawn again with both decisions, as `ratio_of` draws them with one.
    """
    of = np.asarray(group)
    first, second = (np.asarray(one, dtype=bool) for one in (approved_before, approved_after))
    names = list(dict.fromkeys((before.lowest, before.highest, after.lowest, after.highest)))
    # Cells: group x before x after; the clients of all other groups are one more cell.
    cells = np.array(
        [
            [[np.count_nonzero((of == name) & (first == b) & (second == a)) for a in (0, 1)] for b in (0, 1)]
            for name in names
        ],
        dtype=np.float64,
    )
    # One client is lent to each group, half approved and half refused, by both models alike.
    lent = cells + 0.5 * np.eye(2) * (cells.sum(axis=(1, 2), keepdims=True) > 0)
    others = len(of) - cells.sum()
    chances = np.append(lent.ravel(), others)
    drawn = np.random.default_rng(seed).multinomial(len(of), chances / chances.sum(), size=repeats)
    counts = drawn[:, :-1].reshape(repeats, len(names), 2, 2).astype(np.float64)
    n = counts.sum(axis=(2, 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = (counts[:, :, 1, :].sum(axis=2) / n, counts[:, :, :, 1].sum(axis=2) / n)
        ratios = [
            rate[:, names.index(one.lowest)] / rate[:, names.index(one.highest)]
            for rate, one in zip(rates, (before, after), strict=True)
        ]
    difference = ratios[1] - ratios[0]
    difference = difference[np.isfinite(difference)]
    estimate = after.ratio.estimate - before.ratio.estimate
    if not len(difference):
        return Interval(estimate, float("-inf"), float("inf"))
    low, high = np.quantile(difference, [(1 - level) / 2, (1 + level) / 2])
    return Interval(estimate, float(low), float(high))
