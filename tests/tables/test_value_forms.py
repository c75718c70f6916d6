"""One definition of the forms in which a value is taken."""

from typing import Any

import pytest

from credit.tables import TABLES
from credit.tables.value_forms import GAP_WORDS, NotTaken, of_json

APPLICATION, BALANCE = TABLES["application_train"], TABLES["bureau_balance"]


@pytest.mark.parametrize(
    ("column", "value", "taken"),
    [
        ("CNT_CHILDREN", 2, 2),
        ("CNT_CHILDREN", 2.0, 2),
        ("DAYS_REGISTRATION", -3648.0, -3648),
        ("AMT_CREDIT", 450000, 450000),
        ("AMT_CREDIT", 0.5, 0.5),
        ("TARGET", True, 1),
        ("FLAG_MOBIL", False, 0),
        ("FLAG_OWN_CAR", True, "Y"),
        ("FLAG_OWN_CAR", 0, "N"),
        ("FLAG_OWN_CAR", 1.0, "Y"),
        ("EMERGENCYSTATE_MODE", False, "No"),
        ("CODE_GENDER", "M", "M"),
        ("OCCUPATION_TYPE", None, None),
    ],
)
def test_a_value_of_json_is_taken_where_nothing_is_lost(column: str, value: Any, taken: Any) -> None:
    found = of_json(APPLICATION[column], value)
    assert found == taken
    assert type(found) is type(taken)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("CNT_CHILDREN", 2.5),
        ("CNT_CHILDREN", True),
        ("CNT_CHILDREN", "2"),
        ("CNT_CHILDREN", float("nan")),
        ("AMT_CREDIT", "450000.0"),
        ("AMT_CREDIT", True),
        ("AMT_CREDIT", [1]),
        ("FLAG_OWN_CAR", 2),
        ("FLAG_OWN_CAR", 0.5),
        ("FLAG_OWN_CAR", float("nan")),
        ("CODE_GENDER", 1),
        ("OCCUPATION_TYPE", {}),
    ],
)
def test_a_value_of_json_that_would_lose_something_is_not_taken(column: str, value: Any) -> None:
    with pytest.raises(NotTaken):
        of_json(APPLICATION[column], value)


def test_a_status_may_be_the_number_that_its_text_is() -> None:
    assert of_json(BALANCE["STATUS"], 0) == "0"
    assert of_json(BALANCE["STATUS"], 5.0) == "5"
    for value in (6, True, -1):
        with pytest.raises(NotTaken):
            of_json(BALANCE["STATUS"], value)


@pytest.mark.parametrize("text", ["drivers", " Drivers", "DRIVERS\t"])
def test_a_text_in_other_letters_is_the_published_one(text: str) -> None:
    assert of_json(APPLICATION["OCCUPATION_TYPE"], text) == "Drivers"


def test_no_two_published_texts_of_a_column_differ_by_letter_case_or_blanks() -> None:
    for table in TABLES.values():
        for column in table.columns:
            assert len({value.strip().lower() for value in column.values}) == len(column.values)
            assert all(value == value.strip() for value in column.values)


def test_no_word_for_a_gap_is_a_published_value() -> None:
    published = {value for table in TABLES.values() for column in table.columns for value in column.values}
    assert not {value.lower() for value in published} & set(GAP_WORDS)
