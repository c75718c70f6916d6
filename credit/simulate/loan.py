"""The loan applied for: contract, goods price, credit, annuity and term, and the documents handed in.

A cash loan finances goods; insurance may be added to it, so the credit is the goods price times a factor of a small
price list. It is paid back in equal monthly instalments: annuity = credit x r / (1 - (1 + r)^-term). A revolving loan
is a limit: its annuity is a twentieth of it, and its goods price is the limit itself.
"""

import numpy as np

from credit.simulate.column_sampling import Draws, normal_rank, profile, shares_of
from credit.simulate.latent_scores import Latents
from credit.simulate.portable_arithmetic import log, logit, power

#: Terms in months that are offered, and yearly interest on the credit.
TERMS = np.array([6, 8, 10, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39, 42, 45, 48, 51, 54, 57, 60])
RATES = np.array([0.10, 0.15, 0.18, 0.20, 0.23, 0.26, 0.30, 0.35])
RATE_SHARES = np.array([0.08, 0.17, 0.20, 0.19, 0.15, 0.11, 0.07, 0.03])
#: Insurance price lists: credit over goods price -> share of the loans, for goods up to a price. 1.0 is no insurance.
PRICE_LISTS: tuple[tuple[float, dict[float, float]], ...] = (
    (337_500, {1.0: 0.26, 1.0528: 0.05, 1.0782: 0.07, 1.105: 0.05, 1.132: 0.18, 1.158: 0.08, 1.198: 0.07,
        1.264: 0.08, 1.3168: 0.06}),
    (600_000, {1.0: 0.26, 1.0528: 0.05, 1.0782: 0.04, 1.0912: 0.06, 1.1056: 0.05, 1.13: 0.07, 1.1584: 0.10,
        1.198: 0.05, 1.2112: 0.17, 1.264: 0.03, 1.32: 0.02}),
    (np.inf, {1.0: 0.26, 1.0528: 0.06, 1.0782: 0.07, 1.1188: 0.17, 1.132: 0.03, 1.145: 0.06, 1.158: 0.06,
        1.198: 0.17, 1.2376: 0.02}),
)  # fmt: skip
#: Prices on which loans pile up.
ROUND_PRICES = 4500.0 * np.array([10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 100, 150, 200, 250, 300, 400, 500, 600])
REVOLVING_LIMITS = 45000.0 * np.array([3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 18, 20])
#: All amounts of a loan are multiples of this.
UNIT = 4.5
#: Months that a credit lasts at the least and at the most, as credit / annuity tells them.
SHORTEST, LONGEST = 5.0, 48.0

#: The document usually handed in first, one per client, and those that come on top of it.
MAIN_DOCUMENTS = (3, 6, 8, 5, 9, 7, 4, 17, 2, 12)
EXTRA_DOCUMENTS = (11, 13, 14, 15, 16, 18, 19, 20, 21)


def draw_loan(draws: Draws, z: Latents, age: np.ndarray, idle: np.ndarray, drift: float) -> dict[str, np.ndarray]:
    """The loan's columns as arrays (n,); NAME_CONTRACT_TYPE is 0 for cash loans and 1 for revolving ones.

    ``draws``: of the n clients. ``z``: their scores. ``age``: years; ``idle``: no employer. ``drift``: 0 as in
    application_train, 1 as in application_test.
    """
    n, rng = draws.n, draws.rng
    made: dict[str, np.ndarray] = {}
    before = shares_of("NAME_CONTRACT_TYPE")["Revolving loans"]
    after = shares_of("NAME_CONTRACT_TYPE", later=True)["Revolving loans"]
    odds = z.odds({"AMT_GOODS_PRICE": -0.75, "AMT_ANNUITY": -0.85, "DAYS_BIRTH": 0.15})
    odds += z.lean_to("NAME_CONTRACT_TYPE", "Revolving loans")
    shift = drift * (logit(after) - logit(before))
    revolving = draws.flag("NAME_CONTRACT_TYPE", odds, before, shift)
    made["NAME_CONTRACT_TYPE"] = revolving.astype(int)

    price = draws.value("AMT_GOODS_PRICE", normal_rank(z["AMT_GOODS_PRICE"]), drift)
    price = np.where(revolving, _nearest(price, REVOLVING_LIMITS), _round_price(rng, price))
    credit = np.where(revolving, price, np.round(price * _insurance(rng, price) / UNIT) * UNIT)

    wanted = draws.value("AMT_ANNUITY", normal_rank(z["AMT_ANNUITY"]), drift)
    rate = RATES[_pick(rng, n, RATE_SHARES)] / 12
    # The offered term whose annuity comes closest to what the client wants to pay a month.
    months = np.clip(credit / np.maximum(wanted, 1.0), SHORTEST, LONGEST)
    exact = -log(1 - np.minimum(rate * months, 0.85)) / log(1 + rate)
    term = _nearest(exact, TERMS)
    annuity = credit * rate / (1 - power(1 + rate, -term))
    annuity = np.where(revolving, credit / 20, annuity)
    made["AMT_CREDIT"] = credit
    made["AMT_ANNUITY"] = np.round(annuity / UNIT) * UNIT
    # The goods price is unknown for some limits only.
    gone = revolving & (rng.random(n) < profile()["application"]["AMT_GOODS_PRICE"]["missing"] / before)
    made["AMT_GOODS_PRICE"] = np.where(gone, np.nan, price)
    made["AMT_ANNUITY"] = np.where(
        rng.random(n) < profile()["application"]["AMT_ANNUITY"]["missing"], np.nan, made["AMT_ANNUITY"]
    )
    made |= _documents(draws, z, revolving, idle)
    return made


