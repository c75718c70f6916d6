"""The months of granted loans: running until completed, counting down what is still to come, and days past due.

Row 0 of a loan is the month before its first instalment; row j follows instalment j; the last row is the month in
which the loan is terminated, when it is completed. Days past due of a month are those of the oldest instalment that
was due and not paid when the month ended. A small left-over debt keeps a loan running after its last instalment, with
days past due that grow and are tolerated (``SK_DPD_DEF`` 0).
"""

import numpy as np
import polars as pl

from credit.simulate.instalments import schedule
from credit.simulate.row_sampling import FIRST_MONTH, MONTH, Integers, frame, missing_where, month_of, rows_of, words

STATUSES = ("Active", "Completed", "Signed", "Demand", "Returned to the store", "Approved", "Amortized debt",
            "Canceled")  # fmt: skip
ACTIVE, COMPLETED, SIGNED, DEMAND, RETURNED, APPROVED, AMORTIZED, CANCELED = range(8)

#: Shares of running loans reported until the newest month, until the one before, ...
REPORTED_WITHIN = (0.36, 0.66, 0.84, 0.93, 0.97)

#: Months over which an unpaid instalment is followed.
FOLLOWED = 7


def pos(rng: np.random.Generator, loans: pl.DataFrame, instalments: pl.DataFrame) -> pl.DataFrame:
    """The table POS_CASH_balance of these loans; their lateness is that of ``instalments``."""
    plan = schedule(loans)
    start = month_of(plan.first_due) - 1
    # After the month of the last instalment a loan stays until it is terminated, or until now if it is not.
    terminated = ~np.isnan(plan.terminated)
    final = np.where(terminated, month_of(np.nan_to_num(plan.terminated, nan=-1.0)), -1)
    after = np.where(plan.ended, np.maximum(final - start - plan.reached, 0), 0)
    counts = plan.reached + 1 + after
    loan, place = rows_of(counts)
    month = start[loan] + place
    days, counted = _past_due(rng, plan.identity, plan.first_due, counts, instalments, start)
    over = place >= plan.reached[loan]
    beyond = (place > plan.reached[loan]) & plan.left_over[loan]
    owed_since = plan.first_due + np.rint(MONTH * (plan.reached - 1))
    days = np.where(beyond, np.ceil(MONTH * (month + 1) - owed_since[loan]).astype(np.int64), days)
    done = terminated[loan] & (place == counts[loan] - 1)
    future = np.where(over & plan.ended[loan] & ~plan.left_over[loan], 0, np.maximum(plan.term[loan] - place, 0))
    term = np.where(done & plan.early[loan], np.maximum(plan.reached[loan], 1), plan.term[loan])

    draw = rng.random(loan.size)
    status = np.where(done, COMPLETED, ACTIVE)
    status = np.where((place == 0) & (draw < 0.096), SIGNED, status)
    status = np.where((place == 0) & (draw > 0.995), APPROVED, status)
    back = done & plan.consumer[loan] & (plan.reached[loan] <= 4) & (draw < 0.055)
    status = np.where(back, RETURNED, status)
    serious = (days > 60) & ~done
    status = np.where(serious & (draw < 0.07), DEMAND, status)
    status = np.where(serious & (draw > 0.977), AMORTIZED, status)
    # Of a running loan the newest months are often not reported yet.
    delay = np.where(plan.ended, 0, np.searchsorted(REPORTED_WITHIN, rng.random(plan.identity.size)))
    kept = (month >= FIRST_MONTH) & (month < np.minimum(0, (start + counts - delay)[loan]))
    kept |= (place == 0) & (month >= FIRST_MONTH)
    kept &= month >= month_of(plan.decision)[loan]
    unknown = (place == 0) & (draw > 0.25) & (draw < 0.28)
    return frame("POS_CASH_balance", {
        "SK_ID_PREV": plan.identity[loan],
        "SK_ID_CURR": plan.client[loan],
        "MONTHS_BALANCE": month,
        "CNT_INSTALMENT": missing_where(term, unknown),
        "CNT_INSTALMENT_FUTURE": missing_where(future, unknown),
        "NAME_CONTRACT_STATUS": words(STATUSES, status),
        "SK_DPD": days,
        "SK_DPD_DEF": np.where(beyond, 0, counted),
    }).filter(pl.Series(kept))  # fmt: skip


def _past_due(
    rng: np.random.Generator,
    identity: Integers,
    first_due: Integers,
    counts: Integers,
    instalments: pl.DataFrame,
    start: Integers,
) -> tuple[Integers, Integers]:
    """Days past due at the end of every month of every loan, all of them and those beyond tolerance."""
    total = int(counts.sum())
    offset = np.cumsum(counts) - counts
    days, counted = np.zeros(total, np.int64), np.zeros(total, np.int64)
    late = instalments.filter(
        (pl.col("NUM_INSTALMENT_VERSION") > 0) & (pl.col("DAYS_ENTRY_PAYMENT").fill_null(0) > pl.col("DAYS_INSTALMENT"))
    )
    due = late["DAYS_INSTALMENT"].to_numpy()
    paid = late["DAYS_ENTRY_PAYMENT"].fill_null(0).to_numpy()
    order = np.argsort(identity, kind="stable")
    loan = order[np.searchsorted(identity[order], late["SK_ID_PREV"].to_numpy())]
    place = late["NUM_INSTALMENT_NUMBER"].to_numpy()
    tolerated = rng.random(loan.size) < 0.52
    for shift in range(FOLLOWED):
        at = place + shift
        end = MONTH * (start[loan] + at + 1)
        here = (at < counts[loan]) & (paid > end) & (end > due)
        rows = offset[loan[here]] + at[here]
        past = np.ceil(end[here] - due[here]).astype(np.int64)
        np.maximum.at(days, rows, past)
        np.maximum.at(counted, rows, np.where(tolerated[here], 0, past))
    return days, counted
