"""The six tables together: linked, as large as published, independent of the order of nothing."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.history_tables import histories
from credit.simulate.row_sampling import (
    from_quantiles,
    from_rows,
    from_score,
    from_shares,
    mixed,
    month_of,
    rows_of,
    words,
)
from credit.simulate.traits import Traits
from credit.tables.schema import HISTORIES

CLIENTS = 8_000
#: Published rows of each table, over 307,511 + 48,744 clients.
PUBLISHED = {
    "bureau": 1_716_428, "bureau_balance": 27_299_925, "previous_application": 1_670_214,
    "POS_CASH_balance": 10_001_358, "installments_payments": 13_605_401, "credit_card_balance": 3_840_312,
}  # fmt: skip


def applications(clients: int = CLIENTS) -> pl.DataFrame:
    place = np.arange(clients)
    return pl.DataFrame(
        {
            "SK_ID_CURR": 100_001 + place,
            "DAYS_BIRTH": -7_500 - (place * 37) % 16_000,
            "AMT_REQ_CREDIT_BUREAU_YEAR": pl.Series(np.where(place % 37 < 5, np.nan, 1.0), nan_to_null=True),
        }
    )


def traits(clients: int = CLIENTS) -> Traits:
    rng = np.random.default_rng(1)
    names = ("discipline", "appetite", "leverage", "trend", "tenure", "wealth")
    return Traits(**{name: rng.standard_normal(clients) for name in names})


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return histories(np.random.default_rng(3), applications(), traits(), 5_000_001, 1_000_001)


def test_all_six_tables_come_in_published_order(tables):
    assert tuple(tables) == HISTORIES


@pytest.mark.parametrize("name", HISTORIES)
def test_a_client_has_as_many_rows_as_published(tables, name):
    # Within 8 % on 8,000 clients, whose number of rows scatters by 1 to 3 %.
    assert tables[name].height / CLIENTS == pytest.approx(PUBLISHED[name] / 356_255, rel=0.08)


@pytest.mark.parametrize("clients", [1, 2, 7])
def test_a_handful_of_clients_can_be_drawn(clients):
    for seed in range(12):
        made = histories(np.random.default_rng(seed), applications(clients), traits(clients), 5_000_001, 1_000_001)
        known = set(applications(clients)["SK_ID_CURR"])
        assert all(set(table["SK_ID_CURR"]) <= known for table in made.values() if "SK_ID_CURR" in table.columns)


def test_clients_out_of_order_are_refused():
    with pytest.raises(ValueError, match="must ascend"):
        histories(np.random.default_rng(3), applications(3).reverse(), traits(3), 5_000_001, 1_000_001)


def test_the_same_seed_gives_the_same_tables(tables):
    again = histories(np.random.default_rng(3), applications(), traits(), 5_000_001, 1_000_001)
    assert all(tables[name].equals(again[name]) for name in HISTORIES)


def test_rows_of_owners():
    owner, place = rows_of(np.array([2, 0, 1]))
    assert owner.tolist() == [0, 0, 2]
    assert place.tolist() == [0, 1, 0]


def test_values_between_quantiles_are_linear():
    assert from_quantiles([0, 0.25, 0.5, 0.75, 1], {0: 10, 0.5: 20, 1: 40}).tolist() == [10, 15, 20, 30, 40]


def test_shares_need_not_sum_to_one():
    drawn = from_shares(np.random.default_rng(0), 40_000, {"a": 3, "b": 1})
    assert drawn.mean() == pytest.approx(0.25, abs=0.01)
    by_row = from_rows(np.random.default_rng(0), np.repeat([0, 1], 20_000), np.array([[1.0, 1.0], [0.0, 5.0]]))
    assert by_row[:20_000].mean() == pytest.approx(0.5, abs=0.02)
    assert set(by_row[20_000:]) == {1}


def test_low_scores_get_the_first_words():
    # A quarter of a normal variable lies below -0.6745.
    assert from_score([-3.0, -0.68, -0.67, 3.0], {"a": 1, "b": 3}).tolist() == [0, 0, 1, 1]


def test_a_mixed_score_is_standard_normal():
    part = np.random.default_rng(1).standard_normal(50_000)
    score = mixed(np.random.default_rng(2), (0.6, part))
    assert score.std() == pytest.approx(1, abs=0.01)
    assert np.corrcoef(score, part)[0, 1] == pytest.approx(0.6, abs=0.01)
    with pytest.raises(ValueError, match="may not exceed 1"):
        mixed(np.random.default_rng(2), (0.8, part), (0.7, part))


def test_negative_codes_are_missing_words():
    assert words(("a", "b"), np.array([1, -1, 0])).to_list() == ["b", None, "a"]


def test_the_month_of_a_day():
    # Month -1 holds the days -30 to -1, month -2 starts at day -60 (60.875 days before).
    assert month_of([0, -1, -30, -31, -60, -61, -2922]).tolist() == [0, -1, -1, -2, -2, -3, -96]
