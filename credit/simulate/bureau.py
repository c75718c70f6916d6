"""Credits at other lenders, as the credit bureau reports them.

A credit is opened on ``DAYS_CREDIT``, planned to end on ``DAYS_CREDIT_ENDDATE`` and, once it is over, has ended on
``DAYS_ENDDATE_FACT``. What is owed on a running credit follows from how much of its term is left and from the client's
leverage. Quantiles and shares are those of the published table; nothing here knows who defaults.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from credit.simulate.bureau_balance import balances
from credit.simulate.portable_arithmetic import exp, power
from credit.simulate.row_sampling import (
    FIRST_DAY,
    Flags,
    Floats,
    Integers,
    frame,
    from_quantiles,
    from_rows,
    from_shares,
    missing_where,
    mixed,
    money,
    probability,
    rows_of,
    words,
)
from credit.simulate.traits import Traits

# fmt: off
#: Chance of having no credit at the bureau: where the application tells how often the bureau was asked, and elsewhere.
NO_CREDIT_IF_ASKED, NO_CREDIT_IF_NOT = 0.0185, 0.93
#: Share of the clients with credits whose months are reported too (bureau_balance, annuities), more with many credits.
DETAILED = 0.442
#: Share of credits (after a client's first) whose months are reported although the bureau no longer lists them.
UNLISTED = 0.065
#: Credits per client who has any.
CREDITS = {0: 1, 0.1: 1, 0.2: 1.95, 0.3: 2.85, 0.42: 3.9, 0.52: 5.0, 0.63: 6.45, 0.75: 8.4, 0.9: 12.3, 0.95: 15.2,
           0.99: 21.5, 0.999: 34, 1: 60}
#: Normal score below which a credit was opened within the last 365 days (18.6 % of them, given how clients differ);
#: ages in days of those, and of the older ones.
RECENT_BELOW = -0.766
RECENT_AGES = {0: 0, 0.054: 38, 0.27: 126, 0.54: 219, 1: 366}
OLDER_AGES = {0: 366, 0.079: 473, 0.386: 987, 0.693: 1660, 0.877: 2432, 0.939: 2660, 0.988: 2867, 1: 2922}
#: Amount granted.
AMOUNTS = {0: 0, 0.01: 0, 0.05: 9600, 0.1: 21500, 0.25: 50580, 0.375: 80500, 0.5: 122810, 0.625: 192000, 0.75: 308600,
           0.83: 470000, 0.9: 783000, 0.95: 1350000, 0.99: 3825000, 0.997: 5600000, 0.9997: 13000000, 1: 60000000}
ANNUITIES = {0: 450, 0.2: 5400, 0.47: 12600, 0.77: 31364, 0.9: 44000, 0.985: 105000, 0.999: 500000, 1: 5455000}
LARGEST_OVERDUES = {0: 4.5, 0.25: 1700, 0.545: 7200, 0.77: 13300, 0.955: 39000, 0.998: 200000, 1: 3000000}

#: Type -> share, shift of the amount's normal score, median planned term in days, its spread (log).
TYPES: dict[str, tuple[float, float, float, float]] = {
    "Consumer credit": (0.7285, -0.04, 605, 0.70),
    "Credit card": (0.2337, -0.05, 1100, 0.35),
    "Car loan": (0.0157, 1.45, 1500, 0.30),
    "Mortgage": (0.0107, 1.95, 4600, 0.45),
    "Microloan": (0.0085, -1.55, 60, 0.80),
    "Loan for business development": (0.00107, 1.3, 900, 0.5),
    "Another type of loan": (0.00058, 0.3, 600, 0.6),
    "Loan for working capital replenishment": (0.00028, 1.4, 500, 0.5),
    "Unknown type of loan": (0.00028, 0.0, 500, 0.6),
    "Cash loan (non-earmarked)": (0.00007, 0.3, 800, 0.5),
    "Real estate loan": (0.00002, 2.0, 3500, 0.4),
    "Loan for the purchase of equipment": (0.000011, 1.0, 900, 0.4),
    "Loan for purchase of shares (margin lending)": (0.000005, 1.0, 900, 0.4),
    "Interbank credit": (0.000001, 1.0, 300, 0.4),
    "Mobile operator loan": (0.000001, -1.5, 300, 0.4),
}
CURRENCIES = {"currency 1": 0.99914, "currency 2": 0.00072, "currency 3": 0.00013, "currency 4": 0.00001}
STATUSES = ("Active", "Closed", "Sold", "Bad debt")
ACTIVE, CLOSED, SOLD, BAD = range(4)
CARD, MICROLOAN = 1, 4
# fmt: on


@dataclass
class Credits:
    """What is settled about the credits before their columns are written; arrays of shape (credits,).

    ``owner``: the client's row. ``age``: days since opening. ``size``: normal score of the amount. ``term``: planned
    days. ``life``: days until it ends. ``kind``: place in ``TYPES``. ``lateness``: 0 always in time, 1 some days late,
    2 late enough to show in the monthly status.
    """

    owner: Integers
    age: Integers
    kind: Integers
    size: Floats
    amount: Floats
    term: Floats
    life: Floats
    lateness: Integers
    detailed: Flags
    unlisted: Flags


def bureau(
    rng: np.random.Generator, applications: pl.DataFrame, traits: Traits, first_id: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The tables bureau and bureau_balance of these clients.

    ``applications``: one row per client, in the order of the ``traits``. ``rng``: draws all of it. ``SK_ID_BUREAU``
    counts from ``first_id``; some numbers appear in bureau_balance only, as published.
    """
    credits = _credits(rng, applications, traits)
    identity = first_id + np.arange(credits.owner.size)
    table, ended = _table(rng, applications, traits, credits, identity)
    reported = credits.detailed
    months = balances(
        rng,
        identity=identity[reported],
        client=credits.owner[reported],
        age=credits.age[reported],
        ended=ended[reported],
        lateness=credits.lateness[reported],
        discipline=traits.discipline[credits.owner[reported]],
        trend=traits.trend[credits.owner[reported]],
    )
    return table.filter(pl.Series(~credits.unlisted)), months


