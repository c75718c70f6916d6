"""What can be changed, and why the rest cannot."""

import pytest

from credit.explain import PROTECTED, group_of
from credit.features import COLUMNS
from credit.whatif import levers


@pytest.fixture(scope="module")
def known():
    return levers(COLUMNS)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("AMT_CREDIT", None),
        ("FLAG_DOCUMENT_3", None),
        ("NAME_HOUSING_TYPE", None),
        ("CODE_GENDER", "protected"),
        ("DAYS_BIRTH", "protected"),
        ("NAME_FAMILY_STATUS", "protected"),
        ("NAME_INCOME_TYPE", "protected"),
        ("ORGANIZATION_TYPE", "protected"),
        ("FLAG_EMP_PHONE", "protected"),
        ("INCOME_PER_FAMILY_MEMBER", "protected"),
        ("EXT_SOURCE_2", "reported"),
        ("EXT_SOURCE_MEAN", "reported"),
        ("AMT_REQ_CREDIT_BUREAU_YEAR", "reported"),
        ("BUREAU_ROWS", "history"),
        ("INSTALMENTS_DAYS_PAST_DUE_MAX", "history"),
        ("ANNUITY_TO_INCOME", "derived"),
        ("CREDIT_TO_LARGEST_PREVIOUS", "derived"),
        ("DAYS_EMPLOYED", "fact"),
        ("FLAG_OWN_CAR", "fact"),
    ],
)
def test_what_is_locked_and_why(known, name, why):
    assert known.locked(name) == why


def test_no_lever_is_protected_nor_sets_anything_protected(known):
    for name, lever in known.by_name.items():
        assert group_of(name) != PROTECTED
        assert all(group_of(column) != PROTECTED for column in lever.columns)
        assert not name.startswith(("DAYS_", "EXT_", "CNT_"))


def test_what_costs_nothing_can_be_tried(known):
    assert {"FLAG_PHONE", "FLAG_EMAIL", "FLAG_DOCUMENT_3", "NAME_HOUSING_TYPE", "OCCUPATION_TYPE"} <= set(known.by_name)


def test_a_text_is_one_lever_of_all_its_columns(known):
    housing = known.by_name["NAME_HOUSING_TYPE"]
    assert housing.columns[housing.values.index("With parents")] == "NAME_HOUSING_TYPE_With_parents"
    assert known.lever_of("NAME_HOUSING_TYPE_With_parents") == "NAME_HOUSING_TYPE"
    assert known.lever_of("AMT_CREDIT") == "AMT_CREDIT"


def test_a_text_some_of_whose_columns_the_model_does_not_read_is_no_lever():
    assert not levers(("NAME_HOUSING_TYPE_With_parents",)).by_name
