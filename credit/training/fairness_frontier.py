"""What treating groups more alike costs: saving against the ratio of approvals, of models judged on the same clients.

Each point is an alternative (`credit.training.fairness_alternatives`), judged twice: on training clients by models that
had not seen them, and on the test clients. A client is approved below the break-even probability of the costs. The
choice is made by the figures out of fold alone, so those of the test clients say what a choice among many is worth.

A point is dominated where another one saves at least as much with ratios at least as high, and one of them higher.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from credit.decision.cost import Costs
from credit.decision.intervals import Interval, saving
from credit.training.approval_ratios import FourFifths, ratio_change, ratio_of
from credit.training.client_attributes import Attribute, Texts
from credit.training.fairness_alternatives import Alternative
from credit.training.gap_contributions import Carried
from credit.training.review_savings import threshold_costs

Floats = NDArray[np.float64]

#: So near to what a point may cost is what it may cost.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Decided:
    """Clients on whom all points are judged, arrays (n_clients,).

    ``defaulted``: 0/1; ``amount``: AMT_CREDIT; ``groups``: attribute -> the name of each client's group.
    """

    defaulted: NDArray[np.int64]
    amount: Floats
    groups: Mapping[str, Texts]


@dataclass(frozen=True)
class Judged:
    """A point on some clients.

    - ``saving``: against accepting everybody, as a share of what that costs
    - ``interval``: of ``saving``, 95 %; None where too few clients defaulted
    - ``gain``: what it saves more than the unchanged model, in the same unit, paired; None where that cannot be told
    - ``ratios``: attribute -> the lowest approval rate over the highest; without those that cannot be compared
    - ``changes``: attribute -> by how much that ratio is above the unchanged model's, paired
    """

    saving: float
    interval: Interval | None
    gain: Interval | None
    ratios: Mapping[str, FourFifths]
    changes: Mapping[str, Interval]

    @property
    def least(self) -> float:
        """The lowest of the ratios, 1 where there is none."""
        return min((one.ratio.estimate for one in self.ratios.values()), default=1.0)

    def to_dict(self) -> dict[str, Any]:
        """As a manifest keeps it."""
        return {
            "saving": self.saving,
            **_interval("interval", self.interval),
            **_interval("gain", self.gain),
            "ratios": {
                name: {"lowest": one.lowest, "highest": one.highest, **asdict(one.ratio), **_interval("change", change)}
                for name, one in self.ratios.items()
                for change in (self.changes.get(name),)
            },
        }


@dataclass(frozen=True)
class Point:
    """``number``: by which it is taken, 0 for the unchanged model. ``dominated_by``: the number of another point."""

    number: int
    alternative: Alternative
    out_of_fold: Judged
    test: Judged
    dominated_by: int | None = None


@dataclass(frozen=True)
class Frontier:
    """``points``: by number. ``attributes``: by which approvals are compared. ``carries``: attribute -> what carries
    the difference in approvals of the unchanged model. ``looked``: how many training clients the looks learnt from;
    ``test_clients``: how many others judged them.
    """

    points: tuple[Point, ...]
    attributes: tuple[Attribute, ...]
    carries: Mapping[str, Sequence[Carried]]
    looked: int
    test_clients: int

    def table(self) -> pl.DataFrame:
        """A row a point: number, name, kind, dominated_by; saving and gain with their ends; each ratio with its change.

        Columns that begin with ``test_`` are of the test clients, the others out of fold. Null: cannot be told.
        """
        rows = []
        for point in self.points:
            row: dict[str, Any] = {
                "number": point.number,
                "name": point.alternative.name,
                "kind": point.alternative.kind,
                "dominated_by": point.dominated_by,
            }
            for prefix, judged in (("", point.out_of_fold), ("test_", point.test)):
                row[f"{prefix}saving"] = judged.saving
                row |= {f"{prefix}{name}": value for name, value in _interval("saving", judged.interval, False).items()}
                row |= {f"{prefix}{name}": value for name, value in _interval("gain", judged.gain).items()}
                for one in self.attributes:
                    found = judged.ratios.get(one.name)
                    row |= {
                        f"{prefix}{name}": value
                        for name, value in _interval(
                            f"ratio_{one.name}", None if found is None else found.ratio
                        ).items()
                    }
                    row |= {
                        f"{prefix}{name}": value
                        for name, value in _interval(f"change_{one.name}", judged.changes.get(one.name)).items()
                    }
            rows.append(row)
        texts = {"number": pl.Int64, "name": pl.String, "kind": pl.String, "dominated_by": pl.Int64}
        return pl.DataFrame(rows, schema={name: texts.get(name, pl.Float64) for name in rows[0]})

    def to_dict(self) -> dict[str, Any]:
        """As a manifest keeps it."""
        return {
            "attributes": [one.to_dict() for one in self.attributes],
            "looked_clients": self.looked,
            "test_clients": self.test_clients,
            "carries": {
                name: [{"part": one.part, "features": len(one.features), "points": one.points} for one in parts]
                for name, parts in self.carries.items()
            },
            "points": [
                {
                    "number": one.number,
                    **one.alternative.to_dict(),
                    "dominated_by": one.dominated_by,
                    "out_of_fold": one.out_of_fold.to_dict(),
                    "test": one.test.to_dict(),
                }
                for one in self.points
            ],
        }


def judged(on: Decided, probability: ArrayLike, unchanged: ArrayLike, costs: Costs) -> Judged:
    """Judge a model by its ``probability`` of each client, beside the ``unchanged`` one's; both arrays (n_clients,).
    ``on``: the clients, their outcomes, amounts and groups. ``costs``: of errors, at whose break-even probability both
    refuse.
    """
    p, before = np.asarray(probability, dtype=np.float64), np.asarray(unchanged, dtype=np.float64)
    refused, refused_before = p >= costs.break_even, before >= costs.break_even
    everybody = threshold_costs(on.defaulted, np.zeros(len(p)), on.amount, costs)
    mine, other = (threshold_costs(on.defaulted, one, on.amount, costs) for one in (refused, refused_before))
    gain = Interval(0.0, 0.0, 0.0) if np.array_equal(refused, refused_before) else saving(mine, other, everybody)
    ratios, changes = {}, {}
    for name, group in on.groups.items():
        names = np.unique(group).tolist()
        ratio, ratio_before = (ratio_of(name, names, group, ~one) for one in (refused, refused_before))
        if ratio is not None:
            ratios[name] = ratio
        if ratio is not None and ratio_before is not None:
            changes[name] = ratio_change(ratio_before, ratio, group, ~refused_before, ~refused)
    return Judged(float(1 - mine.sum() / everybody.sum()), saving(mine, everybody, everybody), gain, ratios, changes)


def with_dominated(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points with what dominates each: of several the one that saves most."""
    every = tuple(points)
    found = []
    for one in every:
        better = [other for other in every if _dominates(other.out_of_fold, one.out_of_fold)]
        first = max(better, key=lambda other: (other.out_of_fold.saving, -other.number), default=None)
        found.append(
            Point(one.number, one.alternative, one.out_of_fold, one.test, None if first is None else first.number)
        )
    return tuple(found)


