"""Earlier applications: products, amounts and dates agree with each other."""

import numpy as np
import polars as pl
import pytest

from credit.simulate.previous_application import previous
from credit.simulate.traits import Traits
from credit.tables.schema import NO_DATE, TABLES

CLIENTS = 3_000
MONTH = 30.4375
DATES = ("DAYS_FIRST_DRAWING", "DAYS_FIRST_DUE", "DAYS_LAST_DUE_1ST_VERSION", "DAYS_LAST_DUE", "DAYS_TERMINATION")
STATUS, CONTRACT = pl.col("NAME_CONTRACT_STATUS"), pl.col("NAME_CONTRACT_TYPE")


def applications(clients: int = CLIENTS) -> pl.DataFrame:
    place = np.arange(clients)
    return pl.DataFrame({"SK_ID_CURR": 100_001 + place, "DAYS_BIRTH": -7_500 - (place * 37) % 16_000})


def traits(clients: int = CLIENTS, seed: int = 1, **fixed: float) -> Traits:
    """Independent standard normal traits, some of them the same for all clients."""
    rng = np.random.default_rng(seed)
    names = ("discipline", "appetite", "leverage", "trend", "tenure", "wealth")
    drawn = {name: rng.standard_normal(clients) for name in names}
    return Traits(**drawn | {name: np.full(clients, value) for name, value in fixed.items()})


