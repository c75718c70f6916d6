"""Where a client lives, is registered and works, and when the application was made."""

import numpy as np

from credit.simulate.column_sampling import Draws, normal_rank, shares_of
from credit.simulate.latent_scores import Latents
from credit.tables.schema import TABLES

_TEXT = TABLES["application_train"].vocabularies

#: Mean scores of regions rated 1 (best) and 3 (worst) against those rated 2.
RATING = {
    1: {"REGION_POPULATION_RELATIVE": 1.25, "AMT_INCOME_TOTAL": 0.50, "HOUR_APPR_PROCESS_START": 0.5},
    3: {"REGION_POPULATION_RELATIVE": -0.80, "AMT_INCOME_TOTAL": -0.40,
        "HOUR_APPR_PROCESS_START": -0.35},
}  # fmt: skip
#: The number of regions with a population of their own.
REGIONS = 81
#: Of those who live elsewhere than registered: who works where they live, where they are registered, elsewhere again.
WORKPLACE = (0.75, 0.08, 0.17)


def draw_region(draws: Draws, z: Latents, age: np.ndarray, idle: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays (n,) of the columns about region, addresses and the time of the application.

    ``draws``: of the n clients. ``z``: their scores. ``age``: (n,) years. ``idle``: (n,) no employer.
    """
    rng = draws.rng
    made: dict[str, np.ndarray] = {}
    place = (np.floor(normal_rank(z["REGION_POPULATION_RELATIVE"]) * REGIONS) + 0.5) / REGIONS
    made["REGION_POPULATION_RELATIVE"] = np.round(draws.value("REGION_POPULATION_RELATIVE", place), 6)

    ratings = shares_of("REGION_RATING_CLIENT")
    odds = z.odds_of([RATING.get(rating, {}) for rating in (1, 2, 3)]) + z.lean("REGION_RATING_CLIENT", ["1", "2", "3"])
    rating = 1 + draws.choose("REGION_RATING_CLIENT", odds, [ratings[str(i)] for i in (1, 2, 3)])
    made["REGION_RATING_CLIENT"] = rating
    # The rating that looks at the city too is better by one for some clients of the lesser regions.
    of_city = shares_of("REGION_RATING_CLIENT_W_CITY")
    from_3 = 1 - of_city["3"] / ratings["3"]
    from_2 = (of_city["1"] - ratings["1"]) / ratings["2"]
    better = rng.random(draws.n) < np.select([rating == 3, rating == 2], [from_3, from_2], 0.0)
    made["REGION_RATING_CLIENT_W_CITY"] = rating - better

    region_live, region_work, region_both = _addresses(draws, z, "REGION", idle, 0.02 * (40 - age))
    city_live, city_work, city_both = _addresses(draws, z, "CITY", idle, 0.03 * (40 - age))
    # Another region is another city.
    city_live, city_work, city_both = city_live | region_live, city_work | region_work, city_both | region_both
    made["REG_REGION_NOT_LIVE_REGION"], made["REG_REGION_NOT_WORK_REGION"] = region_live, region_work
    made["LIVE_REGION_NOT_WORK_REGION"] = region_both
    made["REG_CITY_NOT_LIVE_CITY"], made["REG_CITY_NOT_WORK_CITY"] = city_live, city_work
    made["LIVE_CITY_NOT_WORK_CITY"] = city_both

    days = _TEXT["WEEKDAY_APPR_PROCESS_START"]
    shares = shares_of("WEEKDAY_APPR_PROCESS_START")
    made["WEEKDAY_APPR_PROCESS_START"] = draws.choose(
        "WEEKDAY_APPR_PROCESS_START", np.zeros((draws.n, 7)), [shares[day] for day in days]
    )
    hours = shares_of("HOUR_APPR_PROCESS_START")
    steps = np.cumsum([hours[str(hour)] for hour in range(24)])
    hour = np.searchsorted(steps / steps[-1], normal_rank(z["HOUR_APPR_PROCESS_START"]))
    made["HOUR_APPR_PROCESS_START"] = np.minimum(hour, 23)
    return made


def _addresses(
    draws: Draws, z: Latents, level: str, idle: np.ndarray, odds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Registered is not home; registered is not work; home is not work. Who does not work has no workplace."""
    not_home, not_office = f"REG_{level}_NOT_LIVE_{level}", f"REG_{level}_NOT_WORK_{level}"
    share_live, share_work = shares_of(not_home)["1"], shares_of(not_office)["1"]
    lives = draws.flag(not_home, odds + z.lean_to(not_home, "1"), share_live)
    # Commuters among the workers, so that the share over all clients comes out.
    commuting = (share_work - share_live * (WORKPLACE[0] + WORKPLACE[2])) / (1 - share_live)
    commutes = draws.flag(not_office, odds + z.lean_to(not_office, "1") + np.where(idle, -30.0, 0.0), commuting)
    at = np.searchsorted(np.cumsum(WORKPLACE), draws.rng.random(draws.n))
    not_work = np.where(lives, at != 1, commutes)
    home_not_work = np.where(lives, at != 0, commutes)
    return lives, not_work & ~idle, home_not_work & ~idle
