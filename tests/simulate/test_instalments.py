"""Instalments and months of loans: both follow the loan, and the months' days past due follow the instalments."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.card import card
from credit.simulate.dice import frame
from credit.simulate.instalments import instalments, schedule
from credit.simulate.pos import pos
from credit.simulate.previous import previous
from credit.simulate.traits import Traits
from credit.tables.schema import NO_DATE, TABLES

CLIENTS = 3_000
MONTH = 30.4375
KINDS = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}


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
    """Loans of one bank and what became of them; other traits may pay the same loans differently."""

    def __init__(self) -> None:
        self.clients = applications()["SK_ID_CURR"].to_numpy()
        self.applied, lost = previous(np.random.default_rng(5), applications(), traits(), 1_000_001)
        self.loans = pl.concat([self.applied, lost])
        self.cards = card(np.random.default_rng(6), self.loans, self.clients, traits())
        self.instalments = self.paid()
        self.pos = pos(np.random.default_rng(8), self.loans, self.instalments)

    def paid(self, **fixed: float) -> pl.DataFrame:
        return instalments(np.random.default_rng(7), self.loans, self.cards, self.clients, traits(**fixed))


@pytest.fixture(scope="module")
def made() -> Made:
    return Made()


@pytest.fixture(scope="module")
def of_loans(made) -> pl.DataFrame:
    """Instalments of loans (not of cards) with their loan beside."""
    loans = made.loans.select(
        "SK_ID_PREV", "NAME_CONTRACT_TYPE", "NAME_CONTRACT_STATUS", "DAYS_DECISION", "AMT_ANNUITY", "AMT_CREDIT",
        "CNT_PAYMENT", "DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_LAST_DUE_1ST_VERSION", "DAYS_TERMINATION",
    )  # fmt: skip
    return made.instalments.filter(pl.col("NUM_INSTALMENT_VERSION") > 0).join(loans, on="SK_ID_PREV", how="left")


def violations(frame: pl.DataFrame, rule: pl.Expr) -> int:
    """Rows that break a rule; a rule that cannot be judged because a value is missing is kept."""
    return frame.filter(~rule.fill_null(True)).height


@pytest.mark.parametrize("name", ["installments_payments", "POS_CASH_balance"])
def test_columns_types_and_words_are_those_of_the_schema(made, name):
    table = made.instalments if name == "installments_payments" else made.pos
    assert table.schema == {column.name: KINDS[column.kind] for column in TABLES[name].columns}
    for column in TABLES[name].columns:
        if column.kind == "integer":
            assert table[column.name].null_count() == 0
        if column.kind == "number":
            assert not table[column.name].is_nan().any()
        if column.kind == "text":
            assert set(table[column.name]) <= set(column.values)


def test_instalments_belong_to_granted_loans_and_cards_a_few_of_which_were_lost(made):
    of = made.instalments.join(made.loans, on=["SK_ID_PREV", "SK_ID_CURR"], how="left")
    assert set(of["NAME_CONTRACT_STATUS"]) == {"Approved"}
    assert (
        violations(of, (pl.col("NAME_CONTRACT_TYPE") == "Revolving loans") == (pl.col("NUM_INSTALMENT_VERSION") == 0))
        == 0
    )
    for table in (made.instalments, made.pos):
        known = table["SK_ID_PREV"].is_in(made.applied["SK_ID_PREV"].implode())
        assert 0.005 < 1 - known.mean() < 0.03


def test_the_first_instalment_is_due_on_the_first_due_day_and_the_others_monthly(of_loans):
    number = pl.col("NUM_INSTALMENT_NUMBER")
    assert violations(of_loans.filter(number == 1), pl.col("DAYS_INSTALMENT") == pl.col("DAYS_FIRST_DUE")) == 0
    due = pl.col("DAYS_FIRST_DUE") + ((number - 1) * MONTH)
    assert violations(of_loans, (pl.col("DAYS_INSTALMENT") - due).abs() <= 0.5) == 0
    numbers = of_loans.group_by("SK_ID_PREV").agg(
        top=number.max(), different=number.n_unique(), term=pl.col("CNT_PAYMENT").first()
    )
    assert violations(numbers, pl.col("top") == pl.col("different")) == 0
    assert violations(numbers, pl.col("top") <= pl.col("term")) == 0


def test_the_last_instalment_is_due_on_the_last_due_day(of_loans):
    last = of_loans.group_by("SK_ID_PREV").agg(
        pl.col("DAYS_INSTALMENT").max(), pl.col("DAYS_LAST_DUE", "DAYS_LAST_DUE_1ST_VERSION").first()
    )
    ended = last.filter(pl.col("DAYS_LAST_DUE") < 0)
    assert violations(ended, (pl.col("DAYS_INSTALMENT") - pl.col("DAYS_LAST_DUE")).abs() <= 1) == 0
    running = last.filter(pl.col("DAYS_LAST_DUE") == NO_DATE)
    assert running.height > 500
    # The newest instalment of a running loan fell due within the last month.
    assert violations(running, pl.col("DAYS_INSTALMENT") >= -31) == 0


def test_an_instalment_is_the_annuity_until_the_last_or_a_new_version(of_loans):
    last = pl.col("NUM_INSTALMENT_NUMBER") == pl.col("NUM_INSTALMENT_NUMBER").max().over("SK_ID_PREV")
    plain = of_loans.filter(~last & (pl.col("NUM_INSTALMENT_VERSION") == 1))
    assert plain.height > 50_000
    assert violations(plain, (pl.col("AMT_INSTALMENT") - pl.col("AMT_ANNUITY")).abs() < 0.03) == 0


def test_ending_early_costs_what_is_still_owed(of_loans):
    last = pl.col("NUM_INSTALMENT_NUMBER") == pl.col("NUM_INSTALMENT_NUMBER").max().over("SK_ID_PREV")
    early = pl.col("NUM_INSTALMENT_NUMBER") < pl.col("CNT_PAYMENT") / 2
    halfway = of_loans.filter(last & early & (pl.col("DAYS_LAST_DUE") < 0) & (pl.col("CNT_PAYMENT") > 6))
    assert halfway.height > 100
    assert violations(halfway, pl.col("AMT_INSTALMENT") > 0.45 * pl.col("AMT_CREDIT")) == 0


def test_parts_of_a_payment_share_their_instalment_and_sum_to_it_at_most(of_loans):
    parts = of_loans.group_by("SK_ID_PREV", "NUM_INSTALMENT_NUMBER").agg(
        rows=pl.len(), paid=pl.col("AMT_PAYMENT").sum(), owed=pl.col("AMT_INSTALMENT").first(),
        dues=pl.col("DAYS_INSTALMENT").n_unique(), amounts=pl.col("AMT_INSTALMENT").n_unique(),
    )  # fmt: skip
    assert parts["rows"].max() == 2
    assert 0.04 < (parts["rows"] == 2).mean() < 0.15
    assert violations(parts, (pl.col("dues") == 1) & (pl.col("amounts") == 1)) == 0
    assert violations(parts, pl.col("paid") <= pl.col("owed") + 0.1) == 0


def test_nothing_is_paid_after_the_application_or_before_the_loan(made, of_loans):
    day = pl.col("DAYS_ENTRY_PAYMENT")
    assert violations(made.instalments, day < 0) == 0
    assert violations(of_loans, day > pl.col("DAYS_DECISION")) == 0
    assert violations(made.instalments, day.is_null() == pl.col("AMT_PAYMENT").is_null()) == 0
    assert violations(made.instalments, pl.col("DAYS_INSTALMENT").is_between(-2922, -1)) == 0


def test_instalments_of_a_card_count_from_one_and_fall_into_its_months(made):
    of_cards = made.instalments.filter(pl.col("NUM_INSTALMENT_VERSION") == 0)
    numbers = of_cards.group_by("SK_ID_PREV").agg(
        rows=pl.len(), top=pl.col("NUM_INSTALMENT_NUMBER").max(), low=pl.col("NUM_INSTALMENT_NUMBER").min()
    )
    assert violations(numbers, (pl.col("low") == 1) & (pl.col("top") == pl.col("rows"))) == 0
    days = of_cards.sort("SK_ID_PREV", "NUM_INSTALMENT_NUMBER").with_columns(
        later=pl.col("DAYS_INSTALMENT").diff().over("SK_ID_PREV")
    )
    assert violations(days, pl.col("later") >= 0) == 0


def test_a_card_has_instalments_in_the_months_that_began_with_a_debt_and_in_no_other(made):
    of_cards = made.instalments.filter(pl.col("NUM_INSTALMENT_VERSION") == 0)
    months = of_cards.select(
        "SK_ID_PREV", (pl.col("DAYS_INSTALMENT") / MONTH).floor().cast(pl.Int64).alias("MONTHS_BALANCE")
    ).unique()
    indebted = made.cards.filter(pl.col("AMT_BALANCE") > 0).select("SK_ID_PREV", pl.col("MONTHS_BALANCE") + 1)
    due = indebted.join(made.cards, on=["SK_ID_PREV", "MONTHS_BALANCE"], how="semi")
    assert due.height > 5_000
    assert months.sort(pl.all()).equals(due.sort(pl.all()))


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


def test_the_schedule_of_a_completed_an_early_ended_and_a_running_loan():
    completed = schedule(loan())
    assert (completed.reached[0], completed.ended[0], completed.early[0]) == (3, True, False)
    early = schedule(loan(DAYS_LAST_DUE=-90.0))  # one month after the first: the second instalment was the last
    assert (early.reached[0], early.ended[0], early.early[0]) == (2, True, True)
    running = schedule(loan(CNT_PAYMENT=12.0, DAYS_LAST_DUE=float(NO_DATE), DAYS_TERMINATION=float(NO_DATE)))
    # Due on days -120, -90, -59, -29; the fifth would be due on day 2.
    assert (running.reached[0], running.ended[0], running.early[0]) == (4, False, False)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("NAME_CONTRACT_STATUS", "Refused"),
        ("NAME_CONTRACT_TYPE", "Revolving loans"),
        ("DAYS_FIRST_DUE", float(NO_DATE)),
    ],
)
def test_a_refused_loan_a_card_and_a_loan_not_yet_due_have_no_schedule(column, value):
    assert schedule(loan(**{column: value})).identity.size == 0


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


def late_share(rows: pl.DataFrame, recent: bool) -> float:
    loans = rows.filter((pl.col("NUM_INSTALMENT_VERSION") > 0) & ((pl.col("DAYS_INSTALMENT") > -365) == recent))
    return float((loans["DAYS_ENTRY_PAYMENT"] > loans["DAYS_INSTALMENT"]).mean())


def test_the_trend_makes_the_last_year_late_and_not_the_time_before(made):
    worse, better = made.paid(trend=1.0), made.paid(trend=-1.0)
    assert late_share(worse, recent=True) > 2 * late_share(better, recent=True)
    assert late_share(worse, recent=False) == pytest.approx(late_share(better, recent=False), rel=0.02)


def test_discipline_decides_how_often_a_client_is_late(made):
    assert late_share(made.paid(discipline=-1.0), recent=False) > 2 * late_share(
        made.paid(discipline=1.0), recent=False
    )


def test_the_same_seed_gives_the_same_tables(made):
    again = Made()
    assert made.instalments.equals(again.instalments)
    assert made.pos.equals(again.pos)
