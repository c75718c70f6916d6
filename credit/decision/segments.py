"""Segments of clients with a margin, a loss given default and a threshold of their own: data in the bank's file.

    [[segments]]
    name = "revolving"                    # once in the file; answers and the log name the segment by it
    valid_from = 2026-01-01               # the first day, UTC
    if_unknown = "skip"                   # where a missing value leaves the condition unknown: skip, or belong
    when = { column = "NAME_CONTRACT_TYPE", op = "=", value = "Revolving loans" }
    margin = 0.25                         # earned with a loan that is repaid, share of AMT_CREDIT
    loss_given_default = 0.7              # lost with one that is not, share of AMT_CREDIT
    threshold = 0.26                      # optional; without it the break-even probability m / (m + l)

A client belongs to the first segment of the file that is in force and whose condition holds; without any, the model's
own costs and threshold apply. The last segment may have no ``when``: then it holds every other client. A segment looks
at what a rule before the model may look at (`credit.decision.rule_columns`), and at no protected attribute: a price by
age or gender is discrimination, whatever it earns.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from credit.decision.conditions import Condition, read
from credit.decision.cost import Costs
from credit.decision.rule_columns import QUANTITIES, RuleColumns, RuleValues

Floats = NDArray[np.float64]

SKIP, BELONG = IF_UNKNOWN = ("skip", "belong")

_WANTED = ("name", "valid_from", "margin", "loss_given_default")
_OF_CONDITION = ("when", "if_unknown")
_OPTIONAL = ("threshold",)
_ARRAYS = ("threshold", "margin", "loss_given_default")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True)
class Segment:
    """One segment.

    - ``name``, ``valid_from``, ``if_unknown``: as in the file; ``if_unknown`` is None without a condition
    - ``condition``: checked against a model's columns; None where every other client belongs to it
    - ``costs``: its margin and its loss given default
    - ``threshold``: the probability of default at or above which its loans are refused, in (0, 1)
    """

    name: str
    valid_from: date
    if_unknown: str | None
    condition: Condition | None
    costs: Costs
    threshold: float

    def holds(self, values: RuleValues) -> NDArray[np.bool_]:
        """(n,) who fulfils the condition; a client of whom it is unknown as ``if_unknown`` says."""
        if self.condition is None:
            return np.ones(len(values.X), dtype=bool)
        truth = self.condition.truth(values)
        return np.asarray((truth > 0) | ((truth == 0) & (self.if_unknown == BELONG)))


@dataclass(frozen=True)
class ClientTerms:
    """By which threshold and costs each of n clients is decided on.

    - ``segments``: the name of each client's segment, None where the model's own terms apply
    - ``threshold``: (n,) probability of default at or above which the loan is refused, in (0, 1)
    - ``margin``, ``loss_given_default``: (n,) shares of AMT_CREDIT, > 0
    """

    segments: tuple[str | None, ...]
    threshold: Floats
    margin: Floats
    loss_given_default: Floats

    @property
    def break_even(self) -> Floats:
        """(n,) the probability at which accepting and refusing cost the same: m / (m + l)."""
        return self.margin / (self.margin + self.loss_given_default)

    @classmethod
    def same(cls, n: int, threshold: float, costs: Costs) -> "ClientTerms":
        """One threshold and one pair of costs for all ``n`` clients."""
        return cls((None,) * n, np.full(n, threshold), np.full(n, costs.margin), np.full(n, costs.loss_given_default))

    def costs(self, client: int) -> Costs:
        """Those of one client, by its place."""
        return Costs(float(self.margin[client]), float(self.loss_given_default[client]))

    @classmethod
    def joined(cls, parts: Sequence["ClientTerms"]) -> "ClientTerms":
        """Those of several groups of clients, one after the other."""
        return cls(
            tuple(name for one in parts for name in one.segments),
            *(np.concatenate([getattr(one, name) for one in parts]) for name in _ARRAYS),
        )

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "ClientTerms":
        """Those of some clients, ``chosen``: (n,)."""
        names = tuple(name for name, mine in zip(self.segments, chosen.tolist(), strict=True) if mine)
        return ClientTerms(names, self.threshold[chosen], self.margin[chosen], self.loss_given_default[chosen])


def terms_of(segments: Sequence[Segment], on: date, X: Floats, threshold: float, costs: Costs) -> ClientTerms:
    """The terms of the clients ``X`` (n_clients, n_columns) on a day; ``threshold``, ``costs``: without a segment.

    ``segments``: in the order of the file; a client is in the first whose condition holds. ``on``: the day; segments
    that begin later are left out.
    """
    found = ClientTerms.same(len(X), threshold, costs)
    valid = [one for one in segments if one.valid_from <= on]
    if not valid:
        return found
    names: list[str | None] = list(found.segments)
    free, values = np.ones(len(X), dtype=bool), RuleValues(X, {})
    for segment in valid:
        mine = free & segment.holds(values)
        free &= ~mine
        for client in np.flatnonzero(mine).tolist():
            names[client] = segment.name
        found.threshold[mine] = segment.threshold
        found.margin[mine], found.loss_given_default[mine] = segment.costs.margin, segment.costs.loss_given_default
    return ClientTerms(tuple(names), found.threshold, found.margin, found.loss_given_default)


def read_segments(written: Sequence[Mapping[str, Any]], columns: RuleColumns, wrong: list[str]) -> tuple[Segment, ...]:
    """The segments of a file's tables; what is wrong with them is added to ``wrong``, sentence by sentence."""
    found = []
    for place, one in enumerate(written, 1):
        segment = _segment(one, place, columns, wrong)
        if segment is not None:
            found.append(segment)
    names = [one.get("name") for one in written]
    for name in dict.fromkeys(one for one in names if isinstance(one, str)):
        if (count := names.count(name)) > 1:
            wrong.append(f"segment {name!r}: {count} segments have this name; give each its own")
    for one in written[:-1]:
        if "when" not in one:
            wrong.append(
                f"{_title(one.get('name'), written.index(one) + 1)}: without when it holds every client, so that no "
                "later segment is reached; write it last"
            )
    return tuple(found)


