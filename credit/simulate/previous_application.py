"""Earlier applications to the same bank: what was asked, what was granted, and when a granted loan ran.

A client's oldest application is nearly always a consumer loan that was granted: that is how clients come to know the
bank. Cash loans and cards are offered later, and offers are often cancelled. Dates of a granted loan follow from its
decision, its term and its early end; 365243 stands for a date that does not exist.
"""

import numpy as np
import polars as pl

from credit.simulate.portable_arithmetic import log, power
from credit.simulate.previous_terms import asked
from credit.simulate.products import APPROVED, CANCELED, CASH, CONSUMER, NO_CONTRACT, REFUSED, REVOLVING, UNUSED
from credit.simulate.row_sampling import (
    FIRST_DAY,
    MONTH,
    Flags,
    Floats,
    Integers,
    frame,
    from_quantiles,
    from_shares,
    missing_where,
    mixed,
    probability,
    rows_of,
    words,
)
from credit.simulate.traits import Traits
from credit.tables.schema import NO_DATE

# fmt: off
#: Share of clients who applied before; applications per such client.
KNOWN = 0.953
APPLICATIONS = {0: 1, 0.165: 1, 0.19: 1.95, 0.35: 2.95, 0.46: 3.8, 0.55: 4.7, 0.64: 5.55, 0.75: 7.3, 0.85: 9.6,
                0.95: 14.3, 0.99: 20.5, 0.999: 32, 1: 50}
#: Normal score below which an application lies within the last 365 days (31 % of them, given how clients differ); ages
#: in days of those, of the older ones, and of granted cards.
RECENT_BELOW = -0.825
RECENT_AGES = {0: 2, 0.032: 17, 0.16: 92, 0.32: 163, 0.806: 301, 1: 366}
OLDER_AGES = {0: 366, 0.275: 560, 0.45: 810, 0.638: 1210, 0.855: 2170, 0.928: 2530, 0.984: 2839, 1: 2922}
CARD_AGES = {0: 60, 0.05: 175, 0.25: 340, 0.5: 640, 0.6: 1000, 0.75: 2180, 0.9: 2870, 1: 2922}
#: Chance of a granted card (by one application and by several); of losing a loan's application afterwards.
CARD_IF_ONE, CARD_IF_SEVERAL = 0.02, 0.388
LOST, LOST_CARDS = 0.032, 0.018
#: Contracts of a client's oldest application and of the later ones (cards granted come on top).
OLDEST = {"Cash loans": 0.045, "Consumer loans": 0.951, "Revolving loans": 0.004}
LATER_CASH_SCORE, LOG_OFTEN, LATER_CARD, LATER_NONE = 0.14, 1.9, 0.072, 0.0004
#: Share of loans of which a small debt is left over after the last instalment: they are never terminated.
LEFT_OVER = 0.0021
#: Normal score of risk above which an application is refused, by contract; chance of cancellation of what was not
#: refused (older, of the last year, of the last half year), of an unused offer.
REFUSED_ABOVE = np.array([0.84, 1.15, 0.02, 2.05])
CANCELLATIONS = np.array([[0.23, 0.003, 1.0, 1.0], [0.81, 0.004, 1.0, 1.0], [0.94, 0.010, 1.0, 1.0]])
UNUSED_OFFERS = np.array([0.002, 0.085, 0.0, 0.0])
# fmt: on


