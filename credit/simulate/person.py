"""Who applies: age, gender, work, family, dwelling, and where they live.

What the real table's margins do not say, which values go together, is written here as *tilts*: by how many standard
deviations the scores of a group lie above those of the reference group, and log odds between values of two text
columns. They are rounded figures that anyone can check against the published table.
"""

import numpy as np

from credit.simulate.column_sampling import Draws, normal_rank, profile, shares_of, table_of_scores
from credit.simulate.latent_scores import Latents
from credit.tables.schema import NO_DATE, TABLES

Columns = dict[str, np.ndarray]
_TEXT = TABLES["application_train"].vocabularies
YEAR = 365.25

# Reference group of each column: the first of its most frequent value; keys are column values.
GENDER = {"M": {"AMT_INCOME_TOTAL": 0.42, "EXT_SOURCE_1": -0.65, "DAYS_BIRTH": 0.28}}
INCOME = {
    "Commercial associate": {"AMT_INCOME_TOTAL": 0.45, "AMT_GOODS_PRICE": 0.15},
    "State servant": {"AMT_INCOME_TOTAL": 0.15, "EXT_SOURCE_1": 0.25, "DAYS_EMPLOYED": -0.5},
    "Pensioner": {"AMT_INCOME_TOTAL": -0.35, "AMT_GOODS_PRICE": -0.10, "DAYS_LAST_PHONE_CHANGE": -0.1},
}
EDUCATION = {
    "Higher education": {"AMT_INCOME_TOTAL": 0.50, "AMT_GOODS_PRICE": 0.25, "EXT_SOURCE_1": 0.30,
        "DAYS_BIRTH": 0.18, "REGION_POPULATION_RELATIVE": 0.15},
    "Incomplete higher": {"AMT_INCOME_TOTAL": 0.25, "DAYS_BIRTH": 0.75, "EXT_SOURCE_1": -0.4},
    "Lower secondary": {"AMT_INCOME_TOTAL": -0.35, "DAYS_BIRTH": -0.55},
    "Academic degree": {"AMT_INCOME_TOTAL": 0.9, "EXT_SOURCE_1": 0.5},
}  # fmt: skip
FAMILY = {
    "Single / not married": {"DAYS_BIRTH": 0.55, "AMT_GOODS_PRICE": -0.30, "EXT_SOURCE_1": -0.45},
    "Civil marriage": {"DAYS_BIRTH": 0.28, "AMT_GOODS_PRICE": -0.15, "EXT_SOURCE_1": -0.2},
    "Separated": {"DAYS_BIRTH": -0.10, "AMT_GOODS_PRICE": -0.10},
    "Widow": {"DAYS_BIRTH": -1.15, "AMT_INCOME_TOTAL": -0.45, "AMT_GOODS_PRICE": -0.25, "EXT_SOURCE_1": 0.65},
}
DWELLING = {
    "With parents": {"DAYS_BIRTH": 0.95, "EXT_SOURCE_1": -0.6, "AMT_GOODS_PRICE": -0.25},
    "Rented apartment": {"DAYS_BIRTH": 0.65, "EXT_SOURCE_1": -0.4},
    "Municipal apartment": {"DAYS_BIRTH": 0.05},
    "Office apartment": {"DAYS_BIRTH": 0.15, "AMT_INCOME_TOTAL": 0.15},
    "Co-op apartment": {"DAYS_BIRTH": 0.2},
}
WOMEN_S_WORK = {"Accountants": 2.2, "Medicine staff": 2.2, "Sales staff": 1.6, "Cooking staff": 1.4, "Secretaries": 2.5,
    "Cleaning staff": 1.4, "Private service staff": 1.8, "Waiters/barmen staff": 1.3, "HR staff": 1.8,
    "Core staff": 0.7, "Realty agents": 0.9, "High skill tech staff": 0.2, "Managers": -0.1, "Laborers": -0.6,
    "Low-skill Laborers": -0.8, "IT staff": -0.9, "Security staff": -1.4, "Drivers": -4.0}  # fmt: skip
