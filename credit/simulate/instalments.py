"""What was due and what was paid on the loans and cards that the bank granted.

Instalment k of a loan (k = 0, 1, ...) falls due ``k`` months after ``DAYS_FIRST_DUE`` and is worth the annuity, except
the last: the rest, or all that is still owed where the loan ends early (which is a new version of the schedule).
A client pays early or late by discipline, and in the last year by trend; some pay in two parts, which are two rows.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from credit.simulate.credit_card import least_payment
from credit.simulate.portable_arithmetic import power
from credit.simulate.row_sampling import (
    MONTH,
    Flags,
    Floats,
    Integers,
    frame,
    from_quantiles,
    missing_where,
    mixed,
    money,
    probability,
    rows_of,
)
from credit.simulate.traits import Traits

# fmt: off
#: Days between due day and payment (above 0: late).
PAYMENT_DAYS = {0: -75, 0.003: -60, 0.02: -40, 0.05: -31, 0.25: -14, 0.5: -7, 0.73: -2, 0.81: -0.4, 0.922: 0.4, 0.95: 4,
                0.98: 10, 0.992: 22, 0.998: 50, 1: 150}
#: Share of instalments paid in two parts (in time, late), of loans whose schedule is changed once.
PARTS, PARTS_IF_LATE, RESCHEDULED = 0.078, 0.29, 0.16
#: Rows that a due card instalment falls into beyond the first: interest, fees.
CARD_EXTRAS = 1.05
SMALL_AMOUNTS = {0: 0.045, 0.1: 15, 0.3: 250, 0.55: 1500, 0.8: 5000, 1: 14000}
# fmt: on


@dataclass(frozen=True)
class Schedule:
    """The loans that have instalments, in the order of ``loans``; arrays of shape (loans,).

    ``first_due``: day. ``term``: planned number of instalments. ``reached``: number due until the application.
    ``ended``: no further instalment will fall due. ``early``: it ended before the term. ``left_over``: a small debt
    remains although the last instalment is long past (no ``DAYS_TERMINATION``). ``terminated``: day, NaN while it
    lasts.
    """

    identity: Integers
    client: Integers
    first_due: Integers
    term: Integers
    reached: Integers
    ended: Flags
    early: Flags
    left_over: Flags
    terminated: Floats
    annuity: Floats
    credit: Floats
    decision: Integers
    consumer: Flags


def schedule(loans: pl.DataFrame) -> Schedule:
    """The schedule of the instalment loans among previous applications: granted, not a card, first due day passed."""
    loans = loans.filter(
        (pl.col("NAME_CONTRACT_STATUS") == "Approved")
        & (pl.col("NAME_CONTRACT_TYPE") != "Revolving loans")
        & (pl.col("DAYS_FIRST_DUE") < 0)
    )
    days = {name: loans[name].to_numpy() for name in ("DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_TERMINATION")}
    first, term = days["DAYS_FIRST_DUE"].astype(np.int64), loans["CNT_PAYMENT"].to_numpy().astype(np.int64)
    ended = days["DAYS_LAST_DUE"] < 0
    last = np.where(ended, days["DAYS_LAST_DUE"], -1)
    reached = (
        np.where(ended, np.rint((last - first) / MONTH), np.floor((last - first + 0.49) / MONTH)).astype(np.int64) + 1
    )
    reached = np.minimum(reached, term)
    return Schedule(
        identity=loans["SK_ID_PREV"].to_numpy(),
        client=loans["SK_ID_CURR"].to_numpy(),
        first_due=first,
        term=term,
        reached=reached,
        ended=ended,
        early=ended & (reached < term),
        left_over=ended & (days["DAYS_TERMINATION"] > 0) & (last < -45),
        terminated=np.where(days["DAYS_TERMINATION"] > 0, np.nan, days["DAYS_TERMINATION"]),
        annuity=loans["AMT_ANNUITY"].to_numpy(),
        credit=loans["AMT_CREDIT"].to_numpy(),
        decision=loans["DAYS_DECISION"].to_numpy(),
        consumer=(loans["NAME_CONTRACT_TYPE"] == "Consumer loans").to_numpy(),
    )


def instalments(
    rng: np.random.Generator, loans: pl.DataFrame, cards: pl.DataFrame, clients: Integers, traits: Traits
) -> pl.DataFrame:
    """The table installments_payments.

    ``loans``: granted previous applications, lost ones included. ``cards``: the table credit_card_balance. ``clients``:
    SK_ID_CURR in the order of the ``traits``, ascending. ``rng``: draws all of it. A payment that would lie after the
    application is missing: it has not been made.
    """
    return pl.concat([_of_loans(rng, schedule(loans), clients, traits), _of_cards(rng, cards, clients, traits)])


def _of_loans(rng: np.random.Generator, plan: Schedule, clients: Integers, traits: Traits) -> pl.DataFrame:
    of = np.searchsorted(clients, plan.client)
    loan, number = rows_of(plan.reached)
    due = plan.first_due[loan] + np.rint(MONTH * number).astype(np.int64)
    late = _lateness(rng, due, loan, of, traits)
    last = number == plan.reached[loan] - 1
    rest = plan.credit[loan] * power(1 - number / plan.term[loan], 0.93)
    amount = plan.annuity[loan]
    changed = rng.random(plan.identity.size) < RESCHEDULED
    changed_at = np.where(changed, np.ceil(plan.reached * rng.random(plan.identity.size)), 10**6)[loan]
    version = np.where(number >= changed_at, 2, 1)
    factor = rng.uniform(0.55, 1.05, plan.identity.size)
    amount = np.where(number >= changed_at, amount * factor[loan], amount)
    ends_early = last & plan.early[loan]
    amount = np.where(last & plan.ended[loan], amount * rng.uniform(0.80, 1.0, loan.size), amount)
    amount = money(np.where(ends_early, np.maximum(rest, amount), amount), 0.045)
    version += ends_early & (rng.random(loan.size) < 0.75)
    paid = np.maximum(due + late, plan.decision[loan] + 1)

    short = rng.random(loan.size) < probability(-2.75 - 0.45 * traits.discipline[of][loan])
    payment = np.where(short, money(amount * rng.random(loan.size), 0.045), amount)
    in_parts = rng.random(loan.size) < np.where(late > 0, PARTS_IF_LATE, PARTS)
    part = money(payment * rng.uniform(0.05, 0.95, loan.size), 0.045)
    split = np.flatnonzero(in_parts)
    before = np.maximum(paid - rng.integers(1, 16, loan.size), plan.decision[loan] + 1)
    rows = np.concatenate([np.arange(loan.size), split])
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    second = np.concatenate([np.zeros(loan.size, bool), np.ones(split.size, bool)])[order]
    made = np.where(second, before[rows], paid[rows])
    sums = np.where(
        second, part[rows], np.where(in_parts[rows], np.round(payment[rows] - part[rows], 3), payment[rows])
    )
    open_ = made >= 0
    return frame("installments_payments", {
        "SK_ID_PREV": plan.identity[loan[rows]],
        "SK_ID_CURR": plan.client[loan[rows]],
        "NUM_INSTALMENT_VERSION": version[rows],
        "NUM_INSTALMENT_NUMBER": number[rows] + 1,
        "DAYS_INSTALMENT": due[rows],
        "DAYS_ENTRY_PAYMENT": missing_where(made, open_),
        "AMT_INSTALMENT": amount[rows],
        "AMT_PAYMENT": missing_where(sums, open_),
    })  # fmt: skip


def _lateness(rng: np.random.Generator, due: Integers, loan: Integers, of: Integers, traits: Traits) -> Integers:
    """Days from due day to payment (above 0: late): the client's and the loan's habit, and lately the trend.

    ``loan``: of each instalment. ``of``: the client of each loan.
    """
    habit = mixed(rng, (-0.62, traits.discipline[of]))
    score = 0.60 * habit[loan] + 0.80 * rng.standard_normal(loan.size)
    weight = np.where(due > -180, 0.75, np.where(due > -365, 0.48, 0.0))
    score += weight * traits.trend[of][loan]
    score = score / np.sqrt(1 + weight**2) - np.where(due > -365, 0.48, 0.0)
    return np.rint(from_quantiles(probability(score), PAYMENT_DAYS)).astype(np.int64)


def _of_cards(rng: np.random.Generator, cards: pl.DataFrame, clients: Integers, traits: Traits) -> pl.DataFrame:
    """Instalments of cards: one for each month that began with a debt, and small ones for interest and fees."""
    card, balance = cards["SK_ID_PREV"].to_numpy(), cards["AMT_BALANCE"].to_numpy()
    # The table is ordered by card and month, newest first: the row below is the month before.
    older = np.append(balance[1:], 0.0)
    older[np.append(card[1:] != card[:-1], True)[: older.size]] = 0.0
    due_rows = np.flatnonzero(older > 0)
    of_month, place = rows_of(1 + rng.poisson(CARD_EXTRAS, due_rows.size))
    rows, regular = due_rows[of_month], place == 0
    month = cards["MONTHS_BALANCE"].to_numpy()[rows]
    day = np.floor((month + 0.15 + 0.8 * rng.random(rows.size)) * MONTH).astype(np.int64)
    order = np.lexsort((day, card[rows]))
    rows, regular, day = rows[order], regular[order], day[order]
    _, number = rows_of(np.unique(card[rows], return_counts=True)[1])
    of = np.searchsorted(clients, cards["SK_ID_CURR"].to_numpy()[rows])
    late = _lateness(rng, day, np.arange(rows.size), of, traits)
    made = np.minimum(day + np.clip(late, -25, 8), -1)
    small = from_quantiles(rng.random(rows.size), SMALL_AMOUNTS)
    amount = money(np.where(regular, least_payment(older[rows]), small), 0.045)
    above = regular & (rng.random(rows.size) < 0.25)
    payment = money(np.where(above, amount * rng.uniform(1, 3, rows.size), amount), 0.045)
    return frame("installments_payments", {
        "SK_ID_PREV": card[rows],
        "SK_ID_CURR": cards["SK_ID_CURR"].to_numpy()[rows],
        "NUM_INSTALMENT_VERSION": np.zeros(rows.size),
        "NUM_INSTALMENT_NUMBER": number + 1,
        "DAYS_INSTALMENT": day,
        "DAYS_ENTRY_PAYMENT": made,
        "AMT_INSTALMENT": amount,
        "AMT_PAYMENT": payment,
    })  # fmt: skip
