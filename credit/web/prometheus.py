"""What a server counts, told to Prometheus by GET /metrics: requests, seconds, decisions, probabilities, gaps, errors.

All numbers lie side by side in one stretch of memory, as float64. gunicorn.conf.py makes one stretch a worker before it
starts them, shared between all processes: each worker writes its own without a lock between processes, anyone who is
asked adds them up, and what a worker that has ended counted stays counted. Measured: a request with one client takes
3.1 microseconds, one with 1,000 clients 0.06 ms; prometheus_client, in its mode for several processes, takes 14 and 5.4
ms, since it knows no way to count an array, and leaves files behind.

The text's format: Prometheus exposition format 0.0.4, or OpenMetrics 1.0.0 where that is asked for. The latter has
exemplars: of a count the number of the newest decision in it, by which those who may read the log find it. What it says
of that decision is no more than the bucket that it is in. No other number says anything about one client.
"""

import hashlib
import mmap
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from credit.decision.policy import DECISIONS
from credit.decision.rule_decisions import RuleDecision

Floats = NDArray[np.float64]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: https://prometheus.io/docs/specs/om/open_metrics_spec/
OPEN_METRICS = "application/openmetrics-text"
OPEN_METRICS_TYPE = f"{OPEN_METRICS}; version=1.0.0; charset=utf-8"

#: The route of whatever no route takes.
NOWHERE = "none"

#: Status -> the kind of error.
KINDS = {
    400: "unreadable",
    401: "no key",
    403: "not allowed",
    404: "not found",
    405: "wrong method",
    406: "no such form",
    408: "stalled",
    413: "too large",
    415: "wrong content type",
    422: "refused values",
    429: "too many",
    500: "unexpected",
    501: "not possible",
    503: "log away",
}
STATUSES = (200, *KINDS)

#: Whether an interval holds the break-even probability, as a label says it: of False and of True.
CROSSING = ("no", "yes")
OTHER = "other"

#: Upper ends of the buckets. Seconds; probabilities, finer where most clients are; shares.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PROBABILITIES = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


#: So many rules of the bank, each with what it decides, are counted apart; what is beyond counts as these.
MOST_RULES = 600
OTHER_RULES = ("(others)", OTHER)


@dataclass(frozen=True)
class _Histogram:
    """A histogram's place: a cell for each bucket, one for what lies beyond, one for the sum."""

    name: str
    text: str
    ends: tuple[float, ...]
    first: int

    @property
    def size(self) -> int:
        return len(self.ends) + 2

    def lines(self, cells: Sequence[float], labels: str = "", newest: Sequence[float] = ()) -> list[str]:
        """As Prometheus reads them: buckets add up. ``newest``: the number of a decision in each, 0 for none."""
        here = cells[self.first : self.first + self.size]
        between = "," if labels else ""
        found, total = [], 0.0
        for place, (end, count) in enumerate(zip((*map(_number, self.ends), "+Inf"), here, strict=False)):
            total += count
            decision = exemplar(newest[place], end) if place < len(newest) else ""
            found.append(f'{self.name}_bucket{{{labels}{between}le="{end}"}} {_number(total)}{decision}')
        braced = f"{{{labels}}}" if labels else ""
        return [
            *found,
            f"{self.name}_sum{braced} {_number(here[-1])}",
            f"{self.name}_count{braced} {_number(total)}",
        ]


@dataclass(frozen=True)
class Gauge:
    """A number that stands beside the counts: ``values`` by label ('level="drifted"'), "" where there is but one."""

    name: str
    text: str
    values: Mapping[str, float]
    #: By label the number of the newest decision in a count, 0 for none.
    newest: Mapping[str, float] = field(default_factory=dict)
    kind: ClassVar[str] = "gauge"

    def lines(self, exemplars: bool = False) -> list[str]:
        """As Prometheus reads them. ``exemplars``: with the newest decisions."""
        found = _head(self.name, self.text, self.kind)
        for labels, value in self.values.items():
            decision = exemplar(self.newest.get(labels, 0.0), "1") if exemplars else ""
            found.append(f"{self.name}{f'{{{labels}}}' if labels else ''} {_number(value)}{decision}")
        return found


class Counter(Gauge):
    """The same, of a number that only rises."""

    kind: ClassVar[str] = "counter"


