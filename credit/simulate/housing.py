"""The building a client lives in: 47 columns that are known together, agree with each other, or are missing together.

Fourteen properties come as average, mode and median of the building's flats, which differ little. What is known of a
building is ordered: anyone who knows the common areas knows the number of floors too, so the columns are missing in
nested blocks.
"""

import numpy as np
from scipy.special import ndtri

from credit.simulate.column_sampling import Draws, normal_rank, profile, shares_of
from credit.simulate.latent_scores import Latents
from credit.tables.schema import TABLES

_TEXT = TABLES["application_train"].vocabularies

#: Properties measured as _AVG, _MODE and _MEDI.
MEASURES = tuple(name.removesuffix("_AVG") for name in TABLES["application_train"].names if name.endswith("_AVG"))
#: Measures that count something: their values lie on a coarse grid, parts of the largest count.
GRIDS = {"ELEVATORS": 0.04, "ENTRANCES": 1 / 29}
#: Measures whose few values are known with their shares (of the mode; average and median have the same).
COUNTED = ("FLOORSMAX", "FLOORSMIN")
#: How far mode and median scatter around the average, in standard deviations of the score, and how often they do.
SCATTER = {"MODE": (0.12, 0.45), "MEDI": (0.04, 0.30)}
OTHERS = ("FONDKAPREMONT_MODE", "HOUSETYPE_MODE", "TOTALAREA_MODE", "WALLSMATERIAL_MODE", "EMERGENCYSTATE_MODE")


def draw_housing(draws: Draws, z: Latents, city: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays (n,): numbers with NaN where missing; codes into the vocabulary, -1 where missing, for text.

    ``city``: (n,) how urban the surroundings are; buildings of cities are known more often.
    """
    known = profile()["application"]
    record = draws.rank(
        "building known", 0.35 * city + 0.12 * z["AMT_INCOME_TOTAL"] + draws.rng.standard_normal(draws.n)
    )
    made: dict[str, np.ndarray] = {}

    def missing(column: str) -> np.ndarray:
        # A record's completeness decides for all columns; a little noise keeps the blocks from being perfectly nested.
        level = known[column]["missing"]
        return record + 0.02 * (draws.rng.random(draws.n) - 0.5) < level

    for measure in MEASURES:
        gone = missing(f"{measure}_AVG")
        # Which buildings are known depends on the city and the client, so the rank is that among the known ones.
        score = ndtri(np.clip(draws.rank(measure, z[f"{measure}_AVG"][~gone]), 1e-5, 1 - 1e-5))
        for kind in ("AVG", "MODE", "MEDI"):
            made[f"{measure}_{kind}"] = np.full(draws.n, np.nan)
            made[f"{measure}_{kind}"][~gone] = _measured(draws, measure, kind, score)

    gone = missing("TOTALAREA_MODE")
    area = z["LIVINGAREA_AVG"] * 0.95 + np.sqrt(1 - 0.95 * 0.95) * draws.rng.standard_normal(draws.n)
    made["TOTALAREA_MODE"] = np.where(gone, np.nan, np.round(draws.value("TOTALAREA_MODE", normal_rank(area)), 4))
    floors, built = z["FLOORSMAX_AVG"], z["YEARS_BUILD_AVG"]
    made["WALLSMATERIAL_MODE"] = _text(
        draws,
        z,
        "WALLSMATERIAL_MODE",
        {"Panel": 0.9 * floors + 0.2 * built, "Monolithic": 1.2 * floors + 0.8 * built, "Wooden": -2.0 * floors},
        missing("WALLSMATERIAL_MODE"),
    )
    made["HOUSETYPE_MODE"] = _text(
        draws,
        z,
        "HOUSETYPE_MODE",
        {"terraced house": -1.2 * floors, "specific housing": -0.6 * floors},
        missing("HOUSETYPE_MODE"),
    )
    made["EMERGENCYSTATE_MODE"] = _text(
        draws, z, "EMERGENCYSTATE_MODE", {"Yes": -0.8 * built - 0.5 * floors}, missing("EMERGENCYSTATE_MODE")
    )
    made["FONDKAPREMONT_MODE"] = _text(draws, z, "FONDKAPREMONT_MODE", {}, missing("FONDKAPREMONT_MODE"))
    return made


def _measured(draws: Draws, measure: str, kind: str, score: np.ndarray) -> np.ndarray:
    if kind in SCATTER:
        spread, often = SCATTER[kind]
        differs = draws.rng.random(len(score)) < often
        score = (score + spread * differs * draws.rng.standard_normal(len(score))) / np.sqrt(
            1 + often * spread * spread
        )
    rank = normal_rank(score)
    if measure in COUNTED:
        shares = sorted((float(value), share) for value, share in shares_of(f"{measure}_MODE").items())
        steps = np.cumsum([share for _, share in shares])
        place = np.minimum(np.searchsorted(steps, rank * steps[-1]), len(shares) - 1)
        return np.array([value for value, _ in shares])[place]
    value = draws.value(f"{measure}_{kind}", rank)
    if measure in GRIDS:
        value = np.minimum(np.round(value / GRIDS[measure]) * GRIDS[measure], 1.0)
    return np.asarray(np.round(value, 4))


def _text(draws: Draws, z: Latents, column: str, odds: dict[str, np.ndarray], gone: np.ndarray) -> np.ndarray:
    values = _TEXT[column]
    scores = np.stack([odds.get(value, np.zeros(draws.n)) for value in values], axis=1) + z.lean(column, values)
    drawn = draws.choose(column, scores, [shares_of(column).get(value, 0.0) for value in values])
    return np.where(gone, -1, drawn)