LEARNED_WORK = {"Accountants": 1.5, "Managers": 1.5, "High skill tech staff": 1.1, "IT staff": 1.6, "HR staff": 1.8,
    "Core staff": 0.9, "Medicine staff": 0.2, "Secretaries": 0.5, "Realty agents": 0.8, "Sales staff": -0.2,
    "Private service staff": 0.2, "Laborers": -0.8, "Drivers": -0.8, "Security staff": -0.6, "Cooking staff": -1.1,
    "Cleaning staff": -1.5, "Low-skill Laborers": -1.6, "Waiters/barmen staff": -0.7}  # fmt: skip
PAY_OF_WORK = {"Managers": 0.7, "IT staff": 0.5, "Accountants": 0.25, "Drivers": 0.05, "High skill tech staff": 0.2,
    "Core staff": 0.1, "Cleaning staff": -0.6, "Low-skill Laborers": -0.35, "Cooking staff": -0.4,
    "Medicine staff": -0.2, "Laborers": -0.05, "Sales staff": -0.15, "Security staff": -0.1}  # fmt: skip
STATE_WORK = ("School", "Kindergarten", "Government", "Medicine", "Military", "Police", "Security Ministries", "Postal",
    "University", "Emergency", "Culture", "Housing", "Electricity", "Other")  # fmt: skip
WOMEN_S_EMPLOYER = {"School": 1.4, "Kindergarten": 2.2, "Medicine": 1.4, "Postal": 1.2, "Bank": 0.6, "Restaurant": 0.8,
    "Trade: type 7": 0.4, "University": 0.6, "Insurance": 0.8, "Culture": 1.0, "Hotel": 0.8, "Government": 0.1,
    "Construction": -1.3, "Transport: type 4": -1.2, "Transport: type 3": -1.6, "Transport: type 2": -0.6,
    "Security": -1.4, "Military": -1.2, "Police": -0.9, "Security Ministries": -1.4, "Agriculture": -0.5,
    "Industry: type 1": -0.7, "Industry: type 3": -0.5, "Industry: type 9": -0.3, "Emergency": -1.2}  # fmt: skip
EMPLOYER_OF_WORK = {
    "Drivers": {"Transport: type 4": 1.5, "Transport: type 3": 1.8, "Transport: type 2": 1.2, "Self-employed": 0.3},
    "Medicine staff": {"Medicine": 4.5, "Kindergarten": 1.0, "School": -1.0, "Government": -0.5},
    "Security staff": {"Security": 4.0, "Police": 1.2, "Security Ministries": 1.0, "School": -0.5},
    "Cooking staff": {"Restaurant": 2.2, "Kindergarten": 1.8, "School": 0.8, "Hotel": 1.0},
    "Waiters/barmen staff": {"Restaurant": 3.5, "Hotel": 1.5},
    "Sales staff": {"Self-employed": 0.9, "Trade: type 7": 1.4, "Trade: type 3": 1.3, "Trade: type 2": 1.0},
    "Core staff": {"School": 1.6, "Kindergarten": 1.2, "Bank": 1.2, "Government": 0.9, "Military": 1.4, "Police": 1.2},
    "Managers": {"Bank": 0.5, "Trade: type 2": 0.3},
    "Laborers": {"Construction": 0.7, "Industry: type 3": 0.6, "Industry: type 9": 0.5, "Industry: type 11": 0.5},
    "High skill tech staff": {"Electricity": 0.6, "Telecom": 0.8, "Industry: type 9": 0.3},
    "Accountants": {"Bank": 0.6, "Insurance": 0.4},
}


def draw_person(draws: Draws, z: Latents) -> Columns:
    """The columns about the person, as arrays (n,): codes into the vocabulary for text (-1 missing), else numbers."""
    made: Columns = {}
    made["DAYS_BIRTH"] = np.round(draws.value("DAYS_BIRTH", normal_rank(z["DAYS_BIRTH"])))
    age = -made["DAYS_BIRTH"] / YEAR
    gender = _choose(draws, z, "CODE_GENDER", z.odds_of([GENDER.get(value, {}) for value in _TEXT["CODE_GENDER"]]))
    made["CODE_GENDER"] = gender
    man = gender == _TEXT["CODE_GENDER"].index("M")
    _draw_work(draws, z, made, age, man)
    _draw_family(draws, z, made, age, man)
    return made