def _segment(written: Mapping[str, Any], place: int, columns: RuleColumns, wrong: list[str]) -> Segment | None:
    found: list[str] = []
    name, begins = written.get("name"), written.get("valid_from")
    if missing := [key for key in _WANTED if key not in written]:
        found.append(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if unknown := sorted(written.keys() - {*_WANTED, *_OF_CONDITION, *_OPTIONAL}):
        keys = ", ".join((*_WANTED, *_OF_CONDITION))
        found.append(f"{', '.join(unknown)} is no key of a segment; it has {keys}, and threshold")
    if "name" in written and not _is_name(name):
        found.append(f"name must be lower-case letters, digits and _, at most 60, not {name!r:.80}")
    # A time of the day is a date to Python, too.
    if "valid_from" in written and (not isinstance(begins, date) or isinstance(begins, datetime)):
        found.append(f"valid_from is a day such as 2026-01-31, without quotes and without a time, not {begins!r:.60}")
    for key in ("margin", "loss_given_default"):
        if key in written and not _is_number(written[key], math.inf):
            found.append(f"{key} is a share of the loan above 0, such as 0.19, not {written[key]!r:.60}")
    if "threshold" in written and not _is_number(written["threshold"], 1.0):
        found.append(f"threshold is a probability between 0 and 1, both excluded, not {written['threshold']!r:.60}")
    condition = _condition(written, columns, found)
    wrong += [f"{_title(name, place)}: {one}" for one in found]
    if found:
        return None
    costs = Costs(float(written["margin"]), float(written["loss_given_default"]))
    threshold = float(written.get("threshold", costs.break_even))
    return Segment(written["name"], written["valid_from"], written.get("if_unknown"), condition, costs, threshold)


def _condition(written: Mapping[str, Any], columns: RuleColumns, found: list[str]) -> Condition | None:
    if "when" not in written:
        if "if_unknown" in written:
            found.append("if_unknown belongs to a condition; write when, or take it out")
        return None
    if "if_unknown" not in written:
        found.append(f"if_unknown is missing: {' or '.join(IF_UNKNOWN)} where a missing value leaves when unknown")
    elif written["if_unknown"] not in IF_UNKNOWN:
        found.append(f"if_unknown is one of {', '.join(IF_UNKNOWN)}, not {written['if_unknown']!r:.60}")
    if late := sorted(_columns_in(written["when"]) & QUANTITIES.keys()):
        found.append(f"{', '.join(late)} is known after the model alone; a segment is known before it")
        return None
    condition, problems = read(written["when"], columns, after=False)
    found += problems
    if condition is not None and (protected := sorted({one.name for one in condition.columns() if one.protected})):
        found.append(f"{', '.join(protected)} is a protected attribute or says one; no segment may depend on it")
    return condition


def _columns_in(written: Any) -> set[str]:
    """The names that a condition writes as columns, right or wrong."""
    if isinstance(written, Mapping):
        own = {written["column"]} if isinstance(written.get("column"), str) else set()
        return own.union(*(_columns_in(written.get(name)) for name in ("all", "any", "not")))
    return set().union(*map(_columns_in, written)) if isinstance(written, list) else set()


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def _is_number(value: Any, below: float) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 < value < below


def _title(name: Any, place: int) -> str:
    return f"segment {name!r}" if _is_name(name) else f"segment number {place}"
