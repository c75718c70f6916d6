"""Changes of raw tables: each does what its name says to some rows of a simulated bank, and to nothing else."""

import polars as pl
import pytest

from credit.simulate.perturbations import NOT_COVERED, WORSE, held_to, perturbed
from credit.tables import NO_DATE, read

#: Change -> the columns that it changes; None where it adds rows. A change that is not here fails the test.
CHANGED = {
    "approved loans become refused": {"NAME_CONTRACT_STATUS"},
    "another bureau loan in arrears": None,
    "another bureau loan": None,
    "a late instalment paid in two parts": None,
    "active bureau loans become bad debt": {"CREDIT_ACTIVE"},
    "closed bureau loans become bad debt": {"CREDIT_ACTIVE"},
    "unknown bureau debt becomes known": {"AMT_CREDIT_SUM_DEBT"},
    "bureau loans closed 60 days later": {"DAYS_ENDDATE_FACT"},
    "card payments halved": {"AMT_PAYMENT_CURRENT", "AMT_PAYMENT_TOTAL_CURRENT"},
    "loses the job": {"DAYS_EMPLOYED", "NAME_INCOME_TYPE", "ORGANIZATION_TYPE", "OCCUPATION_TYPE"},
}


@pytest.fixture(scope="module")
def tables(bank):
    """All tables of the simulated bank."""
    return {name: table.collect() for name, table in read(bank).items()}


def rows_changed(before, after):
    """Column -> how many of its values are others."""
    return {name: int((~before[name].eq_missing(after[name])).sum()) for name in before.columns}


def test_every_change_that_no_model_is_held_to_has_its_columns_here():
    assert CHANGED.keys() == NOT_COVERED.keys()


def another_loan(before, kept, more):
    assert len(more) == before["SK_ID_CURR"].n_unique() > 100
    assert kept.equals(before)
    assert (more["CREDIT_ACTIVE"] == "Active").all()
    assert more["AMT_CREDIT_SUM_DEBT"].sum() == more["AMT_CREDIT_SUM"].sum() > 0


def another_loan_in_arrears(before, kept, more):
    another_loan(before, kept, more)
    assert (more["CREDIT_DAY_OVERDUE"] == 60).all()


def another_running_loan(before, kept, more):
    another_loan(before, kept, more)
    assert (more["DAYS_CREDIT"] == -30).all()


def two_parts(before, kept, more):
    assert len(more) > 100
    assert (more["DAYS_ENTRY_PAYMENT"] > more["DAYS_INSTALMENT"]).all()
    paid = kept["AMT_PAYMENT"].sum() + more["AMT_PAYMENT"].sum()
    assert paid == pytest.approx(before["AMT_PAYMENT"].sum(), rel=1e-12)
    assert rows_changed(before, kept) == dict.fromkeys(before.columns, 0) | {"AMT_PAYMENT": len(more)}


ADDED = {
    "another bureau loan in arrears": another_loan_in_arrears,
    "another bureau loan": another_running_loan,
    "a late instalment paid in two parts": two_parts,
}


@pytest.mark.parametrize("change", NOT_COVERED)
def test_a_change_changes_its_columns_on_the_bank_and_no_others(tables, change):
    (touched,) = NOT_COVERED[change]
    found = perturbed(tables, change)
    assert [name for name in tables if found[name] is not tables[name]] == [touched]
    before, after = tables[touched], found[touched]
    assert after.columns == before.columns
    if CHANGED[change] is None:
        ADDED[change](before, after.head(len(before)), after.tail(len(after) - len(before)))
        return
    counted = {name: number for name, number in rows_changed(before, after).items() if number}
    assert counted.keys() == CHANGED[change]
    assert min(counted.values()) >= 10


@pytest.mark.parametrize("change", WORSE)
def test_a_change_for_the_worse_changes_each_of_its_tables(tables, change):
    found = perturbed(tables, change)
    for touched in WORSE[change]:
        before, after = tables[touched], found[touched]
        changed = len(after) - len(before) or sum(rows_changed(before, after).values())
        assert changed >= 10, touched


def test_changes_by_hand():
    bureau = pl.DataFrame(
        {"CREDIT_ACTIVE": ["Active", "Closed", "Sold"], "AMT_CREDIT_SUM_DEBT": [5.0, None, 0.0]}
        | {"AMT_ANNUITY": [800.0, 100.0, None]}
        | {"DAYS_ENDDATE_FACT": [None, -30.0, -400.0]}
    )

    def after(change, column):
        return perturbed({"bureau": bureau}, change)["bureau"][column].to_list()

    assert after("active bureau loans become bad debt", "CREDIT_ACTIVE") == ["Bad debt", "Closed", "Sold"]
    assert after("closed bureau loans become bad debt", "CREDIT_ACTIVE") == ["Active", "Bad debt", "Sold"]
    assert after("unknown bureau debt becomes known", "AMT_CREDIT_SUM_DEBT") == [5.0, 100_000.0, 0.0]
    assert after("bureau loans closed 60 days later", "DAYS_ENDDATE_FACT") == [None, 0.0, -340.0]
    assert after("larger annuities elsewhere", "AMT_ANNUITY") == [2200.0, 100.0, None]
    worker = pl.DataFrame({"DAYS_EMPLOYED": [-900.0], "NAME_INCOME_TYPE": ["Working"]})
    worker = worker.with_columns(ORGANIZATION_TYPE=pl.lit("School"), OCCUPATION_TYPE=pl.lit("Core staff"))
    row = perturbed({"application_test": worker}, "loses the job")["application_test"].row(0)
    assert row == (NO_DATE, "Unemployed", "XNA", None)


def test_a_model_that_was_trained_before_a_sign_is_not_held_to_its_change():
    assert not held_to("larger annuities elsewhere", ["EXT_SOURCE_2", "BUREAU_ACTIVE_AMT_ANNUITY_SUM"])
    assert held_to("larger annuities elsewhere", ["BUREAU_AMT_ANNUITY_MAX"])
    assert held_to("lower income", [])
