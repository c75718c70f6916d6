"""The truth obeys sense: no change of a history for the worse lowers a client's true probability of default."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from credit.simulate import true_probability
from credit.simulate.client_chunks import chunks_of, draw_chunk
from credit.simulate.history_signals import signals
from credit.simulate.signal_strengths import GROUPS, STRENGTHS
from credit.tables.schema import HISTORIES

SIGNED = {quantity: sign for quantity, (_, sign) in STRENGTHS.items() if sign}
Tables = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def bank() -> Tables:
    """200 clients: application_train and the histories."""
    return draw_chunk(chunks_of(200, 0)[0], seed=3).tables


def chances(tables: Tables) -> np.ndarray:
    """The clients' true probabilities, recomputed from their tables."""
    clients = tables["application_train"]
    return true_probability.probability_of_default(
        clients, signals({name: tables[name] for name in HISTORIES}, clients["SK_ID_CURR"])
    )


@pytest.fixture(scope="module")
def before(bank: Tables) -> np.ndarray:
    return chances(bank)


def changed(table: str, column: str, value: pl.Expr) -> Callable[[Tables], Tables]:
    return lambda tables: tables | {table: tables[table].with_columns(value.alias(column))}


def paid_late(days: int) -> Callable[[Tables], Tables]:
    return changed("installments_payments", "DAYS_ENTRY_PAYMENT", pl.col("DAYS_ENTRY_PAYMENT") + days)


def never_paid_when_late(tables: Tables) -> Tables:
    late = pl.col("DAYS_ENTRY_PAYMENT") > pl.col("DAYS_INSTALMENT")
    return changed("installments_payments", "DAYS_ENTRY_PAYMENT", pl.when(~late).then("DAYS_ENTRY_PAYMENT"))(tables)


def three_refusals(tables: Tables) -> Tables:
    approved = pl.col("NAME_CONTRACT_STATUS") == "Approved"
    nearest = approved & (approved.cum_sum().over("SK_ID_CURR", order_by="DAYS_DECISION", descending=True) <= 3)
    status = pl.when(nearest).then(pl.lit("Refused")).otherwise("NAME_CONTRACT_STATUS")
    return changed("previous_application", "NAME_CONTRACT_STATUS", status)(tables)


def status_of_months(worse: dict[str, str]) -> Callable[[Tables], Tables]:
    return changed("bureau_balance", "STATUS", pl.col("STATUS").replace(worse))


#: Every one of these raises some client's truth.
WORSE: dict[str, Callable[[Tables], Tables]] = {
    "every payment comes a day later": paid_late(1),
    "every payment comes 30 days later": paid_late(30),
    "three approved applications were refused": three_refusals,
    "every card's balance is higher by half and 1,000": changed(
        "credit_card_balance", "AMT_BALANCE", pl.col("AMT_BALANCE") * 1.5 + 1000
    ),
    "debts at the bureau are higher by half and 10,000": changed(
        "bureau", "AMT_CREDIT_SUM_DEBT", pl.col("AMT_CREDIT_SUM_DEBT") * 1.5 + 10_000
    ),
    "months without delay were late": status_of_months({"0": "1"}),
    "closed months were late": status_of_months({"C": "1"}),
    "closed credits are still running": changed(
        "bureau", "CREDIT_ACTIVE", pl.col("CREDIT_ACTIVE").replace({"Closed": "Active"})
    ),
    "down payments are half as high": changed(
        "previous_application", "RATE_DOWN_PAYMENT", pl.col("RATE_DOWN_PAYMENT") / 2
    ),
}
#: These may leave it as it is.
NO_BETTER: dict[str, Callable[[Tables], Tables]] = {
    "late payments were never made": never_paid_when_late,
    "running credits are written off": changed(
        "bureau", "CREDIT_ACTIVE", pl.col("CREDIT_ACTIVE").replace({"Active": "Bad debt"})
    ),
    "months late by up to 30 days were late by up to 60": status_of_months({"1": "2"}),
}


@pytest.mark.parametrize("change", WORSE)
def test_a_change_for_the_worse_lowers_no_client_s_truth_and_raises_some(
    bank: Tables, before: np.ndarray, change: str
) -> None:
    after = chances(WORSE[change](bank))
    assert (after - before).min() > -1e-12
    assert (after - before).max() > 1e-4


@pytest.mark.parametrize("change", NO_BETTER)
def test_a_change_for_the_worse_that_the_truth_need_not_see_lowers_it_for_none(
    bank: Tables, before: np.ndarray, change: str
) -> None:
    assert (chances(NO_BETTER[change](bank)) - before).min() > -1e-12


@pytest.mark.parametrize("quantity", SIGNED)
def test_every_signed_table_goes_one_way(quantity: str) -> None:
    steps = np.diff(true_probability.tables()["columns"][quantity]["heights"]) * SIGNED[quantity]
    assert (steps >= 0).all()


def test_the_truth_reads_the_quantities_that_have_a_strength_and_no_others() -> None:
    of_histories = {name for name in true_probability.tables()["columns"] if name.partition("_")[0] in GROUPS}
    assert of_histories == set(STRENGTHS)


def test_what_one_change_for_the_worse_may_move_either_way_is_not_in_the_truth() -> None:
    # An old late payment lowers the trend, a recent one raises it; a late month takes one from the current ones.
    assert [name for name in STRENGTHS if name.endswith("_trend") or name == "balance_current_share"] == []


def test_lateness_debt_and_refusals_have_a_sign() -> None:
    unsigned = [name for name in STRENGTHS if name not in SIGNED]
    words = ("late", "debt", "refused", "approved", "utilisation", "balance_mean", "down_rate", "closed")
    assert [name for name in unsigned if any(word in name for word in words)] == []