def _draw_work(draws: Draws, z: Latents, made: Columns, age: np.ndarray, man: np.ndarray) -> None:
    kinds = _TEXT["NAME_INCOME_TYPE"]
    odds = z.odds_of([INCOME.get(kind, {}) for kind in kinds])
    retired = np.interp(
        age + np.where(man, -3.0, 0.0), [20, 35, 45, 50, 55, 60, 65, 70], [-5, -4, -2, 0.3, 2.6, 5, 6, 7]
    )
    odds[:, kinds.index("Pensioner")] += retired
    odds[:, kinds.index("State servant")] += np.where(man, -0.4, 0.0)
    odds[:, kinds.index("Maternity leave")] += np.where(man, -4.0, 0.0) + np.where(age > 45, -6.0, 0.0)
    odds[:, kinds.index("Student")] += np.where(age > 35, -6.0, 0.0)
    income = _choose(draws, z, "NAME_INCOME_TYPE", odds)
    made["NAME_INCOME_TYPE"] = income
    idle = np.isin(income, [kinds.index("Pensioner"), kinds.index("Unemployed")])

    days = np.full(draws.n, float(NO_DATE))
    rank = draws.rank("DAYS_EMPLOYED", z["DAYS_EMPLOYED"][~idle])
    days[~idle] = np.round(np.minimum(draws.value("DAYS_EMPLOYED", rank), -1))
    # Nobody has worked at the same place since before turning 16.
    youngest = made["DAYS_BIRTH"] + round(16 * YEAR)
    made["DAYS_EMPLOYED"] = np.where(idle, days, np.maximum(days, youngest))
    made["FLAG_EMP_PHONE"] = (~idle).astype(float)

    degrees = _TEXT["NAME_EDUCATION_TYPE"]
    odds = z.odds_of([EDUCATION.get(degree, {}) for degree in degrees])
    higher = degrees.index("Higher education")
    odds[:, higher] += 0.5 * (income == kinds.index("State servant")) + 0.2 * (
        income == kinds.index("Commercial associate")
    )
    odds[:, higher] += np.where(idle, -0.2, 0.0) + np.where(man, -0.15, 0.0)
    education = _choose(draws, z, "NAME_EDUCATION_TYPE", odds)
    made["NAME_EDUCATION_TYPE"] = education
    learned = education == higher

    jobs = _TEXT["OCCUPATION_TYPE"]
    women, schooling, pay = (
        np.array([table.get(job, 0.0) for job in jobs]) for table in (WOMEN_S_WORK, LEARNED_WORK, PAY_OF_WORK)
    )
    odds = np.outer(~man, women) + np.outer(learned, schooling) + np.outer(z["AMT_INCOME_TOTAL"], pay)
    job = np.full(draws.n, -1)
    known = profile()["application"]["OCCUPATION_TYPE"]
    # A pensioner has no occupation; of the others as many are unknown as the column's missing share leaves.
    share = (1 - known["missing"]) / (1 - profile()["application"]["DAYS_EMPLOYED"]["sentinel"])
    told = np.zeros(draws.n, dtype=bool)
    told[:] = draws.flag("OCCUPATION_TYPE known", -0.1 * z.risk, share)
    told &= ~idle
    drawn = _choose(draws, z, "OCCUPATION_TYPE", odds, told)
    job[told] = drawn[told]
    made["OCCUPATION_TYPE"] = job

    employers = _TEXT["ORGANIZATION_TYPE"]
    women = np.array([WOMEN_S_EMPLOYER.get(employer, 0.0) for employer in employers])
    state = np.array([3.0 if employer in STATE_WORK else -3.0 for employer in employers])
    state[employers.index("XNA")] = 0.0
    odds = np.outer(~man, women)
    odds += np.outer(np.where(income == kinds.index("State servant"), 1.0, -0.12), state)
    odds += table_of_scores(EMPLOYER_OF_WORK, employers, job, [*jobs, "none"]) + z.lean("ORGANIZATION_TYPE", employers)
    shares = [shares_of("ORGANIZATION_TYPE").get(employer, 0.0) for employer in employers]
    shares[employers.index("XNA")] = 0.0
    working = ~idle
    drawn = np.full(draws.n, employers.index("XNA"))
    drawn[working] = _subset(draws, working).choose("ORGANIZATION_TYPE", odds[working], shares)
    made["ORGANIZATION_TYPE"] = drawn


