"""The facts of the application in words."""

import numpy as np
import pytest

from credit.web.routes.application_facts import facts

COLUMNS = (
    "AMT_CREDIT",
    "AMT_ANNUITY",
    "DAYS_BIRTH",
    "DAYS_EMPLOYED",
    "CNT_CHILDREN",
    "NAME_CONTRACT_TYPE_Cash_loans",
    "NAME_CONTRACT_TYPE_Revolving_loans",
    "EXT_SOURCE_1",
)


def told(language="en", columns=COLUMNS, protected=True, **values):
    x = np.array([values.get(name, np.nan) for name in columns])
    return {one.label: one.text for one in facts(columns, x, language, protected)}


def test_numbers_are_told_as_people_say_them():
    found = told(AMT_CREDIT=450000.0, AMT_ANNUITY=24500.0, DAYS_BIRTH=-14609, DAYS_EMPLOYED=-3000, CNT_CHILDREN=2)
    assert found == {
        "Product": "not known",
        "Amount of the loan": "450,000",
        "Annuity": "24,500",
        "Amount in annuities": "18.4",  # 450,000 / 24,500 = 18.37
        "In this employment for": "8 years and 2 months",  # 8 * 365.25 = 2,922, and 78 more
        "Age": "39 years",  # 40 years are 14,610 days
        "Children": "2",
    }
    assert told(DAYS_BIRTH=-14610)["Age"] == "40 years"


def test_a_text_is_that_of_its_column_in_both_languages():
    assert told(NAME_CONTRACT_TYPE_Cash_loans=1, NAME_CONTRACT_TYPE_Revolving_loans=0)["Product"] == "cash loan"
    assert "renouvelable" in told("fr", NAME_CONTRACT_TYPE_Revolving_loans=1)["Produit"]


@pytest.mark.parametrize("values", [{}, {"AMT_CREDIT": 1000.0}, {"AMT_CREDIT": 1000.0, "AMT_ANNUITY": 0.0}])
def test_a_quotient_of_what_is_not_known_is_not_known(values):
    assert told(**values)["Amount in annuities"] == "not known"


def test_a_length_of_employment_in_the_future_stands_for_none():
    assert told(DAYS_EMPLOYED=365243)["In this employment for"] == "not known"


INCOME = tuple(f"NAME_INCOME_TYPE_{text}" for text in ("Working", "Maternity_leave", "Pensioner"))


def test_who_decides_is_not_shown_what_is_protected():
    columns = (*COLUMNS, "NAME_FAMILY_STATUS_Married", *INCOME)
    values = {"DAYS_BIRTH": -14609, "CNT_CHILDREN": 2, "NAME_FAMILY_STATUS_Married": 1, "DAYS_EMPLOYED": -40}
    found = told(columns=columns, protected=False, **values, NAME_INCOME_TYPE_Maternity_leave=1)
    assert not found.keys() & {"Age", "Children", "Family status"}
    assert (found["Source of income"], found["In this employment for"]) == ("not shown", "40 days")
    assert told("fr", columns, protected=False, NAME_INCOME_TYPE_Maternity_leave=1)["Source de revenu"] == "non affiché"
    assert told(columns=columns, protected=False, NAME_INCOME_TYPE_Working=1)["Source of income"] == "employment"
    whole = told(columns=columns, **values, NAME_INCOME_TYPE_Maternity_leave=1)
    assert (whole["Age"], whole["Children"], whole["Family status"]) == ("39 years", "2", "married")


def test_what_the_model_does_not_read_is_no_fact():
    assert told(columns=("EXT_SOURCE_1",), EXT_SOURCE_1=0.5) == {}