class Metrics:
    """Counts in this process's memory, until `share` gives it a stretch of a shared one. Safe for threads.

    ``routes``: the paths that there are; every other counts as `NOWHERE`. ``rules``: the bank's rules that there are,
    each with a decision that it can make, see `BankRules.outcomes`; no label has another name.
    """

    def __init__(self, routes: Iterable[str], rules: Sequence[tuple[str, str]] = ()) -> None:
        self._routes = {route: number for number, route in enumerate((NOWHERE, *routes))}
        statuses = (*map(str, STATUSES), OTHER)
        self._statuses = {status: number for number, status in enumerate(statuses)}
        self._requests, place = 0, len(self._routes) * len(statuses)
        self._decisions, place = place, place + len(DECISIONS)
        self._crossing, place = place, place + len(CROSSING)
        self._seconds = []
        for _ in self._routes:
            one = _Histogram("credit_request_seconds", "How long requests took, in seconds.", SECONDS, place)
            self._seconds.append(one)
            place += one.size
        said = "Probabilities of default that were answered."
        self._probability = _Histogram("credit_probability_of_default", said, PROBABILITIES, place)
        place += self._probability.size
        said = "Share of the model's features of which no value is known, per scored client."
        self._missing = _Histogram("credit_missing_share", said, SHARES, place)
        place += self._missing.size
        # The newest decision of each kind and in each bucket, by its number in the log.
        self._newest, place = place, place + len(DECISIONS) + len(PROBABILITIES) + len(SHARES)
        self._newest_end = place
        counted = [*rules[:MOST_RULES], *([OTHER_RULES] if len(rules) > MOST_RULES else [])]
        self._rules = {rule: number for number, rule in enumerate(counted, place + 1)}
        # Before the rules' cells stands which rules they are of: a worker that starts later may have read others.
        self._mark, self._which = place, float(int(hashlib.sha256(repr(counted).encode()).hexdigest()[:12], 16) + 1)
        self._size = place + 1 + len(counted)
        self._lock = Lock()
        self._everybody: Floats | None = None
        self._count_in(np.zeros(self._size))

    def share(self, memory: mmap.mmap, stretches: int, worker: int) -> None:
        """Count in ``worker``'s stretch of ``memory``, beside the others; before anything was counted.

        A worker that is started after many others takes over the stretch, and the counts, of one that has ended; but
        those of other rules of the bank. Raises ValueError where a stretch is too short.
        """
        size = len(memory) // 8 // stretches
        if size < self._size:
            raise ValueError(f"a stretch of {size} numbers is too short for {self._size}; make it longer")
        everybody = np.frombuffer(memory, np.float64, size * stretches).reshape(stretches, size)
        self._everybody = everybody[:, : self._size]
        self._count_in(self._everybody[worker % stretches])

    def _count_in(self, cells: Floats) -> None:
        if cells[self._mark] != self._which:
            cells[self._mark + 1 :] = 0.0
            cells[self._mark] = self._which
        self._cells = cells
        self._view = cells.data.cast("B").cast("d")  # the same numbers: for one at a time faster than the array

    def request(self, route: str, status: int, seconds: float) -> None:
        """One answered request. ``route``: its path as the app knows it."""
        number = self._routes.get(route, 0)
        column = self._statuses.get(str(status), len(self._statuses) - 1)
        here = self._seconds[number]
        with self._lock:
            self._view[number * len(self._statuses) + column] += 1
            self._view[here.first + bisect_left(SECONDS, seconds)] += 1
            self._view[here.first + here.size - 1] += seconds

    def scored(
        self,
        decisions: Sequence[str],
        probability: Floats,
        missing: Floats,
        rule_decisions: Sequence[RuleDecision | None] = (),
        ids: Sequence[int] | None = None,
        crossing: Sequence[bool] = (),
    ) -> None:
        """Clients that were scored, one each: ``decisions``, ``probability``, ``missing``, the share of features that
        are not known, and ``rule_decisions`` of the bank, None where the model decided. ``ids``: of their rows in the
        log, or None. ``crossing``: whether the intervals of each hold the break-even probability; empty where none are
        measured.
        """
        histograms = ((self._probability, probability), (self._missing, missing))
        with self._lock:
            if ids is not None:
                self._remember(decisions, probability, missing, ids)
            for one in rule_decisions:
                if one is not None:
                    self._view[self._rules.get((one.rule, one.outcome)) or self._rules[OTHER_RULES]] += 1
            for crosses in crossing:
                self._view[self._crossing + crosses] += 1
            if len(decisions) == 1:  # the usual case, without the machinery for many
                self._view[self._decisions + DECISIONS.index(decisions[0])] += 1
                for histogram, values in histograms:
                    value = float(values[0])
                    self._view[histogram.first + bisect_left(histogram.ends, value)] += 1
                    self._view[histogram.first + histogram.size - 1] += value
                return
            for place, name in enumerate(DECISIONS, self._decisions):
                self._view[place] += decisions.count(name)
            for histogram, values in histograms:
                first, last = histogram.first, histogram.first + histogram.size - 1
                buckets = np.searchsorted(histogram.ends, values, side="left")
                self._cells[first:last] += np.bincount(buckets, minlength=last - first)
                self._cells[last] += values.sum()

    def _remember(self, decisions: Sequence[str], probability: Floats, missing: Floats, ids: Sequence[int]) -> None:
        """Of each kind and bucket the newest decision. The last of several at the same place stays."""
        place = self._newest
        for name, number in dict(zip(decisions, ids, strict=True)).items():
            self._view[place + DECISIONS.index(name)] = number
        place += len(DECISIONS)
        for ends, values in ((PROBABILITIES, probability), (SHARES, missing)):
            if len(ids) == 1:
                self._view[place + min(bisect_left(ends, float(values[0])), len(ends) - 1)] = ids[0]
            else:
                buckets = np.minimum(np.searchsorted(ends, values, side="left"), len(ends) - 1)
                for bucket, number in dict(zip(buckets.tolist(), ids, strict=True)).items():
                    self._view[place + bucket] = number
            place += len(ends)

    def exposition(
        self, info: dict[str, str], threshold: float, gauges: Iterable[Gauge] = (), open_metrics: bool = False
    ) -> str:
        """The text for Prometheus, over all workers. ``info``: labels that name the model. ``threshold``: the model's.
        ``gauges``: more to tell. ``open_metrics``: in that format, with exemplars.
        """
        cells = self._total().tolist()
        newest = cells[self._newest : self._newest_end] if open_metrics else [0.0] * (self._newest_end - self._newest)
        lines = _head("credit_requests_total", "Answered requests by route and status.", "counter")
        errors: dict[str, float] = dict.fromkeys([*KINDS.values(), OTHER], 0.0)
        for route, number in self._routes.items():
            for status, column in self._statuses.items():
                count = cells[number * len(self._statuses) + column]
                kind = None if status == "200" else KINDS.get(int(status), OTHER) if status.isdigit() else OTHER
                if kind is not None:
                    errors[kind] += count
                if count:
                    lines.append(f'credit_requests_total{{route="{route}",status="{status}"}} {_number(count)}')
        lines += _head("credit_errors_total", "Answers that were errors, by kind.", "counter")
        lines += [f'credit_errors_total{{kind="{kind}"}} {_number(count)}' for kind, count in errors.items()]
        lines += _head("credit_request_seconds", self._seconds[0].text, "histogram")
        for route, number in self._routes.items():
            one = self._seconds[number]
            if any(cells[one.first : one.first + one.size]):
                lines += one.lines(cells, f'route="{route}"')
        lines += _head("credit_decisions_total", "Scored clients by decision.", "counter")
        for place, name in enumerate(DECISIONS, self._decisions):
            decision = exemplar(newest[place - self._decisions], "1")
            lines.append(f'credit_decisions_total{{decision="{name}"}} {_number(cells[place])}{decision}')
        lines += _head(
            "credit_interval_decisions_total",
            "Scored clients by whether the intervals of their probability hold the break-even one.",
            "counter",
        )
        for place, name in enumerate(CROSSING, self._crossing):
            lines.append(f'credit_interval_decisions_total{{crosses="{name}"}} {_number(cells[place])}')
        if self._rules:
            lines += _head("credit_rule_decisions_total", "Scored clients by the bank's rule that decided.", "counter")
            for (rule, name), place in self._rules.items():
                lines.append(f'credit_rule_decisions_total{{rule="{rule}",decision="{name}"}} {_number(cells[place])}')
        first = len(DECISIONS)
        for histogram in (self._probability, self._missing):
            here = newest[first : first + len(histogram.ends)]
            lines += [*_head(histogram.name, histogram.text, "histogram"), *histogram.lines(cells, newest=here)]
            first += len(histogram.ends)
        lines += _head("credit_threshold", "The probability of default at which a loan is refused.", "gauge")
        lines.append(f"credit_threshold {_number(threshold)}")
        for gauge in gauges:
            lines += gauge.lines(open_metrics)
        lines += _head("credit_model_info", "The model that answers.", "gauge")
        labels = ",".join(f'{name}="{escaped(value)}"' for name, value in info.items())
        lines.append(f"credit_model_info{{{labels}}} 1")
        if open_metrics:  # a counter's family has the name without its end
            lines = [_OF_COUNTER.sub(r"\1 ", line) if line.startswith("# ") else line for line in lines]
            lines.append("# EOF")
        return "\n".join([*lines, ""])

    def _total(self) -> Floats:
        if self._everybody is None:
            return self._cells.copy()
        newest = slice(self._newest, self._newest_end)
        total, same = self._everybody.sum(axis=0), self._everybody[:, self._mark] == self._which
        total[newest] = self._everybody[:, newest].max(axis=0)  # numbers rise
        total[self._mark + 1 :] = self._everybody[same, self._mark + 1 :].sum(axis=0)
        return np.asarray(total)


def exemplar(decision: float, value: str) -> str:
    """What follows a count in OpenMetrics: a decision in it, empty for none (0). ``value``: the end of its bucket."""
    return f' # {{decision_id="{_number(decision)}"}} {value}' if decision else ""


#: The name of a counter in the lines before it.
_OF_COUNTER = re.compile(r"^(# (?:HELP|TYPE) \w+)_total ")


def _head(name: str, text: str, kind: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def escaped(text: str) -> str:
    """A label's value as Prometheus reads it."""
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