def _draw_family(draws: Draws, z: Latents, made: Columns, age: np.ndarray, man: np.ndarray) -> None:
    values = sorted((float(value), share) for value, share in shares_of("CNT_CHILDREN").items())
    steps = np.cumsum([share for _, share in values])
    place = np.searchsorted(steps / steps[-1], normal_rank(z["CNT_CHILDREN"]))
    children = np.array([value for value, _ in values])[np.minimum(place, len(values) - 1)]
    made["CNT_CHILDREN"] = children

    states = _TEXT["NAME_FAMILY_STATUS"]
    odds = z.odds_of([FAMILY.get(state, {}) for state in states])
    parents = children > 0
    odds[:, states.index("Single / not married")] += np.where(parents, -1.5, 0.0)
    odds[:, states.index("Widow")] += np.where(man, -2.0, 0.0) + np.where(parents, -0.2, 0.0)
    odds[:, states.index("Separated")] += np.where(man, -0.7, 0.0)
    state = _choose(draws, z, "NAME_FAMILY_STATUS", odds)
    made["NAME_FAMILY_STATUS"] = state
    couple = np.isin(state, [states.index("Married"), states.index("Civil marriage")])
    made["CNT_FAM_MEMBERS"] = children + np.where(couple, 2.0, 1.0)

    dwellings = _TEXT["NAME_HOUSING_TYPE"]
    odds = z.odds_of([DWELLING.get(dwelling, {}) for dwelling in dwellings])
    odds[:, dwellings.index("With parents")] += np.where(couple, -0.5, 0.5)
    made["NAME_HOUSING_TYPE"] = _choose(draws, z, "NAME_HOUSING_TYPE", odds)
    at_home = made["NAME_HOUSING_TYPE"] == dwellings.index("House / apartment")

    share = shares_of("FLAG_OWN_CAR")["Y"]
    odds_of_car = 1.25 * man + 0.5 * z["AMT_INCOME_TOTAL"] + 0.6 * couple + 0.25 * z["DAYS_BIRTH"]
    odds_of_car += z.lean_to("FLAG_OWN_CAR", "Y")
    car = draws.flag("FLAG_OWN_CAR", odds_of_car, share)
    made["FLAG_OWN_CAR"] = car.astype(int)
    car_age = np.full(draws.n, np.nan)
    car_age[car] = np.round(draws.value("OWN_CAR_AGE", draws.rank("OWN_CAR_AGE", z["OWN_CAR_AGE"][car])))
    made["OWN_CAR_AGE"] = car_age
    odds_of_realty = 0.5 * at_home - 0.25 * z["DAYS_BIRTH"] + z.lean_to("FLAG_OWN_REALTY", "Y")
    realty = draws.flag("FLAG_OWN_REALTY", odds_of_realty, shares_of("FLAG_OWN_REALTY")["Y"])
    made["FLAG_OWN_REALTY"] = realty.astype(int)


def _choose(draws: Draws, z: Latents, column: str, odds: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """Draw a text column; with ``among`` the shares hold for those clients, and the others' draw is to be ignored."""
    shares = [shares_of(column).get(value, 0.0) for value in _TEXT[column]]
    odds = odds + z.lean(column, _TEXT[column])
    if among is None:
        return draws.choose(column, odds, shares)
    drawn = np.zeros(draws.n, dtype=int)
    drawn[among] = _subset(draws, among).choose(column, odds[among], shares)
    return drawn


def _subset(draws: Draws, among: np.ndarray) -> Draws:
    return draws.among(int(among.sum()))
