"""What an earlier application asked for and was offered: product, amounts, term, channel, goods and reasons.

Of cancelled cash offers, and of some refusals, only the bare fact is kept: no portfolio, yield group, term or annuity.
Annuity = credit x i / (1 - (1 + i)^-n) with the monthly interest i of the yield group and n payments.
"""

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from credit.simulate import products
from credit.simulate.portable_arithmetic import exp, power
from credit.simulate.products import APPROVED, CASH, CONSUMER, REFUSED, REVOLVING, UNUSED
from credit.simulate.row_sampling import (
    Flags,
    Floats,
    Integers,
    from_quantiles,
    from_rows,
    from_score,
    from_shares,
    missing_where,
    mixed,
    money,
    probability,
    spread_evenly,
    words,
)
from credit.simulate.traits import Traits

# fmt: off
#: Chance that only the bare fact is kept: rows = statuses, columns = contracts of ``products``.
BARE = np.array([[0.0, 0.0, 0.0, 1.0], [1.0, 1.0, 0.62, 1.0], [0.20, 0.42, 0.46, 1.0], [0.3, 0.15, 0.0, 1.0]])
#: Yield groups of consumer loans that are told, and how a client's risk (fifths, low to high) bends the shares.
SHOP_YIELDS = {"high": 0.315, "middle": 0.312, "low_normal": 0.255, "low_action": 0.118}
BENDING = {"high": (0.70, 0.85, 1.0, 1.15, 1.30), "middle": (1.18, 1.09, 1.0, 0.92, 0.82),
           "low_normal": (1.20, 1.08, 1.0, 0.92, 0.80), "low_action": (1.25, 1.1, 1.0, 0.9, 0.7)}
#: How much likelier the yield group low_action is in the shops of ``products.SHOPS``; it is free of interest, as are
#: some loans of the group low_normal, and some of which only the bare fact is kept.
ACTION_BY_SHOP = (1.55, 0.72, 0.72, 0.5)
FREE_LOW_NORMAL, FREE_BARE = (0.26, 0.14, 0.12, 0.12), 0.17
# fmt: on


def asked(
    rng: np.random.Generator, *, traits: Traits, contract: Integers, status: Integers, risk: Floats
) -> dict[str, ArrayLike | pl.Series]:
    """Columns of previous_application that tell what was asked, by name.

    ``rng``: draws all of it. ``traits``: of each application's client. ``contract``, ``status``: places in
    ``products.CONTRACTS`` and ``products.STATUSES``. ``risk``: normal score of how risky the bank thought the
    application.
    """
    size = contract.size
    bare = rng.random(size) < BARE[status, contract]
    fifth = np.searchsorted([-0.84, -0.25, 0.25, 0.84], risk)
    product, shop, yields, kind = _product(rng, contract, bare, fifth)
    channel = from_rows(rng, contract, products.CHANNEL_SHARES)
    wealthy = mixed(rng, (0.40, traits.wealth))
    amounts = _amounts(rng, traits, contract, status, bare, wealthy, yields, product)
    walk_in = kind == WALK_IN
    columns: dict[str, ArrayLike | pl.Series] = {
        "NAME_CONTRACT_TYPE": words(products.CONTRACTS, contract),
        "WEEKDAY_APPR_PROCESS_START": words(tuple(products.WEEKDAYS), from_shares(rng, size, products.WEEKDAYS)),
        "HOUR_APPR_PROCESS_START": np.clip(np.rint(12.53 + 3.32 * mixed(rng, (0.20, traits.discipline))), 0, 23),
        "FLAG_LAST_APPL_PER_CONTRACT": words(("Y", "N"), (rng.random(size) > 0.99582).astype(np.int64)),
        "NFLAG_LAST_APPL_IN_DAY": rng.random(size) < 0.9967,
        "NAME_CASH_LOAN_PURPOSE": _purposes(rng, contract, walk_in),
        "NAME_CONTRACT_STATUS": words(products.STATUSES, status),
        "NAME_PAYMENT_TYPE": _payment_types(rng, contract, bare),
        "CODE_REJECT_REASON": _reasons(rng, status, fifth),
        "NAME_TYPE_SUITE": _suites(rng, contract, bare),
        "NAME_PORTFOLIO": words(
            ("XNA", "Cash", "POS", "Cards", "Cars"),
            np.where(bare, 0, np.array([1, 2, 3, 0])[contract] + 2 * ((contract == 1) & (rng.random(size) < 0.00045))),
        ),
        "NAME_PRODUCT_TYPE": words(("XNA", "x-sell", "walk-in"), kind),
        "CHANNEL_TYPE": words(products.CHANNELS, channel),
        "NAME_YIELD_GROUP": words(products.YIELDS, yields),
        "PRODUCT_COMBINATION": words(products.PRODUCTS, product),
    }
    columns |= _seller(rng, contract, shop, channel)
    columns |= amounts
    return columns


NO_KIND, X_SELL, WALK_IN = range(3)


