"""What the histories say per client: hand-made tables, every expected value worked out here."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.history_signals import signals
from credit.simulate.row_sampling import frame
from credit.tables.schema import HISTORIES, TABLES

CLIENTS = pl.Series([3, 1, 2])


def rows(name: str, **columns: list[object]) -> pl.DataFrame:
    """A table with these columns; the others are 0, or the first word of their vocabulary."""
    size = len(next(iter(columns.values())))
    made: dict[str, pl.Series | np.ndarray] = {}
    for column in TABLES[name].columns:
        if column.kind == "text":
            made[column.name] = pl.Series(columns.get(column.name, [column.values[0]] * size), dtype=pl.String)
        else:
            made[column.name] = np.array(columns.get(column.name, [0] * size), dtype=np.float64)
    return frame(name, made)


def tables(**filled: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """All six history tables, empty but for those given."""
    return {name: filled.get(name, rows(name, **{TABLES[name].key: []})) for name in HISTORIES}


def told(made: pl.DataFrame, client: int, *names: str) -> list[float | None]:
    return list(made.filter(pl.col("SK_ID_CURR") == client).select(names).row(0))


def test_one_row_per_client_in_the_order_asked_for():
    made = signals(tables(), CLIENTS)
    assert made["SK_ID_CURR"].to_list() == [3, 1, 2]
    assert set(made.dtypes[1:]) == {pl.Float64}


def test_a_client_without_history_has_missing_signals_and_flags_of_zero():
    made = signals(tables(), CLIENTS)
    for name in made.columns[1:]:
        if name.startswith("has_"):
            assert made[name].to_list() == [0, 0, 0]
        else:
            assert made[name].null_count() == 3, name


def test_no_signal_is_nan():
    made = signals(tables(bureau=rows("bureau", SK_ID_CURR=[1], SK_ID_BUREAU=[5])), CLIENTS)
    assert all(not made[name].is_nan().any() for name in made.columns[1:])


def test_bureau_credits_of_one_client():
    credits = rows(
        "bureau", SK_ID_CURR=[1, 1, 1, 2], SK_ID_BUREAU=[11, 12, 13, 14], DAYS_CREDIT=[-100, -400, -1000, -50],
        CREDIT_ACTIVE=["Active", "Active", "Closed", "Active"], AMT_CREDIT_SUM=[100.0, 300.0, 600.0, 0.0],
        AMT_CREDIT_SUM_DEBT=[50.0, 150.0, 0.0, None], DAYS_CREDIT_ENDDATE=[100.0, 31000.0, -300.0, None],
    )  # fmt: skip
    made = signals(tables(bureau=credits), CLIENTS)
    # Mean (-100 - 400 - 1000) / 3; debt 200 of 1,000 in all, 200 of 400 on running ones, 50 of 100 on last year's.
    names = ("bureau_rows", "bureau_days_credit_mean", "bureau_days_credit_max", "bureau_opened_365",
             "bureau_active_share", "bureau_debt_over_credit", "bureau_active_debt_over_credit",
             "bureau_recent_debt_over_credit", "bureau_newest_closed")  # fmt: skip
    assert told(made, 1, *names) == pytest.approx([3, -500, -100, 1, 2 / 3, 0.2, 0.5, 0.5, -1000])
    # One in the last year; two in the two years before are one a year: no more, no less.
    assert told(made, 1, "bureau_opened_trend") == [0]
    # The planned end in 31,000 days stands for a card without end: the mean is that of 100 and -300.
    assert told(made, 1, "bureau_enddate_mean") == [-100]
    # Nothing granted: there is no ratio.
    assert told(made, 2, "bureau_debt_over_credit", "bureau_rows") == [None, 1]
    assert made.filter(pl.col("SK_ID_CURR") == 3)["has_bureau"].item() == 0


def test_months_reach_their_client_through_the_credit_and_unlisted_ones_nobody():
    credits = rows("bureau", SK_ID_CURR=[2, 1], SK_ID_BUREAU=[20, 10])
    months = rows(
        "bureau_balance", SK_ID_BUREAU=[10, 10, 10, 10, 20, 99], MONTHS_BALANCE=[0, -12, -13, -14, 0, 0],
        STATUS=["1", "0", "0", "X", "C", "5"],
    )  # fmt: skip
    made = signals(tables(bureau=credits, bureau_balance=months), CLIENTS)
    names = ("balance_rows", "balance_late_share", "balance_late_12", "balance_late_share_12",
             "balance_late_share_before", "balance_late_trend")  # fmt: skip
    # Four months, one late, within the last twelve (0 to -12): 1 of 2; before them 0 of 1 that is known.
    assert told(made, 1, *names) == [4, 0.25, 1, 0.5, 0, 0.5]
    assert told(made, 2, "balance_closed_share", "balance_late_12", "balance_late_share_before") == [1, 0, None]
    assert told(made, 3, "has_balances", "balance_rows") == [0, None]


def test_earlier_applications():
    applied = rows(
        "previous_application", SK_ID_CURR=[1, 1, 1, 1], SK_ID_PREV=[1, 2, 3, 4], DAYS_DECISION=[-30, -300, -500, -900],
        NAME_CONTRACT_STATUS=["Refused", "Approved", "Refused", "Approved"], AMT_APPLICATION=[0.0, 90.0, 110.0, 100.0],
        AMT_CREDIT=[0.0, 100.0, 100.0, 100.0], CODE_REJECT_REASON=["SCOFR", "XAP", "HC", "XAP"],
        AMT_DOWN_PAYMENT=[None, 10.0, None, 30.0],
    )  # fmt: skip
    made = signals(tables(previous_application=applied), CLIENTS)
    names = ("previous_refused_share", "previous_refused_365", "previous_refused_share_365",
             "previous_refused_share_before", "previous_refused_trend", "previous_score_refusals_share",
             "previous_scofr_share", "previous_down_payment_mean", "previous_days_max")  # fmt: skip
    assert told(made, 1, *names) == [0.5, 1, 0.5, 0.5, 0, 0.5, 0.25, 20, -30]
    # Asked over granted of the three that were granted something: 0.9, 1.1, 1.0.
    assert told(made, 1, "previous_asked_over_granted") == pytest.approx([1.0])


def test_months_of_loans():
    months = rows("POS_CASH_balance", SK_ID_CURR=[1] * 4, SK_ID_PREV=[7] * 4, MONTHS_BALANCE=[-1, -2, -20, -21],
                  SK_DPD=[5, 0, 0, 0], CNT_INSTALMENT_FUTURE=[4.0, 6.0, 8.0, None])  # fmt: skip
    made = signals(tables(POS_CASH_balance=months), CLIENTS)
    names = ("pos_rows", "pos_late_share", "pos_late_12", "pos_late_share_12", "pos_late_share_before",
             "pos_late_trend", "pos_future_recent")  # fmt: skip
    assert told(made, 1, *names) == [4, 0.25, 1, 0.5, 0, 0.5, 5]


def test_late_instalments_by_window():
    paid = rows(
        "installments_payments", SK_ID_CURR=[1] * 4, SK_ID_PREV=[7] * 4, DAYS_INSTALMENT=[-80, -170, -350, -900],
        DAYS_ENTRY_PAYMENT=[-70.0, -170.0, -360.0, None], AMT_INSTALMENT=[100.0] * 4,
        AMT_PAYMENT=[100.0, 60.0, 100.0, None],
    )  # fmt: skip
    made = signals(tables(installments_payments=paid), CLIENTS)
    # Late: the first, by 10 days, and the last, which was never paid and so has no delay.
    assert told(made, 1, "instalment_late_share", "instalment_delay_mean", "instalment_delay_max") == pytest.approx(
        [0.5, 10 / 3, 10]
    )
    assert told(made, 1, *(f"instalment_late_share_{days}" for days in (90, 180, 365))) == pytest.approx(
        [1, 0.5, 1 / 3]
    )
    # Before: one late of three, one of two, the one of 900 days ago.
    assert told(made, 1, *(f"instalment_late_trend_{days}" for days in (90, 180, 365))) == pytest.approx(
        [1 - 1 / 3, 0, 1 / 3 - 1]
    )
    # 40 of 400 owed were not paid; what is not known to be paid is left out.
    assert told(made, 1, "instalment_short_share", "instalment_short_share_365") == pytest.approx([0.1, 40 / 300])


def test_card_months_by_window():
    months = rows(
        "credit_card_balance", SK_ID_CURR=[1] * 4, SK_ID_PREV=[7] * 4, MONTHS_BALANCE=[-1, -6, -7, -8],
        AMT_BALANCE=[90.0, 70.0, 20.0, 50.0], AMT_CREDIT_LIMIT_ACTUAL=[100, 100, 100, 0],
        CNT_DRAWINGS_CURRENT=[4, 2, 0, 0], CNT_DRAWINGS_ATM_CURRENT=[2.0, None, 0.0, None],
    )  # fmt: skip
    made = signals(tables(credit_card_balance=months), CLIENTS)
    # Without a limit there is no utilisation.
    names = ("card_utilisation", "card_utilisation_6", "card_utilisation_before_6", "card_utilisation_trend",
             "card_drawings_mean", "card_drawings_mean_6", "card_drawings_trend", "card_atm_drawings_mean")  # fmt: skip
    assert told(made, 1, *names) == pytest.approx([0.6, 0.8, 0.2, 0.6, 1.5, 3, 3, 1])


def test_a_missing_table_is_named():
    incomplete = tables()
    del incomplete["bureau"]
    with pytest.raises(KeyError, match="bureau"):
        signals(incomplete, CLIENTS)