def _credits(rng: np.random.Generator, applications: pl.DataFrame, traits: Traits) -> Credits:
    clients = len(applications)
    not_asked = applications["AMT_REQ_CREDIT_BUREAU_YEAR"].is_null().to_numpy()
    known = rng.random(clients) >= np.where(not_asked, NO_CREDIT_IF_NOT, NO_CREDIT_IF_ASKED)
    many = mixed(rng, (0.40, traits.tenure), (0.40, traits.appetite), (0.15, traits.wealth))
    counts = np.where(known, from_quantiles(probability(many), CREDITS), 0).astype(np.int64)
    detailed_client = probability(mixed(rng, (-0.05, many))) < DETAILED
    extra = rng.binomial(np.maximum(counts - 1, 0), UNLISTED)
    counts += extra
    owner, place = rows_of(counts)
    unlisted = (place >= counts[owner] - extra[owner]) & detailed_client[owner]
    keep = (place < counts[owner] - extra[owner]) | unlisted
    owner, place, unlisted = owner[keep], place[keep], unlisted[keep]

    def of(trait: Floats) -> Floats:
        return trait[owner]

    # Age: whether a credit is recent hangs on appetite and trend; how old the others are, on tenure.
    leaning = 0.42 * traits.appetite + 0.26 * traits.trend - 0.15 * traits.tenure - 0.45 * many
    recent = rng.standard_normal(owner.size) < RECENT_BELOW + of(leaning)
    newer = probability(mixed(rng, (-0.30, of(traits.trend)), (-0.10, of(traits.appetite))) + 0.13)
    older = probability(mixed(rng, (0.50, of(traits.tenure)), (0.15, of(traits.discipline))) - 0.14)
    age = np.where(recent, from_quantiles(newer, RECENT_AGES), from_quantiles(older, OLDER_AGES))
    # Nobody borrows before the age of 18.
    adult = np.maximum(-applications["DAYS_BIRTH"].to_numpy() - 18 * 365.25, 30)
    age = np.floor(age * np.minimum(adult / -FIRST_DAY, 1)[owner]).astype(np.int64)

    kind = _kinds(rng, of(traits.appetite), of(traits.leverage), recent)
    shift, median, breadth = (np.array([row[i] for row in TYPES.values()])[kind] for i in (1, 2, 3))
    size = mixed(rng, (0.38, of(traits.wealth)), (0.12, of(traits.discipline)))
    size += 0.30 * recent - 0.10
    size = 0.93 * size + shift
    amount = money(from_quantiles(probability(size), AMOUNTS))
    term = median * exp(breadth * mixed(rng, (0.55, size - shift)))
    term = np.clip(np.rint(term / 30.4) * 30.4, 30, 12000).round()
    late = mixed(rng, (-0.45, of(traits.discipline)), (0.30, of(rng.standard_normal(clients))))
    lateness = (late > 0.77).astype(np.int64) + (late > 1.42)
    return Credits(
        owner=owner, age=age, kind=kind, size=size, amount=amount, term=term,
        life=_life(rng, kind, term, of(traits.leverage), lateness), lateness=lateness,
        detailed=detailed_client[owner], unlisted=unlisted,
    )  # fmt: skip


