"""The rules of the world in the simulated application table: one test per rule."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.application import draw_applications
from credit.simulate.column_sampling import Draws
from credit.simulate.housing import MEASURES
from credit.simulate.loan import MAIN_DOCUMENTS, PRICE_LISTS, RATES, TERMS
from credit.tables.schema import NO_DATE, TABLES

CLIENTS = 6_000


def drawn(seed: int = 3, drift: float = 0.0) -> pl.DataFrame:
    identity = 100_001 + np.arange(CLIENTS)
    return draw_applications(Draws(np.random.default_rng(seed), CLIENTS), identity, drift)[0]


@pytest.fixture(scope="module")
def applications() -> pl.DataFrame:
    return drawn()


def none(frame: pl.DataFrame, *breaches: pl.Expr) -> bool:
    """Whether no row breaches a rule."""
    return all(frame.filter(breach).is_empty() for breach in breaches)


def test_columns_order_and_types_are_the_published_ones(applications: pl.DataFrame) -> None:
    types = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}
    assert dict(applications.schema) == {
        column.name: types[column.kind] for column in TABLES["application_test"].columns
    }
    assert applications.columns == list(TABLES["application_test"].names)


def test_every_text_is_of_the_vocabulary(applications: pl.DataFrame) -> None:
    for column, values in TABLES["application_test"].vocabularies.items():
        assert set(applications[column].drop_nulls().unique()) <= set(values), column


def test_integers_are_never_missing_and_numbers_are_finite(applications: pl.DataFrame) -> None:
    for column in TABLES["application_test"].columns:
        if column.kind == "integer":
            assert applications[column.name].null_count() == 0, column.name
        if column.kind == "number":
            assert applications[column.name].drop_nulls().is_finite().all(), column.name


def test_the_same_seed_draws_the_same_clients(applications: pl.DataFrame) -> None:
    assert drawn().equals(applications)
    assert not drawn(seed=4).equals(applications)


def test_who_has_no_employer_has_no_employer_in_any_column(applications: pl.DataFrame) -> None:
    idle = pl.col("DAYS_EMPLOYED") == NO_DATE
    assert 0.1 < applications.select(idle.mean()).item() < 0.3
    assert none(
        applications,
        idle != (pl.col("ORGANIZATION_TYPE") == "XNA"),
        idle != (pl.col("FLAG_EMP_PHONE") == 0),
        idle != pl.col("NAME_INCOME_TYPE").is_in(["Pensioner", "Unemployed"]),
        idle & pl.col("OCCUPATION_TYPE").is_not_null(),
    )


def test_pensioners_are_old(applications: pl.DataFrame) -> None:
    years = -applications.filter(NAME_INCOME_TYPE="Pensioner")["DAYS_BIRTH"] / 365.25
    assert 57 < years.mean() < 62
    assert (years < 40).mean() < 0.03


def test_days_never_lie_in_the_future(applications: pl.DataFrame) -> None:
    past = ("DAYS_BIRTH", "DAYS_REGISTRATION", "DAYS_ID_PUBLISH", "DAYS_LAST_PHONE_CHANGE")
    assert none(applications, *(pl.col(column) > 0 for column in past))
    assert none(applications, pl.col("DAYS_EMPLOYED").is_between(0, NO_DATE - 1))


def test_everybody_is_of_age_and_nothing_happened_before_birth(applications: pl.DataFrame) -> None:
    birth = pl.col("DAYS_BIRTH")
    assert none(
        applications,
        birth > -18 * 365,
        pl.col("DAYS_REGISTRATION") < birth,
        pl.col("DAYS_ID_PUBLISH") < birth,
        # Nobody has worked since before turning 16.
        pl.col("DAYS_EMPLOYED") < birth + 16 * 365,
    )


def test_only_car_owners_know_the_age_of_their_car(applications: pl.DataFrame) -> None:
    owns = pl.col("FLAG_OWN_CAR") == "Y"
    assert none(applications, owns != pl.col("OWN_CAR_AGE").is_not_null(), pl.col("OWN_CAR_AGE") < 0)


def test_the_family_is_the_children_and_one_or_two_adults(applications: pl.DataFrame) -> None:
    adults = pl.when(pl.col("NAME_FAMILY_STATUS").is_in(["Married", "Civil marriage"])).then(2).otherwise(1)
    assert none(applications, pl.col("CNT_FAM_MEMBERS") != pl.col("CNT_CHILDREN") + adults)


def test_a_credit_is_its_goods_price_times_a_factor_listed_for_that_price(applications: pl.DataFrame) -> None:
    cash = applications.filter(NAME_CONTRACT_TYPE="Cash loans")
    below = 0.0
    for limit, listed in PRICE_LISTS:
        loans = cash.filter(pl.col("AMT_GOODS_PRICE") > below, pl.col("AMT_GOODS_PRICE") <= limit)
        price, credit = loans["AMT_GOODS_PRICE"].to_numpy(), loans["AMT_CREDIT"].to_numpy()
        # Amounts are rounded to 4.5.
        assert (np.abs(price[:, None] * list(listed) - credit[:, None]).min(axis=1) <= 2.26).all()
        assert len(loans) > 1000
        below = limit


def test_an_annuity_pays_its_credit_back_at_a_listed_rate_and_term(applications: pl.DataFrame) -> None:
    cash = applications.filter(pl.col("AMT_ANNUITY").is_not_null(), NAME_CONTRACT_TYPE="Cash loans")
    rate, term = (grid.ravel()[None, :] for grid in np.meshgrid(RATES / 12, TERMS))
    credit = cash["AMT_CREDIT"].to_numpy()[:, None]
    offered = credit * rate / (1 - (1 + rate) ** -term)
    miss = np.abs(offered - cash["AMT_ANNUITY"].to_numpy()[:, None]).min(axis=1)
    assert (miss <= 2.26).all()


def test_a_revolving_loan_is_a_limit_repaid_by_a_twentieth(applications: pl.DataFrame) -> None:
    revolving = applications.filter(NAME_CONTRACT_TYPE="Revolving loans")
    assert revolving.height > 300
    assert none(
        revolving,
        (pl.col("AMT_ANNUITY") - pl.col("AMT_CREDIT") / 20).abs() > 2.26,
        pl.col("AMT_GOODS_PRICE") != pl.col("AMT_CREDIT"),
        pl.col("AMT_CREDIT") % 45000 != 0,
    )


def test_only_revolving_loans_lack_a_goods_price() -> None:
    frame = pl.concat([drawn(seed) for seed in (5, 6, 7)])
    gone = frame.filter(pl.col("AMT_GOODS_PRICE").is_null())
    assert gone.height > 0
    assert set(gone["NAME_CONTRACT_TYPE"]) == {"Revolving loans"}


def test_average_mode_and_median_of_a_building_are_known_together_and_agree(applications: pl.DataFrame) -> None:
    for measure in MEASURES:
        average, mode, median = (pl.col(f"{measure}_{kind}") for kind in ("AVG", "MODE", "MEDI"))
        gone = average.is_null()
        assert none(applications, gone != mode.is_null(), gone != median.is_null()), measure
        assert applications.select(pl.corr(average, median, method="spearman")).item() > 0.95, measure


def test_buildings_are_known_in_nested_blocks(applications: pl.DataFrame) -> None:
    # Common areas are known of 30 % of the buildings, floors of 50 %: the former are among the latter.
    known = applications.filter(pl.col("COMMONAREA_AVG").is_not_null())
    assert known["FLOORSMAX_AVG"].is_not_null().mean() > 0.99
    assert applications["FLOORSMAX_AVG"].is_not_null().mean() < 0.55


def test_requests_at_the_bureau_are_missing_together_and_so_is_the_third_score(applications: pl.DataFrame) -> None:
    requests = [name for name in applications.columns if name.startswith("AMT_REQ_CREDIT_BUREAU")]
    assert len(requests) == 6
    gone = pl.col(requests[0]).is_null()
    assert none(applications, *(gone != pl.col(name).is_null() for name in requests))
    score_gone = pl.col("EXT_SOURCE_3").is_null()
    assert applications.filter(gone).select(score_gone.mean()).item() > 0.85
    assert applications.filter(~gone).select(score_gone.mean()).item() < 0.15


def test_defaults_in_the_social_circle_are_observations_of_it(applications: pl.DataFrame) -> None:
    seen_30, late_30, seen_60, late_60 = (
        pl.col(f"{kind}_{days}_CNT_SOCIAL_CIRCLE") for days in (30, 60) for kind in ("OBS", "DEF")
    )
    assert none(applications, late_30 > seen_30, late_60 > seen_60, late_60 > late_30, seen_60 > seen_30)
    assert none(applications, *(seen_30.is_null() != other.is_null() for other in (late_30, seen_60, late_60)))


def test_addresses_agree_with_each_other(applications: pl.DataFrame) -> None:
    for level in ("REGION", "CITY"):
        not_home = pl.col(f"REG_{level}_NOT_LIVE_{level}") == 1
        not_work, apart = pl.col(f"REG_{level}_NOT_WORK_{level}") == 1, pl.col(f"LIVE_{level}_NOT_WORK_{level}") == 1
        # Who lives where registered is as far from work from either; who does not work is far from nothing.
        assert none(applications, ~not_home & (not_work != apart)), level
        assert none(applications, (pl.col("DAYS_EMPLOYED") == NO_DATE) & (not_work | apart)), level
    for flag in ("REG_{0}_NOT_LIVE_{0}", "REG_{0}_NOT_WORK_{0}", "LIVE_{0}_NOT_WORK_{0}"):
        # Another region is another city.
        assert none(applications, pl.col(flag.format("REGION")) > pl.col(flag.format("CITY")))


def test_a_city_improves_the_rating_of_its_region_by_one_at_most(applications: pl.DataFrame) -> None:
    better = pl.col("REGION_RATING_CLIENT") - pl.col("REGION_RATING_CLIENT_W_CITY")
    assert none(applications, ~better.is_in([0, 1]))
    by_rating = applications.group_by("REGION_RATING_CLIENT").agg(pl.mean("REGION_POPULATION_RELATIVE"))
    populations = by_rating.sort("REGION_RATING_CLIENT")["REGION_POPULATION_RELATIVE"]
    assert populations.is_sorted(descending=True)


def test_one_main_document_at_most_is_handed_in(applications: pl.DataFrame) -> None:
    main = pl.sum_horizontal(f"FLAG_DOCUMENT_{i}" for i in MAIN_DOCUMENTS)
    assert none(applications, main > 1)


def test_the_later_clients_apply_for_less_and_by_email(applications: pl.DataFrame) -> None:
    later = drawn(drift=1.0)
    assert later["AMT_CREDIT"].mean() < 0.95 * applications["AMT_CREDIT"].mean()
    assert later["FLAG_EMAIL"].mean() > 2 * applications["FLAG_EMAIL"].mean()
    assert (later["NAME_CONTRACT_TYPE"] == "Revolving loans").mean() < 0.03
