"""Credits at other lenders: every rule that the table and its months must keep."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.bureau import bureau
from credit.simulate.bureau_balance import balances
from credit.simulate.traits import Traits
from credit.tables.schema import TABLES

CLIENTS = 3_000
MONTH = 30.4375


def applications(clients: int = CLIENTS) -> pl.DataFrame:
    """Applications as far as the bureau looks at them; every eighth client's bureau was not asked."""
    place = np.arange(clients)
    return pl.DataFrame(
        {
            "SK_ID_CURR": 100_001 + place,
            "DAYS_BIRTH": -7_500 - (place * 37) % 16_000,
            "AMT_REQ_CREDIT_BUREAU_YEAR": pl.Series(np.where(place % 8 == 0, np.nan, 1.0), nan_to_null=True),
        }
    )


def traits(clients: int = CLIENTS, seed: int = 1, **fixed: float) -> Traits:
    """Independent standard normal traits, some of them the same for all clients."""
    rng = np.random.default_rng(seed)
    names = ("discipline", "appetite", "leverage", "trend", "tenure", "wealth")
    drawn = {name: rng.standard_normal(clients) for name in names}
    return Traits(**drawn | {name: np.full(clients, value) for name, value in fixed.items()})


def tables(seed: int = 5, **fixed: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    return bureau(np.random.default_rng(seed), applications(), traits(**fixed), 5_000_001)


@pytest.fixture(scope="module")
def made() -> tuple[pl.DataFrame, pl.DataFrame]:
    return tables()


@pytest.fixture(scope="module")
def credits(made) -> pl.DataFrame:
    return made[0]


@pytest.fixture(scope="module")
def months(made) -> pl.DataFrame:
    return made[1]


def violations(frame: pl.DataFrame, rule: pl.Expr) -> int:
    """Rows that break a rule; a rule that cannot be judged because a value is missing is kept."""
    return frame.filter(~rule.fill_null(True)).height


@pytest.mark.parametrize("name", ["bureau", "bureau_balance"])
def test_columns_types_and_words_are_those_of_the_schema(made, name):
    table = made[0] if name == "bureau" else made[1]
    kinds = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}
    assert table.schema == {column.name: kinds[column.kind] for column in TABLES[name].columns}
    for column in TABLES[name].columns:
        if column.kind == "integer":
            assert table[column.name].null_count() == 0
        if column.kind == "number":
            assert not table[column.name].is_nan().any()
        if column.kind == "text":
            assert set(table[column.name].drop_nulls()) <= set(column.values)


def test_every_credit_has_its_own_number_and_a_client(credits):
    assert credits["SK_ID_BUREAU"].is_unique().all()
    assert set(credits["SK_ID_CURR"]) <= set(applications()["SK_ID_CURR"])


def test_few_clients_have_no_credit_and_most_of_those_of_whom_the_bureau_was_not_asked(credits):
    clients = applications().with_columns(pl.col("SK_ID_CURR").is_in(credits["SK_ID_CURR"].implode()).alias("known"))
    not_asked = pl.col("AMT_REQ_CREDIT_BUREAU_YEAR").is_null()
    assert clients.filter(not_asked)["known"].mean() < 0.15
    assert clients.filter(~not_asked)["known"].mean() > 0.95


def test_a_running_credit_has_not_ended_and_a_closed_one_has(credits):
    assert violations(credits.filter(pl.col("CREDIT_ACTIVE") == "Active"), pl.col("DAYS_ENDDATE_FACT").is_null()) == 0
    closed = credits.filter(pl.col("CREDIT_ACTIVE") == "Closed")
    assert closed["DAYS_ENDDATE_FACT"].null_count() == 0
    assert violations(closed, pl.col("DAYS_ENDDATE_FACT").is_between(pl.col("DAYS_CREDIT"), 0)) == 0


