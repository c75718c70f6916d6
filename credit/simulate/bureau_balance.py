"""The months of the bureau's credits: running (0), late (1 to 5), closed (C) or not known (X).

Months run from the opening of a credit, at most 96 back, to the month of the application, or end earlier where the
lender stopped reporting. After the day on which the credit ended every month says C.
"""

import numpy as np
import polars as pl

from credit.simulate.row_sampling import (
    FIRST_MONTH,
    Floats,
    Integers,
    frame,
    from_quantiles,
    mixed,
    month_of,
    probability,
    rows_of,
    words,
)

STATUSES = ("0", "1", "2", "3", "4", "5", "C", "X")
CLOSED, UNKNOWN = 6, 7

#: Share of credits reported until the month of the application (the others stop earlier), and from their opening on.
STILL_REPORTED, FROM_THE_START = 0.87, 0.88

#: Share of ended credits that are no longer reported some months after their end.
FORGOTTEN = 0.17

#: Chance that a month before the end of a credit is not known, over credits: some are never known, most often are.
UNKNOWN_SHARES = {0: 0, 0.26: 0.0, 0.44: 0.07, 0.56: 0.3, 0.64: 0.9, 0.68: 1, 1: 1}


def balances(
    rng: np.random.Generator,
    *,
    identity: Integers,
    client: Integers,
    age: Integers,
    ended: Floats,
    lateness: Integers,
    discipline: Floats,
    trend: Floats,
) -> pl.DataFrame:
    """The table bureau_balance of these credits.

    All arrays have shape (credits,). ``rng``: draws all of it. ``identity``: SK_ID_BUREAU. ``client``: place of the
    credit's client. ``discipline``: of that client; the more, the fewer months are late. ``age``: days since opening.
    ``ended``: day on which it ended, NaN while it runs. ``lateness``: 2 where some months were late. ``trend`` acts on
    the last twelve months only.
    """
    opened = np.maximum(month_of(-age), FIRST_MONTH)
    stopped = rng.random(identity.size) >= STILL_REPORTED
    later = rng.random(identity.size) >= FROM_THE_START
    opened = np.where(later, np.ceil(opened * rng.random(identity.size)).astype(np.int64), opened)
    last = np.where(stopped, np.ceil(opened * rng.random(identity.size)).astype(np.int64), 0)
    closing = np.where(np.isnan(ended), 1, month_of(np.nan_to_num(ended)))
    forgotten = ~np.isnan(ended) & (rng.random(identity.size) < FORGOTTEN)
    last = np.where(forgotten, np.minimum(last, closing + rng.integers(0, 5, identity.size)), last)
    last = np.maximum(last, opened)
    owner, place = rows_of(last - opened + 1)
    month = last[owner] - place
    over = month > closing[owner]

    habit = rng.standard_normal(int(client.max(initial=-1)) + 1)
    unknown_share = from_quantiles(probability(mixed(rng, (0.65, habit[client]))), UNKNOWN_SHARES)
    unknown = rng.random(owner.size) < unknown_share[owner]
    status = np.where(over, CLOSED, np.where(unknown, UNKNOWN, 0))
    # Late months: the credits that are late at all are late in a share of their months, lately more if it gets worse.
    late = lateness == 2
    base = 0.05 - 0.25 * discipline
    lately = np.where(month >= -12, 0.7 * trend[owner] - 0.35, 0.0)
    count = late[owner] & (status == 0)
    rows = np.flatnonzero(count)
    score = rng.standard_normal(rows.size)
    hit = score < base[owner[rows]] + lately[rows]
    heavy = rng.random(identity.size) < 0.05
    depth = np.searchsorted([0.86, 0.93, 0.955, 0.972], rng.random(rows.size)) + 1
    depth = np.where(heavy[owner[rows]], 5, depth)
    status[rows] = np.where(hit | heavy[owner[rows]], depth, 0)
    return frame("bureau_balance", {
        "SK_ID_BUREAU": identity[owner],
        "MONTHS_BALANCE": month,
        "STATUS": words(STATUSES, status),
    })  # fmt: skip