def _documents(draws: Draws, z: Latents, revolving: np.ndarray, idle: np.ndarray) -> dict[str, np.ndarray]:
    made = {f"FLAG_DOCUMENT_{i}": np.zeros(draws.n, dtype=int) for i in range(2, 22)}
    shares = [shares_of(f"FLAG_DOCUMENT_{i}").get("1", 0.0) for i in MAIN_DOCUMENTS]
    odds = np.zeros((draws.n, len(MAIN_DOCUMENTS) + 1))
    odds[:, -1] = np.where(revolving, 5.0, 0.0)
    odds[:, 1] = np.where(idle, 3.2, 0.0)
    odds[:, 2] = np.where(idle, -3.0, 0.5 * z["AMT_INCOME_TOTAL"])
    odds[:, 0] = 0.15 * z["AMT_GOODS_PRICE"] + z.lean_to("FLAG_DOCUMENT_3", "1")
    main = draws.choose("FLAG_DOCUMENT", odds, [*shares, 1 - sum(shares)])
    for place, i in enumerate(MAIN_DOCUMENTS):
        made[f"FLAG_DOCUMENT_{i}"][main == place] = 1
    for i in EXTRA_DOCUMENTS:
        share = shares_of(f"FLAG_DOCUMENT_{i}").get("1", 0.0)
        odds_of_one = 0.6 * z["AMT_GOODS_PRICE"] + 0.3 * z["AMT_INCOME_TOTAL"] + z.lean_to(f"FLAG_DOCUMENT_{i}", "1")
        made[f"FLAG_DOCUMENT_{i}"] = draws.flag(f"FLAG_DOCUMENT_{i}", odds_of_one, share).astype(int)
    return made


def _round_price(rng: np.random.Generator, price: np.ndarray) -> np.ndarray:
    """Two prices in five lie on a round figure, the others on the price list's steps of 4,500 or 22,500."""
    on = rng.random(len(price))
    near = _nearest(price, ROUND_PRICES)
    step = np.where(on < 0.75, 22500.0, 4500.0)
    stepped = np.maximum(np.round(price / step), 1) * step
    close = np.abs(near / price - 1) < 0.2
    return np.where((on < 0.45) & close, near, np.where(price < 90000, np.round(price / 4500) * 4500, stepped))


def _insurance(rng: np.random.Generator, price: np.ndarray) -> np.ndarray:
    """Credit over goods price, drawn from the list that holds for the price."""
    chance = rng.random(len(price))
    factor = np.ones(len(price))
    below = 0.0
    for limit, listed in PRICE_LISTS:
        steps = np.cumsum(list(listed.values()))
        place = np.minimum(np.searchsorted(steps, chance * steps[-1]), len(listed) - 1)
        factor = np.where((price > below) & (price <= limit), np.array(list(listed))[place], factor)
        below = limit
    return factor


def _nearest(value: np.ndarray, grid: np.ndarray) -> np.ndarray:
    between = np.sqrt(grid[1:] * grid[:-1])
    nearest: np.ndarray = grid[np.searchsorted(between, value)]
    return nearest


def _pick(rng: np.random.Generator, n: int, shares: np.ndarray) -> np.ndarray:
    steps = np.cumsum(shares / shares.sum())
    return np.minimum(np.searchsorted(steps, rng.random(n)), len(shares) - 1)
