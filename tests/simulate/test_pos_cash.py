"""Months of loans: they follow the loan, and their days past due follow its instalments."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.credit_card import card
from credit.simulate.instalments import instalments
from credit.simulate.pos_cash import pos
from credit.simulate.previous_application import previous
from credit.simulate.row_sampling import MONTH, frame
from credit.simulate.traits import Traits
from credit.tables.schema import NO_DATE, TABLES

CLIENTS = 3_000


def applications(clients: int = CLIENTS) -> pl.DataFrame:
    place = np.arange(clients)
    return pl.DataFrame({"SK_ID_CURR": 100_001 + place, "DAYS_BIRTH": -7_500 - (place * 37) % 16_000})


def traits(clients: int = CLIENTS, seed: int = 1, **fixed: float) -> Traits:
    """Independent standard normal traits, some of them the same for all clients."""
    rng = np.random.default_rng(seed)
    names = ("discipline", "appetite", "leverage", "trend", "tenure", "wealth")
    drawn = {name: rng.standard_normal(clients) for name in names}
    return Traits(**drawn | {name: np.full(clients, value) for name, value in fixed.items()})


class Made:
    """Loans of one bank, their instalments and their months."""

    def __init__(self) -> None:
        clients = applications()["SK_ID_CURR"].to_numpy()
        self.applied, lost = previous(np.random.default_rng(5), applications(), traits(), 1_000_001)
        self.loans = pl.concat([self.applied, lost])
        cards = card(np.random.default_rng(6), self.loans, clients, traits())
        self.instalments = instalments(np.random.default_rng(7), self.loans, cards, clients, traits())
        self.pos = pos(np.random.default_rng(8), self.loans, self.instalments)


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


def violations(frame: pl.DataFrame, rule: pl.Expr) -> int:
    """Rows that break a rule; a rule that cannot be judged because a value is missing is kept."""
    return frame.filter(~rule.fill_null(True)).height


def test_columns_types_and_words_are_those_of_the_schema(made):
    kinds = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}
    columns = TABLES["POS_CASH_balance"].columns
    assert made.pos.schema == {column.name: kinds[column.kind] for column in columns}
    for column in columns:
        if column.kind == "integer":
            assert made.pos[column.name].null_count() == 0
        if column.kind == "number":
            assert not made.pos[column.name].is_nan().any()
        if column.kind == "text":
            assert set(made.pos[column.name]) <= set(column.values)


def test_months_belong_to_granted_loans_a_few_of_which_were_lost(made):
    of = made.pos.join(made.loans, on=["SK_ID_PREV", "SK_ID_CURR"], how="left")
    assert set(of["NAME_CONTRACT_STATUS_right"]) == {"Approved"}
    assert "Revolving loans" not in set(of["NAME_CONTRACT_TYPE"])
    known = made.pos["SK_ID_PREV"].is_in(made.applied["SK_ID_PREV"].implode())
    assert 0.005 < 1 - known.mean() < 0.03


def loan(**values: object) -> pl.DataFrame:
    """One granted cash loan of 3 instalments of 1,000, written out; ``values`` replace columns."""
    columns = {
        column.name: pl.Series([""]) if column.kind == "text" else np.array([0.0])
        for column in TABLES["previous_application"].columns
    }
    columns |= {
        "SK_ID_PREV": np.array([9]), "SK_ID_CURR": np.array([1]), "NAME_CONTRACT_TYPE": pl.Series(["Cash loans"]),
        "NAME_CONTRACT_STATUS": pl.Series(["Approved"]), "AMT_ANNUITY": np.array([1000.0]),
        "AMT_CREDIT": np.array([2800.0]), "CNT_PAYMENT": np.array([3.0]), "DAYS_DECISION": np.array([-150]),
        "DAYS_FIRST_DUE": np.array([-120.0]), "DAYS_LAST_DUE_1ST_VERSION": np.array([-59.0]),
        "DAYS_LAST_DUE": np.array([-59.0]), "DAYS_TERMINATION": np.array([-50.0]),
    }  # fmt: skip
    for name, value in values.items():
        columns[name] = pl.Series([value]) if isinstance(value, str) else np.array([value])
    return frame("previous_application", columns)


def payments(*rows: tuple[int, int, int]) -> pl.DataFrame:
    """Instalments of that loan: number, due day, paid day."""
    number, due, paid = (np.array(values, dtype=np.float64) for values in zip(*rows, strict=True))
    return frame("installments_payments", {
        "SK_ID_PREV": np.full(number.size, 9), "SK_ID_CURR": np.full(number.size, 1),
        "NUM_INSTALMENT_VERSION": np.ones(number.size), "NUM_INSTALMENT_NUMBER": number, "DAYS_INSTALMENT": due,
        "DAYS_ENTRY_PAYMENT": paid, "AMT_INSTALMENT": np.full(number.size, 1000.0),
        "AMT_PAYMENT": np.full(number.size, 1000.0),
    })  # fmt: skip


def test_months_of_a_completed_loan_written_out():
    months = pos(np.random.default_rng(0), loan(), payments((1, -120, -121), (2, -90, -90), (3, -59, -60)))
    # Day -120 lies in month -4 (days -121 to -92): the months are -5 (signed), -4, -3, -2 (completed).
    assert months["MONTHS_BALANCE"].to_list() == [-5, -4, -3, -2]
    assert months["CNT_INSTALMENT_FUTURE"].fill_null(3).to_list() == [3, 2, 1, 0]
    assert months["NAME_CONTRACT_STATUS"].to_list()[1:] == ["Active", "Active", "Completed"]
    assert months["SK_DPD"].to_list() == [0, 0, 0, 0]


def test_a_loan_is_completed_in_the_month_in_which_it_is_terminated():
    # The last instalment is due in month -2; day -25 lies in month -1.
    months = pos(np.random.default_rng(0), loan(DAYS_TERMINATION=-25.0), payments((1, -120, -121), (2, -90, -90)))
    assert months["MONTHS_BALANCE"].to_list() == [-5, -4, -3, -2, -1]
    assert months["NAME_CONTRACT_STATUS"].to_list()[1:] == ["Active", "Active", "Active", "Completed"]
    assert months["CNT_INSTALMENT_FUTURE"].to_list()[3:] == [0, 0]


def test_days_past_due_of_a_late_payment_written_out():
    # Month -4 ends on day -91.3, month -3 on day -60.9. The first instalment, due on day -120, is paid on day -80:
    # not at the end of month -4 (91.3 - 120 = 28.7 days, counted as 29), but before the end of month -3.
    # The second, due on day -90, is paid on day -60, one day after the end of month -3: 29.1 days, counted as 30.
    late = payments((1, -120, -80), (2, -90, -60), (3, -59, -59))
    months = pos(np.random.default_rng(0), loan(), late)
    assert months["SK_DPD"].to_list() == [0, 29, 30, 0]
    assert set(months["SK_DPD_DEF"]) <= {0, 29, 30}


def test_a_left_over_debt_keeps_the_loan_running_with_growing_tolerated_days():
    left = loan(DAYS_TERMINATION=float(NO_DATE))
    months = pos(np.random.default_rng(0), left, payments((1, -120, -121), (2, -90, -90), (3, -59, -60)))
    # After the last due day -59 comes month -1, which ends on day 0: 59 days past due.
    assert months["MONTHS_BALANCE"].to_list() == [-5, -4, -3, -2, -1]
    assert months["NAME_CONTRACT_STATUS"].to_list()[1:] == ["Active"] * 4
    assert months["SK_DPD"].to_list() == [0, 0, 0, 0, 59]
    assert months["SK_DPD_DEF"].to_list() == [0, 0, 0, 0, 0]


def test_months_follow_each_other_and_end_with_the_loan(made):
    months = made.pos.group_by("SK_ID_PREV").agg(
        first=pl.col("MONTHS_BALANCE").min(), last=pl.col("MONTHS_BALANCE").max(), rows=pl.len(),
        status=pl.col("NAME_CONTRACT_STATUS").sort_by("MONTHS_BALANCE"),
    )  # fmt: skip
    assert violations(months, pl.col("rows") == pl.col("last") - pl.col("first") + 1) == 0
    assert violations(months, (pl.col("first") >= -96) & (pl.col("last") <= -1)) == 0
    joined = months.join(made.loans, on="SK_ID_PREV")
    closing = pl.col("status").list.last().is_in(["Completed", "Returned to the store"])
    assert violations(joined.filter(pl.col("DAYS_TERMINATION") < 0), closing) == 0
    assert violations(joined.filter(pl.col("DAYS_LAST_DUE") == NO_DATE), ~closing) == 0
    before = made.pos.filter(pl.col("MONTHS_BALANCE") < pl.col("MONTHS_BALANCE").max().over("SK_ID_PREV"))
    assert violations(before, ~pl.col("NAME_CONTRACT_STATUS").is_in(["Completed", "Returned to the store"])) == 0


def test_instalments_to_come_count_down_by_one_each_month(made):
    ordered = made.pos.sort("SK_ID_PREV", "MONTHS_BALANCE").with_columns(
        step=pl.col("CNT_INSTALMENT_FUTURE").diff().over("SK_ID_PREV")
    )
    assert violations(ordered, pl.col("CNT_INSTALMENT_FUTURE") <= pl.col("CNT_INSTALMENT")) == 0
    last = pl.col("MONTHS_BALANCE") == pl.col("MONTHS_BALANCE").max().over("SK_ID_PREV")
    running = ordered.filter(~last & (pl.col("CNT_INSTALMENT_FUTURE") > 0))
    assert violations(running, pl.col("step") == -1) == 0
    assert (
        violations(ordered.filter(pl.col("NAME_CONTRACT_STATUS") == "Completed"), pl.col("CNT_INSTALMENT_FUTURE") == 0)
        == 0
    )


def test_tolerated_days_past_due_are_some_of_the_days_past_due(made):
    assert violations(made.pos, (pl.col("SK_DPD_DEF") == 0) | (pl.col("SK_DPD_DEF") <= pl.col("SK_DPD"))) == 0
    assert 0.3 < (made.pos["SK_DPD_DEF"] > 0).sum() / (made.pos["SK_DPD"] > 0).sum() < 0.7


def test_a_month_is_past_due_only_where_an_instalment_was_paid_late_or_a_debt_is_left(made):
    late = made.instalments.filter(
        pl.col("DAYS_ENTRY_PAYMENT").is_null() | (pl.col("DAYS_ENTRY_PAYMENT") > pl.col("DAYS_INSTALMENT"))
    )["SK_ID_PREV"]
    left = made.loans.filter((pl.col("DAYS_LAST_DUE") < 0) & (pl.col("DAYS_TERMINATION") == NO_DATE))["SK_ID_PREV"]
    past_due = made.pos.filter(pl.col("SK_DPD") > 0)
    assert past_due.height > 500
    explained = past_due["SK_ID_PREV"].is_in(pl.concat([late, left]).implode())
    assert explained.all()


def test_the_same_seed_gives_the_same_table(made):
    assert made.pos.equals(Made().pos)


def test_no_month_of_a_loan_ends_before_the_loan_was_granted():
    made = Made()
    first = made.pos.group_by("SK_ID_PREV").agg(first=pl.col("MONTHS_BALANCE").min())
    joined = first.join(made.loans.select("SK_ID_PREV", "DAYS_DECISION"), on="SK_ID_PREV")
    assert len(joined) > 1_000
    assert joined.filter((pl.col("first") + 1) * MONTH <= pl.col("DAYS_DECISION")).height == 0
