"""Weekly shares of the reasons that were given and of what was known of clients, with those of the training.

Reasons that are given more often than they were, and tables that are known less often, say early what has changed:
clients, a source of data, or who sends what. Of each week and client the newest decision counts.

A share has changed where its interval of the newest week with enough clients and that of the training do not meet, and
both lie five points apart or more. The intervals are Wilson's. All of a look are wrong together once in a thousand,
however many shares there are (Bonferroni). A week of fewer than a hundred clients says nothing, so ten decisions raise
no alarm.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import numpy as np
from sqlalchemy import select

from credit.decision.intervals import wilson
from credit.decision.policy import ACCEPT
from credit.decision_log import Log
from credit.decision_log.audit import rule_decision_of
from credit.decision_log.decision_arrays import mondays
from credit.decision_log.outcomes import since
from credit.decision_log.schema import COUNTED, decisions
from credit.decision_log.single_features import feature, number
from credit.features.history_flags import FEATURES as HISTORY_FLAGS
from credit.features.information_sources import SCORES
from credit.model.manifest_parts import Manifest
from credit.model.quantities import Count, Share, one_of
from credit.monitoring.window import Window

#: A week of fewer clients says nothing.
ENOUGH = 100
#: A change of less is of no matter, however sure it is.
LEAST_CHANGE = 0.05
#: With this probability at most an interval of a look is wrong.
FALSE_ALARM = 1e-3
#: So many weeks are shown, the newest last.
MOST_WEEKS = 13

REASON, TABLE, COLUMN = SUBJECTS = ("reason", "table", "column")

#: What a share is of, one of `SUBJECTS`, and its name: the code of a reason, a table, a column.
Followed = tuple[str, str]


@dataclass(frozen=True)
class WeekShare:
    """A share of the clients of one week.

    - ``begins``: its Monday, ISO 8601
    - ``clients``: of how many; for a reason those to whom the model gave some
    - ``share``: which part of them; null of none
    """

    begins: str
    clients: Count
    share: Share | None


@dataclass(frozen=True)
class FollowedShare:
    """A reason, a table or a column, week by week.

    - ``of``: reason, how often it is among those given; table and column, of how many clients it is known
    - ``name``: the code of the reason, or the name of the table or column
    - ``before``: its share in the training; null where the model's manifest does not say
    - ``weeks``: the newest last
    - ``changed``: whether the newest week with enough clients differs from the training by more than chance and five
      points
    """

    of: Annotated[str, one_of(SUBJECTS)]
    name: str
    before: Share | None
    weeks: tuple[WeekShare, ...]
    changed: bool

    @property
    def judged(self) -> WeekShare | None:
        """The newest week with enough clients, by which it is said whether the share has changed."""
        return next((week for week in reversed(self.weeks) if week.clients >= ENOUGH), None)


@dataclass(frozen=True)
class Usual:
    """The training's share of what is followed, and of how many clients it is."""

    shares: Mapping[Followed, tuple[float, int]]

    @classmethod
    def of(cls, manifest: Manifest) -> "Usual":
        """What a manifest says of reasons, tables and columns; what it does not say has no share."""
        found: dict[Followed, tuple[float, int]] = {}
        reasons = manifest.get("reasons")
        if reasons is not None:
            found |= {(REASON, code): (share, reasons["clients"]) for code, share in reasons["shares"].items()}
        missing = manifest.get("features", {}).get("missing", {})
        clients = manifest.get("model", {}).get("training_clients", 0)
        named = {(TABLE, one.table): one.name for one in HISTORY_FLAGS}
        named |= {(COLUMN, name): name for name in SCORES.columns}
        found |= {key: (1 - missing[name], clients) for key, name in named.items() if name in missing and clients}
        return cls(found)


