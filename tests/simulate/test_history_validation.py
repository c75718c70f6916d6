"""Features of the histories by their published names, and the figures that are compared."""

import polars as pl
import pytest

from credit.simulate.column_sampling import profile
from credit.simulate.history_validation import history_features, history_looks, history_risk, spread_of

CREDITS = pl.DataFrame(
    {
        "SK_ID_CURR": [2, 1, 1, 1],
        "SK_ID_BUREAU": [20, 11, 12, 13],
        "DAYS_CREDIT": [-50, -100, -400, -1000],
        "CREDIT_ACTIVE": ["Closed", "Active", "Active", "Closed"],
        "AMT_CREDIT_SUM": [0.0, 100.0, 300.0, 600.0],
        "AMT_CREDIT_SUM_DEBT": [0.0, 50.0, None, 0.0],
    }
)
MONTHS = pl.DataFrame(
    {
        "SK_ID_BUREAU": [11, 12, 12, 99],
        "MONTHS_BALANCE": [0, -12, -13, 0],
        "STATUS": ["1", "5", "2", "3"],
    }
)


def test_features_of_two_clients_written_out():
    names = ["rows", "DAYS_CREDIT mean", "DAYS_CREDIT max", "AMT_CREDIT_SUM_DEBT sum", "share CREDIT_ACTIVE=Active",
             "debt over credit", "opened last 365 days", "newest closed DAYS_CREDIT",
             "active debt over credit"]  # fmt: skip
    made = history_features({"bureau": CREDITS}, "bureau", names)
    first, second = made.rows()
    # Debt 50 of 1,000 granted; of the running credits 50 of 400.
    assert first == pytest.approx((1, 3, -500, -100, 50, 2 / 3, 0.05, 1, -1000, 0.125))
    # Nothing granted, nothing running: no ratio.
    assert second == (2, 1, -50, -50, 0, 0, None, 1, -50, None)


def test_months_belong_to_the_client_of_their_credit():
    tables = {"bureau": CREDITS, "bureau_balance": MONTHS}
    made = history_features(
        tables, "bureau_balance", ["rows", "late share", "late months of last 12", "share STATUS=5"]
    )
    assert made.rows() == [(1, 3, 1.0, 2, pytest.approx(1 / 3))]


def test_an_unknown_feature_is_refused_with_what_to_do():
    with pytest.raises(
        ValueError, match="'DAYS_CREDIT median' of bureau is not a feature: end it with mean, max or sum"
    ):
        history_features({"bureau": CREDITS}, "bureau", ["DAYS_CREDIT median"])


def test_the_spread_leaves_missing_values_out():
    assert spread_of(pl.Series([None, *range(101)])) == [5, 25, 50, 75, 95]


@pytest.fixture(scope="module")
def tables(bank) -> dict[str, pl.DataFrame]:
    return {name: pl.read_parquet(bank / f"{name}.parquet") for name in profile()["histories"]}


def test_every_column_of_every_history_is_compared_and_most_are_alike_even_on_few_clients(bank, tables):
    clients = sum(pl.read_parquet(bank / f"application_{part}.parquet").height for part in ("train", "test"))
    figures = list(history_looks(tables, clients))
    for name, columns in profile()["histories"].items():
        for column in columns:
            assert any(figure.group == name and figure.name.startswith(f"{column} ") for figure in figures)
    assert sum(figure.within for figure in figures) / len(figures) > 0.95


def test_every_known_feature_of_the_histories_has_its_auc_compared(bank, tables):
    figures = list(history_risk(tables, pl.read_parquet(bank / "truth.parquet")))
    assert len(figures) == sum(len(features) for features in profile()["history_risk"].values())
    assert all(0.2 < figure.simulated < 0.8 for figure in figures)
