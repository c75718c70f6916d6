"""The schema says in which form the published files are written."""

from collections import Counter

import pytest

from credit.tables import TABLES


@pytest.mark.parametrize(
    ("table", "with_point", "without", "texts"),
    [
        ("application_train", 65, 41, 16),
        ("application_test", 65, 40, 16),
        ("bureau", 8, 6, 3),
        ("bureau_balance", 0, 2, 1),
        ("previous_application", 15, 6, 16),
        ("POS_CASH_balance", 2, 5, 1),
        ("installments_payments", 5, 3, 0),
        ("credit_card_balance", 15, 7, 1),
    ],
)
def test_each_table_has_as_many_float_integer_and_object_columns_as_pandas_reads_from_the_published_file(
    table: str, with_point: int, without: int, texts: int
) -> None:
    forms = Counter(
        "text" if column.kind == "text" else "point" if column.decimal else "whole" for column in TABLES[table].columns
    )
    assert (forms["point"], forms["whole"], forms["text"]) == (with_point, without, texts)


def test_three_whole_numbers_that_are_never_missing_are_published_with_a_decimal_point() -> None:
    found = {
        column.name
        for table in TABLES.values()
        for column in table.columns
        if column.kind == "integer" and column.decimal
    }
    assert found == {"DAYS_REGISTRATION", "NUM_INSTALMENT_VERSION", "DAYS_INSTALMENT"}


def test_flags_are_the_columns_of_0_and_1() -> None:
    flags = [column.name for column in TABLES["application_train"].columns if column.is_flag]
    assert len(flags) == 1 + 6 + 6 + 20  # TARGET, telephones and e-mail, places that differ, documents
    assert [column.name for column in TABLES["previous_application"].columns if column.is_flag] == [
        "NFLAG_LAST_APPL_IN_DAY",
        "NFLAG_INSURED_ON_APPROVAL",
    ]


def test_texts_that_are_flags_are_told_by_their_vocabulary() -> None:
    found = [
        column.name
        for name in ("application_train", "previous_application")
        for column in TABLES[name].columns
        if column.is_yes_or_no
    ]
    assert found == ["FLAG_OWN_CAR", "FLAG_OWN_REALTY", "EMERGENCYSTATE_MODE", "FLAG_LAST_APPL_PER_CONTRACT"]
