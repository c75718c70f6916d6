"""Months of credit cards: what is drawn, owed and paid agrees from month to month and with the granted card."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.credit_card import INTEREST, card
from credit.simulate.previous_application import previous
from credit.simulate.traits import Traits
from credit.tables.schema import NO_DATE, TABLES

CLIENTS = 6_000
MONTH = 30.4375
DRAWINGS = ("ATM", "OTHER", "POS")


def applications(clients: int = CLIENTS) -> pl.DataFrame:
    place = np.arange(clients)
    return pl.DataFrame({"SK_ID_CURR": 100_001 + place, "DAYS_BIRTH": -7_500 - (place * 37) % 16_000})


def traits(clients: int = CLIENTS, seed: int = 1, **fixed: float) -> Traits:
    """Independent standard normal traits, some of them the same for all clients."""
    rng = np.random.default_rng(seed)
    names = ("discipline", "appetite", "leverage", "trend", "tenure", "wealth")
    drawn = {name: rng.standard_normal(clients) for name in names}
    return Traits(**drawn | {name: np.full(clients, value) for name, value in fixed.items()})


@pytest.fixture(scope="module")
def loans() -> pl.DataFrame:
    return pl.concat(previous(np.random.default_rng(5), applications(), traits(), 1_000_001))


def table(loans: pl.DataFrame, seed: int = 6, **fixed: float) -> pl.DataFrame:
    return card(np.random.default_rng(seed), loans, applications()["SK_ID_CURR"].to_numpy(), traits(**fixed))


@pytest.fixture(scope="module")
def months(loans) -> pl.DataFrame:
    return table(loans)


@pytest.fixture(scope="module")
def ordered(months) -> pl.DataFrame:
    """Months from old to new, with the month before beside."""
    before = [
        pl.col(name).shift(1).over("SK_ID_PREV").alias(f"{name} before")
        for name in ("AMT_BALANCE", "CNT_INSTALMENT_MATURE_CUM", "MONTHS_BALANCE")
    ]
    return months.sort("SK_ID_PREV", "MONTHS_BALANCE").with_columns(before)


def violations(frame: pl.DataFrame, rule: pl.Expr) -> int:
    """Rows that break a rule; a rule that cannot be judged because a value is missing is kept."""
    return frame.filter(~rule.fill_null(True)).height


def test_columns_types_and_words_are_those_of_the_schema(months):
    kinds = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}
    columns = TABLES["credit_card_balance"].columns
    assert months.schema == {column.name: kinds[column.kind] for column in columns}
    for column in columns:
        if column.kind == "integer":
            assert months[column.name].null_count() == 0
        if column.kind == "number":
            assert not months[column.name].is_nan().any()
        if column.kind == "text":
            assert set(months[column.name]) <= set(column.values)


def test_every_month_belongs_to_a_granted_card_of_the_same_client(months, loans):
    of = months.join(loans, on=["SK_ID_PREV", "SK_ID_CURR"], how="left")
    assert set(of["NAME_CONTRACT_TYPE"]) == {"Revolving loans"}
    assert set(of["NAME_CONTRACT_STATUS_right"]) == {"Approved"}


def test_months_follow_each_other_from_the_grant_to_the_last_ones(ordered, loans):
    assert violations(ordered, pl.col("MONTHS_BALANCE") - pl.col("MONTHS_BALANCE before") == 1) == 0
    span = ordered.group_by("SK_ID_PREV").agg(first=pl.col("MONTHS_BALANCE").min(), last=pl.col("MONTHS_BALANCE").max())
    assert violations(span, (pl.col("first") >= -96) & pl.col("last").is_between(-96, -1)) == 0
    joined = span.join(loans, on="SK_ID_PREV")
    assert violations(joined, pl.col("first") >= (pl.col("DAYS_DECISION") / MONTH).floor()) == 0


def test_drawings_are_the_sum_of_their_kinds_in_amount_and_number(months):
    for what in ("AMT", "CNT"):
        kinds = sum(pl.col(f"{what}_DRAWINGS_{kind}_CURRENT") for kind in DRAWINGS)
        assert violations(months, (pl.col(f"{what}_DRAWINGS_CURRENT") - kinds).abs() < 0.01) == 0
    for kind in DRAWINGS:
        amount, number = pl.col(f"AMT_DRAWINGS_{kind}_CURRENT"), pl.col(f"CNT_DRAWINGS_{kind}_CURRENT")
        assert violations(months, (amount > 0) == (number > 0)) == 0
        assert violations(months, amount.is_null() == number.is_null()) == 0


def test_a_card_never_drawn_has_no_drawings_no_balance_and_nothing_due(months, loans):
    undrawn = loans.filter(pl.col("DAYS_FIRST_DRAWING") == NO_DATE)["SK_ID_PREV"]
    unused = months.filter(pl.col("SK_ID_PREV").is_in(undrawn.implode()))
    assert unused.height > 1_000
    assert unused["AMT_DRAWINGS_ATM_CURRENT"].null_count() == unused.height
    for name in ("AMT_BALANCE", "AMT_DRAWINGS_CURRENT", "AMT_INST_MIN_REGULARITY", "CNT_INSTALMENT_MATURE_CUM"):
        assert violations(unused, pl.col(name) == 0) == 0


def test_the_first_drawing_lies_in_the_month_of_the_first_drawing_day(months, loans):
    drawn = months.filter(pl.col("AMT_DRAWINGS_CURRENT") > 0).group_by("SK_ID_PREV").agg(
        first=pl.col("MONTHS_BALANCE").min()
    )  # fmt: skip
    joined = drawn.join(loans, on="SK_ID_PREV")
    assert violations(joined, pl.col("first") >= (pl.col("DAYS_FIRST_DRAWING") / MONTH).floor()) == 0


def test_a_balance_is_the_last_one_with_interest_and_drawings_less_the_payment(ordered):
    grown = (1 + INTEREST) * pl.col("AMT_BALANCE before") + pl.col("AMT_DRAWINGS_CURRENT")
    left = grown - pl.col("AMT_PAYMENT_TOTAL_CURRENT") - pl.col("AMT_BALANCE")
    # Drawings are told in steps of 4.5.
    assert violations(ordered, left.abs() < 3) == 0


def test_the_balance_stays_about_within_the_limit(months):
    limited = months.filter(pl.col("AMT_CREDIT_LIMIT_ACTUAL") > 0)
    used = limited["AMT_BALANCE"] / limited["AMT_CREDIT_LIMIT_ACTUAL"]
    assert used.min() >= 0
    assert (used <= 1.1).mean() > 0.995


def test_no_limit_is_above_what_was_granted(months, loans):
    joined = months.join(loans, on="SK_ID_PREV")
    assert violations(joined, pl.col("AMT_CREDIT_LIMIT_ACTUAL") <= pl.col("AMT_CREDIT").clip(9000)) == 0


def test_what_is_due_hangs_on_the_balance_of_the_month_before(ordered):
    before, due = pl.col("AMT_BALANCE before"), pl.col("AMT_INST_MIN_REGULARITY")
    expected = 0.045 * before + (0.12 * before).clip(upper_bound=2000)
    assert violations(ordered, (due - expected).abs() < 0.1) == 0


def test_matured_instalments_grow_by_one_where_something_was_due(ordered):
    known = ordered.filter(pl.col("AMT_INST_MIN_REGULARITY").is_not_null())
    step = pl.col("CNT_INSTALMENT_MATURE_CUM") - pl.col("CNT_INSTALMENT_MATURE_CUM before")
    assert violations(known, step == (pl.col("AMT_INST_MIN_REGULARITY") > 0).cast(pl.Float64)) == 0
    together = pl.col("CNT_INSTALMENT_MATURE_CUM").is_null() == pl.col("AMT_INST_MIN_REGULARITY").is_null()
    assert violations(ordered, together) == 0


def test_principal_is_part_of_what_is_owed_and_that_of_the_balance(months):
    assert violations(months, pl.col("AMT_RECEIVABLE_PRINCIPAL") <= pl.col("AMT_BALANCE") + 0.05) == 0
    assert violations(months, pl.col("AMT_TOTAL_RECEIVABLE") <= pl.col("AMT_BALANCE") + 0.05) == 0
    assert violations(months, pl.col("AMT_TOTAL_RECEIVABLE") == pl.col("AMT_RECIVABLE")) == 0


def test_a_card_given_up_is_completed_paid_and_without_limit(months, loans):
    end = (pl.col("DAYS_TERMINATION") / MONTH).floor()
    joined = months.join(loans.filter(pl.col("DAYS_TERMINATION") < 0), on="SK_ID_PREV")
    after = joined.filter(pl.col("MONTHS_BALANCE") >= end)
    assert after.height > 200
    assert violations(after, pl.col("NAME_CONTRACT_STATUS") == "Completed") == 0
    for name in ("AMT_BALANCE", "AMT_CREDIT_LIMIT_ACTUAL", "AMT_DRAWINGS_CURRENT"):
        assert violations(after, pl.col(name) == 0) == 0
    assert "Completed" not in set(joined.filter(pl.col("MONTHS_BALANCE") < end)["NAME_CONTRACT_STATUS"])


def test_days_past_due_need_a_balance(months):
    assert (months["SK_DPD"] > 0).any()
    assert violations(months.filter(pl.col("SK_DPD") > 0), pl.col("AMT_BALANCE") > 0) == 0
    assert violations(months, pl.col("SK_DPD_DEF") <= pl.col("SK_DPD")) == 0


def utilisation(months: pl.DataFrame, newest: int, oldest: int) -> float:
    window = months.filter(
        pl.col("MONTHS_BALANCE").is_between(-oldest, -newest)
        & (pl.col("AMT_CREDIT_LIMIT_ACTUAL") > 0)
        & pl.col("AMT_DRAWINGS_ATM_CURRENT").is_not_null()
    )
    return float((window["AMT_BALANCE"] / window["AMT_CREDIT_LIMIT_ACTUAL"]).mean())


def test_the_trend_fills_the_card_in_the_last_six_months_only(loans):
    worse, better = table(loans, trend=1.5), table(loans, trend=-1.5)
    assert utilisation(worse, 1, 6) > utilisation(better, 1, 6) + 0.15
    assert utilisation(worse, 7, 96) == pytest.approx(utilisation(better, 7, 96), abs=0.01)


def test_leverage_fills_the_card_always(loans):
    deep, light = table(loans, leverage=1.0), table(loans, leverage=-1.0)
    for newest, oldest in ((1, 6), (7, 96)):
        assert utilisation(deep, newest, oldest) > utilisation(light, newest, oldest) + 0.15


def test_the_same_seed_gives_the_same_table_and_another_seed_another(loans, months):
    assert months.equals(table(loans))
    assert not months.equals(table(loans, seed=7))
