"""The months of credit cards: limit, drawings, balance, payments and what is due.

A card is idle or in use. In use its balance moves towards the share of the limit that its owner keeps drawn; from time
to time it is paid off, later perhaps drawn again. New cards are used more than old ones. Leverage makes use longer and
deeper; trend does so in the last six months only. From one month to the next:
balance = (1 + interest) x balance before + drawings - payment.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from credit.simulate.portable_arithmetic import exp, power
from credit.simulate.row_sampling import (
    FIRST_MONTH,
    Flags,
    Floats,
    Integers,
    frame,
    missing_where,
    mixed,
    money,
    month_of,
    probability,
    words,
)
from credit.simulate.traits import Traits

STATUSES = ("Active", "Completed", "Signed", "Sent proposal", "Demand", "Approved", "Refused")
ACTIVE, COMPLETED, SIGNED, PROPOSED = range(4)
MONTHS = -FIRST_MONTH
#: Interest a month, and the days by which a month without payment adds to the days past due.
INTEREST, DAYS = 0.029, 30
#: First limits as shares of what was granted; the rest is granted later.
FIRST_LIMITS, FIRST_LIMITS_LONG_AGO = (0.7, 1.0, 1.0, 1.0), (0.25, 0.41, 0.52, 0.62)
LONG_AGO = -50
#: Share of owners who use the card for shopping, month after month.
SHOPPERS = 0.15
#: Share of cards that at some month are no longer paid: a debt that is tolerated (``SK_DPD_DEF`` 0) and grows old.
FORSAKEN = 0.02
#: Months (until the application) in which the trend acts, against this restraint.
LATELY, RESTRAINT = 6, 0.75


@dataclass(frozen=True)
class Cards:
    """Granted cards; arrays of shape (cards,). Months: 1 stands for never (until the application)."""

    granted: Floats
    opened: Integers
    first_use: Integers
    closed_from: Integers
    leverage: Floats
    trend: Floats
    shopper: Flags


@dataclass(frozen=True)
class Use:
    """What happened in every month of every card; arrays (cards, 96), the month before the application first."""

    balance: Floats
    limit: Floats
    atm: Floats
    shop: Floats
    payment: Floats
    due: Floats
    unpaid: Floats


def least_payment(balance: Floats) -> Floats:
    """What must be paid in the month after this balance: 4.5 % and a fee of at most 2,000; nothing without a debt."""
    return np.where(balance > 0, 0.045 * balance + np.minimum(2000, 0.12 * balance), 0.0)


def card(rng: np.random.Generator, loans: pl.DataFrame, clients: Integers, traits: Traits) -> pl.DataFrame:
    """The table credit_card_balance of the granted cards among ``loans``, newest month of each card first.

    ``clients``: SK_ID_CURR in the order of the ``traits``, ascending. ``rng``: draws all of it.
    """
    rows = loans.filter(
        (pl.col("NAME_CONTRACT_STATUS") == "Approved")
        & (pl.col("NAME_CONTRACT_TYPE") == "Revolving loans")
        & pl.col("DAYS_FIRST_DUE").is_not_null()
    )
    of = np.searchsorted(clients, rows["SK_ID_CURR"].to_numpy())
    drawing, end = rows["DAYS_FIRST_DRAWING"].to_numpy(), rows["DAYS_TERMINATION"].to_numpy()
    cards = Cards(
        granted=np.maximum(rows["AMT_CREDIT"].to_numpy(), 9000),
        opened=np.clip(month_of(rows["DAYS_DECISION"].to_numpy()) + 1, FIRST_MONTH, -1),
        first_use=np.where(drawing < 0, month_of(np.minimum(drawing, -1)), 1),
        closed_from=np.where(end < 0, month_of(np.minimum(end, -1)), 1),
        leverage=traits.leverage[of],
        trend=traits.trend[of],
        shopper=rng.random(rows.height) < SHOPPERS,
    )
    return _table(rng, rows, cards, _use(rng, cards))


def _use(rng: np.random.Generator, cards: Cards) -> Use:
    """Month after month, all cards at once."""
    size, leverage = cards.granted.size, cards.leverage
    use = Use(*(np.zeros((size, MONTHS)) for _ in range(7)))
    kept_drawn = np.sqrt(probability(mixed(rng, (0.50, leverage)))) * 0.62 + 0.55
    prefers_atm = np.where(cards.shopper, 0.15, 0.65 + 0.35 * rng.random(size))
    raised_at = cards.opened + rng.integers(24, 180, size)
    cut_after = 7 + rng.exponential(32, size)
    forsaken_from = np.where(rng.random(size) < FORSAKEN, cards.opened + rng.integers(3, 60, size), 1)
    long_ago, lately = rng.choice(FIRST_LIMITS_LONG_AGO, size), rng.choice(FIRST_LIMITS, size)
    first = np.where(cards.opened < LONG_AGO, long_ago, lately)
    limit = np.maximum(np.rint(cards.granted * first / 4500), 1) * 4500
    in_use, balance, idle, unpaid = np.zeros(size, bool), np.zeros(size), np.zeros(size), np.zeros(size)

    def happens(score: Floats) -> Flags:
        return rng.random(size) < probability(score)

    for month in range(FIRST_MONTH, 0):
        column = -1 - month
        young = exp(-np.maximum(month - cards.opened, 0) / 24)
        worse = cards.trend if month >= -LATELY else np.zeros(size)
        pull = 0.35 * leverage + 0.50 * (worse - RESTRAINT * (month >= -LATELY))
        limit = np.where(raised_at == month, cards.granted, limit)
        again = (month > cards.first_use) & ~in_use & happens(-1.70 + 1.3 * young + pull)
        starts = (cards.first_use == month) | again
        stops = in_use & happens(-1.64 - 0.7 * young - pull)
        alive = (month >= cards.opened) & (month < cards.closed_from)
        forsaken = (month >= forsaken_from) & (balance > 0) & alive
        in_use = (in_use | starts) & ~stops & alive
        idle = np.where(in_use | (balance > 0) | (month < cards.opened), 0, idle + 1)
        now = np.where(idle > cut_after, 0.0, limit) * alive
        room = np.maximum(np.clip(kept_drawn + 0.12 * worse, 0.02, 1.05) * now - balance, 0)
        draws = happens(np.where(cards.shopper, 0.7, -0.75) + 0.5 * young + 0.2 * leverage + 0.35 * worse)
        part = np.where(starts, 0.65 + 0.35 * rng.random(size), 0.1 + 0.9 * rng.random(size))
        drawn = np.where(in_use & (starts | draws) & ~forsaken, room * part, 0.0)
        owed = balance * (1 + INTEREST)
        due = least_payment(balance)
        more = 1 + rng.exponential(np.where(rng.random(size) < 0.13, 2.5, 0.10))
        pays = np.where(forsaken, balance * INTEREST, np.where(stops | ~alive, owed, np.minimum(due * more, owed)))
        by_atm = rng.random(size) < prefers_atm
        balance = np.maximum(owed + drawn - pays, 0)
        unpaid = np.where(forsaken, unpaid + DAYS, 0)
        use.balance[:, column], use.limit[:, column] = balance, now
        use.atm[:, column], use.shop[:, column] = np.where(by_atm, drawn, 0), np.where(by_atm, 0, drawn)
        use.payment[:, column], use.due[:, column], use.unpaid[:, column] = pays, due, unpaid
    return use


def _table(rng: np.random.Generator, rows: pl.DataFrame, cards: Cards, use: Use) -> pl.DataFrame:
    """The months as rows of the table."""
    size = rows.height
    months = np.arange(-1, FIRST_MONTH - 1, -1)
    last = -np.searchsorted([0.80, 0.93, 0.97], rng.random(size)) - 1
    shown = (months[None, :] >= cards.opened[:, None]) & (months <= np.maximum(last, cards.opened)[:, None])
    where = np.nonzero(shown)
    of, month = where[0], months[where[1]]
    balance, limit, payment, due = use.balance[where], use.limit[where], use.payment[where], use.due[where]
    matured = np.cumsum((use.due > 0)[:, ::-1], axis=1)[:, ::-1][where]
    unused = cards.first_use[of] >= 0
    closed = month >= cards.closed_from[of]

    atm, shop = money(use.atm[where]), money(use.shop[where])
    is_other = (rng.random(of.size) < 0.03) & (shop > 0)
    other, shop = np.where(is_other, shop, 0), np.where(is_other, 0, shop)
    often = 0.75 * exp(0.75 * mixed(rng, (0.45, cards.leverage)))
    atm_count = np.where(atm > 0, 1 + rng.poisson(often[of]), 0)
    purchases = np.floor(rng.exponential(np.where(cards.shopper[of], 11.0, 1.0), of.size))
    shop_count = np.where(shop > 0, 1 + purchases, 0)

    status = np.where(closed, COMPLETED, ACTIVE)
    draw = rng.random(of.size)
    status = np.where((month == cards.opened[of]) & (draw < 0.12), SIGNED, status)
    status = np.where((month == cards.opened[of]) & (draw > 0.995), PROPOSED, status)
    untold = np.where(~unused & (matured < 4), np.where(matured == 0, 0.90, 0.66), np.where(limit == 0, 0.04, 0.004))
    no_schedule = rng.random(of.size) < untold
    transfers = np.where(~closed & (rng.random(of.size) < 0.55), 3000 * power(rng.random(of.size), 1.5), 0)
    days = _days_past_due(rng, balance, month)
    owed = money(balance * rng.uniform(0.985, 1.0, of.size), 0.045)
    return frame("credit_card_balance", {
        "SK_ID_PREV": rows["SK_ID_PREV"].gather(of),
        "SK_ID_CURR": rows["SK_ID_CURR"].gather(of),
        "MONTHS_BALANCE": month,
        "AMT_BALANCE": money(balance, 0.045),
        "AMT_CREDIT_LIMIT_ACTUAL": np.rint(limit / 4500) * 4500,
        "AMT_DRAWINGS_ATM_CURRENT": missing_where(atm, unused),
        "AMT_DRAWINGS_CURRENT": atm + shop + other,
        "AMT_DRAWINGS_OTHER_CURRENT": missing_where(other, unused),
        "AMT_DRAWINGS_POS_CURRENT": missing_where(shop, unused),
        "AMT_INST_MIN_REGULARITY": missing_where(money(due, 0.045), no_schedule),
        "AMT_PAYMENT_CURRENT": missing_where(money(np.where(payment > 0, payment, transfers), 0.045), unused),
        "AMT_PAYMENT_TOTAL_CURRENT": money(payment, 0.045),
        "AMT_RECEIVABLE_PRINCIPAL": money(balance * rng.uniform(0.93, 0.985, of.size), 0.045),
        "AMT_RECIVABLE": owed,
        "AMT_TOTAL_RECEIVABLE": owed,
        "CNT_DRAWINGS_ATM_CURRENT": missing_where(atm_count, unused),
        "CNT_DRAWINGS_CURRENT": atm_count + shop_count + is_other,
        "CNT_DRAWINGS_OTHER_CURRENT": missing_where(is_other, unused),
        "CNT_DRAWINGS_POS_CURRENT": missing_where(shop_count, unused),
        "CNT_INSTALMENT_MATURE_CUM": missing_where(matured, no_schedule),
        "NAME_CONTRACT_STATUS": words(STATUSES, status),
        "SK_DPD": np.where(use.unpaid[where] > 0, use.unpaid[where], days),
        "SK_DPD_DEF": np.where((use.unpaid[where] > 0) | (days > 12), 0, days),
    })  # fmt: skip


def _days_past_due(rng: np.random.Generator, balance: Floats, month: Integers) -> Integers:
    """Short delays, in months with a balance; they were more frequent in earlier years."""
    chance = np.where(month < -24, 0.020, 0.0035)
    late = (balance > 0) & (rng.random(balance.size) < chance)
    return np.where(late, np.ceil(rng.exponential(9, balance.size)), 0).astype(np.int64)