def _kinds(rng: np.random.Generator, appetite: Floats, leverage: Floats, recent: Flags) -> Integers:
    """Types of credit: microloans are recent and for those who seek credit, cards for those who owe."""
    shares = np.array([row[0] for row in TYPES.values()])
    # Rows of the table: five steps of leverage, for older and for recent credits.
    table = np.tile(shares, (10, 1))
    table[:, CARD] *= np.tile([0.72, 0.86, 1.0, 1.15, 1.32], 2)
    table[:, MICROLOAN] *= np.repeat([0.5, 3.2], 5)
    kind = from_rows(rng, np.clip((leverage + 1.25) / 0.5, 0, 4).astype(np.int64) + 5 * recent, table)
    # Most microloans of clients with little appetite are ordinary consumer credits instead.
    return np.where((kind == MICROLOAN) & (appetite < 0) & (rng.random(kind.size) < 0.6), 0, kind)


def _life(rng: np.random.Generator, kind: Integers, term: Floats, leverage: Floats, lateness: Integers) -> Floats:
    """Days until a credit ends: early, on time or late; cards when their owner gives them up."""
    early = rng.standard_normal(kind.size) < 0.05 - 0.35 * leverage
    share = np.where(early, 0.25 + 0.75 * rng.random(kind.size), 1.0)
    life = term * share + (lateness > 0) * rng.exponential(25, kind.size)
    cards = 220 + rng.exponential(1650, kind.size) * exp(0.15 * leverage)
    return np.where(kind == CARD, cards, life)


