"""Instalments: they follow the loan or the card that they belong to."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.credit_card import card
from credit.simulate.instalments import instalments, schedule
from credit.simulate.previous_application import previous
from credit.simulate.row_sampling import frame
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


def test_columns_types_and_words_are_those_of_the_schema(made):
    columns = TABLES["installments_payments"].columns
    assert made.instalments.schema == {column.name: KINDS[column.kind] for column in columns}
    for column in columns:
        if column.kind == "integer":
            assert made.instalments[column.name].null_count() == 0
        else:
            assert not made.instalments[column.name].is_nan().any()


def test_instalments_belong_to_granted_loans_and_cards_a_few_of_which_were_lost(made):
    of = made.instalments.join(made.loans, on=["SK_ID_PREV", "SK_ID_CURR"], how="left")
    assert set(of["NAME_CONTRACT_STATUS"]) == {"Approved"}
    assert (
        violations(of, (pl.col("NAME_CONTRACT_TYPE") == "Revolving loans") == (pl.col("NUM_INSTALMENT_VERSION") == 0))
        == 0
    )
    known = made.instalments["SK_ID_PREV"].is_in(made.applied["SK_ID_PREV"].implode())
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


def test_the_same_seed_gives_the_same_table(made):
    again = Made()
    assert made.instalments.equals(again.instalments)