def _dominates(one: Judged, other: Judged) -> bool:
    mine, theirs = ([judged.saving, *_ratios(judged, one, other)] for judged in (one, other))
    return all(a >= b for a, b in zip(mine, theirs, strict=True)) and mine != theirs


def _ratios(judged: Judged, *both: Judged) -> list[float]:
    """Of the attributes that both can be compared by, in one order."""
    shared = sorted(set(both[0].ratios) & set(both[1].ratios))
    return [judged.ratios[name].ratio.estimate for name in shared]


def taken(frontier: Frontier, number: int | None = None, cost: float | None = None) -> tuple[Point, str]:
    """The point that is taken, and by which rule.

    ``number``: the point's. ``cost``: in place of it, in points of what accepting everybody costs, >= 0: of the points
    that save at most so much less than the unchanged model, the one whose lowest ratio is highest; of equals the one
    that saves most. Raises ``ValueError`` for a number that no point has and where both are given, or neither.
    """
    if (number is None) == (cost is None):
        raise ValueError("name a point or what it may cost, not both and not neither")
    if number is not None:
        found = next((one for one in frontier.points if one.number == number), None)
        if found is None:
            raise ValueError(f"there is no point {number}; they are numbered from 0 to {len(frontier.points) - 1}")
        return found, f"point {number}, as named"
    assert cost is not None
    floor = frontier.points[0].out_of_fold.saving - cost / 100 - _ROUNDING
    allowed = [one for one in frontier.points if one.out_of_fold.saving >= floor or one.number == 0]
    best = max(allowed, key=lambda one: (one.out_of_fold.least, one.out_of_fold.saving, -one.number))
    return best, f"the largest of the lowest ratios that costs at most {cost:g} points out of fold"


def _interval(name: str, found: Interval | None, estimate: bool = True) -> dict[str, float | None]:
    ends = {f"{name}_low": None if found is None else found.low, f"{name}_high": None if found is None else found.high}
    return {name: None if found is None else found.estimate, **ends} if estimate else ends