def test_days_lie_between_the_opening_and_the_application(credits):
    assert violations(credits, pl.col("DAYS_CREDIT").is_between(-2922, 0)) == 0
    assert violations(credits, pl.col("DAYS_CREDIT_UPDATE").is_between(pl.col("DAYS_CREDIT"), 0)) == 0
    assert violations(credits, pl.col("DAYS_CREDIT_ENDDATE") > pl.col("DAYS_CREDIT")) == 0
    assert violations(credits, pl.col("CREDIT_DAY_OVERDUE") <= -pl.col("DAYS_CREDIT")) == 0


def test_nobody_borrows_before_the_age_of_18(credits):
    joined = credits.join(applications(), on="SK_ID_CURR")
    assert violations(joined, pl.col("DAYS_CREDIT") >= pl.col("DAYS_BIRTH") + 18 * 365.25 - 1) == 0


def test_a_closed_credit_owes_nothing(credits):
    closed = credits.filter(pl.col("CREDIT_ACTIVE") == "Closed")
    for column in ("AMT_CREDIT_SUM_DEBT", "AMT_CREDIT_SUM_OVERDUE", "CREDIT_DAY_OVERDUE", "AMT_CREDIT_SUM_LIMIT"):
        assert violations(closed, pl.col(column) == 0) == 0


def test_a_debt_is_not_larger_than_the_credit_and_a_limit_is_what_it_leaves(credits):
    assert violations(credits, pl.col("AMT_CREDIT_SUM_DEBT") <= pl.col("AMT_CREDIT_SUM") + 4.5) == 0
    limited = credits.filter(pl.col("AMT_CREDIT_SUM_LIMIT") > 0)
    assert limited.height > 0
    assert set(limited["CREDIT_TYPE"]) == {"Credit card"}
    left = pl.col("AMT_CREDIT_SUM_LIMIT") + pl.col("AMT_CREDIT_SUM_DEBT") - pl.col("AMT_CREDIT_SUM")
    assert violations(limited, left.abs() <= 9) == 0


def test_what_is_overdue_has_days_an_amount_and_a_largest_amount_not_below_it(credits):
    overdue = credits.filter(pl.col("CREDIT_DAY_OVERDUE") > 0)
    assert overdue.height > 0
    assert violations(credits, (pl.col("CREDIT_DAY_OVERDUE") > 0) == (pl.col("AMT_CREDIT_SUM_OVERDUE") > 0)) == 0
    assert violations(overdue, pl.col("AMT_CREDIT_SUM_OVERDUE") <= pl.col("AMT_CREDIT_SUM_DEBT") + 4.5) == 0
    assert overdue["AMT_CREDIT_MAX_OVERDUE"].null_count() == 0
    assert violations(overdue, pl.col("AMT_CREDIT_MAX_OVERDUE") >= pl.col("AMT_CREDIT_SUM_OVERDUE")) == 0


def test_annuities_are_told_only_for_clients_whose_months_are_told(credits, months):
    told = credits.filter(pl.col("SK_ID_BUREAU").is_in(months["SK_ID_BUREAU"].implode()))["SK_ID_CURR"]
    without = credits.filter(~pl.col("SK_ID_CURR").is_in(told.implode()))
    assert without["AMT_ANNUITY"].null_count() == without.height


def test_months_are_told_once_each_without_a_gap_from_the_opening_at_the_earliest(credits, months):
    span = months.group_by("SK_ID_BUREAU").agg(
        first=pl.col("MONTHS_BALANCE").min(), last=pl.col("MONTHS_BALANCE").max(), months=pl.len(),
        different=pl.col("MONTHS_BALANCE").n_unique(),
    )  # fmt: skip
    assert violations(span, pl.col("months") == pl.col("last") - pl.col("first") + 1) == 0
    assert violations(span, pl.col("different") == pl.col("months")) == 0
    assert violations(span, (pl.col("last") <= 0) & (pl.col("first") >= -96)) == 0
    joined = span.join(credits, on="SK_ID_BUREAU")
    assert violations(joined, pl.col("first") >= (pl.col("DAYS_CREDIT") / MONTH).floor()) == 0