def _product(
    rng: np.random.Generator, contract: Integers, bare: Flags, fifth: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Product combination (-1: missing), shop, yield group and product type of each application."""
    size = contract.size
    cash_yields = [row[2] for row in products.CASH_PRODUCTS.values()]
    shares = np.array([row[0] for row in products.CASH_PRODUCTS.values()])
    street = np.array([0.0 if row[1] == "x-sell" else 1.0 for row in products.CASH_PRODUCTS.values()])
    bent = {group: power(factors, 1.4) for group, factors in BENDING.items()}
    cash_table = np.array([
        [share * bent[group][row] * (1 + 0.28 * (row - 2) * walk)
         for share, group, walk in zip(shares, cash_yields, street, strict=True)] for row in range(5)
    ])  # fmt: skip
    cash = from_rows(rng, fifth, cash_table)
    shop = from_shares(rng, size, products.SHOP_SHARES)
    shop_table = np.array([
        [SHOP_YIELDS[group] * BENDING[group][row] * (action if group == "low_action" else 1) for group in SHOP_YIELDS]
        for action in ACTION_BY_SHOP for row in range(5)
    ])  # fmt: skip
    shop_yield = from_rows(rng, 5 * shop + fifth, shop_table) + 1
    free_too = (shop_yield == 3) & (rng.random(size) < np.array(FREE_LOW_NORMAL)[shop])
    free = np.where(bare, rng.random(size) < FREE_BARE, (shop_yield == 4) | free_too)
    in_shop = len(cash_yields) + shop + len(products.SHOPS) * free
    card_x_sell = rng.random(size) < 0.43 - 0.06 * (fifth - 2)
    card = products.PRODUCTS.index("Card Street") + card_x_sell
    product = np.choose(contract, [np.where(bare, len(products.PRODUCTS) - 1, cash), in_shop, card, -1])
    yield_of_cash = np.array([products.YIELDS.index(group) for group in cash_yields])[cash]
    yields = np.where(bare, 0, np.choose(contract, [yield_of_cash, shop_yield, 0, 0]))
    draw = rng.random(size)
    cash_kind = np.where(bare, np.where(draw < 0.12, X_SELL, NO_KIND), np.where(street[cash] > 0, WALK_IN, X_SELL))
    card_kind = np.where(card_x_sell, X_SELL, np.where(draw < 0.19, WALK_IN, NO_KIND))
    kind = np.choose(contract, [cash_kind, NO_KIND, card_kind, NO_KIND])
    return product, shop, yields, kind


def _amounts(
    rng: np.random.Generator,
    traits: Traits,
    contract: Integers,
    status: Integers,
    bare: Flags,
    wealthy: Floats,
    yields: Integers,
    product: Integers,
) -> dict[str, ArrayLike | pl.Series]:
    """Asked, granted, paid down, and paid each month."""
    size = contract.size
    uniform = probability(wealthy)
    asked_for = money(
        np.choose(contract, [
            from_quantiles(uniform, products.CASH_AMOUNTS),
            from_quantiles(uniform, products.SHOP_AMOUNTS),
            from_quantiles(uniform, products.CARD_AMOUNTS),
            0.0,
        ])
    )  # fmt: skip
    round_sum = contract != CONSUMER
    asked_for = np.where(round_sum & (asked_for > 0), np.maximum(np.rint(asked_for / 22500), 1) * 22500, asked_for)
    offered = (contract == REVOLVING) & ((product == products.PRODUCTS.index("Card X-Sell")) | bare)
    limit = np.where(offered & bare, 0.0, asked_for)
    asked_for = np.where(offered | ((contract == CASH) & bare), 0.0, asked_for)

    down = mixed(rng, (0.28, traits.discipline), (-0.22, wealthy))
    down_rate = np.where(down > -0.10, from_quantiles((probability(down) - 0.460) / 0.540, products.DOWN_PAYMENTS), 0.0)
    down_payment = np.where(contract == CONSUMER, money(down_rate * asked_for), 0.0)
    draw = rng.random(size)
    insured = np.where(contract == CASH, np.where(draw < 0.55, 0.04 + 0.16 * rng.random(size), 0.0),
                       np.where(draw < 0.55, 0.20 * rng.random(size), 0.0))  # fmt: skip
    granted = money((asked_for - down_payment) * (1 + insured))
    granted = np.where(contract == REVOLVING, limit, granted)

    # Granted cash loans are the shorter ones.
    longer = mixed(rng, (0.62, wealthy), (0.22, traits.leverage)) + np.where(
        contract == CASH, np.where(status == APPROVED, -0.46, 0.66), 0.0
    )
    shop_term = np.array([float(term) for term in products.SHOP_TERMS])[from_score(longer, products.SHOP_TERMS)]
    cash_term = np.array([float(term) for term in products.CASH_TERMS])[from_score(longer, products.CASH_TERMS)]
    term = np.choose(contract, [cash_term, shop_term, 0.0, 0.0])
    interest = np.where(
        contract == CASH,
        np.array([products.CASH_INTEREST[group] for group in products.YIELDS])[yields],
        np.array([products.SHOP_INTEREST[group] for group in products.YIELDS])[yields],
    ) * exp(0.12 * rng.standard_normal(size))
    annuity = granted * interest / (1 - power(1 + interest, -np.maximum(term, 1)))
    annuity = np.where(contract == REVOLVING, granted * 0.05, annuity)
    paid_down = (contract == CONSUMER) | ((contract == CASH) & ~bare & (rng.random(size) < 0.10))
    base = np.where(paid_down & (granted + down_payment > 0), granted + down_payment, 1.0)
    promoted = (contract == CONSUMER) & ~bare & (rng.random(size) < 0.0105)
    # So few loans are promoted that their shares would scatter; they are spread evenly instead.
    count = int(promoted.sum())
    rates = np.array([float(rate) for rate in products.PRIVILEGED])
    privileged, primary = np.full(size, np.nan), np.full(size, np.nan)
    privileged[promoted] = rates[from_shares(rng, count, products.PRIVILEGED)]
    primary[promoted] = from_quantiles(spread_evenly(rng, count), products.PRIMARY)
    return {
        "AMT_ANNUITY": missing_where(np.round(np.rint(annuity / 0.045) * 0.045, 3), bare),
        "AMT_APPLICATION": asked_for,
        "AMT_CREDIT": granted,
        "AMT_DOWN_PAYMENT": missing_where(down_payment, ~paid_down),
        "AMT_GOODS_PRICE": missing_where(asked_for, asked_for == 0),
        "RATE_DOWN_PAYMENT": missing_where(down_payment / base * 1.089, ~paid_down),
        "RATE_INTEREST_PRIMARY": primary,
        "RATE_INTEREST_PRIVILEGED": privileged,
        "CNT_PAYMENT": missing_where(term, bare),
    }


def _purposes(rng: np.random.Generator, contract: Integers, walk_in: Flags) -> pl.Series:
    """A purpose is asked for when cash is lent over the counter; XAP where the question does not apply."""
    names = ("XAP", *products.PURPOSES)
    purpose = from_shares(rng, contract.size, products.PURPOSES) + 1
    return words(names, np.where(contract == CASH, np.where(walk_in, purpose, 1), 0))


def _payment_types(rng: np.random.Generator, contract: Integers, bare: Flags) -> pl.Series:
    draw = rng.random(contract.size)
    paid = np.where(draw < 0.9915, 0, np.where(draw < 0.9993, 2, 3))
    unknown = bare | (contract >= REVOLVING) | ((contract == CASH) & (rng.random(contract.size) < 0.21))
    return words(products.PAYMENTS, np.where(unknown, 1, paid))


def _reasons(rng: np.random.Generator, status: Integers, fifth: Integers) -> pl.Series:
    """XAP unless refused; CLIENT for an offer that the client did not use."""
    names = (*products.REASONS, "CLIENT", "XAP")
    reason = from_rows(rng, (fifth == 4).astype(np.int64), products.REASON_SHARES)
    return words(names, np.where(status == REFUSED, reason, np.where(status == UNUSED, 7, 8)))


def _suites(rng: np.random.Generator, contract: Integers, bare: Flags) -> pl.Series:
    told = np.where(bare, 0.05, np.array([0.62, 0.76, 0.18, 0.0])[contract])
    suite = from_shares(rng, contract.size, products.SUITES)
    return words(tuple(products.SUITES), np.where(rng.random(contract.size) < told, suite, -1))


def _seller(
    rng: np.random.Generator, contract: Integers, shop: Integers, channel: Integers
) -> dict[str, ArrayLike | pl.Series]:
    """Goods, seller's branch and the size of his place: told for consumer loans."""
    size = contract.size
    in_shop = contract == CONSUMER
    goods, goods_table = products.table_of(products.GOODS)
    sellers, seller_table = products.table_of(products.SELLERS)
    by_shop = in_shop | (channel == products.CHANNELS.index("Country-wide"))
    branch = from_rows(rng, np.where(in_shop, shop, len(products.SHOPS)), seller_table)
    place = np.rint(from_quantiles(rng.random(size), products.SELLER_PLACES))
    told = rng.random(size) < np.where(in_shop, 0.985, 0.13)
    nowhere = np.where(rng.random(size) < 0.86, -1, 0)
    unknown_goods = ~in_shop | (rng.random(size) < 0.012)
    return {
        "NAME_GOODS_CATEGORY": words(
            ("XNA", *goods), np.where(unknown_goods, 0, from_rows(rng, shop, goods_table) + 1)
        ),
        "NAME_SELLER_INDUSTRY": words((*sellers, "XNA"), np.where(by_shop, branch, len(sellers))),
        "SELLERPLACE_AREA": np.where(told, place, nowhere),
    }