def _table(
    rng: np.random.Generator, applications: pl.DataFrame, traits: Traits, credits: Credits, identity: Integers
) -> tuple[pl.DataFrame, Floats]:
    """The table bureau (unlisted credits included) and the day on which each credit ended (NaN: running)."""
    size = credits.owner.size
    of = credits.owner
    card = credits.kind == CARD
    running = credits.life > credits.age
    ended = missing_where(np.minimum(-credits.age + np.floor(credits.life), 0), running)
    status = np.where(running, ACTIVE, CLOSED)
    # Debts are sold, and once in a great while written off, after heavy lateness.
    draw = rng.random(size)
    status = np.where((credits.lateness == 2) & (draw < 0.047), SOLD, status)
    status = np.where((credits.lateness == 2) & (draw > 0.9998), BAD, status)
    ended = missing_where(ended, ((status == SOLD) & (rng.random(size) < 0.6)) | (status == BAD))
    open_ended = rng.random(size) < np.where(card, np.where(running, 0.22, 0.16), 0.034)
    for_ever = card & (rng.random(size) < 0.058)
    longer = np.where(card & (rng.random(size) < 0.14), 4000 + 8000 * rng.random(size), 0.0)
    planned = np.where(for_ever, 31000 - rng.integers(0, 300, size), -credits.age + np.floor(credits.term + longer))
    owing = (status != CLOSED) & (credits.amount > 0)
    debt = np.where(owing, credits.amount * _owed_share(rng, traits, credits, card), 0.0)
    debt_unknown = rng.random(size) < np.where(status == CLOSED, 0.205, 0.05)
    limited = card & owing & (rng.standard_normal(size) < -0.60 + 0.40 * traits.leverage[of])
    limit = np.where(limited, credits.amount - debt, 0.0)
    limit_unknown = rng.random(size) < np.where(status == CLOSED, 0.42, np.where(card, 0.12, 0.27))
    overdue, days_overdue, overdue_amount = _overdue(rng, credits, debt)
    reporting = mixed(rng, (0.70, rng.standard_normal(len(applications))[of]))
    largest = np.where(credits.lateness > 0, from_quantiles(rng.random(size), LARGEST_OVERDUES), 0)
    largest = np.maximum(money(largest), money(overdue_amount))
    updated = _updated(rng, credits, ended)
    paying = rng.random(size) < np.where(status == CLOSED, 0.17, 0.86)
    annuity = np.where(paying, from_quantiles(probability(mixed(rng, (0.75, credits.size))), ANNUITIES), 0)
    table = frame("bureau", {
        "SK_ID_CURR": applications["SK_ID_CURR"].gather(of),
        "SK_ID_BUREAU": identity,
        "CREDIT_ACTIVE": words(STATUSES, status),
        "CREDIT_CURRENCY": words(tuple(CURRENCIES), from_shares(rng, size, CURRENCIES)),
        "DAYS_CREDIT": -credits.age,
        "CREDIT_DAY_OVERDUE": days_overdue,
        "DAYS_CREDIT_ENDDATE": missing_where(planned, open_ended),
        "DAYS_ENDDATE_FACT": ended,
        "AMT_CREDIT_MAX_OVERDUE": missing_where(largest, (reporting > -0.42) & (overdue_amount == 0)),
        "CNT_CREDIT_PROLONG": np.where(rng.random(size) < 0.0047, 1 + (rng.random(size) < 0.18), 0),
        "AMT_CREDIT_SUM": missing_where(credits.amount, rng.random(size) < 1e-5),
        "AMT_CREDIT_SUM_DEBT": missing_where(money(debt), debt_unknown & ~overdue),
        "AMT_CREDIT_SUM_LIMIT": missing_where(money(limit), limit_unknown),
        "AMT_CREDIT_SUM_OVERDUE": money(overdue_amount),
        "CREDIT_TYPE": words(tuple(TYPES), credits.kind),
        "DAYS_CREDIT_UPDATE": updated,
        "AMT_ANNUITY": missing_where(money(annuity), ~credits.detailed | (rng.random(size) < 0.27)),
    })  # fmt: skip
    return table, ended


def _overdue(rng: np.random.Generator, credits: Credits, debt: Floats) -> tuple[Flags, Floats, Floats]:
    """Which running credits are overdue, by how many days and what amount: some of those with late months."""
    size = debt.size
    chosen = (credits.lateness == 2) & (debt > 0) & (rng.random(size) < 0.115)
    days = np.ceil(rng.exponential(60, size) * exp(1.9 * rng.standard_normal(size)))
    days = np.where(chosen, np.minimum(days, np.minimum(2792, credits.age)), 0)
    return chosen, days, np.where(days > 0, np.minimum(debt, 4.5 + rng.exponential(9000, size)), 0)


def _updated(rng: np.random.Generator, credits: Credits, ended: Floats) -> Integers:
    """Day of the last report: some weeks ago while a credit runs, soon after its end afterwards."""
    size = ended.size
    lately = np.where(rng.random(size) < 0.80, rng.exponential(24, size) + 5, rng.exponential(480, size))
    since_end = -np.nan_to_num(ended) * power(rng.random(size), 0.05)
    afterwards = np.where(rng.random(size) < 0.05, 5 + rng.exponential(25, size), since_end)
    days = np.minimum(np.where(credits.life > credits.age, lately, afterwards), credits.age)
    return -np.floor(days).astype(np.int64)


def _owed_share(rng: np.random.Generator, traits: Traits, credits: Credits, card: Flags) -> Floats:
    """Debt over amount of running credits: what is left of the term, more for the indebted; cards: how far drawn."""
    of = credits.owner
    recent = credits.age < 365
    drawn = mixed(rng, (0.50, traits.leverage[of])) + 0.30 * traits.trend[of] * recent
    left = np.clip(1 - credits.age / np.maximum(credits.term, 1), 0, 1)
    owed = np.minimum(power(left, 0.72 * exp(-0.40 * drawn)), 1)
    on_card = np.clip(probability(drawn) * 1.75 - 0.68, 0, 1)
    return np.where(card, on_card, owed)
