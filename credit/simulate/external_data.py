"""What others say of a client: external scores, the social circle, requests at the bureau; and the phones."""

import numpy as np

from credit.simulate.column_sampling import Draws, normal_rank, profile, shares_of
from credit.simulate.latent_scores import Latents
from credit.simulate.portable_arithmetic import log, logit

REQUESTS = ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR")
#: Share of clients with at most 0, 1, 2, ... observations in their social circle (the published table; 30 is the most).
CIRCLE = np.array([0.533, 0.695, 0.793, 0.859, 0.904, 0.936, 0.957, 0.971, 0.980, 0.986, 0.990, 0.993, 0.995, 0.9965,
    0.9976, 0.9984, 0.9989, 0.9993, 0.9995, 0.9997, 0.9998, 0.9999, 1.0])  # fmt: skip
#: A default seen within 60 days is one of those seen within 30 days; this many are.
WITHIN_60 = 0.70
#: Shares of clients with many requests in a week, larger than the real ones: those tell 8 values in 300,000 clients,
#: and a bank of 10,000 is to tell more than five too, from where on drift tests take a count for a number.
MANY_IN_A_WEEK = {"5": 4e-4, "6": 1e-4}
#: Share of the clients the bureau does not know who also lack the external score made from its data.
UNSCORED = 0.92


def draw_standing(draws: Draws, z: Latents, age: np.ndarray, idle: np.ndarray, drift: float) -> dict[str, np.ndarray]:
    """Arrays (n,), NaN where missing. ``drift``: 0 as in application_train, 1 as in application_test.

    ``draws``: of the n clients. ``z``: their scores. ``age``: (n,) years. ``idle``: (n,) no employer.
    """
    made: dict[str, np.ndarray] = {}
    _draw_scores(draws, z, made)
    _draw_requests(draws, z, made, drift)
    _draw_circle(draws, z, made)
    _draw_phones(draws, z, made, age, idle, drift)
    return made


def _draw_scores(draws: Draws, z: Latents, made: dict[str, np.ndarray]) -> None:
    known = profile()["application"]
    for column in ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"):
        made[column] = draws.value(column, normal_rank(z[column]))
    gone = known["AMT_REQ_CREDIT_BUREAU_YEAR"]["missing"]
    odds = 0.25 * z["DAYS_BIRTH"] + 0.35 * z["DAYS_LAST_PHONE_CHANGE"] - 0.3 * z["AMT_GOODS_PRICE"]
    odds += z.lean_to_missing("AMT_REQ_CREDIT_BUREAU_YEAR")
    unknown = draws.flag("unknown to the bureau", odds, gone)
    made["unknown"] = unknown
    rest = (known["EXT_SOURCE_3"]["missing"] - gone * UNSCORED) / (1 - gone)
    unscored = draws.rng.random(draws.n) < np.where(unknown, UNSCORED, rest)
    made["EXT_SOURCE_3"] = np.where(unscored, np.nan, made["EXT_SOURCE_3"])
    odds = -0.25 * z["AMT_INCOME_TOTAL"] + z.lean_to_missing("EXT_SOURCE_1")
    no_first = draws.flag("EXT_SOURCE_1 missing", odds, known["EXT_SOURCE_1"]["missing"])
    made["EXT_SOURCE_1"] = np.where(no_first, np.nan, made["EXT_SOURCE_1"])
    no_second = draws.rng.random(draws.n) < known["EXT_SOURCE_2"]["missing"]
    made["EXT_SOURCE_2"] = np.where(no_second, np.nan, made["EXT_SOURCE_2"])


def _draw_requests(draws: Draws, z: Latents, made: dict[str, np.ndarray], drift: float) -> None:
    unknown = made.pop("unknown")
    for period in REQUESTS:
        column = f"AMT_REQ_CREDIT_BUREAU_{period}"
        rank = normal_rank(z[column]) if column in z.columns else draws.rng.random(draws.n)
        # The bureau counts its requests differently from the first drifted quarter on, and then stays with that.
        later = drift > 0 and column in profile()["later"]
        shares = shares_of(column, later)
        steps = _steps(shares | MANY_IN_A_WEEK if period == "WEEK" and not later else shares)
        counts = np.searchsorted(steps, rank * steps[-1])
        made[column] = np.where(unknown, np.nan, counts.astype(float))


def _draw_circle(draws: Draws, z: Latents, made: dict[str, np.ndarray]) -> None:
    rng = draws.rng
    gone = rng.random(draws.n) < profile()["application"]["OBS_30_CNT_SOCIAL_CIRCLE"]["missing"]
    seen = np.searchsorted(CIRCLE, normal_rank(z["OBS_30_CNT_SOCIAL_CIRCLE"])).astype(float)
    shares = shares_of("DEF_30_CNT_SOCIAL_CIRCLE")
    odds = np.outer(log(1 + seen), np.arange(7) * 0.6) + z.lean("DEF_30_CNT_SOCIAL_CIRCLE", [str(i) for i in range(7)])
    odds = np.where(np.arange(7) > seen[:, None], -60.0, odds)
    late = draws.choose("DEF_30_CNT_SOCIAL_CIRCLE", odds, [shares[str(i)] for i in range(7)]).astype(float)
    seen_60 = seen - (rng.random(draws.n) < 0.012 * seen)
    late_60 = np.minimum(rng.binomial(late.astype(int), WITHIN_60), seen_60)
    for column, values in (("OBS_30", seen), ("DEF_30", late), ("OBS_60", seen_60), ("DEF_60", late_60)):
        made[f"{column}_CNT_SOCIAL_CIRCLE"] = np.where(gone, np.nan, values)


def _draw_phones(
    draws: Draws, z: Latents, made: dict[str, np.ndarray], age: np.ndarray, idle: np.ndarray, drift: float
) -> None:
    made["FLAG_MOBIL"] = np.ones(draws.n, dtype=int)
    reached = shares_of("FLAG_CONT_MOBILE")["1"]
    made["FLAG_CONT_MOBILE"] = (draws.rng.random(draws.n) < reached).astype(int)
    at_work = draws.flag(
        "FLAG_WORK_PHONE",
        np.where(idle, -6.0, 0.0) + z.lean_to("FLAG_WORK_PHONE", "1"),
        shares_of("FLAG_WORK_PHONE")["1"],
    )
    made["FLAG_WORK_PHONE"] = at_work.astype(int)
    at_home = draws.flag(
        "FLAG_PHONE", 1.5 * at_work + 0.012 * age + z.lean_to("FLAG_PHONE", "1"), shares_of("FLAG_PHONE")["1"]
    )
    made["FLAG_PHONE"] = at_home.astype(int)
    before, after = shares_of("FLAG_EMAIL")["1"], shares_of("FLAG_EMAIL", later=True)["1"]
    shift = drift * (logit(after) - logit(before))
    odds = 0.35 * z["AMT_INCOME_TOTAL"] - 0.02 * age
    made["FLAG_EMAIL"] = draws.flag("FLAG_EMAIL", odds, before, shift).astype(int)
    changed = draws.value("DAYS_LAST_PHONE_CHANGE", normal_rank(z["DAYS_LAST_PHONE_CHANGE"]), drift)
    made["DAYS_LAST_PHONE_CHANGE"] = np.round(np.minimum(changed, 0))


def _steps(shares: dict[str, float]) -> np.ndarray:
    """Cumulative shares of 0, 1, 2, ..., without gaps."""
    most = max(int(float(value)) for value in shares)
    return np.cumsum([shares.get(str(count), shares.get(f"{count}.0", 0.0)) for count in range(most + 1)])
