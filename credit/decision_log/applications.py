"""The applications of the log: of repeated requests about a client the one that counts, with its features."""

from collections.abc import Collection, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from credit.decision_log.decision_arrays import mondays
from credit.decision_log.encoding import Columns, read
from credit.decision_log.log import Log
from credit.decision_log.schema import COUNTED, decisions

Floats = NDArray[np.float64]

#: Decisions whose inputs are read at a time: some 4 MB.
_STEP = 500


def applications(
    log: Log, columns: Columns, outcome: Mapping[int, bool], people: Collection[int], last: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.object_], Floats]]:
    """Clients (n,), ids of decisions (n,), their weeks (n,) as days since 1970, what was decided (n,) and features
    (n, k) of the applications, some at a time.

    A client who was asked about again keeps the outcome that was told of an earlier decision: each decision with an
    outcome is one loan. Without one, repeated requests of a week are one application: the newest on which a person has
    decided (``people``), else the newest. Raises `LogError`.

    ``log``: which is read. ``columns``: decisions of models with others are left out. ``outcome``: id of a decision ->
    whether the client defaulted. ``people``: ids of the decisions on which a person has decided. ``last``: how many of
    the newest decisions are looked at.
    """
    asked = (
        select(decisions.c.id, decisions.c.client, decisions.c.time)
        .where(decisions.c.inputs.is_not(None), decisions.c.columns == columns.hash, COUNTED)
        .order_by(decisions.c.id.desc())
        .limit(last)
    )
    with log.reading() as connection:
        rows = connection.execute(asked).all()
    weeks = mondays([row.time for row in rows]).astype(int).tolist()
    seen = {(row.client, week) for row, week in zip(rows, weeks, strict=True) if row.id in outcome}
    kept = {row.id for row in rows if row.id in outcome}
    for first in (True, False):  # those on which a person has decided, then the others; the newest of each first
        for row, week in zip(rows, weeks, strict=True):
            if row.id not in kept and (row.id in people) is first and (row.client, week) not in seen:
                seen.add((row.client, week))
                kept.add(row.id)
    week_of = {row.id: week for row, week in zip(rows, weeks, strict=True)}
    chosen = [row.id for row in rows if row.id in kept]
    for start in range(0, len(chosen), _STEP):
        wanted = select(decisions.c.id, decisions.c.client, decisions.c.decision, decisions.c.inputs).where(
            decisions.c.id.in_(chosen[start : start + _STEP]), decisions.c.inputs.is_not(None)
        )
        with log.reading() as connection:
            found = connection.execute(wanted).all()
        if found:
            yield (
                np.array([row.client for row in found], dtype=np.int64),
                np.array([row.id for row in found], dtype=np.int64),
                np.array([week_of[row.id] for row in found], dtype=np.int64),
                np.array([row.decision for row in found], dtype=object),
                np.stack([read(bytes(row.inputs)) for row in found]),
            )