def previous(
    rng: np.random.Generator, applications: pl.DataFrame, traits: Traits, first_id: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table previous_application, and in the same columns the granted loans that it has lost.

    ``applications``: one row per client, in the order of the ``traits``. ``rng``: draws all of it. ``SK_ID_PREV``
    counts from ``first_id``. Of a lost loan, months, instalments and card months remain, as in the published tables.
    """
    owner, place, age, card = _applications(rng, applications, traits)
    size = owner.size
    recent = age < 366
    oldest = ~card & ((place == 0) | ((place == 1) & np.roll(card, 1)))
    contract = np.where(oldest, from_shares(rng, size, OLDEST), _later_contracts(rng, owner, len(applications), recent))
    contract = np.where(card, REVOLVING, contract)
    of = traits[owner]
    risk = (
        mixed(rng, (-0.28, of.discipline), (0.22, of.leverage), (0.26, of.appetite), (0.30, of.trend * recent))
        - 0.10 * recent
    )
    refused = risk > REFUSED_ABOVE[contract]
    draw = rng.random(size)
    cancelled = draw < CANCELLATIONS[recent.astype(np.int64) + (age < 180), contract]
    unused = draw > 1 - UNUSED_OFFERS[contract]
    status = np.where(refused, REFUSED, np.where(cancelled, CANCELED, np.where(unused, UNUSED, APPROVED)))
    granted = card | (oldest & (contract != REVOLVING) & (rng.random(size) < 0.995))
    status = np.where(granted, APPROVED, status)
    lost = (status == APPROVED) & (rng.random(size) < np.where(card, LOST_CARDS, LOST)) & ~oldest

    columns = asked(rng, traits=of, contract=contract, status=status, risk=risk)
    gap = np.where(place > 0, np.roll(age, 1) - age, 0)
    columns |= _dates(rng, of.leverage, oldest, age, contract, status, np.nan_to_num(columns["CNT_PAYMENT"]))
    columns |= {
        "SK_ID_PREV": first_id + np.arange(size),
        "SK_ID_CURR": applications["SK_ID_CURR"].gather(owner),
        "DAYS_DECISION": -age,
        "NAME_CLIENT_TYPE": _client_types(rng, place, gap),
    }
    table = frame("previous_application", columns)
    return table.filter(pl.Series(~lost)), table.filter(pl.Series(lost))


def _applications(
    rng: np.random.Generator, applications: pl.DataFrame, traits: Traits
) -> tuple[Integers, Integers, Integers, Flags]:
    """Owner, place (0 = the oldest), age in days and whether it is the client's granted card; oldest first."""
    clients = len(applications)
    known = rng.random(clients) < KNOWN
    many = mixed(rng, (0.35, traits.tenure), (0.45, traits.appetite))
    counts = np.where(known, from_quantiles(probability(many), APPLICATIONS), 0).astype(np.int64)
    wants_card = mixed(rng, (0.15, traits.leverage), (0.10, traits.tenure))
    has_card = probability(wants_card) < np.where(counts > 1, CARD_IF_SEVERAL, CARD_IF_ONE)
    owner, place = rows_of(counts)
    leaning = 0.46 * traits.appetite + 0.26 * traits.trend - 0.20 * traits.tenure + 0.12 * many
    leaning += 0.25 * rng.standard_normal(clients)
    recent = rng.standard_normal(owner.size) < RECENT_BELOW + leaning[owner]
    newer = probability(mixed(rng, (-0.25, traits.trend[owner]), (-0.15, traits.appetite[owner])) + 0.10)
    older = probability(mixed(rng, (0.52, traits.tenure[owner])) - 0.22 * many[owner] + 0.05)
    age = np.where(recent, from_quantiles(newer, RECENT_AGES), from_quantiles(older, OLDER_AGES))
    card = has_card[owner] & (place == 0)
    cards = probability(mixed(rng, (0.55, traits.tenure)))
    age = np.where(card, from_quantiles(cards, CARD_AGES)[owner], age)
    # The loan by which a client became known has begun; only its first application may still be too young for that.
    age = np.where(~card & (place == has_card[owner]), np.maximum(age, 50), age)
    adult = np.maximum(-applications["DAYS_BIRTH"].to_numpy() - 18 * 365.25, 60)
    age = np.maximum(np.floor(age * np.minimum(adult / -FIRST_DAY, 1)[owner]), 2).astype(np.int64)
    order = np.lexsort((-age, owner))
    return owner, place, age[order], card[order]


def _later_contracts(rng: np.random.Generator, owner: Integers, clients: int, recent: Flags) -> Integers:
    """What a client asks for once he is known: some always cash, some always goods; the more often, the more cash."""
    often = log(1 + np.bincount(owner, minlength=clients))
    habit = 0.75 * rng.standard_normal(clients) + 0.75 * (often - LOG_OFTEN)
    cash = rng.standard_normal(owner.size) + habit[owner] + 0.35 * recent > -LATER_CASH_SCORE
    draw = rng.random(owner.size)
    contract = np.where(cash, CASH, CONSUMER)
    return np.where(draw < LATER_CARD, REVOLVING, np.where(draw > 1 - LATER_NONE, NO_CONTRACT, contract))


def _client_types(rng: np.random.Generator, place: Integers, gap: Integers) -> pl.Series:
    """New at first, a repeater when it comes back soon, refreshed after a long time."""
    draw = rng.random(place.size)
    later = np.where((gap > 600) & (draw < 0.60), 1, 0)
    first = np.where(draw < 0.875, 2, np.where(draw < 0.94, 0, 1))
    kind = np.where(place == 0, first, later)
    return words(("Repeater", "Refreshed", "New", "XNA"), np.where(rng.random(place.size) < 0.0011, 3, kind))


def _dates(
    rng: np.random.Generator,
    leverage: Floats,
    oldest: Flags,
    age: Integers,
    contract: Integers,
    status: Integers,
    term: Floats,
) -> dict[str, Floats]:
    """The five dates and the insurance of granted loans; missing elsewhere and where a loan has not begun."""
    size = age.size
    card = contract == REVOLVING
    begun = (status == APPROVED) & (age > 12) & (oldest | (rng.random(size) < 0.94))
    first_due = -age + 16 + rng.integers(0, 30, size)
    planned = first_due + np.rint(MONTH * np.maximum(term - 1, 0))
    early = rng.standard_normal(size) < np.where(contract == CASH, 0.80, -1.30) - 0.35 * leverage
    reached = np.where(early, (term - 1) * power(rng.random(size), 1.25), term - 1)
    last_due = first_due + np.rint(MONTH * np.maximum(np.floor(reached), 0))
    ended = last_due + 3 + np.floor(rng.exponential(11, size))
    drawn = card & (rng.random(size) < 0.50 + 0.43 * age / -FIRST_DAY)
    first_drawing = -age + 1 + np.floor(rng.exponential(45, size))
    given_up = card & (rng.standard_normal(size) < -2.40 - 1.45 * leverage)
    card_end = np.floor(-age * power(rng.random(size), 1.5)) - 1
    first_due = np.where(card, first_drawing + rng.integers(10, 40, size), first_due)
    no_date = float(NO_DATE)
    first_drawing = np.where(drawn & (first_drawing < -1), first_drawing, no_date)
    first_due = np.where((first_due < 0) & (~card | (first_drawing < 0)), first_due, no_date)
    closed = np.where(card, given_up & (card_end > first_due), (last_due < 0) & (first_due < 0))
    last_due = np.where(card, card_end, last_due)
    ended = np.where(card, np.minimum(card_end + 5, -1), ended)
    left_over = ~card & (rng.random(size) < LEFT_OVER)
    insured = rng.random(size) < np.where(contract == CASH, 0.47, np.where(card, 0.02, 0.28))
    dates = {
        "DAYS_FIRST_DRAWING": first_drawing,
        "DAYS_FIRST_DUE": first_due,
        "DAYS_LAST_DUE_1ST_VERSION": np.where(card | (first_due > 0), no_date, planned),
        "DAYS_LAST_DUE": np.where(closed, last_due, no_date),
        "DAYS_TERMINATION": np.where(closed & (ended < 0) & ~left_over, ended, no_date),
        "NFLAG_INSURED_ON_APPROVAL": insured.astype(np.float64),
    }
    return {name: missing_where(values, ~begun) for name, values in dates.items()}