@dataclass(frozen=True)
class Given:
    """What one decision says. ``week``: its Monday. ``reasons``: the codes that the model gave, None where it gave
    none; ``tables``: those known, None where the log does not say; ``columns``: of each whether it was known, empty
    where the inputs are erased.
    """

    week: np.datetime64
    reasons: frozenset[str] | None
    tables: frozenset[str] | None
    columns: Mapping[str, bool]

    def says(self, of: str, name: str) -> bool | None:
        """Whether it counts for a share; None where it says nothing of it."""
        if of == COLUMN:
            return self.columns.get(name)
        known = self.reasons if of == REASON else self.tables
        return None if known is None else name in known


def weekly_shares(log: Log, window: Window, usual: Usual, model_hash: str) -> tuple[FollowedShare, ...]:
    """The shares of the decisions of a window by the model of that hash, trials left out. Raises `LogError`.

    ``log``, ``window``: which decisions are read. ``usual``: the training's shares, and so what is followed.
    ``model_hash``: SHA-256 of the model.
    """
    names = [name for of, name in usual.shares if of == COLUMN]
    with log.reading() as connection:
        asked = select(
            *(decisions.c.client, decisions.c.time, decisions.c.decision, decisions.c.rule, decisions.c.reasons),
            *(decisions.c.sent, decisions.c.inputs.is_(None).label("erased")),
            *(feature(connection, name).label(f"column_{name}") for name in names),
        ).where(COUNTED, decisions.c.model_hash == model_hash)
        if window.days is not None:
            asked = asked.where(decisions.c.time >= since(window.days))
        rows = connection.execute(asked.order_by(decisions.c.id.desc()).limit(window.limit)).all()
    newest: dict[tuple[int, int], Given] = {}
    for row, week in zip(rows, mondays([row.time for row in rows]), strict=True):
        newest.setdefault((row.client, int(week.astype(int))), _given(row, week, names))
    return shares(newest.values(), usual)


def shares(given: Iterable[Given], usual: Usual) -> tuple[FollowedShare, ...]:
    """What is followed, week by week: all that the training knows, and reasons that were given since."""
    rows = list(given)
    weeks = sorted({one.week for one in rows})[-MOST_WEEKS:]
    new = {(REASON, code) for one in rows for code in one.reasons or ()}
    followed = [*usual.shares, *sorted(new - usual.shares.keys())]
    level = 1 - FALSE_ALARM / max(1, 2 * len(followed))
    found = []
    for of, name in followed:
        said = [(one.week, holds) for one in rows if (holds := one.says(of, name)) is not None]
        clients, held = Counter(week for week, _ in said), Counter(week for week, holds in said if holds)
        counted = [(clients[week], held[week]) for week in weeks]
        before = usual.shares.get((of, name))
        found.append(
            FollowedShare(
                of,
                name,
                None if before is None else before[0],
                tuple(
                    WeekShare(str(week), among, number_of / among if among else None)
                    for week, (among, number_of) in zip(weeks, counted, strict=True)
                ),
                before is not None and _changed(counted, *before, level),
            )
        )
    return tuple(found)


def _given(row: Any, week: np.datetime64, names: Sequence[str]) -> Given:
    by_model = row.decision != ACCEPT and row.reasons is not None and rule_decision_of(row) is None
    codes = frozenset(one["code"] for one in msgspec.json.decode(row.reasons)) if by_model else None
    columns = {} if row.erased else {name: not math.isnan(number(getattr(row, f"column_{name}"))) for name in names}
    return Given(week, codes, None if row.sent is None else frozenset(row.sent.split(",")), columns)


def _changed(weeks: Sequence[tuple[int, int]], before: float, of: int, level: float) -> bool:
    """Whether the newest of ``weeks``, clients and how many of them, with enough clients differs from ``before``, the
    share of ``of`` clients.
    """
    enough = [week for week in weeks if week[0] >= ENOUGH]
    if not enough or of < ENOUGH:
        return False
    clients, held = enough[-1]
    if abs(held / clients - before) < LEAST_CHANGE:
        return False
    low, high = wilson([held, before * of], [clients, of], level)
    return bool(low[0] > high[1] or high[0] < low[1])