def tables(seed: int = 5, **fixed: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    return previous(np.random.default_rng(seed), applications(), traits(**fixed), 1_000_001)


@pytest.fixture(scope="module")
def made() -> tuple[pl.DataFrame, pl.DataFrame]:
    return tables()


@pytest.fixture(scope="module")
def applied(made) -> pl.DataFrame:
    return made[0]


@pytest.fixture(scope="module")
def dated(made) -> pl.DataFrame:
    """Granted loans that have begun, lost ones among them."""
    return pl.concat(made).filter(pl.col("DAYS_FIRST_DUE").is_not_null())


def violations(frame: pl.DataFrame, rule: pl.Expr) -> int:
    """Rows that break a rule; a rule that cannot be judged because a value is missing is kept."""
    return frame.filter(~rule.fill_null(True)).height


def test_columns_types_and_words_are_those_of_the_schema(applied):
    kinds = {"integer": pl.Int64, "number": pl.Float64, "text": pl.String}
    schema = TABLES["previous_application"]
    assert applied.schema == {column.name: kinds[column.kind] for column in schema.columns}
    for column in schema.columns:
        if column.kind == "integer":
            assert applied[column.name].null_count() == 0
        if column.kind == "number":
            assert not applied[column.name].is_nan().any()
        if column.kind == "text":
            assert set(applied[column.name].drop_nulls()) <= set(column.values)


def test_only_type_of_companion_and_product_may_be_missing_among_the_texts(applied):
    texts = [c.name for c in TABLES["previous_application"].columns if c.kind == "text"]
    missing = {name for name in texts if applied[name].null_count()}
    assert missing <= {"NAME_TYPE_SUITE", "PRODUCT_COMBINATION"}
    assert violations(applied, pl.col("PRODUCT_COMBINATION").is_null() == (CONTRACT == "XNA")) == 0


def test_lost_loans_are_granted_ones_with_numbers_of_their_own(made):
    applied, lost = made
    assert set(lost["NAME_CONTRACT_STATUS"]) == {"Approved"}
    assert pl.concat(made)["SK_ID_PREV"].is_unique().all()
    assert 0.005 < lost.height / applied.height < 0.03


def test_an_application_lies_before_the_new_one_and_after_the_age_of_18(applied):
    assert violations(applied, pl.col("DAYS_DECISION").is_between(-2922, -2)) == 0
    joined = applied.join(applications(), on="SK_ID_CURR")
    assert violations(joined, pl.col("DAYS_DECISION") >= pl.col("DAYS_BIRTH") + 18 * 365.25 - 1) == 0


def test_a_reason_is_given_where_and_only_where_it_applies(applied):
    reason = pl.col("CODE_REJECT_REASON")
    assert violations(applied, STATUS.is_in(["Approved", "Canceled"]) == (reason == "XAP")) == 0
    assert violations(applied, (STATUS == "Unused offer") == (reason == "CLIENT")) == 0
    assert violations(applied.filter(STATUS == "Refused"), ~reason.is_in(["XAP", "CLIENT"])) == 0


def test_a_purpose_is_asked_of_cash_loans_and_told_over_the_counter(applied):
    purpose = pl.col("NAME_CASH_LOAN_PURPOSE")
    assert violations(applied, (CONTRACT == "Cash loans") == (purpose != "XAP")) == 0
    assert violations(applied.filter(~purpose.is_in(["XAP", "XNA"])), pl.col("NAME_PRODUCT_TYPE") == "walk-in") == 0


def test_of_a_bare_application_portfolio_yield_term_and_annuity_are_all_unknown(applied):
    bare = pl.col("NAME_PORTFOLIO") == "XNA"
    assert violations(applied, bare == pl.col("AMT_ANNUITY").is_null()) == 0
    assert violations(applied, bare == pl.col("CNT_PAYMENT").is_null()) == 0
    assert violations(applied.filter(bare), pl.col("NAME_YIELD_GROUP") == "XNA") == 0
    assert violations(applied.filter(bare), STATUS != "Approved") == 0


def test_the_product_follows_contract_yield_and_kind(applied):
    product, yields, kind = pl.col("PRODUCT_COMBINATION"), pl.col("NAME_YIELD_GROUP"), pl.col("NAME_PRODUCT_TYPE")
    told = applied.filter(pl.col("NAME_PORTFOLIO") != "XNA")
    consumer, cash = told.filter(CONTRACT == "Consumer loans"), told.filter(CONTRACT == "Cash loans")
    assert violations(consumer, product.str.starts_with("POS ")) == 0
    assert violations(consumer.filter(yields == "low_action"), product.str.ends_with("without interest")) == 0
    assert violations(consumer.filter(yields.is_in(["high", "middle"])), product.str.ends_with("with interest")) == 0
    assert violations(cash, product.str.starts_with("Cash X-Sell: ") == (kind == "x-sell")) == 0
    assert violations(cash, product.str.starts_with("Cash Street: ") == (kind == "walk-in")) == 0
    level = product.str.split(": ").list.last()
    assert violations(cash, level == yields.replace({"low_normal": "low", "low_action": "low"})) == 0
    assert violations(told.filter(CONTRACT == "Revolving loans"), product.is_in(["Card Street", "Card X-Sell"])) == 0
    bare_cash = applied.filter((pl.col("NAME_PORTFOLIO") == "XNA") & (CONTRACT == "Cash loans"))
    assert violations(bare_cash, product == "Cash") == 0


def test_goods_and_down_payments_belong_to_goods(applied):
    elsewhere = applied.filter(CONTRACT != "Consumer loans")
    assert violations(elsewhere, pl.col("NAME_GOODS_CATEGORY") == "XNA") == 0
    assert violations(elsewhere, pl.col("AMT_DOWN_PAYMENT") == 0) == 0
    assert violations(applied, pl.col("AMT_DOWN_PAYMENT") < pl.col("AMT_APPLICATION") + 4.5) == 0
    assert violations(applied, (pl.col("AMT_DOWN_PAYMENT") > 0) == (pl.col("RATE_DOWN_PAYMENT") > 0)) == 0
    assert violations(applied, pl.col("AMT_DOWN_PAYMENT").is_null() == pl.col("RATE_DOWN_PAYMENT").is_null()) == 0


def test_the_price_is_what_was_asked_for(applied):
    assert violations(applied, pl.col("AMT_GOODS_PRICE") == pl.col("AMT_APPLICATION")) == 0
    assert violations(applied, pl.col("AMT_GOODS_PRICE").is_null() == (pl.col("AMT_APPLICATION") == 0)) == 0


def test_a_consumer_loan_grants_the_price_less_the_down_payment_and_insurance_of_at_most_a_fifth(applied):
    consumer = applied.filter(CONTRACT == "Consumer loans")
    needed = pl.col("AMT_APPLICATION") - pl.col("AMT_DOWN_PAYMENT")
    assert violations(consumer, pl.col("AMT_CREDIT").is_between(needed - 4.5, 1.2 * needed + 4.5)) == 0


def test_credit_term_and_annuity_agree(applied):
    told = applied.filter(pl.col("CNT_PAYMENT") > 0)
    paid = pl.col("AMT_ANNUITY") * pl.col("CNT_PAYMENT") / pl.col("AMT_CREDIT")
    # Interest is positive, and at most 7 % a month: 72 payments at 7 % are 5.08 times the credit.
    assert violations(told, paid.is_between(1.0, 5.1)) == 0
    cards = applied.filter((CONTRACT == "Revolving loans") & (pl.col("NAME_PORTFOLIO") == "Cards"))
    assert violations(cards, pl.col("CNT_PAYMENT") == 0) == 0
    assert violations(cards, (pl.col("AMT_ANNUITY") - 0.05 * pl.col("AMT_CREDIT")).abs() < 0.05) == 0


def test_only_granted_applications_have_dates_and_all_six_columns_together(made):
    rows = pl.concat(made)
    together = [pl.col(name).is_null() for name in (*DATES, "NFLAG_INSURED_ON_APPROVAL")]
    assert violations(rows, pl.all_horizontal(together) == pl.any_horizontal(together)) == 0
    assert violations(rows.filter(~pl.col("DAYS_FIRST_DUE").is_null()), STATUS == "Approved") == 0


def test_dates_past_the_application_are_sentinels_but_for_the_planned_end(dated):
    for name in DATES:
        if name != "DAYS_LAST_DUE_1ST_VERSION":
            assert violations(dated, (pl.col(name) < 0) | (pl.col(name) == NO_DATE)) == 0


def test_the_dates_of_a_loan_follow_each_other(dated):
    loans = dated.filter((CONTRACT != "Revolving loans") & (pl.col("DAYS_FIRST_DUE") < 0))
    first, last = pl.col("DAYS_FIRST_DUE"), pl.col("DAYS_LAST_DUE")
    assert loans.height > 5_000
    assert violations(loans, pl.col("DAYS_FIRST_DRAWING") == NO_DATE) == 0
    assert violations(loans, (first - pl.col("DAYS_DECISION")).is_between(16, 45)) == 0
    planned = first + ((pl.col("CNT_PAYMENT") - 1) * MONTH).round()
    assert violations(loans, (pl.col("DAYS_LAST_DUE_1ST_VERSION") - planned).abs() <= 1) == 0
    ended = loans.filter(last < 0)
    assert violations(ended, last.is_between(first, pl.col("DAYS_LAST_DUE_1ST_VERSION"))) == 0
    assert violations(loans, pl.col("DAYS_TERMINATION") > last.replace(NO_DATE, -10_000)) == 0
    assert violations(loans.filter(last == NO_DATE), pl.col("DAYS_TERMINATION") == NO_DATE) == 0


def test_few_ended_loans_are_never_terminated(dated):
    loans = dated.filter(CONTRACT != "Revolving loans")
    ended = loans.filter(pl.col("DAYS_LAST_DUE") < -200)
    assert 0.0005 < (ended["DAYS_TERMINATION"] == NO_DATE).mean() < 0.005


def test_a_card_has_no_planned_end_and_is_due_only_once_drawn(dated):
    cards = dated.filter(CONTRACT == "Revolving loans")
    drawing, due = pl.col("DAYS_FIRST_DRAWING"), pl.col("DAYS_FIRST_DUE")
    assert violations(cards, pl.col("DAYS_LAST_DUE_1ST_VERSION") == NO_DATE) == 0
    assert violations(cards.filter(due < 0), drawing < due) == 0
    assert violations(cards.filter(drawing < 0), drawing > pl.col("DAYS_DECISION")) == 0


def test_a_client_has_at_most_one_granted_card(made):
    cards = pl.concat(made).filter((CONTRACT == "Revolving loans") & (STATUS == "Approved"))
    assert cards["SK_ID_CURR"].is_unique().all()


def test_a_client_is_new_at_the_oldest_application_only(made):
    rows = pl.concat(made).sort("SK_ID_CURR", "SK_ID_PREV")
    assert rows.select((pl.col("DAYS_DECISION").diff() >= 0) | (pl.col("SK_ID_CURR").diff() != 0)).to_series()[1:].all()
    later = rows.filter(pl.col("SK_ID_CURR") == pl.col("SK_ID_CURR").shift(1))
    assert "New" not in set(later["NAME_CLIENT_TYPE"])


def test_nearly_every_client_who_applied_has_had_a_loan(made):
    rows = pl.concat(made)
    granted = rows.filter((STATUS == "Approved") & (CONTRACT != "Revolving loans"))["SK_ID_CURR"].n_unique()
    assert granted / rows["SK_ID_CURR"].n_unique() > 0.98


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    assert tables(seed=5)[0].equals(tables(seed=5)[0])
    assert not tables(seed=5)[0].equals(tables(seed=6)[0])


def refused_share(rows: pl.DataFrame, recent: bool) -> float:
    window = rows.filter((pl.col("DAYS_DECISION") >= -365) == recent)
    return float((window["NAME_CONTRACT_STATUS"] == "Refused").mean())


def test_the_trend_brings_refusals_in_the_last_year_and_none_before():
    worse, better = tables(trend=1.5)[0], tables(trend=-1.5)[0]
    assert refused_share(worse, recent=True) > 1.4 * refused_share(better, recent=True)
    assert refused_share(worse, recent=False) == pytest.approx(refused_share(better, recent=False), rel=0.2)


def test_appetite_brings_applications_and_refusals_and_discipline_down_payments():
    many, few = tables(appetite=1.0)[0], tables(appetite=-1.0)[0]
    recent = [t.filter(pl.col("DAYS_DECISION") >= -365).height for t in (many, few)]
    assert recent[0] > 1.5 * recent[1]
    assert refused_share(many, recent=False) > 1.3 * refused_share(few, recent=False)
    careful, careless = tables(discipline=1.0)[0], tables(discipline=-1.0)[0]
    assert careful["RATE_DOWN_PAYMENT"].mean() > 1.2 * careless["RATE_DOWN_PAYMENT"].mean()
