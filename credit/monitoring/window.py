"""The decisions of the log that are looked at: the last so many, or those of the last days; each client once."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from credit.decision_log import Columns, Log
from credit.decision_log.encoding import read
from credit.decision_log.outcomes import since
from credit.decision_log.schema import COUNTED, decisions
from credit.monitoring.profile import Floats

#: Without a word the last so many; and never more.
LAST, MOST = 5_000, 100_000

#: The most days that a window has.
LONGEST = 3_650

#: Decisions read at a time: some 4 MB.
_STEP = 500


@dataclass(frozen=True)
class Window:
    """The last decisions, or those of the last days.

    - ``last``: at most so many decisions; null for all that there are, up to 100,000
    - ``days``: of so many days; null for those of any time
    """

    last: int | None = LAST
    days: float | None = None

    @property
    def said(self) -> str:
        """In words."""
        many = f"the last {self.limit:,} decisions"
        return f"among {many}" if self.days is None else f"of the last {self.days:g} days, among {many}"

    @property
    def limit(self) -> int:
        """At most so many decisions."""
        return min(self.last or MOST, MOST)


@dataclass(frozen=True)
class Inputs:
    """Some clients of the window: their numbers ``client`` and the ids of their newest ``decision`` (n,), features
    ``X`` (n, k), and ``probability`` (n,) as it was answered, NaN where another model answered.
    """

    client: NDArray[np.int64]
    decision: NDArray[np.int64]
    X: Floats
    probability: Floats


def inputs(log: Log, window: Window, columns: Columns, model_hash: str, pause: float = 0.0) -> Iterator[Inputs]:
    """The clients of the window, the newest first, some at a time, each with the newest decision.

    Trials, decisions whose inputs were erased, and those of models that read other ``columns``, are left out. ``log``,
    ``window``: where the newest are read, and how far back. ``model_hash``: of the model whose probabilities are given,
    NaN of others. ``pause``: seconds between two steps, for others to get their turn. Raises `LogError`.
    """
    asked = (
        select(decisions.c.id, decisions.c.client, decisions.c.inputs, decisions.c.probability, decisions.c.model_hash)
        .where(decisions.c.inputs.is_not(None), decisions.c.columns == columns.hash, COUNTED)
        .order_by(decisions.c.id.desc())
    )
    if window.days is not None:
        asked = asked.where(decisions.c.time >= since(window.days))
    seen: set[int] = set()
    left, place = window.limit, None
    while left > 0:
        step = asked.limit(min(_STEP, left))
        with log.reading() as connection:
            rows = connection.execute(step if place is None else step.where(decisions.c.id < place)).all()
        if not rows:
            return
        left, place = left - len(rows), rows[-1].id
        newest = [row for row in rows if row.client not in seen and not seen.add(row.client)]  # type: ignore[func-returns-value]
        if newest:
            yield Inputs(
                np.array([row.client for row in newest], dtype=np.int64),
                np.array([row.id for row in newest], dtype=np.int64),
                np.stack([read(bytes(row.inputs)) for row in newest]),
                np.array([row.probability if row.model_hash == model_hash else np.nan for row in newest]),
            )
        time.sleep(pause)