def test_every_month_after_the_end_says_closed_and_no_month_before_does(credits, months):
    joined = months.join(credits, on="SK_ID_BUREAU")
    over = pl.col("MONTHS_BALANCE") > (pl.col("DAYS_ENDDATE_FACT") / MONTH).floor()
    assert violations(joined, over.fill_null(False) == (pl.col("STATUS") == "C")) == 0
    assert (joined["STATUS"] == "C").any()


def test_a_credit_with_a_late_month_has_had_something_overdue(credits, months):
    late = months.filter(pl.col("STATUS").is_in(["1", "2", "3", "4", "5"]))["SK_ID_BUREAU"].unique()
    joined = credits.filter(pl.col("SK_ID_BUREAU").is_in(late.implode()))
    assert joined.height > 20
    assert violations(joined, pl.col("AMT_CREDIT_MAX_OVERDUE") > 0) == 0


def test_some_months_belong_to_credits_that_the_bureau_no_longer_lists(credits, months):
    listed = months["SK_ID_BUREAU"].is_in(credits["SK_ID_BUREAU"].implode())
    assert 0.02 < 1 - listed.mean() < 0.09


def test_months_of_one_credit_written_out():
    # Opened 65 days before (month -3: days -91 to -61), ended 20 days before (month -1), reported throughout.
    made = pl.concat(
        balances(
            np.random.default_rng(seed), identity=np.array([7]), client=np.array([0]), age=np.array([65]),
            ended=np.array([-20.0]), lateness=np.array([0]), discipline=np.zeros(1), trend=np.zeros(1),
        ).filter(pl.len() == 4)
        for seed in range(40)
    )  # fmt: skip
    assert made.height > 0
    assert made["MONTHS_BALANCE"].to_list()[:4] == [0, -1, -2, -3]
    by_month = dict(made.group_by("MONTHS_BALANCE").agg(pl.col("STATUS").unique().sort()).iter_rows())
    assert by_month[0] == ["C"]
    assert all(set(by_month[month]) <= {"0", "X"} for month in (-1, -2, -3))


def test_the_same_seed_gives_the_same_tables_and_another_seed_others():
    first, again, other = tables(seed=5), tables(seed=5), tables(seed=6)
    assert first[0].equals(again[0])
    assert first[1].equals(again[1])
    assert not first[0].equals(other[0])


def share_opened(credits: pl.DataFrame, newest: int, oldest: int) -> float:
    return credits.filter(pl.col("DAYS_CREDIT").is_between(-oldest, -newest)).height / CLIENTS


def test_the_trend_moves_recent_credits_and_leaves_the_number_of_old_ones():
    worse, better = tables(trend=1.5)[0], tables(trend=-1.5)[0]
    assert share_opened(worse, 0, 180) > 1.7 * share_opened(better, 0, 180)
    assert share_opened(worse, 366, 2922) == pytest.approx(share_opened(better, 366, 2922), rel=0.25)


def late_share(months: pl.DataFrame, recent: bool) -> float:
    window = months.filter((pl.col("MONTHS_BALANCE") >= -12) == recent).filter(~pl.col("STATUS").is_in(["X", "C"]))
    return float((window["STATUS"] != "0").mean())


def test_the_trend_makes_the_last_twelve_months_late_and_not_those_before():
    worse, better = tables(trend=1.5)[1], tables(trend=-1.5)[1]
    assert late_share(worse, recent=True) > 1.5 * late_share(better, recent=True)
    assert late_share(worse, recent=False) == pytest.approx(late_share(better, recent=False), rel=0.2)


def test_discipline_leverage_and_appetite_show_where_they_should():
    careless, careful = tables(discipline=-1.0)[1], tables(discipline=1.0)[1]
    assert late_share(careless, recent=False) > 2 * late_share(careful, recent=False)
    deep, light = tables(leverage=1.0)[0], tables(leverage=-1.0)[0]
    owed = [t["AMT_CREDIT_SUM_DEBT"].sum() / t["AMT_CREDIT_SUM"].sum() for t in (deep, light)]
    assert owed[0] > 1.2 * owed[1]
    many, few = tables(appetite=1.0)[0], tables(appetite=-1.0)[0]
    assert share_opened(many, 0, 365) > 1.5 * share_opened(few, 0, 365)
