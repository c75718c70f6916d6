"""The application table of clients that do not exist.

The person, the region, the loan, the building and what others say of the client are drawn one after the other, each
column with its real marginal distribution, tied together by jointly normal scores and by rules of the world.
"""

import numpy as np
import polars as pl

from credit.simulate import traits as trait
from credit.simulate.column_sampling import Draws, normal_rank, shares_of
from credit.simulate.external_data import draw_standing
from credit.simulate.housing import draw_housing
from credit.simulate.latent_scores import Latents
from credit.simulate.loan import draw_loan
from credit.simulate.person import YEAR, draw_person
from credit.simulate.region import draw_region
from credit.tables.columns import Column
from credit.tables.schema import NO_DATE, TABLES

_COLUMNS = TABLES["application_test"].columns
#: Incomes are told in steps of 4,500 a year; most people round to 22,500.
INCOME_STEPS = (22500.0, 4500.0)
ROUND_INCOMES = 0.75


def draw_applications(
    draws: Draws, identity: np.ndarray, drift: float = 0.0, correlation: np.ndarray | None = None
) -> tuple[pl.DataFrame, trait.Traits]:
    """Applications (the columns of application_test) of the clients ``identity``, their SK_ID_CURR, and their traits.

    ``draws``: of as many clients. ``drift``: 0 as in application_train, 1 as in application_test. ``correlation``: of
    the scores, when it is being calibrated; otherwise as calibrated.
    """
    z = Latents(draws.rng, draws.n, correlation)
    made = draw_person(draws, z)
    age = -made["DAYS_BIRTH"] / YEAR
    idle = made["DAYS_EMPLOYED"] == NO_DATE
    made["AMT_INCOME_TOTAL"] = _income(draws, z)
    made |= _dates(draws, z, made["DAYS_BIRTH"])
    made |= draw_region(draws, z, age, idle)
    made |= draw_loan(draws, z, age, idle, drift)
    made |= draw_standing(draws, z, age, idle, drift)
    made |= draw_housing(draws, z, z["REGION_POPULATION_RELATIVE"])
    made["NAME_TYPE_SUITE"] = _company(draws)
    made["SK_ID_CURR"] = identity
    frame = pl.DataFrame([_series(column, made[column.name]) for column in _COLUMNS])
    return frame, trait.draw(draws.rng, draws.n, z.as_dict())


def _income(draws: Draws, z: Latents) -> np.ndarray:
    income = draws.value("AMT_INCOME_TOTAL", normal_rank(z["AMT_INCOME_TOTAL"]))
    step = np.where(draws.rng.random(draws.n) < ROUND_INCOMES, *INCOME_STEPS)
    rounded: np.ndarray = np.maximum(np.round(income / step), 1) * step
    return np.where(income < 60000, np.round(income / 4500) * 4500, rounded)


def _dates(draws: Draws, z: Latents, birth: np.ndarray) -> dict[str, np.ndarray]:
    """Nobody changed a registration or a passport before being born."""
    return {
        column: np.maximum(np.round(np.minimum(draws.value(column, normal_rank(z[column])), 0)), birth)
        for column in ("DAYS_REGISTRATION", "DAYS_ID_PUBLISH")
    }


def _company(draws: Draws) -> np.ndarray:
    values = TABLES["application_train"].vocabularies["NAME_TYPE_SUITE"]
    shares = shares_of("NAME_TYPE_SUITE")
    company = draws.choose("NAME_TYPE_SUITE", np.zeros((draws.n, len(values))), [shares[value] for value in values])
    return np.where(draws.rng.random(draws.n) < 0.00446, -1, company)


def _series(column: Column, values: np.ndarray) -> pl.Series:
    if column.kind == "text":
        places = pl.Series(values, dtype=pl.Int64)
        words = pl.Series(column.name, column.values, dtype=pl.String)
        return words.gather(places.replace(-1, None)).alias(column.name)
    if column.kind == "integer":
        return pl.Series(column.name, np.asarray(values).astype(np.int64))
    # A value rounded to 0 from below is 0, not -0.0.
    return pl.Series(column.name, np.asarray(values, dtype=float) + 0.0).fill_nan(None)
